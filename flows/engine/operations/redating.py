"""历法变更: the days of open steps under the calendar in force, each moved by as many working days as it had."""

from datetime import date, datetime
from uuid import UUID

from django.db.models import Exists, OuterRef, Q
from viewflow.workflow.status import PROCESS, STATUS

from flows.deadlines import rules as deadlines
from flows.deadlines.selectors import calendar
from hetang_flow.lib.clock import district_day
from hetang_flow.lib.errors import WrongState
from permissions.actors import SYSTEM

from .. import rules
from ..models import Run, Step
from .move import Move, moving

COLUMNS = ("due_on", "first_due_on", "wakes_on", "due_provisional")


def redate(*, before: int, now: datetime) -> int:
    """Reckon the days of every open step anew; returns how many steps changed. Again it changes nothing.

    A step knows by which version its days were reckoned; `before` is taken for one that does not. Each run is its own
    transaction, in the order of their keys. Raises WrongState("busy") at the end when somebody
    was working on one of them: the others are done, and the job comes back.
    """
    changed, busy = 0, False
    dated = Step.objects.filter(process=OuterRef("pk"), status=STATUS.NEW).exclude(due_on=None, wakes_on=None)
    runs = Run.objects.filter(Q(Exists(dated)), status=PROCESS.NEW).order_by("pk")
    for run_id in runs.values_list("public_id", flat=True):
        try:
            changed += _redate_run(run_id, before, now=now)
        except WrongState as refused:
            if refused.code != "busy":
                raise
            busy = True
    if busy:
        raise WrongState("busy")
    return changed


def _redate_run(run_id: UUID, before: int, *, now: datetime) -> int:
    with moving(run_id, by=SYSTEM, now=now) as move:
        if move.run.status != PROCESS.NEW:
            return 0
        move.run.flow_class.instance.on_calendar(move)
        stale = [step for step in move.open_steps() if step.calendar_version != move.calendar.version]
        return sum(_redate_step(move, step, calendar(step.calendar_version or before)) for step in stale)


def _redate_step(move: Move, step: Step, old: deadlines.WorkCalendar) -> int:
    """Change what differs; people are told when a day moved, the record says so in any case."""
    was = {name: getattr(step, name) for name in COLUMNS}
    now_is = was | _days(move, step, old)
    rows = Step.objects.filter(pk=step.pk, status=STATUS.NEW, due_on=step.due_on)
    if now_is == was:
        move.change_one(rows, calendar_version=move.calendar.version)
        return 0
    late = now_is["due_on"] is not None and now_is["due_on"] < district_day(move.now)
    kept = {"timed_out": step.timed_out if late else None, "calendar_version": move.calendar.version}
    move.change_one(rows, **now_is, **kept)
    for name, value in now_is.items():
        setattr(step, name, value)
    shown = "wakes_on" if step.wakes_on else "due_on"
    after = {**now_is, "calendar": move.calendar.version}
    move.changed("step.redated", was, after, step=step, was=was[shown], day=now_is[shown])
    if now_is["due_on"] != was["due_on"]:
        waits = [share for share in move.load() if share.step_id == step.pk and share.status == rules.OPEN]
        key = f"redated:{step.pk}:{move.calendar.version}"
        move.tell("step.redated", step, move.people_of(waits), key=key, day=now_is["due_on"].isoformat())
    return 1


def _days(move: Move, step: Step, old: deadlines.WorkCalendar) -> dict[str, date | bool | None]:
    """The days under the calendar in force: the matter's own where it has one, else as many working days as before."""
    opened = district_day(step.created)
    if step.wakes_on:
        due = _moved(opened, step.wakes_on, old, move.calendar)
        return {"wakes_on": due.day, "due_provisional": due.provisional}
    if not step.due_on:
        return {}
    own = move.run.flow_class.instance.due_of(move.run, step.flow_task)
    first = step.first_due_on or step.due_on
    if own is None:
        due = _moved(opened, step.due_on, old, move.calendar)
        return {
            "due_on": due.day,
            "first_due_on": _moved(opened, first, old, move.calendar).day,
            "due_provisional": due.provisional,
        }
    stood = deadlines.working_days_between(first, step.due_on, old)
    due = deadlines.due_day(own.day, stood, move.calendar) if stood > 0 else own
    return {"due_on": due.day, "first_due_on": own.day, "due_provisional": due.provisional}


def _moved(
    start: date, day: date, old: deadlines.WorkCalendar, new: deadlines.WorkCalendar
) -> deadlines.DueDay:
    """The day so many working days from the start under the new calendar as it was under the old."""
    return deadlines.due_day(start, max(0, deadlines.working_days_between(start, day, old)), new)
