"""The sign-off policies in a plan file: presets that people approve, versioned; a run keeps the version it began with."""

from collections.abc import Iterator
from datetime import date, datetime
from typing import Annotated, Any, Literal

from django.utils.translation import gettext_lazy as _
from pydantic import Field

from flows.engine import resolvers
from flows.engine.models import Policy
from hetang_flow.lib.plan_file import (
    NOTE,
    PRESET,
    Clause,
    Finding,
    PlanModel,
    ShortName,
    Slug,
    doubles,
    nearest,
)
from hetang_flow.lib.plan_rows import difference
from permissions.actors import Actor
from permissions.plan_names import check_post

Key = Annotated[str, Field(max_length=60, pattern=r"^[a-z_]+(\.[a-z_]+)+$")]
COLUMNS = ("name", "mode", "resolver", "limit_days", "on_empty", "stand_in_id", "clause")


class PolicyEntry(PlanModel):
    """How a step is signed; `limit_days` are working days, `stand_in` the post of on_empty: named."""

    key: Key
    name: ShortName
    mode: Literal["any_of", "all_of"]
    resolver: Key
    clause: Clause = PRESET
    limit_days: int | None = Field(default=None, ge=0, le=250)
    on_empty: Literal["block", "named", "parent_unit"] = "block"
    stand_in: Slug | None = None


class Policies(PlanModel):
    """The key of this section."""

    policies: list[PolicyEntry] = []


class Section:
    """Sign-off policies."""

    name = "policies"
    model = Policies

    def check(self, document: Any) -> Iterator[Finding]:
        """Doubles, known resolvers, a stand-in exactly where one is named."""
        for index, first in doubles(entry.key for entry in document.policies):
            message = _("The policy “%(key)s” stands in policies[%(first)s] already. Keep one.")
            facts = {"key": document.policies[index].key, "first": first}
            yield Finding("policy-twice", message, facts, ("policies", index, "key"))
        known = resolvers.known()
        for index, entry in enumerate(document.policies):
            where = ("policies", index)
            if entry.resolver not in known:
                message = _("Nothing resolves “%(said)s”. Use one of %(known)s.")
                near = nearest(entry.resolver, known) or "、".join(sorted(known))
                yield Finding(
                    "resolver-unknown", message, {"said": entry.resolver, "known": near}, (*where, "resolver")
                )
            if (entry.on_empty == "named") != (entry.stand_in is not None):
                message = _("on_empty: named and stand_in go together. Give both or neither.")
                yield Finding("stand-in-unfit", message, {}, (*where, "on_empty"))
            if entry.stand_in is not None:
                yield from check_post(document.names, entry.stand_in, (*where, "stand_in"))

    def load(self, document: Any, context: Any, *, by: Actor, now: datetime, effective: date) -> None:
        """Publish a new version of every policy that differs from its newest one."""
        keys = [entry.key for entry in document.policies]
        rows = Policy.objects.filter(key__in=keys).order_by("key", "-version").distinct("key")
        newest = {row.key: row for row in rows}
        fresh, written = [], {}
        for entry in document.policies:
            values = {column: getattr(entry, column, None) for column in COLUMNS}
            values["stand_in_id"] = context.post_ids[entry.stand_in] if entry.stand_in else None
            old = newest.get(entry.key)
            before = {column: getattr(old, column) for column in COLUMNS} if old else {}
            changed_before, changed = difference(before, values)
            if not changed:
                continue
            version = old.version + 1 if old else 1
            fresh.append(Policy(key=entry.key, version=version, published=now, **values))
            past = {**changed_before, "version": version - 1} if old else None
            written[entry.key] = (past, {**changed, "version": version})
        if fresh:
            Policy.objects.bulk_create(fresh)
        context.wrote("policies", len(keys), written, {entry.key: entry.name for entry in document.policies})

    def lint(self, document: Any) -> Iterator[Finding]:
        """Presets that no clause of the notice gives."""
        presets = [entry for entry in document.policies if entry.clause == PRESET]
        if presets:
            message = _(
                "%(count)s sign-off policies are presets, not the notice's text: %(names)s. Have them approved."
            )
            facts = {"count": len(presets), "names": "、".join(entry.name for entry in presets)}
            yield Finding("preset-policies", message, facts, ("policies",), NOTE, PRESET)
