"""The wall clock. Only views, commands and jobs read it; everything below takes `now` as an argument."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

DISTRICT = ZoneInfo("Asia/Shanghai")


def now() -> datetime:
    """Return this instant, in UTC."""
    return datetime.now(UTC)


def district_day(moment: datetime) -> date:
    """Return the calendar day in the district on which `moment` falls."""
    return moment.astimezone(DISTRICT).date()
