"""Hints to open pages, through the real Valkey: only one's own, only after the commit, never a reason to fail."""

import asyncio
import json
import socket
import time
from datetime import UTC, datetime
from importlib import import_module

import pytest
from asgiref.sync import async_to_sync, sync_to_async
from channels.testing import WebsocketCommunicator
from channels_redis.core import RedisChannelLayer
from django.conf import settings
from django.db import connection, transaction
from django.test import Client

from hetang_flow.asgi import application
from notifications import consumers, hints, notices
from notifications.models import Notice
from permissions.models import User
from tests.support.told import committed_people  # noqa: F401 - the fixture db

NOW = datetime(2023, 6, 1, 1, 30, tzinfo=UTC)
FACTS = {"title": "演示·刀具产业园", "label": "履约核验"}
HERE = b"http://testserver"


@pytest.fixture(autouse=True)
def not_quiet(monkeypatch):
    """Each test begins with a Valkey that is believed to be there."""
    monkeypatch.setattr(hints, "_quiet_until", 0.0)


@pytest.fixture
def lin(db):
    return User.objects.create(username="lin", name="Lin")


@pytest.fixture
def zhao(db):
    return User.objects.create(username="zhao", name="Zhao")


def page_of(user=None, origin=HERE):
    """The socket of a page; the browser sends the session and where the page came from."""
    client = Client()
    if user is not None:
        client.force_login(user)
    cookies = "; ".join(f"{name}={morsel.value}" for name, morsel in client.cookies.items())
    headers = [(b"host", b"testserver"), (b"origin", origin), (b"cookie", cookies.encode())]
    return WebsocketCommunicator(application, "/ws/notices/", headers=headers)


def tell(user, key):
    with transaction.atomic():
        notices.put("step.todo", key=key, to=[user.pk], facts=FACTS, now=NOW)


async def heard(page, timeout=3):
    return json.loads(await page.receive_from(timeout))


async def closed_with(page, timeout=3):
    message = await page.receive_output(timeout)
    assert message["type"] == "websocket.close", message
    return message.get("code")


def test_a_page_hears_how_far_its_reader_has_come_and_nothing_else(lin):
    tell(lin, "a")
    page = page_of(lin)

    async def play():
        connected, _ = await page.connect()
        assert connected
        assert await heard(page) == {"upto": 1}
        await asyncio.to_thread(in_own_thread, tell, lin, "b")
        assert await heard(page) == {"upto": 2}
        await page.disconnect()

    async_to_sync(play)()


def test_a_page_hears_nothing_of_others(lin, zhao):
    mine, other = page_of(lin), page_of(zhao)

    async def play():
        for page in (mine, other):
            await page.connect()
            assert await heard(page) == {"upto": 0}
        await asyncio.to_thread(in_own_thread, tell, zhao, "a")
        assert await heard(other) == {"upto": 1}
        assert await mine.receive_nothing(0.3)
        for page in (mine, other):
            await page.disconnect()

    async_to_sync(play)()


def test_nothing_is_heard_before_the_commit_or_of_what_was_taken_back(lin):
    page = page_of(lin)

    async def play():
        await page.connect()
        await heard(page)
        await asyncio.to_thread(in_own_thread, take_back)
        assert await page.receive_nothing(0.3)
        await page.disconnect()

    def take_back():
        with pytest.raises(RuntimeError), transaction.atomic():
            notices.put("step.todo", key="a", to=[lin.pk], facts=FACTS, now=NOW)
            time.sleep(0.2)
            raise RuntimeError

    async_to_sync(play)()
    assert not Notice.objects.exists()


def test_strangers_and_pages_of_other_sites_are_refused(lin):
    for page in (page_of(None), page_of(lin, origin=b"https://elsewhere.test")):
        connected, code = async_to_sync(page.connect)()
        assert not connected
        assert code in (consumers.SIGNED_OUT, 1000)


def test_a_closed_account_is_refused(lin):
    page = page_of(lin)
    User.objects.update(is_active=False)
    assert async_to_sync(page.connect)() == (False, consumers.SIGNED_OUT)


@pytest.mark.parametrize("ending", ["account", "session", "password"])
def test_a_page_whose_right_has_ended_is_closed_at_the_next_hint(lin, ending):
    page = page_of(lin)

    def end():
        if ending == "account":
            User.objects.update(is_active=False)
        elif ending == "password":
            lin.set_password("another")
            lin.save()
        else:
            key = dict(page.scope["headers"])[b"cookie"].decode().split("sessionid=")[1].split(";")[0]
            import_module(settings.SESSION_ENGINE).SessionStore(key).delete()
        tell(lin, "a")

    async def play():
        await page.connect()
        await heard(page)
        await asyncio.to_thread(in_own_thread, end)
        assert await closed_with(page) == consumers.SIGNED_OUT

    async_to_sync(play)()


def test_a_page_that_asks_is_answered_though_the_hint_was_lost(lin, monkeypatch):
    monkeypatch.setattr(consumers, "SECONDS_BETWEEN_ANSWERS", 0.2)
    monkeypatch.setattr(hints, "send", lambda upto: None)
    page = page_of(lin)

    async def play():
        await page.connect()
        assert await heard(page) == {"upto": 0}
        await sync_to_async(tell)(lin, "a")
        await page.send_to("?")
        assert await page.receive_nothing(0.1), "asked too soon after the last answer"
        await asyncio.sleep(0.2)
        await page.send_to("?")
        assert await heard(page) == {"upto": 1}
        await page.disconnect()

    async_to_sync(play)()


def test_a_page_that_says_too_much_is_closed(lin):
    page = page_of(lin)

    async def play():
        await page.connect()
        await heard(page)
        await page.send_to("x" * 4097)
        assert await closed_with(page) == consumers.TOO_BIG

    async_to_sync(play)()


def test_a4_09_one_person_opens_no_thousand_sockets(lin, monkeypatch):
    monkeypatch.setattr(consumers, "MOST_PAGES", 3)
    *pages, again = (page_of(lin) for _page in range(5))

    async def play():
        joined = [await page.connect() for page in pages]
        assert [took for took, _code in joined] == [True, True, True, False]
        assert joined[3][1] == consumers.TRY_LATER
        await pages[0].disconnect()
        assert (await again.connect())[0], "one that closed makes room for another"
        for page in (*pages[1:3], again):
            await page.disconnect()

    async_to_sync(play)()


# --- without Valkey ---


def layer_at(port):
    return RedisChannelLayer(hosts=[{"address": f"redis://127.0.0.1:{port}/0", "socket_timeout": None}])


def test_no_valkey_fails_no_operation_and_is_not_asked_at_every_request(lin, monkeypatch):
    asked = []
    monkeypatch.setattr(hints, "get_channel_layer", lambda: asked.append(1) or layer_at(1))
    for key in "abc":
        tell(lin, key)
    assert Notice.objects.filter(user=lin).count() == 3
    assert len(asked) == 1


def test_a_valkey_that_does_not_answer_costs_a_second_once(lin, monkeypatch):
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        monkeypatch.setattr(hints, "get_channel_layer", lambda: layer_at(port))
        began = time.monotonic()
        tell(lin, "a")
        tell(lin, "b")
        assert time.monotonic() - began < hints.PATIENCE + 1
    assert Notice.objects.filter(user=lin).count() == 2


def test_hints_are_sent_again_after_the_quiet_time(lin, monkeypatch):
    monkeypatch.setattr(hints, "QUIET", 0.0)
    asked = []
    monkeypatch.setattr(hints, "get_channel_layer", lambda: asked.append(1) or layer_at(1))
    tell(lin, "a")
    tell(lin, "b")
    assert len(asked) == 2


def test_a_page_is_sent_away_to_come_back_later(lin, monkeypatch):
    page = page_of(lin)
    away, join = layer_at(1), RedisChannelLayer.group_add
    monkeypatch.setattr(
        RedisChannelLayer, "group_add", lambda self, group, channel: join(away, group, channel)
    )
    assert async_to_sync(page.connect)() == (False, consumers.TRY_LATER)


def in_own_thread(call, *args):
    """As another process would: a connection of its own, closed afterwards."""
    try:
        call(*args)
    finally:
        connection.close()
