"""Rules of inspection rounds: days, who inspects what, what a visit says, what a finding may open."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flows.inspections import rules
from flows.inspections.rules import Inspector, days_fit, free, may_report, stage
from permissions.actors import Actor, PostRef

TODAY = date(2023, 6, 1)
days = st.dates(date(2023, 5, 1), date(2023, 12, 31))


def post(number, unit=1, code="bureau", duty="officer"):
    return PostRef(number, f"p{number}", f"post {number}", duty, unit, code, code)


def actor(*posts, **more):
    return Actor(7, "Hao", posts, acting=posts[0] if posts else None, **more)


OFFICE = post(1, 10, rules.HEADQUARTERS_OFFICE, "desk")


# --- days ---


@given(days, days, days)
def test_a_round_that_fits_asks_for_materials_first_and_never_in_the_past(materials, first, last):
    verdict = days_fit(first, last, materials, today=TODAY)
    fits = TODAY <= materials <= first <= last and (last - materials).days <= rules.MOST_DAYS
    assert bool(verdict) == fits
    assert verdict or verdict.facts["field"] in ("materials_due", "last_day")


@pytest.mark.parametrize(
    ("shift", "code"),
    [
        ((-1, 0, 0), "materials-day-gone"),
        ((1, 0, 1), "materials-after-visit"),
        ((0, 1, 0), "round-ends-before"),
        ((0, 0, 93), "round-too-long"),
        ((0, 0, 92), ""),
        ((0, 0, 0), ""),
    ],
)
def test_the_first_thing_that_is_wrong_with_the_days_is_told(shift, code):
    materials, first, last = (TODAY + timedelta(days=each) for each in shift)
    assert days_fit(first, last, materials, today=TODAY).code == code


# --- who inspects ---


inspectors = st.lists(
    st.builds(Inspector, st.integers(1, 9), st.integers(1, 4), st.frozensets(st.integers(1, 6), max_size=3)),
    max_size=6,
)


@given(inspectors, st.sets(st.integers(1, 4)), st.sets(st.integers(1, 6)))
def test_nobody_of_a_party_inspects_in_whichever_post(several, parties, members):
    by_post = {each.post: each for each in several}
    found = set(free(list(by_post.values()), parties, members))
    for each in by_post.values():
        if each.post in found:
            assert each.unit not in parties
            assert each.people - members
    assert found <= by_post.keys()


def test_a_post_held_by_two_inspects_as_long_as_one_of_them_has_no_part():
    assert free([Inspector(1, 9, frozenset({1, 2}))], {5}, {2}) == [1]
    assert free([Inspector(1, 9, frozenset({2}))], {5}, {2}) == []
    assert free([Inspector(1, 9, frozenset())], {5}, ()) == [], "an empty post inspects nothing"


def test_the_headquarters_office_announces_and_calls_off_once():
    assert rules.may_announce(actor(OFFICE), invented=False)
    assert rules.may_announce(actor(post(2)), invented=True).code == "not-headquarters"
    assert rules.may_announce(actor(OFFICE, administrator="system"), invented=True).code == "not-headquarters"
    assert rules.may_announce(actor(OFFICE, is_demo=True), invented=False).code == "demonstration-only"
    assert rules.may_call_off(actor(OFFICE), called_off=False)
    assert rules.may_call_off(actor(OFFICE), called_off=True).code == "called-off-already"
    assert rules.may_call_off(actor(post(2)), called_off=True).code == "not-headquarters"


# --- what a visit says ---


@given(st.integers(0, 3), st.booleans(), st.none() | days)
def test_a_visit_is_handed_in_with_exactly_one_answer_and_a_day_that_can_be(found, nothing, day):
    verdict = may_report(found, nothing=nothing, day=day, first=date(2023, 5, 20), today=TODAY)
    may = day is not None and date(2023, 5, 20) <= day <= TODAY and bool(found) != nothing
    assert bool(verdict) == may


def test_a_text_says_something_and_an_objection_may_be_left_out():
    assert rules.text_fits("基坑无防护。", field="text")
    assert rules.text_fits("  无防护  ", field="text").code == "too-few-words"
    assert rules.text_fits("长" * 1001, field="text").code == "text-too-long"
    assert rules.objection_fits("  ")
    assert rules.objection_fits("不对").code == "too-few-words"


def test_a_visit_takes_so_many_findings_and_none_once_it_is_handed_in():
    assert rules.may_note(39, handed_in=False)
    assert rules.may_note(40, handed_in=False).code == "too-many-findings"
    assert rules.may_note(0, handed_in=True).code == "visit-reported-already"


@pytest.mark.parametrize(
    ("opened", "closed", "waits_at", "expected"),
    [
        (False, False, "", rules.OPENING),
        (True, False, "hand_in", rules.MATERIALS),
        (True, False, "visit", rules.VISIT),
        (True, False, "seen", rules.SEEN),
        (True, True, "", rules.OVER),
        (False, True, "", rules.OVER),
    ],
)
def test_where_a_visit_stands(opened, closed, waits_at, expected):
    assert stage(opened=opened, closed=closed, waits_at=waits_at) == expected


# --- what a finding opens ---


def may_open(by, *, parties=(5,), invented=True):
    return rules.may_open(by, inspectors=[2], parties=list(parties), invented=invented)


def test_an_inspector_and_the_headquarters_office_open_what_a_finding_asks_for():
    assert may_open(actor(post(2)))
    assert may_open(actor(OFFICE))
    assert may_open(actor(post(3))).code == "not-inspecting"
    assert may_open(actor(post(2), administrator="audit")).code == "not-inspecting"
    assert may_open(actor(post(2), post(4, 5))).code == "inspects-own-work"
    assert may_open(actor(post(2), is_demo=True), invented=False).code == "demonstration-only"


def test_a_finding_opens_each_once_and_only_when_it_stands():
    assert rules.may_follow(handed_in=True, taken_back=False, opened=False)
    assert rules.may_follow(handed_in=True, taken_back=False, opened=True).code == "finding-opened"
    assert rules.may_follow(handed_in=False, taken_back=False, opened=False).code == "finding-not-handed-in"
    assert rules.may_follow(handed_in=True, taken_back=True, opened=False).code == "finding-not-handed-in"


def test_one_acts_in_the_post_that_inspects_and_else_in_that_of_the_office():
    assert rules.capacity(actor(OFFICE, post(2)), [2]).acting.id == 2
    assert rules.capacity(actor(post(3), OFFICE), [2]).acting.id == OFFICE.id
    assert rules.capacity(actor(post(3)), [2]).acting.id == 3


def test_drafts_are_read_by_who_inspects_and_by_the_office():
    assert rules.sees_drafts(actor(post(2)), [2])
    assert rules.sees_drafts(actor(OFFICE), [2])
    assert not rules.sees_drafts(actor(post(3)), [2])
    assert not rules.sees_drafts(actor(OFFICE, administrator="system"), [2])


def test_a_round_is_over_when_every_visit_is():
    assert not rules.Progress().over
    assert not rules.Progress(projects=2, closed=1).over
    assert rules.Progress(projects=2, closed=2).over
