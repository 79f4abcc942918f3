"""Opening what is owed, exactly once however often or late the job runs; writing what is handed in."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.db import IntegrityError, transaction
from viewflow.workflow.status import STATUS

from flows.campaigns.models import Obligation, PlanVersion
from flows.deadlines.selectors import calendar
from flows.engine.models import Assignment, Run
from flows.engine.operations import start_run
from flows.engine.operations.move import moving
from flows.engine.rules import LATE_CODES, OPEN, may_handle
from hetang_flow.lib.clock import district_day
from hetang_flow.lib.errors import Invalid, NotAllowed, NotFound, WrongState
from permissions.actors import SYSTEM, Actor

from . import rules
from .flow import ObligationFlow
from .models import Occurrence
from .owers import Ower, owers

ONCE = "owed_once_a_period"


@dataclass(frozen=True, slots=True)
class Missing:
    """Something that is owed and that nobody has been asked for yet."""

    obligation: Obligation
    owed: rules.Owed
    ower: Ower


def missing(today: date, *, since: date | None = None) -> Iterator[Missing]:
    """What is to be opened by this day, the earliest due first.

    A period that was due before its plan was first loaded is nobody's debt, unless `since` names an earlier day.
    """
    first_loaded = {
        version.plan_id: district_day(version.loaded) for version in PlanVersion.objects.filter(number=1)
    }
    found, days = [], calendar()
    for obligation in Obligation.objects.select_related("plan").order_by("plan_id", "code"):
        plan = obligation.plan
        begin = since or first_loaded.get(plan.pk, plan.effective_from)
        known = set(Occurrence.objects.filter(obligation=obligation).values_list("period", "ower"))
        due = [
            owed
            for owed in rules.owed_in(
                obligation.cadence, obligation.roll, plan.effective_from, plan.effective_until, days
            )
            if rules.to_open(owed, today=today, since=begin)
        ]
        if not due:
            continue
        for ower in owers(obligation):
            found += [Missing(obligation, owed, ower) for owed in due if (owed.period, ower.key) not in known]
    yield from sorted(found, key=lambda each: (each.owed.due_on, each.obligation.code, each.ower.key))


def open_due(*, now: datetime, since: date | None = None) -> int:
    """Ask for everything that is to be asked for by now; returns how much. Safe to run twice, and by several workers.

    Each is a transaction of its own; the database lets one period of one ower exist once, so a second worker
    that comes to the same one leaves it.
    """
    return sum(_open(each, now=now) for each in missing(district_day(now), since=since))


def _open(each: Missing, *, now: datetime) -> bool:
    obligation, owed, ower = each.obligation, each.owed, each.ower

    def with_occurrence(run: Run) -> None:
        Occurrence.objects.create(
            obligation=obligation,
            period=owed.period,
            ower=ower.key,
            post_id=ower.post_id,
            line_id=ower.line_id,
            nominal=owed.nominal,
            due_on=owed.due_on,
            first_due=owed.due_on,
            provisional=owed.provisional,
            run=run,
            opened=now,
        )

    try:
        with transaction.atomic():
            start_run(
                ObligationFlow,
                title=f"{obligation.name} {owed.period}" + (f" {ower.name}" if ower.name else ""),
                label=ObligationFlow.label,
                code=f"{obligation.code[:24]}-{owed.period}",
                chain_id=obligation.plan.chain_id,
                by=SYSTEM,
                now=now,
                before_first_step=with_occurrence,
            )
    except IntegrityError as error:
        if ONCE not in str(error):
            raise
        return False
    return True


def write_report(occurrence_id: UUID, text: str, *, by: Actor, now: datetime) -> Occurrence:
    """Keep what is to be handed in; the last words kept are those that go.

    Raises Invalid for a text that is too long, NotAllowed for anybody who is not asked, WrongState once delivered.
    """
    if len(text) > rules.LONGEST:
        rules.may_write(text).or_raise(Invalid)
    found = Occurrence.objects.select_related("run").filter(public_id=occurrence_id).first()
    if found is None:
        raise NotFound("no-such-occurrence")
    with moving(found.run.public_id, by=by, now=now) as move:
        asked = Assignment.objects.filter(run=move.run, status=OPEN, step__status=STATUS.NEW).order_by("-pk")
        share = asked.first()
        if share is None:
            raise WrongState("changed-meanwhile")
        mine = move.task(share.pk)
        verdict = may_handle(move.standing(mine))
        verdict.or_raise(WrongState if verdict.code in LATE_CODES else NotAllowed)
        move.act_in_post_of(mine)
        if found.report != text.strip():
            Occurrence.objects.filter(pk=found.pk).update(report=text.strip())
            move.record("report.written", None, length=len(text.strip()))
            found.report = text.strip()
        return found
