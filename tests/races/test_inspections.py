"""Two inspectors, two persons, two workers at one visit at the same instant: one result, and who was slower is told."""

import threading

import pytest

from flows.engine.models import Assignment, Run
from flows.engine.operations import move as engine_move
from flows.inspections import following, opening, operations_visit, rules
from flows.inspections.models import Finding, Opened, Visit
from flows.journal.models import Entry
from flows.journal.selectors import verify
from flows.obstacles.models import Obstacle
from hetang_flow.lib.errors import WrongState
from tests.support import inspected, obstructed
from tests.support.at_once import at_once
from tests.support.inspected import FIRST, FOUND, announced, handed, noted, reported

pytestmark = [pytest.mark.races, pytest.mark.django_db(transaction=True)]
ROUNDS = 5


@pytest.fixture
def inspecting(district):
    return inspected.prepare(obstructed.prepare(district))


def entries(visit, kind):
    return Entry.objects.filter(run_id=visit.run_id, kind=kind).count()


def handed_in_by_two(district):
    """Both inspectors hand the same visit in: it stands once, and the slower one is told."""
    visit = handed(district)
    noted(district, visit)

    def press(name):
        by = district.actor(name)
        return lambda: operations_visit.report_visit(
            visit.public_id, visited_on=FIRST, nothing_found=False, by=by, now=district.now
        )

    answers = at_once([press("ma"), press("hao")])
    told = [answer for answer in answers if not isinstance(answer, Visit)]
    assert len(told) == 1, "handed in twice"
    assert isinstance(told[0], WrongState), f"not told: {told[0]!r}"
    assert entries(visit, "inspection.reported") == entries(visit, "work.done") - 1 == 1
    assert visit.run.task_set.filter(status="NEW").count() == 1
    assert verify(visit.project.chain_id)


def noted_while_handed_in(district):
    """One notes something while the other hands in: it is in the visit that was handed in, or it is refused."""
    visit = handed(district)
    noted(district, visit)
    hao, ma = district.actor("hao"), district.actor("ma")
    said = operations_visit.Noted(FOUND, district.units["serving"].code)

    def note():
        return operations_visit.note_finding(visit.public_id, said, by=hao, now=district.now)

    def report():
        return operations_visit.report_visit(
            visit.public_id, visited_on=FIRST, nothing_found=False, by=ma, now=district.now
        )

    answer, done = at_once([note, report])
    assert isinstance(done, Visit), f"not handed in: {done!r}"
    count = Finding.objects.filter(visit=visit).count()
    assert count == (2 if isinstance(answer, Finding) else 1)
    assert isinstance(answer, (Finding, WrongState)), f"not told: {answer!r}"
    facts = Entry.objects.get(run_id=visit.run_id, kind="inspection.reported").facts
    assert facts["findings"] == count, "handed in without it"


def opened_by_two(district):
    """Both open an obstacle of the same finding: one obstacle, one link."""
    finding = reported(district).findings.get()

    def press(name):
        by, typed = district.actor(name), {"kind": "other", "title": "现场防护不到位"}
        return lambda: following.open_from_finding(
            finding.public_id, "obstacle", typed, by=by, now=district.now
        )

    answers = at_once([press("ma"), press("hao")])
    told = [answer for answer in answers if not isinstance(answer, Opened)]
    assert len(told) == 1, "opened twice"
    assert isinstance(told[0], WrongState), f"not told: {told[0]!r}"
    assert Obstacle.objects.filter(project=finding.visit.project).count() == 1, "opened twice"


def opened_by_two_workers(district):
    """Two workers open the same visit: one run."""
    visit = announced(district).visits.get()

    def work():
        return opening.open_one(visit.pk, now=district.now)

    assert sorted(at_once([work, work])) == [False, True]
    assert Run.objects.filter(inspection=visit).count() == 1


SCENES = [handed_in_by_two, noted_while_handed_in, opened_by_two, opened_by_two_workers]


@pytest.mark.parametrize("scene", SCENES, ids=lambda scene: scene.__name__)
def test_a_race_has_one_result_every_time(inspecting, scene):
    for _round in range(ROUNDS):
        scene(inspecting)


@pytest.fixture
def without_the_lock(monkeypatch):
    """Nobody locks the run, nobody looks at what is there when writing, and both have read before either writes."""
    meet = threading.Barrier(2)
    may_report = rules.may_report

    def unlocked(run_id):
        run = Run.objects.get(public_id=run_id)
        run.calendar_version, run.parent_id = None, None
        return [], run

    def meet_then_judge(*facts, **more):
        meet.wait(10)
        return may_report(*facts, **more)

    def write_all(move, shares):
        for share in shares:
            Assignment.objects.filter(pk=share.pk).update(status=share.status, decided=share.decided)

    monkeypatch.setattr(engine_move, "locked_run", unlocked)
    monkeypatch.setattr(engine_move.Move, "change_one", staticmethod(lambda rows, **new: rows.update(**new)))
    monkeypatch.setattr(engine_move.Move, "write", write_all)
    monkeypatch.setattr(rules, "may_report", meet_then_judge)


def test_control_without_the_lock_two_inspectors_hand_in_twice(inspecting, without_the_lock):
    with pytest.raises(AssertionError, match="handed in twice|not told"):
        handed_in_by_two(inspecting)


def test_control_without_the_constraint_two_obstacles_are_opened(inspecting, monkeypatch):
    """The look before the lock alone does not keep two apart."""
    meet = threading.Barrier(2)
    judged = following.judged

    def judged_together(*facts):
        found = judged(*facts)
        meet.wait(10)
        return found

    monkeypatch.setattr(following, "judged", judged_together)
    monkeypatch.setattr(Opened.objects, "create", lambda **columns: Opened(**columns))
    with pytest.raises(AssertionError, match="opened twice"):
        opened_by_two(inspecting)
