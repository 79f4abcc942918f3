"""The past computed again: what the sweeps of a day had to tell, from the facts as known then; and what another ladder
would have told.

Nothing is read from the rungs that were told on that day: each matter is taken from its beginning and from what was
told and decided before.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any

from django.db.models import Prefetch, Q, QuerySet

from flows.deadlines.selectors import calendar
from hetang_flow.lib.clock import DISTRICT, district_day

from . import excuses, rules
from .climbing import inputs
from .models import Climb, Item, Sweep

ONE_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Rung:
    """A rung of a matter as it was told, or as it is computed."""

    item: str
    order: int
    code: str
    due_on: date
    inputs: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Replay:
    """A day as it is on record and as it is computed; the two are the same, or `differences` says where not."""

    day: date
    told: Sequence[Rung]
    computed: Sequence[Rung]
    differences: Sequence[tuple[str, Rung]] = field(default_factory=tuple)

    def __bool__(self) -> bool:
        return not self.differences


def replay(day: date) -> Replay:
    """Compute what the sweeps of a day had to tell; the statements grow with the sweeps, not with the matters."""
    begins, ends = _bounds(day)
    sweeps = list(Sweep.objects.filter(at__gte=begins, at__lt=ends).order_by("at", "pk"))
    by_hand = Q(opened__gte=begins, opened__lt=ends, source="manual")
    open_then = Item.objects.filter(Q(closed=None) | Q(closed__gte=begins), opened__lt=ends)
    items = _with_climbs(open_then if sweeps else open_then.filter(by_hand))
    told = [
        Rung(str(item.public_id), climb.rung, climb.code, climb.due_on, climb.inputs)
        for item in items
        for climb in item.climbs.all()
        if begins <= climb.told < ends
    ]
    known = _Known({item.project_id for item in items} - {None})
    computed = [rung for item in items for rung in _expected(item, sweeps, day, known)]
    missing = [("not-told", rung) for rung in computed if rung not in told]
    further = [("not-due", rung) for rung in told if rung not in computed]
    return Replay(day, told, computed, (*missing, *further))


def _with_climbs(items: QuerySet[Item]) -> list[Item]:
    climbs = Climb.objects.select_related("weighed").order_by("rung")
    return list(items.select_related("ladder").prefetch_related(Prefetch("climbs", climbs)).order_by("pk"))


def _bounds(day: date) -> tuple[datetime, datetime]:
    begins = datetime.combine(day, time(), DISTRICT)
    return begins, begins + ONE_DAY


class _Known:
    """What spoke for these projects at a moment, read once a moment."""

    def __init__(self, projects: Collection[int]) -> None:
        self.projects = projects
        self._at: dict[datetime, Mapping[int, list[excuses.Reported]]] = {}
        self._days: dict[tuple[date, date], list[datetime]] = {}

    def of(self, item: Item, at: datetime) -> list[excuses.Reported]:
        """What spoke for a matter at a moment."""
        if at not in self._at:
            self._at[at] = excuses.known(self.projects, at)
        return excuses.of(self._at[at], item.project_id, item.run_id)

    def sweeps(self, first: date, before: date) -> list[datetime]:
        """The moments of the sweeps between two days."""
        if (first, before) not in self._days:
            found = Sweep.objects.filter(day__gte=first, day__lt=before).order_by("at")
            self._days[first, before] = list(found.values_list("at", flat=True))
        return self._days[first, before]


def _expected(item: Item, sweeps: Sequence[Sweep], day: date, known: _Known) -> list[Rung]:
    """The rungs of one matter that the day's sweeps had to tell, one a sweep."""
    ladder = item.ladder.rules
    found: list[Rung] = []
    moments = [(sweep.at, sweep.calendar_version) for sweep in sweeps]
    if item.source == "manual" and district_day(item.opened) == day:
        moments = [(item.opened, _calendar_of(item)), *moments]
    for at, version in moments:
        if at < item.opened or (item.closed is not None and item.closed <= at):
            continue
        matter = _stood(item, at, found, day)
        step = rules.next_step(ladder, matter, calendar(version)) if matter else None
        if step is None or matter is None or step.due_on > day or step.rung.order in {r.order for r in found}:
            continue
        spoken = known.of(item, at)
        if rules.is_held(ladder, step.rung, excuses.holding(spoken, item.due_on)):
            continue
        row = _Row(item, matter, _was_held(item, step, day, known))
        said = inputs(row, step, ladder, excuses.spoken(spoken, item.due_on), calendar(version))
        found.append(Rung(str(item.public_id), step.rung.order, step.rung.code, step.due_on, said))
    return found


@dataclass(frozen=True, slots=True)
class _Row:
    """A matter as it stood, in the shape in which the sweep describes it."""

    item: Item
    matter: rules.Matter
    held: bool

    @property
    def rung(self) -> int:
        return self.matter.rung

    @property
    def counts_from(self) -> date:
        return self.matter.counts_from

    @property
    def at_once(self) -> bool:
        return self.matter.at_once

    @property
    def due_on(self) -> date:
        return self.item.due_on

    @property
    def first_due_on(self) -> date | None:
        return self.item.first_due_on

    @property
    def how(self) -> str:
        return self.item.how


def _stood(item: Item, at: datetime, found: Sequence[Rung], day: date) -> rules.Matter | None:
    """Where a matter stood before a moment: from its beginning, through what was told and decided before that day."""
    ladder, opened_on = item.ladder.rules, district_day(item.opened)
    matter: rules.Matter | None = rules.begins(
        item.how, item.began, due_on=item.due_on, today=opened_on, spared=item.spared
    )
    for climb in item.climbs.all():
        if matter is None:
            return None
        told_on = district_day(climb.told)
        if told_on >= day:
            break
        matter = _after(ladder, matter, climb, told_on, at)
    for rung in found:
        matter = rules.climbed(ladder, matter, day) if matter and rung.order == matter.rung + 1 else matter
    return matter


def _after(
    ladder: rules.Ladder, matter: rules.Matter, climb: Climb, told_on: date, at: datetime
) -> rules.Matter | None:
    ahead = rules.climbed(ladder, matter, told_on)
    if ahead is not None or climb.decided is None or climb.decided >= at:
        return ahead
    grave = climb.weighed.gravity == rules.GRAVE
    confirmed = climb.state == Climb.State.CONFIRMED
    on = district_day(climb.decided)
    return rules.decided(matter, climb.rung, confirmed=confirmed, grave=grave, on=on)


def _was_held(item: Item, step: rules.Step, day: date, known: _Known) -> bool:
    """Whether an excuse had let it wait: a sweep looked at it when its wait was over, and an obstacle stood there."""
    ladder = item.ladder.rules
    if step.due_on >= day or not ladder.holds:
        return False
    return any(
        rules.is_held(ladder, step.rung, excuses.holding(known.of(item, at), item.due_on))
        for at in known.sweeps(step.due_on, day)
        if at >= item.opened
    )


def _calendar_of(item: Item) -> int | None:
    """The calendar by which a matter entered by hand was told at once: the one its rung names."""
    first = item.climbs.all()[:1]
    return first[0].inputs["calendar"] if first else None


# --- what another ladder would have done ---


@dataclass(frozen=True, slots=True)
class Otherwise:
    """One matter under its own ladder and under another: the rungs that were told, and those that would have been."""

    item: Item
    told: Sequence[tuple[str, date]]
    would: Sequence[tuple[str, date]]

    @property
    def differs(self) -> bool:
        """Whether anything would have been otherwise."""
        return list(self.told) != list(self.would)


def otherwise(
    ladder: rules.Ladder, first: date, last: date, *, plan_id: int | None = None
) -> list[Otherwise]:
    """What another ladder would have told of everything supervised between two days, had no sweep slept.

    A matter begins on the day it was opened, at the rung its mark enters there; it stays late until it was closed.
    What a person would have decided is not guessed: a way ends where a person has the word.
    """
    begins, ends = _bounds(first)[0], _bounds(last)[1]
    items = Item.objects.filter(Q(closed=None) | Q(closed__gte=begins), opened__lt=ends)
    if plan_id is not None:
        items = items.filter(plan_id=plan_id)
    days = calendar()
    found = []
    for item in _with_climbs(items):
        until = min(last, district_day(item.closed) - ONE_DAY if item.closed else last)
        stands, how = _beginning(ladder, item)
        matter = rules.begins(
            how, stands, due_on=item.due_on, today=district_day(item.opened), spared=item.spared
        )
        way = rules.would_climb(ladder, matter, until, days)
        would = [(told.code, told.told_on) for told in way if told.told_on >= first]
        told = [(climb.code, district_day(climb.told)) for climb in item.climbs.all()]
        found.append(Otherwise(item, [each for each in told if first <= each[1] <= last], would))
    return found


def _beginning(ladder: rules.Ladder, item: Item) -> tuple[int, str]:
    if item.how == rules.BOTTOM:
        return rules.opens_at(ladder, item.source, item.source, carried=None)
    began = min(item.began, max(len(ladder.rungs) - 1, 0))
    return began, item.how
