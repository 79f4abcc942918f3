"""Around the signers: added before, alongside and after, taken off, passed on, named for a step to come."""

import pytest

from flows.engine import operations as engine
from flows.engine.models import Assignment
from hetang_flow.lib.errors import Refusal
from tests.support.scene import (
    NO,
    WHY,
    appoint,
    drafted,
    leaders,
    leave,
    policy,
    refused,
    stands_in,
    submitted,
    verified,
)
from tests.support.trial.flow import Straight
from tests.support.trial.stage import REASON, begin

NOWHERE = 10**9


def add(scene, name, *posts, turn, of="", **words):
    words = {"why": WHY} | words
    return scene.act(engine.add_signers, name, scene.posts(*posts), turn=turn, of=of, **words)


def remove(scene, name, of, why=WHY):
    return scene.act(engine.remove_signer, name, of=of, why=why)


def transfer(scene, name, to, of="", why=WHY):
    return scene.act(engine.transfer, name, *scene.posts(to), of=of, why=why)


# --- adding ---


def test_a_signer_added_before_me_signs_first_and_then_it_is_my_turn_again(crowd):
    scene = verified(crowd)
    add(scene, "zhao", "he", turn="before")
    assert scene.stands() == {"zhao": "waiting", "he": "open", "qian": "open"}
    assert scene.told("he") == ["step.todo"]
    refused("not-your-turn", scene.act, engine.approve, "zhao")
    scene.signed("he")
    assert scene.stands()["zhao"] == "open"
    assert scene.told("zhao") == ["step.todo", "step.todo"]
    scene.signed("zhao", "qian")
    assert scene.phase == "fulfilled"


def test_a_signer_added_after_me_is_asked_once_i_have_signed(crowd):
    scene = verified(crowd)
    add(scene, "zhao", "he", turn="after")
    assert scene.stands() == {"zhao": "open", "he": "waiting", "qian": "open"}
    assert scene.told("he") == []
    scene.signed("qian", "zhao")
    assert scene.stands() == {"zhao": "approved", "he": "open", "qian": "approved"}
    assert (scene.told("he"), scene.phase) == (["step.todo"], "signed")
    scene.signed("he")
    assert scene.phase == "fulfilled"


def test_a_signer_added_alongside_is_needed_as_i_am(crowd):
    scene = verified(crowd)
    add(scene, "zhao", "he", turn="alongside")
    assert scene.stands() == {"zhao": "open", "he": "open", "qian": "open"}
    scene.signed("zhao", "qian")
    assert scene.phase == "signed"
    scene.signed("he")
    assert scene.phase == "fulfilled"


def test_an_addition_keeps_who_added_whom_and_why(crowd):
    scene = verified(crowd)
    stands_in(crowd, "he", "zhao")
    add(scene, "he", "du", "ke", turn="before", mode="sequential", of="zhao")
    share, entry = scene.share("ke"), scene.entry("signers.added")
    assert (share.asked_by, share.why, share.root) == (crowd.users["he"], WHY, scene.share("zhao"))
    assert (entry.actor_post, entry.on_behalf_of) == (crowd.posts["he"].name, crowd.users["zhao"])
    assert (entry.facts["turn"], entry.facts["mode"]) == ("before", "sequential")
    assert entry.facts["posts"] == [crowd.posts["du"].name, crowd.posts["ke"].name]


@pytest.mark.parametrize(
    ("mode", "opened", "after_one"),
    [
        ("any_of", {"du": "open", "ke": "open"}, {"du": "approved", "ke": "moot", "zhao": "open"}),
        ("all_of", {"du": "open", "ke": "open"}, {"du": "approved", "ke": "open", "zhao": "waiting"}),
        ("sequential", {"du": "open", "ke": "waiting"}, {"du": "approved", "ke": "open", "zhao": "waiting"}),
    ],
)
def test_several_added_together_pass_by_any_one_by_all_or_in_turn(crowd, mode, opened, after_one):
    scene = verified(crowd)
    add(scene, "zhao", "du", "ke", turn="before", mode=mode)
    assert scene.stands() | opened == scene.stands()
    scene.signed("du")
    assert scene.stands() | after_one == scene.stands()


def test_an_added_signers_no_is_a_veto_where_the_policy_says_so(crowd):
    scene = verified(crowd)
    add(scene, "zhao", "he", turn="before")
    scene.act(engine.reject, "he", reason=NO)
    assert scene.run.round == 2


def test_who_was_added_may_add_again(crowd):
    scene = verified(crowd)
    add(scene, "zhao", "he", turn="before")
    add(scene, "he", "du", turn="before")
    assert scene.stands() == {"zhao": "waiting", "he": "waiting", "du": "open", "qian": "open"}
    scene.signed("du", "he", "zhao", "qian")
    assert scene.phase == "fulfilled"


@pytest.mark.parametrize(
    ("who", "code"),
    [
        ("chen", "post-barred"),  # submitted it
        ("lin", "post-barred"),  # signed at another duty
        ("zhao", "ask-yourself"),
        ("qian", "asked-already"),
        ("tao", "post-empty"),
    ],
)
def test_who_must_not_or_cannot_sign_is_not_added(crowd, who, code):
    scene = verified(crowd)
    leave(crowd, "tao")
    for turn in ("before", "alongside", "after"):
        refused(code, add, scene, "zhao", "he", who, turn=turn)


def test_one_person_is_not_asked_twice_through_another_of_their_posts(crowd):
    scene = verified(crowd)
    for name, post in (("qian", "du"), ("he", "ke")):
        appoint(crowd, name, post)
        leave(crowd, post, post)
    refused("asked-already", add, scene, "zhao", "du", turn="alongside")
    refused("asked-already", add, scene, "zhao", "he", "ke", turn="alongside")
    add(scene, "zhao", "he", turn="alongside")
    refused("asked-already", add, scene, "zhao", "ke", turn="after")
    scene.signed("he")
    refused("asked-already", add, scene, "zhao", "ke", turn="after")


def test_a_policy_that_lets_initiators_sign_lets_them_be_added(crowd):
    policy(crowd, "approve", on_self="allow")
    scene = verified(crowd)
    add(scene, "zhao", "chen", turn="before")
    scene.signed("chen")
    assert scene.stands()["zhao"] == "open"


def test_adding_needs_a_reason_a_turn_a_mode_and_somebody(crowd):
    scene = verified(crowd)
    refused("reason-too-short", add, scene, "zhao", "he", turn="before", why="请看")
    refused("form-incomplete", add, scene, "zhao", "he", turn="sideways")
    refused("form-incomplete", add, scene, "zhao", "he", turn="before", mode="vote")
    refused("nobody-named", add, scene, "zhao", turn="before")
    scene_posts = [*scene.posts("he"), NOWHERE]
    refused("no-such-post", scene.act, engine.add_signers, "zhao", scene_posts, turn="before", why=WHY)


def test_adding_is_for_the_one_whose_turn_it_is_where_the_policy_lets_them(crowd):
    policy(crowd, "approve", forbids=["add_after"])
    scene = verified(crowd)
    refused("not-your-task", add, scene, "wang", "he", turn="before", of="zhao")
    refused("not-by-this-policy", add, scene, "zhao", "he", turn="after")
    scene.signed("zhao")
    refused("already-decided", add, scene, "zhao", "he", turn="before")


def test_a_submission_has_no_added_signers(crowd):
    refused("nothing-to-decide", add, drafted(crowd), "chen", "he", turn="before")


def test_who_must_not_sign_does_not_choose_who_signs_instead(crowd):
    """Chen submitted it and sits in the verifying post as well: no way round by adding, passing on or delegating."""
    appoint(crowd, "chen", "lin")
    scene = submitted(crowd)
    refused("own-submission", add, scene, "chen", "he", turn="alongside", of="lin")
    refused("own-submission", transfer, scene, "chen", "he", of="lin")
    to = scene.posts("he")[0]
    refused("own-submission", scene.act, engine.delegate, "chen", to, of="lin", question=WHY)
    transfer(scene, "lin", "he")


# --- taking off ---


def test_who_added_a_signer_may_take_them_off_and_so_may_the_campaign_office(crowd):
    scene = verified(crowd)
    for name, post in (("zhao", "zhao"), ("gao", "campaign-office officer gao")):
        add(scene, "zhao", "he", turn="before")
        remove(scene, name, "he")
        assert scene.share("he").status == "removed"
        assert scene.share("zhao").status == "open"
        assert scene.told("he")[-1] == "signer.removed"
        entry = scene.entry("signer.removed")
        assert entry.actor == crowd.users[name]
        assert entry.actor_post == (crowd.posts[post].name if post in crowd.posts else post)


def test_a_signer_taken_off_takes_along_those_they_added(crowd):
    scene = verified(crowd)
    add(scene, "zhao", "he", turn="before")
    scene.act(engine.consult, "he", scene.posts("luo"), question=WHY)
    add(scene, "he", "du", "ke", turn="alongside", mode="sequential")
    remove(scene, "zhao", "he")
    stands = scene.stands()
    assert {name: stands[name] for name in ("he", "du", "ke", "luo")} == dict.fromkeys(
        ("he", "du", "ke", "luo"), "removed"
    )
    assert stands["zhao"] == "open"
    assert {name: scene.told(name)[-1] for name in ("he", "du", "luo")} == dict.fromkeys(
        ("he", "du", "luo"), "signer.removed"
    )
    assert "signer.removed" not in scene.told("ke"), "it had not been Ke's turn"


@pytest.mark.parametrize(("word", "phase", "round_number"), [("yes", "fulfilled", 1), ("no", "signed", 2)])
def test_taking_off_the_one_who_is_missing_decides_the_step(crowd, word, phase, round_number):
    policy(crowd, "approve", on_no="count")
    scene = verified(crowd)
    add(scene, "zhao", "he", turn="alongside")
    scene.signed("zhao")
    if word == "yes":
        scene.signed("qian")
    else:
        scene.act(engine.reject, "qian", reason=NO)
    remove(scene, "zhao", "he")
    assert (scene.phase, scene.run.round) == (phase, round_number)
    assert scene.told("chen")[-1] == ("project.moved" if word == "yes" else "step.returned")


def test_who_was_named_by_the_policy_is_taken_off_by_the_campaign_office_alone(crowd):
    scene = verified(crowd)
    refused("not-added-by-you", remove, scene, "zhao", "qian")
    remove(scene, "gao", "qian")
    scene.signed("zhao")
    assert scene.phase == "fulfilled"


def test_nobody_gets_rid_of_their_own_signature_by_passing_it_on_and_taking_that_off(crowd):
    scene = verified(crowd)
    transfer(scene, "zhao", "he")
    refused("not-added-by-you", remove, scene, "zhao", "he")


def test_who_added_a_signer_may_still_take_off_whom_it_was_passed_on_to(crowd):
    scene = verified(crowd)
    add(scene, "zhao", "he", turn="before")
    transfer(scene, "he", "du")
    refused("not-added-by-you", remove, scene, "he", "du")
    remove(scene, "zhao", "du")
    assert scene.share("zhao").status == "open"


def test_whoever_has_acted_stays_and_so_does_the_last(crowd):
    scene = verified(crowd)
    add(scene, "zhao", "he", "du", turn="before")
    scene.signed("he")
    refused("signer-has-acted", remove, scene, "zhao", "he")
    refused("not-added-by-you", remove, scene, "wang", "du")
    refused("administrator", remove, scene, "xi", "du")
    refused("reason-too-short", remove, scene, "zhao", "du", why="不用")
    remove(scene, "gao", "qian")
    refused("signer-has-acted", remove, scene, "gao", "zhao")
    remove(scene, "zhao", "du")
    only = submitted(crowd)
    refused("last-signer", remove, only, "gao", "lin")


def test_nobody_is_taken_off_while_it_is_suspended_or_over(crowd):
    scene = verified(crowd)
    add(scene, "zhao", "he", turn="before")
    scene.govern(engine.suspend, "gao", reason=WHY)
    refused("run-suspended", remove, scene, "zhao", "he")
    scene.govern(engine.terminate, "gao", reason=WHY)
    refused("task-closed", remove, scene, "gao", "he")


# --- passing on ---


def test_who_passes_it_on_has_left_and_the_other_signs_with_all_that_hangs_on_it(crowd):
    scene = verified(crowd)
    add(scene, "zhao", "du", turn="after")
    scene.act(engine.consult, "zhao", scene.posts("luo"), question=WHY)
    transfer(scene, "zhao", "he")
    assert scene.stands() == {
        "zhao": "transferred", "he": "open", "du": "waiting", "luo": "open", "qian": "open",
    }  # fmt: skip
    assert scene.told("he") == ["step.transferred"]
    refused("already-decided", scene.act, engine.approve, "zhao")
    scene.signed("he")
    assert (scene.share("du").status, scene.share("luo").status) == ("open", "moot")
    entry = scene.entry("share.transferred")
    assert (entry.actor_post, entry.facts["to"]) == (crowd.posts["zhao"].name, crowd.posts["he"].name)


def test_the_weight_of_a_vote_passes_on_with_it(crowd):
    policy(crowd, "approve", mode="vote", on_no="count", weights={"zhao": 3})
    scene = verified(crowd)
    transfer(scene, "zhao", "he")
    scene.signed("he")
    assert scene.phase == "fulfilled"


def test_a_substitute_passes_on_in_the_name_of_who_is_away(crowd):
    scene = verified(crowd)
    stands_in(crowd, "he", "zhao")
    refused("ask-yourself", transfer, scene, "he", "he", of="zhao")
    transfer(scene, "he", "du", of="zhao")
    assert scene.entry("share.transferred").on_behalf_of == crowd.users["zhao"]


@pytest.mark.parametrize(
    ("who", "code"),
    [
        ("chen", "post-barred"),
        ("lin", "post-barred"),
        ("qian", "asked-already"),
        ("zhao", "ask-yourself"),
        ("tao", "post-empty"),
    ],
)
def test_it_is_passed_on_to_nobody_who_must_not_or_cannot_sign(crowd, who, code):
    leave(crowd, "tao")
    scene = verified(crowd)
    refused(code, transfer, scene, "zhao", who)


def test_a_gate_may_keep_a_signature_with_its_post(crowd):
    policy(crowd, "approve", forbids=["transfer"])
    scene = verified(crowd)
    refused("not-by-this-policy", transfer, scene, "zhao", "he")
    refused("not-your-task", transfer, submitted(crowd), "wang", "he", of="lin")
    refused("reason-too-short", transfer, submitted(crowd), "lin", "he", why="转")


def test_work_is_passed_on_to_anybody_but_who_has_it_already(crowd):
    scene = drafted(crowd)
    transfer(scene, "chen", "bai")
    transfer(scene, "bai", "du")
    assert scene.stands() == {"chen": "transferred", "bai": "transferred", "du": "open"}
    second = Assignment.objects.create(
        run=scene.run, step=scene.step, post=crowd.posts["bai"], order=9, opened=crowd.now
    )
    assert second.status == "open"
    refused("asked-already", transfer, scene, "du", "bai")


# --- naming people for a step to come ---


def append(scene, name, node, *posts, why=WHY):
    return scene.govern(engine.append_assignees, name, node, scene.posts(*posts), why=why)


def test_further_people_are_asked_when_the_step_comes_in_this_run_only(crowd):
    scene = submitted(crowd)
    append(scene, "chen", "approve", "liu")
    append(scene, "gao", "approve", "he")
    assert scene.run.appended == {"approve": scene.posts("liu", "he")}
    assert [scene.told("liu"), scene.told("he")] == [[], []]
    scene.signed("lin")
    assert scene.stands() == dict.fromkeys(("zhao", "qian", "liu", "he"), "open")
    entry = scene.entry("assignees.appended")
    assert (entry.actor_post, entry.facts["at"]) == (crowd.posts["gao"].name, "approve")
    assert set(verified(crowd).stands()) == {"zhao", "qian"}


@pytest.mark.parametrize("mode", ["any_of", "vote"])
def test_an_initiator_does_not_choose_judges_who_could_outweigh_the_others(crowd, mode):
    policy(crowd, "approve", mode=mode)
    scene = submitted(crowd)
    refused("not-by-this-policy", append, scene, "chen", "approve", "liu")
    append(scene, "gao", "approve", "liu")


def test_only_a_step_that_has_not_come_takes_further_people(crowd):
    scene = verified(crowd)
    for node in ("submit", "verify", "approve"):
        refused("step-has-come", append, scene, "gao", node, "he")
    refused("no-such-task", append, scene, "gao", "advance", "he")
    refused("no-such-task", append, scene, "gao", "nowhere", "he")
    scene.back("zhao")
    append(scene, "chen", "approve", "he")


def test_strangers_name_nobody_and_nobody_names_who_must_not_sign(crowd):
    scene = submitted(crowd)
    for name in ("wang", "lin", "zhao", "xi"):
        refused("not-initiator", append, scene, name, "approve", "he")
    refused("post-barred", append, scene, "gao", "approve", "chen")
    refused("ask-yourself", append, scene, "gao", "approve", "gao")
    refused("reason-too-short", append, scene, "chen", "approve", "he", why="加人")
    refused("nobody-named", append, scene, "chen", "approve")
    append(scene, "chen", "approve", "he")
    refused("asked-already", append, scene, "chen", "approve", "he")


def test_nobody_is_named_for_a_step_of_a_matter_that_stands_still_or_is_over(crowd):
    scene = submitted(crowd)
    scene.govern(engine.suspend, "gao", reason=WHY)
    refused("run-suspended", append, scene, "chen", "approve", "he")
    scene.govern(engine.terminate, "gao", reason=WHY)
    refused("task-closed", append, scene, "chen", "approve", "he")


def test_who_was_named_and_signs_at_another_duty_meanwhile_is_not_asked_again(crowd):
    """Whether somebody may sign is asked again when the step opens."""
    scene = submitted(crowd, leaders(crowd, "zhao"))
    append(scene, "gao", "approve", "he")
    add(scene, "lin", "he", turn="alongside")
    policy(crowd, "verify", mode="all_of")
    scene.signed("he", "lin")
    assert scene.stands() == {"zhao": "open", "he": "open"}
    assert scene.step.waits_for == crowd.posts["he"].name
    refused("signed-already", scene.act, engine.approve, "he")


def test_work_is_not_passed_on_to_a_post_that_is_asked_in_it_already(district):
    trial = begin(district, Straight, draft="chen bai")
    with pytest.raises(Refusal) as answer:
        trial.act("chen", engine.transfer, district.posts["bai"].pk, why=REASON)
    assert answer.value.code == "asked-already"
    trial.act("chen", engine.transfer, district.posts["ke"].pk, why=REASON)
    trial.act("ke", engine.transfer, district.posts["chen"].pk, why=REASON)
    assert trial.yes("chen", "bai").open == ["check"]


def test_an_opinion_that_was_asked_for_is_no_share_in_the_work(district):
    trial = begin(district, Straight, draft="chen")
    trial.act("chen", engine.consult, [district.posts["ke"].pk], question=REASON)
    trial.act("chen", engine.transfer, district.posts["ke"].pk, why=REASON)
    assert trial.open == ["draft"]
