"""Two people on one obstacle at the same instant: struck off once, raised once, and who was slower is told."""

import threading
from datetime import UTC, datetime

import pytest

from flows.engine import operations as engine
from flows.engine.models import Run
from flows.engine.operations import move as engine_move
from flows.journal.models import Entry
from flows.obstacles import climbing
from flows.obstacles.models import LevelRaise, Obstacle
from hetang_flow.lib.errors import WrongState
from tests.support import obstructed
from tests.support.at_once import at_once
from tests.support.obstructed import REASON, answered, assigned

pytestmark = [pytest.mark.races, pytest.mark.django_db(transaction=True)]
ROUNDS = 10
DAY_AFTER = datetime(2023, 6, 8, 16, 1, tzinfo=UTC)


@pytest.fixture
def hindered(district):
    return obstructed.prepare(district)


def entries(obstacle, kind):
    return Entry.objects.filter(run_id=obstacle.run_id, kind=kind).count()


def struck_off_twice(district):
    """The desk verifies in two windows at once: one strikes off, the other is told who did."""
    obstacle = answered(district)
    share, lin = district.share(obstacle.run, "lin").pk, district.actor("lin")

    def press():
        return engine.approve(obstacle.run.public_id, share, by=lin, now=district.now)

    answers = at_once([press, press])
    told = [answer for answer in answers if not isinstance(answer, Run)]
    assert len(told) == 1, "struck off twice"
    assert isinstance(told[0], WrongState), f"not told: {told[0]!r}"
    assert entries(obstacle, "obstacle.struck_off") == 1


def raised_by_two(district):
    """Two people take it up from the level both see: one level, not two."""
    obstacle = assigned(district)

    def press(name):
        by = district.actor(name)
        return lambda: climbing.raise_level(
            obstacle.public_id, from_level="department", reason=REASON, by=by, now=district.now
        )

    answers = at_once([press("gao"), press("shi")])
    one_level(obstacle, [answer for answer in answers if isinstance(answer, Obstacle)], answers)


def raised_by_two_workers(district):
    """Two workers sweep the same obstacle: it goes up once, and the other finds nothing to do."""
    obstacle = assigned(district)

    def sweep():
        return climbing.raise_by_time(obstacle.public_id, now=DAY_AFTER)

    answers = at_once([sweep, sweep])
    one_level(obstacle, [answer for answer in answers if answer is True], answers)


def one_level(obstacle, done, answers):
    """Exactly one level up, one row, one entry; nobody was left with an error of the database."""
    wrong = [each for each in answers if isinstance(each, Exception) and not isinstance(each, WrongState)]
    assert not wrong, f"not told: {wrong!r}"
    assert len(done) == 1, "raised twice"
    obstacle.refresh_from_db()
    assert obstacle.level.code == "lead"
    assert LevelRaise.objects.filter(obstacle=obstacle).count() == 1
    assert entries(obstacle, "obstacle.raised") == 1


SCENES = [struck_off_twice, raised_by_two, raised_by_two_workers]


@pytest.mark.parametrize("scene", SCENES, ids=lambda scene: scene.__name__)
def test_a_race_has_one_result_every_time(hindered, scene):
    for _round in range(ROUNDS):
        scene(hindered)


@pytest.fixture
def without_the_lock(monkeypatch):
    """Nobody locks the run, and both have read before either writes."""
    meet = threading.Barrier(2)
    inside = threading.local()

    def unlocked(run_id):
        run = Run.objects.get(public_id=run_id)
        run.calendar_version, run.parent_id = None, None
        return [], run

    def meet_then_change(rows, **values):
        if threading.current_thread() is not threading.main_thread() and not getattr(inside, "wrote", False):
            inside.wrote = True
            meet.wait(10)
        return rows.update(**values)

    monkeypatch.setattr(engine_move, "locked_run", unlocked)
    monkeypatch.setattr(engine_move.Move, "change_one", staticmethod(meet_then_change))
    # The database's own last word on a second climb is taken away as well.
    monkeypatch.setattr(LevelRaise.objects, "create", lambda **columns: None)


@pytest.mark.parametrize("scene", SCENES[1:], ids=lambda scene: scene.__name__)
def test_control_without_the_lock_the_same_scene_goes_wrong(hindered, without_the_lock, scene):
    with pytest.raises(AssertionError, match="raised twice|not told"):
        scene(hindered)
