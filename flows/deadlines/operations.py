"""Change the working calendar: one lock, one version further, one entry in the system's record."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime

from django.db import connection, transaction
from procrastinate.contrib.django import app

from flows.deadlines.models import CalendarDay, CalendarState, PublishedYear
from flows.deadlines.published import SOURCE, published_days
from flows.deadlines.rules import MarkedDay, marks_fit_year, may_change_calendar
from flows.journal import operations as journal
from hetang_flow.lib.errors import Invalid
from permissions.actors import Actor

REDATE_JOB = "flows.deadlines.tasks.redate"


@transaction.atomic
def publish_year(
    year: int, days: Iterable[MarkedDay], *, source: str, by: Actor, now: datetime
) -> CalendarState:
    """Put one year's published arrangement in force; `days` are all its exceptions to Monday-Friday.

    What was in force before stays readable under its version. The same arrangement again changes nothing.
    Raises NotAllowed("not-calendar-keeper"), Invalid: "calendar-year-empty", "calendar-day-outside-year",
    "calendar-day-twice", "calendar-day-unnamed".
    """
    return _put_in_force({year: tuple(days)}, source=source, by=by, now=now)


@transaction.atomic
def seed_calendar(first_year: int, last_year: int, *, by: Actor, now: datetime) -> CalendarState:
    """Put the years in force that the package `chinesecalendar` carries; all of them or none, in one version.

    Raises NotAllowed("not-calendar-keeper"), Invalid("calendar-year-unknown") for a year the package lacks.
    """
    arrangement = {year: published_days(year) for year in range(first_year, last_year + 1)}
    unknown = [str(year) for year, days in arrangement.items() if not days]
    if unknown:
        raise Invalid("calendar-year-unknown", {"years": "、".join(unknown), "source": SOURCE})
    return _put_in_force(arrangement, source=SOURCE, by=by, now=now)


def _put_in_force(
    arrangement: Mapping[int, tuple[MarkedDay, ...]],
    *,
    source: str,
    by: Actor,
    now: datetime,
) -> CalendarState:
    """Lock, judge, compare, write the difference as the next version, record it."""
    state, _ = CalendarState.objects.select_for_update(no_key=True).get_or_create(pk=1)
    may_change_calendar(by).or_raise()
    for year, days in arrangement.items():
        marks_fit_year(days, year).or_raise(Invalid)
    changed = {year: days for year, days in arrangement.items() if _differs(year, days)}
    if not changed:
        return state
    version = _next_version()
    for year, days in changed.items():
        _replace_year(year, days, source=source, version=version)
    before, state.version = state.version, version
    state.save(update_fields=["version"])
    app.configure_task(REDATE_JOB).defer(before=before)
    journal.record(
        "calendar.years_published",
        chain_id=journal.system_chain(),
        by=by,
        happened=now,
        now=now,
        facts={"years": sorted(changed), "source": source},
        before={"version": before},
        after={"version": state.version, "days": _as_facts(changed)},
    )
    return state


def _next_version() -> int:
    """Return a number above every version so far; one taken by an undone transaction is not given again."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval('deadlines_calendar_version')")
        version: int = cursor.fetchone()[0]
    return version


def _in_force(year: int) -> tuple[MarkedDay, ...]:
    rows = CalendarDay.objects.filter(date__year=year, last_version=None).order_by("date")
    return tuple(MarkedDay(*row) for row in rows.values_list("date", "is_workday", "name"))


def _differs(year: int, days: tuple[MarkedDay, ...]) -> bool:
    published = PublishedYear.objects.filter(year=year, last_version=None).exists()
    return not published or _in_force(year) != tuple(sorted(days))


def _replace_year(year: int, days: tuple[MarkedDay, ...], *, source: str, version: int) -> None:
    """Begin this year's rows with `version`, end just before it what they replace; equal days stay."""
    old = {mark.day: mark for mark in _in_force(year)}
    new = {mark.day: mark for mark in days}
    gone: list[date] = [day for day, mark in old.items() if new.get(day) != mark]
    CalendarDay.objects.filter(date__in=gone, last_version=None).update(last_version=version - 1)
    PublishedYear.objects.filter(year=year, last_version=None).update(last_version=version - 1)
    CalendarDay.objects.bulk_create(
        CalendarDay(
            date=mark.day,
            is_workday=mark.is_workday,
            name=mark.name,
            source=source,
            first_version=version,
        )
        for mark in sorted(days)
        if old.get(mark.day) != mark
    )
    PublishedYear.objects.create(year=year, source=source, first_version=version)


def _as_facts(changed: Mapping[int, tuple[MarkedDay, ...]]) -> list[dict[str, object]]:
    marks = sorted(mark for days in changed.values() for mark in days)
    return [{"date": mark.day, "is_workday": mark.is_workday, "name": mark.name} for mark in marks]
