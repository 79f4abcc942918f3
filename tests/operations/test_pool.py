"""The pool: proposed, screened by two people, taken in, moved up, promoted; each refusal beside its success."""

from datetime import date
from decimal import Decimal

import pytest
from django.db import DatabaseError, transaction

from flows.engine import operations as engine
from flows.engine.models import Run
from flows.journal.models import Entry
from flows.journal.selectors import verify
from flows.pool import operations as pool
from flows.pool.models import Finding, Promotion, Proposal, TierChange
from flows.pool.selectors import visible_to
from flows.projects.models import Project
from hetang_flow.lib.errors import Invalid, NotAllowed, NotFound, WrongState
from hetang_flow.refusal_texts import TEXTS
from tests.support import pool as support
from tests.support.pool import REASON, act, found, furnish, pooled, proposed, values


@pytest.fixture
def district(district):
    return furnish(district)


def refused(kind, code, call, *args, **words):
    before = Entry.objects.count(), Run.objects.count(), Finding.objects.count()
    with pytest.raises(kind) as answer:
        call(*args, **words)
    assert answer.value.code == code
    assert code in TEXTS
    assert before == (Entry.objects.count(), Run.objects.count(), Finding.objects.count())


def promote(district, proposal, by="lin", reason=REASON, **changed):
    said = {
        "service": district.units["serving"].pk,
        "leaders": [district.posts["zhao"].pk],
        "planned_investment": Decimal("8000"),
    } | changed
    return pool.start_promotion(
        proposal.public_id, said, reason=reason, by=district.actor(by), now=district.now
    )


# --- proposing ---


def test_an_officer_proposes_for_their_unit_and_a_leader_does_not(district):
    proposal = proposed(district)
    assert (proposal.unit, proposal.state, proposal.is_demo) == (district.units["serving"], "open", True)
    assert proposal.code.startswith("PK2023-")
    refused(NotAllowed, "not-a-unit-s-officer", proposed, district, by="zhao")


def test_what_a_proposal_says_must_hang_together(district):
    refused(Invalid, "investment-implausible", proposed, district, total_investment=Decimal(0))
    refused(Invalid, "construction-backwards", proposed, district, builds_until=date(2020, 1, 1))
    refused(
        NotFound, "no-such-line", pool.propose, 10**9, values(), by=district.actor("chen"), now=district.now
    )


def test_it_is_corrected_only_while_it_lies_with_whoever_proposed_it(district):
    proposal = proposed(district)
    chen = district.actor("chen")
    said = values(total_investment=Decimal("36000"))
    pool.correct(proposal.public_id, said, by=chen, now=district.now)
    (entry,) = Entry.objects.filter(run_id=proposal.run_id, kind="proposal.corrected")
    assert entry.facts["changed"] == {"total_investment": ["32000.00", "36000"]}
    act(district, proposal, "chen", engine.complete)
    refused(
        WrongState, "changed-meanwhile", pool.correct, proposal.public_id, said, by=chen, now=district.now
    )


# --- screening ---


def test_a_stage_is_not_passed_before_all_its_questions_are_answered(district):
    proposal = proposed(district)
    act(district, proposal, "chen", engine.complete)
    refused(WrongState, "findings-missing", act, district, proposal, "cui")
    found(district, proposal, "cui", planning=("fail", "不符合规划"))
    refused(WrongState, "findings-against", act, district, proposal, "cui")
    found(district, proposal, "cui", planning=("condition", "须先调整地块性质"))
    act(district, proposal, "cui")
    assert Finding.objects.filter(proposal=proposal).count() == 2
    assert Finding.objects.get(proposal=proposal, replaced_by=None).answer == "condition"


def test_findings_are_the_institutes_of_its_stage_and_a_no_needs_words(district):
    proposal = proposed(district)
    act(district, proposal, "chen", engine.complete)
    refused(NotAllowed, "not-your-task", found, district, proposal, "lin", planning="pass")
    refused(Invalid, "no-such-question", found, district, proposal, "cui", money="pass")
    refused(Invalid, "finding-needs-words", found, district, proposal, "cui", planning="fail")
    assert found(district, proposal, "cui", planning="pass")
    assert found(district, proposal, "cui", planning="pass") == [], "the same again is nothing new"


def test_a_finding_is_never_changed(district):
    proposal = proposed(district)
    act(district, proposal, "chen", engine.complete)
    (finding,) = found(district, proposal, "cui", planning="pass")
    with pytest.raises(DatabaseError), transaction.atomic():
        Finding.objects.filter(pk=finding.pk).update(answer="fail")


def test_returned_it_is_judged_anew(district):
    proposal = proposed(district)
    act(district, proposal, "chen", engine.complete)
    found(district, proposal, "cui", planning="pass")
    act(district, proposal, "cui")
    act(district, proposal, "shi", engine.return_to_initiator, reason=REASON)
    act(district, proposal, "chen", engine.complete)
    refused(WrongState, "findings-missing", act, district, proposal, "cui")


# --- the ladder ---


def test_it_is_taken_in_on_a_tier_chosen_by_the_lines_contact(district):
    proposal = proposed(district)
    act(district, proposal, "chen", engine.complete)
    found(district, proposal, "cui", planning="pass")
    act(district, proposal, "cui")
    found(district, proposal, "shi", money="pass")
    act(district, proposal, "shi")
    refused(WrongState, "tier-missing", act, district, proposal, "lin")
    lin, now = district.actor("lin"), district.now
    refused(Invalid, "no-such-tier", pool.choose_tier, proposal.public_id, "best", by=lin, now=now)
    pool.choose_tier(proposal.public_id, "early", by=lin, now=now)
    act(district, proposal, "lin")
    proposal.refresh_from_db()
    assert (proposal.state, proposal.tier) == ("pooled", "early")
    assert verify(proposal.chain_id)


def test_declined_it_stays_out_and_readable(district):
    proposal = proposed(district)
    act(district, proposal, "chen", engine.complete)
    found(district, proposal, "cui", planning="pass")
    act(district, proposal, "cui")
    found(district, proposal, "shi", money="pass")
    act(district, proposal, "shi")
    act(district, proposal, "lin", engine.return_to_initiator, reason=REASON)
    proposal.refresh_from_db()
    assert (proposal.state, proposal.run.outcome) == ("closed", "refused")
    assert proposal in visible_to(district.actor("chen"), district.now)


def test_a_tier_is_changed_with_a_reason_by_the_contact_alone(district):
    proposal = pooled(district, "early")
    lin, now = district.actor("lin"), district.now
    pool.change_tier(proposal.public_id, "ready", reason=REASON, by=lin, now=now)
    assert [step.tier for step in TierChange.objects.filter(proposal=proposal)] == ["ready", "early"]
    key = proposal.public_id
    refused(WrongState, "tier-unchanged", pool.change_tier, key, "ready", reason=REASON, by=lin, now=now)
    refused(Invalid, "reason-too-short", pool.change_tier, key, "early", reason="好", by=lin, now=now)
    chen = district.actor("chen")
    refused(NotAllowed, "not-line-contact", pool.change_tier, key, "early", reason=REASON, by=chen, now=now)


# --- into the year's list ---


def test_reviewed_and_approved_it_becomes_a_signed_project_with_its_parties(district):
    proposal = pooled(district)
    promotion = promote(district, proposal)
    act(district, promotion, "ke")
    act(district, promotion, "zhao")
    proposal.refresh_from_db()
    project = Project.objects.get(proposal=proposal)
    assert (project.phase, project.phase_derived, proposal.state) == ("signed", False, "promoted")
    assert project.planned_investment == Decimal("8000")
    assert [unit.organisation.name for unit in project.units.order_by("role")] == [
        "演示业主乙公司",
        district.units["serving"].name,
    ]
    assert project.leaders.get().post == district.posts["zhao"]
    assert verify(project.chain_id)
    assert Promotion.objects.get(pk=promotion.pk).applied is not None
    refused(WrongState, "not-in-the-pool", promote, district, proposal)


def test_refused_it_stays_in_the_pool_and_can_be_proposed_again(district):
    proposal = pooled(district)
    promotion = promote(district, proposal)
    refused(WrongState, "promotion-open", promote, district, proposal)
    act(district, promotion, "ke", engine.return_to_initiator, reason=REASON)
    proposal.refresh_from_db()
    assert (proposal.state, proposal.project) == ("pooled", None)
    assert promote(district, proposal).run.code.endswith("-02")


def test_two_promotions_take_two_numbers(district):
    codes = set()
    for _time in range(2):
        promotion = promote(district, pooled(district))
        act(district, promotion, "ke")
        act(district, promotion, "zhao")
        codes.add(Project.objects.latest("pk").code)
    assert codes == {"DEMO2023-P01", "DEMO2023-P02"}


def test_only_what_is_ready_by_the_contact_with_units_and_leaders_of_the_line(district):
    proposal = pooled(district)
    refused(NotAllowed, "not-line-contact", promote, district, proposal, by="chen")
    wang, qian = district.units["stranger"].pk, [district.posts["qian"].pk]
    refused(Invalid, "not-a-unit-of-the-line", promote, district, proposal, service=wang)
    refused(Invalid, "not-a-leader-of-the-line", promote, district, proposal, leaders=qian)
    refused(Invalid, "not-a-leader-of-the-line", promote, district, proposal, leaders=[])
    beyond = {"planned_investment": Decimal("99999")}
    refused(Invalid, "planned-beyond-total", promote, district, proposal, **beyond)
    early = pooled(district, "early")
    refused(WrongState, "not-ready-to-start", promote, district, early)


def test_nobody_sees_what_is_none_of_their_business(district):
    proposal = proposed(district)
    for name, sees in (
        ("chen", True),
        ("lin", True),
        ("zhao", True),
        ("gao", True),
        ("wang", False),
        ("cui", False),
    ):
        assert (proposal in visible_to(district.actor(name), district.now)) == sees, name
    act(district, proposal, "chen", engine.complete)
    assert proposal in visible_to(district.actor("cui"), district.now)
    assert Proposal.objects.count() == 1
    assert support.POLICIES
