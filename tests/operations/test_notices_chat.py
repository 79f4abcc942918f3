"""Chat bots: a real server that speaks as they do. Status 200 is no yes, and no secret leaves by the back door."""

import logging
from datetime import UTC, datetime, timedelta

import pytest

from flows.journal.models import Entry
from hetang_flow.lib.errors import Invalid, NotFound
from notifications import carrying, catalogue, channels, notices, operations, rules, sealing, selectors
from notifications.adapters import bots as speaking
from notifications.models import ChatAddress, Delivery, Notice
from permissions.actors import Actor
from permissions.models import User
from tests.support.bot_server import SECRET, TOKENS, bot_server, signature  # noqa: F401 - the fixture bots

NOW = datetime(2023, 6, 1, 1, 30, tzinfo=UTC)
TITLE = "演示·刀具产业园"
FACTS = {"title": TITLE, "label": "履约核验"}
ALL = ["dingtalk", "wecom", "feishu"]


@pytest.fixture
def qian(db):
    return User.objects.create(username="qian", name="Qian")


def reader(user):
    return Actor(user_id=user.pk, name=user.name)


def reached(user, bot="dingtalk", secret="", address="", now=NOW):
    """A person whose bot is kept; the first message to it is taken away."""
    operations.save_chat_address(bot, address or TOKENS[bot], secret, by=reader(user), now=now)
    Delivery.objects.all().delete()


def told(user, key="a", now=NOW, kind="step.todo", **more):
    notices.put(kind, key=key, to=[user.pk], facts=FACTS, url="/inbox/", now=now, **more)
    return list(Delivery.objects.filter(state="todo").order_by("pk").values_list("pk", flat=True))


def state():
    row = Delivery.objects.get()
    return row.state, row.attempts, row.last_error


@pytest.mark.parametrize("bot", ALL)
def test_a_letter_reaches_the_bot_with_title_link_and_key_and_nothing_else(qian, bots, bot, settings):
    settings.PUBLIC_URL = "https://flow.example.test"
    reached(qian, bot)
    assert carrying.carry(told(qian), now=NOW) is None
    (letter,) = bots.heard
    assert letter.bot == bot
    assert TOKENS[bot] in letter.query.values()
    assert letter.text.splitlines()[:2] == [
        "新任务：演示·刀具产业园（履约核验）",
        "https://flow.example.test/inbox/",
    ]
    assert letter.key == str(Delivery.objects.get().letter)
    assert letter.key[:8] in letter.text.splitlines()[2], "people, too, can tell a repeat"
    assert state() == ("sent", 1, "")


def test_the_key_is_in_the_payload_where_the_bot_has_a_field_for_it(qian, bots):
    for bot, name in (("dingtalk", "msgUuid"), ("feishu", "uuid")):
        reached(qian, bot)
        carrying.carry(told(qian, key=bot), now=NOW)
        assert bots.heard[-1].payload[name] == bots.heard[-1].key


def test_a_signed_bot_gets_its_signature(qian, bots):
    reached(qian, "dingtalk", SECRET)
    carrying.carry(told(qian), now=NOW)
    query = bots.heard[0].query
    assert query["sign"] == signature(SECRET, query["timestamp"])
    reached(qian, "feishu", SECRET)
    carrying.carry(told(qian, key="b"), now=NOW)
    payload = bots.heard[1].payload
    assert payload["sign"]
    assert payload["timestamp"].isdecimal()


@pytest.mark.parametrize(
    ("bot", "number", "field"),
    [("dingtalk", 300001, "errcode"), ("wecom", 93000, "errcode"), ("feishu", 19001, "code")],
)
def test_a_bot_that_refuses_for_good_with_status_200_has_refused(qian, bots, bot, number, field):
    reached(qian, bot)
    bots.refuses(number, field)
    assert carrying.carry(told(qian), now=NOW) is None
    assert state() == ("failed", 1, f"refused: {number}"), "the number, and nothing of what was said"


@pytest.mark.parametrize(
    ("bot", "number", "field"),
    [("dingtalk", 130101, "errcode"), ("wecom", 45009, "errcode"), ("feishu", 11232, "code")],
)
def test_a_bot_in_a_hurry_is_left_alone_for_a_minute(qian, bots, bot, number, field):
    reached(qian, bot)
    bots.refuses(number, field)
    again = carrying.carry(told(qian), now=NOW)
    assert again == NOW + speaking.PAUSE
    assert carrying.carry([Delivery.objects.get().pk], now=again) is None
    assert bots.keys == [bots.keys[0]] * 2, "the same letter under the same key"


@pytest.mark.parametrize("number", [-1, 99999])
def test_a_number_nobody_knows_waits_and_is_set_aside_in_the_end(qian, bots, number):
    reached(qian)
    wanted, now = told(qian), NOW
    for _each in range(20):
        bots.refuses(number)
    while now is not None:
        now = carrying.carry(wanted, now=now)
    assert state() == ("parked", len(rules.WAITS) + 1, f"refused: {number}")
    assert len(set(bots.keys)) == 1


@pytest.mark.parametrize("said", [b"<html>login</html>", b"[]", {"message": "ok"}, {"errcode": None}])
def test_an_answer_that_no_bot_gives_is_no_yes(qian, bots, said):
    reached(qian)
    bots.answers.append((200, said, {}))
    assert carrying.carry(told(qian), now=NOW) is not None
    assert Delivery.objects.get().state == "todo"


@pytest.mark.parametrize("status", [429, 500, 502, 503])
def test_a_server_in_trouble_is_asked_again(qian, bots, status):
    reached(qian)
    bots.fails(status)
    assert carrying.carry(told(qian), now=NOW) == NOW + rules.WAITS[0]


def test_a_server_that_names_an_hour_is_asked_then_within_reason(qian, bots):
    reached(qian)
    bots.fails(429, Retry_After="600")
    assert carrying.carry(told(qian), now=NOW) == NOW + timedelta(minutes=10)
    bots.fails(503, Retry_After="999999")
    later = NOW + timedelta(minutes=10)
    assert carrying.carry([Delivery.objects.get().pk], now=later) == later + rules.LONGEST_WAIT


@pytest.mark.parametrize("status", [302, 401, 404])
def test_what_leads_elsewhere_or_nowhere_is_refused_and_not_followed(qian, bots, status):
    reached(qian)
    bots.fails(status, Location=bots.address + "/robot/send")
    carrying.carry(told(qian), now=NOW)
    assert state() == ("failed", 1, f"status {status}")
    assert len(bots.heard) == 1


def test_nobody_at_the_other_end_costs_an_attempt_and_tells_no_secret(qian, settings, caplog):
    settings.CHAT_HOSTS = dict.fromkeys(settings.CHAT_HOSTS, "http://127.0.0.1:1")
    reached(qian, secret=SECRET)
    with caplog.at_level(logging.DEBUG):
        assert carrying.carry(told(qian), now=NOW) == NOW + rules.WAITS[0]
    assert state() == ("todo", 1, "ConnectionError")
    assert TOKENS["dingtalk"] not in caplog.text
    assert SECRET not in caplog.text


def test_a_confidential_matter_says_only_that_there_is_a_task(qian, bots, settings):
    settings.PUBLIC_URL = "https://flow.example.test"
    reached(qian)
    carrying.carry(told(qian, confidential=True), now=NOW)
    lines = bots.heard[0].text.splitlines()
    assert lines[:2] == ["您有一条新任务", "https://flow.example.test/"]
    assert TITLE not in bots.heard[0].text
    assert TITLE in Notice.objects.get(key="a").title, "on the page everything is said"


def test_a_confidential_kind_needs_nobody_to_remember_it(qian, bots, monkeypatch):

    monkeypatch.setitem(
        catalogue.KINDS, "case.opened", catalogue.Kind("%(title)s", "high", confidential=True)
    )
    reached(qian)
    carrying.carry(told(qian, kind="case.opened"), now=NOW)
    assert bots.heard[0].text.startswith("您有一条新任务\n")


def test_many_at_once_go_in_one_message_that_keeps_its_content_and_key(qian, bots):
    reached(qian)
    for number in range(5):
        told(qian, key=f"k{number}")
    told(qian, key="secret", confidential=True)
    bots.refuses(-1)
    again = carrying.carry([Delivery.objects.earliest("pk").pk], now=NOW)
    told(qian, key="later", now=NOW)
    carrying.carry(list(Delivery.objects.values_list("pk", flat=True)), now=again)
    first, repeated, later = bots.heard
    assert first.text.startswith("您有 6 条通知\n")
    assert first.text.count(TITLE) == 5
    assert "· 您有一条新任务" in first.text
    assert (repeated.key, repeated.text) == (first.key, first.text)
    assert later.key != first.key
    assert set(Delivery.objects.values_list("state", flat=True)) == {"sent"}


def test_a_long_list_is_cut_to_what_the_narrowest_bot_takes(qian, bots):
    reached(qian, "wecom")
    for number in range(40):
        facts = {"title": f"{number}" + "长" * 300, "label": "核验"}
        notices.put("step.todo", key=f"k{number}", to=[qian.pk], facts=facts, now=NOW)
    carrying.carry(list(Delivery.objects.values_list("pk", flat=True)), now=NOW)
    (letter,) = bots.heard
    assert len(letter.text.encode()) <= 2048
    assert "另有 32 条" in letter.text
    assert Delivery.objects.filter(state="sent").count() == 40


# --- the address ---


def test_an_address_is_taken_as_the_bots_page_shows_it_and_never_shown_again(qian, bots):
    shown = f"{bots.address}/robot/send?access_token={TOKENS['dingtalk']}"
    operations.save_chat_address("dingtalk", shown, SECRET, by=reader(qian), now=NOW)
    kept = ChatAddress.objects.get()
    for secret in (TOKENS["dingtalk"], SECRET):
        assert secret not in kept.sealed
        assert secret not in str(selectors.chat_kept(qian.pk))
    assert sealing.unseal(kept.sealed) == f"dingtalk://{SECRET}@{TOKENS['dingtalk']}/"
    entry = Entry.objects.get(kind="notices.address_saved")
    assert entry.facts == {"channel": "dingtalk"}
    carrying.carry([Delivery.objects.get().pk], now=NOW)
    assert bots.heard[0].text.startswith("今后通知也会发到这里（钉钉）。")


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "https://elsewhere.test/robot/send?access_token=0123456789abcdef",
        "http://169.254.169.254/robot/send?access_token=0123456789abcdef",
        "0123456789abcdef@127.0.0.1:80/",
        "0123456789abcdef?x=1",
        "密钥一二三四五六七八",
        "x" * 200,
    ],
)
@pytest.mark.parametrize("bot", ALL)
def test_nothing_is_ever_posted_to_a_host_somebody_typed(qian, bots, bot, typed):
    with pytest.raises(Invalid, match="not-a-bot-address"):
        operations.save_chat_address(bot, typed, "", by=reader(qian), now=NOW)
    assert not ChatAddress.objects.exists()


def test_a_bot_that_is_not_offered_is_neither_kept_nor_spoken_to(qian, bots, settings):
    reached(qian)
    wanted = told(qian)
    settings.CHAT_BOTS = ["wecom"]
    carrying.carry(wanted, now=NOW)
    assert state()[0] == "failed"
    assert not bots.heard
    with pytest.raises(Invalid, match="no-such-bot"):
        operations.save_chat_address("dingtalk", TOKENS["dingtalk"], "", by=reader(qian), now=NOW)
    assert [bot.value for bot in channels.offered()] == ["wecom"]


def test_an_address_sealed_under_another_secret_is_no_address(qian, bots, settings):
    reached(qian)
    wanted = told(qian)
    old, settings.SECRET_KEY = settings.SECRET_KEY, "another"
    carrying.carry(wanted, now=NOW)
    assert state() == ("failed", 0, carrying.NO_ADDRESS)
    settings.SECRET_KEY_FALLBACKS = [old]
    assert sealing.unseal(ChatAddress.objects.get().sealed), (
        "a secret that was changed with notice still opens"
    )


def test_who_takes_the_address_away_is_not_written_to_any_more(qian, bots):
    reached(qian)
    wanted = told(qian)
    operations.remove_chat_address(by=reader(qian), now=NOW)
    carrying.carry(wanted, now=NOW)
    assert state()[0] == "spare"
    assert not bots.heard
    with pytest.raises(NotFound):
        operations.remove_chat_address(by=reader(qian), now=NOW)
    told(qian, key="b")
    assert Delivery.objects.count() == 1
