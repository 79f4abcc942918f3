"""The pages of those who act for others: substitutes, and handing over on leaving."""

from datetime import timedelta

import pytest
from django.urls import reverse

from hetang_flow.lib import clock
from notifications.models import Notice
from permissions.models import Access, Appointment, Substitution

PAGE, LEAVING = "substitutes", "hand-over"


@pytest.fixture
def today():
    return clock.district_day(clock.now())


def typed(district, today, post="lin", substitute="luo", **more):
    words = {
        "post": district.posts[post].pk,
        "substitute": district.posts[substitute].pk,
        "first_day": today.isoformat(),
        "last_day": (today + timedelta(days=6)).isoformat(),
        "reason": "赴省厅汇报项目。",
    }
    return words | more


def page(answer):
    return answer.content.decode()


def test_a_substitute_named_on_the_page_is_shown_to_both_and_ended_by_the_holder(district, browser, today):
    lin = browser("lin")
    answer = lin.post(reverse(PAGE), typed(district, today))
    assert (answer.status_code, answer["Location"]) == (302, reverse(PAGE))
    made = Substitution.objects.get()
    assert (made.from_day, made.until_day) == (today, today + timedelta(days=7)), "the last day is included"
    shown, seen_by_luo = page(lin.get(reverse(PAGE))), page(browser("luo").get(reverse(PAGE)))
    end = reverse("substitute-end", args=[made.pk])
    assert end in shown
    assert "leading officer luo" in shown
    assert "leading desk lin" in seen_by_luo
    assert end not in seen_by_luo
    assert browser("luo").post(end).status_code == 403
    assert browser("wang").post(end).status_code == 404
    assert lin.post(end).status_code == 302
    assert end not in page(lin.get(reverse(PAGE)))
    assert Substitution.objects.get().ended is not None


def test_the_task_in_the_inbox_says_for_whom(district, browser, today):
    district.submitted()
    browser("lin").post(reverse(PAGE), typed(district, today))
    inbox = page(browser("luo").get(reverse("inbox")))
    assert inbox.count('class="ht-todo"') == 1
    assert "<b>leading desk lin</b>" in inbox
    assert "stand-in</span> for <b>" in inbox
    assert "stand-in</span>" not in page(browser("lin").get(reverse("inbox")))
    assert "leading desk lin" in page(browser("luo").get(reverse("me")))


def test_the_choices_are_the_posts_one_may_settle_and_the_own_unit_comes_first(district, browser):
    def units(name):
        first, second = page(browser(name).get(reverse(PAGE))).split("<select")[1:3]
        return [part.split('"')[0] for part in first.split('<optgroup label="')[1:]], second

    mine, theirs = units("luo")
    assert mine == ["leading-a"]
    assert theirs.split('<optgroup label="')[1].startswith("leading-a")
    everywhere, _theirs = units("gao")
    assert everywhere[0] == "campaign-office-a"
    assert set(everywhere) >= {"leadership-a", "serving-a", "hq-office-a"}


@pytest.mark.parametrize(
    ("more", "status", "said"),
    [
        ({"substitute": ""}, 422, "Choose one."),
        ({"substitute": "9" * 30}, 422, "Choose one."),
        ({"first_day": "tomorrow"}, 422, "This is not a date."),
        ({"reason": ""}, 422, "Please give a reason."),
        ({"last_day": "2020-01-01"}, 422, "The first day is today or later"),
    ],
)
def test_a_form_that_cannot_be_comes_back_as_it_was_typed(district, browser, today, more, status, said):
    answer = browser("lin").post(reverse(PAGE), typed(district, today) | more)
    assert answer.status_code == status
    assert said in page(answer)
    assert f'value="{more.get("first_day", today.isoformat())}"' in page(answer)
    assert not Substitution.objects.exists()


def test_what_stands_in_the_way_is_said_on_the_form_and_kept_in_the_log(district, browser, today):
    browser("lin").post(reverse(PAGE), typed(district, today))
    answer = browser("lin").post(reverse(PAGE), typed(district, today, substitute="bai"))
    assert answer.status_code == 409
    assert "Somebody stands in for this post" in page(answer)
    assert "赴省厅汇报项目。" in page(answer)
    assert Access.objects.filter(refusal="substitute-overlaps", status=409).exists()


def test_whoever_holds_no_post_has_nobody_to_name(district, browser):
    Appointment.objects.filter(user=district.users["wang"]).update(until_day="2023-06-01")
    shown = page(browser("wang").get(reverse(PAGE)))
    assert "<select" not in shown
    assert "You hold no post" in shown


# --- leaving ---


def test_a_leaver_is_shown_with_what_would_go_and_then_goes(district, browser):
    district.submitted()
    lin, luo, users = browser("lin"), district.users["luo"], district.users
    chosen = page(lin.get(reverse(LEAVING), {"leaver": luo.pk}))
    assert "leading officer luo" in chosen
    words = {"leaver": luo.pk, "successor": users["wang"].pk, "reason": "调离本区。"}
    assert lin.post(reverse(LEAVING), words).status_code == 302
    assert Appointment.objects.filter(user=users["wang"], post=district.posts["luo"]).exists()
    assert Notice.objects.filter(kind="post.handed_over").count() == 2
    assert lin.get(reverse(LEAVING), {"leaver": luo.pk}).status_code == 404, "nothing is left to hand over"


def test_the_desk_is_offered_its_own_people_and_the_campaign_office_everybody(district, browser):
    def offered(name):
        shown = page(browser(name).get(reverse(LEAVING))).split("<select")[1].split("</select>")[0]
        return [part.split('"')[0] for part in shown.split('<optgroup label="')[1:]]

    assert offered("lin") == ["leading-a"]
    assert set(offered("gao")) >= {"leading-a", "serving-a", "leadership-a"}


def test_the_hand_over_refused_says_why_on_the_form(district, browser):
    lin, luo = browser("lin"), district.users["luo"]
    words = {"leaver": luo.pk, "successor": luo.pk, "reason": "调离本区。"}
    answer = lin.post(reverse(LEAVING), words)
    assert answer.status_code == 422
    assert "The successor has to be somebody else." in page(answer)
    missing = lin.post(reverse(LEAVING), words | {"reason": ""})
    assert missing.status_code == 422
    assert "Please give a reason." in page(missing)


def test_who_has_no_power_over_anybody_is_told_so(district, browser):
    shown = browser("luo").get(reverse(LEAVING))
    assert shown.status_code == 200
    assert "<select" not in page(shown)
    assert LEAVING not in page(browser("luo").get(reverse("me")))
    assert reverse(LEAVING) in page(browser("lin").get(reverse("me")))
    users = district.users
    words = {"leaver": users["lin"].pk, "successor": users["wang"].pk, "reason": "调离本区。"}
    assert browser("luo").post(reverse(LEAVING), words).status_code == 403
    assert browser("bai").post(reverse(LEAVING), words).status_code == 403


def test_somebody_without_a_post_so_far_can_take_over(district, browser):
    users = district.users
    Appointment.objects.filter(user=users["wang"]).update(until_day="2023-06-01")
    shown = page(browser("lin").get(reverse(LEAVING), {"leaver": users["luo"].pk}))
    assert f'<option value="{users["wang"].pk}">Wang</option>' in shown
