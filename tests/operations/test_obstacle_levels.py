"""Levels of coordination: up by time exactly once a level, up by hand with a reason; who holds it now hears of it."""

from datetime import UTC, datetime, timedelta

import pytest

from flows.engine import operations as engine
from flows.journal.models import Entry
from flows.obstacles import climbing, tasks
from flows.obstacles.models import LevelRaise
from flows.obstacles.selectors import overdue_at_level
from hetang_flow.lib import clock
from hetang_flow.lib.errors import Invalid, NotAllowed, WrongState
from notifications.models import Notice
from permissions.models import Appointment
from tests.support import obstructed
from tests.support.obstructed import REASON, answered, assigned, raised, sorted_

LAST_DAY = datetime(2023, 6, 8, 15, 59, tzinfo=UTC)  # a minute before midnight in the district
DAY_AFTER = datetime(2023, 6, 8, 16, 1, tzinfo=UTC)


@pytest.fixture
def hindered(district):
    return obstructed.prepare(district)


def raises(obstacle):
    """The levels it went up to, in order, and whether time did it."""
    return list(obstacle.raises.values_list("to_level__code", "by_time"))


def told(obstacle):
    rows = Notice.objects.filter(kind="obstacle.raised", about=obstacle.run.public_id)
    return sorted(name.lower() for name in rows.values_list("user__name", flat=True))


def by_hand(district, obstacle, name, from_level="department", reason=REASON):
    return climbing.raise_level(
        obstacle.public_id, from_level=from_level, reason=reason, by=district.actor(name), now=district.now
    )


def sweep(monkeypatch, at):
    monkeypatch.setattr(clock, "now", lambda: at)
    return tasks.raise_levels(0)


# --- by time ---


def test_on_its_last_day_it_stays_and_on_the_next_it_goes_up(hindered):
    obstacle = assigned(hindered)
    assert not climbing.raise_by_time(obstacle.public_id, now=LAST_DAY)
    assert climbing.raise_by_time(obstacle.public_id, now=DAY_AFTER)
    obstacle.refresh_from_db()
    assert obstacle.level.code == "lead"
    assert raises(obstacle) == [("lead", True)]


def test_who_holds_it_now_is_named_told_and_may_read_it(hindered):
    obstacle = assigned(hindered)
    climbing.raise_by_time(obstacle.public_id, now=DAY_AFTER)
    entry = Entry.objects.get(chain_id=obstacle.project.chain_id, kind="obstacle.raised")
    assert entry.after["level"] == "lead"
    assert "leading desk lin" in entry.after["holders"]
    assert entry.actor_id is None
    assert told(obstacle) == ["bai", "chen", "lin"]  # the desks of both lead departments, and who raised it
    assert set(obstacle.run.copies.values_list("user__name", flat=True)) == {"Bai", "Lin"}


def test_the_sweep_run_twice_raises_once(hindered, monkeypatch):
    obstacle = assigned(hindered)
    assert sweep(monkeypatch, DAY_AFTER) == 1
    assert sweep(monkeypatch, DAY_AFTER) == 0
    assert raises(obstacle) == [("lead", True)]


def test_a_sweep_that_comes_late_takes_it_one_level_at_a_time_to_the_top_and_no_further(
    hindered, monkeypatch
):
    obstacle, at, climbed = assigned(hindered), DAY_AFTER, []
    for _week in range(8):
        climbed.append(sweep(monkeypatch, at))
        at += timedelta(days=7)
    assert sum(climbed) == 3
    assert raises(obstacle) == [("lead", True), ("leader", True), ("convener", True)]


def test_the_days_do_not_run_while_others_sort_verify_or_it_is_suspended(hindered):
    unsorted, verifying, still = raised(hindered), answered(hindered), assigned(hindered)
    engine.suspend(
        still.run.public_id, by=hindered.actor("gao"), now=hindered.now, reason="等待上级批复，暂缓办理。"
    )
    assert overdue_at_level(DAY_AFTER) == []
    for obstacle in (unsorted, verifying, still):
        assert not climbing.raise_by_time(obstacle.public_id, now=DAY_AFTER)
    assert not LevelRaise.objects.exists()


def test_one_that_fails_leaves_the_others_alone(hindered, monkeypatch):
    first, second = assigned(hindered), assigned(hindered)
    rung = hindered.plan.obstacle_levels.get(code="lead")
    LevelRaise.objects.create(
        obstacle=first, from_level=first.level, to_level=rung, by_time=True, raised=hindered.now
    )
    assert sweep(monkeypatch, DAY_AFTER) == 1
    assert raises(second) == [("lead", True)]


# --- by hand ---


@pytest.mark.parametrize("name", ["gao", "shi", "chen"])
def test_the_office_the_unit_and_who_raised_it_take_it_up(hindered, name):
    obstacle = assigned(hindered)
    by_hand(hindered, obstacle, name)
    raise_ = obstacle.raises.get()
    assert (raise_.to_level.code, raise_.by_time, raise_.reason) == ("lead", False, REASON)
    assert raise_.raised_by == hindered.users[name]


def test_who_holds_it_takes_it_further_up(hindered):
    obstacle = by_hand(hindered, assigned(hindered), "gao")
    by_hand(hindered, obstacle, "lin", from_level="lead")
    assert [level for level, _time in raises(obstacle)] == ["lead", "leader"]
    by_hand(hindered, obstacle, "qian", from_level="leader")  # a contact leader
    with pytest.raises(WrongState, match="top-level"):
        by_hand(hindered, obstacle, "zhao", from_level="convener")


@pytest.mark.parametrize("name", ["lin", "ke", "sun", "zhao"])
def test_who_does_not_hold_it_yet_does_not(hindered, name):
    obstacle = assigned(hindered)
    with pytest.raises(NotAllowed, match="not-coordinating"):
        by_hand(hindered, obstacle, name)
    assert raises(obstacle) == []


def test_without_a_reason_before_it_is_sorted_or_when_it_is_over_it_stays(hindered):
    with pytest.raises(Invalid, match="reason-too-short"):
        by_hand(hindered, assigned(hindered), "gao", reason="急")
    with pytest.raises(WrongState, match="obstacle-not-sorted"):
        by_hand(hindered, raised(hindered), "gao", from_level="")
    over = answered(hindered)
    share = hindered.share(over.run, "lin")
    engine.approve(over.run.public_id, share.pk, by=hindered.actor("lin"), now=hindered.now)
    with pytest.raises(WrongState, match="obstacle-over"):
        by_hand(hindered, over, "gao")


def test_who_saw_an_earlier_level_is_told(hindered):
    obstacle = assigned(hindered)
    by_hand(hindered, obstacle, "gao")
    with pytest.raises(WrongState, match="changed-meanwhile"):
        by_hand(hindered, obstacle, "chen")
    assert raises(obstacle) == [("lead", False)]


def test_a_level_is_never_taken_down_by_sorting_again(hindered):
    obstacle = assigned(hindered, sorted_(hindered, level="leader"))
    share = hindered.share(obstacle.run, "shi")
    assert share.status == "open"
    answered(hindered, obstacle)
    step = obstacle.run.task_set.filter(flow_task__endswith="sort").get()
    engine.return_to(
        obstacle.run.public_id,
        hindered.share(obstacle.run, "lin").pk,
        step.pk,
        resume=False,
        by=hindered.actor("lin"),
        now=hindered.now,
        reason=REASON,
    )
    with pytest.raises(Invalid, match="level-goes-down"):
        sorted_(hindered, obstacle, level="department")
    assert sorted_(hindered, obstacle, level="leader").level.code == "leader"


def test_a_post_nobody_holds_is_named_and_nobody_is_told_in_its_stead(hindered):
    Appointment.objects.filter(post__in=[hindered.posts["lin"], hindered.posts["bai"]]).update(
        until_day="2023-05-01"
    )
    obstacle = assigned(hindered)
    climbing.raise_by_time(obstacle.public_id, now=DAY_AFTER)
    assert told(obstacle) == ["chen"]
