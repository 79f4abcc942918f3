"""One batch of rungs: locked, judged by the rules, written, recorded and told in one transaction.

Nothing here opens a run: slips and weighings are opened afterwards, each by itself (flows.supervision.opening).
"""

import gc
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cached_property
from typing import Any

from django.db import transaction
from django.db.models import Q, QuerySet

from flows.deadlines.rules import WorkCalendar, due_day, is_provisional
from flows.deadlines.selectors import calendar
from flows.journal import operations as journal
from hetang_flow.lib.clock import district_day
from notifications import notices
from permissions.actors import SYSTEM
from permissions.selectors import in_real_use

from . import excuses, rules, store
from .audience import About, Audience
from .models import Climb, Item, Ladder

BATCH = 2000
PAGE = "/supervision/items/{}/"
CLIMBED, PROPOSED, HELD = "supervision.climbed", "supervision.proposed", "supervision.held"
READ = (
    "pk", "public_id", "plan__chain_id", "ladder_id", "unit_id", "post_id", "person_id", "project_id",
    "line_id", "run_id", "title", "due_on", "first_due_on", "how", "rung", "counts_from", "at_once",
    "spared", "held", "next_on",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Found:
    """A locked matter, as READ reads it."""

    pk: int
    public_id: Any
    chain_id: int
    ladder_id: int
    unit_id: int
    post_id: int | None
    person_id: int | None
    project_id: int | None
    line_id: int | None
    run_id: int | None
    title: str
    due_on: date
    first_due_on: date | None
    how: str
    rung: int
    counts_from: date
    at_once: bool
    spared: bool
    held: bool
    next_on: date | None

    @property
    def matter(self) -> rules.Matter:
        """Where it stands."""
        return rules.Matter(self.rung, self.counts_from, at_once=self.at_once, spared=self.spared)

    @property
    def about(self) -> About:
        """What decides who is told."""
        return About(self.unit_id, self.post_id, self.person_id, self.project_id, self.line_id)


@dataclass
class Pass:
    """What one pass knows: the moment and its day, the calendar, ladders and people read so far."""

    now: datetime
    days: WorkCalendar = field(default_factory=calendar)
    ladders: dict[int, rules.Ladder] = field(default_factory=dict)
    audience: Audience = field(init=False)
    today: date = field(init=False)
    stamp: str = field(init=False)  # the moment and its day as they are written a thousand times
    day: str = field(init=False)
    _steps: dict[Any, rules.Step | None] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.audience, self.today = Audience(self.now), district_day(self.now)
        self.stamp, self.day = self.now.isoformat(), self.today.isoformat()

    @cached_property
    def in_real_use(self) -> bool:
        """Whether anybody real works here (asked once a pass)."""
        return in_real_use(self.now)

    def learn_ladders(self, keys: Collection[int]) -> None:
        """Read the ladders that are not known yet (one statement, usually none)."""
        missing = {*keys} - self.ladders.keys()
        if missing:
            self.ladders |= {row.pk: row.rules for row in Ladder.objects.filter(pk__in=missing)}

    def step(self, ladder_id: int, matter: rules.Matter) -> rules.Step | None:
        """The next step of a matter; most of a batch ask the same."""
        key = (ladder_id, matter)
        if key not in self._steps:
            self._steps[key] = rules.next_step(self.ladders[ladder_id], matter, self.days)
        return self._steps[key]


@dataclass(slots=True)
class Batch:
    """What a batch comes to: the rows to write, what goes on record and who is told; `held` and `climbed` are counted."""

    climbs: list[dict[str, Any]] = field(default_factory=list)
    moved: list[dict[str, Any]] = field(default_factory=list)
    entries: dict[int, list[journal.Draft]] = field(default_factory=dict)
    telling: list[notices.Draft] = field(default_factory=list)
    held: int = 0


def due(today: date, now: datetime) -> QuerySet[Item]:
    """The matters whose day has come; one that has moved in this pass waits for the next."""
    return Item.objects.filter(Q(moved=None) | Q(moved__lt=now), closed=None, next_on__lte=today)


@contextmanager
def no_collecting() -> Iterator[None]:
    """A batch makes many thousand small objects and no cycle: the collector would look through them all in vain."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


@no_collecting()
@transaction.atomic
def climb_batch(found: QuerySet[Item], at: Pass, *, batch: int = BATCH) -> tuple[int, int, int]:
    """Take up to so many of these one rung further; returns how many it saw, how many climbed, how many it held.

    What another worker has locked is left to it. The database refuses a rung that a matter has already.
    """
    locked = found.select_for_update(skip_locked=True, no_key=True, of=("self",)).order_by("next_on", "pk")
    rows = [Found(*row) for row in locked.values_list(*READ)[:batch]]
    if not rows:
        return 0, 0, 0
    at.learn_ladders({row.ladder_id for row in rows})
    reported = excuses.known({row.project_id for row in rows if row.project_id}, at.now)
    at.audience.learn([row.about for row in rows])
    done = Batch()
    for row in rows:
        _judge(row, excuses.of(reported, row.project_id, row.run_id), at, done)
    _write(done, at)
    return len(rows), len(done.climbs), done.held


def _judge(row: Found, reported: Sequence[excuses.Reported], at: Pass, done: Batch) -> None:
    """What becomes of one matter: it climbs, waits for an excuse, or is not due after all (the calendar has changed)."""
    step = at.step(row.ladder_id, row.matter)
    if step is None or step.due_on > at.today:
        _keep(row, at, done, next_on=step.due_on if step else None, held=False)
        return
    ladder = at.ladders[row.ladder_id]
    if rules.is_held(ladder, step.rung, excuses.holding(reported, row.due_on)):
        _keep(row, at, done, next_on=due_day(at.today, 1, at.days).day, held=True)
        done.held += 1
        if not row.held:
            facts = {"item": row.public_id, "rung": step.rung.order, "name": step.rung.name}
            _record(HELD, row, facts, at, done)
        return
    _climb(row, step, reported, at, done)


def _climb(row: Found, step: rules.Step, reported: Sequence[excuses.Reported], at: Pass, done: Batch) -> None:
    rung, ladder = step.rung, at.ladders[row.ladder_id]
    done.climbs.append(
        {
            "item_id": row.pk,
            "rung": rung.order,
            "code": rung.code,
            "name": rung.name,
            "measure": rung.measure,
            "due_on": step.due_on,
            "told": at.stamp,
            "inputs": inputs(row, step, ladder, excuses.spoken(reported, row.due_on), at.days),
            "state": Climb.State.PROPOSED if rung.confirm else Climb.State.DONE,
            "reason": "",
        }
    )
    done.moved.append(_moved_to(row, rung, ladder, at))
    facts = {
        "item": row.public_id,
        "rung": rung.order,
        "name": rung.name,
        "due_on": step.due_on,
        "ladder": ladder.version,
        "calendar": at.days.version,
    }
    _record(PROPOSED if rung.confirm else CLIMBED, row, facts, at, done)
    if not rung.confirm:
        # What a person has to confirm is told once they have: until then nothing has happened to anybody.
        to = at.audience.told(row.about, rung.tell)
        done.telling.append(notice(row.pk, row.public_id, row.title, rung, to))


def _moved_to(row: Found, rung: rules.Rung, ladder: rules.Ladder, at: Pass) -> dict[str, Any]:
    """Where a matter stands once it was told, or proposed for, a rung, and when it is looked at next."""
    ahead = rules.climbed(ladder, row.matter, at.today)
    after = at.step(row.ladder_id, ahead) if ahead else None
    return {
        "id": row.pk,
        "rung": rung.order,
        "counts_from": at.day,
        "next_on": after.due_on if after else None,
        "at_once": False,
        "held": False,
        "moved": at.stamp,
    }


def notice(pk: int, public_id: Any, title: str, rung: rules.Rung, to: Collection[int]) -> notices.Draft:
    """How people hear of a rung."""
    facts = {"rung": rung.name, "title": title}
    return notices.Draft(CLIMBED, f"climb:{pk}:{rung.order}", to, facts, PAGE.format(public_id))


def inputs(
    row: Any,
    step: rules.Step,
    ladder: rules.Ladder,
    spoken: list[dict[str, Any]],
    days: WorkCalendar,
) -> dict[str, Any]:
    """Why a rung is due, complete enough to be said in a sentence and computed again."""
    below = ladder.rung(row.rung)
    return {
        "ladder": ladder.version,
        "calendar": days.version,
        "due_on": row.due_on.isoformat(),
        "first_due_on": row.first_due_on.isoformat() if row.first_due_on else None,
        "how": row.how,
        "from": below.name if below else "",
        "counts_from": row.counts_from.isoformat(),
        "wait": None if row.at_once else step.rung.wait,
        "provisional": is_provisional(step.due_on, days),
        "was_held": row.held,
        "excuses": spoken,
    }


def _keep(row: Found, at: Pass, done: Batch, *, next_on: date | None, held: bool) -> None:
    done.moved.append(
        {
            "id": row.pk,
            "rung": row.rung,
            "counts_from": row.counts_from,
            "next_on": next_on,
            "at_once": row.at_once,
            "held": held,
            "moved": at.stamp,
        }
    )


def _record(kind: str, row: Found, facts: dict[str, Any], at: Pass, done: Batch) -> None:
    draft = journal.Draft(kind, SYSTEM, at.now, at.now, facts=facts, run_id=row.run_id)
    done.entries.setdefault(row.chain_id, []).append(draft)


def _write(done: Batch, at: Pass) -> None:
    """Rungs, places, record, notices: one statement each, the record last but one, as everywhere."""
    if done.climbs:
        store.insert_climbs(done.climbs)
    store.move_items(done.moved)
    for chain in sorted(done.entries):
        journal.append(chain, done.entries[chain])
    if done.telling:
        notices.put_many(done.telling, now=at.now)
