"""Reading obstacles: who sees which, the board by level and state, what stands in a project's way."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.urls import reverse
from viewflow.workflow.status import PROCESS, STATUS

from flows.deadlines.rules import WorkCalendar, working_days_between
from flows.deadlines.selectors import calendar
from flows.engine.models import Assignment, Step
from flows.engine.rules import OPEN
from flows.projects import selectors as projects
from flows.projects.lifecycle import Move, Phase
from flows.projects.registry import Blocking, OpenObstacles
from hetang_flow.lib.clock import district_day
from hetang_flow.lib.errors import NotFound
from permissions.actors import Actor

from . import rules
from .holding import holders, with_holders
from .models import Obstacle

MOST = 200
LONGEST_WORD = 60
UNDER_WAY, OVERDUE, STRUCK_OFF = "open", "overdue", "struck-off"
OBSTACLES, NEEDS = "obstacles", "needs"
# The steps at which the days of a level run, by their policies; while others sort or verify they stand still.
BY_TIME = ("obstacle.assign", "obstacle.answer")


# --- who sees what ---


def visible_to(actor: Actor, at: datetime) -> QuerySet[Obstacle]:
    """Those of the projects this person sees, those given to their units, and those in which they were asked."""
    if not actor.has_business:
        return Obstacle.objects.none()
    seen = projects.visible_to(actor, at).order_by().values("pk")
    asked = Assignment.objects.filter(post_id__in=actor.reach).order_by().values("run_id")
    part = Q(project_id__in=seen) | Q(unit_id__in=actor.organisation_ids) | Q(run_id__in=asked)
    return Obstacle.objects.filter(part)


def runs_of_visible(actor: Actor, at: datetime) -> Q:
    """The runs of obstacles of projects this person sees, and of those given to their units."""
    seen = projects.visible_to(actor, at).order_by().values("pk")
    mine = Q(project_id__in=seen) | Q(unit_id__in=actor.organisation_ids)
    return Q(pk__in=Obstacle.objects.filter(mine).order_by().values("run_id"))


# --- for other rooms ---


def in_the_way(project_ids: Collection[int], at: datetime, move: Move | None = None) -> OpenObstacles:
    """The open obstacles of each project, the oldest first; with `move` only those in its way (one statement)."""
    rows = Obstacle.objects.filter(project_id__in=project_ids, closed=None).order_by("opened", "pk")
    found: OpenObstacles = {}
    columns = ("project_id", "public_id", "title", "opened", "stops", "blocks", "run__public_id")
    for project, public_id, title, opened, stops, blocks, run in rows.values_list(*columns):
        if move is None or rules.in_the_way(blocks, move):
            url = reverse("sheet", args=[run])
            found.setdefault(project, []).append(Blocking(public_id, title, district_day(opened), stops, url))
    return found


def overdue_at_level(now: datetime) -> list[UUID]:
    """The open obstacles whose last day at their level has gone by, the longest first; none while its project stands still."""
    rows = Obstacle.objects.filter(
        closed=None, level_until__lt=district_day(now), run__status=PROCESS.NEW, run__suspended_at=None
    )
    rows = rows.exclude(project__phase=Phase.SUSPENDED)
    waits = Step.objects.filter(process_id=OuterRef("run_id"), status=STATUS.NEW)
    rows = rows.filter(Exists(waits.filter(policy__key__in=BY_TIME)))
    return list(rows.order_by("level_until", "pk").values_list("public_id", flat=True))


# --- the board ---


@dataclass(frozen=True, slots=True)
class Filters:
    """What the board is narrowed to; empty means everything that is open."""

    kind: str = ""
    line: str = ""
    unit: str = ""
    what: str = ""
    state: str = UNDER_WAY

    @classmethod
    def read(cls, query: Mapping[str, str]) -> "Filters":
        """Take what an address says; what makes no sense is left out."""
        word = {
            name: query.get(name, "").replace("\x00", "").strip()[:LONGEST_WORD]
            for name in ("kind", "line", "unit")
        }
        state, what = query.get("state", ""), query.get("what", "")
        word["what"] = what if what in (NEEDS, OBSTACLES) else ""
        return cls(**word, state=state if state in (OVERDUE, STRUCK_OFF) else UNDER_WAY)

    @property
    def narrowed(self) -> bool:
        """Whether anything narrows the board."""
        return self != Filters()


@dataclass(frozen=True, slots=True)
class Row:
    """An obstacle on the board: where its flow stands, who has it, who holds it, and how late it is."""

    obstacle: Obstacle
    state: str
    has_it: Sequence[str]
    held_by: Sequence[str]
    due_on: date | None
    days_late: int
    days_at_level: int | None

    @property
    def run_id(self) -> UUID:
        """The sheet on which it is dealt with."""
        return self.obstacle.run.public_id


@dataclass(frozen=True, slots=True)
class Lane:
    """A level of coordination with what is held there; the first lane has no level: nobody has sorted it yet."""

    code: str
    name: str
    rows: Sequence[Row]


@dataclass(frozen=True, slots=True)
class Board:
    """What the board shows; `more` says that there is more than is shown."""

    lanes: Sequence[Lane]
    count: int
    late: int
    more: bool


def board(actor: Actor, at: datetime, filters: Filters) -> Board:
    """The obstacles this person sees, lane by lane (three statements)."""
    found = _narrowed(visible_to(actor, at), at, filters)
    found = with_holders(found).select_related("project__line", "run", "level", "kind", "unit", "project")
    obstacles = list(found.order_by("opened", "pk")[: MOST + 1])
    days = calendar()
    rows = [_row(obstacle, steps, at, days) for obstacle, steps in _with_steps(obstacles[:MOST])]
    if filters.state == OVERDUE:
        rows = [row for row in rows if row.days_late]
    lanes: dict[tuple[int, str], list[Row]] = {}
    for row in rows:
        level = row.obstacle.level
        lanes.setdefault((level.order + 1, level.code) if level else (0, ""), []).append(row)
    names = {row.obstacle.level.code: row.obstacle.level.name for row in rows if row.obstacle.level}
    return Board(
        [Lane(code, names.get(code, ""), lanes[order, code]) for order, code in sorted(lanes)],
        len(rows),
        sum(bool(row.days_late) for row in rows),
        len(obstacles) > MOST,
    )


def _narrowed(found: QuerySet[Obstacle], at: datetime, filters: Filters) -> QuerySet[Obstacle]:
    if filters.state == STRUCK_OFF:
        found = found.filter(struck_off__isnull=False)
    else:
        found = found.filter(closed=None)
    if filters.what:
        found = found.filter(is_need=filters.what == NEEDS)
    if filters.kind:
        found = found.filter(kind__code=filters.kind)
    if filters.line:
        found = found.filter(project__line__code=filters.line)
    if filters.unit:
        found = found.filter(unit__code=filters.unit)
    if filters.state == OVERDUE:
        late = Step.objects.filter(
            process_id=OuterRef("run_id"), status=STATUS.NEW, due_on__lt=district_day(at)
        )
        found = found.filter(Exists(late))
    return found


def _with_steps(obstacles: Sequence[Obstacle]) -> list[tuple[Obstacle, Step | None]]:
    """Each with the step its flow waits at (one statement)."""
    asked = Assignment.objects.filter(step_id=OuterRef("pk"), status=OPEN).order_by("order", "id")
    steps = Step.objects.filter(
        process_id__in=[obstacle.run_id for obstacle in obstacles], status=STATUS.NEW, policy__isnull=False
    ).annotate(posts=ArraySubquery(asked.values("post__name")))
    by_run = {step.process_id: step for step in steps}
    return [(obstacle, by_run.get(obstacle.run_id)) for obstacle in obstacles]


def _row(obstacle: Obstacle, step: Any, at: datetime, days: WorkCalendar) -> Row:
    today = district_day(at)
    due = step.due_on if step else None
    late = working_days_between(due, today, days) if due and due < today else 0
    left = None
    if obstacle.level_until is not None and obstacle.closed is None:
        ahead = obstacle.level_until >= today
        left = (
            working_days_between(today, obstacle.level_until, days)
            if ahead
            else -working_days_between(obstacle.level_until, today, days)
        )
    return Row(
        obstacle=obstacle,
        state=step.flow_task.name if step else "",
        has_it=(list(step.posts) or [step.waits_for]) if step else [],
        held_by=[holder.name for holder in holders(obstacle)],
        due_on=due,
        days_late=max(late, 1) if due and due < today else 0,
        days_at_level=left,
    )


@dataclass(frozen=True, slots=True)
class Choices:
    """What the board can be narrowed by, as pairs of code and name."""

    kinds: Sequence[tuple[str, str]]
    lines: Sequence[tuple[str, str]]
    units: Sequence[tuple[str, str]]


def choices(actor: Actor, at: datetime) -> Choices:
    """The kinds, lines and units that occur in what this person sees (one statement)."""
    rows = visible_to(actor, at).order_by()
    columns = ("kind__code", "kind__name", "project__line__code", "project__line__name")
    seen = set(rows.values_list(*columns, "unit__code", "unit__name").distinct()[: MOST * 5])
    return Choices(
        kinds=sorted({(row[0], row[1]) for row in seen}),
        lines=sorted({(row[2], row[3]) for row in seen}),
        units=sorted({(row[4], row[5]) for row in seen if row[4]}),
    )


# --- one of them ---


def obstacle_for(obstacle_id: UUID, actor: Actor, at: datetime) -> Obstacle:
    """One obstacle this person sees, with its run and project (one statement).

    Raises NotFound for one that does not exist or is none of this person's business.
    """
    found = (
        visible_to(actor, at).select_related("run", "project", "kind").filter(public_id=obstacle_id).first()
    )
    if found is None:
        raise NotFound("no-such-obstacle")
    return found
