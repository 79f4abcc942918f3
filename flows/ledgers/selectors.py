"""Reading ledgers: as of any day and as known at any moment, and what of them counts into which indicator."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any, NamedTuple
from urllib.parse import urlencode
from uuid import UUID

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Count, DecimalField, Exists, Func, OuterRef, Q, QuerySet, Sum, TextField
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Cast, JSONObject
from django.urls import reverse

from hetang_flow.lib.clock import DISTRICT, district_day
from hetang_flow.lib.errors import NotFound
from hetang_flow.lib.verdicts import Verdict
from permissions.actors import Actor
from permissions.selectors import invented_people

from . import rules
from .models import LedgerKind, LedgerRow

PAGE = 50
FIGURE = r"^[0-9]+(\.[0-9]+)?$"


def newest_kind(code: str, *, plan_id: int | None = None) -> LedgerKind:
    """The newest version of a ledger, of the newest plan unless one is named. Raises NotFound."""
    kinds = LedgerKind.objects.filter(code=code).select_related("plan")
    if plan_id is not None:
        kinds = kinds.filter(plan_id=plan_id)
    kind = kinds.order_by("-plan__year", "-plan_id", "-version").first()
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


def rows_of_unit(kind: LedgerKind, unit_id: int, is_demo: bool) -> QuerySet[LedgerRow]:
    """A unit's standing rows of a ledger, invented ones or real ones."""
    mine = LedgerRow.objects.filter(
        kind__plan_id=kind.plan_id, kind__code=kind.code, unit_id=unit_id, is_demo=is_demo, withdrawn=False
    )
    newer = LedgerRow.objects.filter(row=OuterRef("row"), version__gt=OuterRef("version"))
    return mine.filter(~Exists(newer))


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
    """One cell as a page shows it; `other_unit` is its own where the ledger's newest version has another."""

    column: rules.Column
    value: Any
    other_unit: str = ""

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


def cells_under(columns: Sequence[rules.Column], row: LedgerRow) -> list[Cell]:
    """A row under the columns of the newest version, each cell read as the row's own version wrote it."""
    own = {column.code: column for column in columns_of(row.kind)}
    found = []
    for column in columns:
        wrote = own.get(column.code, column)
        other = wrote.unit if wrote.unit != column.unit else ""
        found.append(Cell(wrote, row.values.get(column.code), other))
    return found


@dataclass(frozen=True, slots=True)
class Filters:
    """What a ledger is narrowed to, the day it is read for, as known then or today; `after` rows were shown before."""

    q: str = ""
    quarter: str = ""
    stage: str = ""
    on: date | None = None
    then: bool = False
    mine: bool = False
    after: int = 0

    @classmethod
    def read(cls, query: Mapping[str, str]) -> "Filters":
        """Take what an address says; what makes no sense is left out."""
        quarter, after = query.get("quarter", ""), query.get("after", "")
        try:
            day = date.fromisoformat(query.get("on", ""))
        except ValueError:
            day = None
        return cls(
            query.get("q", "").replace("\x00", "").strip()[:60],
            quarter if quarter in ("1", "2", "3", "4") else "",
            query.get("stage", "").replace("\x00", "")[:20],
            day,
            query.get("then") == "1" and day is not None,
            query.get("mine") == "1",
            int(after) if after.isascii() and after.isdigit() and len(after) < 7 else 0,
        )

    @property
    def parts(self) -> dict[str, str]:
        """What is narrowed, as an address or a form says it again."""
        on, then, mine = self.on.isoformat() if self.on else "", "1" * self.then, "1" * self.mine
        said = {
            "q": self.q,
            "quarter": self.quarter,
            "stage": self.stage,
            "on": on,
            "then": then,
            "mine": mine,
        }
        return {name: value for name, value in said.items() if value}

    def address(self, **changes: Any) -> str:
        """The query part of the address, changed."""
        parts = self.parts | {"after": self.after or ""} | changes
        return urlencode({name: value for name, value in parts.items() if value})

    def moment(self, at: datetime) -> tuple[date, datetime]:
        """The day it is read for and the moment at which it is known."""
        day = min(self.on or district_day(at), district_day(at))
        if not self.then:
            return day, at
        return day, min(at, datetime.combine(day + timedelta(days=1), time(), DISTRICT))


@dataclass(frozen=True, slots=True)
class StageSum:
    """How many rows reached a stage, and what they come to there."""

    name: str
    rows: int
    amount: Decimal | None
    unit: str


@dataclass(slots=True)
class LedgerPage:
    """One page of a ledger: rows with their cells and the stage each has reached, and what all that fit come to."""

    kind: LedgerKind
    columns: list[rules.Column]
    rows: list[tuple[LedgerRow, list[Cell], str]]
    count: int
    more: bool
    stages: list[StageSum]
    until: date
    may_keep: Verdict
    may_export: Verdict


def ledger_page(code: str, actor: Actor, at: datetime, filters: Filters) -> LedgerPage:
    """One page of a ledger, the newest day first (three statements). Raises NotFound."""
    if not rules.may_read(actor):
        raise NotFound("no-such-ledger")
    kind = newest_kind(code)
    found = rows_of(kind, actor, at, filters)
    page = list(found.select_related("unit", "kind")[filters.after : filters.after + PAGE + 1])
    count, stages = _sums(kind, found)
    columns = columns_of(kind)
    return LedgerPage(
        kind,
        columns,
        [(row, cells_under(columns, row), rules.stage_of(kind.stages, row.values)) for row in page[:PAGE]],
        count,
        len(page) > PAGE,
        stages,
        filters.moment(at)[0],
        rules.may_keep(actor, kind.owners),
        rules.may_export(actor, kind.owners),
    )


def rows_of(kind: LedgerKind, actor: Actor, at: datetime, filters: Filters) -> QuerySet[LedgerRow]:
    """The standing rows of a ledger in any of its versions that fit these filters, the newest day first."""
    until, known_at = filters.moment(at)
    found = standing_rows(until=until, known_at=known_at)
    found = found.filter(kind__plan_id=kind.plan_id, kind__code=kind.code)
    if filters.q:
        cells = Func(
            "values", function="jsonb_path_query_array", template="%(function)s(%(expressions)s, '$.*')"
        )
        found = found.annotate(told=Cast(cells, TextField()))
        found = found.filter(Q(told__icontains=filters.q) | Q(unit__name__icontains=filters.q))
    if filters.quarter:
        found = found.filter(happened_on__quarter=int(filters.quarter))
    if filters.mine:
        found = found.filter(unit_id__in=actor.organisation_ids)
    days = [stage["day"] for stage in kind.stages]
    for number, stage in enumerate(kind.stages):
        if stage["name"] == filters.stage:
            found = found.filter(values__has_key=days[number]).exclude(
                values__has_any_keys=days[number + 1 :]
            )
    return found.order_by("-happened_on", "-pk")


def _sums(kind: LedgerKind, found: QuerySet[LedgerRow]) -> tuple[int, list[StageSum]]:
    """How many rows there are, and what has reached each stage (one statement)."""
    units = {column.code: column.unit for column in columns_of(kind)}
    wanted: dict[str, Any] = {"rows": Count("pk")}
    for number, stage in enumerate(kind.stages):
        reached = Q(values__has_key=stage["day"])
        wanted[f"rows_{number}"] = Count("pk", filter=reached)
        if amount := stage.get("amount"):
            figure = Cast(KeyTextTransform(amount, "values"), DecimalField(max_digits=20, decimal_places=2))
            is_figure = Q(**{f"values__{amount}__regex": FIGURE})
            wanted[f"amount_{number}"] = Sum(figure, filter=reached & is_figure)
    said = found.order_by().aggregate(**wanted)
    sums = [
        StageSum(
            stage["name"], said[f"rows_{n}"], said.get(f"amount_{n}"), units.get(stage.get("amount", ""), "")
        )
        for n, stage in enumerate(kind.stages)
    ]
    return said["rows"], sums


@dataclass(slots=True)
class RowPage:
    """One row with everything it was before, the newest version first."""

    row: LedgerRow
    cells: list[Cell]
    history: Sequence[tuple[LedgerRow, list[Cell]]]
    may_change: Verdict


def row_page(row_id: UUID, actor: Actor, at: datetime) -> RowPage:
    """One row (one statement). Raises NotFound."""
    if not rules.may_read(actor):
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
