"""Two people, or two workers, at one case at the same instant: one result, and who was slower is told."""

import threading
from functools import partial

import pytest

from flows.discipline import effects, opening, operations
from flows.discipline.models import Case, Commission, Letter, Word
from flows.engine.models import Assignment, Run
from flows.engine.operations import move as engine_move
from flows.journal.models import Entry
from flows.journal.selectors import verify
from flows.projects.models import ProjectLeader
from hetang_flow.lib.errors import WrongState
from tests.support import confided
from tests.support.at_once import at_once
from tests.support.confided import REASON, accepted, entered_clue, person

pytestmark = [pytest.mark.races, pytest.mark.django_db(transaction=True)]
ROUNDS = 3


@pytest.fixture
def confiding(district):
    return confided.furnish(district)


def entries(case, kind):
    return Entry.objects.filter(chain=case.chain, kind=kind).count()


def proposed_by_two(district, case=None):
    """Both handlers propose another disposition: one stands, with one leader who is asked, and the slower is told."""
    case = case or accepted(district, entered_clue(district), "xu", "jin")

    def press(name, disposition):
        by = district.actor(name)
        return lambda: operations.propose(
            case.public_id, disposition=disposition, reason=REASON, by=by, now=district.now
        )

    answers = at_once([press("xu", "inquiry"), press("jin", "verification")])
    told = [answer for answer in answers if not isinstance(answer, Case)]
    assert len(told) == 1, "proposed twice"
    assert isinstance(told[0], WrongState), f"not told: {told[0]!r}"
    case.refresh_from_db()
    assert Word.objects.filter(case=case, kind="propose").count() == 1
    assert confided.asked(case) == [case.disposition.approver.name.split()[-1]]
    assert case.admissions.filter(role="approver", until=None).get().post == case.disposition.approver
    assert not verify(case.chain_id).broken


def test_two_handlers_proposing_at_once_leave_one_proposal(confiding):
    for _each in range(ROUNDS):
        proposed_by_two(confiding)


@pytest.fixture
def without_the_lock(monkeypatch):
    """Nobody locks the run, nobody looks at what is there when writing, and both have read before either writes."""
    meet = threading.Barrier(2)
    read, met = effects.of_run, threading.local()

    def unlocked(run_id):
        run = Run.objects.get(public_id=run_id)
        run.calendar_version, run.parent_id = None, None
        return [], run

    def read_then_meet(move):
        case = read(move)
        if not hasattr(met, "once"):
            met.once = True
            meet.wait(10)
        return case

    def write_all(move, shares):
        for share in shares:
            Assignment.objects.filter(pk=share.pk).update(status=share.status, decided=share.decided)

    monkeypatch.setattr(engine_move, "locked_run", unlocked)
    monkeypatch.setattr(engine_move.Move, "change_one", staticmethod(lambda rows, **new: rows.update(**new)))
    monkeypatch.setattr(engine_move.Move, "write", write_all)
    return lambda: monkeypatch.setattr(effects, "of_run", read_then_meet)


def test_control_without_the_lock_two_handlers_propose_twice(confiding, without_the_lock):
    case = accepted(confiding, entered_clue(confiding), "xu", "jin")
    without_the_lock()
    with pytest.raises(AssertionError, match="proposed twice|not told"):
        proposed_by_two(confiding, case)


def test_two_workers_open_one_case_of_a_referral(confiding):
    row = Commission.objects.get(plan=confiding.plan)
    Commission.objects.filter(pk=row.pk).delete()
    confided.weighed(confiding, confided.proposed_referral(confiding), "tao", gravity="grave")
    row.save(force_insert=True)
    answers = at_once([lambda: opening.open_waiting(now=confiding.now) for _each in range(3)])
    assert sorted(answers) == [0, 0, 1]
    assert Case.objects.count() == 1


def test_taken_in_while_it_goes_to_the_city_it_is_at_the_city_or_taken_in_first(confiding):
    project = confiding.project()
    for _each in range(ROUNDS):
        case = entered_clue(confiding, project=project.code)
        leads = ProjectLeader.objects.create(
            project=project, post=confiding.posts["shu"], level=ProjectLeader.Level.DISTRICT, order=9
        )
        by = confiding.actor("yin")
        said = {"accept": True, "handlers": [person(confiding, "xu")], "reason": REASON, "by": by}
        answers = at_once(
            [
                partial(operations.recuse_anew, now=confiding.now),
                partial(operations.take_in, case.public_id, now=confiding.now, **said),
            ]
        )
        case.refresh_from_db()
        assert not isinstance(answers[1], Case)
        assert (case.state, Letter.objects.filter(case=case).count()) == ("handed", 1)
        assert entries(case, "discipline.handed") == 1
        leads.delete()
