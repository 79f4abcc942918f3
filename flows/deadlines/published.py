"""What the State Council has published, as the package `chinesecalendar` carries it; pure."""

from importlib.metadata import version

from chinese_calendar import constants

from flows.deadlines.rules import SATURDAY, MarkedDay, WorkCalendar, work_calendar
from flows.deadlines.statutory import statutory_days

SOURCE = f"chinesecalendar {version('chinesecalendar')}"
# The system begins with 2020; the package goes back to 2004.
FIRST_YEAR_DELIVERED = 2020
FIRST_YEAR = min(constants.holidays).year
LAST_YEAR = max(constants.holidays).year
# The State Council's notices say 清明节, 端午节, 中秋节; the package is short with some of them.
FULL_NAMES = {"清明": "清明节", "端午": "端午节", "中秋": "中秋节", "国庆": "国庆节"}


def published_days(year: int) -> tuple[MarkedDay, ...]:
    """Return the marked days of one year in order: every holiday, and every weekend day worked instead.

    Empty when the package does not know the year.
    """
    days_off = [
        MarkedDay(day, False, _full_name(name))
        for day, name in constants.holidays.items()
        if day.year == year
    ]
    makeup = [
        MarkedDay(day, True, _full_name(name))
        for day, name in constants.workdays.items()
        if day.year == year and day.weekday() >= SATURDAY
    ]
    return tuple(sorted(days_off + makeup))


def delivered_calendar() -> WorkCalendar:
    """Return the calendar of the package alone, 2020 to its last year: what a new database begins with."""
    years = range(FIRST_YEAR_DELIVERED, LAST_YEAR + 1)
    marks = (mark for year in years for mark in published_days(year))
    return work_calendar(marks, years, statutory_days)


def _full_name(name: str) -> str:
    chinese: str = constants.Holiday(name).chinese
    return FULL_NAMES.get(chinese, chinese)
