"""Reading ledgers: as of any day and as known at any moment, and what of them counts into which indicator."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any, NamedTuple
from urllib.parse import urlencode
from uuid import UUID

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Count, Exists, OuterRef, Q, QuerySet, TextField
from django.db.models.functions import Cast, JSONObject
from django.urls import reverse

from flows.campaigns.models import Plan
from hetang_flow.lib.clock import district_day
from hetang_flow.lib.errors import NotFound
from hetang_flow.lib.verdicts import Verdict
from permissions.actors import Actor
from permissions.selectors import invented_people

from . import rules
from .models import LedgerKind, LedgerRow

PAGE = 50


def newest_kind(code: str, *, plan_id: int | None = None) -> LedgerKind:
    """The newest version of a ledger, of the newest plan unless one is named. Raises NotFound."""
    kinds = LedgerKind.objects.filter(code=code).select_related("plan")
    if plan_id is not None:
        kinds = kinds.filter(plan_id=plan_id)
    kind = kinds.order_by("-plan__year", "-version").first()
    if kind is None:
        raise NotFound("no-such-ledger")
    return kind


def columns_of(kind: LedgerKind) -> list[rules.Column]:
    """The columns of a ledger."""
    return [rules.Column.of(said) for said in kind.columns]


class Contribution(NamedTuple):
    """What one row adds to an indicator: how much, of which unit of the district, on which day, and where it stands."""

    indicator: str
    source: str
    label: str
    unit_id: int
    day: date
    amount: Decimal
    unit: str
    url: str


def standing_rows(*, until: date, known_at: datetime) -> QuerySet[LedgerRow]:
    """The rows that stand for a day as they were known at a moment: the newest version, not withdrawn."""
    newer = LedgerRow.objects.filter(
        row=OuterRef("row"), version__gt=OuterRef("version"), recorded__lte=known_at
    )
    return LedgerRow.objects.filter(
        ~Exists(newer),
        Q(is_demo=False) | Exists(invented_people()),
        withdrawn=False,
        recorded__lte=known_at,
        happened_on__lte=until,
    )


def rows_of_unit(kind: LedgerKind, unit_id: int, is_demo: bool) -> QuerySet[LedgerRow, Any]:
    """What a unit's standing rows of a ledger say, invented ones or real ones."""
    mine = LedgerRow.objects.filter(
        kind__plan_id=kind.plan_id, kind__code=kind.code, unit_id=unit_id, is_demo=is_demo, withdrawn=False
    )
    newer = LedgerRow.objects.filter(row=OuterRef("row"), version__gt=OuterRef("version"))
    return mine.filter(~Exists(newer)).values_list("values", flat=True)


def counted(plan_id: int, *, until: date, known_at: datetime) -> dict[str, list[Contribution]]:
    """What the ledgers of a plan add to each indicator up to a day, as known at a moment (one statement).

    An indicator that some ledger counts into is there, even if no row does yet. What counts by a stage counts from
    the day the stage was reached, even where the row itself is older than the plan.
    """
    shape = {"row": Cast("row", TextField()), "unit": "unit_id", "values": "values"}
    rows = standing_rows(until=until, known_at=known_at).filter(kind_id=OuterRef("pk"))
    rows = rows.order_by("happened_on", "pk").values(j=JSONObject(**shape))
    kinds = LedgerKind.objects.filter(plan_id=plan_id).exclude(counts=[]).select_related("plan")
    found: dict[str, list[Contribution]] = {}
    for kind in kinds.annotate(rows_json=ArraySubquery(rows)).order_by("order", "version"):
        columns = columns_of(kind)
        for rule in kind.counts:
            found.setdefault(rule["indicator"], [])
        for row in kind.rows_json:
            for said in rules.counts(kind, columns, row["values"]):
                if kind.plan.effective_from <= said.day <= until:
                    found[said.indicator].append(_contribution(kind, row, said))
    for parts in found.values():
        parts.sort(key=lambda part: part.day)
    return found


def _contribution(kind: LedgerKind, row: Mapping[str, Any], said: rules.Counted) -> Contribution:
    return Contribution(
        said.indicator,
        kind.name,
        label_of(kind, row["values"]),
        row["unit"],
        said.day,
        said.amount,
        said.unit,
        reverse("ledger-row", args=[row["row"]]),
    )


def label_of(kind: LedgerKind, values: Mapping[str, Any]) -> str:
    """What a row is called: its first text."""
    return next(
        (values[c["code"]] for c in kind.columns if c.get("kind", "text") == "text" and c["code"] in values),
        kind.name,
    )


# --- pages ---


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell as a page shows it."""

    column: rules.Column
    value: Any

    @property
    def is_figure(self) -> bool:
        """Whether it stands to the right."""
        return self.column.kind in (rules.NUMBER, rules.WHOLE)

    @property
    def day(self) -> date | None:
        """The day it holds, if it holds one."""
        return date.fromisoformat(self.value) if self.column.kind == rules.DATE and self.value else None

    @property
    def figure(self) -> Decimal | None:
        """The figure it holds, if it holds one."""
        return Decimal(self.value) if self.is_figure and self.value is not None else None


def cells(kind: LedgerKind, values: Mapping[str, Any]) -> list[Cell]:
    """A row as cells in the order of the columns."""
    return [Cell(column, values.get(column.code)) for column in columns_of(kind)]


@dataclass(slots=True)
class Shelf:
    """One ledger in the list: how many rows stand, how many the reader's unit wrote this quarter against its quota."""

    kind: LedgerKind
    rows: int
    quarter: int
    may_keep: Verdict

    @property
    def quota(self) -> str:
        """How the quota of this quarter stands for a unit that keeps the ledger; nothing for others."""
        if self.kind.quota is None or not self.may_keep:
            return ""
        return rules.quota_standing(self.kind.quota, self.quarter, self.today)

    today: date = field(default=rules.EARLIEST)


def shelves(actor: Actor, at: datetime) -> list[Shelf]:
    """Every ledger of the newest plan with its counts (three statements); nobody without a post sees any."""
    if not actor.has_business:
        return []
    plan, today = Plan.objects.order_by("-year").first(), district_day(at)
    if plan is None:
        return []
    today = min(max(today, plan.effective_from), plan.effective_until)
    first, last = rules.quarter_of(today)
    newest = LedgerKind.objects.filter(plan=plan).order_by("code", "-version").distinct("code")
    mine = Q(happened_on__range=(first, last), unit_id__in=actor.organisation_ids)
    rows = standing_rows(until=today, known_at=at).filter(kind__plan=plan).order_by()
    by_code = {
        row["kind__code"]: row
        for row in rows.values("kind__code").annotate(n=Count("pk"), q=Count("pk", filter=mine))
    }
    found = []
    for kind in sorted(newest, key=lambda kind: kind.order):
        row = by_code.get(kind.code, {"n": 0, "q": 0})
        found.append(Shelf(kind, row["n"], row["q"], rules.may_keep(actor, kind.owners), today=today))
    return found


@dataclass(frozen=True, slots=True)
class Filters:
    """What a ledger is narrowed to; `after` is how many rows were shown before."""

    q: str = ""
    quarter: str = ""
    after: int = 0

    @classmethod
    def read(cls, query: Mapping[str, str]) -> "Filters":
        """Take what an address says; what makes no sense is left out."""
        quarter = query.get("quarter", "")
        after = query.get("after", "")
        return cls(
            query.get("q", "").replace("\x00", "").strip()[:60],
            quarter if quarter in ("1", "2", "3", "4") else "",
            int(after) if after.isascii() and after.isdigit() and len(after) < 7 else 0,
        )

    def address(self, **changes: Any) -> str:
        """The query part of the address, changed."""
        parts = {"q": self.q, "quarter": self.quarter, "after": self.after or ""} | changes
        return urlencode({name: value for name, value in parts.items() if value})


@dataclass(slots=True)
class LedgerPage:
    """One page of a ledger: rows with their cells, and sums of its figures over all rows that fit."""

    kind: LedgerKind
    columns: list[rules.Column]
    rows: list[tuple[LedgerRow, list[Cell]]]
    count: int
    more: bool
    may_keep: Verdict
    may_export: Verdict


def ledger_page(code: str, actor: Actor, at: datetime, filters: Filters) -> LedgerPage:
    """One page of a ledger, the newest day first (three statements). Raises NotFound."""
    if not actor.has_business:
        raise NotFound("no-such-ledger")
    kind = newest_kind(code)
    found = rows_of(kind, at, filters)
    page = list(found.select_related("unit", "kind")[filters.after : filters.after + PAGE + 1])
    return LedgerPage(
        kind,
        columns_of(kind),
        [(row, cells(kind, row.values)) for row in page[:PAGE]],
        found.count(),
        len(page) > PAGE,
        rules.may_keep(actor, kind.owners),
        rules.may_export(actor, kind.owners),
    )


def rows_of(kind: LedgerKind, at: datetime, filters: Filters) -> QuerySet[LedgerRow]:
    """The standing rows of a ledger in any of its versions that fit these filters, the newest day first."""
    found = standing_rows(until=district_day(at), known_at=at)
    found = found.filter(kind__plan_id=kind.plan_id, kind__code=kind.code)
    if filters.q:
        found = found.annotate(told=Cast("values", TextField())).filter(told__icontains=filters.q)
    if filters.quarter:
        found = found.filter(happened_on__quarter=int(filters.quarter))
    return found.order_by("-happened_on", "-pk")


@dataclass(slots=True)
class RowPage:
    """One row with everything it was before, the newest version first."""

    row: LedgerRow
    cells: list[Cell]
    history: Sequence[tuple[LedgerRow, list[Cell]]]
    may_change: Verdict


def row_page(row_id: UUID, actor: Actor, at: datetime) -> RowPage:
    """One row (one statement). Raises NotFound."""
    if not actor.has_business:
        raise NotFound("no-such-row")
    versions = list(
        LedgerRow.objects.filter(row=row_id)
        .filter(Q(is_demo=False) | Exists(invented_people()))
        .select_related("kind__plan", "unit", "recorded_by")
        .order_by("-version")
    )
    if not versions:
        raise NotFound("no-such-row")
    row = versions[0]
    verdict = rules.may_keep(actor, row.kind.owners)
    if verdict and row.unit_id not in actor.organisation_ids:
        verdict = Verdict("ledger-row-of-another-unit", {})
    if verdict and row.withdrawn:
        verdict = Verdict("ledger-row-withdrawn", {"who": row.recorded_by.name, "when": row.recorded})
    history = [(each, cells(each.kind, each.values)) for each in versions[1:]]
    return RowPage(row, cells(row.kind, row.values), history, verdict)
