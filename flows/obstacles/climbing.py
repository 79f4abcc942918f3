"""提级: an obstacle goes up a level of coordination, by hand with a reason or when the days of its level are over."""

from datetime import date, datetime
from uuid import UUID

from django.db.models import Q

from flows.deadlines.rules import WorkCalendar, due_day
from flows.engine.operations.move import Move
from flows.engine.resolvers import signers_where
from flows.engine.rules import reason_is_enough
from flows.projects.lifecycle import Phase
from hetang_flow.lib.clock import district_day
from hetang_flow.lib.errors import Invalid, WrongState
from permissions.actors import SYSTEM, Actor

from . import rules
from .holding import holders
from .models import LevelRaise, Obstacle, ObstacleLevel
from .reading import moving_obstacle, or_refuse

BY_TIME = ("assign", "answer")


def raise_level(obstacle_id: UUID, *, from_level: str, reason: str, by: Actor, now: datetime) -> Obstacle:
    """提级: who coordinates, answers or raised it takes it a level up, with a reason; `from_level` is what they saw.

    Raises WrongState("changed-meanwhile") when somebody else, or time, was faster.
    """
    reason_is_enough(reason).or_raise(Invalid)
    with moving_obstacle(obstacle_id, by=by, now=now) as (move, obstacle):
        ladder = _ladder(obstacle)
        here = obstacle.level.code if obstacle.level else ""
        or_refuse(
            rules.may_raise_level(
                by,
                unit=obstacle.unit_id,
                holders=[holder.id for holder in holders(obstacle)],
                is_raiser=move.run.initiator_id == by.user_id,
                at_top=bool(here) and rules.next_rung(_rungs(ladder), here) is None,
                open_at=_open_at(move),
            )
        )
        if here != from_level:
            raise WrongState("changed-meanwhile")
        _climb(move, obstacle, ladder, reason=reason.strip())
        return obstacle


def raise_by_time(obstacle_id: UUID, *, now: datetime) -> bool:
    """限时提级: the days of its level are over while the unit has it; tells whether it went up. Safe to run twice."""
    with moving_obstacle(obstacle_id, by=SYSTEM, now=now) as (move, obstacle):
        stands_still = move.run.suspended_at is not None or obstacle.project.phase == Phase.SUSPENDED
        if stands_still or _open_at(move) not in BY_TIME:
            return False
        if not rules.is_due(obstacle.level_until, district_day(now)):
            return False
        return _climb(move, obstacle, _ladder(obstacle))


def _climb(move: Move, obstacle: Obstacle, ladder: list[ObstacleLevel], *, reason: str = "") -> bool:
    """One level up: the row, the climb, the record and the notices stand or fall together."""
    was = obstacle.level
    above = rules.next_rung(_rungs(ladder), was.code)
    if above is None:
        return False
    level = next(rung for rung in ladder if rung.code == above.code)
    Move.change_one(
        Obstacle.objects.filter(pk=obstacle.pk, level=was, closed=None),
        level=level,
        level_from=district_day(move.now),
        level_until=last_day_at(level, move.now, move.calendar),
        level_calendar=move.calendar.version,
    )
    obstacle.level, obstacle.level_until = level, last_day_at(level, move.now, move.calendar)
    LevelRaise.objects.create(
        obstacle=obstacle,
        from_level=was,
        to_level=level,
        by_time=not reason,
        reason=reason,
        raised=move.now,
        raised_by_id=move.by.user_id,
    )
    held = holders(obstacle)
    names = "、".join(holder.name for holder in held)
    move.changed(
        "obstacle.raised",
        {"level": was.name},
        {"level": level.name, "holders": names},
        opinion=reason,
        by_time=not reason,
    )
    signers = signers_where(Q(pk__in=[holder.id for holder in held]), at=move.now) if held else []
    told = {user for signer in signers for user in signer.told}
    # The sheet is theirs to read from now on, whatever else they have to do with the project.
    move.copy_to(told)
    key = f"level:{obstacle.pk}:{level.pk}"
    move.tell("obstacle.raised", None, told | {move.run.initiator_id}, key=key, level=level.name)
    return True


def last_day_at(level: ObstacleLevel, now: datetime, days: WorkCalendar) -> date | None:
    """The last day an obstacle that comes to a level now stays there; None where it stays for good."""
    return due_day(district_day(now), level.days, days).day if level.days is not None else None


def _ladder(obstacle: Obstacle) -> list[ObstacleLevel]:
    return list(ObstacleLevel.objects.filter(plan_id=obstacle.project.plan_id).order_by("order"))


def _rungs(ladder: list[ObstacleLevel]) -> list[rules.Rung]:
    return [rules.Rung(level.code, level.days) for level in ladder]


def _open_at(move: Move) -> str:
    """The step at which the run waits, nothing once it is over."""
    return next((step.flow_task.name for step in move.open_steps()), "")
