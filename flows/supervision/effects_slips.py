"""What the steps of a slip ask for and leave behind, inside the step's transaction under the Run's lock."""

from flows.deadlines.rules import DueDay, is_provisional
from flows.deadlines.selectors import calendar
from flows.engine.models import Run
from flows.engine.operations.move import Move
from hetang_flow.lib.errors import WrongState

from . import rules
from .models import Item, Slip


def of_run(move: Move) -> Slip:
    """The slip of the run that is being moved (one statement, once a move)."""
    if move.subject is None:
        about = Slip.objects.select_related("climb__item", "unit", "plan")
        move.subject = about.get(run_id=move.run.pk)
    return move.subject


def is_signed_for(move: Move) -> str:
    """签收: the unit has it; from now on nobody there has not seen it."""
    slip = of_run(move)
    Move.change_one(Slip.objects.filter(pk=slip.pk, closed=None), signed_for=move.now)
    move.record("slip.signed_for", None, slip=slip.code)
    return ""


def is_answered(move: Move) -> str:
    """反馈: it goes on once the unit has said what it did; the words stay with their round."""
    answer = of_run(move).answer.strip()
    if not answer:
        raise WrongState("answer-missing")
    return answer


def due_of(run: Run) -> DueDay | None:
    """The day by which the unit answers."""
    slip = Slip.objects.filter(run_id=run.pk).only("due_on").first()
    if slip is None:
        return None
    days = calendar()
    return DueDay(slip.due_on, is_provisional(slip.due_on, days), slip.due_on, 0, days)


def strike_off(move: Move) -> None:
    """销号: re-checked, so the slip is over. What a person had entered is settled with it; what is late by the facts
    goes on until the facts say otherwise.
    """
    slip = of_run(move)
    Move.change_one(Slip.objects.filter(pk=slip.pk, closed=None), struck_off=move.now, closed=move.now)
    move.record("slip.struck_off", None, slip=slip.code)
    answered = {share.decided_by_id for share in move.shares if share.decided_by_id}
    move.tell("slip.struck_off", None, answered, key=f"struck-off:{slip.pk}", slip=slip.code)
    item = slip.climb.item
    if item.ground in rules.BY_HAND:
        settled = Item.objects.filter(pk=item.pk, closed=None, rung=slip.climb.rung)
        if settled.update(closed=move.now, closed_why=rules.SETTLED, next_on=None):
            move.record("supervision.closed", None, item=str(item.public_id), why=rules.SETTLED)


def close(move: Move) -> None:
    """A slip whose run has ended otherwise is closed, not struck off."""
    Slip.objects.filter(run_id=move.run.pk, closed=None).update(closed=move.now)


def reopen(move: Move) -> None:
    """A slip that comes back is open again."""
    Slip.objects.filter(run_id=move.run.pk, struck_off=None).update(closed=None)
