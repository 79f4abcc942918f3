"""A parent and its sub-run at the same instant: the parent is locked first on every way, so nobody waits in a circle."""

import pytest
from django.db import connection

from flows.engine import operations as engine
from flows.engine.models import Run
from flows.engine.operations import move as engine_move
from flows.journal.selectors import verify
from hetang_flow.lib.errors import WrongState
from tests.support.at_once import at_once
from tests.support.trial.flow import Joint
from tests.support.trial.stage import REASON, begin

pytestmark = [pytest.mark.races, pytest.mark.django_db(transaction=True)]
ROUNDS = 20


def joint(district):
    """A matter whose sub-run lies with Ke while Lin has the matter itself."""
    trial = begin(district, Joint, right="lin").yes("chen")
    return trial, trial.below[0]


def press(trial, name, operation=engine.approve, **words):
    share, by, now = trial.share(name), trial.district.actor(name), trial.district.now
    return lambda: operation(trial.run.public_id, share.pk, by=by, now=now, **words)


def withdraw(trial):
    by, now = trial.district.actor("chen"), trial.district.now
    return lambda: engine.withdraw(trial.run.public_id, by=by, now=now, reason=REASON)


def fine(answers):
    """Whoever came second was told so by a refusal; nothing broke."""
    assert all(isinstance(answer, Run | WrongState) for answer in answers), answers
    return [isinstance(answer, Run) for answer in answers]


def withdrawn_against_the_sub_runs_approval(district):
    trial, below = joint(district)
    won = fine(at_once([withdraw(trial), press(below, "ke")]))
    assert won in ([True, False], [True, True])
    ended = ("withdrawn", "completed" if won[1] else "void")
    assert (trial.outcome, below.outcome) == ended
    assert trial.open == below.open == []
    return trial


def returned_against_the_sub_runs_approval(district):
    trial, below = joint(district)
    won = fine(at_once([press(trial, "lin", engine.return_to_initiator, reason=REASON), press(below, "ke")]))
    assert won[0]
    assert below.outcome == ("completed" if won[1] else "void")
    assert trial.open == ["draft"]
    return trial


def both_branches_at_once(district):
    trial, below = joint(district)
    assert fine(at_once([press(trial, "lin"), press(below, "ke")])) == [True, True]
    assert trial.open == ["close"], "both branches are done and nothing follows"
    assert trial.became("close") == ["NEW"]
    return trial


def suspended_against_the_sub_runs_refusal(district):
    trial, below = joint(district)
    by, now = district.actor("gao"), district.now
    suspend = lambda: engine.suspend(trial.run.public_id, reason=REASON, by=by, now=now)  # noqa: E731
    won = fine(at_once([suspend, press(below, "ke", engine.reject, reason=REASON)]))
    assert won[0]
    assert trial.open == (["draft"] if won[1] else ["inquiry", "right"])
    return trial


SCENES = [
    withdrawn_against_the_sub_runs_approval,
    returned_against_the_sub_runs_approval,
    both_branches_at_once,
    suspended_against_the_sub_runs_refusal,
]


@pytest.mark.parametrize("scene", SCENES, ids=lambda scene: scene.__name__)
def test_parent_and_sub_run_at_once_never_wait_for_each_other(district, scene):
    for _round in range(ROUNDS):
        assert verify(scene(district).run.chain_id)


def test_control_locking_the_sub_run_first_they_wait_in_a_circle(district, monkeypatch):
    """The mistake that the order prevents: a sub-run locks itself, then what is above it."""

    def child_first(run_id):
        run = Run.objects.select_for_update(no_key=True).get(public_id=run_id)
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_sleep(0.3)")
        above = Run.objects.select_for_update(no_key=True).filter(
            pk__in=Run.objects.filter(pk=run.pk).values("parent_step__process_id")
        )
        return list(above), run

    monkeypatch.setattr(engine_move, "locked_run", child_first)
    with pytest.raises(AssertionError, match="deadlock|lock timeout"):
        withdrawn_against_the_sub_runs_approval(district)
