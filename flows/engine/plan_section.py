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

Forbidden = Literal["return", "transfer", "delegate", "consult", "add_before", "add_alongside", "add_after"]
Key = Annotated[str, Field(max_length=60, pattern=r"^[a-z_]+(\.[a-z_]+)+$")]
POSTS = ("stand_in", "alternate")
PLAIN = (
    "name", "mode", "on_no", "threshold", "weights", "resolver", "duty", "gate", "limit_days", "on_empty",
    "on_self", "on_repeat", "recuse", "on_timeout", "forbids", "urge_hours", "field_access", "clause",
)  # fmt: skip
COLUMNS = (*PLAIN, *(f"{name}_id" for name in POSTS))


class PolicyEntry(PlanModel):
    """How a step is signed. `limit_days` are working days, `threshold` per cent of a vote, `weights` by post code;
    `stand_in` is the post of on_empty: named, `alternate` signs for whoever must stand aside; `duty` is the level
    that signing means, its own when none is named; a `gate` is never passed over.
    """

    key: Key
    name: ShortName
    mode: Literal["any_of", "all_of", "sequential", "vote"]
    resolver: Key
    clause: Clause = PRESET
    on_no: Literal["veto", "count"] = "veto"
    threshold: int = Field(default=50, ge=50, le=100)
    weights: dict[Slug, Annotated[int, Field(ge=1, le=100)]] = {}
    duty: Annotated[str, Field(max_length=60, pattern=r"^[a-z_.]*$")] = ""
    gate: bool = False
    limit_days: int | None = Field(default=None, ge=0, le=250)
    on_empty: Literal["block", "admin", "named", "parent_unit"] = "block"
    stand_in: Slug | None = None
    on_self: Literal["forbid", "to_head", "skip", "allow"] = "forbid"
    on_repeat: Literal["none", "consecutive", "all"] = "none"
    alternate: Slug | None = None
    recuse: list[Key] = []
    on_timeout: Literal["remind", "escalate", "transfer", "approve", "reject"] = "remind"
    forbids: list[Forbidden] = []
    urge_hours: int = Field(default=4, ge=1, le=720)
    field_access: dict[str, Literal["read", "write", "hidden"]] = {}


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
            yield from _check_people(document, entry, where)
            yield from _check_gate(entry, where)

    def load(self, document: Any, context: Any, *, by: Actor, now: datetime, effective: date) -> None:
        """Publish a new version of every policy that differs from its newest one."""
        keys = [entry.key for entry in document.policies]
        rows = Policy.objects.filter(key__in=keys).order_by("key", "-version").distinct("key")
        newest = {row.key: row for row in rows}
        fresh, written = [], {}
        for entry in document.policies:
            values = {column: getattr(entry, column) for column in PLAIN}
            for name in POSTS:
                post = getattr(entry, name)
                values[f"{name}_id"] = context.post_ids[post] if post else None
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


def _check_people(document: Any, entry: PolicyEntry, where: tuple[Any, ...]) -> Iterator[Finding]:
    """Posts that exist, recusals that somebody registered, an alternate where the policy passes work to one."""
    for name in POSTS:
        post = getattr(entry, name)
        if post is not None:
            yield from check_post(document.names, post, (*where, name))
    for post in entry.weights:
        yield from check_post(document.names, post, (*where, "weights"))
    known = resolvers.known_recusals()
    for said in entry.recuse:
        if said not in known:
            message = _("Nothing recuses by “%(said)s”. Use one of %(known)s.")
            near = nearest(said, known) or "、".join(sorted(known))
            yield Finding("recusal-unknown", message, {"said": said, "known": near}, (*where, "recuse"))
    if entry.on_timeout == "transfer" and entry.alternate is None:
        message = _("on_timeout: transfer passes the task to the alternate. Name one.")
        yield Finding("transfer-to-nobody", message, {}, (*where, "on_timeout"))


def _check_gate(entry: PolicyEntry, where: tuple[Any, ...]) -> Iterator[Finding]:
    """A gate is signed by people, never by the initiator and never by time."""
    if not entry.gate:
        return
    if entry.on_self in ("skip", "allow"):
        message = _("A gate is never signed by its initiator. Use on_self: forbid or to_head.")
        yield Finding("gate-signs-itself", message, {}, (*where, "on_self"))
    if entry.on_timeout in ("approve", "reject"):
        message = _("A gate is never decided by time. Use on_timeout: remind, escalate or transfer.")
        yield Finding("gate-decided-by-time", message, {}, (*where, "on_timeout"))
