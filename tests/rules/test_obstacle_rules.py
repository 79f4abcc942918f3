"""Rules of obstacles, with no database: levels only go up, stages only forward, a percentage says what it says."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flows.deadlines.rules import (
    due_day,
    is_working_day,
    no_statutory_days,
    work_calendar,
    working_days_between,
)
from flows.obstacles import rules
from flows.obstacles.rules import Rung, Span, Stage

codes = st.lists(st.sampled_from("abcdefgh"), min_size=1, max_size=6, unique=True)
ladders = codes.map(lambda names: [Rung(name, 3 if name != names[-1] else None) for name in names])
stages = codes.map(lambda names: [Stage(name, name, repeats=name in "ace") for name in names])
days = st.dates(date(2020, 1, 1), date(2030, 1, 1))


@given(ladders)
def test_every_level_leads_to_the_one_above_and_the_last_to_none(ladder):
    climbed, here = [ladder[0]], ladder[0].code
    while above := rules.next_rung(ladder, here):
        climbed.append(above)
        here = above.code
    assert climbed == ladder


@given(ladders)
def test_a_level_that_is_not_on_the_ladder_leads_nowhere(ladder):
    assert rules.next_rung(ladder, "nowhere") is None


@given(st.none() | days, days, st.integers(0, 400))
def test_one_more_day_never_makes_it_less_due(until, today, more):
    now, later = rules.is_due(until, today), rules.is_due(until, today + timedelta(days=more))
    assert later or not now
    assert until is None or not rules.is_due(until, until)
    assert not rules.is_due(None, today)


@given(stages, st.data())
def test_stages_are_left_out_but_never_gone_back(ladder, data):
    order = [stage.code for stage in ladder]
    reached = ""
    for wanted in data.draw(st.lists(st.sampled_from(order), max_size=12)):
        verdict = rules.may_reach(ladder, reached, wanted)
        here = order.index(reached) if reached else -1
        ahead = order.index(wanted) > here
        again = wanted == reached and ladder[here].repeats
        assert bool(verdict) == (ahead or again)
        if verdict:
            assert not reached or order.index(wanted) >= here
            reached = wanted


@given(stages)
def test_a_stage_of_another_kind_is_none(ladder):
    assert rules.may_reach(ladder, "", "elsewhere").code == "no-such-stage"


@given(st.integers(1, 1000), st.integers(0, 2000))
def test_a_reduction_is_positive_exactly_when_less_was_taken(baseline, actual):
    cut = rules.reduction(baseline, actual)
    assert cut is not None
    if abs(actual - baseline) * 1000 >= baseline:  # below a tenth of a per cent it reads 0.0
        assert (cut > 0) == (actual < baseline)
    assert rules.reduction(baseline, baseline) == Decimal("0.0")
    assert rules.reduction(baseline, 0) == Decimal("100.0")


def test_nothing_granted_is_no_reduction():
    assert rules.together([]).cut is None
    assert rules.reduction(0, 5) is None


@given(st.lists(st.tuples(st.integers(0, 50), st.integers(1, 50)), min_size=1), st.randoms())
def test_permits_add_up_in_any_order(rows, shuffled):
    again = list(rows)
    shuffled.shuffle(again)
    assert rules.together(rows) == rules.together(again)


@given(st.sampled_from(sorted(rules.FORWARD)))
def test_without_a_name_every_further_milestone_is_blocked_but_never_a_stop(move):
    assert rules.in_the_way("", move)
    assert rules.in_the_way(move, move)
    assert not rules.in_the_way("", "suspend")
    assert not rules.in_the_way("", "terminate")


@pytest.mark.parametrize(
    ("value", "code"),
    [
        (Decimal("12.34"), ""),
        (None, ""),
        (Decimal("-1"), "figure-negative"),
        (Decimal("1e20"), "figure-too-large"),
        (Decimal("1.234"), "figure-too-fine"),
        (Decimal("NaN"), "figure-unreadable"),
    ],
)
def test_a_figure_is_believable_or_says_why_not(value, code):
    assert rules.plausible(value, name="亩").code == code


@given(days, days)
def test_nothing_happened_tomorrow_or_before_what_it_follows(day, today):
    verdict = rules.may_have_happened(day, today=today, since=None)
    assert bool(verdict) == (day <= today)
    assert not rules.may_have_happened(day, today=day, since=day + timedelta(days=1))


# --- days at a level, days in the way ---

DAYS = work_calendar((), (), no_statutory_days)
spells = st.lists(
    st.tuples(days, st.integers(0, 90)).map(lambda p: Span(p[0], p[0] + timedelta(p[1]))), max_size=6
)
periods = st.tuples(days, st.integers(0, 120)).map(lambda p: (p[0], p[0] + timedelta(p[1])))


@given(spells, periods)
def test_days_in_the_way_are_those_a_person_would_count_one_by_one(spans, period):
    first, last = period
    each = (first + timedelta(n) for n in range((last - first).days + 1))
    counted = [
        day
        for day in each
        if is_working_day(day, DAYS) and any(span.begin < day <= span.end for span in spans)
    ]
    assert rules.standing_days(spans, first, last, DAYS) == len(counted)


@given(spells, periods, st.randoms())
def test_an_obstacle_that_overlaps_another_adds_no_day_twice_in_whatever_order(spans, period, shuffled):
    again = [*spans, *spans]
    shuffled.shuffle(again)
    assert rules.standing_days(again, *period, DAYS) == rules.standing_days(spans, *period, DAYS)


@given(days, st.integers(0, 60), periods)
def test_an_open_obstacle_counts_to_the_end_of_the_period(begin, _more, period):
    first, last = period
    still, closed = Span(begin, None), Span(begin, last)
    assert rules.standing_days([still], *period, DAYS) == rules.standing_days([closed], *period, DAYS)


@given(days, st.integers(1, 20), st.integers(0, 20), st.integers(0, 40))
def test_after_a_standstill_as_many_working_days_are_left_as_before(begin, limit, gone, stood):
    until, since = due_day(begin, limit, DAYS).day, begin + timedelta(gone)
    today = since + timedelta(stood)
    on = rules.goes_on_until(until, since=since, reckoned=begin, today=today, calendar=DAYS)
    if since <= until:
        left = working_days_between(since, until, DAYS)
        assert working_days_between(today, on, DAYS) == left
    else:
        assert on == until


@given(days, st.integers(1, 20), st.integers(0, 30), st.integers(0, 30))
def test_a_standstill_told_twice_moves_it_once(begin, limit, before, stood):
    until, since = due_day(begin, limit, DAYS).day, begin - timedelta(before)
    today = begin + timedelta(stood)
    once = rules.goes_on_until(until, since=since, reckoned=begin, today=today, calendar=DAYS)
    assert rules.goes_on_until(once, since=since, reckoned=today, today=today, calendar=DAYS) == once
    assert working_days_between(until, once, DAYS) == working_days_between(begin, today, DAYS)
