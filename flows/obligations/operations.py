"""Opening what is owed, exactly once however often or late the job runs; writing what is handed in."""

import logging
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.db import IntegrityError, transaction

from flows.campaigns.models import Obligation, PlanVersion
from flows.deadlines.selectors import calendar
from flows.engine.models import Run
from flows.engine.operations import start_run
from flows.engine.operations.asked import asked_at
from hetang_flow.lib.clock import district_day
from hetang_flow.lib.errors import Invalid, NotFound
from permissions.actors import SYSTEM, Actor

from . import reckoning, rules
from .flow import ObligationFlow
from .models import Occurrence
from .owers import Ower, owers, roster

ONCE = "owed_once_a_period"
log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Missing:
    """A period of an obligation that nobody has been asked for yet, with everybody who owes it."""

    obligation: Obligation
    owed: rules.Owed
    owers: list[Ower]


def missing(today: date, *, since: date | None = None) -> Iterator[Missing]:
    """What is to be opened by this day, the earliest due first (four statements, three more where something is).

    A period that was due before its plan was first loaded is nobody's debt, unless `since` names an earlier day. A
    period is asked for as a whole, so whoever comes to owe it later does not owe what others were asked for before.
    """
    first_loaded = {
        version.plan_id: district_day(version.loaded) for version in PlanVersion.objects.filter(number=1)
    }
    asked = set(Occurrence.objects.order_by().values_list("obligation_id", "period").distinct())
    found, days, known = [], calendar(), None
    for obligation in Obligation.objects.select_related("plan").order_by("plan_id", "code"):
        begin = since or first_loaded.get(obligation.plan_id, obligation.plan.effective_from)
        due = [
            owed
            for owed in reckoning.owed(obligation, days)
            if rules.to_open(owed, today=today, since=begin) and (obligation.pk, owed.period) not in asked
        ]
        if due and known is None:
            known = roster()
        owing = owers(obligation, known) if due and known else []
        found += [Missing(obligation, owed, owing) for owed in due if owing]
    yield from sorted(found, key=lambda each: (each.owed.due_on, each.obligation.code))


def open_due(*, now: datetime, since: date | None = None) -> int:
    """Ask for everything that is to be asked for by now; returns how much. Safe to run twice, and by several workers.

    A period of an obligation is one transaction; the database lets one period of one ower exist once, so a second
    worker that comes to the same one leaves it. One that fails is logged and left for the next hour.
    """
    opened = 0
    for each in missing(district_day(now), since=since):
        try:
            with transaction.atomic():
                for ower in each.owers:
                    _open(each, ower, now=now)
        except Exception as error:
            if not (isinstance(error, IntegrityError) and ONCE in str(error)):
                log.exception("%s %s could not be opened", each.obligation, each.owed.period)
        else:
            opened += len(each.owers)
    return opened


def _open(each: Missing, ower: Ower, *, now: datetime) -> None:
    obligation, owed = each.obligation, each.owed

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


def write_report(occurrence_id: UUID, text: str, *, by: Actor, now: datetime) -> Occurrence:
    """Keep what is to be handed in; the last words kept are those that go.

    Raises Invalid for a text that is too long, NotAllowed for anybody who is not asked, WrongState once delivered.
    """
    if len(text) > rules.LONGEST:
        rules.may_write(text).or_raise(Invalid)
    found = Occurrence.objects.select_related("run").filter(public_id=occurrence_id).first()
    if found is None:
        raise NotFound("no-such-occurrence")
    with asked_at(found.run.public_id, {"deliver"}, by=by, now=now) as move:
        if found.report != text.strip():
            Occurrence.objects.filter(pk=found.pk).update(report=text.strip())
            move.record("report.written", None, length=len(text.strip()))
            found.report = text.strip()
        return found
