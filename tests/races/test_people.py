"""People change while others work: no circle is closed by two at once, and a busy run is not forgotten."""

import threading
from datetime import timedelta

import pytest
from django.db import connection, transaction
from procrastinate.contrib.django.models import ProcrastinateJob

from flows.engine import operations as engine
from flows.engine import tasks
from flows.engine.models import Run, Step
from flows.engine.operations import people
from flows.journal.operations import system_chain
from permissions.models import Appointment, Substitution
from tests.support import cast
from tests.support.at_once import at_once

pytestmark = [pytest.mark.races, pytest.mark.django_db(transaction=True)]
ROUNDS = 20


@pytest.fixture
def without_the_lock(monkeypatch):
    """The same judgement on what each read before the others wrote: the mistake the lock prevents."""
    meet = threading.Barrier(3)
    covers = people.covers

    def read_then_meet(now):
        found = covers(now)
        meet.wait(10)
        return found

    monkeypatch.setattr(people, "lock_system_chain", system_chain)
    monkeypatch.setattr(people, "covers", read_then_meet)


def name_one(district, post, substitute):
    by = district.actor(post)
    return lambda: engine.substitute(
        district.posts[post].pk,
        district.posts[substitute].pk,
        from_day=cast.NOW.date(),
        until_day=cast.NOW.date() + timedelta(days=7),
        reason="出差",
        by=by,
        now=cast.NOW,
    )


def three_in_a_circle(district):
    """Each names the next at the same instant; the third one to come is told that it would close a circle."""
    calls = [name_one(district, *pair) for pair in (("lin", "luo"), ("luo", "bai"), ("bai", "lin"))]
    answers = at_once(calls)
    assert sum(isinstance(answer, Substitution) for answer in answers) == 2, answers
    assert [answer.code for answer in answers if not isinstance(answer, Substitution)] == ["substitute-cycle"]


def test_three_at_once_close_no_circle(district):
    for _round in range(ROUNDS):
        three_in_a_circle(district)
        Substitution.objects.update(ended=cast.NOW)


def test_control_without_the_lock_they_close_one(district, without_the_lock):
    system_chain()  # opened already: its first insertion would make the others wait
    with pytest.raises(AssertionError):
        three_in_a_circle(district)
    assert Substitution.objects.count() == 3


def test_a_run_somebody_is_working_on_is_left_to_a_job(district):
    busy, free = district.submitted().run, district.submitted().run
    held, done = threading.Event(), threading.Event()

    def work():
        with transaction.atomic():
            Run.objects.select_for_update().get(pk=busy.pk)
            held.set()
            done.wait(30)
        connection.close()

    worker = threading.Thread(target=work)
    worker.start()
    held.wait(10)
    appointment = Appointment.objects.get(post=district.posts["lin"])
    engine.end_appointment(appointment.pk, on=cast.NOW.date(), by=district.actor("gao"), now=cast.NOW)
    done.set()
    worker.join(10)
    waiting = dict(Step.objects.filter(status="NEW").values_list("process_id", "waits_for"))
    assert waiting == {busy.pk: "", free.pk: "leading desk lin"}
    job = ProcrastinateJob.objects.get(queue_name="people")
    assert tasks.reresolve_posts(**job.args) == 1
    assert Step.objects.get(process=busy, status="NEW").waits_for == "leading desk lin"
