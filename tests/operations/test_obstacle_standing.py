"""What obstacles do to a project: they stop the last step too, stand still with it, and excuse it in days."""

from datetime import UTC, date, datetime

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from flows.deadlines.selectors import calendar
from flows.engine import operations as engine
from flows.journal.models import Entry
from flows.obstacles import climbing
from flows.obstacles.selectors import overdue_at_level
from flows.obstacles.selectors_standing import excused_days
from hetang_flow.lib.errors import WrongState
from tests.support import obstructed
from tests.support.obstructed import REASON, answered, assigned, raised, sorted_


@pytest.fixture
def hindered(district):
    return obstructed.prepare(district)


def at(day, hour=1):
    return datetime(2023, 6, day, hour, tzinfo=UTC)


def approve(district, run, *names):
    for name in names:
        share = district.share(run, name)
        engine.approve(run.public_id, share.pk, by=district.actor(name), now=district.now)


def moved(district, project, move):
    """A milestone that goes all the way."""
    run = district.submitted(project, move).run
    approve(district, run, "lin", "zhao", "qian")
    project.refresh_from_db()
    return project


def struck_off(district, obstacle):
    approve(district, answered(district, assigned(district, obstacle)).run, "lin")


# --- an obstacle that came after the milestone was handed in ---


def before_the_last_signature(district, **settled):
    project = district.project()
    run = district.submitted(project).run
    approve(district, run, "lin", "zhao")
    obstacle = sorted_(district, raised(district, project), **settled)
    return project, run, obstacle


def test_what_came_into_the_way_after_submission_stops_the_last_step_and_is_named(hindered):
    project, run, obstacle = before_the_last_signature(hindered, stops=True)
    with pytest.raises(WrongState, match="blocked-by-obstacles") as refused:
        approve(hindered, run, "qian")
    assert refused.value.facts["obstacles"] == [obstacle.title]
    project.refresh_from_db()
    assert project.phase == "signed"
    assert hindered.share(run, "qian").status == "open", "the signature was not kept either"
    struck_off(hindered, obstacle)
    approve(hindered, run, "qian")
    project.refresh_from_db()
    assert project.phase == "fulfilled"


@pytest.mark.parametrize("settled", [{"stops": False}, {"stops": True, "blocks": "complete"}])
def test_one_that_only_excuses_or_is_about_another_move_lets_it_pass(hindered, settled):
    project, run, _obstacle = before_the_last_signature(hindered, **settled)
    approve(hindered, run, "qian")
    project.refresh_from_db()
    assert project.phase == "fulfilled"


# --- a project that stands still ---


def test_the_level_days_of_a_suspended_project_stand_still_and_go_on_with_it(hindered):
    hindered.now = at(1)  # a Thursday; five working days at the level of the department: to the 8th
    project = hindered.project(phase="building")
    obstacle = assigned(hindered, sorted_(hindered, raised(hindered, project), stops=False))
    assert obstacle.level_until == date(2023, 6, 8)
    hindered.now = at(5)
    moved(hindered, project, "suspend")
    later = at(14)
    assert overdue_at_level(later) == []
    assert not climbing.raise_by_time(obstacle.public_id, now=later)
    hindered.now = later
    assert moved(hindered, project, "resume").phase == "building"
    obstacle.refresh_from_db()
    assert obstacle.level_until == date(2023, 6, 19), "seven working days later than the 8th"
    entry = Entry.objects.get(chain_id=project.chain_id, kind="obstacles.resumed")
    assert entry.facts["obstacles"] == 1
    assert overdue_at_level(at(19, 15)) == []
    assert overdue_at_level(at(20)) == [obstacle.public_id]


def test_what_was_overdue_before_the_standstill_or_is_over_gets_no_more_days(hindered):
    hindered.now = at(1)
    project = hindered.project(phase="building")
    late = assigned(hindered, sorted_(hindered, raised(hindered, project), stops=False))
    over = raised(hindered, project)
    engine.withdraw(over.run.public_id, by=hindered.actor("chen"), now=hindered.now, reason=REASON)
    hindered.now = at(12)
    moved(hindered, project, "suspend")
    hindered.now = at(14)
    moved(hindered, project, "resume")
    late.refresh_from_db()
    assert late.level_until == date(2023, 6, 8)
    assert not Entry.objects.filter(kind="obstacles.resumed").exists()


def test_a_project_and_a_run_that_stand_still_at_once_count_each_day_once(hindered):
    hindered.now = at(1)
    project = hindered.project(phase="building")
    obstacle = assigned(hindered, sorted_(hindered, raised(hindered, project), stops=False))
    gao, run = hindered.actor("gao"), obstacle.run.public_id
    hindered.now = at(2)
    engine.suspend(run, by=gao, now=at(2), reason=REASON)
    hindered.now = at(5)
    moved(hindered, project, "suspend")
    engine.resume(run, by=gao, now=at(6))
    obstacle.refresh_from_db()
    assert obstacle.level_until == date(2023, 6, 12), "the 5th and the 6th"
    hindered.now = at(8)
    moved(hindered, project, "resume")
    obstacle.refresh_from_db()
    assert obstacle.level_until == date(2023, 6, 14), "and the 7th and the 8th"


# --- what it excuses ---


END = at(30, 15)


def excused(project, last=date(2023, 6, 30), known_at=END, first=date(2023, 6, 1)):
    days = calendar()
    with CaptureQueriesContext(connection) as seen:
        found = excused_days([project.pk], first, last, known_at=known_at, calendar=days)
    assert len(seen.captured_queries) == 1
    return found[project.pk]


def test_days_on_which_two_stood_open_count_once_and_only_as_far_as_was_known(hindered):
    hindered.now = at(1)
    project = hindered.project(phase="building")
    first = sorted_(hindered, raised(hindered, project), stops=False)
    hindered.now = at(5)
    second = sorted_(hindered, raised(hindered, project), stops=True)
    hindered.now = at(7)
    struck_off(hindered, first)
    hindered.now = at(9)
    struck_off(hindered, second)
    assert excused(project) == 6, "the 2nd, and the 5th to the 9th"
    assert excused(project, last=date(2023, 6, 6)) == 3
    assert excused(project, first=date(2023, 6, 8)) == 2
    assert excused(project, known_at=at(6)) == 3, "neither was struck off by then"
    assert excused(project, known_at=at(1, 0)) == 0, "nobody knew of them"
    assert excused(hindered.project()) == 0


def test_what_nobody_has_sorted_and_what_was_taken_back_excuses_nothing(hindered):
    hindered.now = at(1)
    project = hindered.project(phase="building")
    taken = raised(hindered, project)
    assert excused(project) == 0
    hindered.now = at(6)
    sorted_(hindered, taken)
    assert excused(project, known_at=at(5)) == 0, "it was not sorted by then"
    assert excused(project, known_at=at(7)) == 4
    engine.terminate(taken.run.public_id, by=hindered.actor("gao"), now=at(8), reason=REASON)
    assert excused(project) == 0
    assert excused(project, known_at=at(7)) == 4, "it was still open by then"
