"""Units are scored, never persons; nobody judges their own unit; a total is weighted and whole or not there."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flows.targets.rules.assessment import (
    UNIT_KINDS,
    Scored,
    is_assessable,
    may_answer,
    may_give,
    may_judge,
    may_object,
    may_settle,
    on_time,
    read_score,
    total,
    weights_add_up,
)
from permissions.actors import Actor, PostRef

UNIT, OTHER = 7, 8
REASON = "按季度核对台账，情况属实。"


def somebody(user=1, unit=UNIT, duty="officer"):
    return Actor(user, "某人", (PostRef(1, "p", "岗位", duty, unit, "u", "单位"),))


@pytest.mark.parametrize("kind", ["leadership", "city", "office", "outside", "person", ""])
def test_leaders_bodies_and_persons_are_no_units(kind):
    assert is_assessable(kind).code == "only-units-are-scored"
    assert all(is_assessable(unit) for unit in UNIT_KINDS)


def test_nobody_judges_their_own_unit_nor_answers_what_they_scored():
    assert may_judge(somebody(), unit=UNIT).code == "own-unit"
    assert may_judge(somebody(), unit=OTHER)
    assert may_answer(somebody(), unit=UNIT, scorers=(), answered=False).code == "own-unit"
    assert may_answer(somebody(3), unit=OTHER, scorers={3}, answered=False).code == "scored-it-before"
    assert may_answer(somebody(3), unit=OTHER, scorers={4}, answered=True).code == "objection-answered"
    assert may_answer(somebody(3), unit=OTHER, scorers={4}, answered=False)


def test_a_score_is_a_figure_up_to_a_hundred():
    assert read_score(" 85.5 ") == Decimal("85.5")
    assert [read_score(text) for text in ("100.1", "85.55", "-1", "abc", "1e2", "")] == [None] * 6


def test_only_a_derived_score_as_the_facts_give_it_needs_no_reason():
    ninety = Decimal(90)
    assert may_give(ninety, kind="derived", computed=ninety, reason="", name="按时报送")
    for kind, computed in (("derived", Decimal(80)), ("derived", None), ("judged", ninety)):
        words = {"kind": kind, "computed": computed, "name": "按时报送"}
        assert may_give(ninety, reason="好", **words).code == "score-needs-a-reason"
        assert may_give(ninety, reason=REASON, **words)


def test_a_unit_objects_until_its_last_day():
    words = {"unit": UNIT, "until": date(2023, 12, 8), "objected": False, "text": REASON}
    assert may_object(somebody(), today=date(2023, 12, 8), **words)
    assert may_object(somebody(), today=date(2023, 12, 9), **words).code == "objection-too-late"
    assert may_object(somebody(unit=OTHER), today=date(2023, 12, 8), **words).code == "not-of-this-unit"
    assert may_object(somebody(duty="contact"), today=date(2023, 12, 8), **words).code == "not-of-this-unit"


def test_a_round_ends_after_its_last_day_and_with_every_answer():
    until = date(2023, 12, 8)
    assert may_settle(today=date(2023, 12, 9), until=until, unanswered=1).code == "objections-unanswered"
    assert may_settle(today=until, until=until, unanswered=0).code == "objections-still-open"
    assert may_settle(today=date(2023, 12, 9), until=until, unanswered=0)


weights = st.lists(st.integers(1, 99), min_size=1, max_size=6).map(
    lambda cuts: [b - a for a, b in zip([0, *sorted(set(cuts))], [*sorted(set(cuts)), 100], strict=True)]
)
scores = st.decimals(0, 100, places=1)


@given(weights, st.data())
def test_a_total_lies_between_the_worst_and_the_best_score(parts, data):
    assert weights_add_up(parts)
    given_scores = [data.draw(scores) for _part in parts]
    found = total(Scored(weight, score) for weight, score in zip(parts, given_scores, strict=True))
    assert min(given_scores) - Decimal("0.01") <= found <= max(given_scores) + Decimal("0.01")


@given(weights, scores)
def test_a_total_is_whole_or_not_there(parts, score):
    assert total([*(Scored(weight, score) for weight in parts[1:]), Scored(parts[0], None)]) is None
    assert total([]) is None


@given(st.integers(1, 500), st.data())
def test_punctuality_is_a_share_of_what_was_owed(owed, data):
    punctual = data.draw(st.integers(0, owed))
    assert 0 <= on_time(owed, punctual) <= 100
    assert on_time(owed, owed) == 100
    assert on_time(0, 0) is None
