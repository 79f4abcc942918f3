"""Writing about obstacles: raise, sort, assign, answer; the engine does the rest of the flow."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from viewflow.workflow.status import STATUS

from flows.deadlines.selectors import calendar
from flows.engine.models import Assignment, Run
from flows.engine.operations import complete, start_run
from flows.engine.rules import OPEN, reason_is_enough, text_is_short_enough
from flows.files.operations import Kept, lay
from flows.projects.lifecycle import Phase
from flows.projects.locking import locked_project
from flows.projects.models import Project
from hetang_flow.lib.clock import district_day
from hetang_flow.lib.errors import Invalid, NotFound, WrongState
from permissions.actors import Actor
from permissions.models import Organisation, Post

from . import effects, rules
from .climbing import last_day_at
from .flow import ObstacleFlow
from .models import Obstacle, ObstacleLevel
from .reading import kind_of, locked_with_parties, move_of, or_refuse, parties_of

OVER = (Phase.REVIEWED, Phase.TERMINATED)
SETTLED = [
    "kind",
    "part",
    "level",
    "level_from",
    "level_until",
    "level_calendar",
    "stops",
    "blocks",
    "is_need",
]
MOST_OF_NAME = 118  # of a project, so that the title of the obstacle stands whole beside it


@dataclass(frozen=True, slots=True)
class Raised:
    """What somebody who raises an obstacle says."""

    kind: str
    title: str
    details: str = ""
    part: str = ""
    blocks: str = ""
    is_need: bool = False


@transaction.atomic
def raise_obstacle(
    project_id: UUID, said: Raised, *, by: Actor, now: datetime, kept: Sequence[Kept] = ()
) -> Obstacle:
    """提出: an officer who serves the project, or its owner's contact, says what stands in its way; `kept` are files with it.

    Raises NotFound for an unknown project, NotAllowed for anybody else, Invalid for what cannot be read.
    """
    project = locked_with_parties(project_id)
    parties = parties_of(project)
    or_refuse(rules.may_raise(by, **parties, over=project.phase in OVER, invented=project.is_demo))
    post = rules.raising_capacity(by, **parties)
    obstacle = _raised(project, said, by=by.in_post(post.id), now=now)
    if kept:
        lay(obstacle.run.public_id, kept, by=by.in_post(post.id), now=now)
    return obstacle


@transaction.atomic
def raise_found(project_id: UUID, said: Raised, *, by: Actor, now: datetime) -> Obstacle:
    """What somebody without a part in the project found there (an inspection), raised in the post they act in.

    Who may is for the room to say that found it. Raises NotFound for an unknown project, WrongState for one that is
    over, Invalid for what cannot be read.
    """
    project = locked_project(project_id)
    or_refuse(rules.may_be_hindered(over=project.phase in OVER))
    return _raised(project, said, by=by, now=now)


def _raised(project: Project, said: Raised, *, by: Actor, now: datetime) -> Obstacle:
    """The obstacle and its run, which waits to be sorted."""
    kind = kind_of(project, said.kind, said.part)
    title = said.title.strip()
    if not title:
        raise Invalid("title-missing", {"field": "title"})
    if len(title) > rules.LONGEST_TITLE:
        about = {"field": "title", "most": rules.LONGEST_TITLE, "length": len(title)}
        raise Invalid("text-too-long", about)
    text_is_short_enough(said.details).or_raise(Invalid)
    number = project.obstacles.count() + 1

    def with_obstacle(run: Run) -> None:
        Obstacle.objects.create(
            project=project,
            run=run,
            kind=kind,
            part=said.part,
            is_need=said.is_need,
            title=title,
            details=said.details.strip(),
            blocks=move_of(said.blocks),
            raised_by_unit_id=by.acting.organisation_id,
            opened=now,
        )

    run = start_run(
        ObstacleFlow,
        title=f"{project.name[:MOST_OF_NAME]}：{title}",
        label=ObstacleFlow.label,
        code=f"{project.code}-W{number:02d}",
        chain_id=project.chain_id,
        by=by,
        now=now,
        before_first_step=with_obstacle,
    )
    return run.obstacle


def sort_obstacle(
    obstacle_id: UUID,
    *,
    kind: str,
    level: str,
    stops: bool,
    blocks: str = "",
    part: str = "",
    is_need: bool = False,
    by: Actor,
    now: datetime,
) -> Obstacle:
    """分类定级: the campaign office settles kind, level and whether it stops the work; it goes on to be assigned."""

    def settle(obstacle: Obstacle) -> None:
        rung = ObstacleLevel.objects.filter(plan_id=obstacle.project.plan_id, code=level).first()
        if rung is None:
            raise Invalid("no-such-level", {"field": "level"})
        if obstacle.level is not None and rung.order < obstacle.level.order:
            raise Invalid("level-goes-down", {"field": "level", "level": obstacle.level.name})
        obstacle.kind, obstacle.part = kind_of(obstacle.project, kind, part), part
        days = calendar()
        obstacle.level, obstacle.level_until = rung, last_day_at(rung, now, days)
        obstacle.level_from, obstacle.level_calendar = district_day(now), days.version
        obstacle.stops, obstacle.blocks, obstacle.is_need = stops, move_of(blocks), is_need
        obstacle.save(update_fields=SETTLED)

    return _done(obstacle_id, ObstacleFlow.sort, settle, by=by, now=now)


def assign_obstacle(obstacle_id: UUID, *, unit: str, due: date, by: Actor, now: datetime) -> Obstacle:
    """交办: give it to a unit, with the day by which it answers; the unit's desk hands it out inside."""
    rules.may_be_due(due, today=district_day(now)).or_raise(Invalid)

    def give(obstacle: Obstacle) -> None:
        # Invented work may go to an invented unit as well, real work to a real one only.
        worlds = [True, False] if obstacle.project.is_demo else [False]
        found = Organisation.objects.filter(posts__duty=Post.Duty.DESK, code=unit, is_demo__in=worlds).first()
        if found is None:
            raise Invalid("no-such-unit", {"field": "unit"})
        obstacle.unit, obstacle.due_on = found, due
        obstacle.save(update_fields=["unit", "due_on"])

    return _done(obstacle_id, ObstacleFlow.assign, give, by=by, now=now)


def answer_obstacle(obstacle_id: UUID, *, measure: str, by: Actor, now: datetime) -> Obstacle:
    """反馈: the unit says what it did; a unit without a part in it verifies that. Each round keeps its own words."""
    reason_is_enough(measure).or_raise(Invalid)

    def say(obstacle: Obstacle) -> None:
        obstacle.measure = measure.strip()
        obstacle.save(update_fields=["measure"])

    return _done(obstacle_id, ObstacleFlow.answer, say, by=by, now=now)


def _done(
    obstacle_id: UUID, node: Any, change: Callable[[Obstacle], None], *, by: Actor, now: datetime
) -> Obstacle:
    """Complete a step with what `change` writes; the engine judges this person first, under the Run's lock.

    Raises WrongState("obstacle-not-there") when the flow does not wait at that step.
    """
    shares = Assignment.objects.filter(
        run__obstacle__public_id=obstacle_id, step__flow_task=node, step__status=STATUS.NEW, status=OPEN
    ).order_by("order", "pk")
    rows = list(shares.values_list("pk", "run__public_id", "post_id", "handed_to_id"))
    if not rows:
        if not Obstacle.objects.filter(public_id=obstacle_id).exists():
            raise NotFound("no-such-obstacle")
        raise WrongState("obstacle-not-there")
    mine = [row for row in rows if row[3] == by.user_id or row[2] in by.reach]
    share, run, _post, _person = (mine or rows)[0]
    moved = complete(run, share, by=by, now=now, first=lambda move: change(effects.of_run(move)))
    return moved.move.subject
