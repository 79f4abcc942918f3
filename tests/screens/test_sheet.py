"""What a leader reads on the sheet: who signed, for whom, who brought them in, who waits for whom, and what happened."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from django.core.cache import cache
from django.urls import reverse
from django.utils import translation

from flows.engine import operations as engine
from flows.engine.models import Step
from flows.engine.selectors_policy import policy_by_id
from flows.engine.selectors_sheet import Sheet, sheet
from flows.engine.selectors_signers import Signer
from tests.support import cast, scene
from tests.support.scene import NO, WHY, Scene
from tests.support.trial.flow import Parallel, Waiting
from tests.support.trial.stage import begin


@pytest.fixture
def district(db) -> cast.District:
    """The district with more people; nothing is remembered from another test."""
    cache.clear()
    policy_by_id.cache_clear()
    return scene.crowd()


def seen(matter: Scene, name: str = "zhao") -> Sheet:
    return sheet(matter.run.public_id, matter.by(name), matter.district.now)


def signer(found: Sheet, name: str) -> Signer:
    """The share of this person's post among the signers shown."""
    (one,) = [s for step in found.shown for s in step.signers if s.post.endswith(f" {name}")]
    return one


def said(found: Sheet) -> list[str]:
    """The newest round's sentences that have happened."""
    return [f"{event.who}: {event.text}" for event in found.rounds[0].events if event.when]


# --- the tree of signers ---


def test_who_was_added_stands_under_who_added_them_with_the_reason_once(district):
    matter = scene.verified(district)
    matter.act(engine.add_signers, "zhao", matter.posts("ke", "ma"), turn="before", mode="any_of", why=WHY)
    found = seen(matter)
    assert [(s.post.split()[-1], s.depth) for s in found.shown[0].signers] == [
        ("zhao", 0), ("ke", 1), ("ma", 1), ("qian", 0),
    ]  # fmt: skip
    assert signer(found, "ke").notes == ("由 leadership leader zhao 前加签",) or signer(
        found, "ke"
    ).notes == ("added by leadership leader zhao, signs before",)
    assert (signer(found, "ke").why, signer(found, "ma").why) == (WHY, "")
    assert signer(found, "zhao").waits_for == ("coordinating desk ke", "hq-office desk ma")
    assert signer(found, "ke").removable and not signer(found, "qian").removable
    assert not signer(seen(matter, "qian"), "ke").removable
    assert found.shown[0].tally.asked == 4


def test_who_signs_after_waits_for_who_added_them(district):
    matter = scene.verified(district)
    matter.act(engine.add_signers, "zhao", matter.posts("ke"), turn="after", why=WHY)
    assert signer(seen(matter), "ke").waits_for == ("leadership leader zhao",)
    matter.signed("zhao")
    assert signer(seen(matter, "ke"), "ke").mark == "me"


def test_one_after_another_waits_for_whoever_has_it(district):
    scene.policy(district, "approve", mode="sequential")
    matter = scene.verified(district)
    found = seen(matter, "qian")
    assert signer(found, "qian").mark == "later"
    assert signer(found, "qian").waits_for == ("leadership leader zhao",)
    assert [share.post.name for share in found.waits_its_turn] == ["leadership leader qian"]


def test_a_question_and_its_answer_stand_together(district):
    matter = scene.verified(district)
    matter.act(engine.delegate, "zhao", matter.posts("ke")[0], question="用地手续是否齐备？")
    found = seen(matter, "ke")
    asked = signer(found, "ke")
    assert (asked.asks, asked.why, asked.depth) == (True, "用地手续是否齐备？", 1)
    assert signer(found, "zhao").waits_for == ("coordinating desk ke",)
    matter.act(engine.advise, "ke", opinion="手续齐备。")
    answered = signer(seen(matter), "ke")
    assert (answered.mark, answered.opinion) == ("yes", "手续齐备。")


def test_what_was_passed_on_names_the_heir_and_what_was_taken_off_is_struck(district):
    matter = scene.submitted(district)
    matter.act(engine.transfer, "lin", matter.posts("ke")[0], why=WHY)
    moved = signer(seen(matter, "ke"), "lin")
    assert moved.mark == "moved"
    assert any("coordinating desk ke" in note for note in moved.notes)
    other = scene.verified(district)
    other.act(engine.add_signers, "zhao", other.posts("ma"), turn="alongside", why=WHY)
    other.act(engine.remove_signer, "zhao", of="ma", why=WHY)
    assert signer(seen(other), "ma").mark == "void"


def test_a_substitute_is_named_with_whom_they_stood_in_for(district, browser):
    district.now = datetime.now(UTC)
    matter = scene.verified(district)
    scene.stands_in(district, "liu", "zhao")
    matter.act(engine.approve, "liu", of="zhao", opinion="同意。")
    one = signer(seen(matter, "qian"), "zhao")
    assert any("Liu" in note and "Zhao" in note for note in one.notes)
    page = browser("qian").get(reverse("sheet", args=[matter.run.public_id])).content.decode()
    assert "stand-in: Liu for Zhao" in page
    assert "leadership leader liu for leadership leader zhao" in page, "the history says whose post it was"
    assert "by Liu" in browser("zhao").get(reverse("inbox") + "?tab=done").content.decode(), "both see it"


def test_what_the_rule_marked_is_never_shown_as_somebodys_will(district, browser):
    scene.policy(district, "approve", on_timeout="approve")
    matter = scene.verified(district)
    late = district.now + timedelta(days=30)
    assert engine.time_out(matter.step.pk, now=late)
    page = browser("gao").get(reverse("sheet", args=[matter.run.public_id])).content.decode()
    assert "marked by the rule: time ran out" in page
    assert "passed by the rule, not by a person" in page


def test_done_by_other_is_said_to_who_was_asked_as_well(district):
    scene.policy(district, "approve", mode="any_of")
    matter = scene.verified(district).signed("zhao")
    found = seen(matter, "qian")
    assert found.by_other is not None
    assert found.by_other.post == "leadership leader zhao"
    assert found.task is None


# --- votes ---


def test_a_vote_says_what_is_needed_and_how_far_it_is(district, browser):
    scene.policy(district, "approve", mode="vote", threshold=60, weights={"zhao": 3}, on_no="count")
    matter = scene.verified(district, scene.leaders(district, "zhao", "qian", "liu"))
    matter.act(engine.reject, "qian", reason=NO)
    tally = seen(matter).shown[0].tally
    assert (tally.yes, tally.no, tally.missing, tally.asked, tally.needed) == (0, 1, 4, 5, 3)
    page = browser("zhao").get(reverse("sheet", args=[matter.run.public_id])).content.decode()
    assert "by vote, 3 yes needed" in page
    assert "0 / 3" in page and "1 no · 4 open, of 5 votes" in page
    assert "3 votes" in page


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"mode": "all_of"}, "any one may return it"),
        ({"mode": "all_of", "on_no": "count"}, "every opinion is collected first"),
        ({"mode": "any_of"}, "any one approval is enough"),
        ({"mode": "sequential"}, "one after another"),
        ({"mode": "vote", "on_no": "veto"}, "one no ends it"),
    ],
)
def test_how_a_step_passes_is_said_in_words(district, browser, values, words):
    scene.policy(district, "approve", **values)
    matter = scene.verified(district)
    page = browser("zhao").get(reverse("sheet", args=[matter.run.public_id])).content.decode()
    assert words in page


# --- several branches, waits ---


def test_every_open_branch_is_shown_with_its_signers_ones_own_first(district):
    trial = begin(district, Parallel).yes("chen")
    found = sheet(trial.run.public_id, district.actor("ke"), district.now)
    assert [step.title for step in found.shown] == ["自然资源部门审核", "发改部门初审", "档案部门备案"]
    assert signer(found, "ke").mark == "me"
    assert len(found.waiting) == 3
    now = [event.who for event in found.rounds[0].events if event.mark == "now"]
    assert now == ["leading desk lin", "coordinating desk ke", "stranger officer wang"]


def test_a_step_that_waits_for_a_day_says_which(district, browser):
    trial = begin(district, Waiting).yes("chen")
    where = reverse("sheet", args=[trial.run.public_id])
    assert "Waits for something else to be finished" in browser("chen").get(where).content.decode()
    trial.below[0].yes("ke")
    found = sheet(trial.run.public_id, district.actor("chen"), district.now)
    assert found.waiting == ("公示三个工作日",)
    page = browser("chen").get(where).content.decode().replace("\xa0", " ")
    assert "Waits until 6 Jun 2023" in page


# --- the record ---


def test_the_history_says_who_did_what_for_whom_in_which_post_and_why(district):
    matter = scene.verified(district)
    matter.act(engine.consult, "zhao", matter.posts("ke"), question="用地手续是否齐备？")
    matter.act(engine.advise, "ke", opinion="手续齐备。")
    matter.act(engine.add_signers, "zhao", matter.posts("ma", "liu"), turn="alongside", why=WHY)
    matter.act(engine.remove_signer, "zhao", of="liu", why=WHY)
    matter.govern(engine.urge, "chen")
    matter.govern(engine.copy_to, "gao", matter.posts("tao"))
    matter.govern(engine.acknowledge, "tao")
    matter.govern(engine.suspend, "gao", reason=WHY)
    matter.govern(engine.resume, "gao")
    with translation.override("en"):
        told = said(seen(matter))
    assert told[2:] == [
        "leading desk lin: approved",
        "leadership leader zhao: asked coordinating desk ke for comments",
        "coordinating desk ke: gave the opinion asked for",
        "leadership leader zhao: added hq-office desk ma、leadership leader liu to sign alongside (everyone signs)",
        "leadership leader zhao: took leadership leader liu off the signers",
        "serving officer chen: urged leadership leader zhao、leadership leader qian、hq-office desk ma (time 1)",
        "campaign-office officer gao: sent it to campaign-office head tao for information",
        "campaign-office head tao: has read it",
        "campaign-office officer gao: suspended it; no day counts",
        "campaign-office officer gao: let it go on",
    ]
    quotes = [event.quote for event in seen(matter).rounds[0].events]
    assert {"用地手续是否齐备？", "手续齐备。", WHY} <= set(quotes)


def test_every_round_is_kept_and_the_newest_stands_open(district, browser):
    matter = scene.verified(district)
    for _round in range(3):
        matter.back("zhao").submit().signed("lin")
    found = seen(matter)
    assert [one.number for one in found.rounds] == [4, 3, 2, 1]
    assert all(one.ended and one.ended.quote == NO for one in found.rounds[1:])
    page = browser("zhao").get(reverse("sheet", args=[matter.run.public_id])).content.decode()
    assert page.count('<details class="ht-fold">') == 3
    assert page.count(NO) >= 3


def test_a_long_list_of_posts_is_cut_in_the_history_and_whole_among_the_signers(district):
    matter = scene.verified(district)
    many = ("ke", "ma", "liu", "han", "tao", "he")
    matter.act(engine.add_signers, "zhao", matter.posts(*many), turn="alongside", why=WHY)
    with translation.override("en"):
        last = said(seen(matter))[-1]
    assert last.endswith("coordinating desk ke、hq-office desk ma、leadership leader liu and others, 6 posts to sign "
                         "alongside (everyone signs)")  # fmt: skip
    assert {signer(seen(matter), name).depth for name in many} == {1}


# --- who is said to have it ---


def test_an_empty_post_is_named_until_somebody_is_appointed(district, browser):
    scene.leave(district, "qian")
    matter = scene.verified(district)
    assert matter.step.waits_for
    where = reverse("sheet", args=[matter.run.public_id])
    assert "(nobody holds it)" in browser("zhao").get(where).content.decode()
    scene.appoint(district, "he", "qian")
    assert "(nobody holds it)" not in browser("zhao").get(where).content.decode()


def test_the_first_due_day_stays_shown_when_the_day_has_moved(district, browser):
    matter = scene.verified(district)
    Step.objects.filter(pk=matter.step.pk).update(due_on="2023-06-20")
    page = browser("zhao").get(reverse("sheet", args=[matter.run.public_id])).content.decode()
    text = re.sub(r"\s", " ", page)
    assert "due 20 Jun 2023, first 8 Jun 2023" in text
