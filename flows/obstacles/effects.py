"""What the steps of an obstacle ask for and leave behind, inside the step's transaction under the Run's lock."""

from flows.deadlines.rules import DueDay, is_provisional
from flows.deadlines.selectors import calendar
from flows.engine.models import Run
from flows.engine.operations.move import Move
from hetang_flow.lib.clock import district_day
from hetang_flow.lib.errors import WrongState

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
