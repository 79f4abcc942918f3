"""A day judged by two workers is judged once; rules decided by two at the same instant are decided once."""

import threading
from datetime import date

import pytest
from django.db import IntegrityError

from flows.campaigns.models import Plan
from flows.journal.models import Entry
from flows.lights import operations, operations_schemes
from flows.lights.models import LightScheme, StatusLight
from hetang_flow.lib.errors import WrongState
from tests.races.conftest import ROUNDS
from tests.support.at_once import at_once
from tests.support.lit import BODY, scheme

pytestmark = [pytest.mark.races, pytest.mark.django_db(transaction=True)]
WHY = "与市里做法保持一致，先行试用。"


def judged_by_two(district, day):
    project = district.project(phase="fulfilled")
    call = lambda: operations.judge_day(district.plan.pk, day, now=district.now)  # noqa: E731
    answers = at_once([call, call])
    wrong = [answer for answer in answers if isinstance(answer, Exception)]
    assert not wrong, f"a worker failed: {wrong}"
    lights = StatusLight.objects.filter(day=day)
    assert sum(answers) == lights.count()
    assert lights.filter(project=project).count() == 1
    assert Entry.objects.filter(kind="lights.judged", facts__day=day.isoformat()).count() == 1


@ROUNDS
def test_two_workers_judge_a_day_once(district, rounds):
    scheme(district.plan)
    for number in range(rounds):
        judged_by_two(district, date(2023, 3, number + 1))


def test_control_without_the_lock_of_the_plan_a_worker_breaks_on_the_database(district, monkeypatch):
    scheme(district.plan)
    barrier, read = threading.Barrier(2), operations.inputs_of

    def read_then_meet(*args):
        found = read(*args)
        barrier.wait(5)
        return found

    monkeypatch.setattr(operations, "inputs_of", read_then_meet)
    monkeypatch.setattr(operations, "locked_plan", lambda plan_id: Plan.objects.get(pk=plan_id))
    with pytest.raises(AssertionError, match="a worker failed") as failed:
        judged_by_two(district, date(2023, 3, 1))
    assert IntegrityError.__name__ in str(failed.value)


def decided_by_two(district):
    newest = LightScheme.objects.filter(plan=district.plan).order_by("-number").first()
    words = {"name": "新方案", "source": "", "reason": WHY, "base_number": newest.number}
    gao, ma = district.actor("gao"), district.actor("ma")
    made = operations_schemes.propose_scheme(district.plan.pk, BODY, **words, by=gao, now=district.now)
    confirm = lambda: operations_schemes.confirm_scheme(made.public_id, by=ma, now=district.now)  # noqa: E731
    take_back = lambda: operations_schemes.decline_scheme(  # noqa: E731
        made.public_id, reason=WHY, by=gao, now=district.now
    )
    answers = at_once([confirm, take_back])
    lost = [answer for answer in answers if isinstance(answer, Exception)]
    told = len(lost) == 1 and isinstance(lost[0], WrongState) and lost[0].code == "scheme-decided-already"
    assert told, f"the slower one is not told who and when: {lost}"
    made.refresh_from_db()
    assert made.state == ("declined" if answers[0] is lost[0] else "published")


@ROUNDS
def test_confirmed_and_taken_back_at_once_it_is_one_of_the_two(district, rounds):
    scheme(district.plan)
    for _round in range(rounds):
        decided_by_two(district)


def test_control_without_the_lock_of_the_plan_the_slower_one_is_not_told(district, monkeypatch):
    scheme(district.plan)
    barrier, found = threading.Barrier(2), operations_schemes._proposed

    def find_then_meet(scheme_id):
        answer = found(scheme_id)
        barrier.wait(5)
        return answer

    monkeypatch.setattr(operations_schemes, "_proposed", find_then_meet)
    monkeypatch.setattr(operations_schemes, "locked_plan", lambda plan_id: Plan.objects.get(pk=plan_id))
    with pytest.raises(AssertionError, match="not told who and when"):
        decided_by_two(district)
