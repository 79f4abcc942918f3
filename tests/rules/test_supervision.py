"""Rules of supervision, with no database: a ladder is climbed rung by rung, never skipped, never by itself to a punishment."""

from dataclasses import replace
from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flows.deadlines.published import delivered_calendar
from flows.supervision import rules
from flows.supervision.rules import BOTTOM, CARRIED, ENTERED, Ladder, Matter, Measure, Rung

CALENDAR = delivered_calendar()
days = st.dates(date(2023, 1, 1), date(2026, 12, 31))
waits = st.integers(0, 15)


@st.composite
def ladders(draw) -> Ladder:
    """A sound ladder: measures that grow, a confirmer from criticism upwards, slips with colour and days."""
    order = {measure: place for place, measure in enumerate(Measure)}
    measures = sorted(draw(st.lists(st.sampled_from(list(Measure)), min_size=1, max_size=8)), key=order.get)
    rungs, punishing = [], False
    for place, measure in enumerate(measures, 1):
        punishing = punishing or measure in rules.PUNISHES
        slip = measure is Measure.SLIP
        rungs.append(
            Rung(
                place,
                f"rung-{place}",
                f"第{place}级",
                measure,
                draw(waits),
                () if measure is Measure.REFERRAL else ("desk",),
                colour="blue" if slip else "",
                confirm="hq-coordinator" if punishing else "",
                days=3 if slip else None,
                enters=frozenset(draw(st.sets(st.sampled_from(["weak", "light"]), max_size=1))),
            )
        )
    return Ladder("阶梯", 1, "督", tuple(rungs), resets=frozenset({"done"}))


def simple(*measures: Measure, **columns) -> Ladder:
    """A sound ladder of these measures, each after three working days; `columns` change the last rung."""
    rungs = [
        Rung(
            place,
            f"rung-{place}",
            f"第{place}级",
            measure,
            3,
            () if measure is Measure.REFERRAL else ("desk",),
            colour="blue" if measure is Measure.SLIP else "",
            confirm="hq-coordinator" if measure in rules.PUNISHES else "",
            days=3 if measure is Measure.SLIP else None,
        )
        for place, measure in enumerate(measures, 1)
    ]
    rungs[-1] = replace(rungs[-1], **columns)
    return Ladder("阶梯", 1, "督", tuple(rungs), resets=frozenset({"done"}), spares=frozenset({"leadership"}))


FULL = simple(*Measure)


# --- what is wrong with a ladder ---


@given(ladders())
def test_a_sound_ladder_has_no_fault(ladder):
    assert rules.faults(ladder, marks={"weak", "light"}) == []


@given(ladders(), st.data())
def test_without_a_named_confirmer_no_ladder_punishes(ladder, data):
    punishing = [rung for rung in ladder.rungs if rung.confirm]
    if not punishing:
        return
    robbed = data.draw(st.sampled_from(punishing))
    rungs = tuple(replace(rung, confirm="") if rung is robbed else rung for rung in ladder.rungs)
    found = {(fault.code, fault.index) for fault in rules.faults(replace(ladder, rungs=rungs))}
    assert ("confirmer-missing", robbed.order - 1) in found


@pytest.mark.parametrize(
    ("ladder", "code"),
    [
        (Ladder("空", 1, "督", ()), "ladder-empty"),
        (simple(Measure.REMIND, Measure.CRITICISM, confirm=" "), "confirmer-missing"),
        (simple(Measure.REMIND, Measure.SLIP, wait=-1), "wait-negative"),
        (simple(Measure.REMIND, Measure.SLIP, wait=None), "rung-never-reached"),
        (simple(Measure.REMIND, Measure.SLIP, code="rung-1"), "rung-twice"),
        (simple(Measure.REMIND, Measure.INTERVIEW, Measure.AGENDA), "measure-goes-down"),
        (simple(Measure.REMIND, Measure.SLIP, colour="pink"), "slip-without-colour"),
        (simple(Measure.REMIND, Measure.SLIP, days=0), "slip-without-days"),
        (simple(Measure.REMIND, Measure.AGENDA, days=3), "no-slip"),
        (simple(Measure.REMIND, Measure.AGENDA, tell=()), "nobody-told"),
        (simple(Measure.REMIND, Measure.AGENDA, tell=("mayor",)), "audience-unknown"),
        (simple(Measure.REMIND, Measure.REFERRAL, tell=("desk",)), "referral-told"),
        (simple(Measure.AGENDA), "spared-never-reminded"),
        (simple(Measure.REMIND, enters=frozenset({"lite"})), "mark-unknown"),
    ],
)
def test_each_fault_is_named(ladder, code):
    assert [fault.code for fault in rules.faults(ladder, marks={"light"})] == [code]


def test_what_only_a_person_reaches_is_reached_by_whoever_confirmed_the_rung_below():
    ladder = simple(Measure.REMIND, Measure.CRITICISM, Measure.REFERRAL, wait=None)
    assert rules.faults(ladder) == []


# --- climbing ---


@given(ladders(), days, st.booleans())
def test_the_whole_way_has_every_rung_once_in_order_and_stops_where_a_person_has_the_word(
    ladder, due_on, spared
):
    way = rules.would_climb(ladder, Matter(0, due_on, spared=spared), date(2030, 1, 1), CALENDAR)
    assert [told.order for told in way] == list(range(1, len(way) + 1))
    rungs = [ladder.rung(told.order) for told in way]
    assert all(not rung.confirm for rung in rungs[:-1])
    if spared:
        assert {rung.measure for rung in rungs} <= {Measure.REMIND}
    else:
        assert len(way) == min(ladder.last_by_time + 1, len(ladder.rungs))
    for before, after in pairwise(way):
        assert after.told_on >= before.told_on
        assert after.due_on >= before.told_on


@given(ladders(), days, st.integers(0, 200), st.integers(0, 200))
def test_one_more_day_never_takes_a_rung_away(ladder, due_on, days_late, more):
    today = due_on + timedelta(days_late)
    way = rules.would_climb(ladder, Matter(0, due_on), today, CALENDAR)
    later = rules.would_climb(ladder, Matter(0, due_on), today + timedelta(more), CALENDAR)
    assert later[: len(way)] == way
    assert all(told.told_on <= today for told in way)


@given(ladders(), days, st.lists(st.integers(1, 9), min_size=1, max_size=20))
def test_a_sweep_that_sleeps_skips_nothing_and_repeats_nothing(ladder, due_on, naps):
    """Woken on arbitrary days, one rung a time: the wait counts from the day it was told, not the day it was due."""
    matter, today, told = Matter(0, due_on), due_on, []
    for nap in naps:
        today += timedelta(nap)
        step = rules.next_step(ladder, matter, CALENDAR)
        if step is None or step.due_on > today:
            continue
        told.append(step.rung.order)
        here = rules.climbed(ladder, matter, today)
        if here is None:
            break
        matter = here
        ahead = rules.next_step(ladder, matter, CALENDAR)
        assert ahead is None or ahead.due_on >= today
    assert told == list(range(1, len(told) + 1))


def test_waits_are_working_days_across_the_national_holiday():
    matter = Matter(
        0, date(2023, 9, 27)
    )  # a Wednesday; the holiday runs from the 29th, work goes on on 7 October
    assert rules.next_step(FULL, matter, CALENDAR).due_on == date(2023, 10, 8)


@pytest.mark.parametrize(
    ("carried", "mark", "opened"),
    [
        (None, "task", (0, BOTTOM)),
        (None, "light", (1, ENTERED)),
        (1, "light", (1, CARRIED)),
        (6, "task", (4, CARRIED)),  # a criticism is decided anew
    ],
)
def test_where_a_matter_begins(carried, mark, opened):
    ladder = replace(
        FULL,
        rungs=tuple(
            replace(rung, enters=frozenset({"light"})) if rung.order == 2 else rung for rung in FULL.rungs
        ),
    )
    assert rules.opens_at(ladder, mark, mark, carried=carried) == opened


def test_what_enters_is_due_at_once_and_what_was_carried_waits_from_today():
    today, due_on = date(2023, 6, 8), date(2023, 6, 1)
    entered = rules.begins(ENTERED, 1, due_on=due_on, today=today, spared=False)
    carried = rules.begins(CARRIED, 1, due_on=due_on, today=today, spared=False)
    assert rules.next_step(FULL, entered, CALENDAR) == rules.Step(FULL.rung(2), today)
    assert rules.next_step(FULL, carried, CALENDAR) == rules.Step(FULL.rung(2), date(2023, 6, 13))


def test_only_who_confirmed_lets_the_days_run_on_and_a_grave_case_goes_on_at_once():
    at_criticism, day = Matter(4, date(2023, 6, 1)), date(2023, 6, 8)
    assert rules.climbed(FULL, at_criticism, day) is None
    assert rules.decided(at_criticism, 5, confirmed=False, grave=False, on=day) is None
    ordinary = rules.decided(at_criticism, 5, confirmed=True, grave=False, on=day)
    grave = rules.decided(at_criticism, 5, confirmed=True, grave=True, on=day)
    assert rules.next_step(FULL, ordinary, CALENDAR).due_on == date(2023, 6, 13)
    assert rules.next_step(FULL, grave, CALENDAR).due_on == day


def test_an_excuse_holds_everything_but_a_reminder_and_only_where_the_ladder_says_so():
    holding = replace(FULL, holds=frozenset({"obstacle"}))
    assert not rules.is_held(FULL, FULL.rung(2), ["obstacle"])
    assert rules.is_held(holding, FULL.rung(2), ["obstacle"])
    assert not rules.is_held(holding, FULL.rung(1), ["obstacle"])
    assert not rules.is_held(holding, FULL.rung(2), ["extension"])
    assert rules.reported_in_time(date(2023, 6, 1), date(2023, 6, 1))
    assert not rules.reported_in_time(date(2023, 6, 2), date(2023, 6, 1))


def test_a_ladder_reads_back_as_it_was_written():
    body = {
        "name": "阶梯",
        "word": "荷督",
        "rungs": [{"code": "remind", "name": "提醒", "measure": "remind", "wait": 1, "tell": ["desk"]}],
        "spares": ["leadership"],
    }
    ladder = rules.ladder_of(body, 3)
    assert (ladder.version, ladder.spares, ladder.last_by_time) == (3, {"leadership"}, 1)
    assert ladder.rung(1) == Rung(1, "remind", "提醒", Measure.REMIND, 1, ("desk",))
    assert ladder.rung(0) is ladder.rung(2) is None
    assert rules.slip_code("荷督", 2023, 12) == "荷督〔2023〕12号"
