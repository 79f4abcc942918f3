"""Task forces come from the plan file: written, changed, removed, on record; and who sees which."""

from datetime import UTC, date, datetime

import pytest

from flows.campaigns.models import Plan
from flows.journal.models import Entry
from flows.journal.operations import open_chain
from flows.plan.operations import load_plan
from flows.taskforces.models import TaskForce, TaskForceUnit
from flows.taskforces.selectors import by_line, of_project
from permissions.actors import SYSTEM
from tests.support import cast
from tests.support.carded import force_of
from tests.support.plans import INVENTED, NOTICE, document

JUNE = datetime(2023, 6, 1, 1, 30, tzinfo=UTC)
JULY = datetime(2023, 7, 3, 1, 30, tzinfo=UTC)


def load(*changes, path=NOTICE, now=JUNE):
    return load_plan(document(path, *changes), by=SYSTEM, now=now)


def units(code, role):
    rows = TaskForceUnit.objects.filter(force__code=code, role=role).order_by("order")
    return list(rows.values_list("organisation__code", flat=True))


@pytest.fixture
def district(db):
    return cast.build()


# --- from the file ---


def test_the_notice_gives_five_task_forces_as_long_as_the_campaign(db):
    assert load().created["task_forces"] == 5
    force = TaskForce.objects.get(code="attraction-force")
    assert (force.line.code, force.project, force.head) == ("attraction", None, None)
    assert (force.from_day, force.until_day) == (date(2023, 1, 1), date(2023, 12, 31))
    assert units("attraction-force", "lead") == ["development-zone", "investment-promotion"]
    assert load(now=JULY).changed == {}, "twice is once"


def test_a_projects_task_force_has_its_own_days_its_posts_and_the_towns_one_by_one(db):
    load(path=INVENTED)
    force = TaskForce.objects.get()
    assert (force.project.code, force.line) == ("QL-1", None)
    assert (force.from_day, force.until_day) == (date(2031, 3, 1), date(2031, 12, 31))
    assert units("harbour-force", "lead") == ["harbour"]
    assert units("harbour-force", "member") == ["water", "dongshan"]
    assert [seat.post.code for seat in force.posts.select_related("post")] == ["planning-head"]


def test_a_head_and_a_member_named_later_change_the_task_force_and_stand_on_record(db):
    load()

    def named(plan):
        force = next(entry for entry in plan["task_forces"] if entry["code"] == "attraction-force")
        force.update(head="development-zone-director", members=["区商务局"])

    result = load(named, now=JULY)
    assert result.changed == {"task_forces": 1}
    assert TaskForce.objects.get(code="attraction-force").head.code == "development-zone-director"
    entry = Entry.objects.get(
        kind="plan.entry_changed", facts__section="task_forces", facts__key="attraction-force"
    )
    assert entry.before["head"] is None
    assert entry.after["head"] == "development-zone-director"
    assert entry.after["units"] == ["development-zone lead", "investment-promotion lead", "commerce member"]


def test_one_left_out_is_removed_and_the_record_says_so(db):
    load()
    result = load(lambda plan: plan["task_forces"].pop(), now=JULY)
    assert [(change.what, change.key) for change in result.differences] == [("removed", "management-force")]
    assert TaskForce.objects.count() == 4
    assert Entry.objects.filter(kind="plan.entry_removed", facts__key="management-force").count() == 1


# --- who sees which ---


def seen(district, name):
    return {shown.force.code for line in by_line(district.actor(name), district.now) for shown in line.forces}


def test_a_lines_task_force_is_everybodys_who_holds_a_post_a_projects_that_of_who_sees_the_project(district):
    of_line, of_one = force_of(district), force_of(district, district.project())
    assert seen(district, "chen") == {of_line.code, of_one.code}
    assert seen(district, "wang") == {of_line.code}


def test_a_line_shows_its_own_before_those_of_its_projects(district):
    of_one, of_line = force_of(district, district.project()), force_of(district)
    (line,) = by_line(district.actor("zhao"), district.now)
    assert [shown.force.code for shown in line.forces] == [of_line.code, of_one.code]
    assert line.forces[0].leading == ("leading-a",)
    assert line.forces[0].members == ("coordinating-a",)
    assert line.forces[0].posts == (district.posts["chen"].name,)


def test_only_the_task_forces_of_the_newest_plan_are_shown(district):
    force_of(district)
    Plan.objects.create(
        code="next",
        year=2024,
        title="演示项目攻坚年（次年）",
        effective_from=date(2024, 1, 1),
        effective_until=date(2024, 12, 31),
        chain=open_chain("plan", "next"),
    )
    assert seen(district, "zhao") == set()


def test_a_project_has_its_own_task_forces_first_then_its_lines_and_none_of_another_project(district):
    project, other = district.project(), district.project()
    of_line, of_other, own = force_of(district), force_of(district, other), force_of(district, project)
    assert [shown.force.code for shown in of_project(project, district.now)] == [own.code, of_line.code]
    assert of_other.code not in {shown.force.code for shown in of_project(project, district.now)}
    first, last = of_line.from_day, of_line.until_day
    assert not of_project(project, district.now)[1].is_over
    after = datetime(last.year + 1, 1, 1, 4, tzinfo=UTC)
    before = datetime(first.year - 1, 12, 31, 4, tzinfo=UTC)
    assert of_project(project, after)[1].is_over
    assert of_project(project, before)[1].is_ahead
