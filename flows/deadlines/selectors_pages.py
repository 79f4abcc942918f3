"""The working calendar as a page: twelve months, the marked days, whether the year is published."""

from calendar import Calendar
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from flows.deadlines.models import CalendarDay, PublishedYear
from flows.deadlines.rules import MarkedDay, WorkCalendar, is_working_day
from flows.deadlines.selectors import calendar
from hetang_flow.lib.clock import district_day

FIRST, LAST = 2000, 2100


@dataclass(frozen=True, slots=True)
class DayCell:
    """A day of the month: worked or not, and why where it is not as on any week."""

    day: date
    state: str  # work, rest, off, makeup
    name: str = ""


@dataclass(frozen=True, slots=True)
class Month:
    """A month by weeks, Monday first; None where a week begins before it or ends after it."""

    number: int
    weeks: Sequence[Sequence[DayCell | None]]


@dataclass(frozen=True, slots=True)
class YearPage:
    """A year, its arrangement in force, and whether the next year is missing."""

    year: int
    published: PublishedYear | None
    marks: tuple[MarkedDay, ...]
    months: Sequence[Month]
    working_days: int
    version: int
    today: date

    @property
    def before(self) -> int | None:
        """The year before, if it may be shown."""
        return self.year - 1 if self.year > FIRST else None

    @property
    def after(self) -> int | None:
        """The year after, if it may be shown."""
        return self.year + 1 if self.year < LAST else None


def year_page(year: int, at: datetime) -> YearPage:
    """A year of the calendar in force (three statements, one more for a new version)."""
    days = calendar()
    published = PublishedYear.objects.filter(year=year, last_version=None).first()
    rows = CalendarDay.objects.filter(date__year=year, last_version=None).order_by("date")
    marks = tuple(MarkedDay(*row) for row in rows.values_list("date", "is_workday", "name"))
    months = [Month(number, _weeks(year, number, days)) for number in range(1, 13)]
    table = days.year(year)
    return YearPage(year, published, marks, months, len(table.working), days.version, district_day(at))


def _weeks(year: int, month: int, days: WorkCalendar) -> list[list[DayCell | None]]:
    table = days.year(year)

    def cell(day: date) -> DayCell | None:
        if day.month != month:
            return None
        if day in table.makeup:
            return DayCell(day, "makeup", table.makeup[day])
        if day in table.days_off:
            return DayCell(day, "off", table.days_off[day])
        return DayCell(day, "work" if is_working_day(day, days) else "rest")

    return [[cell(day) for day in week] for week in Calendar().monthdatescalendar(year, month)]


def missing_year(today: date) -> int | None:
    """From 1 December the next year as long as nobody has published it; else nothing (one statement in December)."""
    if today.month != 12:
        return None
    there = PublishedYear.objects.filter(year=today.year + 1, last_version=None).exists()
    return None if there else today.year + 1
