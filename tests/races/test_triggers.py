"""A real worker pulls a trigger, tries again when the world is away, and takes over from one that was killed."""

import pytest
from asgiref.sync import async_to_sync
from django.db import connection
from procrastinate.contrib.django import app
from procrastinate.contrib.django.models import ProcrastinateJob

from flows.engine import operations as engine
from flows.engine import tasks
from flows.engine.operations.waiting import TRIGGER_JOB
from tests.support.at_once import at_once
from tests.support.trial import outside
from tests.support.trial.flow import Waiting
from tests.support.trial.stage import begin

pytestmark = [pytest.mark.races, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def sent(district):
    """A matter that waits for its trigger."""
    outside.forget()
    trial = begin(district, Waiting).yes("chen")
    trial.below[0].yes("ke")
    trial.passes(days=7)
    engine.wake(trial.step("pause").pk, now=district.now)
    assert trial.open == ["send"]
    return trial


def work():
    """Run a real worker until nothing is left to do."""
    with app.replace_connector(app.connector.get_worker_connector()) as working:
        working.run_worker(
            wait=False, listen_notify=False, install_signal_handlers=False, delete_jobs="never"
        )


def job():
    return ProcrastinateJob.objects.get(task_name=TRIGGER_JOB)


def test_the_worker_does_the_job_and_the_run_goes_on(sent):
    work()
    assert (job().status, sent.open, len(outside.done)) == ("succeeded", ["confirm"], 1)


def test_a_job_that_fails_comes_back_later(sent):
    outside.away.append(ConnectionError("away"))
    work()
    assert (job().status, job().attempts, sent.open) == ("todo", 1, ["send"])
    wait = (job().scheduled_at - connection_now()).total_seconds()
    assert 0 < wait <= tasks.SOON


def test_it_waits_twice_as_long_each_time_and_never_gives_up():
    waits = []
    for attempts in (0, 1, 2, 30):
        decision = tasks.KeepTrying().get_retry_decision(exception=ConnectionError(), job=Attempted(attempts))
        waits.append(round((decision.retry_at - connection_now()).total_seconds()))
    assert waits == [tasks.SOON, 2 * tasks.SOON, 4 * tasks.SOON, tasks.LONGEST]


def test_reported_twice_at_the_same_instant_the_run_goes_on_once(sent):
    step, now = sent.step("send").pk, sent.district.now
    answers = at_once([lambda: engine.trigger_done(step, now=now)] * 2)
    assert sorted(answers) == [False, True]
    assert sent.became("confirm") == ["NEW"]


def test_the_job_of_a_worker_that_was_killed_is_given_to_another(sent):
    with connection.cursor() as cursor:
        cursor.execute("UPDATE procrastinate_jobs SET status = 'doing' WHERE task_name = %s", [TRIGGER_JOB])
    assert async_to_sync(tasks.revive_triggers.func)(0) == 1
    assert job().status == "todo"
    work()
    assert (job().status, sent.open) == ("succeeded", ["confirm"])


class Attempted:
    """What a retry strategy looks at."""

    def __init__(self, attempts):
        self.attempts = attempts


def connection_now():
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        return cursor.fetchone()[0]
