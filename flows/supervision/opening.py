"""Runs for the rungs that need one: a slip with its number, or a proposal for the person who weighs it.

Opened after the sweep, each in a transaction of its own, exactly once however many workers come to it. What has lost
its ground meanwhile is closed the same way.
"""

import logging
from collections.abc import Callable, Iterable
from datetime import datetime

from django.db import IntegrityError, transaction
from django.db.models import Q, QuerySet
from viewflow.workflow.status import PROCESS

from flows.deadlines.rules import due_day
from flows.deadlines.selectors import calendar
from flows.engine.models import Run
from flows.engine.operations import close_by_system, start_run
from hetang_flow.lib.clock import district_day
from permissions.actors import SYSTEM

from . import rules
from .flow import MeasureFlow, SupervisionFlow
from .models import Climb, Measure, Slip, SlipCounter

STANDS = (Climb.State.DONE, Climb.State.CONFIRMED)
LONGEST_TITLE = 200
log = logging.getLogger(__name__)


def open_runs(*, now: datetime) -> int:
    """Open whatever needs a run, and close the runs that have lost their ground; returns how many were opened."""
    done = _each(_keys(_waiting()), open_one, now=now)
    _each(_keys(_groundless()), close_one, now=now)
    return done


def _waiting() -> QuerySet[Climb]:
    slips = Q(measure=Climb.Measure.SLIP, state__in=STANDS, slip=None)
    proposals = Q(state=Climb.State.PROPOSED, weighed=None)
    return Climb.objects.filter(slips | proposals, item__closed=None).order_by("pk")


def _groundless() -> QuerySet[Run]:
    lost = Q(slip__closed=None, slip__climb__item__closed_why__in=rules.LOST_GROUND) | Q(
        measure__closed=None, measure__climb__item__closed_why__in=rules.LOST_GROUND
    )
    about = Q(slip__isnull=False) | Q(measure__isnull=False)
    return Run.objects.filter(about, lost, status=PROCESS.NEW).order_by("pk")


def _keys(rows: QuerySet) -> list[int]:
    return list(rows.values_list("pk", flat=True))


def _each(keys: Iterable[int], act: Callable[..., bool], *, now: datetime) -> int:
    """Act on each, in a transaction of its own; one that fails is logged and left for the next time."""
    done = 0
    for key in keys:
        try:
            done += act(key, now=now)
        except IntegrityError:
            log.info("%s %s: another worker was faster", act.__name__, key)
        except Exception:
            log.exception("%s %s failed", act.__name__, key)
    return done


@transaction.atomic
def open_one(climb_id: int, *, now: datetime) -> bool:
    """Open the run of one rung; tells whether it did. What another worker holds, or has opened, is left alone."""
    locked = Climb.objects.select_for_update(skip_locked=True, no_key=True, of=("self",))
    found = locked.filter(pk=climb_id).select_related("item__ladder", "item__plan", "item__project")
    climb = found.first()
    if climb is None or not _waiting().filter(pk=climb_id).exists():
        return False
    if climb.state == Climb.State.PROPOSED:
        _propose(climb, now=now)
    else:
        _issue(climb, now=now)
    return True


def close_one(run_id: int, *, now: datetime) -> bool:
    """Close one run whose matter is closed for a reason that leaves it nothing to do."""
    run = Run.objects.get(pk=run_id)
    close_by_system(run.public_id, now=now, why="lost-ground")
    return True


def _issue(climb: Climb, *, now: datetime) -> None:
    """Issue a slip: the next number of the plan's year, under its lock; an earlier slip of the matter is superseded."""
    item, today = climb.item, district_day(now)
    ladder = item.ladder.rules
    rung = ladder.rung(climb.rung)
    days = (rung.days if rung else None) or 1
    number = _next_number(item.plan_id, today.year)
    code = rules.slip_code(ladder.word, today.year, number)
    for slip in Slip.objects.filter(climb__item=item, closed=None).select_related("run"):
        close_by_system(slip.run.public_id, now=now, why="superseded")

    def with_slip(run: Run) -> None:
        Slip.objects.create(
            climb=climb,
            plan_id=item.plan_id,
            year=today.year,
            number=number,
            code=code,
            colour=rung.colour if rung else "",
            unit_id=item.unit_id,
            run=run,
            due_on=due_day(today, days, calendar()).day,
            issued=now,
        )

    start_run(
        SupervisionFlow,
        title=f"{code} {item.title}"[:LONGEST_TITLE],
        label=SupervisionFlow.label,
        code=code,
        chain_id=item.project.chain_id if item.project else item.plan.chain_id,
        by=SYSTEM,
        now=now,
        before_first_step=with_slip,
    )


def _next_number(plan_id: int, year: int) -> int:
    """The next number; its row is locked until the slip stands or falls, so a number is never lost."""
    SlipCounter.objects.get_or_create(plan_id=plan_id, year=year)
    counter = SlipCounter.objects.select_for_update(no_key=True).get(plan_id=plan_id, year=year)
    counter.last += 1
    counter.save(update_fields=["last"])
    return counter.last


def _propose(climb: Climb, *, now: datetime) -> None:
    """Lay a proposal before the person whom the ladder names."""
    item = climb.item
    start_run(
        MeasureFlow,
        title=f"{climb.name}：{item.title}"[:LONGEST_TITLE],
        label=MeasureFlow.label,
        code=f"{climb.code[:24]}-{item.pk}",
        chain_id=item.plan.chain_id,
        by=SYSTEM,
        now=now,
        before_first_step=lambda run: Measure.objects.create(climb=climb, run=run, opened=now),
    )
