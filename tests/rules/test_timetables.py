"""Timetables: counted back in working days, extended in time only, late by working days."""

from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flows.deadlines.published import delivered_calendar
from flows.deadlines.rules import is_working_day, working_days_between
from flows.timetables import rules
from flows.timetables.rules import Step

DAYS = delivered_calendar()
days = st.dates(date(2022, 1, 1), date(2025, 12, 31))
steps = st.lists(st.integers(0, 60), min_size=1, max_size=8).map(
    lambda lengths: [Step(f"n{n}", f"节点{n}", length) for n, length in enumerate(lengths)]
)
MAY = date(2023, 5, 31)


def planned(*days: date) -> list[Step]:
    return [Step(f"n{n}", f"节点{n}", 5, day) for n, day in enumerate(days)]


def test_by_hand_across_the_spring_festival():
    found = rules.back_scheduled([Step("a", "甲", 5), Step("b", "乙", 3)], date(2023, 1, 31), DAYS)
    assert [step.planned for step in found] == [date(2023, 1, 28), date(2023, 1, 31)]
    assert rules.days_before(date(2023, 1, 31), 5, DAYS) == date(2023, 1, 19)


@given(steps, days)
def test_every_node_is_so_many_working_days_before_the_next(nodes, ends):
    found = rules.back_scheduled(nodes, ends, DAYS)
    assert [step.code for step in found] == [step.code for step in nodes]
    assert all(is_working_day(step.planned, DAYS) for step in found)
    assert found[-1].planned == rules.on_or_before(ends, DAYS)
    for one, two in pairwise(found):
        assert working_days_between(one.planned, two.planned, DAYS) == two.days
    assert rules.nodes_fit(found)


@given(steps, days, st.integers(0, 40))
def test_a_later_end_moves_no_node_forward(nodes, ends, more):
    early = rules.back_scheduled(nodes, ends, DAYS)
    late = rules.back_scheduled(nodes, ends + timedelta(days=more), DAYS)
    assert all(one.planned <= two.planned for one, two in zip(early, late, strict=True))


def test_what_may_be_begun():
    assert rules.may_begin("lay", has_one=False, is_open=False)
    assert rules.may_begin("extend", has_one=True, is_open=False)
    assert rules.may_begin("lay", has_one=True, is_open=False).code == "timetable-there-already"
    assert rules.may_begin("change", has_one=False, is_open=False).code == "no-timetable-yet"
    assert rules.may_begin("change", has_one=True, is_open=True).code == "timetable-open"


@pytest.mark.parametrize(
    ("nodes", "code"),
    [
        ([], "timetable-empty"),
        ([Step("a", "", 1, MAY)], "node-without-name"),
        ([Step("a", "字" * 81, 1, MAY)], "node-without-name"),
        ([Step("a", "甲", 1, None)], "node-without-day"),
        ([Step("a", "甲", 1001, MAY)], "node-days-implausible"),
        (planned(MAY, date(2023, 5, 30)), "nodes-out-of-order"),
        (planned(*[MAY] * 41), "too-many-nodes"),
    ],
)
def test_what_is_no_timetable(nodes, code):
    assert rules.nodes_fit(nodes).code == code
    assert rules.nodes_fit(planned(MAY, MAY))


def extend(new: list[date], *, today=MAY, done=()):
    holding = {"n0": date(2023, 5, 30), "n1": date(2023, 5, 31), "n2": date(2023, 7, 31)}
    return rules.may_extend(planned(*new), holding, dict.fromkeys(done, MAY), today).code


def test_an_extension_is_asked_for_before_the_day_has_passed():
    before = [date(2023, 5, 30), MAY, date(2023, 7, 31)]
    assert extend([*before[:1], date(2023, 6, 30), *before[2:]]) == "", "on the day itself it is in time"
    assert (
        extend([*before[:1], date(2023, 6, 30), *before[2:]], today=date(2023, 6, 1)) == "extension-too-late"
    )
    assert extend(before) == "extension-moves-nothing"
    assert extend([*before[:2], date(2023, 7, 1)]) == "extension-is-earlier"
    assert extend([*before[:2], date(2023, 8, 1)], done=["n2"]) == "extension-of-done"
    assert extend(before[:2]) == "extension-changes-nodes"


def test_how_a_node_stands():
    wednesday = MAY
    assert rules.standing(wednesday, date(2023, 6, 2), wednesday, DAYS) == ("done", 2)
    assert rules.standing(wednesday, date(2023, 5, 29), wednesday, DAYS) == ("done", -2)
    assert rules.standing(wednesday, None, date(2023, 6, 5), DAYS) == ("late", 3)
    assert rules.standing(wednesday, None, wednesday, DAYS) == ("due", 0)
    assert rules.standing(date(2023, 7, 31), None, wednesday, DAYS)[0] == "ahead"


def test_a_node_is_done_on_a_day_that_has_come_and_undone_with_words():
    assert rules.may_be_done(MAY, today=MAY, words="")
    assert rules.may_be_done(date(2023, 6, 1), today=MAY, words="").code == "day-in-future"
    assert rules.may_be_done(None, today=MAY, words=" ").code == "node-undone-without-words"
    assert rules.may_be_done(None, today=MAY, words="填报有误")


def test_codes_of_added_nodes_never_repeat():
    assert rules.code_for([]) == "own-1"
    assert rules.code_for(["start", "own-1", "own-7"]) == "own-8"
