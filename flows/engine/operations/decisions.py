"""Deciding: approve, reject, complete, return. Each is one transaction under the Run's lock."""

from collections.abc import Callable
from datetime import datetime
from uuid import UUID

from viewflow.workflow.status import PROCESS

from hetang_flow.lib.errors import Invalid, NotAllowed, WrongState
from permissions.actors import Actor

from .. import rules
from ..models import Assignment, Run
from ..selectors_steps import returnable
from .move import Move, moving


def approve(run_id: UUID, assignment_id: int, *, by: Actor, now: datetime, opinion: str = "") -> Run:
    """同意: sign my share; the step passes when its policy is met.

    Raises NotAllowed for somebody else's share or one's own submission, WrongState with who and when for a
    lost race, Invalid for an opinion that is too long.
    """
    rules.text_is_short_enough(opinion).or_raise(Invalid)
    return _sign(run_id, assignment_id, rules.APPROVED, "share.approved", opinion, by=by, now=now)


def reject(run_id: UUID, assignment_id: int, *, by: Actor, now: datetime, reason: str) -> Run:
    """不同意: my vote is no. Whether that ends the step at once or is counted, the policy says.

    Raises Invalid unless the reason has six to five hundred characters; otherwise as `approve` does.
    """
    rules.reason_is_enough(reason).or_raise(Invalid)
    return _sign(run_id, assignment_id, rules.REJECTED, "share.rejected", reason.strip(), by=by, now=now)


def complete(
    run_id: UUID,
    assignment_id: int,
    *,
    by: Actor,
    now: datetime,
    opinion: str = "",
    first: Callable[[Move], None] | None = None,
) -> Run:
    """报送: my work on this step is done; it goes on to the next. Raises as `approve` does.

    `first(move)` writes what the work consists of: under the Run's lock, once it is certain that this person may.
    """
    rules.text_is_short_enough(opinion).or_raise(Invalid)
    return _sign(run_id, assignment_id, rules.DONE, "work.done", opinion, by=by, now=now, first=first)


def return_to_initiator(run_id: UUID, assignment_id: int, *, by: Actor, now: datetime, reason: str) -> Run:
    """退回: the matter goes back along the flow's own way, in a new round; earlier signatures stay in the record.

    Raises Invalid unless the reason has six to five hundred characters; otherwise as `approve` does.
    """
    rules.reason_is_enough(reason).or_raise(Invalid)
    return _sign(run_id, assignment_id, rules.RETURNED, "step.returned", reason.strip(), by=by, now=now)


def return_to(
    run_id: UUID, assignment_id: int, step_id: int, *, resume: bool, by: Actor, now: datetime, reason: str
) -> Run:
    """驳回到节点: back to an executed step upstream; open siblings behind it are void.

    Afterwards everything in between is walked again, or, with `resume`, the matter comes straight back here.
    Raises WrongState("not-a-way-back") for a step that is not upstream; otherwise as `return_to_initiator`.
    """
    rules.reason_is_enough(reason).or_raise(Invalid)
    return _sign(
        run_id, assignment_id, rules.RETURNED, "step.returned", reason.strip(), by=by, now=now,
        back=(step_id, resume),
    )  # fmt: skip


def _sign(
    run_id: UUID,
    assignment_id: int,
    said: str,
    kind: str,
    opinion: str,
    *,
    by: Actor,
    now: datetime,
    back=None,
    first: Callable[[Move], None] | None = None,
) -> Run:
    with moving(run_id, by=by, now=now) as move:
        mine = move.task(assignment_id)
        step = mine.step
        judge(move, mine, said)
        move.act_in_post_of(mine)
        facts = {"post": mine.post.name, "assignment": mine.pk}
        if first:
            first(move)
        if said == rules.DONE and step.flow_task.ready:
            note = step.flow_task.ready(move)
            opinion = opinion or note
        if back:
            facts |= _aim(move, mine, *back)
        decide(move, mine, said, opinion)
        move.record(kind, step, opinion=opinion, **facts)
        tell_initiator(move, mine, move.settle(step), opinion)
        return move.run


def judge(move: Move, mine: Assignment, said: str) -> None:
    """Refuse what this person may not do now; a lost race is a wrong state, the rest is not allowed."""
    at = move.standing(mine)
    verdict = rules.may_act(at) if at.role == rules.SIGN else rules.may_use(at, "sign")
    verdict.or_raise(WrongState if verdict.code in rules.LATE_CODES else NotAllowed)
    judges = mine.step.flow_task.judges
    if judges != (said in (rules.APPROVED, rules.REJECTED, rules.RETURNED)):
        raise WrongState("decide-instead" if judges else "nothing-to-decide")
    if said == rules.RETURNED:
        rules.may_use(at, "return").or_raise()


def decide(move: Move, mine: Assignment, said: str, opinion: str) -> None:
    """Put my decision on my share; `settle` writes it."""
    mine.status, mine.decided, mine.decided_by_id, mine.opinion = said, move.now, move.by.user_id, opinion
    if move.on_behalf_of is not None:
        mine.decided_for_id = move.on_behalf_of.user_id


def _aim(move: Move, mine: Assignment, step_id: int, resume: bool) -> dict[str, str | bool]:
    """Where a return leads, once it is certain that it may."""
    target = next((step for step in returnable(move.run, mine.step) if step.pk == step_id), None)
    if target is None:
        raise WrongState("not-a-way-back")
    move.back = (target, resume)
    return {"to": target.flow_task.name, "resume": resume}


def tell_initiator(move: Move, mine: Assignment, result: str, opinion: str) -> None:
    """The initiator learns what became of the step, unless it was their own act or the run is over with it."""
    run = move.run
    if result == rules.PENDING or run.status != PROCESS.NEW or run.initiator_id == move.by.user_id:
        return
    kind = "run.decided" if result == rules.GRANTED else "step.returned"
    facts = {"who": move.by.capacity or move.by.name, "reason": opinion}
    key = f"{kind}:{mine.pk}:{move.now.timestamp()}"
    move.tell(kind, mine.step, [run.initiator_id], key=key, **facts)
