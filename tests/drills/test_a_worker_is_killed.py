"""kill -9 to a worker before, while and after it sends: no notice lost, none twice in the house, letters known by key."""

import os
import subprocess
import sys
from collections import Counter
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import pytest
from django.db import transaction

from hetang_flow import env
from hetang_flow.lib import clock
from notifications import delivery, notices
from notifications.models import Delivery, Notice
from permissions.models import User
from tests.browser.conftest import database_url
from tests.support import mail_sink
from tests.support.mail_sink import ANSWERED, BEFORE, TAKEN
from tests.support.told import awake, committed_people  # noqa: F401 - the fixture db

pytestmark = pytest.mark.drill
NOW = datetime(2023, 6, 1, 1, 30, tzinfo=UTC)
FACTS = {"title": "演示·刀具产业园", "label": "履约核验"}
POINTS = (BEFORE, TAKEN, ANSWERED)
MOST_ROUNDS = 4  # the sweeps it may take until everything a killed worker left is sent


@pytest.fixture
def three(db):
    people = [
        User.objects.create(username=name, name=name, email=f"{name}@example.test")
        for name in ("qian", "sun", "zhou")
    ]
    awake(*people)
    return people


class Workers:
    """Real worker processes, one after the other."""

    def __init__(self, line: subprocess.Popen[str]) -> None:
        self.line = line

    def run(self, armed=lambda pid: None) -> int:
        """Let one work until nothing is left; `armed` is given its number before it begins. Returns how it ended."""
        self._say("begin")
        armed(int(self.line.stdout.readline()))
        self._say("go")
        return int(self.line.stdout.readline())

    def _say(self, word: str) -> None:
        self.line.stdin.write(f"{word}\n")
        self.line.stdin.flush()


@contextmanager
def workers_for(port: int):
    environment = os.environ | {
        "DJANGO_SETTINGS_MODULE": "hetang_flow.settings.test",
        "HETANG_DATABASE_URL": database_url(),
        "HETANG_REDIS_URL": env.redis_url(),
    }
    command = [sys.executable, "-m", "tests.support.mail_workers", str(port)]
    line = subprocess.Popen(
        command, cwd=env.BASE_DIR, env=environment, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    try:
        yield Workers(line)
    finally:
        line.stdin.close()
        line.wait(30)
        line.stdout.close()


def tell(people, number: int) -> None:
    """One operation tells everybody."""
    with transaction.atomic():
        notices.put("step.todo", key=f"k{number}", to=[one.pk for one in people], facts=FACTS, now=NOW)


def an_hour_passes() -> None:
    """The claim of a killed worker is over, and the sweep gives its letters to new jobs."""
    waiting = Delivery.objects.filter(state=Delivery.State.TODO)
    waiting.update(not_before=clock.now() - timedelta(hours=1))
    with transaction.atomic():
        delivery.defer(delivery.forgotten(now=clock.now()))


def killed(people, times: int) -> None:
    """So many workers are killed, each while it carries what an operation has just told."""
    with mail_sink.listening() as sink, workers_for(sink.port) as workers:
        for number in range(times):
            tell(people, number)
            point = POINTS[number % len(POINTS)]
            ended = workers.run(lambda pid, point=point: sink.kill(pid, point))
            assert ended == -9, f"it was not killed {point}: it ended with {ended}"
            an_hour_passes()
        for _round in range(MOST_ROUNDS):
            assert workers.run() == 0
            an_hour_passes()
        judge(people, times, sink)


def judge(people, times: int, sink: mail_sink.Sink) -> None:
    assert sink.fallen == times
    told = Counter(Notice.objects.values_list("user_id", flat=True))
    assert told == {one.pk: times for one in people}, "in the house each was told once"
    left = Delivery.objects.exclude(state=Delivery.State.SENT)
    assert not left.exists(), f"lost: {list(left.values('notice_id', 'state', 'attempts', 'last_error'))}"
    letters = Counter(sink.letters)
    known = {str(key) for key in Delivery.objects.values_list("letter", flat=True)}
    assert set(letters) == known, (
        "every letter that went out is known by its key, and every known one went out"
    )
    again = sum(count - 1 for count in letters.values())
    in_the_window = times - -(-times // len(POINTS))  # those killed after the letter was taken
    assert 0 < again <= in_the_window, "a letter comes again only where its taking was not written down yet"


def test_four_workers_are_killed(three):
    killed(three, 4)


@pytest.mark.deep
def test_fifty_workers_are_killed(three):
    killed(three, 50)
