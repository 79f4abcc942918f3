"""One's own deadlines on their page, and the calendar at a private address that no log and no table holds."""

import io
import logging
import re
from datetime import date, timedelta

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from icalendar import Calendar

from flows.agenda import rules
from flows.agenda.models import FeedAddress
from flows.engine import operations as engine
from flows.engine.models import Step
from hetang_flow.lib import clock
from permissions.models import Access, User
from tests.support import inspected, scene, supervised
from tests.support.apart import together

SHOWN = re.compile(r'id="shown-once"[^>]*value="([^"]+)"')
PAGE = reverse("agenda")


def today():
    return clock.district_day(clock.now())


def due(district, day, title=""):
    """A task of Lin's that is due on a day."""
    run = district.submitted().run
    Step.objects.filter(pk=district.share(run, "lin").step_id).update(due_on=day)
    if title:
        type(run).objects.filter(pk=run.pk).update(title=title)
    return run


def made(client, **typed):
    """The address as the page shows it, once."""
    answer = client.post(reverse("agenda-address"), typed)
    assert answer.status_code == 201
    return SHOWN.search(answer.content.decode())[1]


def path_of(address):
    return "/" + address.split("/", 3)[3]


def fetched(address, **headers):
    """What a calendar program without a session gets."""
    return Client(headers=headers).get(path_of(address))


def events(answer):
    return list(Calendar.from_ical(answer.content).walk("VEVENT"))


# --- the page ---


def test_deadlines_stand_by_their_day_each_a_way_to_its_sheet(district, browser):
    late, late_days = due(district, today() - timedelta(days=15)), "working days overdue"
    due(district, today())
    due(district, today() + timedelta(days=30))
    due(district, None)
    page = browser("lin").get(PAGE).content.decode()
    groups = re.findall(r'data-group="(\w+)"', page)
    assert groups == ["overdue", "today", "later", "undated"]
    assert late_days in page
    assert f"{reverse('sheet', args=[late.public_id])}?as=" in page
    assert page.count('class="ag-row"') == 4


def test_nobody_sees_what_is_due_of_others(district, browser):
    run = due(district, today())
    for name in ("chen", "wang", "zhao", "ma"):
        page = browser(name).get(PAGE).content.decode()
        assert run.title not in page
        assert "Nothing is due of you" in page


def test_a_kind_narrows_the_list_and_keeps_the_counts(district, browser):
    inspected.prepare(district)
    inspected.opened(district)
    district.milestone()
    for kind, rows in (("", 1), ("inspection", 1), ("task", 0), ("nonsense", 1)):
        page = browser("bai").get(PAGE, {"kind": kind}).content.decode()
        assert page.count('class="ag-row"') == rows, kind
    assert "Nothing of this kind" in browser("bai").get(PAGE, {"kind": "task"}).content.decode()


def test_it_is_found_from_every_page_and_from_ones_own(district, browser):
    for name in ("inbox", "me", "projects"):
        assert f'href="{PAGE}"' in browser("lin").get(reverse(name)).content.decode(), name


# --- the address ---


def test_the_address_is_shown_once_and_then_only_that_there_is_one(district, browser):
    client = browser("lin")
    assert "Make an address" in client.get(PAGE).content.decode()
    address = made(client)
    page = client.get(PAGE).content.decode()
    assert address not in page
    assert address.rsplit("/", 2)[1] not in page
    assert "an address is in use" in page
    assert "Replace it" in page
    assert "never" in page
    fetched(address)
    assert "never" not in client.get(PAGE).content.decode()


def test_a_second_press_is_told_and_replacing_silences_the_old(district, browser):
    client = browser("lin")
    old = made(client)
    assert client.post(reverse("agenda-address")).status_code == 409
    new = made(client, replaces=str(FeedAddress.objects.get().public_id))
    assert (fetched(old).status_code, fetched(new).status_code) == (404, 200)


def test_revoked_it_answers_like_one_that_never_was(district, browser):
    client = browser("lin")
    address = made(client)
    answer = client.post(
        reverse("agenda-address-revoke"), {"address": str(FeedAddress.objects.get().public_id)}, follow=True
    )
    assert "Make an address" in answer.content.decode()
    gone, never = fetched(address), fetched("x://y/agenda/hf_" + "n" * 43 + "/deadlines.ics")
    assert gone.status_code == never.status_code == 404
    assert (gone.content, gone.headers) == (never.content, never.headers)


def test_an_account_that_is_closed_or_holds_no_post_has_no_calendar_any_more(district, browser):
    lin, chen = made(browser("lin")), made(browser("chen"))
    User.objects.filter(pk=district.users["lin"].pk).update(is_active=False)
    district.users["chen"].appointments.update(until_day=date(2023, 1, 2))
    assert fetched(lin).status_code == fetched(chen).status_code == 404


def test_an_administrator_is_offered_no_address(district, browser):
    with together():
        User.objects.filter(pk=district.users["gao"].pk).update(administrator="audit")
    assert "Make an address" not in browser("gao").get(PAGE).content.decode()


# --- the calendar ---


def test_a_deadline_is_a_whole_day_of_the_district_with_its_title_alone(district, browser):
    run = due(district, date(2023, 6, 9))
    answer = fetched(made(browser("lin")), **{"Accept-Language": "en"})
    assert answer.headers["Content-Type"] == "text/calendar; charset=utf-8"
    assert answer.headers["Cache-Control"] == "private, no-store"
    assert "noindex" in answer.headers["X-Robots-Tag"]
    assert "Set-Cookie" not in answer.headers
    (event,) = events(answer)
    assert event.start == date(2023, 6, 9)
    assert event.end == date(2023, 6, 10)
    assert str(event["summary"]).endswith(f"：{run.title}"), "the site's language, whatever the program says"
    assert reverse("sheet", args=[run.public_id]) in str(event["url"])
    assert "description" not in event
    assert not event.walk("VALARM")
    assert event["transp"] == "TRANSPARENT"


def test_its_lines_are_folded_and_end_as_the_standard_wants(district, browser):
    due(district, date(2023, 6, 9), "演示·" + "荷塘新能源汽车零部件产业园标准厂房及配套基础设施建设项目" * 4)
    body = fetched(made(browser("lin"))).content
    lines = body.split(b"\r\n")
    assert b"\n" not in b"".join(lines)
    assert max(map(len, lines)) <= 75
    assert all(line.decode() is not None for line in lines), "no character is cut in two"
    assert lines[0] == b"BEGIN:VCALENDAR"
    assert b"METHOD:PUBLISH" in lines


def test_a_matter_keeps_its_name_and_its_number_only_grows(district, browser):
    run = due(district, date(2023, 6, 9))
    address = made(browser("lin"))
    (before,) = events(fetched(address))
    (again,) = events(fetched(address))
    assert (before["uid"], before["sequence"]) == (again["uid"], again["sequence"])
    reason = "未附签章页，请补正后重报。"
    engine.suspend(run.public_id, reason=reason, by=district.actor("gao"), now=district.now)
    assert events(fetched(address)) == []
    engine.resume(run.public_id, by=district.actor("gao"), now=district.now + timedelta(minutes=1))
    (after,) = events(fetched(address))
    assert after["uid"] == before["uid"]
    assert after["sequence"] > before["sequence"]
    assert after["dtstamp"].dt >= before["dtstamp"].dt


def test_of_a_confidential_matter_it_says_only_that_there_is_a_task(district, browser, monkeypatch):
    run = due(district, date(2023, 6, 9))
    monkeypatch.setattr(run.flow_class, "confidential", True)
    answer = fetched(made(browser("lin")))
    (event,) = events(answer)
    assert event["summary"] == "您有一条新任务"
    assert str(event["url"]).count("/") == 3
    body = answer.content.replace(b"\r\n ", b"").decode()
    for secret in (run.title, str(run.public_id), run.code, district.line.name):
        assert secret not in body


def test_a_matter_about_a_named_person_is_confidential(district, browser):
    supervised.prepare(district)
    item = supervised.entered(
        district,
        ground="perfunctory",
        rung="slip-red",
        post=district.posts["wang"].code,
        person=district.users["wang"].pk,
    )
    body = fetched(made(browser("wang"))).content.replace(b"\r\n ", b"").decode()
    assert "您有一条新任务" in body
    assert item.title not in body
    assert str(item.public_id) not in body


def test_it_is_bounded_and_costs_the_same_among_many(district, browser, monkeypatch):
    monkeypatch.setattr(rules, "MOST_FED", 3)
    address = made(browser("lin"))
    costs = []
    for number in (1, 4):
        for _each in range(number):
            due(district, date(2023, 6, 9))
        with CaptureQueriesContext(connection) as seen:
            answer = fetched(address)
        costs.append(len(seen))
    assert len(events(answer)) == 3
    assert costs[0] == costs[1] <= 8


def test_who_fetches_too_often_waits_and_nobody_else(district, browser, monkeypatch):
    monkeypatch.setattr(rules, "MOST_FETCHES", 2)
    lin, chen = made(browser("lin")), made(browser("chen"))
    assert [fetched(lin).status_code for _time in range(4)] == [200, 200, 429, 429]
    assert fetched(lin).headers["Retry-After"]
    assert fetched(chen).status_code == 200
    with time_machine.travel(clock.now() + timedelta(minutes=61)):
        assert fetched(lin).status_code == 200


# --- it stands nowhere ---


def everywhere(text):
    """The tables of which some row holds this text, whatever its column."""
    found = []
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names():
            cursor.execute(f'SELECT count(*) FROM "{table}" AS t WHERE t::text LIKE %s', [f"%{text}%"])
            if cursor.fetchone()[0]:
                found.append(table)
    return found


@pytest.fixture
def log(settings):
    """What the site's own log writes, at its most talkative."""
    written, root = io.StringIO(), logging.getLogger()
    ours = [handler for handler in root.handlers if type(handler.formatter).__name__ == "UnsaidFormatter"]
    assert ours, "the log of the settings is in use"
    streams, level = [handler.setStream(written) for handler in ours], root.level
    root.setLevel(logging.DEBUG)
    yield written
    root.setLevel(level)
    for handler, stream in zip(ours, streams, strict=True):
        handler.setStream(stream)


def test_the_secret_stands_in_no_table_and_in_no_log(district, browser, log, monkeypatch):
    client = browser("lin")
    address = made(client)
    secret = address.rsplit("/", 2)[1].removeprefix(rules.MARK)
    assert len(secret) >= 43
    fetched(address)
    Client().get(path_of(address) + "/")
    Client().get(path_of(address).replace("deadlines.ics", "other"))
    Client().post(path_of(address))
    client.get(path_of(address))
    monkeypatch.setattr(rules, "MOST_FETCHES", 1)
    assert fetched(address).status_code == 429
    client.post(reverse("agenda-address-revoke"), {"address": str(FeedAddress.objects.get().public_id)})
    assert fetched(address).status_code == 404
    assert everywhere(secret) == []
    assert everywhere(secret[:12]) == []
    assert secret[:12] not in log.getvalue()
    assert "hf_…" in log.getvalue(), "refusals are logged, without it"


def test_each_request_is_in_the_access_log_under_its_owner(district, browser):
    address = made(browser("lin"))
    fetched(address)
    browser("chen").get(path_of(address))
    rows = Access.objects.filter(target="agenda-feed").order_by("pk")
    assert [(row.user_id, row.path, row.status) for row in rows] == [
        (district.users["lin"].pk, "/agenda/hf_…/deadlines.ics", 200)
    ] * 2
    fetched("x://y/agenda/hf_" + "n" * 43 + "/deadlines.ics")
    last = Access.objects.latest("pk")
    assert (last.user_id, last.status, last.refusal) == (None, 404, "no-such-feed")


def test_control_without_the_mark_the_log_would_hold_it(district, browser, log, monkeypatch):
    monkeypatch.setattr("hetang_flow.lib.unsaid.MARK", "never-there")
    monkeypatch.setattr("permissions.access.unsaid", lambda text: text)
    address = made(browser("lin"))
    client = Client()
    client.get(path_of(address) + "/")
    secret = address.rsplit("/", 2)[1].removeprefix("hf_")
    assert secret in log.getvalue()
    assert everywhere(secret) == ["permissions_access"]


def test_leaving_a_post_takes_its_deadlines_out_of_the_calendar(district, browser):
    due(district, date(2023, 6, 9))
    scene.appoint(district, "lin", "wang")
    address = made(browser("lin"))
    assert len(events(fetched(address))) == 1
    scene.leave(district, "lin", "lin")
    assert events(fetched(address)) == []
