"""Asking others for their opinion while the decision stays mine: delegated, consulted, answered."""

import pytest

from flows.engine import operations as engine
from tests.support.scene import WHY, drafted, leave, policy, refused, stands_in, submitted, verified

QUESTION = "请看一下用地手续是否齐全。"
ANSWER = "用地手续齐全，可以通过。"


def delegate(scene, name, to, of="", question=QUESTION):
    return scene.act(engine.delegate, name, scene.posts(to)[0], of=of, question=question)


def consult(scene, name, *posts, of="", question=QUESTION):
    return scene.act(engine.consult, name, scene.posts(*posts), of=of, question=question)


def advise(scene, name, of="", opinion=ANSWER):
    return scene.act(engine.advise, name, of=of, role="advise", opinion=opinion)


def test_a_delegated_share_waits_comes_back_with_the_opinion_and_i_decide(crowd):
    scene = verified(crowd)
    delegate(scene, "zhao", "he")
    assert scene.stands() == {"zhao": "waiting", "he": "open", "qian": "open"}
    assert scene.told("he") == ["step.delegated"]
    refused("not-your-turn", scene.act, engine.approve, "zhao")
    refused("not-your-turn", delegate, scene, "zhao", "du")
    advise(scene, "he")
    assert scene.stands() == {"zhao": "open", "he": "advised", "qian": "open"}
    assert scene.told("zhao")[-1] == "step.advised"
    assert scene.share("he").opinion == ANSWER
    scene.signed("zhao", "qian")
    assert scene.phase == "fulfilled"
    assert scene.recorded()[-6:-2] == ["share.delegated", "share.advised", "share.approved", "share.approved"]


def test_a_consulted_share_does_not_wait_and_the_question_falls_away_when_i_decide(crowd):
    scene = verified(crowd)
    consult(scene, "zhao", "he", "luo")
    assert scene.stands() == {"zhao": "open", "he": "open", "luo": "open", "qian": "open"}
    assert (scene.told("he"), scene.told("luo")) == (["step.consulted"], ["step.consulted"])
    advise(scene, "he")
    scene.signed("zhao")
    assert scene.stands() == {"zhao": "approved", "he": "advised", "luo": "moot", "qian": "open"}
    refused("already-decided", advise, scene, "luo")


def test_an_opinion_never_decides(crowd):
    policy(crowd, "approve", mode="any_of")
    scene = verified(crowd)
    consult(scene, "zhao", "he")
    for operation, words in (
        (engine.approve, {}),
        (engine.reject, {"reason": WHY}),
        (engine.return_to_initiator, {"reason": WHY}),
    ):
        refused("advice-only", scene.act, operation, "he", **words)
    advise(scene, "he")
    assert scene.phase == "signed"


def test_who_was_asked_does_not_ask_on_nor_pass_on(crowd):
    scene = verified(crowd)
    delegate(scene, "zhao", "he")
    refused("advice-only", delegate, scene, "he", "du")
    refused("advice-only", consult, scene, "he", "du")
    refused("advice-only", scene.act, engine.transfer, "he", scene.posts("du")[0], why=WHY)
    refused("advice-only", scene.act, engine.add_signers, "he", scene.posts("du"), turn="before", why=WHY)


def test_who_asked_may_take_the_question_back(crowd):
    scene = verified(crowd)
    delegate(scene, "zhao", "he")
    refused("not-added-by-you", scene.act, engine.remove_signer, "qian", of="he", why=WHY)
    scene.act(engine.remove_signer, "zhao", of="he", why=WHY)
    assert scene.stands() == {"zhao": "open", "he": "removed", "qian": "open"}
    refused("task-closed", advise, scene, "he")


def test_the_same_post_may_be_asked_again_once_it_has_answered(crowd):
    scene = verified(crowd)
    consult(scene, "zhao", "he")
    refused("asked-already", consult, scene, "zhao", "he")
    refused("asked-already", delegate, scene, "zhao", "he")
    advise(scene, "he")
    delegate(scene, "zhao", "he")
    assert scene.share("zhao").status == "waiting"


def test_a_question_comes_back_open_with_a_decision_taken_back_and_never_waiting(crowd):
    scene = verified(crowd)
    consult(scene, "zhao", "he", "luo")
    advise(scene, "luo")
    scene.signed("zhao")
    scene.act(engine.take_back, "zhao")
    assert scene.stands() == {"zhao": "open", "he": "open", "luo": "advised", "qian": "open"}


def test_an_opinion_may_be_asked_of_anybody_but_nobody_oneself_and_no_empty_post(crowd):
    scene = verified(crowd)
    leave(crowd, "tao")
    consult(scene, "zhao", "chen", "lin", "qian")
    refused("ask-yourself", consult, scene, "zhao", "zhao")
    refused("post-empty", consult, scene, "zhao", "he", "tao")
    refused("nobody-named", consult, scene, "zhao")
    refused("no-such-post", scene.act, engine.delegate, "zhao", 10**9, question=QUESTION)


@pytest.mark.parametrize("ask", [delegate, consult])
def test_a_question_needs_words_and_my_turn_where_the_policy_lets_me(crowd, ask):
    policy(crowd, "approve", forbids=[ask.__name__])
    scene = verified(crowd)
    refused("not-by-this-policy", ask, scene, "zhao", "he")
    policy(crowd, "approve", forbids=[])
    refused("reason-too-short", ask, scene, "zhao", "he", question="看看")
    refused("not-your-task", ask, scene, "wang", "he", of="zhao")
    scene.signed("zhao")
    refused("already-decided", ask, scene, "zhao", "he")


def test_an_answer_needs_words_and_a_question(crowd):
    scene = verified(crowd)
    consult(scene, "zhao", "he")
    refused("opinion-missing", advise, scene, "he", opinion="   ")
    refused("text-too-long", advise, scene, "he", opinion="看" * 501)
    refused("not-your-task", advise, scene, "wang", of="he")
    refused("nothing-asked", scene.act, engine.advise, "qian", opinion=ANSWER)
    scene.govern(engine.suspend, "gao", reason=WHY)
    refused("run-suspended", advise, scene, "he")


def test_a_substitute_asks_and_answers_for_who_is_away(crowd):
    scene = verified(crowd)
    stands_in(crowd, "liu", "zhao")
    stands_in(crowd, "luo", "he")
    delegate(scene, "liu", "he", of="zhao")
    asked = scene.entry("share.delegated")
    assert (asked.actor_post, asked.on_behalf_of) == (crowd.posts["liu"].name, crowd.users["zhao"])
    assert set(scene.told("luo")) == {"step.delegated"} == set(scene.told("he"))
    advise(scene, "luo", of="he")
    answered = scene.entry("share.advised")
    assert (answered.actor_post, answered.on_behalf_of) == (crowd.posts["luo"].name, crowd.users["he"])
    assert scene.share("he").decided_for == crowd.users["he"]
    assert scene.told("liu")[-1] == "step.advised", "whoever asked"


def test_work_may_be_delegated_as_well(crowd):
    scene = drafted(crowd)
    delegate(scene, "chen", "bai")
    assert scene.stands() == {"chen": "waiting", "bai": "open"}
    advise(scene, "bai")
    scene.submit()
    assert scene.stands() == {"lin": "open"}


def test_a_question_falls_away_with_a_return(crowd):
    scene = submitted(crowd)
    consult(scene, "lin", "he")
    scene.back("lin")
    assert scene.stands(scene.share("he").step) == {"lin": "returned", "he": "moot"}
