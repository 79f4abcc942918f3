"""The tour as a test: the 2023 plan, real accounts, real pages, one project through all six phases."""

from io import StringIO

import pytest
from django.core.management import call_command

from flows.journal.models import Entry
from flows.projects.lifecycle import PATH, Phase
from flows.projects.models import Project
from hetang_flow import env
from hetang_flow.lib import clock
from hetang_flow.tour import REASON, Tour
from permissions.operations import create_demonstration

PASSWORD = "a-word-for-this-test-only"


@pytest.mark.django_db
def test_a_project_travels_from_signed_to_reviewed_on_the_notices_own_plan():
    now, said = clock.now(), []
    plan = str(env.BASE_DIR / "plans" / "hetang-2023.yaml")
    call_command("load_plan", plan, yes=True, stdout=StringIO())
    create_demonstration(PASSWORD, now=now)
    line = Tour(PASSWORD, now=now, say=said.append).walk()
    assert line.startswith("tour: 5 lines, 6 key projects, 1 project reviewed, ")
    assert line.endswith(" steps, record verified")
    project = Project.objects.get(is_demo=True)
    entries = list(Entry.objects.filter(chain=project.chain_id).order_by("number"))
    moved = [entry.after["phase"] for entry in entries if entry.kind == "project.moved"]
    assert moved == [phase.value for phase in PATH[1:]]
    returned = [entry for entry in entries if entry.kind == "step.returned"]
    assert len(returned) == 1
    assert returned[0].personal_values.get(field="opinion").value == REASON
    countersigned = [entry for entry in entries if entry.kind == "share.approved"]
    assert len(countersigned) >= 3 * 5, "one verification and two leaders for each of five gates"


@pytest.mark.django_db
def test_the_annex_opens_in_derived_phases_without_invented_history():
    plan = str(env.BASE_DIR / "plans" / "hetang-2023.yaml")
    call_command("load_plan", plan, yes=True, stdout=StringIO())
    projects = {project.row: project for project in Project.objects.all()}
    assert sorted(projects) == [1, 2, 3, 4, 5, 6]
    assert {row: project.phase for row, project in projects.items()} == {
        **dict.fromkeys((1, 2, 3, 4, 5), Phase.BUILDING),
        6: Phase.FULFILLED,
    }
    assert all(project.phase_derived for project in projects.values())
    kinds = set(
        Entry.objects.filter(chain__in=[p.chain_id for p in projects.values()]).values_list("kind", flat=True)
    )
    assert kinds == {"project.opened"}
