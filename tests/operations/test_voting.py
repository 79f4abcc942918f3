"""How a step passes by any one, by everyone, one after another and by vote; what a no means in each."""

import pytest

from flows.engine import operations as engine
from flows.engine.models import Assignment
from hetang_flow.lib.errors import Invalid
from tests.support.scene import NO, WHY, Scene, leaders, policy, refused, stands_in, submitted, verified


def three(district, **terms) -> Scene:
    """A milestone that lies with three contact leaders."""
    policy(district, "approve", **terms)
    return verified(district, leaders(district, "zhao", "qian", "liu"))


def no(scene, name):
    scene.act(engine.reject, name, reason=NO)


def test_a_signature_keeps_who_in_which_post_when_and_why(crowd):
    scene = three(crowd, mode="all_of")
    scene.act(engine.approve, "zhao", opinion="同意，请抓紧。")
    share, entry = scene.share("zhao"), scene.entry("share.approved")
    assert (share.decided, share.decided_by, share.decided_for) == (crowd.now, crowd.users["zhao"], None)
    assert share.opinion == "同意，请抓紧。"
    assert (entry.actor, entry.actor_post) == (crowd.users["zhao"], crowd.posts["zhao"].name)
    assert entry.on_behalf_of is None
    assert entry.facts["assignment"] == share.pk
    assert scene.stands() == {"zhao": "approved", "qian": "open", "liu": "open"}
    assert scene.told("chen")[-1] == "run.decided", "of the verification; this one decided nothing yet"


def test_a_substitute_signs_in_their_own_post_for_the_person_away(crowd):
    scene = three(crowd, mode="all_of")
    stands_in(crowd, "he", "zhao")
    scene.act(engine.approve, "he", of="zhao")
    share, entry = scene.share("zhao"), scene.entry("share.approved")
    assert (share.decided_by, share.decided_for) == (crowd.users["he"], crowd.users["zhao"])
    assert (entry.actor, entry.actor_post) == (crowd.users["he"], crowd.posts["he"].name)
    assert (entry.on_behalf_of, entry.on_behalf_post) == (crowd.users["zhao"], crowd.posts["zhao"].name)


# --- any one ---


def test_any_one_yes_passes_and_the_others_read_done_by_other(crowd):
    scene = three(crowd, mode="any_of")
    scene.signed("qian")
    assert scene.stands() == {"zhao": "moot", "qian": "approved", "liu": "moot"}
    assert scene.phase == "fulfilled"
    told = refused("already-decided", scene.act, engine.approve, "zhao")
    assert told["who"] == f"{crowd.posts['qian'].name} Qian"


def test_any_one_no_ends_it_as_well(crowd):
    scene = three(crowd, mode="any_of")
    no(scene, "liu")
    assert scene.stands(scene.share("zhao").step) == {"zhao": "moot", "qian": "moot", "liu": "rejected"}
    assert (scene.run.round, scene.stands()) == (2, {"chen": "open"})
    assert scene.told("chen")[-2:] == ["step.todo", "step.returned"]


def test_where_a_no_counts_for_itself_the_others_may_still_pass_it(crowd):
    scene = three(crowd, mode="any_of", on_no="count")
    no(scene, "zhao")
    assert scene.stands() == {"zhao": "rejected", "qian": "open", "liu": "open"}
    scene.signed("liu")
    assert scene.phase == "fulfilled"


# --- everyone ---


def test_one_veto_ends_it_and_who_comes_later_is_told_who_said_it(crowd):
    scene = three(crowd, mode="all_of")
    scene.signed("zhao")
    no(scene, "qian")
    assert scene.run.round == 2
    told = refused("already-decided", scene.act, engine.approve, "liu")
    assert told == {"who": f"{crowd.posts['qian'].name} Qian", "when": scene.share("qian").decided}


def test_every_opinion_is_collected_and_then_one_no_returns_it(crowd):
    scene = three(crowd, mode="all_of", on_no="count")
    no(scene, "zhao")
    assert scene.stands() == {"zhao": "rejected", "qian": "open", "liu": "open"}
    assert "step.returned" not in scene.told("chen")
    scene.signed("qian", "liu")
    assert (scene.run.round, scene.phase) == (2, "signed")
    assert scene.told("chen")[-1] == "step.returned", "the last word was a yes, the result is not"
    assert scene.recorded().count("share.rejected") == 1


# --- one after another ---


def test_one_after_another_each_in_turn_and_nobody_earlier(crowd):
    scene = three(crowd, mode="sequential")
    assert scene.stands() == {"zhao": "open", "qian": "waiting", "liu": "waiting"}
    assert scene.told("qian") == []
    refused("not-your-turn", scene.act, engine.approve, "qian")
    scene.signed("zhao")
    assert scene.stands() == {"zhao": "approved", "qian": "open", "liu": "waiting"}
    assert scene.told("qian") == ["step.todo"]
    scene.signed("qian", "liu")
    assert scene.phase == "fulfilled"


def test_in_a_sequence_what_is_passed_on_keeps_its_place(crowd):
    scene = three(crowd, mode="sequential")
    scene.act(engine.transfer, "zhao", *scene.posts("he"), why=WHY)
    assert scene.stands() == {"zhao": "transferred", "he": "open", "qian": "waiting", "liu": "waiting"}
    refused("not-your-turn", scene.act, engine.approve, "qian")
    scene.signed("he")
    assert scene.stands()["qian"] == "open"
    scene.act(engine.take_back, "he")
    assert scene.stands() == {"zhao": "transferred", "he": "open", "qian": "waiting", "liu": "waiting"}


# --- by vote ---


def test_a_vote_counts_weights_and_closes_when_nothing_can_change_it(crowd):
    scene = three(crowd, mode="vote", on_no="count", weights={"zhao": 3, "qian": 2, "liu": 1}, threshold=67)
    scene.signed("zhao")
    assert scene.stands() == {"zhao": "approved", "qian": "open", "liu": "open"}, "half is not two thirds"
    scene.signed("qian")
    assert scene.stands() == {"zhao": "approved", "qian": "approved", "liu": "moot"}
    assert scene.phase == "fulfilled"


def test_a_vote_is_lost_as_soon_as_it_cannot_be_won(crowd):
    scene = three(crowd, mode="vote", on_no="count")
    no(scene, "liu")
    assert scene.stands()["zhao"] == "open"
    no(scene, "zhao")
    assert scene.stands(scene.share("qian").step) == {"zhao": "rejected", "qian": "moot", "liu": "rejected"}
    assert scene.run.round == 2


def test_a_tie_is_not_passed(crowd):
    policy(crowd, "approve", mode="vote", on_no="count")
    scene = verified(crowd)
    scene.signed("zhao")
    assert scene.stands() == {"zhao": "approved", "qian": "open"}
    no(scene, "qian")
    assert (scene.run.round, scene.phase) == (2, "signed")


# --- a return, and what is refused ---


def test_a_return_ends_the_step_though_the_vote_could_still_be_won(crowd):
    scene = three(crowd, mode="vote", on_no="count", weights={"zhao": 9})
    scene.back("liu")
    assert (scene.run.round, scene.stands()) == (2, {"chen": "open"})


def test_where_the_policy_knows_no_return_one_may_still_say_no(crowd):
    scene = three(crowd, mode="all_of", forbids=["return"])
    refused("not-by-this-policy", scene.back, "zhao")
    no(scene, "zhao")
    assert scene.run.round == 2


def test_a_no_and_a_return_say_why_and_a_yes_is_short_enough(crowd):
    scene = three(crowd, mode="all_of")
    for operation in (engine.reject, engine.return_to_initiator):
        refused("reason-too-short", scene.act, operation, "zhao", reason="  不行 ")
        refused("text-too-long", scene.act, operation, "zhao", reason="不" * 501)
    refused("text-too-long", scene.act, engine.approve, "zhao", opinion="同" * 501)
    for torn in ("同意\0", "同意\ud83d"):
        refused("text-not-storable", scene.act, engine.approve, "zhao", opinion=torn)
    scene.act(engine.approve, "zhao", opinion="同" * 500)


def test_a_sign_off_is_decided_and_a_submission_is_completed(crowd):
    scene = submitted(crowd)
    refused("decide-instead", scene.act, engine.complete, "lin")
    scene.back("lin")
    for operation, words in ((engine.approve, {}), (engine.reject, {"reason": NO})):
        refused("nothing-to-decide", scene.act, operation, "chen", **words)
    scene.submit()


def test_nobody_decides_for_others_nor_twice_nor_while_it_is_suspended(crowd):
    scene = three(crowd, mode="all_of")
    for name in ("wang", "lin", "chen", "gao", "shu", "wu"):
        refused("not-your-task", scene.act, engine.approve, name, of="zhao")
    for name in ("xi", "an", "shen"):
        refused("administrator", scene.act, engine.approve, name, of="zhao")
    scene.govern(engine.suspend, "gao", reason=WHY)
    refused("run-suspended", scene.act, engine.approve, "zhao")
    scene.govern(engine.resume, "gao")
    scene.signed("zhao")
    refused("already-decided", scene.act, engine.approve, "zhao")


def test_a_no_is_not_withdrawn_over(crowd):
    scene = three(crowd, mode="all_of", on_no="count")
    policy(crowd, "verify", on_no="count")
    no(scene, "zhao")
    refused("somebody-refused", scene.govern, engine.withdraw, "chen", reason=WHY)
    assert scene.run.status == "NEW"


def test_a_withdrawal_waits_for_nobody_but_stops_at_the_first_signature(crowd):
    scene = submitted(crowd)
    refused("not-initiator", scene.govern, engine.withdraw, "lin", reason=WHY)
    refused("reason-too-short", scene.govern, engine.withdraw, "chen", reason="撤")
    scene.govern(engine.suspend, "gao", reason=WHY)
    refused("run-suspended", scene.govern, engine.withdraw, "chen", reason=WHY)
    scene.govern(engine.resume, "gao")
    scene.govern(engine.withdraw, "chen", reason=WHY)
    assert (scene.run.outcome, scene.stands()) == ("withdrawn", {"lin": "void"})
    assert scene.recorded()[-2:] == ["run.withdrawn_by", "run.withdrawn"]
    assert scene.told("lin")[-1] == "run.withdrawn"
    refused("task-closed", scene.govern, engine.withdraw, "chen", reason=WHY)
    other = submitted(crowd).signed("lin")
    refused("somebody-signed", other.govern, engine.withdraw, "chen", reason=WHY)


def test_decisions_of_the_same_kind_are_each_told(crowd):
    """Returned, taken back, returned for another reason: the initiator hears of both."""
    scene = submitted(crowd)
    scene.back("lin")
    scene.act(engine.take_back, "lin")
    scene.back("lin", "还缺法人签字页。")
    assert scene.told("chen").count("step.returned") == 2


@pytest.mark.parametrize("operation", [engine.approve, engine.complete])
def test_an_opinion_is_checked_before_anything_is_read(crowd, operation):
    with pytest.raises(Invalid):
        operation(crowd.users, 0, by=crowd.actor("zhao"), now=crowd.now, opinion="同" * 501)
    assert not Assignment.objects.exists()
