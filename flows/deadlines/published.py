"""What the State Council has published, as the package `chinesecalendar` carries it; pure."""

from importlib.metadata import version

from chinese_calendar import constants

from flows.deadlines.rules import SATURDAY, MarkedDay

SOURCE = f"chinesecalendar {version('chinesecalendar')}"
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


def _full_name(name: str) -> str:
    chinese: str = constants.Holiday(name).chinese
    return FULL_NAMES.get(chinese, chinese)
