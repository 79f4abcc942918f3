"""What follows when people change: a handler who left is out, and the intake is asked to name another."""

from flows.engine.operations.move import Move
from permissions.models import Appointment
from permissions.selectors import current

from . import rules
from .effects import of_run
from .models import Commission

HANDLED = ("propose", "conclude")


def handlers_left(move: Move) -> bool:
    """End what handlers who no longer hold their post knew; true where nobody else is to be asked instead."""
    case = of_run(move)
    named = list(case.admissions.filter(role=rules.HANDLER, until=None))
    here = Appointment.objects.filter(current(move.now), post_id__in=[row.post_id for row in named])
    held = set(here.values_list("post_id", "user_id"))
    gone = [row for row in named if (row.post_id, row.person_id) not in held]
    if gone:
        case.admissions.filter(pk__in=[row.pk for row in gone]).update(until=move.now)
        move.record("discipline.handler_left", None, posts=[row.post_id for row in gone])
        intake = Commission.objects.filter(plan_id=case.plan_id).values("intake_id")
        seats = Appointment.objects.filter(current(move.now), post_id__in=intake)
        key = f"left:{case.pk}:{max(row.pk for row in gone)}"
        move.tell("discipline.todo", None, list(seats.values_list("user_id", flat=True)), key=key)
    return any(step.flow_task.name in HANDLED for step in move.open_steps())
