"""Asking others for their opinion while the decision stays mine: delegate, consult, advise."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from hetang_flow.lib.errors import Invalid, NotAllowed, WrongState
from permissions.actors import Actor

from .. import resolvers, rules
from ..models import Assignment, Run
from .move import Move, moving
from .signers import targets, usable


def delegate(
    run_id: UUID, assignment_id: int, post_id: int, *, question: str, by: Actor, now: datetime
) -> Run:
    """委派: another looks into it first; my share waits, comes back with the opinion, and I decide.

    Raises NotAllowed("not-by-this-policy") or for an empty post, WrongState for a lost race.
    """
    rules.reason_is_enough(question).or_raise(Invalid)
    with moving(run_id, by=by, now=now) as move:
        mine = usable(move, assignment_id, "delegate")
        return _ask(move, mine, [post_id], question, kind="share.delegated", blocks=True)


def consult(
    run_id: UUID, assignment_id: int, post_ids: Sequence[int], *, question: str, by: Actor, now: datetime
) -> Run:
    """征询: ask others for comments by name; the task stays mine and does not wait. Raises as `delegate` does."""
    rules.reason_is_enough(question).or_raise(Invalid)
    with moving(run_id, by=by, now=now) as move:
        mine = usable(move, assignment_id, "consult")
        return _ask(move, mine, post_ids, question, kind="share.consulted", blocks=False)


def _ask(
    move: Move, mine: Assignment, post_ids: Sequence[int], question: str, *, kind: str, blocks: bool
) -> Run:
    asked = targets(move, mine, post_ids, role=rules.ADVISE)
    move.act_in_post_of(mine)
    move.add([_advice(move, mine, signer, question.strip(), blocks) for signer in asked])
    move.record(kind, mine.step, opinion=question.strip(), posts=[signer.post.name for signer in asked])
    move.settle(mine.step)
    return move.run


def _advice(
    move: Move, mine: Assignment, signer: resolvers.Signer, question: str, blocks: bool
) -> Assignment:
    return Assignment(
        run=move.run,
        step=mine.step,
        post_id=signer.post.id,
        handed_to_id=signer.handed_to,
        role=rules.ADVISE,
        root_id=mine.pk,
        blocks=blocks,
        order=mine.order + 1,
        asked_by_id=move.by.user_id,
        why=question,
        status=rules.WAITING,
        opened=move.now,
    )


def advise(run_id: UUID, assignment_id: int, *, opinion: str, by: Actor, now: datetime) -> Run:
    """答复征询: give the opinion I was asked for; whoever asked is told and decides.

    Raises Invalid without words, NotAllowed for a share that asks for no opinion, WrongState for a lost race.
    """
    if not opinion.strip():
        raise Invalid("opinion-missing")
    rules.text_is_short_enough(opinion).or_raise(Invalid)
    with moving(run_id, by=by, now=now) as move:
        mine = move.task(assignment_id)
        verdict = rules.may_advise(move.standing(mine))
        verdict.or_raise(WrongState if verdict.code in rules.LATE_CODES else NotAllowed)
        move.act_in_post_of(mine)
        mine.status, mine.decided, mine.decided_by_id = rules.ADVISED, now, by.user_id
        mine.opinion = opinion.strip()
        if move.on_behalf_of is not None:
            mine.decided_for_id = move.on_behalf_of.user_id
        move.record(
            "share.advised", mine.step, opinion=opinion.strip(), post=mine.post.name, assignment=mine.pk
        )
        who = move.by.capacity or move.by.name
        move.tell("step.advised", mine.step, [mine.asked_by_id], key=f"advised:{mine.pk}", who=who)
        move.settle(mine.step, tell="")
        return move.run
