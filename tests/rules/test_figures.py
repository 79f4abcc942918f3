"""Months of a project: which are open, what of a year's plan should be done, what has to be explained."""

from datetime import date, timedelta
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from flows.figures import rules
from flows.figures.rules import Month, Subject

MAY = date(2023, 5, 1)
BUILDING = Subject("building", total=Decimal(100000), before=Decimal(20000), planned=Decimal(40000))
days = st.dates(date(2023, 1, 1), date(2023, 12, 31))


def month(number: int, invested: int, progress: int = 50, **more) -> Month:
    return Month(date(2023, number, 1), Decimal(invested), Decimal(progress), **more)


def codes(typed: Month, others=(), subject: Subject = BUILDING) -> list[str]:
    return [doubt.code for doubt in rules.doubts(typed, others, subject)]


def test_a_month_opens_on_its_25th_and_stays_open():
    year = date(2023, 1, 1), date(2023, 12, 31)
    assert rules.months_open(*year, date(2023, 5, 24))[-1] == date(2023, 4, 1)
    assert rules.months_open(*year, date(2023, 5, 25))[-1] == MAY
    assert rules.months_open(*year, date(2026, 1, 1))[-1] == date(2023, 12, 1)
    assert rules.months_open(date(2023, 2, 14), year[1], date(2023, 5, 1)) == [
        date(2023, 2, 1), date(2023, 3, 1), date(2023, 4, 1)
    ]  # fmt: skip
    assert rules.months_open(*year, date(2022, 12, 31)) == []


def test_a_month_is_of_its_last_day_and_a_running_one_of_today():
    assert rules.happened_on(MAY, date(2023, 5, 26)) == date(2023, 5, 26)
    assert rules.happened_on(MAY, date(2023, 7, 9)) == date(2023, 5, 31)


def test_half_of_the_year_is_half_of_the_plan():
    assert rules.year_share(date(2023, 6, 30), 2023) == Decimal("0.5")
    assert rules.year_share(date(2023, 3, 31), 2023) == Decimal("0.25")
    assert rules.year_share(date(2022, 12, 31), 2023) == 0


def test_only_the_months_in_which_it_builds_count():
    begins, ends = date(2023, 7, 1), date(2023, 10, 31)
    assert rules.year_share(date(2023, 6, 30), 2023, begins, ends) == 0
    assert rules.year_share(date(2023, 8, 31), 2023, begins, ends) == Decimal("0.5")
    assert rules.year_share(date(2023, 10, 31), 2023, begins, ends) == 1
    assert rules.year_share(date(2023, 12, 31), 2023, begins, ends) == 1
    assert rules.year_share(date(2023, 6, 30), 2023, date(2021, 1, 1), date(2026, 10, 1)) == Decimal("0.5")


@given(days, days, days)
def test_the_time_never_runs_backwards_and_ends_at_the_whole(day, one, other):
    begins, ends = min(one, other), max(one, other)
    today = rules.year_share(day, 2023, begins, ends)
    tomorrow = rules.year_share(day + timedelta(days=1), 2023, begins, ends)
    assert 0 <= today <= tomorrow <= 1
    assert rules.year_share(date(2023, 12, 31), 2023, begins, ends) == 1


def test_a_sound_month_has_nothing_to_explain():
    assert codes(month(5, 9000), [month(4, 8000)]) == []


def test_what_falls_has_to_be_explained():
    assert codes(month(5, 7000, 40), [month(4, 8000, 50)]) == ["invested-falls", "progress-falls"]


def test_a_new_year_begins_at_nothing():
    january = Month(date(2024, 1, 1), Decimal(100), Decimal(60))
    assert codes(january, [month(12, 40000, 55)]) == []


def test_a_correction_is_held_against_the_months_after_it():
    assert codes(month(4, 9500, 60), [month(5, 9000, 50)]) == ["invested-above-later", "progress-above-later"]


def test_two_months_without_investment_under_construction():
    still = [month(3, 8000), month(4, 8000)]
    assert codes(month(5, 8000), still) == ["two-months-still"]
    assert codes(month(5, 8000), [month(3, 7000), month(4, 8000)]) == []
    assert codes(month(5, 8000), [month(2, 8000), month(4, 8000)]) == [], (
        "March is not known, so nothing is said"
    )
    waiting = Subject("fulfilled", BUILDING.total, BUILDING.before, BUILDING.planned)
    assert codes(month(5, 8000), still, waiting) == []


def test_held_against_the_project_itself():
    assert codes(month(5, 60001)) == ["well-over-plan"]
    assert codes(month(5, 80001)) == ["more-than-total", "well-over-plan"]
    assert codes(month(5, 9000, 100)) == ["done-not-completed"]
    done = Subject("completed", BUILDING.total, BUILDING.before, BUILDING.planned, obstacles=2)
    assert codes(month(5, 9000, 100), subject=done) == ["completed-with-obstacles"]


@given(st.lists(st.integers(0, 40000), min_size=1, max_size=6), st.integers(0, 40000))
def test_one_that_only_rises_never_falls_and_one_that_falls_is_always_seen(values, last):
    others = [month(number, value) for number, value in enumerate(sorted(values), 1)]
    found = codes(month(7, last), others)
    assert ("invested-falls" in found) == (last < max(values))


def test_what_cannot_be_right_names_its_field():
    for typed, code, name in (
        (Month(MAY, None, Decimal(1)), "month-figure-missing", "invested"),
        (Month(MAY, Decimal(1), None), "month-figure-missing", "progress"),
        (Month(MAY, Decimal(-1), Decimal(1)), "figure-negative", "invested"),
        (Month(MAY, Decimal("1.234"), Decimal(1)), "figure-too-fine", "invested"),
        (Month(MAY, Decimal(1), Decimal("100.01")), "progress-over-hundred", "progress"),
        (Month(MAY, Decimal(1), Decimal(1), "字" * 201), "text-too-long", "works"),
        (Month(MAY, Decimal(1), Decimal(1), "", "字" * 201), "text-too-long", "word"),
    ):
        verdict = rules.figures_fit(typed)
        assert (verdict.code, verdict.facts["field"]) == (code, name)
    assert rules.figures_fit(month(5, 9000, 100))


def test_a_doubt_wants_a_word_and_no_doubt_wants_none():
    doubtful = rules.doubts(month(5, 7000), [month(4, 8000)], BUILDING)
    assert not rules.is_explained(doubtful, "无")
    assert rules.is_explained(doubtful, "上月多报，已核实")
    assert rules.is_explained([], "")
