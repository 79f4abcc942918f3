"""What the pages of supervision are made of: the board with its filters, the form of a ground, the ladder in words."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.db.models import Count, Exists, OuterRef, Q

from flows.campaigns.models import CampaignLine, Plan
from flows.campaigns.selectors import newest_plan
from flows.engine.visibility import visible_run
from flows.projects.models import Project
from flows.projects.selectors import visible_to as projects_of
from hetang_flow.lib.clock import district_day
from hetang_flow.lib.errors import NotFound
from permissions.actors import Actor
from permissions.models import Organisation, Post

from . import rules, selectors
from .models import Climb, Item, Ladder, Measure, Slip

OPEN, PERSON, AGENDA, CLOSED = "", "person", "agenda", "closed"
SHOWS = (OPEN, PERSON, AGENDA, CLOSED)


# --- the board ---


@dataclass(frozen=True, slots=True)
class Asked:
    """What the board shows: which matters, of which line, unit and ground."""

    show: str = OPEN
    line: str = ""
    unit: str = ""
    ground: str = ""

    @classmethod
    def read(cls, asked: Mapping[str, str]) -> "Asked":
        """As the address says; what it cannot mean is left out."""
        show, ground = asked.get("show", ""), asked.get("ground", "")
        return cls(
            show if show in SHOWS else OPEN,
            asked.get("line", "")[:40],
            asked.get("unit", "")[:80],
            ground if ground in Item.Ground.values else "",
        )

    def address(self, **more: str) -> str:
        """The query of this board with something else."""
        said = {"show": self.show, "line": self.line, "unit": self.unit, "ground": self.ground} | more
        return urlencode({name: value for name, value in said.items() if value})


@dataclass(frozen=True, slots=True)
class BoardPage:
    """The board, its tabs with their numbers, and what it may be narrowed to."""

    board: selectors.Board
    tabs: Sequence[tuple[str, str, int]]
    lines: Sequence[tuple[str, str]]
    units: Sequence[tuple[str, str]]
    may_enter: bool


def board_page(actor: Actor, at: datetime, asked: Asked) -> BoardPage:
    """What is supervised and this person sees (eight statements)."""
    seen = selectors.visible_to(actor, at)
    filters = selectors.Filters(
        unit=asked.unit, line=asked.line, ground=asked.ground, closed=asked.show == CLOSED
    )
    narrowed = selectors.Filters(unit=asked.unit, line=asked.line, ground=asked.ground)
    board = selectors.board(actor, at, filters, _shows(asked.show))
    found = selectors.narrowed(seen, narrowed).order_by()
    counts = found.aggregate(
        all=Count("pk"), person=Count("pk", filter=waits_for_person()), agenda=Count("pk", filter=on_agenda())
    )
    numbers = {OPEN: counts["all"], PERSON: counts["person"], AGENDA: counts["agenda"]}
    numbers[CLOSED] = selectors.narrowed(seen, replace(narrowed, closed=True)).count()
    lines = CampaignLine.objects.filter(pk__in=seen.order_by().values("line")).order_by("order")
    units = Organisation.objects.filter(pk__in=seen.order_by().values("unit")).order_by("name")
    return BoardPage(
        board,
        [(show, asked.address(show=show), numbers[show]) for show in SHOWS],
        list(lines.values_list("code", "name")),
        list(units.values_list("code", "name")),
        actor.holds(rules.HEADQUARTERS_OFFICE, *rules.SERVING),
    )


def _newest(**more: Any) -> Exists:
    return Exists(Climb.objects.filter(item=OuterRef("pk"), rung=OuterRef("rung"), **more))


def waits_for_person() -> Q:
    """The matters whose last rung is proposed only."""
    return Q(_newest(state=Climb.State.PROPOSED))


def on_agenda() -> Q:
    """The matters whose last rung put them on the dispatch's agenda."""
    return Q(_newest(measure=Climb.Measure.AGENDA))


def _shows(show: str) -> Q | None:
    return {PERSON: waits_for_person(), AGENDA: on_agenda()}.get(show)


# --- a ground entered by hand ---


@dataclass(frozen=True, slots=True)
class EntryForm:
    """What a ground may be entered about, and at which rungs."""

    plan: Plan | None
    grounds: Sequence[tuple[str, str, Sequence[tuple[str, str]]]]
    units: Sequence[tuple[str, str]]
    projects: Sequence[Project]


def entry_form(actor: Actor, at: datetime) -> EntryForm:
    """The units that may be named, the projects, and the rungs each ground may enter at (four statements)."""
    plan = newest_plan()
    if plan is None:
        return EntryForm(None, [], [], [])
    ladder = Ladder.objects.filter(plan=plan, state=Ladder.State.PUBLISHED).first()
    read = ladder.rules if ladder else None
    grounds = [
        (value, label, [(rung.code, rung.name) for rung in rules.entries(read, value)] if read else [])
        for value, label in Item.Ground.choices
        if value in rules.BY_HAND
    ]
    units = Organisation.objects.exclude(kind__in=read.spares if read else ()).order_by("name")
    projects = (
        projects_of(actor, at).filter(plan=plan).order_by("code").only("public_id", "code", "name", "is_demo")
    )
    if actor.is_demo:
        projects = projects.filter(is_demo=True)
    return EntryForm(plan, grounds, list(units.values_list("code", "name")), list(projects[:200]))


# --- the runs of this room ---


def run_of_slip(slip_id: UUID, actor: Actor, at: datetime) -> UUID:
    """The sheet of a slip this person sees. Raises NotFound."""
    return _run_of(Slip.objects.filter(public_id=slip_id), actor, at)


def run_of_measure(measure_id: UUID, actor: Actor, at: datetime) -> UUID:
    """The sheet of a weighing this person sees. Raises NotFound."""
    return _run_of(Measure.objects.filter(public_id=measure_id), actor, at)


def _run_of(found: Any, actor: Actor, at: datetime) -> UUID:
    run_id: UUID | None = found.values_list("run__public_id", flat=True).first()
    if run_id is None:
        raise NotFound("no-such-run")
    visible_run(run_id, actor, at)
    return run_id


# --- the ladder ---


@dataclass(frozen=True, slots=True)
class LadderPage:
    """The ladder in force, what is proposed, and every version."""

    plan: Plan | None
    in_force: Ladder | None
    proposed: Ladder | None
    versions: Sequence[Ladder]
    today: date


def ladder_page(actor: Actor, at: datetime) -> LadderPage:
    """Every version of the newest plan's ladder (two statements); what is proposed only for the two offices."""
    plan = newest_plan() if actor.is_of_the_district else None
    rows = (
        list(Ladder.objects.filter(plan=plan).select_related("proposed_by", "published_by")) if plan else []
    )
    offices = actor.holds(rules.CAMPAIGN_OFFICE) or actor.holds(rules.HEADQUARTERS_OFFICE)
    by_state = {row.state: row for row in reversed(rows)}
    proposed = by_state.get(Ladder.State.DRAFT) if offices else None
    known = rows if offices else [row for row in rows if row.published is not None]
    return LadderPage(plan, by_state.get(Ladder.State.PUBLISHED), proposed, known, district_day(at))


def confirmers(named: Collection[str]) -> list[tuple[str, str]]:
    """The posts a ladder may name as code and name: leaders and heads, and what is named already (one statement)."""
    of_weight = Q(duty=Post.Duty.LEADER) | Q(
        duty__in=[Post.Duty.HEAD, Post.Duty.DEPUTY], organisation__kind=Organisation.Kind.OFFICE
    )
    posts = Post.objects.filter(of_weight | Q(code__in=named)).order_by("organisation__name", "order", "pk")
    found = list(posts.values_list("code", "name"))
    resolvers = sorted(name for name in named if "." in name)
    return [*found, *((name, name) for name in resolvers)]
