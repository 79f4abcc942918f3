"""The pool's rules: who proposes, what a screening lacks, who moves a proposal along the ladder."""

from datetime import date, timedelta
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from flows.pool import rules
from flows.pool.rules import Asked
from permissions.actors import Actor, PostRef


def person(*posts, administrator="", is_demo=False):
    return Actor(1, "Li", posts=tuple(posts), administrator=administrator, is_demo=is_demo)


def post(duty="officer", unit=7, code="bureau"):
    return PostRef(
        id=unit * 10, code=f"{code}-{duty}", name=duty, duty=duty, organisation_id=unit,
        organisation_code=code, organisation_name=code,
    )  # fmt: skip


answers = st.sampled_from(["", "pass", "condition", "fail"])
questions = st.lists(answers, min_size=1, max_size=8)


@given(questions)
def test_a_stage_is_passed_exactly_when_every_question_is_answered_and_none_with_a_no(said):
    verdict = rules.may_pass_screening([Asked(f"q{n}", answer) for n, answer in enumerate(said)])
    assert bool(verdict) == all(answer in ("pass", "condition") for answer in said)
    if "" in said:
        assert verdict.code == "findings-missing"
        assert verdict.facts["missing"] == [f"q{n}" for n, answer in enumerate(said) if not answer]


@given(st.integers(-1000, 1000), st.decimals("-1e9", "1e9", places=2))
def test_money_is_above_nothing_and_the_works_end_after_they_begin(days, total):
    first = date(2023, 1, 1)
    verdict = rules.plausible(total=total, first=first, last=first + timedelta(days=days))
    assert bool(verdict) == (0 < total <= rules.LARGEST and days >= 0)


def test_a_figure_that_is_none_is_no_investment():
    assert not rules.plausible(total=Decimal("NaN"), first=date(2023, 1, 1), last=date(2023, 2, 1))


def test_officers_and_desks_propose_and_nobody_else():
    assert rules.may_propose(person(post()))
    assert rules.may_propose(person(post("desk")))
    assert rules.may_propose(person(post("leader"))).code == "not-a-unit-s-officer"
    assert rules.may_propose(person(post(), administrator="system")).code == "not-a-unit-s-officer"


def test_a_ready_proposal_is_promoted_once_by_the_lines_contact():
    known = {"contact_units": {7}, "state": "pooled", "tier": "ready", "promoting": False, "invented": True}
    assert rules.may_promote(person(post("desk")), **known)
    assert rules.may_promote(person(post("desk", 3, "campaign-office")), **known)
    refusals = [
        (person(post("desk", 8)), {}, "not-line-contact"),
        (person(post("leader")), {}, "not-line-contact"),
        (person(post("desk")), {"state": "open"}, "not-in-the-pool"),
        (person(post("desk")), {"tier": "early"}, "not-ready-to-start"),
        (person(post("desk")), {"promoting": True}, "promotion-open"),
        (person(post("desk"), is_demo=True), {"invented": False}, "demonstration-only"),
    ]
    for actor, changed, code in refusals:
        assert rules.may_promote(actor, **{**known, **changed}).code == code


def test_a_tier_is_changed_to_another_one_only():
    known = {"contact_units": {7}, "state": "pooled", "now_in": "early"}
    assert rules.may_change_tier(person(post()), **known, to="ready")
    assert rules.may_change_tier(person(post()), **known, to="early").code == "tier-unchanged"
    assert rules.may_change_tier(person(post()), **known, to="best").code == "no-such-tier"
    assert rules.may_change_tier(person(post(unit=8)), **known, to="ready").code == "not-line-contact"
    assert (
        rules.may_change_tier(person(post()), **{**known, "state": "open"}, to="ready").code
        == "not-in-the-pool"
    )
