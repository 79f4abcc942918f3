"""Reading the steps of a run: where it may go back to, where a person is asked, which are late, which wake today."""

from datetime import datetime

from django.db.models import QuerySet
from viewflow.workflow.status import PROCESS, STATUS

from hetang_flow.lib.clock import district_day
from permissions.actors import Actor

from . import rules
from .models import Assignment, Run, Step
from .visibility import own_share
from .waits import Trigger


def returnable(run: Run, here: Step) -> list[Step]:
    """The executed steps upstream of this one on its branch, the latest of each node, in order (one statement)."""
    before = rules.upstream(run.flow_class.routes(), here.flow_task.name) - {here.flow_task.name}
    found = Step.objects.filter(process=run, status=STATUS.DONE, policy__isnull=False).order_by("pk")
    latest = {
        step.flow_task.name: step
        for step in found
        if step.flow_task is not None
        and step.flow_task.name in before
        and rules.touches(step.token.token, here.token.token)
    }
    return sorted(latest.values(), key=lambda step: step.pk)


def executed(run: Run) -> list[Step]:
    """The steps a finished run may come back to, the latest of each node, in order (one statement).

    They are where people stood when it ended and what they had walked on the way there; an earlier step that the
    last round never came to again is none of them, for coming back there would skip others.
    """
    routes = run.flow_class.routes()
    found = Step.objects.filter(process=run).exclude(status=STATUS.NEW).order_by("pk")
    known = [step for step in found if step.flow_task is not None]
    latest: dict[str, Step] = {}
    for end in [step for step in known if step.finished == run.finished]:
        before = rules.upstream(routes, end.flow_task.name) - {end.flow_task.name}
        for step in [step for step in known if step.policy_id]:
            walked = step.status == STATUS.DONE and step.flow_task.name in before
            if step is end or (walked and rules.touches(step.token.token, end.token.token)):
                latest[step.flow_task.name] = step
    return sorted(latest.values(), key=lambda step: step.pk)


def node_asking(run: Run, actor: Actor) -> str:
    """The node of a run at which this person is asked now, the latest of several; else nothing (one statement)."""
    asked = Assignment.objects.filter(own_share(actor), run=run, status=rules.OPEN, step__status=STATUS.NEW)
    share = asked.select_related("step").order_by("-pk").first()
    return share.step.flow_task.name if share else ""


def late_steps(now: datetime) -> QuerySet[Step]:
    """Open steps past their day whose policy on that has not been applied yet; suspended runs have no clock."""
    return Step.objects.filter(
        status=STATUS.NEW,
        policy__isnull=False,
        timed_out=None,
        due_on__lt=district_day(now),
        process__status=PROCESS.NEW,
        process__suspended_at=None,
    ).order_by("pk")


def sleeping_steps(now: datetime) -> QuerySet[Step]:
    """Delays whose day has come."""
    return Step.objects.filter(
        status=STATUS.NEW,
        wakes_on__lte=district_day(now),
        process__status=PROCESS.NEW,
        process__suspended_at=None,
    ).order_by("pk")


def trigger_waiting(step_id: int) -> Step | None:
    """An open trigger with its run, unless the run is over or suspended (one statement)."""
    return (
        Step.objects.filter(
            pk=step_id,
            status=STATUS.NEW,
            flow_task_type=Trigger.task_type,
            process__status=PROCESS.NEW,
            process__suspended_at=None,
        )
        .select_related("process")
        .first()
    )
