"""Letters: sent once, tried again when refused for now, given up in the end, never sent from a restored copy."""

from datetime import UTC, datetime, timedelta
from smtplib import SMTPDataError, SMTPRecipientsRefused, SMTPServerDisconnected

import pytest
from django.core import mail
from procrastinate.contrib.django.models import ProcrastinateJob

from notifications import carrying, delivery, notices, operations, rules, tasks
from notifications.models import Delivery
from permissions.models import User
from tests.support.mail_server import refusing_server  # noqa: F401 - the fixture server

NOW = datetime(2023, 6, 1, 1, 30, tzinfo=UTC)
FACTS = {"title": "演示·刀具产业园\n二期", "label": "履约核验"}


@pytest.fixture
def qian(db):
    return User.objects.create(username="qian", name="Qian", email="qian@example.test")


def told(*people, key="a", now=NOW):
    notices.put("step.todo", key=key, to=[p.pk for p in people], facts=FACTS, url="/sheet/1/", now=now)
    return list(Delivery.objects.order_by("pk").values_list("pk", flat=True))


def test_a_letter_says_the_title_and_the_link_and_nothing_else(qian, server, settings):
    settings.PUBLIC_URL = "https://flow.example.test/"
    assert carrying.carry(told(qian), now=NOW) is None
    letter = mail.outbox[0]
    assert letter.to == ["qian@example.test"]
    assert "演示·刀具产业园 二期" in letter.subject, "a line break in a title breaks no header"
    assert "https://flow.example.test/sheet/1/" in letter.body
    assert "qian@" not in letter.body
    row = Delivery.objects.get()
    assert (row.state, row.attempts, row.sent_at) == ("sent", 1, NOW)


def test_the_same_job_twice_sends_one_letter(qian, server):
    wanted = told(qian)
    carrying.carry(wanted, now=NOW)
    carrying.carry(wanted, now=NOW + timedelta(hours=1))
    assert len(mail.outbox) == 1


@pytest.mark.parametrize(
    "refusal",
    [SMTPServerDisconnected("gone"), TimeoutError("slow"), SMTPRecipientsRefused({"q": (451, b"later")})],
)
def test_a_letter_refused_for_now_waits_and_is_sent_later(qian, server, refusal):
    wanted = told(qian)
    server.refusals.append(refusal)
    again = carrying.carry(wanted, now=NOW)
    assert again == NOW + rules.WAITS[0]
    assert carrying.carry(wanted, now=NOW + timedelta(seconds=1)) == again, "nobody tries before the hour"
    assert server.tried == 1
    assert carrying.carry(wanted, now=again) is None
    row = Delivery.objects.get()
    assert (row.state, row.attempts, len(mail.outbox)) == ("sent", 2, 1)


@pytest.mark.parametrize(
    "refusal", [SMTPRecipientsRefused({"q": (550, b"unknown")}), SMTPDataError(554, b"no")]
)
def test_a_letter_refused_for_good_is_not_tried_again(qian, server, refusal):
    server.refusals.append(refusal)
    assert carrying.carry(told(qian), now=NOW) is None
    row = Delivery.objects.get()
    assert (row.state, row.attempts, bool(row.last_error)) == ("failed", 1, True)


def test_a_server_that_stays_away_parks_the_letter(qian, server):
    wanted, now = told(qian), NOW
    server.refusals.extend(SMTPServerDisconnected("gone") for _ in range(20))
    while now is not None:
        now = carrying.carry(wanted, now=now)
    row = Delivery.objects.get()
    assert (row.state, row.attempts) == ("parked", len(rules.WAITS) + 1)


def test_one_refused_letter_does_not_hold_back_the_next(qian, server):
    ma = User.objects.create(username="ma", name="Ma", email="ma@example.test")
    server.refusals.append(SMTPServerDisconnected("gone"))
    assert carrying.carry(told(qian, ma), now=NOW) is not None
    assert [letter.to for letter in mail.outbox] == [["ma@example.test"]]


def test_who_lost_the_account_gets_no_letter(qian, server):
    wanted = told(qian)
    User.objects.update(is_active=False)
    assert carrying.carry(wanted, now=NOW) is None
    assert (Delivery.objects.get().state, server.tried) == ("failed", 0)


def test_a_restored_copy_sends_no_old_letter(qian, server):
    wanted = told(qian)
    assert operations.hold_restored_deliveries() == 1
    assert carrying.carry(wanted, now=NOW) is None
    assert (Delivery.objects.get().state, server.tried) == ("restored", 0)


def test_a_worker_killed_at_it_is_made_up_for_by_the_sweep(qian, server):
    wanted = told(qian)
    (begun,) = carrying.claim(qian.pk, "mail", now=NOW)
    assert not carrying.claim(qian.pk, "mail", now=NOW + timedelta(minutes=1)), "its lease still runs"
    assert delivery.forgotten(now=NOW + timedelta(minutes=10)) == []
    later = NOW + timedelta(minutes=30)
    assert delivery.forgotten(now=later) == [(wanted[0], "mail")]
    carrying.carry(wanted, now=later)
    (letter,) = mail.outbox
    assert begun.key in letter.extra_headers["Message-ID"], "the same letter under the same key"
    assert delivery.forgotten(now=later + timedelta(days=1)) == []


def test_the_sweep_enqueues_one_job_for_all_that_was_forgotten(qian, server):
    told(qian)
    assert tasks.sweep_deliveries(timestamp=0) == 1
    assert ProcrastinateJob.objects.filter(task_name=delivery.JOB).count() == 2


@pytest.mark.parametrize("attempts", range(1, len(rules.WAITS) + 1))
def test_waits_grow(attempts):
    assert rules.next_attempt(attempts, now=NOW) == NOW + rules.WAITS[attempts - 1]
    assert rules.next_attempt(len(rules.WAITS) + 1, now=NOW) is None
