"""Read the working calendar: a statement for its version, one more when a process first meets a version."""

from datetime import date
from functools import lru_cache

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import IntegerField, Q, Subquery
from django.db.models.functions import JSONObject

from flows.deadlines.models import CalendarDay, CalendarState, PublishedYear
from flows.deadlines.rules import MarkedDay, WorkCalendar, work_calendar
from flows.deadlines.statutory import statutory_days
from hetang_flow.lib.errors import NotFound

# A replay of a past quarter meets a handful of versions; each holds a few hundred days.
VERSIONS_KEPT = 16


def calendar_version() -> int:
    """Return the version in force; one statement. 0 while the tables are empty: all is then provisional."""
    return CalendarState.objects.filter(pk=1).values_list("version", flat=True).first() or 0


def version_query() -> Subquery:
    """Return an expression for the version in force (NULL while there is none), for a query made anyway."""
    return Subquery(
        CalendarState.objects.filter(pk=1).values("version")[:1],
        output_field=IntegerField(),
    )


def calendar(version: int | None = None) -> WorkCalendar:
    """Return the calendar of one version, the one in force if none is named.

    One statement to learn the version in force, none when it is named; one more the first time this process
    meets the version. A version number is never used twice, so what is kept is never stale.
    Raises NotFound("calendar-version-unknown") for a number above the version in force.
    """
    return _calendar(calendar_version() if version is None else version)


@lru_cache(maxsize=VERSIONS_KEPT)
def _calendar(version: int) -> WorkCalendar:
    if version == 0:
        return work_calendar((), (), statutory_days)
    in_force = Q(first_version__lte=version) & (Q(last_version=None) | Q(last_version__gte=version))
    days = CalendarDay.objects.filter(in_force).values(
        row=JSONObject(date="date", is_workday="is_workday", name="name")
    )
    years = PublishedYear.objects.filter(in_force).values("year")
    state = (
        CalendarState.objects.filter(pk=1, version__gte=version)
        .annotate(days=ArraySubquery(days), years=ArraySubquery(years))
        .first()
    )
    if state is None:
        raise NotFound("calendar-version-unknown", {"version": version})
    marks = (MarkedDay(date.fromisoformat(row["date"]), row["is_workday"], row["name"]) for row in state.days)
    return work_calendar(marks, state.years, statutory_days, version=version)
