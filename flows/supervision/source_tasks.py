"""The source `task`: a step past its day with a unit's share open, its run under way and not suspended."""

from collections.abc import Sequence
from datetime import date, datetime

from django.db.models import BigIntegerField, Exists, F, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Cast, Coalesce
from viewflow.workflow.status import PROCESS, STATUS

from flows.campaigns.models import Plan
from flows.engine.models import Assignment, Step
from flows.engine.rules import OPEN, SIGN
from flows.projects.models import Project

from . import rules, sources

CODE = "task"


def late(plan: Plan, day: date, now: datetime) -> QuerySet:
    """What is late: a step once a unit, however many of its posts are asked; slips and weighings climb by themselves."""
    of_run = Project.objects.filter(plan=plan, chain_id=OuterRef("run__chain_id")).order_by()
    shares = Assignment.objects.filter(
        Q(run__chain_id=plan.chain_id) | Exists(of_run),
        status=OPEN,
        role=SIGN,
        step__status=STATUS.NEW,
        step__due_on__lt=day,
        run__status=PROCESS.NEW,
        run__suspended_at=None,
        run__slip=None,
        run__measure=None,
    )
    return sources.rows(
        shares.order_by("step_id", "post__organisation_id", "order", "pk").distinct(
            "step_id", "post__organisation_id"
        ),
        key=sources.key("step_id", "post__organisation_id"),
        unit=F("post__organisation_id"),
        post=F("post_id"),
        project=Subquery(of_run.values("pk")[:1]),
        line=Coalesce(
            Cast(Subquery(of_run.values("line_id")[:1]), BigIntegerField()),
            Cast(F("run__occurrence__line_id"), BigIntegerField()),
        ),
        run=F("run_id"),
        title=F("run__title"),
        due_on=F("step__due_on"),
        first_due_on=F("step__first_due_on"),
        mark=CODE,
    )


def why(keys: Sequence[str], day: date, now: datetime) -> dict[str, str]:
    """Why these are late no longer: done, extended, suspended, or not owed any more (two statements)."""
    pairs = [tuple(map(int, key.split(":"))) for key in keys]
    steps = Step.objects.select_related("process").in_bulk([step for step, _unit in pairs])
    shares = Assignment.objects.filter(step_id__in=steps, status=OPEN).values_list(
        "step_id", "post__organisation_id"
    )
    still = set(shares)
    return {f"{step}:{unit}": _why(steps.get(step), (step, unit) in still, day) for step, unit in pairs}


def _why(step: Step | None, still_asked: bool, day: date) -> str:
    if step is None:
        return rules.ENDED
    run = step.process
    if run.suspended_at is not None:
        return rules.SUSPENDED
    if step.status == STATUS.DONE:
        return rules.DONE
    if run.status == PROCESS.NEW and step.status == STATUS.NEW:
        if still_asked:
            return rules.EXTENDED if step.due_on is None or step.due_on >= day else rules.ENDED
        return rules.DONE
    return rules.ENDED


sources.register(CODE, late, why=why)
