"""Pure rules of what recurs: which periods a plan owes, when each is due, and when people begin to be asked for it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from flows.deadlines.rules import (
    Cadence,
    Every,
    Roll,
    WorkCalendar,
    is_working_day,
    occurrences,
    working_days_between,
)
from hetang_flow.lib.verdicts import YES, Verdict

ONE_DAY = timedelta(days=1)
LEAD_DAYS = 5  # working days before the due day; where the plan file says nothing
LAST_MONTH = {Every.QUARTER: 3, Every.YEAR: 12}
SHORTEST, LONGEST = 10, 4000


@dataclass(frozen=True, slots=True)
class Owed:
    """One period of an obligation. `period` is the time it is about, which for a monthly report is the month before."""

    period: str
    nominal: date
    due_on: date
    opens_on: date
    provisional: bool


def cadence_of(said: Mapping[str, Any], roll: str) -> Cadence:
    """The cadence as the plan file writes it; without a month, the last of the quarter or of the year."""
    every = Every(said["every"])
    month = said.get("month") or LAST_MONTH.get(every, 1)
    return Cadence(every, day=said.get("day") or 31, month=month, roll=Roll(roll))


def owed_in(
    said: Mapping[str, Any], roll: str, first: date, last: date, calendar: WorkCalendar
) -> Iterator[Owed]:
    """Every period that a plan in force from `first` to `last` owes, earliest first.

    What is about the month before is owed for each month of the plan, so December's report is due in January.
    """
    cadence = cadence_of(said, roll)
    before = said.get("covers") == "previous"
    lead = said.get("opens", LEAD_DAYS)
    stretch = timedelta(days=62)
    for found in occurrences(cadence, first - stretch, last + stretch, calendar):
        about = _month_before(found.nominal) if before else found.nominal
        if not first <= about <= last:
            continue
        period = f"{about.year:04}-{about.month:02}" if before else found.period
        opens_on = working_days_before(found.due_on, lead, calendar)
        yield Owed(period, found.nominal, found.due_on, opens_on, found.provisional)


def _month_before(day: date) -> date:
    """The last day of the month before."""
    return day.replace(day=1) - ONE_DAY


def working_days_before(day: date, days: int, calendar: WorkCalendar) -> date:
    """The day so many working days before another."""
    while days > 0:
        day -= ONE_DAY
        days -= is_working_day(day, calendar)
    return day


def to_open(owed: Owed, *, today: date, since: date) -> bool:
    """Whether people are to be asked by now; what was due before the plan was loaded (`since`) is nobody's debt."""
    return owed.opens_on <= today and owed.due_on >= since


def may_write(text: str) -> Verdict:
    """A report says something, and not a book."""
    length = len(text.strip())
    if length < SHORTEST:
        return Verdict("report-too-short", {"least": SHORTEST, "length": length})
    if length > LONGEST:
        return Verdict("report-too-long", {"most": LONGEST, "length": length})
    return YES


def standing(*, due_on: date, delivered_on: date | None, today: date) -> str:
    """How it stands: open, overdue, delivered in time, delivered late. A day is in time to its end."""
    if delivered_on is not None:
        return "late" if delivered_on > due_on else "done"
    return "overdue" if today > due_on else "open"


def days_late(*, due_on: date, delivered_on: date | None, today: date) -> int:
    """How many days late it is or was; 0 in time."""
    return max(0, ((delivered_on or today) - due_on).days)


def working_days_late(*, due_on: date, delivered_on: date | None, today: date, calendar: WorkCalendar) -> int:
    """How many working days late it is or was; at least one as soon as it is late at all."""
    until = delivered_on or today
    return max(1, working_days_between(due_on, until, calendar)) if until > due_on else 0
