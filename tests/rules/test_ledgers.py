"""Ledgers: what a cell may hold, who keeps one, what of a row counts, how a quota stands."""

from datetime import date
from decimal import Decimal
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flows.ledgers import rules
from flows.ledgers.rules import Column
from tests.support.keeping import COLUMNS, COUNTS, STAGES

TODAY = date(2023, 6, 1)
COLUMN = {each["code"]: Column.of(each) for each in COLUMNS}


def counts(values):
    shape = SimpleNamespace(counts=COUNTS, stages=STAGES, day="visited-on")
    return {
        c.indicator: (c.amount, c.unit, c.day) for c in rules.counts(shape, list(COLUMN.values()), values)
    }


def read(code: str, typed: str):
    value, verdict = rules.read_cell(COLUMN[code], typed, today=TODAY)
    return verdict.code or value


@pytest.mark.parametrize(
    ("code", "typed", "found"),
    [
        ("visited", " 省财政厅 ", "省财政厅"),
        ("visited", "", "cell-missing"),
        ("visited", "字" * 501, "text-too-long"),
        ("money", "1,200.50", "1200.5"),
        ("money", "１２００", "1200"),
        ("money", "", None),
        ("money", "约1200", "figure-unreadable"),
        ("money", "-1", "figure-negative"),
        ("money", "1.005", "figure-too-fine"),
        ("money", "1e15", "figure-too-large"),
        ("money", "NaN", "figure-unreadable"),
        ("people", "3", "3"),
        ("people", "3.5", "figure-not-whole"),
        ("visited-on", "2023-05-09", "2023-05-09"),
        ("visited-on", "2023.5.9", "2023-05-09"),
        ("visited-on", "2023年5月9日", "2023-05-09"),
        ("visited-on", "2023-02-30", "day-unreadable"),
        ("visited-on", "五月", "day-unreadable"),
        ("visited-on", "1023-05-09", "day-implausible"),
        ("head", "是", True),
        ("head", "否", False),
        ("head", "也许", "cell-not-yes-or-no"),
        ("kind", "专项债", "专项债"),
        ("kind", "国债", "cell-not-a-choice"),
    ],
)
def test_a_cell_holds_what_its_column_takes(code, typed, found):
    assert read(code, typed) == found


def test_a_row_tells_everything_that_is_wrong_at_once():
    typed = {"visited-on": "2023-06-02", "head": "?", "money": "x"}
    values, wrong = rules.read_row(list(COLUMN.values()), typed, day="visited-on", today=TODAY)
    assert [(v.facts["field"], v.code) for v in wrong] == [
        ("visited", "cell-missing"),
        ("visited-on", "day-in-future"),
        ("head", "cell-not-yes-or-no"),
        ("money", "figure-unreadable"),
    ]
    assert "money" not in values


@given(st.decimals(0, 10**9, places=2))
def test_a_figure_reads_back_exactly(value):
    kept, verdict = rules.read_cell(COLUMN["money"], f"{value}", today=TODAY)
    assert verdict
    assert Decimal(kept) == value
    assert rules.read_cell(COLUMN["money"], kept, today=TODAY)[0] == kept


@given(st.text(max_size=40))
def test_nothing_that_is_typed_breaks_a_cell(typed):
    for column in COLUMN.values():
        value, verdict = rules.read_cell(column, typed, today=TODAY)
        assert verdict or value is None


def test_what_counts_is_said_by_data():
    values = {
        "visited": "省财政厅",
        "visited-on": "2023-05-09",
        "head": True,
        "kind": "专项债",
        "money": "80",
    }
    day = date(2023, 5, 9)
    assert counts(values) == {"visits": (1, "", day), "money": (80, "万元", day), "bonds": (80, "万元", day)}
    assert counts(values | {"head": False}).keys() == {"money", "bonds"}
    assert counts({"visited-on": "2023-05-09", "head": False}) == {}


def test_what_counts_by_a_stage_counts_from_the_day_it_was_reached():
    values = {"visited-on": "2023-03-09", "head": False}
    assert counts(values | {"granted": "12"}) == {}
    assert counts(values | {"granted": "12", "granted-on": "2023-05-20"}) == {
        "granted": (12, "万元", date(2023, 5, 20))
    }
    assert rules.stage_of(STAGES, values) == "走访"
    assert rules.stage_of(STAGES, values | {"granted-on": "2023-05-20"}) == "到位"
    assert rules.stage_of((), values) == ""


@pytest.mark.parametrize(
    ("typed", "told"),
    [
        ({"granted-on": "2023-05-20", "granted": "3"}, []),
        ({"granted": "3"}, [("granted-on", "stage-without-day")]),
        ({"granted-on": "2023-05-20"}, [("granted", "stage-without-figure")]),
        ({"granted-on": "2023-05-20", "granted": "x"}, [("granted", "figure-unreadable")]),
        ({"granted-on": "2023-05-08", "granted": "3"}, [("granted-on", "stage-before-earlier")]),
        ({"granted-on": "2023-06-02", "granted": "3"}, [("granted-on", "day-in-future")]),
    ],
)
def test_stages_follow_each_other(typed, told):
    whole = {"visited": "省财政厅", "visited-on": "2023-05-09", "head": "是"} | typed
    words = {"day": "visited-on", "today": TODAY, "stages": STAGES}
    _values, wrong = rules.read_row(list(COLUMN.values()), whole, **words)
    assert [(verdict.facts["field"], verdict.code) for verdict in wrong] == told


@pytest.mark.parametrize(
    ("done", "quarter", "today", "state"),
    [
        (2, 2, date(2023, 6, 9), "met"),
        (3, 1, date(2023, 6, 9), "met"),
        (1, 2, date(2023, 6, 9), "pressing"),
        (1, 2, date(2023, 5, 31), "open"),
        (1, 2, date(2023, 4, 1), "open"),
        (1, 1, date(2023, 4, 1), "missed"),
        (0, 3, date(2023, 6, 30), "ahead"),
        (0, 4, date(2024, 1, 1), "missed"),
        (0, 1, date(2022, 12, 31), "ahead"),
    ],
)
def test_how_the_quota_of_a_quarter_stands(done, quarter, today, state):
    assert rules.quota_standing(2, done, quarter, 2023, today) == state


def test_a_quota_asks_for_what_the_ledger_counts():
    assert rules.quota_conditions(COUNTS) == {"head": [True]}
    assert rules.quota_conditions([]) == {}
    assert rules.quota_conditions([{"indicator": "money", "column": "money"}]) == {}


@given(st.dictionaries(st.integers(1, 4), st.integers(0, 5)), st.dates(date(2022, 12, 1), date(2024, 2, 1)))
def test_a_unit_that_wrote_nothing_down_has_missed_nothing(done, today):
    year = rules.quota_year(2, done, 2023, today)
    assert [quarter for quarter, _done, _state in year] == [1, 2, 3, 4]
    states = {state for _quarter, _done, state in year}
    assert not (states & {"missed"}) or any(done.values())
    assert "silent" not in states or not any(done.values())
    assert all(state == "met" for _quarter, amount, state in year if amount >= 2)
