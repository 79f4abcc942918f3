"""拿回: undoing one's own decision while the next has not opened the matter."""

from datetime import datetime
from uuid import UUID

from viewflow.workflow.status import PROCESS, STATUS

from hetang_flow.lib.errors import NotAllowed, WrongState
from permissions.actors import Actor

from .. import rules
from ..models import Assignment, Run, Step
from ..undoing import following, may_take_back
from .move import Move, moving


def take_back(run_id: UUID, assignment_id: int, *, by: Actor, now: datetime) -> Run:
    """拿回: my decision is undone and my share is open again; what it had opened is void.

    Raises NotAllowed for somebody else's decision or the system's, WrongState when the next has opened it, an
    effect has happened, others were closed by it, or the step would stand without me.
    """
    with moving(run_id, by=by, now=now) as move:
        mine = move.task(assignment_id)
        step = mine.step
        after = following(move.all_steps(), step)
        verdict = may_take_back(move.run, move.all_steps(), move.shares, mine, by)
        verdict.or_raise(NotAllowed if verdict.code == "not-your-decision" else WrongState)
        move.act_in_post_of(mine)
        told = _asked_next(move, after)
        _void_unseen(move, after)
        if step.status == STATUS.DONE:
            _reopen(move, step)
        mine.decided = mine.decided_by_id = mine.decided_for_id = None
        mine.opinion, mine.status = "", rules.WAITING
        move.record("share.taken_back", step, post=mine.post.name, assignment=mine.pk)
        move.tell(
            "step.taken_back", step, told, key=f"back:{mine.pk}:{now.timestamp()}", who=move.by.capacity
        )
        move.settle(step, tell="")
        return move.run


def _asked_next(move: Move, after: list[Step]) -> set[int | None]:
    shares = [share for each in after for share in move.of(each) if share.status == rules.OPEN]
    return move.people_of(shares)


def _void_unseen(move: Move, after: list[Step]) -> None:
    """Void the next steps, each share only while it is still unopened: opening one at this instant wins."""
    asked = [share for each in after for share in move.of(each) if share.status in rules.UNDECIDED]
    rows = Assignment.objects.filter(pk__in=[share.pk for share in asked], seen_at=None)
    if asked and rows.update(status=rules.VOID) != len(asked):
        raise WrongState("opened-already")
    for share in asked:
        share.status = share.kept["status"] = rules.VOID
    move.void(after)


def _reopen(move: Move, step: Step) -> None:
    move.change_one(
        Step.objects.filter(pk=step.pk, status=STATUS.DONE), status=STATUS.NEW, outcome="", finished=None
    )
    step.status, step.outcome, step.finished = STATUS.NEW, "", None
    move.run.round = step.round
    move.run.status = PROCESS.NEW
