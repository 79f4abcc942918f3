"""拿回: undoing one's own decision while the next has not opened the matter."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from viewflow.workflow.status import STATUS

from hetang_flow.lib.errors import NotAllowed, WrongState
from permissions.actors import Actor

from .. import rules
from ..models import Assignment, Run, Step
from ..undoing import TAKEN_BACK, following, may_take_back, met, turned, without
from .move import Move, moving
from .reresolving import ASKED, follow


def take_back(run_id: UUID, assignment_id: int, *, by: Actor, now: datetime) -> Run:
    """拿回: my decision is undone and my share is open again; what it had opened is void, what it had closed waits again.

    Raises NotAllowed for somebody else's decision or the system's, WrongState when the next has opened it, an
    effect has happened, others were closed by it, or the step would stand without me.
    """
    with moving(run_id, by=by, now=now) as move:
        mine = move.task(assignment_id)
        step, steps = mine.step, move.all_steps()
        verdict = may_take_back(move.run, steps, move.shares, mine, by)
        verdict.or_raise(NotAllowed if verdict.code == "not-your-decision" else WrongState)
        move.act_in_post_of(mine)
        arranged = without(move.shares, mine)
        after, early = following(steps, move.shares, step), turned(move.shares, step, arranged)
        asked = [share for each in after for share in move.of(each) if share.status == rules.OPEN]
        told = move.people_of([*asked, *early])
        _put_away(early, rules.WAITING)
        if step.status == STATUS.DONE:
            _undo(move, step, after, met(steps, step))
        mine.decided = mine.decided_by_id = mine.decided_for_id = None
        mine.opinion, mine.status = "", rules.WAITING
        move.record("share.taken_back", step, post=mine.post.name, assignment=mine.pk)
        key = f"back:{mine.pk}:{now.timestamp()}"
        move.tell("step.taken_back", step, told - {by.user_id}, key=key, who=move.by.capacity)
        move.settle(step, tell="")
        # What is decided is not followed when people change, so it is made up for here.
        follow(move, [share for share in move.of(step) if share.status in ASKED])
        return move.run


def _undo(move: Move, step: Step, after: Sequence[Step], waited: Sequence[Step]) -> None:
    """Void what the step had opened and open it again, with the branches that passed a join when it closed."""
    if step.outcome == rules.REFUSED and any(each.round == move.run.round for each in after):
        move.run.round -= 1
    _put_away(
        [s for each in after for s in move.of(each) if s.status in rules.UNDECIDED or s.auto], rules.VOID
    )
    move.void(after, outcome=TAKEN_BACK)
    values = {"status": STATUS.NEW, "outcome": "", "finished": None}
    for each in (step, *waited):
        move.change_one(Step.objects.filter(pk=each.pk, status=STATUS.DONE), **values)
        each.status, each.outcome, each.finished = STATUS.NEW, "", None


def _put_away(shares: Sequence[Assignment], status: str) -> None:
    """Nobody is asked these any more, each only while it is still unopened: opening one at this instant wins."""
    rows = Assignment.objects.filter(pk__in=[share.pk for share in shares], seen_at=None)
    if shares and rows.update(status=status) != len(shares):
        raise WrongState("opened-already")
    for share in shares:
        share.status = share.kept["status"] = status
