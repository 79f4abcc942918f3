"""Who may do what: yes only when every condition holds, and otherwise a reason that is true."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flows.engine import rules
from flows.engine.rules import Matter, Standing, Target
from hetang_flow.lib.verdicts import Verdict
from permissions.actors import Actor, PostRef

NOW = datetime(2023, 6, 1, 1, 30, tzinfo=UTC)
YES = st.booleans()
matters = st.builds(Matter, YES, YES)
statuses = st.sampled_from((rules.OPEN, rules.WAITING, rules.APPROVED, rules.MOOT, rules.VOID, rules.REMOVED))
standings = st.builds(
    Standing,
    status=statuses,
    matter=matters,
    role=st.sampled_from((rules.SIGN, rules.ADVISE)),
    holds_post=YES,
    stands_in=YES,
    handed_to_me=YES,
    handed_out=YES,
    in_unit=YES,
    from_desk=YES,
    own_submission=YES,
    signed_elsewhere=YES,
    recused=YES,
    judges=YES,
    forbids=st.sampled_from((frozenset(), frozenset({"transfer"}))),
    decided_when=st.sampled_from((None, NOW)),
)
# What is true of a standing when a rule says so.
TRUE = {
    "not-your-task": lambda at: not at.mine,
    "task-closed": lambda at: at.matter.over or at.status != rules.OPEN,
    "already-decided": lambda at: (at.matter.over or at.status != rules.OPEN) and at.decided_when == NOW,
    "not-your-turn": lambda at: at.status == rules.WAITING and not at.matter.over,
    "run-suspended": lambda at: at.matter.suspended,
    "recused": lambda at: at.recused,
    "own-submission": lambda at: at.own_submission and at.judges,
    "signed-already": lambda at: at.signed_elsewhere and at.judges,
    "advice-only": lambda at: at.role == rules.ADVISE,
    "nothing-asked": lambda at: at.role != rules.ADVISE,
    "not-by-this-policy": lambda at: "transfer" in at.forbids,
    "not-in-your-pool": lambda at: not (at.from_desk and at.in_unit),
    "claimed-already": lambda at: at.handed_out,
    "not-taken": lambda at: not (at.from_desk and at.handed_out),
}


def is_true(verdict: Verdict, at: Standing, wanted: bool) -> None:
    """The answer is the one wanted, and a reason is true."""
    assert bool(verdict) == wanted
    assert verdict or TRUE[verdict.code](at)


def live(at: Standing) -> bool:
    return at.status == rules.OPEN and not at.matter.over and not at.matter.suspended


def free(at: Standing) -> bool:
    return not at.recused and not (at.judges and (at.own_submission or at.signed_elsewhere))


@given(standings)
def test_a_share_is_used_by_whose_it_is_while_it_is_open(at):
    is_true(rules.may_handle(at), at, at.mine and live(at))


@given(standings)
def test_and_signed_by_nobody_who_judges_their_own_or_a_second_time_or_has_to_stand_aside(at):
    is_true(rules.may_act(at), at, at.mine and live(at) and free(at))


@given(standings)
def test_what_else_may_be_done_with_it_is_for_who_may_sign_it_as_far_as_the_policy_goes(at):
    wanted = at.mine and live(at) and free(at) and at.role == rules.SIGN
    is_true(rules.may_use(at, "transfer"), at, wanted and "transfer" not in at.forbids)
    is_true(rules.may_use(at, "consult"), at, wanted)


@given(standings)
def test_a_question_is_answered_by_whom_it_was_put_to(at):
    is_true(rules.may_advise(at), at, at.role == rules.ADVISE and at.mine and live(at))


@given(standings)
def test_a_task_is_taken_from_the_own_units_pool_by_who_may_sign_it(at):
    pool = at.from_desk and at.in_unit and not at.handed_out
    is_true(rules.may_claim(at), at, pool and live(at) and free(at))


@given(standings)
def test_a_task_is_laid_back_by_who_took_it_or_the_desk(at):
    theirs = at.handed_to_me or at.holds_post or at.stands_in
    wanted = at.from_desk and at.handed_out and theirs and at.mine and live(at)
    is_true(rules.may_put_back(at), at, wanted)


@given(standings)
def test_handed_to_me_counts_only_while_i_belong_to_the_unit(at):
    gone = replace(at, holds_post=False, stands_in=False, in_unit=False)
    assert rules.may_handle(gone).code == "not-your-task"


def test_a_late_press_is_told_who_and_when():
    at = Standing(rules.MOOT, holds_post=True, decided_who="分管副区长 Qian", decided_when=NOW)
    told = rules.may_handle(at)
    assert (told.code, told.facts) == ("already-decided", {"who": "分管副区长 Qian", "when": NOW})


@given(st.lists(YES, min_size=5, max_size=5))
def test_only_the_desk_hands_out_and_to_nobody_who_must_not_deal_with_it(facts):
    names = ("from_desk", "holds_desk", "to_submitter", "to_signer", "to_recused")
    at = dict(zip(names, facts, strict=True))
    verdict = rules.may_hand_out(**at)
    assert bool(verdict) == (
        at["from_desk"]
        and at["holds_desk"]
        and not (at["to_submitter"] or at["to_signer"] or at["to_recused"])
    )


targets = st.builds(
    Target,
    st.just("岗位"),
    st.frozensets(st.integers(1, 4)),
    st.frozensets(st.integers(1, 4)),
    YES,
    YES,
    YES,
)


@given(targets, YES)
def test_a_post_is_asked_that_somebody_holds_who_is_not_asked_and_may_sign(target, to_sign):
    fit = bool(target.people) and not target.asked_already and not target.is_me
    may_sign = bool(target.people - target.barred) and not target.recused_unit
    assert bool(rules.may_ask(target, to_sign=to_sign)) == (fit and (may_sign or not to_sign))


@given(statuses, matters, YES, YES, YES, YES)
def test_a_signer_is_taken_off_by_who_may_who_has_not_acted_and_is_not_the_last(
    status, matter, mine, governs, inside, last
):
    verdict = rules.may_remove(
        status=status, matter=matter, added_by_me=mine, governs=governs, decided_inside=inside, is_last=last
    )
    running = not matter.over and not matter.suspended
    silent = status in rules.UNDECIDED and not inside
    assert bool(verdict) == ((mine or governs) and running and silent and not last)


TAKING = ("automatic", "seen", "irreversible", "stands_without", "others_closed", "superseded")


@given(YES, matters, st.lists(YES, min_size=6, max_size=6))
def test_a_decision_is_taken_back_by_who_made_it_while_nothing_came_of_it(mine, matter, facts):
    against = dict(zip(TAKING, facts, strict=True))
    verdict = rules.may_take_back(decided_by_me=mine, matter=matter, **against)
    running = not matter.over and not matter.suspended
    assert bool(verdict) == (mine and running and not any(facts))


@given(st.lists(YES, min_size=5, max_size=5))
def test_a_run_is_withdrawn_by_its_initiator_while_nobody_has_spoken(facts):
    names = ("is_initiator", "run_over", "others_signed", "said_no", "suspended")
    at = dict(zip(names, facts, strict=True))
    assert bool(rules.may_withdraw(**at)) == (at["is_initiator"] and not any(facts[1:]))


@given(YES, YES, matters, YES, YES)
def test_people_are_named_for_a_step_to_come_by_who_may_choose_them(
    initiator, governs, matter, ahead, outweighs
):
    verdict = rules.may_append(
        is_initiator=initiator, governs=governs, matter=matter, ahead=ahead, outweighs=outweighs
    )
    chooses = governs or (initiator and not outweighs)
    assert bool(verdict) == (chooses and ahead and not matter.over and not matter.suspended)


@given(YES, matters, st.sampled_from(("", "running", "suspended")))
def test_the_campaign_office_governs_what_is_not_over(governs, matter, needs):
    fits = {"": True, "running": not matter.suspended, "suspended": matter.suspended}[needs]
    verdict = rules.may_govern(governs=governs, matter=matter, needs=needs)
    assert bool(verdict) == (governs and not matter.over and fits)


@given(YES, YES, YES)
def test_what_is_over_comes_back_if_its_flow_lets_it(governs, over, allowed):
    says = rules.YES if allowed else Verdict("effects-stand", {})
    assert bool(rules.may_reopen(governs=governs, over=over, allowed=says)) == (governs and over and allowed)


@given(YES, matters, YES, YES, st.none() | st.integers(0, 10), st.integers(0, 10))
def test_urging_is_for_who_takes_part_and_once_in_a_while(involved, matter, waits, with_me, ago, hours):
    last = None if ago is None else NOW - timedelta(hours=ago)
    verdict = rules.may_urge(
        involved=involved, matter=matter, waits=waits, last=last, every=timedelta(hours=hours), now=NOW,
        with_me=with_me,
    )  # fmt: skip
    running = waits and not matter.over and not matter.suspended
    assert bool(verdict) == (involved and running and not with_me and (ago is None or ago >= hours))


def test_the_hour_of_the_next_urging_is_said():
    told = rules.may_urge(
        involved=True, matter=Matter(), waits=True, last=NOW, every=timedelta(hours=4), now=NOW
    )
    assert told.facts == {"when": NOW, "again": NOW + timedelta(hours=4)}


@pytest.mark.parametrize(
    ("verdict", "code"),
    [
        (rules.may_copy(sees=True), ""),
        (rules.may_copy(sees=False), "not-involved"),
        (rules.may_acknowledge(copied=True, acknowledged=None), ""),
        (rules.may_acknowledge(copied=True, acknowledged=NOW), "acknowledged-already"),
        (rules.may_acknowledge(copied=False, acknowledged=None), "not-copied"),
        (rules.may_prepare(prepares=True, status=rules.WAITING, matter=Matter(suspended=True)), ""),
        (rules.may_prepare(prepares=False, status=rules.OPEN, matter=Matter()), "not-secretary"),
        (rules.may_prepare(prepares=True, status=rules.MOOT, matter=Matter()), "task-closed"),
        (rules.may_prepare(prepares=True, status=rules.OPEN, matter=Matter(over=True)), "task-closed"),
    ],
)
def test_small_ones(verdict, code):
    assert verdict.code == code


@given(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=600))
def test_a_reason_has_six_to_five_hundred_characters(text):
    assert bool(rules.reason_is_enough(text)) == (len(text.strip()) >= 6 and len(text) <= 500)
    assert bool(rules.text_is_short_enough(text)) == (len(text) <= 500)


@given(st.text(max_size=20), st.sampled_from(("\0", "\ud800", "\udfff")), st.text(max_size=20))
def test_what_the_record_cannot_keep_is_refused_before_it(before, torn, after):
    text = before + torn + after
    assert rules.text_is_short_enough(text).code == "text-not-storable"
    assert not rules.reason_is_enough(text)


def office(duty: str, unit: str = "campaign-office", **values) -> Actor:
    post = PostRef(1, "p", "岗位", duty, 1, unit, "单位")
    other = PostRef(2, "q", "别的岗位", "officer", 2, "elsewhere", "别的单位")
    return Actor(1, "Gao", (other, post), acting=other, **values)


@pytest.mark.parametrize(
    ("by", "wanted"),
    [
        (office("officer"), True),
        (office("desk"), True),
        (office("head"), False),
        (office("officer", unit="hq-office"), False),
        (office("officer", administrator="system"), False),
        (Actor(1, "Wu"), False),
    ],
)
def test_officers_and_the_desk_of_the_campaign_office_govern(by, wanted):
    assert rules.governs(by) is wanted


def test_whoever_governs_acts_in_their_post_there():
    assert rules.in_campaign_office(office("officer")).capacity == "岗位"
    assert rules.in_campaign_office(Actor(1, "Wu")) == Actor(1, "Wu")
