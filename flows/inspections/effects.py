"""What the steps of a visit ask for and leave behind, inside the step's transaction under the Run's lock."""

from flows.deadlines.rules import DueDay, is_provisional
from flows.deadlines.selectors import calendar
from flows.engine.models import Run
from flows.engine.operations.move import Move
from hetang_flow.lib.errors import WrongState

from .models import Seen, Visit

OPINION = 500  # what goes with the work into its history


def of_run(move: Move) -> Visit:
    """The visit of the run that is being moved (one statement, once a move)."""
    if move.subject is None:
        move.subject = Visit.objects.select_related("round", "project").get(run_id=move.run.pk)
    return move.subject


def materials_are_in(move: Move) -> str:
    """The unit hands in with words; where the day passed without any, the system goes on and says so."""
    visit = of_run(move)
    if not visit.materials.strip():
        raise WrongState("materials-missing")
    return visit.materials[:OPINION]


def visit_is_reported(move: Move) -> str:
    """It goes on once it says on which day the site was visited, and what was found or that nothing was."""
    visit = of_run(move)
    if visit.handed_in is None:
        raise WrongState("visit-not-reported")
    serious = list(visit.findings.filter(taken_back=None).values_list("is_serious", flat=True))
    move.record(
        "inspection.reported", None, day=visit.visited_on, findings=len(serious), serious=sum(serious)
    )
    return ""


def is_seen(move: Move) -> str:
    """It is signed with what the unit has to say against it, if anything."""
    signed = Seen.objects.filter(visit=of_run(move), signed_by=move.by.user_id).last()
    if signed is None:
        raise WrongState("visit-not-seen")
    return signed.objection[:OPINION]


def conclude(move: Move) -> None:
    """Every unit has seen it: the visit is over."""
    Move.change_one(Visit.objects.filter(run_id=move.run.pk, closed=None), closed=move.now)


def due_of(run: Run, step: str) -> DueDay | None:
    """The day of the round for this step; the units' own days are the policy's."""
    column = {"hand_in": "round__materials_due", "visit": "round__last_day"}.get(step)
    day = Visit.objects.filter(run_id=run.pk).values_list(column, flat=True).first() if column else None
    if day is None:
        return None
    days = calendar()
    return DueDay(day, is_provisional(day, days), day, 0, days)


def close(move: Move) -> None:
    """A visit whose run has ended otherwise is closed; what was found stays."""
    Visit.objects.filter(run_id=move.run.pk, closed=None).update(closed=move.now)


def reopen(move: Move) -> None:
    """A visit that comes back is open again."""
    Visit.objects.filter(run_id=move.run.pk).update(closed=None)
