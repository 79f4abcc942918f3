"""The same table of the annex taken in twice at the same instant: its projects and its new parties come in once."""

import threading

import pytest

from flows.campaigns.models import Plan
from flows.projects import operations_annex
from flows.projects.annex import COLUMNS
from flows.projects.models import Project
from hetang_flow.lib.errors import Invalid
from hetang_flow.lib.workbooks import read
from permissions.models import Organisation
from tests.races.conftest import ROUNDS
from tests.support.annex import annex_table, row
from tests.support.at_once import at_once

pytestmark = [pytest.mark.races, pytest.mark.django_db(transaction=True)]


def taken_twice(district, number=0):
    firm = f"株洲第{number}某某有限公司"
    reading = read(annex_table([row(name=f"演示·第{number}园", owners=firm)]), COLUMNS)

    def press():
        words = {"new_parties": [firm], "by": district.actor("gao"), "now": district.now}
        return operations_annex.import_projects(district.plan.pk, reading, **words)

    answers = at_once([press, press])
    lost = [answer for answer in answers if isinstance(answer, Exception)]
    assert Project.objects.filter(name=f"演示·第{number}园").count() == 1
    assert Organisation.objects.filter(name=firm).count() == 1
    assert [isinstance(each, Invalid) and each.code for each in lost] == ["import-has-problems"], (
        "the slower one is told nothing"
    )


@ROUNDS
def test_a_table_taken_twice_at_once_comes_in_once(district, rounds):
    for number in range(rounds):
        taken_twice(district, number)


def test_control_without_the_lock_of_the_plan_the_slower_one_runs_into_the_database(district, monkeypatch):
    barrier, judged = threading.Barrier(2), operations_annex.judged

    def meet(known, reading):
        found = judged(known, reading)
        barrier.wait(5)
        return found

    monkeypatch.setattr(operations_annex, "_locked_plan", lambda plan_id: Plan.objects.get(pk=plan_id))
    monkeypatch.setattr(operations_annex, "judged", meet)
    with pytest.raises(AssertionError, match="told nothing"):
        taken_twice(district)
