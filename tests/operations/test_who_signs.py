"""Whom a step asks: empty posts, one's own matter, whoever comes up again, whoever has to stand aside."""

import pytest

from flows.engine import operations as engine
from flows.engine.models import Assignment, Policy
from flows.engine.standing import people_in
from permissions.models import Organisation
from tests.support.scene import (
    NO,
    WHY,
    Scene,
    appoint,
    leaders,
    leave,
    policy,
    refused,
    stands_in,
    submitted,
    verified,
)


def seat(district, name, *posts):
    """Somebody takes these posts over from whoever holds them."""
    for post in posts:
        leave(district, post, post)
        appoint(district, name, post)


# --- an empty post ---


def test_an_empty_post_is_named_told_and_waited_for(crowd):
    leave(crowd, "qian")
    scene = verified(crowd)
    assert scene.stands() == {"zhao": "open", "qian": "open"}
    assert scene.step.waits_for == crowd.posts["qian"].name
    assert (scene.told("gao")[-1], scene.told("han")[-1]) == ("step.blocked", "step.blocked")
    assert scene.entry("step.waits").facts["waits_for"] == crowd.posts["qian"].name
    scene.signed("zhao")
    assert scene.phase == "signed", "never passed over"
    seat(crowd, "wang", "qian")
    scene.act(engine.approve, "wang", of="qian")
    assert scene.phase == "fulfilled"


@pytest.mark.parametrize(("on_empty", "stand_in", "instead"), [("admin", None, "han"), ("named", "ke", "ke")])
def test_the_campaign_office_or_a_named_post_signs_for_an_empty_one(crowd, on_empty, stand_in, instead):
    leave(crowd, "qian")
    policy(crowd, "approve", on_empty=on_empty, stand_in=stand_in)
    scene = verified(crowd)
    assert (scene.stands(), scene.step.waits_for) == ({"zhao": "open", instead: "open"}, "")
    scene.signed("zhao", instead)
    assert scene.phase == "fulfilled"


def test_a_stand_in_who_must_not_sign_leaves_the_post_empty(crowd):
    leave(crowd, "qian")
    policy(crowd, "approve", on_empty="named", stand_in="lin")
    scene = verified(crowd)
    assert scene.step.waits_for == crowd.posts["qian"].name


def test_the_desk_of_the_parent_unit_signs_for_an_empty_post(crowd):
    Organisation.objects.filter(pk=crowd.units["leading"].pk).update(parent=crowd.units["hq-office"])
    leave(crowd, "he")
    policy(crowd, "approve", on_empty="parent_unit")
    scene = verified(crowd, leaders(crowd, "zhao", "he"))
    assert (scene.stands(), scene.step.waits_for) == ({"zhao": "open", "ma": "open"}, "")


def test_two_empty_posts_of_which_one_has_a_parent_unit_wait_for_the_other(crowd):
    Organisation.objects.filter(pk=crowd.units["leading"].pk).update(parent=crowd.units["hq-office"])
    leave(crowd, "he")
    leave(crowd, "wang")
    policy(crowd, "approve", on_empty="parent_unit")
    scene = verified(crowd, leaders(crowd, "zhao", "he", "wang"))
    assert scene.stands() == {"zhao": "open", "ma": "open", "wang": "open"}
    assert scene.step.waits_for == crowd.posts["wang"].name


def test_where_any_one_signs_an_empty_post_beside_a_held_one_waits_for_nobody(crowd):
    leave(crowd, "qian")
    policy(crowd, "approve", mode="any_of")
    scene = verified(crowd)
    assert (scene.stands(), scene.step.waits_for) == ({"zhao": "open", "qian": "open"}, "")
    scene.signed("zhao")
    assert scene.phase == "fulfilled"


def test_a_resolver_that_names_nobody_blocks_under_the_policys_own_name(crowd):
    policy(crowd, "approve", name="联系区领导审批")
    scene = submitted(crowd)
    scene.milestone.project.leaders.filter(level="district").delete()
    scene.signed("lin")
    assert (scene.stands(), scene.step.waits_for) == ({}, "联系区领导审批")


def test_whoever_stands_in_for_an_empty_post_answers_for_it(crowd):
    leave(crowd, "qian")
    stands_in(crowd, "liu", "qian")
    scene = verified(crowd)
    assert scene.step.waits_for == ""
    assert scene.told("liu") == ["step.todo"]
    scene.act(engine.approve, "liu", of="qian")
    assert scene.entry("share.approved").actor_post == crowd.posts["liu"].name


# --- one's own matter ---


def own(district, **values):
    """The initiator alone sits in the verifying post."""
    seat(district, "chen", "lin")
    policy(district, "verify", **values)
    return submitted(district)


def test_forbidden_the_alternate_signs_instead(crowd):
    scene = own(crowd, on_self="forbid", alternate="ke")
    assert (scene.stands(), scene.step.waits_for) == ({"ke": "open"}, "")


def test_forbidden_without_an_alternate_it_is_as_an_empty_post(crowd):
    scene = own(crowd, on_self="forbid")
    assert (scene.stands(), scene.step.waits_for) == ({"lin": "open"}, crowd.posts["lin"].name)
    assert scene.told("chen") == ["step.todo"], "of the draft; who must not sign is not asked"
    refused("own-submission", scene.act, engine.approve, "chen", of="lin")


def test_to_the_head_of_the_unit(crowd):
    scene = own(crowd, on_self="to_head")
    assert scene.stands() == {"he": "open"}
    scene.signed("he")
    assert scene.stands() == {"zhao": "open", "qian": "open"}


def test_to_the_head_who_is_the_initiator_as_well_is_as_an_empty_post(crowd):
    seat(crowd, "chen", "he")
    scene = own(crowd, on_self="to_head")
    assert scene.step.waits_for == crowd.posts["lin"].name


def test_skipped_it_is_marked_as_the_systems_and_passed(crowd):
    scene = own(crowd, on_self="skip")
    share = scene.share("lin")
    assert (share.status, share.auto) == ("approved", "own_matter")
    assert scene.entry("share.auto").facts["why"] == "own_matter"
    assert scene.stands() == {"zhao": "open", "qian": "open"}
    assert scene.told("sun") == ["run.copied"], "what follows the step happened"


def test_allowed_the_initiator_signs(crowd):
    scene = own(crowd, on_self="allow")
    scene.act(engine.approve, "chen", of="lin")
    assert scene.stands() == {"zhao": "open", "qian": "open"}


def test_a_colleague_in_the_same_post_is_free_and_only_they_are_told(crowd):
    appoint(crowd, "chen", "lin")
    scene = submitted(crowd)
    assert scene.step.waits_for == ""
    assert (scene.told("lin"), scene.told("chen")) == (["step.todo"], ["step.todo"]), "Chen's is the draft"
    refused("own-submission", scene.act, engine.approve, "chen", of="lin")
    scene.signed("lin")


# --- whoever comes up again ---


def test_who_signed_at_another_duty_is_replaced_by_the_alternate_and_never_merged(crowd):
    policy(crowd, "approve", alternate="tao", on_repeat="all")
    scene = verified(crowd, leaders(crowd, "zhao", "lin"))
    assert scene.stands() == {"zhao": "open", "tao": "open"}
    scene.signed("zhao", "tao")
    assert scene.phase == "fulfilled"


def test_without_an_alternate_it_blocks_and_says_so(crowd):
    scene = verified(crowd, leaders(crowd, "zhao", "lin"))
    assert scene.stands() == {"zhao": "open", "lin": "open"}
    assert scene.step.waits_for == crowd.posts["lin"].name
    refused("signed-already", scene.act, engine.approve, "lin")


def test_an_alternate_who_must_not_sign_either_leaves_it_blocked(crowd):
    policy(crowd, "approve", alternate="chen")
    scene = verified(crowd, leaders(crowd, "zhao", "lin"))
    assert scene.step.waits_for == crowd.posts["lin"].name


def test_within_one_duty_nobody_is_merged_unless_the_policy_says_so(crowd):
    for key in ("verify", "approve"):
        policy(crowd, key, duty="judge")
    scene = verified(crowd, leaders(crowd, "zhao", "lin"))
    assert scene.stands() == {"zhao": "open", "lin": "open"}
    scene.signed("zhao", "lin")
    assert scene.phase == "fulfilled"


@pytest.mark.parametrize("on_repeat", ["consecutive", "all"])
def test_within_one_duty_who_has_signed_is_marked_by_the_system(crowd, on_repeat):
    for key in ("verify", "approve"):
        policy(crowd, key, duty="judge", on_repeat=on_repeat)
    scene = verified(crowd, leaders(crowd, "zhao", "lin"))
    assert scene.stands() == {"zhao": "open", "lin": "approved"}
    share = scene.share("lin")
    assert (share.auto, share.decided_by) == ("same_person", crowd.users["lin"])
    refused("not-your-decision", scene.act, engine.take_back, "lin")
    scene.signed("zhao")
    assert scene.phase == "fulfilled"


@pytest.mark.parametrize(("on_repeat", "found"), [("consecutive", {"zhao"}), ("all", {"zhao", "lin"})])
def test_consecutive_looks_at_the_step_before_and_all_at_every_step_of_the_duty(crowd, on_repeat, found):
    for key in ("verify", "approve"):
        policy(crowd, key, duty="judge", on_repeat=on_repeat)
    scene = verified(crowd).signed("zhao")
    shares, rule = list(Assignment.objects.filter(run=scene.run)), Policy.objects.get(key="milestone.approve")
    people = people_in(scene.run, shares, rule, after=scene.step)
    assert people.here == {crowd.users[name].pk for name in found}
    assert people.elsewhere == set()


def test_a_step_where_everybody_has_signed_before_passes_by_itself(crowd):
    for key in ("verify", "approve"):
        policy(crowd, key, duty="judge", on_repeat="consecutive")
    scene = verified(crowd, leaders(crowd, "lin"))
    assert (scene.run.outcome, scene.phase) == ("completed", "fulfilled")
    assert scene.share("lin").auto == "same_person"
    assert scene.recorded()[-3:] == ["share.auto", "project.moved", "run.completed"]


def test_in_a_new_round_everybody_signs_again(crowd):
    for key in ("verify", "approve"):
        policy(crowd, key, duty="judge", on_repeat="all")
    scene = verified(crowd, leaders(crowd, "zhao", "lin"))
    scene.back("zhao")
    scene.submit()
    assert scene.stands() == {"lin": "open"}


# --- whoever has to stand aside ---


def test_a_unit_that_served_does_not_sign_and_the_alternate_does(crowd):
    policy(crowd, "approve", recuse=["project.served_units"], alternate="tao")
    scene = verified(crowd, leaders(crowd, "zhao", "du"))
    assert scene.stands() == {"zhao": "open", "tao": "open"}
    assert scene.told("du") == []


def test_without_an_alternate_a_recusal_blocks_and_says_so(crowd):
    policy(crowd, "approve", recuse=["project.served_units"])
    scene = verified(crowd, leaders(crowd, "zhao", "du"))
    assert scene.step.waits_for == crowd.posts["du"].name
    assert "step.blocked" in scene.told("gao")
    refused("recused", scene.act, engine.approve, "du")


def test_whoever_belongs_to_the_unit_stands_aside_in_every_post_and_for_everybody(crowd):
    """Not by another post, not as a substitute, not as an added signer."""
    policy(crowd, "verify", recuse=["project.served_units"])
    policy(crowd, "approve", recuse=["project.served_units"])
    stands_in(crowd, "du", "lin")
    scene = submitted(crowd)
    refused("recused", scene.act, engine.approve, "du", of="lin")
    appoint(crowd, "du", "lin")
    refused("recused", scene.act, engine.approve, "du", of="lin")
    refused("recused", scene.act, engine.claim, "du", of="lin")
    assert scene.told("du") == []
    scene.signed("lin")
    seat(crowd, "du", "ke")
    add = {"turn": "alongside", "why": WHY}
    for post in ("ke", "bai"):
        refused("post-barred", scene.act, engine.add_signers, "zhao", scene.posts(post), **add)
    refused("post-barred", scene.act, engine.transfer, "zhao", scene.posts("bai")[0], why=WHY)


# --- nobody twice ---


def test_one_person_in_several_posts_signs_once(crowd):
    seat(crowd, "zhao", "qian", "liu")
    scene = verified(crowd, leaders(crowd, "zhao", "qian", "liu"))
    assert scene.told("zhao") == ["step.todo"]
    assert Assignment.objects.filter(step=scene.step).count() == 1
    scene.signed("zhao")
    assert scene.phase == "fulfilled"


def test_an_alternate_asked_in_their_own_post_already_is_not_asked_twice(crowd):
    policy(crowd, "approve", alternate="zhao")
    scene = verified(crowd, leaders(crowd, "zhao", "lin"))
    assert scene.stands() == {"zhao": "open"}
    assert scene.step.waits_for == ""


# --- two duties, whatever the way ---


def test_nobody_acts_for_whoever_submitted_or_signed_at_another_duty(crowd):
    appoint(crowd, "chen", "lin")
    leave(crowd, "lin")
    scene = submitted(crowd)
    stands_in(crowd, "luo", "lin")
    refused("own-submission", scene.act, engine.approve, "luo", of="lin")


def test_whose_substitute_signed_at_one_duty_does_not_sign_at_the_next(crowd):
    stands_in(crowd, "luo", "lin")
    scene = submitted(crowd, leaders(crowd, "zhao", "lin", "luo"))
    scene.act(engine.approve, "luo", of="lin")
    assert scene.step.waits_for == f"{crowd.posts['lin'].name}、{crowd.posts['luo'].name}"
    refused("signed-already", scene.act, engine.approve, "lin")
    refused("signed-already", scene.act, engine.approve, "luo")
    scene.signed("zhao")
    assert scene.phase == "signed"


def test_who_signed_does_not_act_for_somebody_at_the_next_duty(crowd):
    stands_in(crowd, "lin", "zhao")
    scene = verified(crowd)
    refused("signed-already", scene.act, engine.approve, "lin", of="zhao")
    assert scene.told("lin") == ["step.todo"], "not asked in Zhao's name either"


def test_who_submitted_does_not_act_for_somebody_who_verifies(crowd):
    stands_in(crowd, "chen", "lin")
    scene = submitted(crowd)
    refused("own-submission", scene.act, engine.approve, "chen", of="lin")
    refused("own-submission", scene.act, engine.reject, "chen", of="lin", reason=NO)


def test_who_handed_it_in_for_somebody_does_not_judge_it_and_neither_does_that_other(crowd):
    stands_in(crowd, "ke", "chen")
    appoint(crowd, "chen", "liu")
    leave(crowd, "liu", "liu")
    scene = Scene(crowd, crowd.milestone(leaders(crowd, "zhao", "ke", "liu")))
    crowd.submit(scene.milestone, by="ke")
    assert scene.entry("work.done").on_behalf_of == crowd.users["chen"]
    scene.signed("lin")
    assert scene.step.waits_for == f"{crowd.posts['ke'].name}、{crowd.posts['liu'].name}"
    refused("own-submission", scene.act, engine.approve, "ke")
    refused("own-submission", scene.act, engine.approve, "chen", of="liu")
