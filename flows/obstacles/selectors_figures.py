"""Figures of obstacles as they were known on a day: land that counts into targets, the financing loop, permits."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import CharField, Exists, OuterRef, Q, QuerySet
from django.db.models.functions import Cast, JSONObject
from django.urls import reverse
from django.utils.translation import gettext as _

from flows.campaigns.models import Plan
from flows.projects import selectors as projects
from flows.projects.models import ProjectUnit
from flows.targets.models import Target
from flows.targets.rules.rollup import Contribution, total
from permissions.actors import Actor

from . import rules
from .models import Obstacle, ObstacleFact, ObstacleKind, PermitBaseline, PermitFact
from .selectors import visible_to


def known(facts: QuerySet[Any], model: Any, *, until: date, known_at: datetime | None) -> QuerySet[Any]:
    """The facts up to a day as they were known at a moment: what replaced another since does not count yet."""
    recorded = Q() if known_at is None else Q(recorded__lte=known_at)
    replacing = model.objects.filter(recorded, replaces_id=OuterRef("pk"))
    return facts.filter(recorded, ~Exists(replacing), happened_on__lte=until)


def counting(plan: Plan, until: date, known_at: datetime) -> dict[str, list[Contribution]]:
    """What counts into the targets, by the indicator that the figure of a kind names (one statement).

    Land, and any other figure with an indicator: the loop does not know which kinds there are. Each fact comes with the
    units that answer for its project.
    """
    served = ProjectUnit.objects.filter(
        project_id=OuterRef("obstacle__project_id"), role=ProjectUnit.Role.SERVICE
    )
    shape: dict[str, Any] = {"figure": "figure", "day": "happened_on", "unit": "unit"}
    shape |= {"value": Cast("value", CharField()), "name": "obstacle__project__name"}
    shape |= {"run": Cast("obstacle__run__public_id", CharField())}
    shape |= {"units": ArraySubquery(served.order_by("order").values("organisation_id"))}
    facts = ObstacleFact.objects.filter(
        projects.counts("obstacle__project__"),
        obstacle__project__plan_id=plan.pk,
        obstacle__kind_id=OuterRef("pk"),
    )
    facts = known(facts, ObstacleFact, until=until, known_at=known_at).order_by("happened_on", "pk")
    kinds = ObstacleKind.objects.filter(plan=plan).annotate(
        facts_json=ArraySubquery(facts.exclude(figure="").values(j=JSONObject(**shape)))
    )
    found: dict[str, list[Contribution]] = {}
    for kind in kinds:
        named = {each["code"]: each["indicator"] for each in kind.figures if each.get("indicator")}
        for indicator in named.values():
            found.setdefault(indicator, [])
        for fact in kind.facts_json:
            if fact["figure"] in named:
                indicator = named[fact["figure"]]
                found[indicator].append(_counted(indicator, fact))
    return found


def _counted(indicator: str, fact: dict[str, Any]) -> Contribution:
    return Contribution(
        indicator,
        _("obstacles and needs"),
        fact["name"],
        tuple(fact["units"]),
        date.fromisoformat(fact["day"]),
        Decimal(fact["value"]),
        fact["unit"],
        reverse("sheet", args=[fact["run"]]),
    )


# --- land ---


@dataclass(frozen=True, slots=True)
class LandFigure:
    """A figure against its target; what it is made of can be opened."""

    target: Target
    reached: Decimal
    parts: Sequence[Contribution]

    @property
    def share(self) -> Decimal | None:
        """How much of the target is reached, in per cent."""
        if not self.target.value:
            return None
        return (self.reached * 100 / self.target.value).quantize(Decimal("0.1"))


def land(plan: Plan, *, until: date, known_at: datetime) -> list[LandFigure]:
    """The figures that count into targets, each against its target, as the scoreboard counts them (two statements)."""
    found = counting(plan, until, known_at)
    targets = Target.objects.filter(plan=plan, indicator__in=list(found)).order_by("order")
    return [
        LandFigure(target, total(parts, target.unit), sorted(parts, key=lambda part: (part.day, part.label)))
        for target in targets
        for parts in [found[target.indicator]]
    ]


# --- the financing loop ---


@dataclass(frozen=True, slots=True)
class Demand:
    """A financing demand as it stood at the end of a month: how far it has come, and what is arranged for it."""

    obstacle: Obstacle
    stage: str
    stage_name: str
    since: date | None
    demanded: Decimal
    arranged: Decimal
    note: str

    @property
    def run_id(self) -> Any:
        """The sheet on which it is dealt with."""
        return self.obstacle.run.public_id


@dataclass(frozen=True, slots=True)
class Financing:
    """The month's list: what fails its conditions and what is arranged, what is on its way, what is met."""

    unmet: Sequence[Demand]
    under_way: Sequence[Demand]
    met: Sequence[Demand]
    demanded: Decimal
    arranged: Decimal


def financing(actor: Actor, at: datetime, *, until: date, known_at: datetime | None = None) -> Financing:
    """The financing demands this person sees as they stood at the end of a month (two statements)."""
    money = visible_to(actor, at).filter(kind__code="money", opened__date__lte=until)
    money = money.exclude(closed__date__lte=until, struck_off__isnull=True)
    money = money.select_related("project", "run", "kind", "unit").order_by("opened", "pk")
    obstacles = {obstacle.pk: obstacle for obstacle in money}
    facts = ObstacleFact.objects.filter(obstacle__in=list(obstacles))
    by_obstacle: dict[int, list[ObstacleFact]] = {key: [] for key in obstacles}
    for fact in known(facts, ObstacleFact, until=until, known_at=known_at).order_by("happened_on", "pk"):
        by_obstacle[fact.obstacle_id].append(fact)
    demands = [_demand(obstacles[key], several) for key, several in by_obstacle.items()]
    return Financing(
        unmet=[each for each in demands if each.stage == "unmet"],
        under_way=[each for each in demands if each.stage not in ("unmet", "met")],
        met=[each for each in demands if each.stage == "met"],
        demanded=sum((each.demanded for each in demands), Decimal(0)),
        arranged=sum((each.arranged for each in demands), Decimal(0)),
    )


def _demand(obstacle: Obstacle, facts: Sequence[ObstacleFact]) -> Demand:
    last = next((fact for fact in reversed(facts) if fact.stage), None)

    def total(code: str) -> Decimal:
        return sum((fact.value or Decimal(0) for fact in facts if fact.figure == code), Decimal(0))

    return Demand(
        obstacle,
        last.stage if last else "",
        obstacle.kind.stage_name(last.stage) if last else "",
        last.happened_on if last else None,
        total("demanded"),
        total("arranged"),
        last.note if last else "",
    )


# --- permits ---


@dataclass(frozen=True, slots=True)
class PermitMeasure:
    """What permits of one kind took against their baseline."""

    permit: PermitBaseline
    days: rules.Taken
    documents: rules.Taken


@dataclass(frozen=True, slots=True)
class Permits:
    """The promise and what came of it: every kind, and all together."""

    kinds: Sequence[PermitMeasure]
    days: rules.Taken
    documents: rules.Taken


def permits(plan_id: int, *, until: date, known_at: datetime | None = None) -> Permits:
    """Durations and documents of the permits granted by a day, against the baseline kept with each (two statements)."""
    facts = PermitFact.objects.filter(permit__plan_id=plan_id)
    rows = list(known(facts, PermitFact, until=until, known_at=known_at))
    kinds = PermitBaseline.objects.filter(plan_id=plan_id).order_by("order")

    def taken(of: Sequence[PermitFact]) -> tuple[rules.Taken, rules.Taken]:
        return (
            rules.together((fact.days, fact.baseline_days) for fact in of),
            rules.together((fact.documents, fact.baseline_documents) for fact in of),
        )

    return Permits(
        [PermitMeasure(kind, *taken([row for row in rows if row.permit_id == kind.pk])) for kind in kinds],
        *taken(rows),
    )


PROMISES = {"approval-time-cut": "days", "approval-papers-cut": "documents"}


def promises(plan_id: int) -> dict[str, Target]:
    """What the notice promises of permits: by how many per cent fewer days and documents (one statement)."""
    found = Target.objects.filter(plan_id=plan_id, indicator__in=list(PROMISES)).order_by("order")
    return {PROMISES[target.indicator]: target for target in found}
