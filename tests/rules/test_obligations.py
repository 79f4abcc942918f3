"""What recurs: which periods a plan owes, when each is due, when people are asked for it, how it stands."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flows.deadlines.published import delivered_calendar
from flows.deadlines.rules import is_working_day
from flows.obligations import rules

CALENDAR = delivered_calendar()
FIRST, LAST = date(2023, 1, 1), date(2023, 12, 31)


@pytest.fixture(scope="module")
def days():
    return CALENDAR


def owed(days, every, roll="preceding", **said):
    return list(rules.owed_in({"every": every, **said}, roll, FIRST, LAST, days))


def test_the_monthly_report_of_each_month_is_due_on_the_second_of_the_next_decembers_included(days):
    found = owed(days, "monthly", "following", day=2, covers="previous")
    assert [each.period for each in found] == [f"2023-{month:02}" for month in range(1, 13)]
    assert {each.period: each.due_on for each in found} == {
        "2023-01": date(2023, 2, 2),
        "2023-02": date(2023, 3, 2),
        "2023-03": date(2023, 4, 3),  # the 2nd is a Sunday
        "2023-04": date(2023, 5, 4),  # Labour Day
        "2023-05": date(2023, 6, 2),
        "2023-06": date(2023, 7, 3),
        "2023-07": date(2023, 8, 2),
        "2023-08": date(2023, 9, 4),
        "2023-09": date(2023, 10, 7),  # after the National Day, a Saturday that is worked
        "2023-10": date(2023, 11, 2),
        "2023-11": date(2023, 12, 4),
        "2023-12": date(2024, 1, 2),
    }


@pytest.mark.parametrize(
    ("roll", "april"),
    [("following", date(2023, 4, 3)), ("preceding", date(2023, 3, 31)), ("strict", date(2023, 4, 2))],
)
def test_a_second_that_is_no_working_day_moves_as_the_plan_says(days, roll, april):
    found = owed(days, "monthly", roll, day=2, covers="previous")
    assert next(each.due_on for each in found if each.period == "2023-03") == april


def test_half_months_end_on_the_last_working_day_of_each_half(days):
    found = {each.period: each.due_on for each in owed(days, "half_monthly")}
    assert len(found) == 24
    assert found["2023-01-H1"] == date(2023, 1, 13)  # the 15th is a Sunday
    assert found["2023-09-H2"] == date(2023, 9, 28)  # the holiday begins on the 29th
    assert found["2023-12-H2"] == date(2023, 12, 29)


def test_a_quarter_and_a_year_end_with_their_last_month(days):
    assert [each.due_on for each in owed(days, "quarterly")] == [
        date(2023, 3, 31), date(2023, 6, 30), date(2023, 9, 28), date(2023, 12, 29),
    ]  # fmt: skip
    (plan,) = owed(days, "yearly", "following", month=3, day=15)
    assert (plan.period, plan.due_on) == ("2023", date(2023, 3, 15))


@given(
    st.sampled_from(["half_monthly", "monthly", "quarterly", "yearly"]),
    st.sampled_from(["following", "preceding"]),
    st.integers(0, 30),
)
def test_every_period_once_on_a_working_day_and_asked_for_so_many_working_days_before(every, roll, opens):
    days = CALENDAR
    found = owed(days, every, roll, opens=opens)
    assert len({each.period for each in found}) == len(found)
    for each in found:
        assert is_working_day(each.due_on, days)
        between = (each.opens_on + timedelta(days=n) for n in range((each.due_on - each.opens_on).days))
        assert sum(is_working_day(day, days) for day in between) == opens


def test_what_was_due_before_the_plan_was_loaded_is_nobodys_debt(days):
    (plan,) = owed(days, "yearly", "following", month=3, day=15, opens=10)
    asked = {"today": date(2023, 3, 10)}
    assert rules.to_open(plan, **asked, since=date(2023, 3, 1))
    assert not rules.to_open(plan, **asked, since=date(2023, 3, 16))
    assert not rules.to_open(plan, today=date(2023, 2, 1), since=date(2023, 1, 1))


DAY = date(2023, 6, 2)


@pytest.mark.parametrize(
    ("delivered", "today", "state", "late"),
    [
        (None, DAY, "open", 0),
        (None, date(2023, 6, 3), "overdue", 1),
        (DAY, date(2023, 9, 1), "done", 0),
        (date(2023, 6, 5), date(2023, 9, 1), "late", 3),
    ],
)
def test_how_it_stands(delivered, today, state, late):
    told = {"due_on": DAY, "delivered_on": delivered, "today": today}
    assert (rules.standing(**told), rules.days_late(**told)) == (state, late)


def test_a_report_says_something_and_is_no_book():
    assert rules.may_write("本月完成征拆二十亩。")
    assert rules.may_write("好").code == "report-too-short"
    assert rules.may_write("好" * 4001).code == "report-too-long"
