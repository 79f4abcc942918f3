"""Words before a decision: an opinion as it is typed, one prepared by a secretary, phrases kept at hand."""

import pytest

from flows.engine import operations as engine
from flows.engine.models import Opinion, Phrase
from hetang_flow.lib.errors import Invalid, NotFound
from tests.support.scene import WHY, policy, refused, stands_in, submitted, verified


def save(scene, name, text, of=""):
    return scene.act(engine.save_opinion, name, text, of=of)


def test_an_opinion_is_kept_as_it_is_typed_and_nothing_else_changes(crowd):
    scene = verified(crowd)
    before = (scene.recorded(), scene.stands(), scene.told("chen"))
    save(scene, "zhao", "原则同")
    save(scene, "zhao", "原则同意，请补充用地")
    kept = Opinion.objects.get(assignment=scene.share("zhao"))
    assert (kept.text, kept.author, kept.prepared, kept.saved) == (
        "原则同意，请补充用地", crowd.users["zhao"], False, crowd.now,
    )  # fmt: skip
    assert (scene.recorded(), scene.stands(), scene.told("chen")) == before


def test_a_secretary_prepares_and_the_leaders_own_touch_decides(crowd):
    scene = verified(crowd)
    prepared = save(scene, "shu", "拟同意。", of="zhao")
    assert (prepared.prepared, prepared.author) == (True, crowd.users["shu"])
    assert save(scene, "zhao", "同意。").prepared is False
    assert Opinion.objects.filter(assignment=scene.share("zhao")).count() == 2
    refused("not-your-task", scene.act, engine.approve, "shu", of="zhao")
    scene.signed("zhao")
    assert scene.entry("share.approved").actor == crowd.users["zhao"]


def test_a_secretary_may_prepare_while_the_leader_still_waits(crowd):
    policy(crowd, "approve", mode="sequential")
    scene = verified(crowd)
    scene.act(engine.delegate, "zhao", scene.posts("he")[0], question=WHY)
    save(scene, "shu", "拟同意。", of="zhao")
    save(scene, "qian", "待前一位同意。")


def test_a_secretary_prepares_for_their_own_leader_only_and_nobody_else_does(crowd):
    scene = verified(crowd)
    refused("not-secretary", save, scene, "shu", "拟同意。", of="qian")
    for name in ("wang", "chen", "gao", "lin", "xi", "wu"):
        refused("not-secretary", save, scene, name, "拟同意。", of="zhao")
    stands_in(crowd, "liu", "zhao")
    assert save(scene, "liu", "同意。", of="zhao").prepared is False


def test_nothing_is_written_to_a_closed_share_or_one_of_another_matter(crowd):
    scene = verified(crowd)
    refused("task-closed", save, scene, "lin", "同意。")
    other = submitted(crowd)
    share = scene.share("zhao").pk
    by, now = crowd.actor("zhao"), crowd.now
    with pytest.raises(NotFound):
        engine.save_opinion(other.run.public_id, share, "同意。", by=by, now=now)
    scene.govern(engine.terminate, "gao", reason=WHY)
    refused("task-closed", save, scene, "zhao", "同意。")
    assert not Opinion.objects.exists()


def test_words_that_cannot_be_kept_are_refused(crowd):
    scene = verified(crowd)
    refused("text-too-long", save, scene, "zhao", "同" * 501)
    refused("text-not-storable", save, scene, "zhao", "同意\0")
    save(scene, "zhao", "同" * 500)
    save(scene, "zhao", "")


# --- phrases ---


def test_a_phrase_is_kept_once_tidied_and_in_order(crowd):
    zhao = crowd.actor("zhao")
    kept = [
        engine.keep_phrase(text, by=zhao) for text in ("  同意，  请抓紧。", "原则同意。", "同意， 请抓紧。")
    ]
    assert [phrase.text for phrase in kept] == ["同意， 请抓紧。", "原则同意。", "同意， 请抓紧。"]
    assert kept[0] == kept[2]
    assert list(Phrase.objects.filter(user=crowd.users["zhao"])) == kept[:2]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("   ", "form-incomplete"),
        ("同" * 121, "text-too-long"),
        ("同\0意", "text-not-storable"),
    ],
)
def test_a_phrase_that_cannot_be_kept_is_refused(crowd, text, code):
    with pytest.raises(Invalid) as refusal:
        engine.keep_phrase(text, by=crowd.actor("zhao"))
    assert refusal.value.code == code
    assert not Phrase.objects.exists()


def test_thirty_phrases_are_enough_and_one_let_go_makes_room(crowd):
    zhao = crowd.actor("zhao")
    kept = [engine.keep_phrase(f"同意第{number}条。", by=zhao) for number in range(30)]
    with pytest.raises(Invalid) as refusal:
        engine.keep_phrase("再加一条。", by=zhao)
    assert (refusal.value.code, refusal.value.facts) == ("too-many-phrases", {"most": 30})
    assert engine.keep_phrase("同意第3条。", by=zhao) == kept[3], "one that is kept already"
    engine.drop_phrase(kept[0].pk, by=zhao)
    engine.keep_phrase("再加一条。", by=zhao)


def test_nobody_lets_go_of_anothers_phrase(crowd):
    phrase = engine.keep_phrase("同意。", by=crowd.actor("zhao"))
    with pytest.raises(NotFound) as refusal:
        engine.drop_phrase(phrase.pk, by=crowd.actor("qian"))
    assert refusal.value.code == "no-such-phrase"
    engine.drop_phrase(phrase.pk, by=crowd.actor("zhao"))
