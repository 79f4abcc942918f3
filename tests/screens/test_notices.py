"""The pages about notices: how one is told, and the letters that were set aside."""

from datetime import time

import pytest
from django.urls import reverse

from flows.journal.models import EntryPersonal
from hetang_flow.lib import clock
from notifications import notices, rules
from notifications.models import ChatAddress, Delivery, Preference
from permissions.models import User
from tests.screens.test_matrix import letter_set_aside
from tests.support.bot_server import SECRET, TOKENS

SETTINGS, KEEP, LETTERS = "notice-settings", "chat-address", "letters-set-aside"
TYPED = {"mail_from": "high", "chat_from": "low", "daily_at": "09:15", "urgent_apart": "1"}
REASON = "邮件服务器已恢复，重新发送。"


def page(answer):
    return answer.content.decode()


def test_what_is_chosen_on_the_page_is_kept_and_shown_again(district, browser):
    lin = browser("lin", "zh-hans")
    shown = page(lin.get(reverse(SETTINGS)))
    assert "通知设置" in shown
    assert 'value="22:00"' in shown
    quiet = {"quiet": "1", "quiet_from": "12:00", "quiet_until": "14:00", "urgent_passes": "1"}
    assert lin.post(reverse(SETTINGS), TYPED | quiet).status_code == 302
    assert Preference.objects.get(user=district.users["lin"]).wishes == rules.Wishes(
        mail_from="high", chat_from="low", daily_at=time(9, 15), quiet_from=time(12), quiet_until=time(14),
        urgent_passes=True,
    )  # fmt: skip
    shown = page(lin.get(reverse(SETTINGS)))
    for kept in ('value="12:00"', 'value="14:00"', 'value="09:15"'):
        assert kept in shown
    lin.post(reverse(SETTINGS), TYPED)
    assert Preference.objects.get().quiet_from is None, "the hours count only where quiet hours are wanted"


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ({"daily_at": "25:00"}, "This is not a time."),
        ({"mail_from": "always"}, "Choose one."),
        ({"quiet": "1", "quiet_from": "07:00", "quiet_until": "07:00"}, "Quiet hours need"),
        ({"quiet": "1", "quiet_from": "07:00"}, "Quiet hours need"),
    ],
)
def test_what_cannot_be_comes_back_with_what_was_typed(district, browser, typed, sentence):
    answer = browser("lin").post(reverse(SETTINGS), TYPED | typed)
    assert answer.status_code == 422
    assert sentence in page(answer)
    assert 'value="low" selected' in page(answer)
    assert not Preference.objects.exists()


def test_a_bots_address_is_kept_tried_and_never_shown(district, browser):
    lin = browser("lin")
    typed = {"bot": "dingtalk", "address": TOKENS["dingtalk"], "secret": SECRET}
    assert lin.post(reverse(KEEP), typed).status_code == 302
    shown = page(lin.get(reverse(SETTINGS)))
    assert "DingTalk: an address is kept." in shown
    for secret in (TOKENS["dingtalk"], SECRET, ChatAddress.objects.get().sealed):
        assert secret not in shown
    assert Delivery.objects.get().channel == "dingtalk"
    assert lin.post(reverse("chat-address-remove")).status_code == 302
    assert not ChatAddress.objects.exists()


def test_a_wrong_address_is_refused_and_not_repeated_on_the_page(district, browser):
    typed = {"bot": "wecom", "address": f"https://elsewhere.test/{TOKENS['wecom']}"}
    answer = browser("lin").post(reverse(KEEP), typed)
    assert answer.status_code == 422
    assert "This is not an address of that bot." in page(answer)
    assert TOKENS["wecom"] not in page(answer)
    assert 'value="wecom" required checked' in page(answer)


def test_where_no_bot_is_offered_the_page_speaks_of_none(district, browser, settings):
    settings.CHAT_BOTS = []
    shown = page(browser("lin").get(reverse(SETTINGS)))
    assert "DingTalk" not in shown
    assert browser("lin").post(reverse(SETTINGS), TYPED).status_code == 302
    assert browser("lin").post(reverse(KEEP), {"bot": "wecom", "address": TOKENS["wecom"]}).status_code == 422


@pytest.fixture
def administrator(district):
    user = User.objects.create(username="system", name="System", administrator="system")
    district.users["system"] = user
    return user


def test_the_administrator_sees_how_letters_failed_and_nothing_of_what_they_say(
    district, browser, administrator
):
    run = district.submitted().run
    letter = letter_set_aside(district.users["lin"])
    system = browser("system", "zh-hans")
    shown = page(system.get(reverse(LETTERS)))
    assert "Lin" in shown
    assert "新任务：…（…）" in shown
    for secret in (run.title, run.code, str(run.public_id)):
        assert secret not in shown
    retry = reverse("letter-retry", args=[letter])
    answer = system.post(retry, {"reason": "好"})
    assert answer.status_code == 422
    assert 'value="好"' in page(answer)
    assert system.post(retry, {"reason": REASON}).status_code == 302
    assert Delivery.objects.get(letter=letter).state == "todo"
    assert EntryPersonal.objects.filter(field="reason", value=REASON).exists()
    assert "没有未送达的消息" in page(system.get(reverse(LETTERS)))


def test_the_way_to_the_letters_stands_on_the_administrators_page_alone(district, browser, administrator):
    assert reverse(LETTERS) in page(browser("system").get(reverse("me")))
    assert reverse(LETTERS) not in page(browser("lin").get(reverse("me")))
    assert reverse(SETTINGS) in page(browser("lin").get(reverse("me")))


def test_a_long_list_of_letters_is_two_statements(
    district, browser, administrator, django_assert_num_queries
):
    lin, now = district.users["lin"], clock.now()
    for number in range(30):
        notices.put("run.copied", key=f"k{number}", to=[lin.pk], facts={"title": "演示"}, now=now)
        letter_set_aside(lin)
    system = browser("system")
    system.get(reverse(LETTERS))
    with django_assert_num_queries(7):
        assert page(system.get(reverse(LETTERS))).count('class="ht-panel"') == 30
