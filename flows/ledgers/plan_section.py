"""The ledgers' part of a plan file: kinds with their columns, their keepers and what of them counts."""

from collections.abc import Iterable, Iterator
from datetime import date, datetime
from typing import Any, Literal

from django.utils.translation import gettext_lazy as _
from pydantic import Field

from flows.ledgers.models import LedgerKind
from hetang_flow.lib.plan_file import (
    Clause,
    Finding,
    Name,
    PlanModel,
    ShortName,
    ShortSlug,
    Slug,
    Unit,
    doubles,
    nearest,
)
from hetang_flow.lib.plan_rows import by_key, write_rows
from permissions.actors import Actor

from .plan_checks import check_columns, check_counts, check_quota, check_stages, lint_units


class ColumnEntry(PlanModel):
    """One column; a figure may have a unit, a choice has its choices."""

    code: ShortSlug
    name: ShortName
    kind: Literal["text", "number", "whole", "date", "choice", "yes_no"] = "text"
    required: bool = False
    choices: list[ShortName] = []
    unit: Unit | None = None


class StageEntry(PlanModel):
    """A stage a row goes through: the column that says when it was reached, and that of its figure if it has one."""

    name: ShortName
    day: ShortSlug
    amount: ShortSlug | None = None


class CountEntry(PlanModel):
    """What counts into an indicator: rows, or the sum of a column, of rows whose columns hold one of these values.

    With a stage only rows that reached it count, from the day on which they did.
    """

    indicator: Slug
    column: ShortSlug | None = None
    stage: ShortName | None = None
    where: dict[str, list[str | bool]] = {}


class LedgerEntry(PlanModel):
    """One ledger. No owners means every unit keeps it; `day` is the column that says when a row happened.

    A quota is what every unit of its line has to reach in a quarter.
    """

    code: ShortSlug
    name: Name
    clause: Clause
    owners: list[Slug] = []
    columns: list[ColumnEntry]
    day: ShortSlug
    stages: list[StageEntry] = []
    counts: list[CountEntry] = []
    quota: int | None = Field(default=None, ge=1, le=99)
    quota_line: Slug | None = None
    due: Name | None = None


class Ledgers(PlanModel):
    """The key of this section."""

    ledgers: list[LedgerEntry] = []


class Section:
    """The ledgers of the plan."""

    name = "ledgers"
    model = Ledgers

    def check(self, document: Any) -> Iterator[Finding]:
        """Each code once; keepers, indicators and columns that are there; a required day."""
        key, entries = "ledgers", document.ledgers
        for index, first in doubles(entry.code for entry in entries):
            message = _("The code “%(code)s” is taken by %(key)s[%(first)s]. Choose another.")
            facts = {"code": entries[index].code, "key": key, "first": first}
            yield Finding("code-twice", message, facts, (key, index, "code"))
        units = {entry.code for entry in document.organisations}
        indicators = {entry.indicator for entry in document.targets}
        for index, entry in enumerate(entries):
            where = (key, index)
            for place, owner in enumerate(entry.owners):
                if owner not in units and not document.broken("organisations"):
                    message = _("There is no organisation “%(code)s” to keep this ledger. Nearest: %(near)s.")
                    facts = {"code": owner, "near": nearest(owner, units) or "-"}
                    yield Finding("keeper-unknown", message, facts, (*where, "owners", place))
            yield from check_quota(entry, document, where)
            yield from check_columns(entry, where)
            yield from check_stages(entry, where)
            yield from check_counts(entry, where)
            for place, count in enumerate(entry.counts):
                if count.indicator not in indicators and not document.broken("targets"):
                    message = _("No target has the indicator “%(code)s”. Nearest: %(near)s.")
                    facts = {"code": count.indicator, "near": nearest(count.indicator, indicators) or "-"}
                    yield Finding("indicator-unknown", message, facts, (*where, "counts", place, "indicator"))

    def lint(self, document: Any) -> Iterable[Finding]:
        """Figures whose unit cannot be turned into that of the target they count into."""
        return lint_units(document)

    def load(self, document: Any, context: Any, *, by: Actor, now: datetime, effective: date) -> None:
        """Write the ledgers; one whose columns or counting changed is a new version, and its rows keep theirs."""
        stored = by_key(LedgerKind.objects.filter(plan=context.plan).order_by("version"))
        wanted = {}
        for order, entry in enumerate(document.ledgers):
            said = entry.model_dump(mode="json")
            columns = [{k: v for k, v in column.items() if v not in (None, [])} for column in said["columns"]]
            counts = [{k: v for k, v in count.items() if v not in (None, {})} for count in said["counts"]]
            stages = [{k: v for k, v in stage.items() if v is not None} for stage in said["stages"]]
            old = stored.get(entry.code)
            shape = {"columns": columns, "counts": counts, "stages": stages, "day": entry.day}
            changed = old is not None and any(getattr(old, name) != value for name, value in shape.items())
            version = 1 if old is None else old.version + changed
            if changed:
                del stored[entry.code]
            said |= shape | {"due": entry.due or "", "order": order}
            said["quota_line"] = entry.quota_line or ""
            wanted[entry.code] = {"plan_id": context.plan.pk, "version": version, **said}
        context.refuse_missing("ledgers", wanted)
        written = write_rows(LedgerKind, wanted, stored)
        context.wrote("ledgers", len(wanted), written, {entry.code: entry.name for entry in document.ledgers})
