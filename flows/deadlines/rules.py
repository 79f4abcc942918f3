"""Working days: when is it due, and when is it due again. Facts in, answer out.

A year is *published* once the State Council has announced its holidays and make-up working days. In every
other year the answer rests on weekends and statutory days only: never refused, but marked provisional (暂定).
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from calendar import monthrange
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import MAXYEAR, MINYEAR, date, timedelta
from enum import StrEnum
from typing import NamedTuple

from hetang_flow.lib.errors import Invalid
from hetang_flow.lib.verdicts import YES, Verdict
from permissions.actors import Actor

ONE_DAY = timedelta(days=1)
SATURDAY = 5
# Forty years of working days: longer is a typing error, and would build tables for centuries.
LONGEST_LIMIT = 10_000

StatutoryDays = Callable[[int], Mapping[date, str]]


class MarkedDay(NamedTuple):
    """A day the State Council (or the district) spoke about: a named holiday, or a make-up working day."""

    day: date
    is_workday: bool
    name: str


class HolidayRun(NamedTuple):
    """Consecutive days off under one or more holiday names; both ends belong to it."""

    names: tuple[str, ...]
    first: date
    last: date

    @property
    def days(self) -> int:
        """Return how many days the run covers."""
        return (self.last - self.first).days + 1


class Skipped(NamedTuple):
    """What lay between the start and the due day, besides ordinary working days."""

    weekend_days: int
    holidays: tuple[HolidayRun, ...]
    makeup_days: tuple[MarkedDay, ...]


class YearTable(NamedTuple):
    """One year made ready for look-up: its working days in order, its named days off, its make-up days."""

    published: bool
    working: tuple[date, ...]
    days_off: Mapping[date, str]
    makeup: Mapping[date, str]


def no_statutory_days(year: int) -> Mapping[date, str]:
    """Know no statutory day at all: an unpublished year then has weekends only."""
    return {}


@dataclass(frozen=True, eq=False)
class WorkCalendar:
    """The working days of every year from 1 to 9999, tables built on the first question about a year.

    `marks` are the exceptions to Monday-Friday, `published_years` the years whose marks are complete,
    `statutory(year)` the named statutory days off of a year, asked only for unpublished years.
    """

    marks: Mapping[date, MarkedDay]
    published_years: frozenset[int]
    statutory: StatutoryDays = no_statutory_days
    version: int = 0
    _tables: dict[int, YearTable] = field(default_factory=dict, init=False, repr=False)

    def year(self, year: int) -> YearTable:
        """Return the table of one year; Invalid("day-beyond-calendar") outside 1..9999."""
        table = self._tables.get(year)
        if table is None:
            if not MINYEAR <= year <= MAXYEAR:
                raise Invalid("day-beyond-calendar", {"first": MINYEAR, "last": MAXYEAR})
            table = self._tables[year] = self._build(year)
        return table

    def _build(self, year: int) -> YearTable:
        published = year in self.published_years
        days_off = {} if published else dict(self.statutory(year))
        makeup: dict[date, str] = {}
        working = []
        first = date(year, 1, 1).toordinal()
        for ordinal in range(first, date(year, 12, 31).toordinal() + 1):
            day = date.fromordinal(ordinal)
            weekend = day.weekday() >= SATURDAY
            mark = self.marks.get(day)
            if mark is not None and mark.is_workday:
                days_off.pop(day, None)
                working.append(day)
                if weekend:
                    makeup[day] = mark.name
            elif mark is not None:
                days_off[day] = mark.name
            elif not weekend and day not in days_off:
                working.append(day)
        return YearTable(published, tuple(working), days_off, makeup)


def work_calendar(
    marks: Iterable[MarkedDay],
    published_years: Iterable[int],
    statutory: StatutoryDays = no_statutory_days,
    *,
    version: int = 0,
) -> WorkCalendar:
    """Return the calendar made of these marked days, published years and statutory days."""
    return WorkCalendar(
        {mark.day: mark for mark in marks},
        frozenset(published_years),
        statutory,
        version,
    )


@dataclass(frozen=True, slots=True)
class DueDay:
    """When it is due, and what that rests on.

    `provisional` is true when a day that was counted or stepped over lies in an unpublished year.
    """

    day: date
    provisional: bool
    start: date
    limit: int
    calendar: WorkCalendar = field(repr=False, compare=False)

    @property
    def first_counted(self) -> date:
        """Return the first day looked at: the day after the start, or the start itself for a limit of 0."""
        return self.start + ONE_DAY if self.limit else self.start

    @property
    def skipped(self) -> Skipped:
        """Return the weekends and holidays stepped over and the make-up days counted."""
        return passed_over(self.first_counted, self.day, self.calendar)

    @property
    def unpublished_years(self) -> tuple[int, ...]:
        """Return the years that make this day provisional, earliest first."""
        years = range(self.first_counted.year, self.day.year + 1)
        return tuple(year for year in years if not self.calendar.year(year).published)


def due_day(start: date, limit: int, calendar: WorkCalendar) -> DueDay:
    """Return the day on which `limit` working days from `start` are over.

    The starting day is not counted; a limit of 0 is the same day if it is a working day, else the next one.
    Raises Invalid: "limit-negative", "limit-too-long", "day-beyond-calendar".
    """
    if not 0 <= limit <= LONGEST_LIMIT:
        _refuse_limit(limit)
    year = start.year
    table = calendar.year(year)
    working = table.working
    index = bisect_right(working, start) + limit - 1 if limit else bisect_left(working, start)
    if index < len(working):
        return DueDay(working[index], not table.published, start, limit, calendar)
    # The last day of an unpublished year, as a start, is not counted and so makes nothing provisional.
    provisional = not table.published and not (limit and start.month == 12 and start.day == 31)
    while index >= len(table.working):
        index -= len(table.working)
        year += 1
        table = calendar.year(year)
        provisional = provisional or not table.published
    return DueDay(table.working[index], provisional, start, limit, calendar)


def due_days(starts: Iterable[date], limit: int, calendar: WorkCalendar) -> list[DueDay]:
    """Return the due day of each start under one limit, in the order given; raises as `due_day` does."""
    return [due_day(start, limit, calendar) for start in starts]


def _refuse_limit(limit: int) -> None:
    if limit < 0:
        raise Invalid("limit-negative", {"limit": limit})
    raise Invalid("limit-too-long", {"limit": limit, "longest": LONGEST_LIMIT})


def is_working_day(day: date, calendar: WorkCalendar) -> bool:
    """Return whether people are at work on this day."""
    working = calendar.year(day.year).working
    index = bisect_left(working, day)
    return index < len(working) and working[index] == day


def is_provisional(day: date, calendar: WorkCalendar) -> bool:
    """Return whether this day lies in a year that is not published."""
    return not calendar.year(day.year).published


def working_days_between(start: date, end: date, calendar: WorkCalendar) -> int:
    """Return the working days after `start` up to and with `end`; negative when `end` comes first."""
    if end < start:
        return -working_days_between(end, start, calendar)
    count = bisect_right(calendar.year(end.year).working, end)
    count -= bisect_right(calendar.year(start.year).working, start)
    return count + sum(len(calendar.year(year).working) for year in range(start.year, end.year))


def passed_over(first: date, last: date, calendar: WorkCalendar) -> Skipped:
    """Return the weekend days, holidays and make-up days from `first` to `last`, both included."""
    weekend_days = 0
    runs: list[HolidayRun] = []
    makeup: list[MarkedDay] = []
    for ordinal in range(first.toordinal(), last.toordinal() + 1):
        day = date.fromordinal(ordinal)
        table = calendar.year(day.year)
        if day in table.days_off:
            _lengthen(runs, day, table.days_off[day])
        elif day in table.makeup:
            makeup.append(MarkedDay(day, True, table.makeup[day]))
        elif day.weekday() >= SATURDAY:
            weekend_days += 1
    return Skipped(weekend_days, tuple(runs), tuple(makeup))


def _lengthen(runs: list[HolidayRun], day: date, name: str) -> None:
    """Add one day off to the last run if it touches it, else begin another run."""
    if runs and runs[-1].last + ONE_DAY == day:
        names = runs[-1].names if name in runs[-1].names else (*runs[-1].names, name)
        runs[-1] = HolidayRun(names, runs[-1].first, day)
    else:
        runs.append(HolidayRun((name,), day, day))


def may_change_calendar(by: Actor) -> Verdict:
    """Answer whether this actor keeps the calendar: the system administrator does, and the system itself."""
    keeper = by.user_id is None or by.administrator == "system"
    return YES if keeper else Verdict("not-calendar-keeper", {"who": by.name})


def marks_fit_year(marks: Iterable[MarkedDay], year: int) -> Verdict:
    """Answer whether these are the marked days of one year: some, all within it, each once, each named."""
    seen: set[date] = set()
    for mark in marks:
        if mark.day.year != year:
            return Verdict("calendar-day-outside-year", {"day": mark.day.isoformat(), "year": year})
        if mark.day in seen:
            return Verdict("calendar-day-twice", {"day": mark.day.isoformat()})
        if not mark.name.strip():
            return Verdict("calendar-day-unnamed", {"day": mark.day.isoformat()})
        seen.add(mark.day)
    return YES if seen else Verdict("calendar-year-empty", {"year": year})


class Roll(StrEnum):
    """What happens to a date that is no working day."""

    FOLLOWING = "following"
    PRECEDING = "preceding"
    STRICT = "strict"


def roll(day: date, policy: Roll, calendar: WorkCalendar) -> date:
    """Return the day a date is moved to: 顺延 following, 提前 preceding, strict leaves it where it is.

    Raises Invalid("day-beyond-calendar") at either end of time.
    """
    if policy is Roll.STRICT:
        return day
    if policy is Roll.FOLLOWING:
        return due_day(day, 0, calendar).day
    year = day.year
    index = bisect_right(calendar.year(year).working, day) - 1
    while index < 0:
        year -= 1
        index = len(calendar.year(year).working) - 1
    return calendar.year(year).working[index]


class Every(StrEnum):
    """How often something falls due."""

    HALF_MONTH = "half_monthly"
    MONTH = "monthly"
    QUARTER = "quarterly"
    YEAR = "yearly"


@dataclass(frozen=True, slots=True)
class Cadence:
    """When an obligation recurs; what it is lies above this room.

    `day` is the day of the month, 31 meaning its last (also in a shorter month). `month` is the month of the
    quarter (1-3) or of the year (1-12). A half month ends on its 15th and on the month's last day: it reads
    neither `day` nor `month`, and preceding is its usual roll. Raises Invalid("cadence-impossible").
    """

    every: Every
    day: int = 31
    month: int = 1
    roll: Roll = Roll.FOLLOWING

    def __post_init__(self) -> None:
        if not 1 <= self.day <= 31:
            raise Invalid("cadence-impossible", {"field": "day", "value": self.day})
        if not 1 <= self.month <= (3 if self.every is Every.QUARTER else 12):
            raise Invalid("cadence-impossible", {"field": "month", "value": self.month})


class Occurrence(NamedTuple):
    """One time an obligation falls due.

    `period` names the time it falls in (2023-03, 2023-03-H1, 2023-Q1, 2023) and is unique within a cadence;
    `nominal` is the date before rolling; `provisional` says that the rolling looked at an unpublished year.
    """

    period: str
    due_on: date
    provisional: bool
    nominal: date


def occurrences(cadence: Cadence, first: date, last: date, calendar: WorkCalendar) -> list[Occurrence]:
    """Return every occurrence due from `first` to `last`, both included, earliest first.

    The due day decides, not the nominal date: neighbouring stretches neither lose nor share an occurrence.
    """
    years = range(max(MINYEAR, first.year - 1), min(MAXYEAR, last.year + 1) + 1)
    found = (
        _occurrence(period, nominal, cadence.roll, calendar)
        for year in years
        for period, nominal in _nominal_dates(cadence, year)
    )
    return [occurrence for occurrence in found if first <= occurrence.due_on <= last]


def _occurrence(period: str, nominal: date, policy: Roll, calendar: WorkCalendar) -> Occurrence:
    due_on = roll(nominal, policy, calendar)
    looked_up = policy is not Roll.STRICT
    provisional = looked_up and (is_provisional(nominal, calendar) or is_provisional(due_on, calendar))
    return Occurrence(period, due_on, provisional, nominal)


def _nominal_dates(cadence: Cadence, year: int) -> list[tuple[str, date]]:
    """Return the (period, date) pairs of one year before rolling, in order."""
    match cadence.every:
        case Every.HALF_MONTH:
            ends = ((month, half, day) for month in range(1, 13) for half, day in ((1, 15), (2, 31)))
            return [
                (f"{year:04}-{month:02}-H{half}", _in_month(year, month, day)) for month, half, day in ends
            ]
        case Every.MONTH:
            return [(f"{year:04}-{month:02}", _in_month(year, month, cadence.day)) for month in range(1, 13)]
        case Every.QUARTER:
            months = ((quarter, 3 * quarter - 3 + cadence.month) for quarter in range(1, 5))
            return [
                (f"{year:04}-Q{quarter}", _in_month(year, month, cadence.day)) for quarter, month in months
            ]
        case Every.YEAR:
            return [(f"{year:04}", _in_month(year, cadence.month, cadence.day))]


def _in_month(year: int, month: int, day: int) -> date:
    """Return that day of the month, or the month's last where it is shorter."""
    return date(year, month, min(day, monthrange(year, month)[1]))
