"""A year is published: days reckoned without it are reckoned anew, once, and say so; what was right stays."""

from datetime import UTC, date, datetime

import pytest
from procrastinate.contrib.django.models import ProcrastinateJob

from flows.deadlines import registry
from flows.deadlines.operations import publish_year
from flows.deadlines.published import published_days
from flows.deadlines.rules import MarkedDay, working_days_between
from flows.deadlines.selectors import calendar, calendar_version
from flows.engine import operations as engine
from flows.engine.models import Step
from flows.journal.models import Entry
from flows.obligations import operations as obligations
from flows.obligations.models import Occurrence
from flows.obstacles.models import Obstacle
from hetang_flow.lib import clock
from notifications.models import Notice
from permissions.actors import SYSTEM
from tests.support import cast, obstructed
from tests.support.owing import owe

pytestmark = pytest.mark.django_db
LATE = datetime(2026, 12, 30, 2, tzinfo=UTC)  # a Wednesday
# Four days off that nobody could know before; the Sunday is worked instead.
YEAR_2027 = (
    MarkedDay(date(2027, 1, 1), False, "元旦"),
    MarkedDay(date(2027, 1, 3), True, "元旦"),
    MarkedDay(date(2027, 1, 4), False, "元旦"),
    MarkedDay(date(2027, 1, 5), False, "元旦"),
)


@pytest.fixture
def december(district):
    """The cast in the last week of a year whose next is not published."""
    district.now = LATE
    return district


def publish(days=YEAR_2027) -> int:
    before = calendar_version()
    publish_year(2027, days, source="国办通知", by=SYSTEM, now=LATE)
    return before


def verifying(district) -> Step:
    return district.submitted().run.task_set.get(policy__key="milestone.verify")


def test_a_provisional_day_becomes_a_sure_one_and_people_hear_of_the_move(december):
    step = verifying(december)
    assert step.due_provisional
    was = step.due_on
    before = publish()
    job = ProcrastinateJob.objects.get(task_name="flows.deadlines.tasks.redate")
    assert job.args == {"before": before}
    assert registry.redate(before=before, now=LATE) >= 1
    step.refresh_from_db()
    assert not step.due_provisional
    assert step.due_on > was
    entry = Entry.objects.get(kind="step.redated", run_id=step.process_id)
    assert (entry.before["due_on"], entry.after["due_on"]) == (was.isoformat(), step.due_on.isoformat())
    assert entry.after["calendar"] == calendar_version()
    assert Notice.objects.filter(user=december.users["lin"], kind="step.redated").count() == 1


def test_again_it_changes_nothing(december):
    verifying(december)
    before = publish()
    registry.redate(before=before, now=LATE)
    entries = Entry.objects.count()
    assert registry.redate(before=before, now=LATE) == 0
    assert Entry.objects.count() == entries


def test_a_day_that_rests_on_published_years_stays(district):
    step = verifying(district)
    before = publish()
    assert registry.redate(before=before, now=LATE) == 0
    step.refresh_from_db()
    assert not Entry.objects.filter(kind="step.redated").exists()


def test_the_days_a_run_stood_still_are_kept(december):
    step = verifying(december)
    run, gao = step.process, december.actor("gao")
    engine.suspend(run.public_id, reason="等待上级批复，暂缓办理。", by=gao, now=LATE)
    resumed = LATE.replace(day=31)
    engine.resume(run.public_id, by=december.actor("gao", resumed), now=resumed)
    step.refresh_from_db()
    old = calendar()

    had = working_days_between(LATE.date(), step.due_on, old)
    before = publish()
    registry.redate(before=before, now=resumed)
    step.refresh_from_db()
    assert working_days_between(LATE.date(), step.due_on, calendar()) == had


def test_an_obstacle_stays_at_its_level_as_many_working_days(december):
    obstructed.prepare(december)
    made = obstructed.sorted_(december, obstructed.raised(december, december.project()))
    Obstacle.objects.filter(pk=made.pk).update(level_from=date(2026, 12, 31), level_until=date(2027, 1, 5))
    before = publish()
    registry.redate(before=before, now=LATE)
    made.refresh_from_db()
    assert made.level_until == date(2027, 1, 6), "two working days on, under the new year's calendar"


def test_what_is_owed_falls_due_by_the_published_year_and_its_first_day_stays():
    moment = clock.now()
    district = cast.build()
    owe(district)
    obligations.open_due(now=datetime(2023, 2, 1, 1, tzinfo=UTC), since=date(2023, 1, 1))
    owed = Occurrence.objects.get(post=district.posts["lin"])
    before = calendar_version()
    marks = [MarkedDay(owed.due_on, False, "演示放假")]

    days = tuple(sorted({mark.day: mark for mark in (*published_days(2023), *marks)}.values()))
    publish_year(2023, days, source="区政府通知", by=SYSTEM, now=moment)
    registry.redate(before=before, now=datetime(2023, 2, 1, 2, tzinfo=UTC))
    first = owed.first_due
    owed.refresh_from_db()
    assert owed.due_on > first == owed.first_due
    step = owed.run.task_set.get(policy__isnull=False)
    assert step.due_on == owed.due_on
