"""What a checklist asks for and a month has said already: laid there when the milestone begins, so nobody types it twice."""

from datetime import datetime

from flows.journal.operations import record
from permissions.actors import Actor

from .models import Fact, Milestone, Requirement
from .rules import CARRIED


def carry_over(milestone: Milestone, *, by: Actor, now: datetime) -> list[Fact]:
    """The figures of the newest month as facts of this milestone; whoever writes it may correct them.

    Investment is what was invested before the year and in it, in 万元. Two statements, one where nothing is asked for.
    """
    asked = Requirement.objects.filter(
        gate_id=milestone.gate_id, code__in=CARRIED, kind=Requirement.Kind.FIGURE
    )
    carried = []
    for need in asked:
        months = milestone.project.facts.filter(
            kind=CARRIED[need.code], month__year=milestone.project.plan.year
        )
        last = months.filter(replaced_by__isnull=True).order_by("month").last()
        if last is None:
            continue
        value = milestone.project.invested_before + last.value
        carried.append(
            Fact(
                project_id=milestone.project_id,
                kind=need.code,
                milestone=milestone,
                value=value,
                unit=need.unit,
                happened_on=last.happened_on,
                recorded=now,
                recorded_by_id=by.user_id,
            )
        )
    for fact in Fact.objects.bulk_create(carried):
        said = {"fact": fact.kind, "value": fact.value, "day": None, "unit": fact.unit}
        record(
            "fact.recorded",
            chain_id=milestone.project.chain_id,
            run_id=milestone.run_id,
            by=by,
            happened=now,
            now=now,
            facts=said | {"happened_on": fact.happened_on},
        )
    return carried
