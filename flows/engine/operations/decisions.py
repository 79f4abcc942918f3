"""Deciding: approve, complete, return. Each is one transaction under the Run's lock."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import BigIntegerField, Case, F, Value, When
from viewflow.workflow.status import PROCESS

from hetang_flow.lib.errors import Invalid, NotAllowed, WrongState
from permissions.actors import Actor

from .. import rules
from ..models import Assignment, Run, Step
from ..selectors_policy import policy_by_id
from .move import Move, acting_in, moving


def approve(run_id: UUID, assignment_id: int, *, by: Actor, now: datetime, opinion: str = "") -> Run:
    """同意: sign my share; the step passes when its policy is met.

    Raises NotAllowed for somebody else's share or one's own submission, WrongState with who and when for a
    lost race, Invalid for an opinion that is too long.
    """
    rules.text_is_short_enough(opinion).or_raise(Invalid)
    return _sign(run_id, assignment_id, rules.APPROVED, "share.approved", opinion, by=by, now=now)


def complete(run_id: UUID, assignment_id: int, *, by: Actor, now: datetime, opinion: str = "") -> Run:
    """报送: my work on this step is done; it goes on to the next. Raises as `approve` does."""
    rules.text_is_short_enough(opinion).or_raise(Invalid)
    return _sign(run_id, assignment_id, rules.DONE, "work.done", opinion, by=by, now=now)


def return_to_initiator(run_id: UUID, assignment_id: int, *, by: Actor, now: datetime, reason: str) -> Run:
    """退回: the matter goes back for correction in a new round; earlier signatures stay in the record.

    Raises Invalid unless the reason has six to five hundred characters; otherwise as `approve` does.
    """
    rules.reason_is_enough(reason).or_raise(Invalid)
    return _sign(run_id, assignment_id, rules.RETURNED, "step.returned", reason.strip(), by=by, now=now)


def _sign(run_id: UUID, assignment_id: int, said: str, kind: str, opinion: str, *, by: Actor, now: datetime):
    with moving(run_id, by=by, now=now) as move:
        step, shares, mine = move.load(assignment_id)
        judge(move, step, shares, mine, said)
        move.by = acting_in(by, mine)
        if said == rules.DONE and step.flow_task.ready:
            note = step.flow_task.ready(move)
            opinion = opinion or note
        decide_share(move, step, shares, mine, said, opinion)
        move.record(kind, step, opinion=opinion, post=mine.post.name, assignment=mine.pk)
        if move.settle(step, shares) != rules.PENDING and move.run.status == PROCESS.NEW:
            tell_initiator(move, step, said, opinion)
        return move.run


def judge(move: Move, step: Step, shares: list[Assignment], mine: Assignment, said: str) -> None:
    """Refuse what this person may not do now; a lost race is a wrong state, the rest is not allowed."""
    verdict = rules.may_act(move.standing(step, shares, mine))
    verdict.or_raise(WrongState if verdict.code in rules.LATE_CODES else NotAllowed)
    if step.flow_task.judges != (said in (rules.APPROVED, rules.RETURNED)):
        raise WrongState("decide-instead" if step.flow_task.judges else "nothing-to-decide")


def decide_share(
    move: Move, step: Step, shares: list[Assignment], mine: Assignment, said: str, opinion: str
) -> None:
    """Write my share; shares that lose their meaning with it read "done by other" (one statement)."""
    mine.status, mine.decided, mine.opinion = said, move.now, opinion
    mode = policy_by_id(step.policy_id).mode
    over = rules.tally(mode, [rules.Share(s.pk, s.status) for s in shares]) != rules.PENDING
    others = [s for s in shares if over and s is not mine and s.status == rules.OPEN]
    rows = Assignment.objects.filter(pk__in=[mine.pk, *(s.pk for s in others)], status=rules.OPEN)

    def mine_only(name: str, value: Any) -> Case:
        field = Assignment._meta.get_field(name)
        kept = F(name) if name != "status" else Value(rules.MOOT)
        output = BigIntegerField() if field.is_relation else field.__class__()
        return Case(When(pk=mine.pk, then=Value(value)), default=kept, output_field=output)

    changed = rows.update(
        status=mine_only("status", said),
        decided=mine_only("decided", move.now),
        decided_by=mine_only("decided_by", move.by.user_id),
        opinion=mine_only("opinion", opinion),
    )
    if changed != 1 + len(others):
        raise WrongState("changed-meanwhile")
    for share in others:
        share.status = rules.MOOT


def tell_initiator(move: Move, step: Step, said: str, opinion: str) -> None:
    """The initiator learns what became of the step, unless it was their own act."""
    run = move.run
    if run.initiator_id == move.by.user_id:
        return
    kind = "step.returned" if said == rules.RETURNED else "run.decided"
    facts = {"who": move.by.capacity or move.by.name, "reason": opinion}
    move.tell(kind, step, [run.initiator_id], key=f"{kind}:{step.pk}", **facts)
