"""Two workers, two persons at the same instant: one rung, one slip a number, one decision; each with a control."""

import threading
from datetime import date

import pytest
from django.db import models

from flows.engine import operations as engine
from flows.engine.models import Run
from flows.engine.operations import decisions
from flows.engine.operations import move as engine_move
from flows.journal.models import Entry
from flows.journal.selectors import verify
from flows.supervision import climbing, opening, store
from flows.supervision.models import Climb, Item, Measure, Slip, SlipCounter
from hetang_flow.lib.errors import WrongState
from tests.support import supervised
from tests.support.at_once import at_once
from tests.support.supervised import act, climbed_to, entered, late_task, measure_of, swept, weighed

pytestmark = [pytest.mark.races, pytest.mark.django_db(transaction=True)]
ROUNDS = 5
NEXT = date(2023, 6, 9)


@pytest.fixture
def watched(district):
    return supervised.prepare(district)


def swept_twice(district):
    """Two sweeps at once over several matters: each is opened once, and told of its first rung once."""
    for _ in range(3):
        late_task(district, date(2023, 6, 8))
    answers = at_once([lambda: swept(NEXT), lambda: swept(NEXT)])
    assert not [each for each in answers if isinstance(each, Exception)], f"failed: {answers!r}"
    count = Item.objects.count()
    assert Climb.objects.count() == count, "told twice"
    assert Entry.objects.filter(kind="supervision.climbed").count() == count, "recorded twice"
    assert Entry.objects.filter(kind="supervision.opened").count() == count, "recorded twice"
    assert verify(), "the record is broken"


def opened_twice(district):
    """Two workers open the runs of the same rungs: a slip each, and numbers without gaps."""
    for _ in range(3):
        late_task(district, date(2023, 6, 8))
    climbed_to(district, "slip-blue")
    answers = at_once([lambda: opening.open_runs(now=district.now)] * 2)
    assert not [each for each in answers if isinstance(each, Exception)], f"failed: {answers!r}"
    numbers = sorted(Slip.objects.values_list("number", flat=True))
    assert len(numbers) >= 4
    assert numbers == list(range(1, len(numbers) + 1)), "a number twice or none"


def weighed_twice(district):
    """The person weighs in two windows at once, yes in one and no in the other: one of them counts."""
    measure = measure_of(district, entered(district))
    answers = at_once(
        [
            lambda: weighed(district, measure, gravity="grave"),
            lambda: weighed(district, measure, confirm=False),
        ]
    )
    done = [each for each in answers if isinstance(each, Measure)]
    told = [each for each in answers if isinstance(each, Exception)]
    assert len(done) == 1, f"decided twice: {answers!r}"
    assert [type(each) for each in told] == [WrongState], f"not told: {told!r}"
    kinds = ["supervision.confirmed", "supervision.declined"]
    assert Entry.objects.filter(run_id=measure.run_id, kind__in=kinds).count() == 1


def confirmed_by_two(district):
    """Two of the office re-check the same answer at once: struck off once."""
    slip = supervised.slip_of(district)
    act(district, engine.complete, slip.run, "lin")
    by = district.actor("lin")
    supervised.operations.answer_slip(
        slip.public_id, answer="已整改到位。请予核查。", by=by, now=district.now
    )
    answers = at_once(
        [
            lambda: act(district, engine.approve, slip.run, "gao"),
            lambda: act(district, engine.approve, slip.run, "han"),
        ]
    )
    assert len([each for each in answers if isinstance(each, Run)]) == 1, f"struck off twice: {answers!r}"
    assert Entry.objects.filter(run_id=slip.run_id, kind="slip.struck_off").count() == 1


@pytest.mark.parametrize(
    "scene", [swept_twice, opened_twice, weighed_twice, confirmed_by_two], ids=lambda s: s.__name__
)
def test_a_race_has_one_result(watched, scene):
    scene(watched)


def test_two_sweeps_again_and_again(watched):
    """Day after day, two workers at the same instant each day."""
    for _ in range(4):
        late_task(watched, date(2023, 6, 8))
    for offset in range(ROUNDS):
        day = date(2023, 6, 9 + offset)
        answers = at_once([lambda day=day: swept(day)] * 3)
        assert not [each for each in answers if isinstance(each, Exception)], f"failed: {answers!r}"
    for item in Item.objects.all():
        rungs = list(Climb.objects.filter(item=item).order_by("rung").values_list("rung", flat=True))
        assert rungs == list(range(1, item.rung + 1))


# --- controls: without what makes them safe, the same scenes go wrong ---


def test_control_without_the_lock_two_workers_come_to_one_matter(watched, monkeypatch):
    """Nobody locks, both have read before either writes; the database has the last word on the second rung."""
    meet = threading.Barrier(2)
    write = climbing._write

    def met(done, at):
        meet.wait(10)
        write(done, at)

    late_task(watched, date(2023, 6, 8))
    open_directly(watched)
    monkeypatch.setattr(models.QuerySet, "select_for_update", lambda self, **words: self)
    monkeypatch.setattr(climbing, "_write", met)

    def climb():
        now = climbing.Pass(supervised.at(NEXT))
        return climbing.climb_batch(climbing.due(now.today, now.now), now)

    answers = at_once([climb, climb])
    assert any(isinstance(each, Exception) for each in answers), answers
    assert Climb.objects.count() == Item.objects.count()


def open_directly(district):
    """Open what is late without climbing."""
    from flows.supervision import operations_sweep, sources
    from flows.supervision.models import Ladder

    at = climbing.Pass(supervised.at(NEXT))
    row = Ladder.objects.select_related("plan").get()
    for source in sources.registered():
        operations_sweep._open(row, source, at, batch=100)


def test_control_without_the_counters_lock_a_number_is_given_twice(watched, monkeypatch):
    meet = threading.Barrier(2)

    SlipCounter.objects.create(plan=watched.plan, year=2023)

    def unlocked(plan_id, year):
        counter = SlipCounter.objects.get(plan_id=plan_id, year=year)
        counter.last += 1
        meet.wait(10)
        counter.save(update_fields=["last"])
        return counter.last

    late_task(watched, date(2023, 6, 8))
    climbed_to(watched, "slip-blue")
    keys = list(Climb.objects.filter(measure="slip").values_list("pk", flat=True))[:2]
    monkeypatch.setattr(opening, "_next_number", unlocked)
    answers = at_once([lambda key=key: opening.open_one(key, now=watched.now) for key in keys])
    assert any(isinstance(each, Exception) for each in answers), answers
    assert Slip.objects.count() == 1


def test_control_without_the_runs_lock_it_is_weighed_twice_or_nobody_is_told(watched, monkeypatch):
    meet = threading.Barrier(2)
    judge = decisions.judge

    def unlocked(run_id):
        run = Run.objects.get(public_id=run_id)
        run.calendar_version, run.parent_id = None, None
        return [], run

    def met(move, mine, said):
        judge(move, mine, said)
        meet.wait(10)

    monkeypatch.setattr(engine_move, "locked_run", unlocked)
    monkeypatch.setattr(decisions, "judge", met)
    # What is compared and set is the second line; it is taken away as well.
    monkeypatch.setattr(
        engine_move.Move, "change_one", staticmethod(lambda rows, **values: rows.update(**values))
    )
    monkeypatch.setattr(engine_move.Move, "write", lambda self, shares: None)
    with pytest.raises(AssertionError, match="decided twice|not told"):
        weighed_twice(watched)


def test_a_rung_has_one_place_in_the_database(watched):
    """What everything else rests on: the second climb of a rung is refused, whoever writes it."""
    late_task(watched, date(2023, 6, 8))
    swept(NEXT)
    climb = Climb.objects.first()
    row = {
        "item_id": climb.item_id, "rung": 1, "code": "x", "name": "x", "measure": "remind", "due_on": NEXT,
        "told": supervised.at(NEXT), "inputs": {}, "state": "done", "reason": "",
    }  # fmt: skip
    with pytest.raises(Exception, match="a_rung_once_an_item"):
        store.insert_climbs([row])
