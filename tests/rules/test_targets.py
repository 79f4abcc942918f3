"""Actuals: what facts add up to, how a target stands; the contest's formula."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flows.targets.rules import contest, rollup
from flows.targets.rules.contest import Component, Entrant
from flows.targets.rules.rollup import Contribution, ProjectYear, project_counts

FIRST, LAST = date(2023, 1, 1), date(2023, 12, 31)
MAY = date(2023, 5, 9)


def part(amount, unit="万元", day=MAY) -> Contribution:
    return Contribution("invested", "projects", "演示·项目", (1,), day, Decimal(amount), unit, "/")


def year(**said) -> ProjectYear:
    nothing = dict.fromkeys(("invested_on", "signed_on", "fulfilled_on", "started_on", "completed_on"))
    return ProjectYear(**{"total": Decimal(12000), "invested": Decimal(0)} | nothing | said)


def counts(**said) -> set[str]:
    return set(project_counts(year(**said), FIRST, LAST))


def test_amounts_are_turned_into_the_targets_unit():
    assert rollup.total([part(8000), part(2000)], "亿元") == 1
    assert rollup.total([part("1.5", "亩")], "亩") == Decimal("1.5")
    assert rollup.total([part(1, ""), part(1, "")], "个") == 2
    assert rollup.total([], "个") == 0
    assert rollup.growth(Decimal(110), Decimal(100)) == 10


@given(st.lists(st.decimals(0, 10**6, places=2), max_size=12))
def test_a_total_is_the_sum_in_any_order(amounts):
    parts = [part(amount) for amount in amounts]
    assert rollup.total(parts, "万元") == rollup.total(parts[::-1], "万元") == sum(amounts, Decimal(0))


def test_a_signed_project_counts_by_its_size():
    assert counts(signed_on=MAY) == {"signed-hundred-million"}
    assert counts(signed_on=MAY, total=Decimal(9999)) == set()
    assert counts(signed_on=MAY, total=Decimal(100000), in_park=True) == {
        "signed-hundred-million",
        "park-billion",
    }
    assert counts(signed_on=MAY, investor="三类 500 强") == {"signed-hundred-million", "signed-top500"}


def test_a_move_counts_in_the_year_it_happened():
    assert counts(started_on=MAY, total=Decimal(5000)) == {"started-fifty-million"}
    assert counts(started_on=MAY, total=Decimal(4999)) == set()
    assert counts(completed_on=date(2022, 12, 31)) == set()
    assert counts(completed_on=LAST) == {"completed-fifty-million"}
    assert counts(fulfilled_on=MAY, total=Decimal(1)) == {"fulfilled"}
    assert counts(key_level="city") == {"key-projects"}


def test_investment_counts_as_an_amount():
    assert project_counts(year(invested=Decimal(500), invested_on=MAY), FIRST, LAST) == {
        "invested": (MAY, 500, "万元")
    }
    assert project_counts(year(invested=Decimal(0), invested_on=MAY), FIRST, LAST) == {}


@pytest.mark.parametrize(
    ("kind", "comparison", "value", "actual", "expected", "reached", "state"),
    [
        ("count", "at_least", 29, None, 10, None, "unknown"),
        ("count", "at_least", 29, 29, 10, None, "reached"),
        ("count", "at_least", 29, 10, 10, None, "on-time"),
        ("count", "at_least", 29, 9, 10, None, "behind"),
        ("growth", "about", 10, 9, None, None, "reached"),
        ("growth", "at_least", 10, 9, None, None, "behind"),
        ("growth", "at_least", 10, None, None, None, "unknown"),
        ("done", "exactly", None, None, None, None, "unknown"),
        ("done", "exactly", None, None, None, True, "reached"),
        ("rank", "top_tier", None, None, None, False, "behind"),
    ],
)
def test_how_a_target_stands(kind, comparison, value, actual, expected, reached, state):
    figures = {
        name: None if v is None else Decimal(v)
        for name, v in {"value": value, "actual": actual, "expected": expected}.items()
    }
    assert rollup.state(kind, comparison, reached=reached, **figures) == state


def test_a_report_says_what_its_target_asks_for():
    sound = {
        "value": Decimal(9),
        "reached": None,
        "day": MAY,
        "today": MAY,
        "source": "区统计局",
        "words": "",
    }
    assert rollup.may_say("growth", **sound)
    assert rollup.may_say("growth", **sound | {"value": Decimal(-3)}), "growth may be negative"
    for kind, said, field in (
        ("growth", {"value": None}, "value"),
        ("done", {"value": None}, "reached"),
        ("amount", {"value": Decimal(-3)}, "value"),
        ("growth", {"value": Decimal("0.00001")}, "value"),
        ("growth", {"day": date(2023, 5, 10)}, "day"),
        ("growth", {"source": " "}, "source"),
        ("growth", {"words": "字" * 301}, "words"),
    ):
        assert rollup.may_say(kind, **sound | said).facts["field"] == field


# --- the contest ---

FORMULA = [
    Component("a", "完成率", "plan-done", Decimal(50), Decimal(1)),
    Component("b", "序时", "against-time", Decimal(30), Decimal("1.2")),
    Component("c", "报送", "months-reported", Decimal(20), Decimal(1)),
]
parts = st.decimals(0, 100000, places=2)


def test_the_formula_by_hand():
    inputs = contest.figures(Entrant(Decimal(40000), Decimal(20000), Decimal(20000), Decimal(40), 3, 6))
    assert inputs == {
        "plan-done": Decimal("0.5"), "against-time": 1, "progress": Decimal("0.4"), "months-reported": Decimal("0.5")
    }  # fmt: skip
    assert [contest.points(each, inputs) for each in FORMULA] == [25, 25, 10]
    assert contest.score(FORMULA, inputs) == 60


@given(parts, parts, parts, st.integers(0, 12))
def test_nobody_gets_more_than_a_hundred_or_less_than_nothing(planned, invested, expected, reported):
    inputs = contest.figures(Entrant(planned, invested, expected, None, reported, 12))
    assert 0 <= contest.score(FORMULA, inputs) <= 100


@given(parts, parts)
def test_more_investment_never_lowers_the_score(invested, more):
    def score(amount):
        return contest.score(
            FORMULA, contest.figures(Entrant(Decimal(50000), amount, Decimal(20000), None, 3, 6))
        )

    assert score(invested) <= score(invested + more)


def test_alike_scores_share_a_place():
    assert contest.ranks([Decimal(60), Decimal(80), Decimal(60), Decimal(10)]) == [2, 1, 2, 4]
