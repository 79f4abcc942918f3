"""Pure rules of a project's card: how long a milestone took."""

from dataclasses import dataclass
from datetime import date

from flows.deadlines.rules import WorkCalendar, working_days_between


@dataclass(frozen=True, slots=True)
class Taken:
    """From which day to which, and how many working days that is."""

    opened: date
    closed: date
    days: int


def taken(opened: date, closed: date, calendar: WorkCalendar) -> Taken:
    """How long it took; opened and closed on one day is none."""
    return Taken(opened, closed, working_days_between(opened, closed, calendar))
