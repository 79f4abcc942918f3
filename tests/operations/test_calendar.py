"""The working calendar as data: read by version, changed by the system administrator, never overwritten."""

from datetime import date

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from flows.deadlines import selectors
from flows.deadlines.models import CalendarDay, CalendarState, PublishedYear
from flows.deadlines.operations import publish_year, seed_calendar
from flows.deadlines.published import published_days
from flows.deadlines.rules import MarkedDay, due_day
from flows.journal.models import Entry
from hetang_flow.lib import clock
from hetang_flow.lib.errors import Invalid, NotAllowed, NotFound
from permissions.actors import SYSTEM, Actor

pytestmark = pytest.mark.django_db

YEAR_2027 = (
    MarkedDay(date(2027, 1, 1), False, "元旦"),
    MarkedDay(date(2027, 1, 3), True, "元旦"),
    MarkedDay(date(2027, 1, 4), False, "元旦"),
)


def publish_2027(days=YEAR_2027, by=SYSTEM):
    return publish_year(2027, days, source="国办通知", by=by, now=clock.now())


def statements(work):
    with CaptureQueriesContext(
        connection,
    ) as captured:
        work()
    return len(captured)


def test_the_years_delivered_are_those_of_the_package():
    found = CalendarDay.objects.filter(last_version=None).order_by("date")
    expected = [mark for year in range(2020, 2027) for mark in published_days(year)]
    assert [MarkedDay(*row) for row in found.values_list("date", "is_workday", "name")] == expected
    years = PublishedYear.objects.filter(last_version=None).order_by("year")
    assert list(years.values_list("year", flat=True)) == list(range(2020, 2027))


def test_the_stored_calendar_answers_like_the_published_one():
    assert due_day(date(2023, 9, 22), 5, selectors.calendar()).day == date(2023, 10, 7)


def test_a_known_version_costs_no_statement_and_the_version_in_force_costs_one():
    version = selectors.calendar().version
    assert statements(lambda: selectors.calendar(version)) == 0
    assert statements(selectors.calendar) == 1


def test_the_version_rides_on_another_query():
    row = PublishedYear.objects.annotate(calendar_version=selectors.version_query()).first()
    assert row.calendar_version == selectors.calendar_version()


def test_a_published_year_is_no_longer_provisional_and_the_old_version_still_answers_as_it_did():
    old = selectors.calendar()
    before = due_day(date(2026, 12, 31), 1, old)
    state = publish_2027()
    after = due_day(date(2026, 12, 31), 1, selectors.calendar())
    assert (before.day, before.provisional) == (date(2027, 1, 4), True)
    assert (after.day, after.provisional) == (date(2027, 1, 3), False)

    selectors._calendar.cache_clear()
    assert due_day(date(2026, 12, 31), 1, selectors.calendar(old.version)) == before
    assert selectors.calendar().version == state.version > old.version


def test_a_correction_ends_the_old_row_and_keeps_it():
    first = publish_2027().version
    second = publish_2027(YEAR_2027[:1]).version
    rows = CalendarDay.objects.filter(date=date(2027, 1, 3)).values_list("first_version", "last_version")
    assert list(rows) == [(first, second - 1)]
    assert due_day(date(2026, 12, 31), 1, selectors.calendar(first)).day == date(2027, 1, 3)
    assert due_day(date(2026, 12, 31), 1, selectors.calendar(second)).day == date(2027, 1, 4)
    kept = CalendarDay.objects.get(date=date(2027, 1, 1))
    assert (kept.first_version, kept.last_version) == (first, None)


def test_the_same_arrangement_again_changes_nothing():
    version = publish_2027().version
    entries = Entry.objects.count()
    assert publish_2027().version == version
    assert seed_calendar(2020, 2026, by=SYSTEM, now=clock.now()).version == version
    assert Entry.objects.count() == entries


def test_a_change_is_recorded_once_in_the_systems_record():
    publish_2027()
    seed_calendar(2018, 2019, by=SYSTEM, now=clock.now())
    entries = Entry.objects.filter(chain__kind="system").order_by("number")
    assert [entry.facts["years"] for entry in entries] == [[2027], [2018, 2019]]
    assert entries[0].after["days"][1] == {"date": "2027-01-03", "is_workday": True, "name": "元旦"}


def test_an_undone_change_leaves_nothing_behind_in_the_process():
    with pytest.raises(RuntimeError), transaction.atomic():
        publish_2027()
        assert not due_day(date(2026, 12, 31), 1, selectors.calendar()).provisional
        raise RuntimeError
    publish_2027(YEAR_2027[:1])
    assert due_day(date(2026, 12, 31), 1, selectors.calendar()).day == date(2027, 1, 4)


@pytest.mark.parametrize(
    ("days", "code"),
    [
        ((), "calendar-year-empty"),
        ((MarkedDay(date(2028, 1, 1), False, "元旦"),), "calendar-day-outside-year"),
        ((YEAR_2027[0], YEAR_2027[0]), "calendar-day-twice"),
        ((MarkedDay(date(2027, 1, 1), False, " "),), "calendar-day-unnamed"),
    ],
)
def test_an_arrangement_that_cannot_be_is_refused(days, code):
    version = selectors.calendar_version()
    with pytest.raises(Invalid) as refusal:
        publish_2027(days)
    assert refusal.value.code == code
    assert selectors.calendar_version() == version


def test_an_officer_does_not_publish_a_year():
    with pytest.raises(NotAllowed) as refusal:
        publish_2027(by=Actor(7, "演示·经办员"))
    assert refusal.value.code == "not-calendar-keeper"


def test_a_year_the_package_lacks_is_refused_with_all_the_others():
    version = selectors.calendar_version()
    with pytest.raises(Invalid) as refusal:
        seed_calendar(2019, 2099, by=SYSTEM, now=clock.now())
    assert refusal.value.code == "calendar-year-unknown"
    assert selectors.calendar_version() == version


def test_a_version_that_never_was_is_not_found():
    with pytest.raises(NotFound):
        selectors.calendar(selectors.calendar_version() + 1_000_000)


def test_empty_tables_make_everything_provisional_and_nothing_fails():
    for model in (CalendarDay, PublishedYear, CalendarState):
        model.objects.all().delete()
    due = due_day(date(2023, 9, 22), 5, selectors.calendar())
    assert due.provisional
    assert seed_calendar(2023, 2023, by=SYSTEM, now=clock.now()).version > 0
    assert due_day(date(2023, 9, 22), 5, selectors.calendar()).day == date(2023, 10, 7)
