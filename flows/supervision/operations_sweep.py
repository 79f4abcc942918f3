"""The sweep: close what is late no longer, open what is newly late, take one rung further whatever is due.

Set-based, in batches of a transaction each, safe with several workers at once and to run twice. A sweep that comes
late skips nothing: the wait for a rung counts from the day the one before was told. Time never runs backwards: a
clock that was moved back within a day is taken to stand still, and before the day of the last sweep nothing is done.
"""

import logging
import uuid
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.db.models import F, Q

from flows.campaigns.models import Plan
from flows.deadlines.selectors import calendar_version
from flows.journal import operations as journal
from hetang_flow.lib.clock import district_day
from permissions.actors import SYSTEM

from . import rules, sources, store
from .climbing import BATCH, Pass, climb_batch, due
from .models import Item, Ladder, Sweep

OPENED, CLOSED = "supervision.opened", "supervision.closed"
log = logging.getLogger(__name__)


@dataclass(slots=True)
class Swept:
    """What a sweep came to."""

    opened: int = 0
    closed: int = 0
    climbed: int = 0
    held: int = 0


def sweep(*, now: datetime, batch: int = BATCH, call_help: Callable[[datetime], None] | None = None) -> Swept:
    """One pass over everything supervised, as of `now`; returns what it did.

    `call_help` is given the pass's moment when more than a batch is due, so that other workers can `help_climb`.
    """
    mark = _begin(now)
    if mark is None:
        log.warning(
            "the clock stands before the day of the last sweep: nothing is supervised until it has caught up"
        )
        return Swept()
    done, at = Swept(), Pass(mark.at)
    _reckon_anew(mark, at, batch=batch)
    for ladder in _in_force(mark.day):
        for source in sources.registered():
            try:
                done.closed += _close(ladder.plan, source, at, batch=batch)
                done.opened += _open(ladder, source, at, batch=batch)
            except Exception:
                # One source that fails leaves its matters as they are, and the others alone.
                log.exception("source %s of %s could not be swept", source.code, ladder.plan.code)
    if call_help and due(at.today, at.now)[batch : batch + 1].exists():
        call_help(at.now)
    _climb(done, at, batch=batch)
    _add_up(mark.pk, done)
    return done


def help_climb(*, at: datetime, batch: int = BATCH) -> Swept:
    """Take part in the climbing of the pass that began at this moment; what another worker holds is left to it."""
    mark, done = Sweep.objects.filter(at=at).order_by("-pk").first(), Swept()
    if mark is not None:
        _climb(done, Pass(mark.at), batch=batch)
        _add_up(mark.pk, done)
    return done


def _climb(done: Swept, at: Pass, *, batch: int) -> None:
    while True:
        seen, climbed, held = climb_batch(due(at.today, at.now), at, batch=batch)
        done.climbed, done.held = done.climbed + climbed, done.held + held
        if not seen:
            return


def _add_up(mark: int, done: Swept) -> None:
    """Add to the sweep's row what a worker has done for it."""
    parts = {name: F(name) + getattr(done, name) for name in Swept.__dataclass_fields__}
    Sweep.objects.filter(pk=mark).update(**parts)


def _begin(now: datetime) -> Sweep | None:
    """The sweep's own row, with the moment it takes for now; none where the clock was moved back over a day's end."""
    last = Sweep.objects.order_by("-at", "-pk").first()
    at = max(now, last.at) if last else now
    if last and district_day(now) < last.day:
        return None
    return Sweep.objects.create(at=at, day=district_day(at), calendar_version=calendar_version())


def _in_force(day: date) -> list[Ladder]:
    rows = Ladder.objects.filter(state=Ladder.State.PUBLISHED, from_day__lte=day)
    return list(rows.select_related("plan").order_by("plan_id"))


# --- what is late no longer ---


def _close(plan: Plan, source: sources.Source, at: Pass, *, batch: int) -> int:
    closed = 0
    while found := _close_batch(plan, source, at, batch=batch):
        closed += found
    return closed


@transaction.atomic
def _close_batch(plan: Plan, source: sources.Source, at: Pass, *, batch: int) -> int:
    late = source.late(plan, at.today, at.now)
    rows = store.no_longer_late(late, plan, source.code, limit=batch)
    if not rows:
        return 0
    why = source.closings([key for _pk, key, _id, _rung in rows], at.today, at.now)
    store.close_items([(pk, why[key]) for pk, key, _id, _rung in rows], now=at.now)
    drafts = [
        _draft(CLOSED, at, item=public_id, rung=rung, why=why[key]) for _pk, key, public_id, rung in rows
    ]
    journal.append(plan.chain_id, drafts)
    return len(rows)


# --- what is newly late ---


def _open(ladder: Ladder, source: sources.Source, at: Pass, *, batch: int) -> int:
    opened = 0
    while True:
        seen, written = _open_batch(ladder, source, at, batch=batch)
        opened += written
        if not seen:
            return opened


@transaction.atomic
def _open_batch(ladder: Ladder, source: sources.Source, at: Pass, *, batch: int) -> tuple[int, int]:
    late = source.late(ladder.plan, at.today, at.now)
    rows = store.newly_late(late, ladder.plan, source.code, in_real_use=at.in_real_use, limit=batch)
    if not rows:
        return 0, 0
    at.ladders.setdefault(ladder.pk, ladder.rules)
    values = [_item(ladder, source.code, row, at) for row in rows]
    written = store.insert_items(values)
    due_on = {each["source_key"]: each["due_on"] for each in values}
    drafts = [
        _draft(OPENED, at, item=public_id, source=source.code, due_on=due_on[key])
        for _pk, public_id, key in written
    ]
    journal.append(ladder.plan.chain_id, drafts)
    return len(rows), len(written)


def _item(ladder: Ladder, source: str, row: Sequence[Any], at: Pass) -> dict[str, Any]:
    """A matter as it is opened: where it begins, and when the sweep looks at it next."""
    said = at.ladders[ladder.pk]
    late = dict(zip(sources.COLUMNS, row, strict=False))
    kind, before, rung, closed_why = row[len(sources.COLUMNS) :]
    spared = kind in said.spares
    carried = rung if before is not None and rung and closed_why not in said.resets else None
    stands, how = (
        (0, rules.BOTTOM) if spared else rules.opens_at(said, late["late_mark"], source, carried=carried)
    )
    matter = rules.begins(how, stands, due_on=late["late_due"], today=at.today, spared=spared)
    step = at.step(ladder.pk, matter)
    return {
        "public_id": str(uuid.uuid4()),
        "plan_id": ladder.plan_id,
        "ladder_id": ladder.pk,
        "ground": rules.OVERDUE,
        "source": source,
        "source_key": late["late_key"],
        "unit_id": late["late_unit"],
        "post_id": late["late_post"],
        "project_id": late["late_project"],
        "line_id": late["late_line"],
        "run_id": late["late_run"],
        "title": late["late_title"],
        "reason": "",
        "due_on": late["late_due"],
        "first_due_on": late["late_first_due"],
        "since": date.fromordinal(late["late_due"].toordinal() + 1),
        "how": how,
        "began": stands,
        "follows_id": before if how == rules.CARRIED else None,
        "spared": spared,
        "rung": stands,
        "counts_from": matter.counts_from,
        "next_on": step.due_on if step else None,
        "at_once": matter.at_once,
        "held": False,
        "opened": at.now,
        "closed_why": "",
    }


def _draft(kind: str, at: Pass, **facts: Any) -> journal.Draft:
    return journal.Draft(kind, SYSTEM, at.now, at.now, facts=facts)


# --- a calendar that has changed ---


def _reckon_anew(mark: Sweep, at: Pass, *, batch: int) -> None:
    """When another version of the calendar is in force than at the last sweep, every next day is counted anew."""
    before = Sweep.objects.exclude(pk=mark.pk).order_by("-at", "-pk").first()
    if before is None or before.calendar_version == mark.calendar_version:
        return
    last = 0
    while last is not None:
        last = _reckon_batch(last, at, batch=batch)


@transaction.atomic
def _reckon_batch(after: int, at: Pass, *, batch: int) -> int | None:
    """Count the next days of one batch anew; returns its last key, none when there is nothing left."""
    found = Item.objects.filter(Q(next_on__isnull=False), closed=None, held=False, pk__gt=after)
    rows = list(found.select_for_update(no_key=True, of=("self",)).order_by("pk")[:batch])
    if not rows:
        return None
    at.learn_ladders({row.ladder_id for row in rows})
    by_day: dict[date | None, list[int]] = defaultdict(list)
    for row in rows:
        step = at.step(row.ladder_id, row.matter)
        day = step.due_on if step else None
        if day != row.next_on:
            by_day[day].append(row.pk)
    for day, keys in by_day.items():
        Item.objects.filter(pk__in=keys).update(next_on=day)
    return rows[-1].pk
