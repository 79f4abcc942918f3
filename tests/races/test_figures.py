"""Two officers report the same month at the same instant: one report stands, the other learns who was faster."""

import threading
from datetime import date
from decimal import Decimal

import pytest

from flows.figures import operations
from flows.figures.rules import Month
from flows.figures.selectors import months_of
from flows.projects.models import Project
from hetang_flow.lib.errors import WrongState
from tests.races.conftest import ROUNDS
from tests.support.at_once import at_once

pytestmark = [pytest.mark.races, pytest.mark.django_db(transaction=True)]


def reports(district, project):
    """Chen and Bai press at once, each with figures of their own."""

    def press(name, invested):
        typed = Month(date(2023, 5, 1), Decimal(invested), Decimal(30))
        actor = district.actor(name)
        return lambda: operations.report_month(project.public_id, typed, seen={}, by=actor, now=district.now)

    return at_once([press("chen", 9000), press("bai", 9100)])


def scene(district):
    project = district.project()
    answers = reports(district, project)
    (lost,) = (answer for answer in answers if isinstance(answer, Exception))
    told = isinstance(lost, WrongState) and lost.code == "month-reported-meanwhile" and lost.facts["who"]
    assert told, "the slower one is not told who was faster"
    (won,) = (answer for answer in answers if answer is not lost)
    (month,) = months_of(project.pk)
    assert month.invested == won.facts[0].value


@ROUNDS
def test_two_reports_of_a_month_leave_one(district, rounds):
    for _round in range(rounds):
        scene(district)


def test_control_without_the_lock_of_the_project_the_slower_one_is_told_nothing(district, monkeypatch):
    barrier = threading.Barrier(2)

    def unlocked(project_id):
        return Project.objects.select_related("plan").get(public_id=project_id)

    judge = operations._refuse_if_changed

    def judge_then_meet(standing, seen):
        judge(standing, seen)
        barrier.wait(5)

    monkeypatch.setattr(operations, "locked_project", unlocked)
    monkeypatch.setattr(operations, "_refuse_if_changed", judge_then_meet)
    with pytest.raises(AssertionError, match="not told who was faster"):
        scene(district)
