"""The working calendar for the notices, a storey below: a message of the day goes out on working days."""

from collections.abc import Callable
from datetime import date

from notifications import registry

from .rules import is_working_day
from .selectors import calendar


def working_days() -> Callable[[date], bool]:
    """The calendar in force as a question (one statement)."""
    in_force = calendar()
    return lambda day: is_working_day(day, in_force)


registry.working_days_from(working_days)
