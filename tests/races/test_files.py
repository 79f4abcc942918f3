"""Two people bring the last file, or take one away, at the same instant: one does, the other is told."""

import threading

import pytest

from flows.engine.models import Run
from flows.engine.operations import move as engine_move
from flows.files import operations, rules
from flows.files.models import Attachment
from flows.journal.models import Entry
from hetang_flow.lib.errors import Invalid, WrongState
from tests.operations.test_files import picture, upload
from tests.support import obstructed
from tests.support.at_once import at_once
from tests.support.obstructed import assigned

pytestmark = [pytest.mark.races, pytest.mark.django_db(transaction=True)]
ROUNDS = 5


@pytest.fixture
def hindered(district, monkeypatch):
    monkeypatch.setattr(rules, "MOST_FILES", 2)
    return obstructed.prepare(district)


def bring(district, obstacle, name):
    by = district.actor(name)
    return operations.attach(obstacle.run.public_id, upload("a.jpg", picture()), by=by, now=district.now)


def the_last_place(district):
    """One file lies there, two fit: the unit and who raised it bring another each."""
    obstacle = assigned(district)
    bring(district, obstacle, "shi")
    answers = at_once([lambda: bring(district, obstacle, "shi"), lambda: bring(district, obstacle, "chen")])
    refused = [answer for answer in answers if isinstance(answer, Invalid)]
    assert Attachment.objects.filter(run=obstacle.run).count() == 2, "too many"
    assert [answer.code for answer in refused] == ["too-many-files"], f"not told: {answers!r}"


def taken_away_twice(district):
    """The same person takes a file away in two windows."""
    obstacle = assigned(district)
    file, by = bring(district, obstacle, "shi"), district.actor("shi")

    def press():
        return operations.withdraw(file.public_id, by=by, now=district.now)

    answers = at_once([press, press])
    assert Entry.objects.filter(run_id=obstacle.run_id, kind="attachment.withdrawn").count() == 1, "too many"
    assert sum(isinstance(answer, WrongState) for answer in answers) == 1, f"not told: {answers!r}"


@pytest.mark.parametrize("scene", [the_last_place, taken_away_twice], ids=lambda scene: scene.__name__)
def test_a_race_has_one_result_every_time(hindered, scene):
    for _round in range(ROUNDS):
        scene(hindered)


def test_control_without_the_lock_there_are_too_many(hindered, monkeypatch):
    meet = threading.Barrier(2)
    count = rules.may_attach

    def unlocked(run_id):
        run = Run.objects.get(public_id=run_id)
        run.calendar_version, run.parent_id = None, None
        return [], run

    def meet_then_count(sizes, size):
        verdict = count(sizes, size)
        if threading.current_thread() is not threading.main_thread():
            meet.wait(10)
        return verdict

    monkeypatch.setattr(engine_move, "locked_run", unlocked)
    monkeypatch.setattr(rules, "may_attach", meet_then_count)
    with pytest.raises(AssertionError, match="too many"):
        the_last_place(hindered)
