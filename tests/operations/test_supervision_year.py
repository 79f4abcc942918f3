"""A year of supervision with a scheduler that sleeps, comes twice, and has its clock moved: no rung skipped or repeated,
and every day replays as it is on record.
"""

import random
from datetime import date, timedelta
from io import StringIO
from itertools import pairwise

import pytest
import yaml
from django.core.management import CommandError, call_command
from django.db import connection

from flows.engine.models import Step
from flows.obstacles.models import ObstacleKind
from flows.supervision import opening, rules
from flows.supervision.models import Climb, Item, Measure, Slip, Sweep
from flows.supervision.replay import otherwise, replay
from tests.support import obstructed, supervised
from tests.support.supervised import at, entered, late_task, swept, weighed

FIRST, LAST = date(2023, 6, 2), date(2023, 12, 29)


@pytest.fixture
def watched(district):
    return supervised.prepare(district)


def days(first=FIRST, last=LAST):
    for offset in range((last - first).days + 1):
        yield first + timedelta(offset)


def sound():
    """Every matter has its rungs once, in order, without a gap, and never two on one day."""
    for item in Item.objects.all():
        told = list(Climb.objects.filter(item=item).order_by("told", "rung").values_list("rung", "told"))
        assert [rung for rung, _at in told] == list(range(item.began + 1, item.began + 1 + len(told)))
        assert all(after > before for (_r, before), (_s, after) in pairwise(told))
        assert item.rung == item.began + len(told)


def replays(first=FIRST, last=LAST):
    told = 0
    for day in days(first, last):
        found = replay(day)
        assert found, (day, found.differences)
        told += len(found.told)
    return told


def tasks(district, count):
    dice = random.Random(7)
    return [late_task(district, FIRST + timedelta(dice.randrange(150))) for _ in range(count)]


def test_a_year_with_a_restless_scheduler(watched):
    """Stopped three days a month, doubled on Mondays, an hour back on the 26th, back over midnight on the 10th."""
    steps = tasks(watched, 12)
    entered(watched)
    dice = random.Random(3)
    for day in days():
        watched.now = at(day, 9)
        if day.day in (13, 14, 15):
            continue
        swept(day, 9)
        if day.weekday() == 0:
            swept(day, 9)
        if day.day == 26:
            swept(day, 8)
        if day.day == 10:
            swept(day + timedelta(1), 0, 5)
            swept(day, 23, 55)
        if day.day == 20:
            step = dice.choice(steps)
            Step.objects.filter(pk=step.pk).update(status="DONE")
        opening.open_runs(now=at(day, 10))
        if day.day == 5:
            for measure in Measure.objects.filter(verdict=""):
                name = {"ying-a": "ying", "tao-a": "tao"}[
                    measure.climb.item.ladder.rules.rung(measure.climb.rung).confirm
                ]
                gravity, confirm = dice.choice(("grave", "ordinary")), dice.random() < 0.7
                weighed(watched, measure, name, gravity=gravity, confirm=confirm)
    sound()
    assert Climb.objects.count() > 60
    assert Climb.objects.filter(state="confirmed").exists()
    assert replays() == Climb.objects.filter(told__gte=at(FIRST, 0)).count()
    numbers = list(Slip.objects.order_by("number").values_list("number", flat=True))
    assert numbers == list(range(1, len(numbers) + 1))


def test_stopped_three_days_it_tells_what_was_missed_one_rung_a_sweep(watched):
    late_task(watched, date(2023, 6, 8))
    swept(date(2023, 6, 9))
    for day in days(date(2023, 6, 13), date(2023, 6, 20)):
        if day.day not in (14, 15, 16):
            swept(day)
    assert supervised.days_of(Item.objects.get()) == ["remind 2023-06-09", "slip-blue 2023-06-17"]
    sound()


def test_what_was_held_replays_as_it_was(watched):
    ObstacleKind.objects.create(plan=watched.plan, code="utilities", name="水电", parts=["电"], order=0)
    step = late_task(watched, date(2023, 6, 8))
    obstacle = obstructed.raised(watched, step.process.milestone.project)
    for day in days(date(2023, 6, 8), date(2023, 6, 30)):
        swept(day)
        if day.day == 20:
            type(obstacle).objects.filter(pk=obstacle.pk).update(closed=at(day, 12))
    assert Climb.objects.filter(inputs__was_held=True).exists()
    sound()
    assert replays(date(2023, 6, 8), date(2023, 6, 30)) == Climb.objects.count()


def changed(**columns):
    """Change a rung behind the record's back."""
    said = ", ".join(f"{name} = %s" for name in columns)
    connection.check_constraints()
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE supervision_climb DISABLE TRIGGER USER")
        cursor.execute(f"UPDATE supervision_climb SET {said}", [*columns.values()])
        connection.check_constraints()
        cursor.execute("ALTER TABLE supervision_climb ENABLE TRIGGER USER")


def test_control_a_rung_that_was_changed_does_not_replay(watched):
    late_task(watched, date(2023, 6, 8))
    swept(date(2023, 6, 9))
    assert replay(date(2023, 6, 9))
    changed(due_on=date(2023, 6, 7))
    found = replay(date(2023, 6, 9))
    assert not found
    assert {kind for kind, _rung in found.differences} == {"not-told", "not-due"}


def test_another_calendar_has_every_next_day_counted_anew(watched):
    late_task(watched, date(2023, 6, 8))
    swept(date(2023, 6, 9))
    item = Item.objects.get()
    assert item.next_on == date(2023, 6, 14)
    Item.objects.update(next_on=date(2023, 8, 1))
    Sweep.objects.update(calendar_version=0)
    swept(date(2023, 6, 14))
    item.refresh_from_db()
    assert item.rung == 2


def test_another_ladder_would_have_told_otherwise(watched):
    late_task(watched, date(2023, 6, 8))
    for day in days(date(2023, 6, 8), date(2023, 6, 20)):
        swept(day)
    same = rules.ladder_of(supervised.body(), 1)
    slower = supervised.body()
    slower["rungs"][0]["wait"] = 5
    first, last = date(2023, 6, 1), date(2023, 6, 20)
    assert [each.differs for each in otherwise(same, first, last)] == [False]
    (other,) = otherwise(rules.ladder_of(slower, 0), first, last)
    assert other.told == [
        ("remind", date(2023, 6, 9)),
        ("slip-blue", date(2023, 6, 14)),
        ("slip-red", date(2023, 6, 19)),
    ]
    assert other.would == [("remind", date(2023, 6, 15)), ("slip-blue", date(2023, 6, 20))]


# --- the commands ---


def test_the_commands_sweep_and_replay(watched, tmp_path):
    late_task(watched, date(2023, 6, 8))
    swept(date(2023, 6, 9))
    out = StringIO()
    call_command("supervision_replay", "--on", "2023-06-09", stdout=out)
    assert "1" in out.getvalue()
    path = tmp_path / "ladder.yaml"
    path.write_text(yaml.safe_dump({"ladder": supervised.body()}, allow_unicode=True))
    call_command("supervision_replay", "--on", "2023-06-09", "--rules", str(path), stdout=out)
    call_command("supervision_sweep", stdout=out)
    assert Sweep.objects.count() == 2
    with pytest.raises(CommandError):
        call_command("supervision_replay", "--on", "gestern", stdout=out)
    path.write_text("- 1")
    with pytest.raises(CommandError):
        call_command("supervision_replay", "--on", "2023-06-09", "--rules", str(path), stdout=out)
