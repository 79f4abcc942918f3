"""Every operation as a page of one screen: a look shows the form or why not, a press does it, and a row of words says so."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

import pytest
from django.core.cache import cache
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from flows.engine import operations as engine
from flows.engine.actions import ACTIONS
from flows.engine.models import Copy, Opinion
from flows.engine.selectors_policy import policy_by_id
from flows.journal.models import Entry
from hetang_flow.context_processors import DEMO_KEY
from tests.screens.test_ceilings import spent
from tests.support import cast, scene
from tests.support.scene import NO, WHY, Scene

HTMX = {"HX-Request": "true"}
DIALOG = HTMX | {"HX-Target": "act"}
MOST_LOOKING, MOST_ACTING = 12, 20


@pytest.fixture
def district(db) -> cast.District:
    """The district with heads, a third leader and a secretary; nothing is remembered from another test."""
    cache.clear()
    policy_by_id.cache_clear()
    cache.set(DEMO_KEY, True, timeout=None)
    return scene.crowd()


def address(matter: Scene, name: str = "") -> str:
    return reverse(f"work-{name}" if name else "sheet", args=[matter.run.public_id])


def page(browser, matter: Scene, name: str = "", language: str = "en", query: str = "") -> str:
    answer = browser.get(address(matter, name) + query)
    assert answer.status_code == 200
    return answer.content.decode()


def name_of(matter: Scene) -> str:
    """The name of its project, without the mark of what is invented."""
    return matter.run.title.removeprefix("演示·")


# --- what each operation asks for, and what it leaves ---


def consulted(district):
    matter = scene.verified(district)
    matter.act(engine.consult, "zhao", matter.posts("ke"), question="用地手续是否齐备？")
    return matter


def pooled(district):
    matter = scene.verified(district)
    matter.act(engine.consult, "zhao", matter.posts("bai"), question="用地手续是否齐备？")
    return matter


def handed(district):
    matter = scene.submitted(district)
    matter.act(engine.hand_out, "lin", to_user_id=district.users["luo"].pk)
    return matter


def added(district):
    matter = scene.verified(district)
    matter.act(engine.add_signers, "zhao", matter.posts("ma"), turn="alongside", why=WHY)
    return matter


def suspended(district):
    matter = scene.verified(district)
    matter.govern(engine.suspend, "gao", reason=WHY)
    return matter


def withdrawn(district):
    matter = scene.submitted(district)
    matter.govern(engine.withdraw, "chen", reason=WHY)
    return matter


@dataclass(frozen=True)
class Act:
    """Who does what in which matter, what they type, whose share it is about, and what the record then says."""

    name: str
    who: str
    begin: Callable[[cast.District], Scene]
    kind: str
    typed: tuple[tuple[str, object], ...] = ()
    share: str = ""


ACTS = (
    Act("approve", "zhao", scene.verified, "share.approved", (("opinion", "同意。"),), "zhao"),
    Act("reject", "zhao", scene.verified, "share.rejected", (("reason", NO),), "zhao"),
    Act("return", "zhao", scene.verified, "step.returned", (("reason", NO),), "zhao"),
    Act("advise", "ke", consulted, "share.advised", (("opinion", "手续齐备。"),), "ke"),
    Act("save-opinion", "zhao", scene.verified, "", (("opinion", "拟同意。"),), "zhao"),
    Act(
        "add-signers", "zhao", scene.verified, "signers.added",
        (("turn", "before"), ("posts", "ma ke"), ("mode", "any_of"), ("reason", WHY)), "zhao",
    ),
    Act("consult", "zhao", scene.verified, "share.consulted", (("posts", "ma ke"), ("reason", WHY)), "zhao"),
    Act("delegate", "zhao", scene.verified, "share.delegated", (("post", "ma"), ("reason", WHY)), "zhao"),
    Act("transfer", "lin", scene.submitted, "share.transferred", (("post", "ke"), ("reason", WHY)), "lin"),
    Act(
        "append", "chen", scene.submitted, "assignees.appended",
        (("node", "approve"), ("posts", "liu"), ("reason", WHY)),
    ),
    Act("hand-out", "lin", scene.submitted, "step.handed_out", (("to_user", "luo"),), "lin"),
    Act("claim", "chen", pooled, "share.claimed", (), "bai"),
    Act("put-back", "luo", handed, "share.put_back", (), "lin"),
    Act("remove-signer", "zhao", added, "signer.removed", (("reason", WHY),), "ma"),
    Act("take-back", "lin", scene.verified, "share.taken_back", (), "lin"),
    Act("urge", "chen", scene.verified, "run.urged"),
    Act("copy-to", "chen", scene.verified, "run.copied_to", (("posts", "ma"),)),
    Act("acknowledge", "sun", scene.verified, "copy.acknowledged"),
    Act("withdraw", "chen", scene.submitted, "run.withdrawn_by", (("reason", WHY),)),
    Act("suspend", "gao", scene.verified, "run.suspended", (("reason", WHY),)),
    Act("resume", "gao", suspended, "run.resumed"),
    Act("terminate", "gao", scene.verified, "run.terminated_by", (("reason", WHY),)),
    Act("reopen", "gao", withdrawn, "run.reopened", (("step", ""), ("reason", WHY))),
)  # fmt: skip


def test_every_action_of_the_table_is_tried_here_or_elsewhere():
    assert {action.name for action in ACTIONS} == {act.name for act in ACTS} | {"complete"}


def typed_in(act: Act, matter: Scene) -> dict[str, object]:
    """What the form holds: posts, people and steps by their keys."""
    district, typed = matter.district, dict(act.typed)
    if "posts" in typed:
        typed["posts"] = matter.posts(*str(typed["posts"]).split())
    if "post" in typed:
        (typed["post"],) = matter.posts(str(typed["post"]))
    if "to_user" in typed:
        typed["to_user"] = district.users[str(typed["to_user"])].pk
    if "step" in typed:
        typed["step"] = matter.run.task_set.filter(policy__isnull=False).earliest("pk").pk
    if act.share:
        typed["assignment"] = matter.share(act.share).pk
    return typed


@pytest.mark.parametrize("act", ACTS, ids=lambda act: act.name)
def test_a_look_shows_the_form_and_a_press_does_it_and_goes_on_record(
    district, browser, act, django_capture_on_commit_callbacks
):
    matter = act.begin(district)
    where, person = address(matter, act.name), browser(act.who)
    query = f"?as={matter.share(act.share).pk}" if act.share else ""
    known = Entry.objects.count()
    person.get(where + query)
    looked, statements = spent(lambda: person.get(where + query), django_capture_on_commit_callbacks)
    assert looked <= MOST_LOOKING, statements
    shown = person.get(where + query, headers=DIALOG).content.decode()
    assert f'hx-post="{where}"' in shown and "<html" not in shown
    assert all(f'name="{name}"' in shown or name in ("posts", "post") for name, _value in act.typed), shown
    assert Entry.objects.count() == known, "a look changes nothing"
    typed = typed_in(act, matter)
    done, statements = spent(lambda: person.post(where, typed), django_capture_on_commit_callbacks)
    assert done <= MOST_ACTING, statements
    assert Entry.objects.filter(run_id=matter.run.pk, kind=act.kind).exists() == bool(act.kind)
    assert 'class="ht-toast"' in page(person, matter)


@pytest.mark.parametrize("act", [act for act in ACTS if act.name != "copy-to"], ids=lambda act: act.name)
def test_somebody_without_a_part_is_told_why_not_and_is_offered_nothing(district, browser, act):
    matter = act.begin(district)
    stranger = browser("qian" if act.who in ("gao", "chen", "sun", "luo") else "sun")
    if act.name in ("urge", "take-back"):
        stranger = browser("liu")
    where = address(matter, act.name)
    assert where not in page(stranger, matter)
    shown = stranger.get(where).content.decode()
    assert 'class="ht-banner ht-boxed stop"' in shown
    assert f'action="{where}"' not in shown
    known = Entry.objects.count()
    assert stranger.post(where, typed_in(act, matter)).status_code in (403, 409)
    assert Entry.objects.count() == known


# --- why not, before it is tried ---


def refused_on(sheet: str, label: str) -> str:
    """The reason under a greyed action of the menu."""
    (block,) = [part for part in sheet.split('<div class="ht-refused">')[1:] if f">{label}</span>" in part]
    return block.split('<p class="why">')[1].split("</p>")[0]


def test_what_the_policy_forbids_is_greyed_with_its_reason(district, browser):
    scene.policy(district, "approve", forbids=["transfer", "delegate"])
    matter = scene.verified(district)
    sheet = page(browser("zhao"), matter)
    assert refused_on(sheet, "Pass on") == refused_on(sheet, "Delegate")
    assert refused_on(sheet, "Pass on") == "The rule of this step does not allow this."
    assert "The rule of this step does not allow this." in page(browser("zhao"), matter, "transfer")


def test_what_a_faster_colleague_took_says_so(district, browser):
    matter = pooled(district)
    matter.act(engine.claim, "chen", of="bai")
    du = browser("du")
    assert refused_on(page(du, matter), "Claim") == "A colleague has taken this task already."
    answer = du.post(address(matter, "claim"), {"assignment": matter.share("bai").pk})
    assert answer.status_code == 409
    assert "A colleague has taken this task already." in answer.content.decode()


def test_urging_says_when_it_may_be_done_again(district, browser):
    matter = scene.verified(district)
    at = datetime.now(UTC)
    engine.urge(matter.run.public_id, by=district.actor("chen", at), now=at)
    sheet = page(browser("chen"), matter)
    assert refused_on(sheet, "Urge").startswith("Urged at today")
    assert "urged 1 time" in sheet


def test_a_decision_is_taken_back_until_the_next_has_opened_the_sheet(district, browser):
    matter = scene.verified(district)
    lin = browser("lin")
    assert address(matter, "take-back") in page(lin, matter)
    page(browser("zhao"), matter)
    assert matter.share("zhao").seen_at is not None
    assert refused_on(page(lin, matter), "Take back").startswith("The next person has opened it")
    share = matter.share("lin").pk
    assert lin.post(address(matter, "take-back"), {"assignment": share}).status_code == 409


def test_whoever_only_looks_opens_nothing(district, browser):
    matter = scene.verified(district)
    for name in ("sun", "chen", "gao", "shu"):
        page(browser(name), matter)
    assert matter.share("zhao").seen_at is None


def test_a_suspended_matter_says_since_when_and_why_and_goes_on_from_there(district, browser):
    matter = suspended(district)
    sheet = page(browser("zhao"), matter)
    assert "Suspended, no day counts" in sheet and WHY in sheet
    assert 'class="btn btn-primary main"' not in sheet
    assert "campaign-office officer gao" in sheet
    first = matter.step.due_on
    at = datetime.now(UTC)
    engine.resume(matter.run.public_id, by=district.actor("gao", at), now=at)
    assert matter.step.due_on > first
    assert ", first 8 Jun" in page(browser("zhao"), matter).replace("\xa0", " ")


# --- the sheet offers the likely ones first ---


def likely(sheet: str) -> list[str]:
    """The buttons beside the menu, in order."""
    bar = sheet.split("</details>")[1].split("<dialog")[0]
    return re.findall(r'class="btn [^>]*>(?:<svg.*?</svg>)?([^<]+)<', bar)


def test_at_most_two_buttons_stand_beside_the_menu(district, browser):
    matter = scene.verified(district)
    assert likely(page(browser("zhao"), matter)) == ["Return", "Agree"]
    assert likely(page(browser("shu"), matter)) == ["Draft an opinion"]
    assert likely(page(browser("sun"), matter)) == ["Mark as read"]
    assert likely(page(browser("chen"), matter)) == ["Urge"]
    assert likely(page(browser("gao"), suspended(district))) == ["Let it go on"]
    assert likely(page(browser("ke"), consulted(district))) == ["Answer"]
    assert likely(page(browser("du"), pooled(district))) == ["Claim"]


@pytest.mark.parametrize("values", [{"mode": "vote"}, {"on_no": "count"}], ids=["vote", "counted"])
def test_where_a_no_is_a_vote_it_stands_beside_the_yes(district, browser, values):
    scene.policy(district, "approve", **values)
    sheet = page(browser("zhao"), scene.verified(district))
    assert likely(sheet) == ["Disagree", "Agree"]
    assert ">Return" in sheet.split("</details>")[0]


# --- posts are searched for ---


def found(browser, q: str, **more: object) -> str:
    answer = browser.get(reverse("posts-search"), {"q": q} | more, headers=HTMX)
    assert answer.status_code == 200
    return answer.content.decode()


def test_posts_are_found_by_name_unit_or_holder_with_who_holds_them(district, browser):
    zhao = browser("zhao")
    for q in ("hq-office desk", "hq-office-a ma", "Ma"):
        assert "hq-office desk ma" in found(zhao, q)
    assert "Nothing found" in found(zhao, "no such post")
    assert found(zhao, "").strip() == ""
    assert found(zhao, "office").count("<li") <= 10


def test_who_must_not_sign_or_nobody_holds_cannot_be_ticked_and_says_why(district, browser):
    matter = scene.verified(district)
    scene.leave(district, "ma")
    about = {"run": matter.run.public_id, "act": "add-signers", "as": matter.share("zhao").pk}
    zhao = browser("zhao")
    for q, why in (
        ("leading desk", "must not sign here"),
        ("serving officer", "must not sign here"),
        ("leader qian", "is asked in this step already"),
        ("leader zhao", "That is your own post"),
    ):
        shown = found(zhao, q, **about)
        assert "disabled" in shown and why in shown, q
    vacant = found(zhao, "hq-office desk", **about)
    assert "vacant" in vacant and "disabled" in vacant
    assert "disabled" not in found(zhao, "coordinating desk", **about)
    copying = found(zhao, "leading desk", **about | {"act": "copy-to"})
    assert "disabled" not in copying, "reading is open to whoever signed"


def test_names_stay_where_they_are_shown_today(district, browser):
    ma = district.users["ma"]
    ma.is_demo, ma.name = False, "Real Person"
    ma.save()
    appointment = district.posts["ma"].appointments.get()
    appointment.holder_name = "Published Name"
    appointment.save()
    shown = found(browser("zhao"), "hq-office desk")
    assert "hq-office desk ma" in shown
    assert "Real Person" not in shown and "Published Name" not in shown
    assert "vacant" not in shown
    assert "Nothing found" in found(browser("zhao"), "Real")
    district.users["zhao"].is_demo = False
    district.users["zhao"].save()
    assert "Real Person" in found(browser("zhao"), "hq-office desk")


def test_a_search_about_a_foreign_matter_finds_nothing(district, browser):
    matter = scene.verified(district)
    about = {"q": "ma", "run": matter.run.public_id, "act": "transfer", "as": matter.share("zhao").pk}
    assert browser("wang").get(reverse("posts-search"), about, headers=HTMX).status_code == 404


def test_without_scripts_the_form_comes_back_with_what_was_found_and_typed(district, browser):
    matter = scene.verified(district)
    zhao, where = browser("zhao"), address(matter, "add-signers")
    typed = {"assignment": matter.share("zhao").pk, "turn": "before", "reason": WHY}
    known = Entry.objects.count()
    first = zhao.post(where, typed | {"find": "1", "q": "hq-office"}).content.decode()
    ma, ke = matter.posts("ma", "ke")
    assert f'value="{ma}"' in first and WHY in first
    second = zhao.post(where, typed | {"find": "1", "q": "coordinating", "posts": ma}).content.decode()
    assert f'<input type="checkbox" name="posts" value="{ma}" checked>' in second
    assert f'value="{ke}"' in second
    assert 'value="before" checked' in second
    assert Entry.objects.count() == known
    assert zhao.post(where, typed | {"posts": [ma, ke]}).status_code == 302
    assert matter.stands()["ma"] == matter.stands()["ke"] == "open"


def test_nobody_chosen_is_said_inside_the_form(district, browser):
    matter = scene.verified(district)
    typed = {"assignment": matter.share("zhao").pk, "turn": "before", "reason": WHY}
    answer = browser("zhao").post(address(matter, "add-signers"), typed, headers=HTMX)
    assert answer.status_code == 422
    assert "Choose at least one post." in answer.content.decode()
    typed |= {"post": "", "reason": WHY}
    answer = browser("zhao").post(address(matter, "delegate"), typed, headers=HTMX)
    assert "Choose at least one post." in answer.content.decode()


# --- where a return leads ---


def test_a_return_offers_the_way_of_the_flow_first_and_every_step_before(district, browser):
    matter = scene.verified(district)
    shown = page(browser("zhao"), matter, "return")
    assert shown.index("Submit evidence") < shown.index(">Verify")
    assert "serving officer chen" in shown and "leading desk lin" in shown
    typed = {"assignment": matter.share("zhao").pk, "reason": NO, "resubmit": "resume"}
    verify = matter.run.task_set.get(assignments=matter.share("lin")).pk
    assert browser("zhao").post(address(matter, "return"), typed | {"to": verify}).status_code == 302
    history = page(browser("zhao"), matter)
    assert "returned to “Verify”; comes straight back here afterwards" in history
    assert matter.share("lin").status == "open"
    matter.signed("lin")
    assert matter.share("zhao").status == "open"


def test_a_step_that_lies_not_before_this_one_is_refused(district, browser):
    matter = scene.verified(district)
    typed = {"assignment": matter.share("zhao").pk, "reason": NO, "to": matter.step.pk}
    answer = browser("zhao").post(address(matter, "return"), typed)
    assert answer.status_code == 409
    assert "A return leads only to a step that lies before this one" in answer.content.decode()


# --- opinions before they are sent ---


def test_an_opinion_is_kept_as_one_types_and_survives_signing_out(district, browser):
    matter = scene.verified(district)
    typed = {"assignment": matter.share("zhao").pk, "opinion": "资料齐全，拟同意。", "auto": "1"}
    answer = browser("zhao").post(address(matter, "save-opinion"), typed, headers=HTMX)
    assert answer.status_code == 200
    assert answer.content.decode().strip().startswith("kept ")
    assert "HX-Trigger" not in answer.headers, "nothing is fetched anew under the hands of who writes"
    assert 'value="资料齐全，拟同意。"' in page(browser("zhao"), matter)
    assert "资料齐全，拟同意。" in page(browser("zhao"), matter, "approve")
    for name in ("qian", "shu", "chen", "gao"):
        assert "资料齐全，拟同意。" not in page(browser(name), matter)


def test_a_secretary_prepares_and_only_the_leaders_touch_decides(district, browser):
    matter = scene.verified(district)
    share, shu = matter.share("zhao").pk, browser("shu")
    assert "For leadership leader zhao, who alone decides." in page(shu, matter, "save-opinion")
    kept = shu.post(address(matter, "save-opinion"), {"assignment": share, "opinion": "建议同意。"})
    assert kept.status_code == 302
    assert matter.share("zhao").status == "open"
    sheet = page(browser("zhao"), matter)
    assert "Prepared by" in sheet and "建议同意。" in sheet
    assert 'value="建议同意。"' not in sheet
    adopted = page(browser("zhao"), matter, query=f"?adopt={district.users['shu'].pk}")
    assert 'value="建议同意。"' in adopted
    assert matter.share("zhao").status == "open", "taking it over is not sending it"
    assert "建议同意。" not in page(browser("qian"), matter)
    assert shu.post(address(matter, "approve"), {"assignment": share}).status_code == 403
    browser("zhao").post(address(matter, "approve"), {"assignment": share, "opinion": "建议同意。"})
    assert matter.share("zhao").opinion == "建议同意。"
    assert matter.share("zhao").decided_by == district.users["zhao"]


def test_an_opinion_of_somebody_else_is_not_kept(district, browser):
    matter = scene.verified(district)
    typed = {"assignment": matter.share("zhao").pk, "opinion": "越权。"}
    assert browser("qian").post(address(matter, "save-opinion"), typed).status_code == 403
    assert not Opinion.objects.exists()


# --- phrases ---


def test_phrases_are_kept_used_and_let_go(district, browser):
    zhao, where = browser("zhao"), reverse("phrases")
    assert zhao.post(where, {"text": "  请抓紧  推进。 "}).status_code == 302
    assert "请抓紧 推进。" in zhao.get(where).content.decode()
    matter = scene.verified(district)
    assert 'data-fill="请抓紧 推进。"' in page(zhao, matter, "return")
    assert 'data-fill="请抓紧 推进。"' not in page(browser("qian"), matter, "return")
    phrase = district.users["zhao"].phrases.get()
    assert browser("qian").post(where, {"drop": phrase.pk}).status_code == 404
    assert zhao.post(where, {"drop": phrase.pk}).status_code == 302
    assert not district.users["zhao"].phrases.exists()
    refused = zhao.post(where, {"text": "字" * 121})
    assert refused.status_code == 422
    assert "At most 120 characters" in refused.content.decode()
    assert zhao.post(where, {"text": " "}).status_code == 422


def test_built_in_phrases_fit_what_is_written(district, browser):
    matter = scene.verified(district)
    zhao = browser("zhao")
    assert "The material is incomplete." in page(zhao, matter, "return")
    assert "No objection." in page(zhao, matter, "approve")
    assert "The material is incomplete." not in page(zhao, matter, "add-signers")


# --- several at once ---


def many(district, count: int) -> list[Scene]:
    return [scene.verified(district) for _each in range(count)]


def test_several_are_agreed_to_and_each_says_what_became_of_it(district, browser):
    first, second, third = many(district, 3)
    zhao, where = browser("zhao"), reverse("inbox-approve")
    tasks = [matter.share("zhao").pk for matter in (first, second, third)]
    listed = zhao.get(reverse("inbox") + "?bulk=1").content.decode()
    assert all(f'name="task" value="{task}"' in listed for task in tasks)
    asked = zhao.get(where, {"task": tasks}).content.decode()
    assert all(name_of(matter) in asked for matter in (first, second, third))
    second.govern(engine.suspend, "gao", reason=WHY)
    result = zhao.post(where, {"task": tasks, "opinion": "同意。"}).content.decode()
    assert "2 of 3 agreed to" in result
    assert result.count("Agreed to.") == 2
    assert "This matter is suspended" in result
    assert [matter.share("zhao").status for matter in (first, second, third)] == [
        "approved",
        "open",
        "approved",
    ]
    assert first.share("zhao").opinion == "同意。"


def test_others_tasks_are_left_out_and_none_is_refused(district, browser):
    (matter,) = many(district, 1)
    zhao, where = browser("zhao"), reverse("inbox-approve")
    foreign = matter.share("qian").pk
    assert "Nothing chosen" in zhao.get(where, {"task": [foreign, "x", 10**30]}).content.decode()
    for tasks in ([], [foreign], ["x"], [10**17]):
        answer = zhao.post(where, {"task": tasks})
        assert answer.status_code == 422
        assert "Choose at least one matter." in answer.content.decode()
    assert matter.share("qian").status == "open"


def test_only_what_can_simply_be_signed_can_be_ticked(district, browser):
    (plain,) = many(district, 1)
    asked = consulted(district)
    paused = suspended(district)
    listed = browser("zhao").get(reverse("inbox") + "?bulk=1").content.decode()
    assert f'name="task" value="{plain.share("zhao").pk}"' in listed
    assert f'name="task" value="{paused.share("zhao").pk}"' not in listed
    advice = asked.share("ke").pk
    shown = browser("ke").get(reverse("inbox") + "?bulk=1").content.decode()
    assert f'value="{advice}"' not in shown and "opinion asked" in shown
    draft = scene.drafted(district).share("chen").pk
    assert f'value="{draft}"' not in browser("chen").get(reverse("inbox") + "?bulk=1").content.decode()


# --- the lists ---


def test_what_lies_with_the_desk_is_in_the_pool_of_the_unit_until_somebody_takes_it(district, browser):
    matter = pooled(district)
    where = reverse("inbox") + "?tab=pool"
    listed = browser("du").get(where).content.decode()
    assert name_of(matter) in listed and address(matter, "claim") in listed
    assert 'class="ht-todo"' not in browser("bai").get(where).content.decode(), (
        "the desk has it among its tasks"
    )
    assert 'class="ht-todo"' not in browser("luo").get(where).content.decode()
    browser("du").post(address(matter, "claim"), {"assignment": matter.share("bai").pk})
    assert 'class="ht-todo"' not in browser("chen").get(where).content.decode()
    assert name_of(matter) in browser("du").get(reverse("inbox")).content.decode()


def test_leaders_and_desks_have_no_list_of_what_is_to_be_claimed(district, browser):
    for name, shown in (("zhao", False), ("bai", False), ("chen", True), ("du", True), ("sun", False)):
        assert ("?tab=pool" in browser(name).get(reverse("inbox")).content.decode()) == shown, name


def test_what_was_sent_for_information_is_marked_as_read_in_the_list(district, browser):
    matter = scene.verified(district)
    sun, where = browser("sun"), reverse("inbox") + "?tab=copied"
    assert address(matter, "acknowledge") in sun.get(where).content.decode()
    assert sun.post(address(matter, "acknowledge"), headers=HTMX)["HX-Trigger"] == "notices, sheet-changed"
    assert Copy.objects.get(user=district.users["sun"]).acknowledged
    listed = sun.get(where).content.decode()
    assert address(matter, "acknowledge") not in listed and "read " in listed
    assert "I read it today" in page(sun, matter)
    assert sun.post(address(matter, "acknowledge")).status_code == 409


def test_a_task_of_the_post_stood_in_for_says_so(district, browser):
    district.now = datetime.now(UTC)
    matter = scene.verified(district)
    scene.stands_in(district, "qian", "liu")
    matter.act(engine.add_signers, "zhao", matter.posts("liu"), turn="alongside", why=WHY)
    listed = browser("qian").get(reverse("inbox")).content.decode()
    assert "stand-in" in listed and "for <b>leadership leader liu</b>" in listed
    assert "working day" not in listed.split("stand-in")[0].rpartition('class="ht-todo"')[2]


def test_how_long_a_task_waits_is_said_on_its_row(district, browser):
    scene.verified(district)
    assert "working days so far" in browser("zhao").get(reverse("inbox")).content.decode()


def test_what_was_passed_on_or_refused_is_called_so_among_what_is_done(district, browser):
    scene.policy(district, "approve", on_no="count")
    first, second = scene.submitted(district), scene.verified(district)
    first.act(engine.transfer, "lin", first.posts("ke")[0], why=WHY)
    second.act(engine.reject, "zhao", reason=NO)
    assert "Passed on" in browser("lin").get(reverse("inbox") + "?tab=done").content.decode()
    assert "Disagreed" in browser("zhao").get(reverse("inbox") + "?tab=done").content.decode()


def test_a_pool_costs_the_same_with_few_and_with_many(district, browser):
    du, where = browser("du"), reverse("inbox") + "?tab=pool"

    def cost() -> int:
        du.get(where)
        with CaptureQueriesContext(connection) as seen:
            assert du.get(where).status_code == 200
        return len(seen.captured_queries)

    pooled(district)
    few = cost()
    for _more in range(4):
        pooled(district)
    assert few == cost() <= MOST_LOOKING
