"""What the steps of an obstacle ask for and leave behind, inside the step's transaction under the Run's lock."""

from datetime import datetime

from django.db.models import QuerySet

from flows.deadlines.rules import DueDay, due_day, is_provisional, working_days_between
from flows.deadlines.selectors import calendar
from flows.engine.models import Run
from flows.engine.operations.move import Move
from flows.projects.lifecycle import Phase
from hetang_flow.lib.clock import district_day
from hetang_flow.lib.errors import WrongState

from . import rules
from .models import Obstacle


def of_run(move: Move) -> Obstacle:
    """The obstacle of the run that is being moved (one statement, once a move)."""
    if move.subject is None:
        about = Obstacle.objects.select_related("project", "kind", "level", "unit")
        move.subject = about.get(run_id=move.run.pk)
    return move.subject


def is_sorted(move: Move) -> str:
    """It goes on once its kind and its level of coordination are settled."""
    obstacle = of_run(move)
    if obstacle.level is None:
        raise WrongState("obstacle-not-sorted")
    move.record(
        "obstacle.sorted",
        None,
        sort=obstacle.kind.name,
        level=obstacle.level.name,
        stops=obstacle.stops,
        blocks=obstacle.blocks,
    )
    return ""


def is_assigned(move: Move) -> str:
    """It goes on once a unit has it, with the day by which it answers."""
    obstacle = of_run(move)
    if obstacle.unit is None or obstacle.due_on is None:
        raise WrongState("obstacle-not-assigned")
    move.record("obstacle.assigned", None, unit=obstacle.unit.name, due=obstacle.due_on)
    return ""


def is_answered(move: Move) -> str:
    """It goes on once the unit has said what it did; these words go with the answer and stay with its round."""
    measure = of_run(move).measure.strip()
    if not measure:
        raise WrongState("measure-missing")
    return measure


def due_of(run: Run) -> DueDay | None:
    """The day by which the unit answers."""
    obstacle = Obstacle.objects.filter(run_id=run.pk).only("due_on").first()
    if obstacle is None or obstacle.due_on is None:
        return None
    days = calendar()
    day = obstacle.due_on
    return DueDay(day, is_provisional(day, days), day, 0, days)


def strike_off(move: Move) -> None:
    """销号: verified, so it is over; whoever raised it, and the unit that dealt with it, hear of it."""
    Move.change_one(
        Obstacle.objects.filter(run_id=move.run.pk, closed=None), struck_off=move.now, closed=move.now
    )
    obstacle = of_run(move)
    move.record(
        "obstacle.struck_off", None, days=(district_day(move.now) - district_day(obstacle.opened)).days
    )
    answered = {share.decided_by_id for share in move.shares if share.decided_by_id}
    move.tell(
        "obstacle.struck_off", None, answered | {move.run.initiator_id}, key=f"struck-off:{move.run.pk}"
    )


def close(move: Move) -> None:
    """An obstacle whose run was taken back or terminated is closed without being struck off."""
    Obstacle.objects.filter(run_id=move.run.pk, closed=None).update(closed=move.now)


def reopen(move: Move) -> None:
    """An obstacle that comes back is open again."""
    Obstacle.objects.filter(run_id=move.run.pk, struck_off=None).update(closed=None)


# --- the days of a level after a standstill ---


def redate(move: Move) -> None:
    """The last day at its level under the calendar in force, as many working days on as it was under the old."""
    obstacle, version = of_run(move), move.calendar.version
    known = obstacle.level_calendar
    if obstacle.closed or known in (None, version) or not (obstacle.level_from and obstacle.level_until):
        return
    days = working_days_between(obstacle.level_from, obstacle.level_until, calendar(known))
    until = due_day(obstacle.level_from, max(0, days), move.calendar).day
    rows = Obstacle.objects.filter(pk=obstacle.pk, closed=None, level_calendar=known)
    move.change_one(rows, level_until=until, level_calendar=version)
    if until != obstacle.level_until:
        after = {"level_until": until, "calendar": version}
        move.changed("obstacle.redated", {"level_until": obstacle.level_until}, after)


def go_on_with_run(move: Move, since: datetime) -> None:
    """The run was suspended since then: its obstacle's level lasts so much longer."""
    _go_on(Obstacle.objects.filter(run_id=move.run.pk), since, move)


def go_on_with_project(project_id: int, since: datetime, move: Move) -> None:
    """The project was suspended since then: the levels of its open obstacles last so much longer, and the record says so."""
    moved = _go_on(Obstacle.objects.filter(project_id=project_id), since, move)
    if moved:
        move.record("obstacles.resumed", None, obstacles=moved)


def _go_on(found: QuerySet[Obstacle], since: datetime, move: Move) -> int:
    """Move the last day at the level of each by the working days it stood still; returns how many moved.

    Where both the run and the project stood still, the earlier counts, and no day counts twice.
    """
    today = district_day(move.now)
    open_ones = found.filter(closed=None, level_until__isnull=False).select_related("run", "project")
    moved = []
    for obstacle in open_ones.select_for_update(of=("self",), no_key=True).order_by("pk"):
        stops = [since, *_still(obstacle)]
        until = rules.goes_on_until(
            obstacle.level_until,
            since=district_day(min(stops)),
            reckoned=obstacle.level_from,
            today=today,
            calendar=move.calendar,
        )
        if until != obstacle.level_until:
            obstacle.level_from, obstacle.level_until = today, until
            obstacle.level_calendar = move.calendar.version
            moved.append(obstacle)
    Obstacle.objects.bulk_update(moved, ["level_from", "level_until", "level_calendar"])
    return len(moved)


def _still(obstacle: Obstacle) -> list[datetime]:
    """Since when its run and its project stand still, of those that do."""
    project = obstacle.project
    found = [project.phase_since] if project.phase == Phase.SUSPENDED else []
    return [*found, obstacle.run.suspended_at] if obstacle.run.suspended_at else found
