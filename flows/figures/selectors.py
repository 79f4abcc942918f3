"""Reading what projects reported, as of any day and as it was known at any moment; a statement whatever there is."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any, NamedTuple
from uuid import UUID

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import CharField, Exists, F, OuterRef, Q, QuerySet, Value
from django.db.models.functions import Cast, Coalesce, JSONObject, NullIf

from flows.projects.lifecycle import MOVES, PATH, Phase
from flows.projects.models import Fact, Milestone, PhaseCorrection, Project, ProjectUnit, Requirement
from flows.projects.operations import SIGNED_ON
from flows.projects.selectors import counted
from hetang_flow.lib.clock import district_day

from . import rules

TARGETS = {leg.move.value: leg.target for leg in MOVES}
SHORT = Coalesce(NullIf("organisation__short_name", Value("")), "organisation__name")
READ = (
    "pk",
    "public_id",
    "code",
    "name",
    "phase",
    "line_id",
    "is_demo",
    "total_investment",
    "invested_before",
    "planned_investment",
    "builds_from",
    "builds_until",
    "in_park",
    "investor_kind",
    "key_level",
)


class Moved(NamedTuple):
    """A move a milestone confirmed: the day it happened, as its evidence says, and the run that tells."""

    day: date
    run: UUID


class Served(NamedTuple):
    """A service department of a project."""

    id: int
    name: str


@dataclass(slots=True)
class Figures:
    """One project as its facts stand: money in 万元, progress in per cent, months oldest first."""

    pk: int
    public_id: UUID
    code: str
    name: str
    phase: str
    line_id: int
    is_demo: bool
    year: int
    total: Decimal
    before: Decimal
    planned: Decimal
    builds_from: date | None
    builds_until: date | None
    in_park: bool | None
    investor_kind: str
    key_level: str
    until: date
    services: tuple[Served, ...] = ()
    months: list[rules.Month] = field(default_factory=list)
    seen: Mapping[date, dict[str, int]] = field(default_factory=dict)
    moves: Mapping[str, Moved] = field(default_factory=dict)
    signed_on: date | None = None

    @property
    def phase_name(self) -> str:
        """The phase as people read it."""
        return str(Phase(self.phase).label)

    @property
    def last(self) -> rules.Month | None:
        """The newest month of the plan's year that was reported."""
        return next((m for m in reversed(self.months) if m.is_reported and m.month.year == self.year), None)

    @property
    def invested(self) -> Decimal:
        """Invested in the plan's year so far, nothing reported counting as nothing."""
        return self.last.invested or Decimal(0) if self.last else Decimal(0)

    @property
    def progress(self) -> Decimal | None:
        """Progress of the whole project, as it was reported last."""
        return self.last.progress if self.last else None

    @property
    def share(self) -> Decimal:
        """The part of the year's plan that should be done by the day of these figures (序时进度)."""
        return rules.year_share(self.until, self.year, self.builds_from, self.builds_until)

    @property
    def expected(self) -> Decimal:
        """What should have been invested by the day of these figures."""
        return rules.expected(self.planned, self.share)

    @property
    def done_share(self) -> Decimal | None:
        """Invested as a part of the year's plan; None without a plan."""
        return (self.invested / self.planned).quantize(Decimal("0.0001")) if self.planned else None

    @property
    def ahead(self) -> Decimal:
        """How far the investment is ahead of the time that went by, negative behind it."""
        return self.invested - self.expected

    def month(self, month: date) -> rules.Month:
        """One month, empty where nothing was reported."""
        return next((m for m in self.months if m.month == month), rules.Month(month))


def months_of(project_id: int) -> list[rules.Month]:
    """Every month of a project as it stands now, oldest first (one statement)."""
    rows = Fact.objects.filter(project_id=project_id, month__isnull=False, replaced_by__isnull=True)
    return _months(
        {"month": f.month, "kind": f.kind, "value": f.value, "text": f.text, "word": f.word} for f in rows
    )


def standing_facts(*, until: date, known_at: datetime) -> QuerySet[Fact]:
    """The facts that count for a day as they were known at a moment: recorded, not replaced, confirmed by then."""
    newer = Fact.objects.filter(replaces_id=OuterRef("pk"), recorded__lte=known_at)
    confirmed = Q(milestone__state=Milestone.State.CONFIRMED, milestone__closed__lte=known_at)
    return Fact.objects.filter(
        Q(milestone__isnull=True) | confirmed, ~Exists(newer), recorded__lte=known_at, happened_on__lte=until
    )


def figures(plan_id: int, *, until: date, known_at: datetime) -> list[Figures]:
    """Every project of a plan that counts, as its facts stand for a day, as known at a moment (one statement)."""
    return figures_of(counted().filter(plan_id=plan_id), until=until, known_at=known_at)


def figures_of(
    projects: QuerySet[Project], *, until: date, known_at: datetime, most: int | None = None
) -> list[Figures]:
    """The same of these projects, in their code's order, at most so many (one statement)."""
    own = {"project_id": OuterRef("pk")}
    facts = standing_facts(until=until, known_at=known_at).filter(**own).order_by("pk")
    shape: dict[str, Any] = {name: name for name in ("kind", "month", "day", "text", "word", "milestone_id")}
    shape |= {"value": Cast("value", CharField()), "fact": "id"}
    days = Requirement.objects.filter(gate_id=OuterRef("gate_id"), kind=Requirement.Kind.DATE, required=True)
    moved = Milestone.objects.filter(**own, state=Milestone.State.CONFIRMED, closed__lte=known_at)
    corrected = PhaseCorrection.objects.filter(**own, applied__lte=known_at)
    served = ProjectUnit.objects.filter(**own, role=ProjectUnit.Role.SERVICE).order_by("order")
    rows = (
        projects.order_by("code")
        .annotate(
            facts_json=ArraySubquery(facts.values(j=JSONObject(**shape))),
            moves_json=ArraySubquery(
                moved.order_by("closed").values(
                    j=JSONObject(
                        move="move",
                        id="id",
                        closed="closed",
                        run=Cast("run__public_id", CharField()),
                        codes=ArraySubquery(days.order_by("order").values("code")),
                    )
                )
            ),
            put_right=ArraySubquery(
                corrected.order_by("applied").values(j=JSONObject(applied="applied", to="to_phase"))
            ),
            served_json=ArraySubquery(served.values(j=JSONObject(id="organisation_id", name=SHORT))),
            plan_year=F("plan__year"),
        )
        .only(*READ)
    )
    return [_figures(row, until) for row in (rows[:most] if most else rows)]


def _figures(row: Any, until: date) -> Figures:
    months = [fact for fact in row.facts_json if fact["month"]]
    seen: dict[date, dict[str, int]] = {}
    for fact in months:
        seen.setdefault(date.fromisoformat(fact["month"]), {})[fact["kind"]] = fact["fact"]
    signed = [fact for fact in row.facts_json if fact["kind"] == SIGNED_ON and fact["day"]]
    return Figures(
        pk=row.pk,
        public_id=row.public_id,
        code=row.code,
        name=row.name,
        phase=row.phase,
        line_id=row.line_id,
        is_demo=row.is_demo,
        year=row.plan_year,
        total=row.total_investment,
        before=row.invested_before,
        planned=row.planned_investment,
        builds_from=row.builds_from,
        builds_until=row.builds_until,
        in_park=row.in_park,
        investor_kind=row.investor_kind,
        key_level=row.key_level,
        until=until,
        services=tuple(Served(unit["id"], unit["name"]) for unit in row.served_json),
        months=_months(months),
        seen=seen,
        moves=_moves(row, until),
        signed_on=date.fromisoformat(signed[-1]["day"]) if signed else None,
    )


def _months(facts: Iterable[Mapping[str, Any]]) -> list[rules.Month]:
    """Facts of single kinds put together by month, oldest first."""
    found: dict[date, dict[str, Any]] = {}
    for fact in facts:
        month = fact["month"] if isinstance(fact["month"], date) else date.fromisoformat(fact["month"])
        is_text = fact["kind"] == rules.WORKS
        value = fact["text"] if is_text else Decimal(str(fact["value"]))
        found.setdefault(month, {})[fact["kind"]] = value
        if fact["word"]:
            found[month]["word"] = fact["word"]
    return [rules.Month(month, **values) for month, values in sorted(found.items())]


def _moves(row: Any, until: date) -> dict[str, Moved]:
    """The confirmed moves that happened by a day; the day is the first date the gate requires, else its confirmation.

    A move that a correction took back afterwards does not count.
    """
    reported = {(f["milestone_id"], f["kind"]): f["day"] for f in row.facts_json if f["day"]}
    found = {}
    for moved in row.moves_json:
        closed = datetime.fromisoformat(moved["closed"])
        if any(_takes_back(correction, moved["move"], closed) for correction in row.put_right):
            continue
        days = (reported.get((moved["id"], code)) for code in moved["codes"])
        said = next((day for day in days if day), None)
        day = date.fromisoformat(said) if said else district_day(closed)
        if day <= until:
            found[moved["move"]] = Moved(day, UUID(moved["run"]))
    return found


def _takes_back(correction: Mapping[str, Any], move: str, closed: datetime) -> bool:
    """Whether a correction made later leads to a phase before the one this move led to."""
    target = TARGETS.get(move)
    later = datetime.fromisoformat(correction["applied"]) >= closed
    return later and target in PATH and PATH.index(Phase(correction["to"])) < PATH.index(Phase(target))
