"""Two people at the same instant: one result, and the loser learns who and when. Each with its control."""

import threading

import pytest

from flows.engine import operations as engine
from flows.engine.models import Assignment, Policy, Run, Step
from flows.engine.operations import move as engine_move
from flows.engine.selectors_policy import policy_by_id
from flows.journal.models import Entry
from flows.projects.models import Project
from hetang_flow.lib.errors import WrongState
from tests.races.conftest import ROUNDS
from tests.support.at_once import at_once

pytestmark = [pytest.mark.races, pytest.mark.django_db(transaction=True)]
REASON = "未附签章页，请补正。"


@pytest.fixture
def without_the_lock(monkeypatch):
    """The same operations on an unlocked Run, both reading before either writes: the mistake the lock prevents."""
    meet = threading.Barrier(2)
    load = engine_move.Move.load

    def load_then_meet(self):
        found = load(self)
        if threading.current_thread() is not threading.main_thread():
            meet.wait(10)
        return found

    monkeypatch.setattr(engine_move, "locked_run", lambda run_id: ([], Run.objects.get(public_id=run_id)))
    monkeypatch.setattr(engine_move.Move, "load", load_then_meet)


def at_approval(district, mode):
    """A milestone both contact leaders are asked about."""
    Policy.objects.filter(key="milestone.approve").update(mode=mode)
    policy_by_id.cache_clear()
    milestone = district.submitted()
    lin = district.share(milestone.run, "lin")
    engine.approve(milestone.run.public_id, lin.pk, by=district.actor("lin"), now=district.now)
    return milestone


def press(district, run, name, share=None):
    share, by = share or district.share(run, name), district.actor(name)
    return lambda: engine.approve(run.public_id, share.pk, by=by, now=district.now)


def send_back(district, run, name):
    share, by = district.share(run, name), district.actor(name)
    return lambda: engine.return_to_initiator(run.public_id, share.pk, by=by, now=district.now, reason=REASON)


def winners(answers):
    return [answer for answer in answers if isinstance(answer, Run)]


def losers(answers):
    return [answer for answer in answers if not isinstance(answer, Run)]


def told_who_and_when(answer):
    return (
        isinstance(answer, WrongState)
        and answer.code == "already-decided"
        and answer.facts["who"]
        and answer.facts["when"]
    )


def signatures(run):
    return Entry.objects.filter(run_id=run.pk, kind__in=["share.approved", "step.returned"]).count()


def open_steps(run):
    return Step.objects.filter(process=run, status="NEW", policy__isnull=False).count()


def one_of_two_leaders(district):
    """Any one leader is enough; both press."""
    milestone = at_approval(district, "any_of")
    run = milestone.run
    answers = at_once([press(district, run, "zhao"), press(district, run, "qian")])
    assert len(winners(answers)) == 1
    assert told_who_and_when(losers(answers)[0]), "the loser is not told who and when"
    assert signatures(run) == 2
    assert Project.objects.get(pk=milestone.project_id).phase == "fulfilled"


def both_leaders(district):
    """Both are needed and press together: the second to come moves the project, once."""
    milestone = at_approval(district, "all_of")
    run = milestone.run
    answers = at_once([press(district, run, "zhao"), press(district, run, "qian")])
    assert len(winners(answers)) == 2
    moved = Project.objects.get(pk=milestone.project_id).phase == "fulfilled"
    assert moved, "both have signed and nothing follows"
    assert Entry.objects.filter(run_id=run.pk, kind="project.moved").count() == 1


def approve_against_return(district):
    """One approves, the other returns: either the project moves or a new round begins, never both."""
    milestone = at_approval(district, "any_of")
    run = milestone.run
    answers = at_once([press(district, run, "zhao"), send_back(district, run, "qian")])
    assert len(winners(answers)) == 1
    assert told_who_and_when(losers(answers)[0]), "the loser is not told who and when"
    run.refresh_from_db()
    moved = Project.objects.get(pk=milestone.project_id).phase == "fulfilled"
    assert (moved, run.round, open_steps(run)) in ((True, 1, 0), (False, 2, 1))


def double_click(district):
    """One leader's two clicks are one decision."""
    milestone = at_approval(district, "any_of")
    run, share = milestone.run, district.share(milestone.run, "zhao")
    answers = at_once([press(district, run, "zhao", share), press(district, run, "zhao", share)])
    assert len(winners(answers)) == 1
    assert told_who_and_when(losers(answers)[0]), "the loser is not told who and when"
    assert signatures(run) == 2
    assert Assignment.objects.filter(run=run, status="approved").count() == 2


SCENES = [one_of_two_leaders, both_leaders, approve_against_return, double_click]


@ROUNDS
@pytest.mark.parametrize("scene", SCENES, ids=lambda scene: scene.__name__)
def test_a_race_has_one_result_every_time(district, scene, rounds):
    for _round in range(rounds):
        scene(district)


DAMAGE = {
    both_leaders: "both have signed and nothing follows",
    # Here the compare-and-set of the share is the second net: one result, but the loser learns neither who nor when.
    one_of_two_leaders: "the loser is not told who and when",
    approve_against_return: "the loser is not told who and when",
    double_click: "the loser is not told who and when",
}


@pytest.mark.parametrize("scene", SCENES, ids=lambda scene: scene.__name__)
def test_control_without_the_lock_the_same_scene_goes_wrong(district, without_the_lock, scene):
    with pytest.raises(AssertionError, match=DAMAGE[scene]):
        scene(district)
