"""What a list of accounts may say, judged without a database; how a one-time code looks."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flows.accounts import rules
from flows.accounts.rules import Known, Seats
from hetang_flow.lib.workbooks import Reading, Row
from permissions.actors import Actor

TODAY = date(2023, 6, 1)
SEATS = Seats({"区财政局": 1, "财政局": 1}, {(1, "经办员"): 11, (1, "局长"): 12})
PEOPLE = {
    "zhang": Known(1, "张三"),
    "audit": Known(2, "审计", "audit"),
    "gone": Known(3, "李四", active=False),
    "demo-x": Known(4, "演示·某岗", is_demo=True),
    "wang": Known(5, "王五"),
}
PLACES = {"username": 0, "name": 1, "unit": 2, "post": 3, "from_day": 4, "successor": 5, "reason": 6}
WORDS = st.text(max_size=8)


def reading(*rows):
    return Reading(rows=[Row(number, cells) for number, cells in enumerate(rows, 2)], places=PLACES)


def joining(*rows):
    good, problems = rules.judge_joining(reading(*rows), people=PEOPLE, seats=SEATS, today=TODAY)
    return good, [(problem.cell, problem.code) for problem in problems]


def leaving(*rows):
    good, problems = rules.judge_leaving(reading(*rows), people=PEOPLE)
    return good, [(problem.cell, problem.code) for problem in problems]


def new(**more):
    return {"username": "zhao", "name": "赵六", "unit": "区财政局", "post": "经办员"} | more


def test_somebody_new_gets_the_post_named_by_any_name_of_the_unit():
    good, problems = joining(new(), new(unit="财政局", post="局长"))
    assert problems == []
    assert [(row.post_id, row.exists) for row in good] == [(11, False), (12, False)]


def test_an_account_that_is_there_gets_a_further_post():
    good, problems = joining(new(username="zhang", name="张三"))
    assert (problems, good[0].exists) == ([], True)


@pytest.mark.parametrize(
    ("row", "cell", "code"),
    [
        (new(username="13"), "A2", "account-name-odd"),
        (new(username="a b"), "A2", "account-name-odd"),
        (new(username=""), "A2", "account-name-odd"),
        (new(name=""), "B2", "cell-missing"),
        (new(name="名" * 61), "B2", "account-person-too-long"),
        (new(username="ZHANG"), "B2", "account-name-differs"),
        (new(username="audit", name="审计"), "A2", "receiver-administrator"),
        (new(username="gone", name="李四"), "A2", "receiver-inactive"),
        (new(username="demo-x", name="演示·某岗"), "A2", "account-invented"),
        (new(unit="区卫健局"), "C2", "account-unit-unknown"),
        (new(post="副局长"), "D2", "account-post-unknown"),
        (new(unit=""), "C2", "account-half-a-post"),
        (new(post=""), "D2", "account-half-a-post"),
        (new(from_day="2023-05-31"), "E2", "day-gone"),
        (new(from_day="六月"), "E2", "day-unreadable"),
        (new(username="zhang", name="张三", unit="", post="安全管理员"), "D2", "account-exists"),
    ],
)
def test_what_is_wrong_with_a_newcomer_is_told_with_its_cell(row, cell, code):
    assert joining(row)[1] == [(cell, code)]


def test_a_row_that_stands_twice_and_two_names_for_one_account():
    assert joining(new(), new())[1] == [("A3", "row-twice-in-file")]
    assert joining(new(), new(name="赵七", post="局长"))[1] == [("B3", "account-name-differs")]


def test_an_administrator_is_named_in_place_of_a_post():
    good, problems = joining(new(unit="", post="审计管理员"))
    assert (problems, good[0].administrator, good[0].post_id) == ([], "audit", None)


def test_nobody_is_an_administrator_and_holds_a_post_by_one_list():
    assert joining(new(), new(unit="", post="审计管理员"))[1] == [("D3", "receiver-administrator")]


def test_an_empty_list_and_one_too_long_are_told():
    assert joining()[1] == [("", "account-list-empty")]
    many = [new(username=f"p{number}") for number in range(rules.MOST_ROWS + 1)]
    assert ("", "workbook-too-many-rows") in joining(*many)[1]


def left(**more):
    return {"username": "zhang", "successor": "wang", "reason": "调离"} | more


def test_a_leaver_and_who_takes_over():
    good, problems = leaving(left())
    assert problems == []
    assert (good[0].user_id, good[0].successor_id, good[0].successor) == (1, 5, "王五")
    assert leaving(left(successor=""))[0][0].successor_id is None


@pytest.mark.parametrize(
    ("row", "cell", "code"),
    [
        (left(username="nobody"), "A2", "account-unknown"),
        (left(username="audit"), "A2", "account-of-administrator"),
        (left(username="gone"), "A2", "account-closed-already"),
        (left(reason=""), "G2", "reason-missing"),
        (left(reason="长" * 201), "G2", "text-too-long"),
        (left(successor="nobody"), "F2", "account-unknown"),
        (left(successor="zhang"), "F2", "successor-leaves-too"),
        (left(successor="audit"), "F2", "receiver-administrator"),
        (left(successor="gone"), "F2", "receiver-inactive"),
    ],
)
def test_what_is_wrong_with_a_leaver_is_told_with_its_cell(row, cell, code):
    assert leaving(row)[1] == [(cell, code)]


def test_nobody_takes_over_who_leaves_as_well():
    rows = leaving(left(), left(username="wang", successor=""))[1]
    assert rows == [("F2", "successor-leaves-too")]


@given(st.lists(st.fixed_dictionaries(dict.fromkeys(PLACES, WORDS)), max_size=5))
def test_whatever_is_typed_ends_in_rows_or_in_problems(rows):
    for judge in (joining, leaving):
        good, problems = judge(*rows)
        assert problems or len(good) == len(rows) > 0


def test_codes_are_long_random_and_read_however_they_are_typed():
    codes = {rules.new_code() for _each in range(500)}
    assert len(codes) == 500
    assert all(
        len(rules.typed_code(code)) == 12 and set(rules.typed_code(code)) <= set(rules.SIGNS)
        for code in codes
    )
    assert rules.typed_code(" abcd－2345 - efgh") == "ABCD2345EFGH"
    assert not set("01IO") & set(rules.SIGNS)


@pytest.mark.parametrize(
    ("words", "code"),
    [
        ({}, ""),
        ({"user_id": 1}, "own-account"),
        ({"active": False}, "account-closed-already"),
        ({"administrator": "audit", "others": 0}, "last-administrator"),
        ({"administrator": "audit", "others": 1}, ""),
    ],
)
def test_who_may_be_closed(words, code):
    asked = {"user_id": 2, "active": True, "administrator": "", "others": 0} | words
    assert rules.may_close(Actor(1, "System", administrator="system"), **asked).code == code
