"""Two officers press at the same instant: one timetable is begun, one report of a node stands, the slower one is told."""

import threading
from datetime import date

import pytest

from flows.projects.models import Project
from flows.timetables import operations, rules
from flows.timetables.models import NodeFact, Timetable
from hetang_flow.lib.errors import WrongState
from tests.races.conftest import ROUNDS
from tests.support.at_once import at_once
from tests.support.planned import furnish, in_force

pytestmark = [pytest.mark.races, pytest.mark.django_db(transaction=True)]


def unlocked(project_id):
    return Project.objects.select_related("plan").get(public_id=project_id)


def the_slower(answers, code):
    """Whoever was refused in words, and what the other one wrote."""
    lost = [answer for answer in answers if isinstance(answer, Exception)]
    told = len(lost) == 1 and isinstance(lost[0], WrongState) and lost[0].code == code
    assert told, f"the slower one is not told why: {lost}"
    (won,) = (answer for answer in answers if answer is not lost[0])
    return lost[0], won


# --- one timetable at a time ---


def begin_together(district):
    project = district.project()

    def press(name):
        actor = district.actor(name)
        return lambda: operations.begin_timetable(project.public_id, "lay", by=actor, now=district.now)

    _lost, won = the_slower(at_once([press("chen"), press("bai")]), "timetable-open")
    assert Timetable.objects.get(project=project) == won


@ROUNDS
def test_two_officers_begin_one_timetable(district, rounds):
    furnish(district)
    for _round in range(rounds):
        begin_together(district)


def test_control_without_the_lock_of_the_project_the_second_breaks_on_the_database(district, monkeypatch):
    furnish(district)
    barrier, judge = threading.Barrier(2), rules.may_begin

    def judge_then_meet(kind, **found):
        verdict = judge(kind, **found)
        barrier.wait(5)
        return verdict

    monkeypatch.setattr(operations, "locked_project", unlocked)
    monkeypatch.setattr(rules, "may_begin", judge_then_meet)
    with pytest.raises(AssertionError, match="not told why"):
        begin_together(district)


# --- one report of a node ---


def report_together(district):
    project = in_force(district).project

    def press(name, day):
        words = {"seen": 0, "by": district.actor(name), "now": district.now}
        return lambda: operations.report_node(project.public_id, "permit", day, **words)

    pressed = [press("chen", date(2023, 5, 29)), press("bai", date(2023, 5, 30))]
    lost, won = the_slower(at_once(pressed), "node-reported-meanwhile")
    assert lost.facts["who"] == won.recorded_by.name
    assert NodeFact.objects.get(project=project) == won


@ROUNDS
def test_two_reports_of_a_node_leave_one(district, rounds):
    for _round in range(rounds):
        report_together(district)


def test_control_without_the_lock_of_the_project_the_slower_one_is_not_told_who_was_faster(
    district, monkeypatch
):
    barrier, create = threading.Barrier(2), NodeFact.objects.create

    def meet_then_create(**values):
        barrier.wait(5)
        return create(**values)

    monkeypatch.setattr(operations, "locked_project", unlocked)
    monkeypatch.setattr(NodeFact.objects, "create", meet_then_create)
    with pytest.raises(AssertionError, match="not told why"):
        report_together(district)
