"""When an obligation falls due again."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flows.deadlines.published import delivered_calendar
from flows.deadlines.rules import Cadence, Every, Roll, is_working_day, occurrences, roll
from hetang_flow.lib.errors import Invalid

CALENDAR = delivered_calendar()
FIRST, LAST = date(2023, 1, 1), date(2023, 12, 31)

cadences = st.builds(
    Cadence, st.sampled_from(Every), st.integers(1, 31), st.integers(1, 3), st.sampled_from(Roll)
)

# Reports due on the 2nd of each month of 2023 (the notice's month report).
SECONDS = {
    Roll.FOLLOWING: "01-03 02-02 03-02 04-03 05-04 06-02 07-03 08-02 09-04 10-07 11-02 12-04",
    Roll.STRICT: "01-02 02-02 03-02 04-02 05-02 06-02 07-02 08-02 09-02 10-02 11-02 12-02",
}
# 2 January rolls back into 2022: of 2023's own days, 2 January 2024 (a Tuesday) is not one.
BACKWARDS = "02-02 03-02 03-31 04-28 06-02 06-30 08-02 09-01 09-28 11-02 12-01"


@pytest.mark.parametrize(("policy", "days"), [*SECONDS.items(), (Roll.PRECEDING, BACKWARDS)])
def test_reports_due_on_the_second_of_each_month_of_2023(policy, days):
    found = occurrences(Cadence(Every.MONTH, day=2, roll=policy), FIRST, LAST, CALENDAR)
    assert " ".join(f"{occurrence.due_on:%m-%d}" for occurrence in found) == days
    assert not any(occurrence.provisional for occurrence in found)


def test_a_report_rolled_back_over_the_new_year_belongs_to_its_own_month():
    cadence = Cadence(Every.MONTH, day=2, roll=Roll.PRECEDING)
    (found,) = occurrences(cadence, date(2022, 12, 25), date(2023, 1, 20), CALENDAR)
    assert (found.period, found.due_on, found.nominal) == ("2023-01", date(2022, 12, 30), date(2023, 1, 2))


def test_half_months_end_on_their_last_working_day():
    found = occurrences(Cadence(Every.HALF_MONTH, roll=Roll.PRECEDING), FIRST, LAST, CALENDAR)
    assert len(found) == 24
    september_october = [(o.period, o.due_on) for o in found if o.nominal.month in (9, 10)]
    assert september_october == [
        ("2023-09-H1", date(2023, 9, 15)),
        ("2023-09-H2", date(2023, 9, 28)),
        ("2023-10-H1", date(2023, 10, 13)),
        ("2023-10-H2", date(2023, 10, 31)),
    ]


def test_quarters_and_years():
    quarters = occurrences(Cadence(Every.QUARTER, month=3, roll=Roll.PRECEDING), FIRST, LAST, CALENDAR)
    assert [(o.period, f"{o.due_on:%m-%d}") for o in quarters] == [
        ("2023-Q1", "03-31"),
        ("2023-Q2", "06-30"),
        ("2023-Q3", "09-28"),
        ("2023-Q4", "12-29"),
    ]
    plan = occurrences(Cadence(Every.YEAR, month=3, day=15), FIRST, LAST, CALENDAR)
    assert [(o.period, o.due_on) for o in plan] == [("2023", date(2023, 3, 15))]


def test_the_31st_is_the_last_day_of_a_shorter_month():
    found = occurrences(
        Cadence(Every.MONTH, day=31, roll=Roll.STRICT), date(2024, 2, 1), date(2024, 4, 30), CALENDAR
    )
    assert [o.due_on.day for o in found] == [29, 31, 30]


def test_an_unpublished_year_makes_an_occurrence_provisional_unless_nothing_is_looked_up():
    span = date(2027, 1, 1), date(2027, 3, 31)
    rolled = occurrences(Cadence(Every.MONTH, day=2), *span, CALENDAR)
    strict = occurrences(Cadence(Every.MONTH, day=2, roll=Roll.STRICT), *span, CALENDAR)
    assert [o.provisional for o in rolled] == [True] * 3
    assert [o.provisional for o in strict] == [False] * 3


@given(cadences, st.lists(st.dates(date(2022, 6, 1), date(2028, 6, 1)), min_size=3, max_size=3).map(sorted))
def test_neighbouring_stretches_lose_nothing_and_share_nothing(cadence, cuts):
    first, middle, last = cuts
    left = occurrences(cadence, first, middle, CALENDAR)
    right = occurrences(cadence, middle + timedelta(days=1), last, CALENDAR)
    whole = occurrences(cadence, first, last, CALENDAR)
    assert left + right == whole
    assert len({occurrence.period for occurrence in whole}) == len(whole)


@given(st.dates(date(2019, 1, 1), date(2029, 1, 1)))
def test_rolling_lands_on_the_nearest_working_day_of_its_side(day):
    back, forth = roll(day, Roll.PRECEDING, CALENDAR), roll(day, Roll.FOLLOWING, CALENDAR)
    assert back <= day <= forth
    assert roll(day, Roll.STRICT, CALENDAR) == day
    assert is_working_day(back, CALENDAR) and is_working_day(forth, CALENDAR)
    between = (back + timedelta(days=n) for n in range(1, (forth - back).days))
    assert not any(is_working_day(other, CALENDAR) for other in between)


@pytest.mark.parametrize(
    ("every", "day", "month", "field"),
    [
        (Every.MONTH, 0, 1, "day"),
        (Every.MONTH, 32, 1, "day"),
        (Every.QUARTER, 1, 4, "month"),
        (Every.YEAR, 1, 13, "month"),
    ],
)
def test_an_impossible_cadence_is_refused(every, day, month, field):
    with pytest.raises(Invalid) as refusal:
        Cadence(every, day, month)
    assert (refusal.value.code, refusal.value.facts["field"]) == ("cadence-impossible", field)
