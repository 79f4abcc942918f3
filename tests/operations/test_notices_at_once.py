"""Several at the same instant: two operations telling, two workers sending, a worker of its own."""

from datetime import UTC, datetime, timedelta
from smtplib import SMTPServerDisconnected

import pytest
from django.core import mail
from django.db import transaction
from procrastinate.contrib.django import app
from procrastinate.contrib.django.models import ProcrastinateJob

from notifications import carrying, delivery, notices, selectors
from notifications.models import Delivery, Notice
from permissions.models import User
from tests.support.at_once import at_once
from tests.support.mail_server import refusing_server  # noqa: F401 - the fixture server
from tests.support.told import awake, committed_people  # noqa: F401 - the fixture db

NOW = datetime(2023, 6, 1, 1, 30, tzinfo=UTC)
FACTS = {"title": "演示·刀具产业园", "label": "履约核验"}


def person(name, email=""):
    return User.objects.create(username=name, name=name.title(), email=email, is_demo=True)


def told(*people, key="a"):
    with transaction.atomic():
        notices.put("step.todo", key=key, to=[p.pk for p in people], facts=FACTS, now=NOW)
    return list(Delivery.objects.order_by("pk").values_list("pk", flat=True))


def numbers(user):
    return sorted(Notice.objects.filter(user=user).values_list("number", flat=True))


def test_telling_outside_a_transaction_is_refused(db):
    with pytest.raises(transaction.TransactionManagementError):
        notices.put("step.todo", key="a", to=[1], facts=FACTS, now=NOW)


@pytest.mark.races
def test_two_operations_at_once_leave_no_hole_and_no_duplicate(db):
    people = [person("lin"), person("zhao")]

    def telling(mine, order):
        for turn in range(25):
            with transaction.atomic():
                drafts = [
                    notices.Draft("step.todo", f"{mine}:{turn}", [p.pk for p in order], FACTS),
                    # The same key from both sides: whoever comes second is skipped.
                    notices.Draft("run.copied", f"shared:{turn}", [p.pk for p in order], FACTS),
                ]
                notices.put_many(drafts, now=NOW)
        return "told"

    answers = at_once([lambda: telling("a", people), lambda: telling("b", people[::-1])])
    assert answers == ["told", "told"]
    for one in people:
        assert numbers(one) == list(range(1, 76))
        assert selectors.upto(one) == 75


@pytest.mark.races
def test_two_workers_at_one_letter_send_it_once(db, server):
    qian = User.objects.create(username="qian", name="Qian", email="qian@example.test")
    for turn in range(10):
        Delivery.objects.all().delete()
        wanted = told(qian, key=f"a{turn}")
        at_once([lambda w=wanted: carrying.carry(w, now=NOW)] * 2)
    assert len(mail.outbox) == 10


def test_the_worker_comes_back_at_the_hour_of_the_letter(db, server):
    qian = User.objects.create(username="qian", name="Qian", email="qian@example.test")
    awake(qian)
    told(qian)
    server.refusals.append(SMTPServerDisconnected("gone"))
    work()
    job = ProcrastinateJob.objects.get(task_name=delivery.JOB)
    row = Delivery.objects.get()
    assert (job.status, job.attempts, row.state, row.attempts) == ("todo", 1, "todo", 1)
    assert abs(job.scheduled_at - row.not_before) < timedelta(seconds=2)


def test_the_worker_sends_what_an_operation_announced(db, server):
    qian = User.objects.create(username="qian", name="Qian", email="qian@example.test")
    awake(qian)
    told(qian)
    work()
    assert ProcrastinateJob.objects.get(task_name=delivery.JOB).status == "succeeded"
    assert (Delivery.objects.get().state, len(mail.outbox)) == ("sent", 1)


def work():
    """Run a real worker until no letter is left; what the clock asks of a worker besides is not this test's."""
    with app.replace_connector(app.connector.get_worker_connector()) as working:
        working.run_worker(
            queues=["mail"],
            wait=False,
            listen_notify=False,
            install_signal_handlers=False,
            delete_jobs="never",
        )
