"""What a delivery needs and leaves behind, inside its transaction."""

from flows.deadlines.rules import DueDay
from flows.deadlines.selectors import calendar
from flows.engine.models import Run
from flows.engine.operations.move import Move
from hetang_flow.lib.clock import district_day
from hetang_flow.lib.errors import WrongState

from . import reckoning, rules
from .models import Occurrence


def report_is_written(move: Move) -> str:
    """Nothing is handed in without words; they go with the work as its note."""
    text = Occurrence.objects.values_list("report", flat=True).get(run_id=move.run.pk)
    verdict = rules.may_write(text)
    if not verdict:
        raise WrongState("report-not-written", dict(verdict.facts))
    return text[:500]


def note_delivery(move: Move) -> None:
    """The day it was handed in, beside the day it was due: late is shown as late, and stays so."""
    rows = Occurrence.objects.filter(run_id=move.run.pk, delivered=None)
    if rows.update(delivered=move.now, delivered_on=district_day(move.now)) != 1:
        raise WrongState("changed-meanwhile")


def redate(move: Move) -> None:
    """The day of a period that is still owed, under the calendar in force; the first day stays on record."""
    found = Occurrence.objects.select_related("obligation__plan").get(run_id=move.run.pk)
    due = next(
        (owed for owed in reckoning.owed(found.obligation, move.calendar) if owed.period == found.period),
        None,
    )
    if due is not None and (due.due_on, due.provisional) != (found.due_on, found.provisional):
        Move.change_one(
            Occurrence.objects.filter(pk=found.pk, delivered=None),
            due_on=due.due_on,
            provisional=due.provisional,
        )


def due_of(run: Run) -> DueDay:
    """The occurrence's day as the step's (two statements when the run is opened)."""
    found = Occurrence.objects.get(run_id=run.pk)
    return DueDay(found.due_on, found.provisional, found.nominal, 0, calendar())
