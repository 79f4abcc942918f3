"""Reading the steps of a run: where it may go back to, which are late, which wake today."""

from datetime import datetime

from django.db.models import QuerySet
from viewflow.workflow.status import PROCESS, STATUS

from hetang_flow.lib.clock import district_day

from . import rules
from .models import Run, Step
from .nodes import Human


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
    """The steps people have dealt with, the latest of each node (one statement)."""
    found = Step.objects.filter(process=run, policy__isnull=False).exclude(status=STATUS.NEW).order_by("pk")
    latest = {step.flow_task.name: step for step in found if isinstance(step.flow_task, Human)}
    return sorted(latest.values(), key=lambda step: step.pk)


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
