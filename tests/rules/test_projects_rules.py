"""The projects room's rules: size classes, checklists, who may move a project."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flows.projects import lifecycle, rules
from flows.projects.rules import Needed
from permissions.actors import Actor, PostRef

TODAY = date(2023, 6, 1)
SERVING, LEADING = 1, 2


def post(number, unit, duty, code="unit"):
    return PostRef(number, f"p{number}", f"post {number}", duty, unit, code, code)


def actor(*posts, administrator=""):
    return Actor(1, "Chen", posts, administrator, posts[0] if posts else None)


OFFICER = actor(post(1, SERVING, "officer"))
OFFICE = actor(post(2, 9, "officer", "campaign-office"))


# --- size ---


@pytest.mark.parametrize(
    ("amount", "scale"),
    [
        ("100000", "billion"),
        ("99999.99", "hundred_million"),
        ("10000", "hundred_million"),
        ("9999.99", "fifty_million"),
        ("5000", "fifty_million"),
        ("4999.99", "smaller"),
        ("0", "smaller"),
    ],
)
def test_a_class_begins_exactly_at_its_amount(amount, scale):
    assert rules.scale_of(Decimal(amount)) == scale


# --- checklist ---

NEEDS = [
    Needed("permit", "施工许可证", "document"),
    Needed("money", "到位资金", "figure"),
    Needed("done-on", "完成日期", "date"),
    Needed("survey", "地勘报告", "document", required=False),
]


def test_what_is_missing_is_named_in_the_order_of_the_gate():
    assert rules.missing(NEEDS, set(), {}) == ["施工许可证", "到位资金", "完成日期"]
    assert rules.missing(NEEDS, {"permit"}, {"money": Decimal(0), "done-on": None}) == ["完成日期"]
    assert rules.missing(NEEDS, {"permit"}, {"money": Decimal(0), "done-on": TODAY}) == []


@given(st.sets(st.sampled_from(["permit", "survey"])), st.sets(st.sampled_from(["money", "done-on"])))
def test_laying_something_more_on_the_table_never_makes_more_missing(documents, values):
    known = {"money": Decimal(1), "done-on": TODAY}
    before = rules.missing(NEEDS, documents, {name: known[name] for name in values})
    after = rules.missing(NEEDS, documents | {"permit"}, known)
    assert set(after) <= set(before) and not after


def judged(kind, value, **more):
    return rules.plausible(kind, "到位资金", value, today=TODAY, **more).code


@pytest.mark.parametrize(
    ("value", "code"),
    [
        ("0", ""),
        ("999999999999.99", ""),
        ("-0.01", "figure-negative"),
        ("1000000000000", "figure-too-large"),
        ("1e400", "figure-too-large"),
        ("1.234", "figure-too-fine"),
        ("1.230", ""),
        ("NaN", "figure-unreadable"),
        ("sNaN", "figure-unreadable"),
        ("-Infinity", "figure-unreadable"),
    ],
)
def test_a_figure_is_refused_with_its_reason(value, code):
    assert judged("figure", Decimal(value)) == code


@pytest.mark.parametrize(
    ("day", "code"),
    [
        (TODAY, ""),
        (TODAY + timedelta(days=1), "day-in-future"),
        (date(1989, 12, 31), "day-implausible"),
        (date(2100, 1, 1), "day-implausible"),
    ],
)
def test_a_date_is_refused_with_its_reason(day, code):
    assert judged("date", day) == code


def test_a_forecast_may_lie_ahead_but_not_beyond_reason():
    assert judged("date", TODAY + timedelta(days=400), code="expected-resumption") == ""
    assert judged("date", date(2100, 1, 1), code="planned-end") == "day-implausible"


def test_a_completion_before_the_start_names_the_start():
    verdict = rules.plausible(
        "date",
        "竣工日期",
        date(2023, 4, 30),
        today=TODAY,
        not_before=date(2023, 5, 1),
        not_before_name="开工",
    )
    assert verdict.code == "day-before-earlier-gate"
    assert verdict.facts["of"] == "开工" and verdict.facts["least"] == date(2023, 5, 1)
    assert judged("date", date(2023, 5, 1), not_before=date(2023, 5, 1)) == ""


def test_a_day_is_no_figure_and_a_figure_no_day():
    assert judged("figure", TODAY) == judged("date", Decimal(1)) == "value-of-wrong-kind"
    assert judged("figure", None) == judged("date", None) == ""


@given(st.decimals(allow_nan=True, allow_infinity=True))
def test_no_figure_whatever_is_an_error(value):
    assert isinstance(bool(rules.plausible("figure", "x", value, today=TODAY)), bool)


# --- who may move a project ---


def start(by, *, phase="fulfilled", move="start", **more):
    facts = {"service_unit_ids": {SERVING}, "phase": phase, "move": move, "open_milestone": False} | more
    return rules.may_start_milestone(by, moves=lifecycle.moves_from(phase), **facts).code


@pytest.mark.parametrize(
    ("duty", "allowed"),
    [("officer", True), ("desk", True)]
    + [(duty, False) for duty in ("head", "deputy", "leader", "city_leader", "inspector", "contact")],
)
def test_an_officer_or_the_desk_of_a_serving_unit_starts_a_milestone(duty, allowed):
    assert (start(actor(post(1, SERVING, duty))) == "") is allowed
    assert start(actor(post(1, LEADING, duty))) == "not-service-unit"


def test_nobody_without_a_post_and_no_administrator_starts_one():
    assert start(actor()) == "not-service-unit"
    assert start(actor(post(1, SERVING, "officer"), administrator="system")) == "not-service-unit"


def test_nothing_starts_while_something_is_open():
    assert start(OFFICER, open_milestone=True) == "milestone-open"
    assert start(OFFICER, open_correction=True) == "correction-open"


@given(
    st.sampled_from([*lifecycle.Phase.values, "unheard-of"]), st.sampled_from([*lifecycle.Move.values, "fly"])
)
def test_only_a_move_the_lifecycle_names_for_the_phase_starts(phase, move):
    allowed = move in lifecycle.moves_from(phase)
    assert start(OFFICER, phase=phase, move=move) == ("" if allowed else "move-not-from-phase")


def test_the_capacity_is_the_acting_post_if_it_fits_else_the_first_that_does():
    leading, serving, second = post(1, LEADING, "desk"), post(2, SERVING, "officer"), post(3, SERVING, "desk")
    person = actor(leading, serving, second)
    assert rules.serving_capacity(person, {SERVING}).acting == serving
    assert rules.serving_capacity(person.in_post(3), {SERVING}).acting == second
    assert rules.serving_capacity(person, {77}).acting == leading
    assert rules.capacity_in(actor(leading, OFFICE.acting), "campaign-office").acting == OFFICE.acting


def correct(by, to_phase="started", *, phase="building", running=False):
    return rules.may_propose_correction(
        by, phase=phase, to_phase=to_phase, path=lifecycle.PATH, running=running
    ).code


def test_the_campaign_office_proposes_a_correction_to_another_phase_of_the_path():
    assert correct(OFFICE) == correct(OFFICE, None) == ""
    assert correct(OFFICER) == "not-campaign-office"
    assert correct(actor(OFFICE.acting, administrator="audit")) == "not-campaign-office"
    assert correct(OFFICE, running=True) == "something-open"
    assert correct(OFFICE, "building") == "phase-unchanged"
    for phase in ("suspended", "terminated", "", "unheard-of"):
        assert correct(OFFICE, phase) == "phase-not-on-path"
