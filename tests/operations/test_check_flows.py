"""The soundness gate on what is stored: who holds which post today, drafts before they are published, its command."""

from dataclasses import replace
from datetime import date
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import translation

from flows.engine import resolvers, staffing
from flows.engine.models import Policy
from flows.engine.pictures import all_flows
from flows.engine.rules.soundness import ERROR
from flows.engine.soundness import check_document, check_stored
from flows.obstacles.flow import ObstacleFlow
from flows.obstacles.models import Obstacle
from flows.obstacles.operations import Raised, raise_obstacle
from flows.plan.management.commands import check_flows
from flows.plan.operations import load_plan
from flows.projects import operations as projects
from flows.projects.flow import MilestoneFlow
from flows.projects.models import Project, ProjectUnit
from permissions.actors import SYSTEM
from permissions.models import Appointment, Post, User
from permissions.selectors import actor_for
from tests.support import cast
from tests.support.plans import NOTICE, document, edited

OWN = {
    "milestone",
    "correction",
    "policy",
    "token-move",
}  # of the rooms this file is about; the cast has no others


def checked(**words):
    """What the gate says of these rooms' flows."""
    report = check_stored(**words)
    return replace(report, flows=tuple(found for found in report.flows if found.flow.key in OWN))


def codes(report, severity=ERROR):
    return {fault.code for fault in report.faults if fault.severity == severity}


def printed(*words):
    out = StringIO()
    with translation.override("en"):
        call_command("check_flows", *map(str, words), stdout=out, stderr=out)
    return out.getvalue()


def heads_for(district, *units):
    for unit in units:
        user = User.objects.create(username=f"head-{unit}", name=f"Head of {unit}")
        post = Post.objects.create(
            code=f"head-{unit}", organisation=district.units[unit], name=f"{unit} head", duty="head"
        )
        Appointment.objects.create(post=post, user=user, from_day=date(2023, 1, 1))


@pytest.fixture
def notice(db):
    """The notice's plan, loaded, and an account for every holder, every standard post and every inspector."""
    load_plan(document(NOTICE), by=SYSTEM, now=cast.NOW)
    people = {}
    for row in Appointment.objects.exclude(holder_name=""):
        if row.holder_name not in people:
            people[row.holder_name] = User.objects.create(username=f"u{len(people)}", name=row.holder_name)
        row.user = people[row.holder_name]
        row.save()
    for post in Post.objects.filter(duty__in=["desk", "officer", "inspector"]):
        user = User.objects.create(username=post.code, name=post.name)
        Appointment.objects.create(post=post, user=user, from_day=date(2023, 1, 1))


# --- who holds which post ---


def test_a_desk_without_a_head_is_named_and_a_head_mends_it(district):
    district.project()
    report = checked(at=district.now)
    assert codes(report) == {"unit-without-head"}
    units = {fault.facts["unit"] for fault in report.faults if fault.severity == ERROR}
    assert units == {"leading-a", "serving-a", "hq-office-a"}, (
        "any project of the line may be verified by either"
    )
    heads_for(district, "leading", "serving", "hq-office")
    assert checked(at=district.now).sound


def test_a_leader_who_leaves_is_missed_from_that_day_on(district):
    project = district.project()
    heads_for(district, "leading", "serving", "hq-office")
    Appointment.objects.filter(user=district.users["zhao"]).update(until_day=date(2023, 6, 2))
    assert checked(at=district.now).sound
    later = district.now.replace(day=2)
    (fault,) = [fault for fault in checked(at=later).faults if fault.severity == ERROR]
    assert (fault.code, fault.facts["posts"]) == ("post-empty", district.posts["zhao"].name)
    assert fault.subjects == (project.name,)


def test_the_cost_is_the_same_for_one_project_and_for_many(district):
    def spent():
        with CaptureQueriesContext(connection) as seen:
            checked(at=district.now)
        return len(seen)

    district.project()
    once = spent()
    for _each in range(5):
        district.project()
    # policies; posts, units, names; lines' units, groups, lines, service units, leaders, projects;
    # four of the pool, four of the obstacles, four of line plans, one of the assessment, one of supervision,
    # two of inspections, two of discipline
    assert once == spent() == 28


def test_a_project_that_is_over_is_no_case(district):
    going, over = district.project(), district.project()
    over.terminate()
    over.save(update_fields=["phase"])
    subjects = {case.subject for case in staffing.stored_cases(staffing.stored_roster(district.now))}
    assert going.name in subjects
    assert over.name not in subjects


# --- drafts, before they are published ---


def test_a_draft_is_judged_in_place_of_what_is_in_force_and_nothing_is_written(notice):
    assert checked(at=cast.NOW).sound
    now = Policy.objects.get(key="milestone.verify")
    draft = Policy(key=now.key, version=2, name=now.name, mode=now.mode, resolver=now.resolver, duty=now.duty,
                   recuse=now.recuse, limit_days=3, on_empty="block", published=cast.NOW)  # fmt: skip
    report = checked(at=cast.NOW, drafts=[draft])
    assert {fault.facts["unit"] for fault in report.faults if fault.code == "unit-without-head"} == {
        "区招商办"
    }
    assert not report.sound
    assert Policy.objects.filter(key=now.key).count() == 1


# --- the file and the database say the same; so do the gate and the resolvers ---


def test_with_everybody_in_office_the_stored_plan_says_what_its_file_says(notice):
    by_file, stored = check_document(document(NOTICE)), check_stored(at=cast.NOW)

    def told(report):
        return {(fault.code, fault.node, tuple(sorted(fault.facts.items()))) for fault in report.faults}

    assert told(by_file) == told(stored) != set()


def test_without_accounts_nobody_holds_anything(db):
    load_plan(document(NOTICE), by=SYSTEM, now=cast.NOW)
    assert "post-empty" in codes(checked(at=cast.NOW))


def test_the_gate_names_the_very_posts_that_the_resolvers_ask(notice):
    roster = staffing.stored_roster(cast.NOW)
    every = staffing.stored_cases(roster)
    cases = {case.subject: case for case in every if MilestoneFlow.code in case.flows}
    for project in Project.objects.all():
        (case,) = [case for subject, case in cases.items() if project.name in subject]
        unit = project.units.filter(role=ProjectUnit.Role.SERVICE).first().organisation
        officer = actor_for(User.objects.get(username=f"{unit.code}-officer"), at=cast.NOW)
        milestone = projects.start_milestone(project.public_id, "terminate", by=officer, now=cast.NOW)
        for name in ("project.verifiers", "project.contact_leaders"):
            signers = resolvers._RESOLVERS[name]([milestone.run], now=cast.NOW)[milestone.run_id]
            asked = [signer.post.code for signer in signers]
            assert sorted(case.asked[name]) == sorted(asked), (project.name, name)
        recused = resolvers._RECUSALS["project.served_units"]([milestone.run], now=cast.NOW)[milestone.run_id]
        assert case.recused["project.served_units"] == recused.units == case.served


def test_the_gate_names_the_very_posts_that_are_asked_about_an_obstacle(notice):
    roster = staffing.stored_roster(cast.NOW)
    every = staffing.stored_cases(roster)
    cases = {case.subject: case for case in every if ObstacleFlow.code in case.flows}
    for project in Project.objects.all():
        (case,) = [case for subject, case in cases.items() if project.name in subject]
        unit = project.units.filter(role=ProjectUnit.Role.SERVICE).first().organisation
        officer = actor_for(User.objects.get(username=f"{unit.code}-officer"), at=cast.NOW)
        obstacle = raise_obstacle(project.public_id, Raised("other", "需要协调"), by=officer, now=cast.NOW)
        Obstacle.objects.filter(pk=obstacle.pk).update(unit=unit, due_on=date(2023, 6, 9))
        for name in ("obstacle.sorters", "obstacle.verifiers"):
            signers = resolvers._RESOLVERS[name]([obstacle.run], now=cast.NOW)[obstacle.run_id]
            asked = [signer.post.code for signer in signers]
            assert sorted(case.asked[name]) == sorted(asked), (project.name, name)
        (desk,) = resolvers._RESOLVERS["obstacle.unit"]([obstacle.run], now=cast.NOW)[obstacle.run_id]
        assert desk.post.code in case.asked["obstacle.unit"]
        recused = resolvers._RECUSALS["obstacle.involved_units"]([obstacle.run], now=cast.NOW)
        assert case.recused["obstacle.involved_units"] == recused[obstacle.run_id].units


# --- the command ---


def test_the_command_says_a_line_a_flow_and_what_holds_only_by_a_policy(notice):
    told = printed()
    assert "milestone" not in told, "people read titles, not codes"
    assert told.count("all reachable, an end from each") == len(all_flows())
    assert "at most 13 of 60 working days" in told
    assert "somebody with an account" in told
    assert "区招商办 has no head" in told
    assert told.rstrip().splitlines()[-1].startswith("Sound: 3 warnings, ")


def test_the_command_ends_with_1_and_names_the_path_when_something_is_unsound(district):
    district.project()
    out = StringIO()
    with translation.override("en"), pytest.raises(CommandError, match=r"Not sound: \d+ errors") as refusal:
        call_command("check_flows", stdout=out)
    assert refusal.value.returncode == 1
    assert "not sound, see below" in out.getvalue()
    assert "Path: Start → milestone.submit → milestone.verify (leading desk lin)" in out.getvalue()


def test_a_plan_file_needs_no_database():
    assert check_flows.Command.needs_database(["--file", "plan.yaml"]) is False
    assert check_flows.Command.needs_database(["--file=plan.yaml"]) is False
    assert check_flows.Command.needs_database([]) is True
    told = printed("--file", NOTICE)
    assert "accounts come later" in told
    assert "hetang-2023.yaml:" in told
    assert "区招商办" in told


def test_a_plan_file_that_cannot_be_used_is_refused_as_the_lint_refuses_it(tmp_path):
    path = tmp_path / "plan.yaml"
    path.write_bytes(edited(NOTICE, "limit_days: 3, on_empty: admin", "limit_days: 3, on_empty: block"))
    said = {}
    for command, words in (("check_flows", ["--file", str(path)]), ("plan_lint", [str(path)])):
        out = StringIO()
        with translation.override("en"), pytest.raises(CommandError) as refusal:
            call_command(command, *words, stdout=out, stderr=out)
        assert refusal.value.returncode == 1
        said[command] = out.getvalue()
    assert said["check_flows"] == said["plan_lint"]
    assert "区招商办 has no head" in said["plan_lint"]
    assert "报送节点材料 → 牵头部门核验" in said["plan_lint"]


@pytest.mark.django_db
def test_an_unsound_plan_is_neither_compared_nor_loaded(tmp_path):
    path = tmp_path / "plan.yaml"
    path.write_bytes(edited(NOTICE, "limit_days: 3, on_empty: admin", "limit_days: 3, on_empty: block"))
    for words in ([str(path)], [str(path), "--check"]):
        with pytest.raises(CommandError):
            call_command("load_plan", *words, stdout=StringIO(), stderr=StringIO())
    assert not Policy.objects.exists()
