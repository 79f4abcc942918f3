"""拿回: undoing one's own decision while the next has not opened the matter."""

from dataclasses import replace
from datetime import datetime
from uuid import UUID

from viewflow.workflow.status import PROCESS, STATUS

from hetang_flow.lib.errors import NotAllowed, WrongState
from permissions.actors import Actor

from .. import rules
from ..models import Assignment, Run, Step
from ..nodes import Effect, End, Human
from ..selectors_policy import policy_by_id
from ..standing import matter
from .move import Move, moving


def take_back(run_id: UUID, assignment_id: int, *, by: Actor, now: datetime) -> Run:
    """拿回: my decision is undone and my share is open again; what it had opened is void.

    Raises NotAllowed for somebody else's decision or the system's, WrongState when the next has opened it, an
    effect has happened, others were closed by it, or the step would stand without me.
    """
    with moving(run_id, by=by, now=now) as move:
        mine = move.task(assignment_id)
        step = mine.step
        following = _following(move, step)
        arranged = _without(move, mine)
        verdict = rules.may_take_back(
            decided_by_me=mine.decided_by_id == by.user_id and mine.status in _UNDOABLE,
            automatic=bool(mine.auto),
            matter=matter(move.run),
            seen=_seen(move, step, following, arranged),
            irreversible=step.status == STATUS.DONE and irreversible(step),
            stands_without=step.status == STATUS.DONE and arranged.result != rules.PENDING,
            others_closed=_closed_others(move, step),
            superseded=_superseded(step, following),
        )
        verdict.or_raise(NotAllowed if verdict.code == "not-your-decision" else WrongState)
        move.act_in_post_of(mine)
        told = _asked_next(move, following)
        _void_unseen(move, following)
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


_UNDOABLE = rules.SAID_YES | rules.SAID_NO


def irreversible(step: Step) -> bool:
    """Whether something that cannot be undone happens between this step and the next people."""
    seen, frontier = set(), [step.flow_task]
    while frontier:
        for edge in frontier.pop()._outgoing():
            node = edge.dst
            refused = edge.edge_class == "cond_false"
            if node in seen or refused != (edge.src is step.flow_task and step.outcome == rules.REFUSED):
                continue
            seen.add(node)
            if isinstance(node, Human | End):
                continue
            if not isinstance(node, Effect) and node.task_type in ("SUBPROCESS", "DELAY", "TRIGGER"):
                return True
            if isinstance(node, Effect) and not node.reversible:
                return True
            frontier.append(node)
    return False


def _following(move: Move, step: Step) -> list[Step]:
    """What was entered from this step after its last closing (one statement)."""
    found = Step.objects.filter(
        process=move.run, previous_step=step, created__gte=step.finished or step.created
    )
    steps = [move.steps.setdefault(each.pk, each) for each in found]
    for each in steps:
        each.process = move.run
    return steps if step.status == STATUS.DONE else []


def _superseded(step: Step, following: list[Step]) -> bool:
    if step.status == STATUS.NEW:
        return False
    return step.status != STATUS.DONE or any(each.status != STATUS.NEW for each in following)


def _without(move: Move, mine: Assignment) -> rules.Arrangement:
    """How the step would stand if I had not decided."""
    shares = [share.as_share() for share in move.of(mine.step) if share is not mine]
    undone = replace(mine.as_share(), status=rules.WAITING)
    return rules.arrange(policy_by_id(mine.step.policy_id).terms, [*shares, undone])


def _seen(move: Move, step: Step, following: list[Step], arranged: rules.Arrangement) -> bool:
    """Whether somebody whose turn came by my decision has opened or used it."""
    if step.status == STATUS.NEW:
        losing = [
            s for s in move.of(step) if s.status == rules.OPEN and arranged.statuses.get(s.pk) != rules.OPEN
        ]
        return any(share.seen_at for share in losing)
    next_ones = [share for each in following for share in move.of(each)]
    return any(share.seen_at or share.status in rules.DECIDED for share in next_ones)


def _closed_others(move: Move, step: Step) -> bool:
    """Whether open siblings were swept away when this step was returned."""
    if step.outcome != rules.REFUSED:
        return False
    swept = Step.objects.filter(process=move.run, status=STATUS.CANCELED, finished=step.finished)
    return swept.exists()


def _asked_next(move: Move, following: list[Step]) -> set[int | None]:
    shares = [share for each in following for share in move.of(each) if share.status == rules.OPEN]
    return move.people_of(shares)


def _void_unseen(move: Move, following: list[Step]) -> None:
    """Void the next steps, each share only while it is still unopened: opening one at this instant wins."""
    asked = [share for each in following for share in move.of(each) if share.status in rules.UNDECIDED]
    rows = Assignment.objects.filter(pk__in=[share.pk for share in asked], seen_at=None)
    if asked and rows.update(status=rules.VOID) != len(asked):
        raise WrongState("opened-already")
    for share in asked:
        share.status = share.kept["status"] = rules.VOID
    move.void(following)


def _reopen(move: Move, step: Step) -> None:
    move.change_one(
        Step.objects.filter(pk=step.pk, status=STATUS.DONE), status=STATUS.NEW, outcome="", finished=None
    )
    step.status, step.outcome, step.finished = STATUS.NEW, "", None
    move.run.round = step.round
    move.run.status = PROCESS.NEW
