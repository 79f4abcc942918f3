"""Reading how targets stand: what counts, what should be by a day, and every fact behind a figure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from urllib.parse import urlencode

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext as _

from flows.campaigns.models import LineUnit, Plan
from flows.campaigns.selectors import newest_plan
from hetang_flow.lib.clock import DISTRICT, district_day
from hetang_flow.lib.errors import NotFound
from hetang_flow.lib.verdicts import Verdict
from hetang_flow.lib.workbooks import Field
from permissions.actors import Actor
from permissions.models import Organisation
from permissions.selectors import invented_people

from .models import Target, TargetReport
from .rules import reports, rollup
from .rules.shares import Span, expected_by, owed
from .selectors_line_plans import shares_of
from .sources import Told, contributions, is_derived
from .words import figure

Shares = Sequence[tuple[int, int | None, Decimal | None]]


@dataclass(frozen=True, slots=True)
class Standing:
    """One target on a day: what was reached, what should be, and where it comes from.

    Figures are in the target's unit; `parts` are the facts behind a derived one, `report` what was said otherwise.
    """

    target: Target
    state: str
    actual: Decimal | None
    expected: Decimal | None
    owed: Decimal | None
    parts: Sequence[rollup.Contribution] = ()
    report: TargetReport | None = None
    derived: bool = False
    shares: Shares = ()

    @property
    def figure(self) -> str:
        """What is to be reached, in words."""
        return figure(self.target)

    @property
    def percent(self) -> Decimal | None:
        """What was reached of what is owed, in per cent; nothing where it is a yes or no."""
        if self.actual is None or not self.owed:
            return None
        return (self.actual * 100 / self.owed).quantize(Decimal("0.1"))

    @property
    def bar(self) -> Decimal:
        """The same as far as a bar goes."""
        return max(Decimal(0), min(self.percent or Decimal(0), Decimal(100)))

    @property
    def mark(self) -> Decimal | None:
        """What should be reached by now of what is owed, in per cent, for a mark on the bar."""
        if self.expected is None or not self.owed:
            return None
        return min(self.expected * 100 / self.owed, Decimal(100)).quantize(Decimal("0.1"))


def standings(plan: Plan, *, until: date, known_at: datetime) -> list[Standing]:
    """Every target of a plan as it stood on a day, as known at a moment (four statements and those of the sources)."""
    told = contributions(plan, until=until, known_at=known_at)
    shares = shares_of(plan.pk, on=until)
    said = _reports(plan.pk, until=until, known_at=known_at)
    span = Span(plan.year, plan.effective_from, plan.effective_until)
    targets = Target.objects.filter(plan=plan).select_related("line").order_by("order")
    return [_standing(each, told, said, shares.get(each.pk, ()), span, until) for each in targets]


def _reports(plan_id: int, *, until: date, known_at: datetime) -> dict[tuple[str, str], TargetReport]:
    """By indicator and kind the newest report that is of a day up to this one, as known at a moment."""
    rows = TargetReport.objects.filter(
        Q(is_demo=False) | Exists(invented_people()),
        plan_id=plan_id,
        happened_on__lte=until,
        recorded__lte=known_at,
    )
    rows = rows.select_related("unit", "recorded_by").order_by("happened_on", "version")
    return {(row.indicator, row.kind): row for row in rows}


def _standing(
    target: Target,
    told: Told,
    said: Mapping[tuple[str, str], TargetReport],
    shares: Shares,
    span: Span,
    until: date,
) -> Standing:
    derived = is_derived(target, told)
    parts = told.get(target.indicator, []) if derived else []
    report = None if derived else said.get((target.indicator, target.kind))
    whole = expected = None
    if target.value is not None:
        whole, expected = _wanted(target, shares, span, until)
    actual = _actual(target, parts, report, derived)
    state = rollup.state(
        target.kind,
        target.comparison,
        value=whole,
        actual=actual,
        expected=expected,
        reached=report.reached if report else None,
    )
    return Standing(target, state, actual, expected, whole, parts, report, derived, shares)


def _wanted(target: Target, shares: Shares, span: Span, until: date) -> tuple[Decimal, Decimal | None]:
    """What is owed in the end, and what should be by a day where the target adds up."""
    value = Decimal(target.value)
    if target.kind not in rollup.ADDS_UP:
        return value, None
    quarterly = target.unit.endswith("/季")
    by_quarter = quarters(shares)
    whole = owed(value, by_quarter, span, quarterly=quarterly)
    return whole, expected_by(value, by_quarter, until, span, quarterly=quarterly)


def quarters(shares: Shares, unit: int | None = None) -> dict[int, Decimal]:
    """What is owed in each quarter, of everybody or of one unit."""
    found: dict[int, Decimal] = {}
    for organisation, quarter, value in shares:
        if quarter is not None and value is not None and unit in (None, organisation):
            found[quarter] = found.get(quarter, Decimal(0)) + value
    return found


def _actual(
    target: Target, parts: Sequence[rollup.Contribution], report: TargetReport | None, derived: bool
) -> Decimal | None:
    if not derived:
        return report.value if report else None
    if target.kind == Target.Kind.GROWTH:
        amount = sum((part.amount for part in parts), Decimal(0))
        return rollup.growth(amount, target.base) if target.base else None
    return rollup.total(parts, target.unit)


# --- the board ---


@dataclass(frozen=True, slots=True)
class Filters:
    """What the board shows: the day it is read for, as known then or today, and which targets."""

    on: date | None = None
    then: bool = False
    line: str = ""
    show: str = ""

    @classmethod
    def read(cls, query: Mapping[str, str]) -> "Filters":
        """Take what an address says; what makes no sense is left out."""
        try:
            day = date.fromisoformat(query.get("on", ""))
        except ValueError:
            day = None
        show = query.get("show", "")
        return cls(
            day,
            query.get("then") == "1",
            query.get("line", "").replace("\x00", "")[:30],
            show if show in SHOWN else "",
        )

    def address(self, **changes: str) -> str:
        """The query part of the address, changed."""
        parts = {"on": self.on.isoformat() if self.on else "", "then": "1" if self.then else ""}
        parts |= {"line": self.line, "show": self.show} | changes
        return urlencode({name: value for name, value in parts.items() if value})


SHOWN = (rollup.BEHIND, rollup.ON_TIME, rollup.REACHED, rollup.UNKNOWN)


@dataclass(slots=True)
class Board:
    """The board on a day: headline targets first, then those of each line, with how many stand how."""

    plan: Plan | None
    on: date
    groups: list[tuple[str, str, list[Standing]]] = field(default_factory=list)
    counts: dict[str, int] = field(default_factory=dict)
    lines: list[tuple[str, str]] = field(default_factory=list)


def moment(filters: Filters, plan: Plan, at: datetime) -> tuple[date, datetime]:
    """The day the board is of, within the plan, and the moment at which it is known."""
    today = district_day(at)
    day = min(filters.on or today, today, plan.effective_until)
    day = max(day, plan.effective_from)
    if not filters.then:
        return day, at
    midnight = datetime.combine(day + timedelta(days=1), time(), DISTRICT)
    return day, min(at, midnight)


def board(actor: Actor, at: datetime, filters: Filters) -> Board:
    """How all targets stand; targets are everybody's business who holds a post."""
    plan = newest_plan() if actor.is_of_the_district else None
    if plan is None:
        return Board(None, district_day(at))
    until, known_at = moment(filters, plan, at)
    every = standings(plan, until=until, known_at=known_at)
    found = Board(plan, until)
    found.lines = list(
        {each.target.line.code: each.target.line.name for each in every if each.target.line}.items()
    )
    shown = [
        each
        for each in every
        if not filters.line or (each.target.line and each.target.line.code == filters.line)
    ]
    found.counts = {"": len(shown)} | {state: sum(s.state == state for s in shown) for state in SHOWN}
    groups: dict[str, list[Standing]] = {}
    for each in shown:
        if not filters.show or each.state == filters.show:
            groups.setdefault(each.target.line.code if each.target.line else "", []).append(each)
    names = dict(found.lines)
    found.groups = [(code, names.get(code, ""), several) for code, several in groups.items()]
    return found


def board_fields() -> list[Field]:
    """The columns of the scoreboard as a workbook."""
    return [
        Field("line", _("Campaign line")),
        Field("target", _("Target")),
        Field("figure", _("To reach")),
        Field("actual", _("Reached so far"), "number"),
        Field("expected", _("Should be by now"), "number"),
        Field("unit", _("Unit of the figure")),
        Field("state", _("How it stands")),
        Field("source", _("Source")),
    ]


def board_rows(board: Board) -> list[dict[str, object]]:
    """The rows of the scoreboard for a workbook."""
    states = {
        rollup.REACHED: _("reached"),
        rollup.ON_TIME: _("in step with the time"),
        rollup.BEHIND: _("behind"),
        rollup.UNKNOWN: _("not reported yet"),
    }
    return [
        {
            "line": name or _("Headline targets"),
            "target": each.target.name,
            "figure": each.figure,
            "actual": each.actual,
            "expected": each.expected,
            "unit": each.target.unit,
            "state": states[each.state],
            "source": each.report.source if each.report else "",
        }
        for _code, name, several in board.groups
        for each in several
    ]


# --- one target ---


@dataclass(frozen=True, slots=True)
class UnitPart:
    """One unit's part in a target: what it took on, what should be by now, what its facts add."""

    name: str
    owed: Decimal | None
    expected: Decimal | None
    actual: Decimal | None


@dataclass(slots=True)
class TargetPage:
    """One target with the facts behind it, the units that took it on, and every report."""

    plan: Plan
    standing: Standing
    on: date
    units: list[UnitPart]
    reports: Sequence[TargetReport]
    may_report: Verdict
    seen: int


def target_page(code: str, actor: Actor, at: datetime, filters: Filters) -> TargetPage:
    """One target (five statements and those of the sources). Raises NotFound."""
    leads = LineUnit.objects.filter(
        line__targets__indicator=OuterRef("indicator"),
        line__targets__plan_id=OuterRef("plan_id"),
        role=LineUnit.Role.LEAD,
    )
    targets = (
        Target.objects.filter(code=code)
        .select_related("line", "plan")
        .annotate(leads=ArraySubquery(leads.order_by().values("organisation_id").distinct()))
    )
    target = targets.order_by("-plan__year", "-plan_id").first() if actor.is_of_the_district else None
    if target is None:
        raise NotFound("no-such-target")
    plan = target.plan
    until, known_at = moment(filters, plan, at)
    told = contributions(plan, until=until, known_at=known_at)
    shares = shares_of(plan.pk, on=until).get(target.pk, ())
    span = Span(plan.year, plan.effective_from, plan.effective_until)
    every = TargetReport.objects.filter(
        Q(is_demo=False) | Exists(invented_people()), plan=plan, indicator=target.indicator, kind=target.kind
    )
    versions = list(every.select_related("unit", "recorded_by").order_by("-version"))
    counting = [row for row in versions if row.happened_on <= until and row.recorded <= known_at]
    last = max(counting, key=lambda row: (row.happened_on, row.version), default=None)
    said = {(target.indicator, target.kind): last} if last else {}
    found = _standing(target, told, said, shares, span, until)
    may = reports.may_report(actor, lead_units=frozenset(target.leads))
    if may and found.derived:
        may = Verdict("target-is-derived", {"target": target.name})
    return TargetPage(
        plan,
        found,
        until,
        _unit_parts(found, span, until),
        versions,
        may,
        versions[0].version if versions else 0,
    )


def _unit_parts(found: Standing, span: Span, until: date) -> list[UnitPart]:
    """What each unit took on or added (one statement for their names)."""
    taken = dict.fromkeys(unit for unit, _quarter, _value in found.shares)
    units = [*taken, *(unit for part in found.parts for unit in part.units if unit not in taken)]
    names = dict(Organisation.objects.filter(pk__in=units).values_list("pk", "name"))
    parts = []
    for unit in dict.fromkeys(units):
        mine = quarters(found.shares, unit)
        whole = sum(mine.values(), Decimal(0)) if mine else None
        expected = expected_by(Decimal(0), mine, until, span) if mine else None
        own = [part for part in found.parts if unit in part.units]
        actual = (
            rollup.total(own, found.target.unit)
            if found.derived and found.target.kind in rollup.ADDS_UP
            else None
        )
        parts.append(UnitPart(names.get(unit, ""), whole, expected, actual))
    return parts
