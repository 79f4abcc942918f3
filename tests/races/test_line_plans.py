"""Two people press at the same instant: one plan of a line is begun, one assessment; the slower one is told why."""

import threading

import pytest

from flows.campaigns.models import CampaignLine, Plan
from flows.targets.models import Assessment, LinePlan
from flows.targets.rules import assessment as assessment_rules
from flows.targets.rules import line_plans as line_plan_rules
from hetang_flow.lib.errors import WrongState
from tests.races.conftest import ROUNDS
from tests.support import assessing, filing
from tests.support.at_once import at_once

pytestmark = [pytest.mark.races, pytest.mark.django_db(transaction=True)]


def one_stands(answers, code):
    """What one of two wrote; the other was refused in words."""
    lost = [answer for answer in answers if isinstance(answer, Exception)]
    told = len(lost) == 1 and isinstance(lost[0], WrongState) and lost[0].code == code
    assert told, f"the slower one is not told why: {lost}"
    (won,) = (answer for answer in answers if answer is not lost[0])
    return won


def met(judge):
    """The same rule; whoever judged waits until the other has judged too."""
    barrier = threading.Barrier(2)

    def judge_then_meet(*args, **words):
        verdict = judge(*args, **words)
        barrier.wait(5)
        return verdict

    return judge_then_meet


def unlocked(monkeypatch, model):
    """Rows of this model are read as if nobody ever locked them."""
    monkeypatch.setattr(model.objects, "select_for_update", lambda **_words: model.objects.all())


# --- a line's plan ---


def file_together(district):
    pressed = [lambda name=name: filing.begun(district, name) for name in ("luo", "chen")]
    won = one_stands(at_once(pressed), "line-plan-open")
    assert LinePlan.objects.get(line=district.line, state="open") == won
    LinePlan.objects.filter(pk=won.pk).update(state="closed")


@ROUNDS
def test_officers_of_two_lead_departments_begin_one_plan_of_their_line(district, rounds):
    filing.furnish(district)
    for _round in range(rounds):
        file_together(district)


def test_control_without_the_lock_of_the_line_the_second_breaks_on_the_database(district, monkeypatch):
    filing.furnish(district)
    unlocked(monkeypatch, CampaignLine)
    monkeypatch.setattr(line_plan_rules, "may_file", met(line_plan_rules.may_file))
    with pytest.raises(AssertionError, match="not told why"):
        file_together(district)


# --- an assessment ---


def assess_together(district):
    pressed = [lambda name=name: assessing.begun(district, name) for name in ("gao", "ding")]
    won = one_stands(at_once(pressed), "assessment-begun")
    assert Assessment.objects.exclude(state="closed").get(plan=district.plan) == won
    Assessment.objects.filter(pk=won.pk).update(state="closed")


@ROUNDS
def test_two_of_the_campaign_office_begin_one_assessment(district, rounds):
    assessing.furnish(district)
    for _round in range(rounds):
        assess_together(district)


def test_control_without_the_lock_of_the_plan_the_second_breaks_on_the_database(district, monkeypatch):
    assessing.furnish(district)
    unlocked(monkeypatch, Plan)
    monkeypatch.setattr(assessment_rules, "may_start", met(assessment_rules.may_start))
    with pytest.raises(AssertionError, match="not told why"):
        assess_together(district)
