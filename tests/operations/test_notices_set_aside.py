"""Letters that nobody took: the system administrator tries again or lets them be, with a reason, on the record."""

from datetime import UTC, datetime, timedelta
from smtplib import SMTPDataError
from uuid import uuid4

import pytest
from django.core import mail

from flows.journal.models import Entry, EntryPersonal
from hetang_flow.lib.errors import Invalid, NotFound
from notifications import carrying, notices, operations, selectors
from notifications.models import Delivery
from permissions.actors import Actor
from permissions.models import User
from tests.support.mail_server import refusing_server  # noqa: F401 - the fixture server

NOW = datetime(2023, 6, 1, 1, 30, tzinfo=UTC)
TITLE = "演示·刀具产业园"
FACTS = {"title": TITLE, "label": "履约核验"}
REASON = "邮件服务器已恢复。"


@pytest.fixture
def qian(db):
    return User.objects.create(username="qian", name="Qian", email="qian@example.test")


@pytest.fixture
def administrator(db):
    user = User.objects.create(username="system-admin", name="系统管理员", administrator="system")
    return Actor(user_id=user.pk, name=user.name, administrator="system")


def refused(user, server, count=1):
    for number in range(count):
        notices.put("step.todo", key=f"k{number}", to=[user.pk], facts=FACTS, now=NOW)
    server.refusals.append(SMTPDataError(554, f"no to {TITLE}".encode()))
    carrying.carry(list(Delivery.objects.values_list("pk", flat=True)), now=NOW)
    return Delivery.objects.values_list("letter", flat=True).distinct().get()


def test_a_letter_tried_again_goes_out_under_the_same_key_and_the_record_says_why(
    qian, server, administrator
):
    letter = refused(qian, server, 5)
    later = NOW + timedelta(hours=2)
    operations.retry_letter(letter, reason=REASON, by=administrator, now=later)
    assert carrying.carry(list(Delivery.objects.values_list("pk", flat=True)), now=later) is None
    assert str(letter) in mail.outbox[0].extra_headers["Message-ID"]
    assert set(Delivery.objects.values_list("state", "attempts")) == {("sent", 1)}
    entry = Entry.objects.get(kind="notices.letter_retried")
    assert entry.chain.kind == "system"
    assert (entry.facts["notices"], entry.facts["channel"], entry.facts["state"]) == (5, "mail", "failed")
    assert TITLE not in str(entry.facts)
    personal = dict(EntryPersonal.objects.filter(entry=entry).values_list("field", "value"))
    assert (personal["reason"], personal["person"]) == (REASON, "Qian")


def test_a_letter_dropped_stays_unsent_and_the_notice_stays(qian, server, administrator):
    letter = refused(qian, server)
    operations.drop_letter(letter, reason=REASON, by=administrator, now=NOW)
    carrying.carry(list(Delivery.objects.values_list("pk", flat=True)), now=NOW + timedelta(days=1))
    assert Delivery.objects.get().state == "dropped"
    assert not mail.outbox
    assert selectors.unread_count(qian) == 1
    assert Entry.objects.filter(kind="notices.letter_dropped").exists()
    for act in (operations.retry_letter, operations.drop_letter):
        with pytest.raises(NotFound):
            act(letter, reason=REASON, by=administrator, now=NOW)


@pytest.mark.parametrize("kind", ["", "security", "audit"])
@pytest.mark.parametrize("act", [operations.retry_letter, operations.drop_letter])
def test_nobody_else_looks_after_letters(qian, server, kind, act):
    letter = refused(qian, server)
    with pytest.raises(NotFound, match="system-administrator-only"):
        act(letter, reason=REASON, by=Actor(user_id=qian.pk, name="Qian", administrator=kind), now=NOW)
    assert not Entry.objects.filter(kind__startswith="notices.letter").exists()


@pytest.mark.parametrize("reason", ["", "  ok  ", "长" * 201])
def test_no_letter_is_touched_without_a_reason_the_record_can_keep(qian, server, administrator, reason):
    letter = refused(qian, server)
    with pytest.raises(Invalid):
        operations.retry_letter(letter, reason=reason, by=administrator, now=NOW)
    assert Delivery.objects.get().state == "failed"


def test_a_letter_that_does_not_exist_or_went_out_is_not_found(qian, server, administrator):
    notices.put("step.todo", key="k", to=[qian.pk], facts=FACTS, now=NOW)
    carrying.carry(list(Delivery.objects.values_list("pk", flat=True)), now=NOW)
    for letter in (uuid4(), Delivery.objects.get().letter):
        with pytest.raises(NotFound):
            operations.retry_letter(letter, reason=REASON, by=administrator, now=NOW)


def test_the_list_says_how_it_failed_and_nothing_of_what_it_says(qian, server, django_assert_num_queries):
    refused(qian, server, 5)
    with django_assert_num_queries(2):
        (one,), count = selectors.letters_set_aside()
    assert (one.person, one.channel, one.state, one.notices, one.attempts, count) == (
        "Qian", "电子邮件", "failed", 5, 1, 1
    )  # fmt: skip
    assert one.kinds == ("新任务：…（…）",)
    assert TITLE not in str(one)
