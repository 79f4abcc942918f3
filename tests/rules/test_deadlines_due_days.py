"""When a limit of working days is over."""

from datetime import date, timedelta

import holidays
import pytest
from hypothesis import given
from hypothesis import strategies as st

from flows.deadlines import rules
from flows.deadlines.published import FIRST_YEAR, LAST_YEAR, delivered_calendar
from flows.deadlines.rules import HolidayRun, MarkedDay, due_day, due_days, working_days_between
from flows.deadlines.statutory import statutory_days
from hetang_flow.lib.errors import Invalid
from permissions.actors import SYSTEM, Actor

PUBLISHED = range(2020, 2027)
CALENDAR = delivered_calendar()
DAY = timedelta(days=1)

days = st.dates(date(2018, 1, 1), date(2030, 12, 31))
limits = st.integers(0, 400)

# As the State Council published them.
MAKEUP_DAYS = """
    2023-01-28 2023-01-29 2023-04-23 2023-05-06 2023-06-25 2023-10-07 2023-10-08
    2024-02-04 2024-02-18 2024-04-07 2024-04-28 2024-05-11 2024-09-14 2024-09-29 2024-10-12
    2025-01-26 2025-02-08 2025-04-27 2025-09-28 2025-10-11
    2026-01-04 2026-02-14 2026-02-28 2026-05-09 2026-09-20 2026-10-10
""".split()

# (starting day, limit, due day): each crosses a holiday, a make-up day or both.
TABLE = [
    ("2023-01-20", 1, "2023-01-28"),  # Spring Festival 21-27; Saturday and Sunday after it are worked
    ("2023-01-20", 3, "2023-01-30"),
    ("2023-04-04", 1, "2023-04-06"),  # Qingming, a single Wednesday
    ("2023-04-21", 1, "2023-04-23"),  # a Sunday that is worked
    ("2023-04-28", 3, "2023-05-06"),  # Labour Day to the 3rd, Saturday the 6th worked
    ("2023-06-21", 1, "2023-06-25"),
    ("2023-09-22", 5, "2023-10-07"),
    ("2023-09-28", 2, "2023-10-08"),
    ("2023-12-29", 1, "2024-01-02"),
    ("2024-02-02", 1, "2024-02-04"),
    ("2024-02-09", 1, "2024-02-18"),
    ("2024-04-03", 1, "2024-04-07"),
    ("2024-04-26", 1, "2024-04-28"),
    ("2024-04-30", 2, "2024-05-07"),
    ("2024-05-10", 1, "2024-05-11"),
    ("2024-09-13", 1, "2024-09-14"),
    ("2024-09-14", 1, "2024-09-18"),
    ("2024-09-27", 1, "2024-09-29"),
    ("2024-09-30", 5, "2024-10-12"),
    ("2025-01-24", 1, "2025-01-26"),
    ("2025-01-27", 4, "2025-02-08"),
    ("2025-04-25", 1, "2025-04-27"),
    ("2025-04-30", 1, "2025-05-06"),
    ("2025-09-26", 1, "2025-09-28"),
    ("2025-09-30", 3, "2025-10-11"),
    ("2025-12-31", 1, "2026-01-04"),  # the first working day of 2026 is a Sunday
    ("2026-02-13", 1, "2026-02-14"),
    ("2026-02-14", 1, "2026-02-24"),
    ("2026-02-27", 1, "2026-02-28"),
    ("2026-05-08", 1, "2026-05-09"),
    ("2026-09-18", 1, "2026-09-20"),
    ("2026-09-30", 3, "2026-10-10"),
    # a limit of 0
    ("2023-09-22", 0, "2023-09-22"),
    ("2023-10-01", 0, "2023-10-07"),
    ("2023-10-07", 0, "2023-10-07"),
    ("2023-09-23", 0, "2023-09-25"),
]


def at(text: str) -> date:
    return date.fromisoformat(text)


@pytest.mark.parametrize(("start", "limit", "due"), TABLE)
def test_a_limit_across_holidays_and_make_up_days(start, limit, due):
    found = due_day(at(start), limit, CALENDAR)
    assert (found.day.isoformat(), found.provisional) == (due, False)


@pytest.mark.parametrize("makeup", MAKEUP_DAYS)
def test_a_make_up_day_counts_and_is_named(makeup):
    day = at(makeup)
    found = due_day(day - DAY, 1, CALENDAR)
    assert day.weekday() >= rules.SATURDAY
    assert found.day == day
    assert [mark.day for mark in found.skipped.makeup_days] == [day]


def test_no_other_weekend_of_2023_to_2026_is_worked():
    span = (date(2023, 1, 1) + DAY * n for n in range((date(2027, 1, 1) - date(2023, 1, 1)).days))
    worked = [day.isoformat() for day in span if day.weekday() >= 5 and rules.is_working_day(day, CALENDAR)]
    assert worked == MAKEUP_DAYS


@pytest.mark.parametrize(("year", "count"), [(2023, 249), (2024, 251), (2025, 248), (2026, 248)])
def test_working_days_of_a_year(year, count):
    assert working_days_between(date(year - 1, 12, 31), date(year, 12, 31), CALENDAR) == count


def test_every_day_of_2023_to_2026_agrees_with_the_package_holidays():
    china = holidays.country_holidays("CN", years=range(2023, 2027))
    span = (date(2023, 1, 1) + DAY * n for n in range((date(2027, 1, 1) - date(2023, 1, 1)).days))
    assert [day for day in span if rules.is_working_day(day, CALENDAR) != china.is_working_day(day)] == []


def test_what_was_skipped_is_accounted_for():
    skipped = due_day(date(2023, 9, 22), 5, CALENDAR).skipped
    assert skipped.weekend_days == 2
    assert skipped.holidays == (HolidayRun(("中秋节", "国庆节"), date(2023, 9, 29), date(2023, 10, 6)),)
    assert skipped.makeup_days == (MarkedDay(date(2023, 10, 7), True, "国庆节"),)


@given(days, limits)
def test_every_day_walked_is_worked_or_accounted_for(start, limit):
    due = due_day(start, limit, CALENDAR)
    skipped = due.skipped
    walked = (due.day - due.first_counted).days + 1
    assert walked == max(limit, 1) + skipped.weekend_days + sum(run.days for run in skipped.holidays)


@given(days, days, limits)
def test_who_starts_later_is_never_due_earlier(one, other, limit):
    earlier, later = sorted((one, other))
    assert due_day(earlier, limit, CALENDAR).day <= due_day(later, limit, CALENDAR).day


@given(days, limits)
def test_one_more_day_of_limit_is_later_except_from_a_day_off(start, limit):
    shorter, longer = due_day(start, limit, CALENDAR).day, due_day(start, limit + 1, CALENDAR).day
    if limit == 0 and not rules.is_working_day(start, CALENDAR):
        assert shorter == longer
    else:
        assert shorter < longer


@given(days, limits.filter(bool))
def test_counting_back_gives_the_limit(start, limit):
    due = due_day(start, limit, CALENDAR)
    assert rules.is_working_day(due.day, CALENDAR)
    assert working_days_between(start, due.day, CALENDAR) == limit
    assert working_days_between(due.day, start, CALENDAR) == -limit


@given(days, days, days)
def test_working_days_add_up(one, two, three):
    def between(a, b):
        return working_days_between(a, b, CALENDAR)

    assert between(one, two) + between(two, three) == between(one, three)


@given(days, limits)
def test_provisional_if_and_only_if_a_day_walked_is_unpublished(start, limit):
    due = due_day(start, limit, CALENDAR)
    years = {(due.first_counted + DAY * n).year for n in range((due.day - due.first_counted).days + 1)}
    assert due.provisional == bool(years - set(PUBLISHED)) == bool(due.unpublished_years)


@given(st.lists(days), limits)
def test_many_at_once_are_the_same_as_one_by_one(starts, limit):
    assert due_days(starts, limit, CALENDAR) == [due_day(start, limit, CALENDAR) for start in starts]


@pytest.mark.parametrize(
    ("start", "limit", "due"),
    [
        ("2026-12-01", 30, "2027-01-13"),  # New Year's Day 2027 is a Friday
        ("2026-12-31", 1, "2027-01-04"),
        ("2027-02-04", 1, "2027-02-11"),  # statutory Spring Festival 5-8, the 9th and 10th in lieu
        ("2027-04-30", 1, "2027-05-05"),
        ("2100-12-31", 1, "2101-01-03"),
        ("2019-09-30", 1, "2019-10-04"),
    ],
)
def test_beyond_the_published_years_a_day_is_provisional_and_never_an_exception(start, limit, due):
    found = due_day(at(start), limit, CALENDAR)
    assert (found.day.isoformat(), found.provisional) == (due, True)


def test_a_start_on_the_last_day_of_an_unpublished_year_makes_nothing_provisional():
    assert not due_day(date(2019, 12, 31), 1, CALENDAR).provisional
    assert due_day(date(2019, 12, 31), 0, CALENDAR).provisional


@given(st.dates(), st.integers(0, 30))
def test_any_day_at_all_has_an_answer_or_lies_beyond_the_calendar(start, limit):
    try:
        assert due_day(start, limit, CALENDAR).day >= start
    except Invalid as refusal:
        assert refusal.code == "day-beyond-calendar" and start.year == 9999


@pytest.mark.parametrize(
    ("limit", "code"), [(-1, "limit-negative"), (10_001, "limit-too-long"), (10**12, "limit-too-long")]
)
def test_an_impossible_limit_is_refused(limit, code):
    with pytest.raises(Invalid) as refusal:
        due_day(date(2023, 1, 1), limit, CALENDAR)
    assert refusal.value.code == code


def test_a_day_of_the_districts_own_in_an_unpublished_year_is_heeded_and_stays_provisional():
    mark = MarkedDay(date(2027, 3, 15), False, "区级活动")
    calendar = rules.work_calendar([mark], [], statutory_days)
    due = due_day(date(2027, 3, 12), 1, calendar)
    assert (due.day, due.provisional) == (date(2027, 3, 16), True)
    assert [run.names for run in due.skipped.holidays] == [("区级活动",)]


def test_the_package_knows_the_years_delivered():
    assert FIRST_YEAR <= PUBLISHED[0] and LAST_YEAR >= PUBLISHED[-1]


def test_the_system_and_the_system_administrator_keep_the_calendar_and_nobody_else():
    assert rules.may_change_calendar(SYSTEM)
    assert rules.may_change_calendar(Actor(1, "演示·系统管理员", administrator="system"))
    assert rules.may_change_calendar(Actor(2, "演示·经办员")).code == "not-calendar-keeper"
    assert (
        rules.may_change_calendar(Actor(3, "演示·审计员", administrator="audit")).code
        == "not-calendar-keeper"
    )
