"""Reading line plans: who sees which, the lines with what is in force, a breakdown, the shares as of a day."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from functools import cached_property
from uuid import UUID

from django.db.models import Exists, Q, QuerySet, Subquery

from flows.campaigns.models import CampaignLine, GroupUnit, LineUnit
from flows.campaigns.selectors import plans_by_age
from flows.engine.models import Assignment, Run
from hetang_flow.lib.errors import NotFound
from hetang_flow.lib.verdicts import Verdict
from permissions.actors import Actor
from permissions.models import Post
from permissions.selectors import invented_people

from .models import LinePlan, Target, TargetShare
from .rules import line_plans, shares
from .words import figure

OFFICES = ("campaign-office", "hq-office")


# --- who sees what ---


def visible_to(actor: Actor, at: datetime) -> QuerySet[LinePlan]:
    """What is in force or was, for everybody of the district; what is being filed for leaders, the offices, the
    coordination group's units, the line's units and whoever was asked."""
    if actor.user_id is None or not actor.is_of_the_district:
        return LinePlan.objects.none()
    shown = LinePlan.objects.filter(Q(is_demo=False) | Exists(invented_people()))
    if any(post.duty == Post.Duty.LEADER or post.organisation_code in OFFICES for post in actor.posts):
        return shown
    units = actor.organisation_ids
    members = GroupUnit.objects.filter(organisation_id__in=units, group__line__isnull=True).order_by()
    return shown.filter(
        Q(state=LinePlan.State.ADOPTED)
        | Q(plan_id__in=members.values("group__plan_id"))
        | Q(line_id__in=LineUnit.objects.filter(organisation_id__in=units).order_by().values("line_id"))
        | Q(run_id__in=Assignment.objects.filter(post_id__in=actor.reach).order_by().values("run_id"))
    )


def runs_of_room(actor: Actor, at: datetime) -> Q:
    """The runs about line plans this person sees, as a condition on Run."""
    return Q(pk__in=visible_to(actor, at).order_by().values("run_id"))


def line_plan_for(public_id: UUID, actor: Actor, at: datetime) -> LinePlan:
    """One line plan for whoever sees it; any other is as one that does not exist."""
    seen = visible_to(actor, at).select_related("line", "unit", "run", "plan")
    found = seen.filter(public_id=public_id).first()
    if found is None:
        raise NotFound("no-such-line-plan")
    return found


# --- the lines ---


@dataclass(slots=True)
class LineRow:
    """A line with its plan in force, the one being filed, and whether this person may file one."""

    line: CampaignLine
    may_file: Verdict
    leads: Sequence[str] = ()
    adopted: LinePlan | None = None
    open: LinePlan | None = None
    versions: Sequence[LinePlan] = ()


def lines_for(actor: Actor, at: datetime) -> list[LineRow]:
    """The lines of the newest plan with their plans (three statements); none for whoever holds no post."""
    if not actor.is_of_the_district:
        return []
    newest = plans_by_age().values("pk")[:1]
    lines = list(CampaignLine.objects.filter(plan_id=Subquery(newest)).order_by("order"))
    leads: dict[int, dict[int, str]] = defaultdict(dict)
    units = LineUnit.objects.filter(line__in=lines, role=LineUnit.Role.LEAD).order_by("order")
    for line_id, unit_id, name in units.values_list("line_id", "organisation_id", "organisation__name"):
        leads[line_id][unit_id] = name
    plans: dict[int, list[LinePlan]] = defaultdict(list)
    for found in (
        visible_to(actor, at).filter(line__in=lines).select_related("run", "unit").order_by("-number")
    ):
        plans[found.line_id].append(found)
    return [_line_row(line, leads[line.pk], plans[line.pk], actor) for line in lines]


def _line_row(
    line: CampaignLine, leads: Mapping[int, str], plans: Sequence[LinePlan], actor: Actor
) -> LineRow:
    filing = next((each for each in plans if each.state == LinePlan.State.OPEN), None)
    adopted = [each for each in plans if each.state == LinePlan.State.ADOPTED]
    verdict = line_plans.may_file(
        actor, lead_units=set(leads), filing=filing is not None and filing.is_demo == actor.is_demo
    )
    adopted.sort(key=lambda each: (each.is_demo, -each.number))
    return LineRow(line, verdict, list(leads.values()), next(iter(adopted), None), filing, adopted)


def lead_units(line_id: int) -> dict[int, str]:
    """The lead departments of a line by key, in their order."""
    units = LineUnit.objects.filter(line_id=line_id, role=LineUnit.Role.LEAD).order_by("order")
    return dict(units.values_list("organisation_id", "organisation__name"))


def has_co_leads(run: Run) -> bool:
    """Whether the line has lead departments beside the one that files."""
    others = LineUnit.objects.filter(line__line_plans__run=run.pk, role=LineUnit.Role.LEAD)
    return others.exclude(organisation__in=LinePlan.objects.filter(run=run.pk).values("unit_id")).exists()


# --- a breakdown ---


@dataclass(frozen=True, slots=True)
class Part:
    """One target with what was typed, what it comes to and what is wrong with it."""

    target: Target
    goal: shares.Goal
    rows: Sequence[shares.Row]
    shares: Sequence[shares.Share]
    wrong: Sequence[Verdict]

    @property
    def figure(self) -> str:
        """The target's figure in words."""
        return figure(self.target)

    @property
    def totals(self) -> list[Decimal]:
        """What each quarter adds up to."""
        return list(shares.by_quarter(self.shares).values())

    @property
    def total(self) -> Decimal:
        """What the year adds up to."""
        return sum(self.totals, Decimal())


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit of the line, which may take a share."""

    code: str
    name: str
    leads: bool


@dataclass(frozen=True)
class Breakdown:
    """A line plan's targets with its units."""

    parts: Sequence[Part]
    units: Sequence[Unit]
    unit_ids: Mapping[str, int] = field(default_factory=dict)

    @cached_property
    def faults(self) -> int:
        """How many targets do not add up yet."""
        return sum(bool(part.wrong) for part in self.parts)

    def part(self, code: str) -> Part:
        """One target by its code."""
        found = next((part for part in self.parts if part.target.code == code), None)
        if found is None:
            raise NotFound("no-such-target")
        return found


def breakdown_of(plan: LinePlan) -> Breakdown:
    """The targets of the line with the shares as typed (two statements)."""
    rows = LineUnit.objects.filter(line_id=plan.line_id).order_by("role", "order")
    names: dict[str, str] = {}
    ids: dict[str, int] = {}
    leading = set()
    for code, key, name, short, role in rows.values_list(
        "organisation__code", "organisation_id", "organisation__name", "organisation__short_name", "role"
    ):
        names.setdefault(code, short or name)
        ids[code] = key
        if role == LineUnit.Role.LEAD:
            leading.add(code)
    parts = [_part(target, plan.breakdown.get(target.code, {}), names) for target in _targets(plan)]
    return Breakdown(parts, [Unit(code, name, code in leading) for code, name in names.items()], ids)


def _targets(plan: LinePlan) -> QuerySet[Target]:
    return Target.objects.filter(plan_id=plan.plan_id, line_id=plan.line_id).order_by("order")


def goal_of(target: Target) -> shares.Goal:
    """A target as the rules of a breakdown see it."""
    return shares.Goal(target.code, target.name, target.kind, target.comparison, target.value, target.unit)


def _part(target: Target, typed: Mapping[str, Sequence[str]], names: Mapping[str, str]) -> Part:
    goal = goal_of(target)
    order = {code: place for place, code in enumerate(names)}
    codes = sorted(typed, key=lambda code: order.get(code, len(order)))
    rows = [shares.Row(code, names.get(code, code), tuple(typed[code])) for code in codes]
    found, wrong = shares.read(goal, rows, names)
    return Part(target, goal, rows, found, wrong)


@dataclass(frozen=True, slots=True)
class CardRow:
    """A unit on a target's card."""

    unit: Unit
    takes_part: bool
    cells: Sequence[tuple[int, str]]


def card_of(part: Part, units: Sequence[Unit]) -> list[CardRow]:
    """Every unit of the line with what it takes on of a target."""
    typed = {row.unit: row.cells for row in part.rows}
    return [
        CardRow(
            unit,
            unit.code in typed,
            list(zip(shares.QUARTERS, [*typed.get(unit.code, ()), "", "", "", ""], strict=False)),
        )
        for unit in units
    ]


# --- what is in force ---


def in_force(plan_id: int, *, on: date) -> QuerySet[LinePlan]:
    """The version of each line that holds on a day; what real people filed goes before what invented ones did."""
    holding = LinePlan.objects.filter(
        Q(is_demo=False) | Exists(invented_people()),
        plan_id=plan_id,
        state=LinePlan.State.ADOPTED,
        holds_from__lte=on,
    )
    return holding.order_by("line_id", "is_demo", "-holds_from", "-number").distinct("line_id")


def shares_of(plan_id: int, *, on: date) -> dict[int, list[tuple[int, int | None, Decimal | None]]]:
    """By target: (unit, quarter, value) as they hold on a day; without quarter and value a unit is responsible only.

    One statement. A target that is not there has not been shared out.
    """
    found: dict[int, list[tuple[int, int | None, Decimal | None]]] = defaultdict(list)
    rows = TargetShare.objects.filter(line_plan_id__in=in_force(plan_id, on=on).values("pk")).order_by("pk")
    for target, unit, quarter, value in rows.values_list("target_id", "organisation_id", "quarter", "value"):
        found[target].append((unit, quarter, value))
    return dict(found)
