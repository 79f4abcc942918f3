"""Starting a run, and taking it back while nobody has signed."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from viewflow.workflow.status import PROCESS

from hetang_flow.lib.errors import Invalid, NotAllowed, WrongState
from permissions.actors import SYSTEM, Actor
from permissions.selectors import holders_of

from .. import rules
from ..flows import Flow
from ..judging import may_withdraw
from ..models import Run
from ..selectors_policy import current_versions
from .move import Move, moving


@transaction.atomic
def start_run(
    flow_class: type[Flow],
    *,
    title: str,
    label: str,
    code: str,
    chain_id: int,
    by: Actor,
    now: datetime,
    before_first_step=None,
) -> Run:
    """Start a flow in the capacity of `by.acting`, or as the system; the run keeps the policy versions of this moment.

    `before_first_step(run)` may write rows that the first step's resolver reads. A run of the system has no
    initiator: nobody withdraws it, and a step that asks the initiator is an empty post. Raises NotAllowed for a
    person without a post.
    """
    if by != SYSTEM and (by.acting is None or by.user_id is None):
        raise NotAllowed("no-post")
    move = Move(by=by, now=now)
    run = flow_class.start.run(
        move=move,
        title=title,
        label=label,
        code=code,
        chain_id=chain_id,
        initiator_id=by.user_id,
        initiator_post_id=by.acting.id if by.acting else None,
        created=now,
        policies=current_versions(flow_class.policy_keys()),
        on_saved=before_first_step,
    )
    move.entries.insert(0, (chain_id, move.draft("run.started", None)))
    move.flush()
    return run


def start_beside(move: Move, flow_class: type[Flow], **fields: Any) -> Run:
    """Start a run of the system within an operation on another one; record and notices are written together."""
    other = move.beside()
    other.by, other.on_behalf_of = SYSTEM, None
    then = fields.pop("before_first_step", None)

    def saved(run: Run) -> None:
        other.record("run.started", None)
        if then:
            then(run)

    return flow_class.start.run(
        move=other,
        created=move.now,
        policies=current_versions(flow_class.policy_keys()),
        on_saved=saved,
        **fields,
    )


def withdraw(run_id: UUID, *, by: Actor, now: datetime, reason: str) -> Run:
    """撤回: whoever holds the post it was started from stops the run while nobody has signed in this round.

    Nothing is deleted. Raises Invalid for a short reason, NotAllowed or WrongState with the reason why not.
    """
    rules.reason_is_enough(reason).or_raise(Invalid)
    with moving(run_id, by=by, now=now) as move:
        run = move.run
        post = run.initiator_post_id
        holds = post is not None and by.user_id in holders_of([post], at=now).get(post, [])
        verdict = may_withdraw(run, move.load(), is_initiator=holds)
        verdict.or_raise(NotAllowed if verdict.code == "not-initiator" else WrongState)
        move.by = by.in_post(post)
        people = move.people_of([s for s in move.shares if s.status == rules.OPEN]) - {by.user_id}
        move.record("run.withdrawn_by", None, opinion=reason.strip())
        move.void(move.open_steps())
        move.end_run(PROCESS.CANCELED, "withdrawn")
        move.tell("run.withdrawn", None, people, key=f"withdrawn:{run.pk}:{run.round}")
        run.flow_class.instance.on_closed(move)
        return run


def close_by_system(run_id: UUID, *, now: datetime, why: str) -> Run:
    """End a run that has lost its ground (its demonstration was removed); recorded as the system's act."""
    with moving(run_id, by=SYSTEM, now=now) as move:
        if move.run.status == PROCESS.NEW:
            move.void(move.open_steps())
            move.record("run.closed_by_system", None, why=why)
            move.end_run(PROCESS.CANCELED, "closed")
            move.run.flow_class.instance.on_closed(move)
        return move.run
