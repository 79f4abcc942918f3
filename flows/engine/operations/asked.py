"""Writing what a node asks for before it is decided: only whoever is asked there, and only while it is."""

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from datetime import datetime
from uuid import UUID

from viewflow.workflow.status import STATUS

from hetang_flow.lib.errors import NotAllowed, WrongState
from permissions.actors import Actor

from .. import rules
from .move import Move, moving


@contextmanager
def asked_at(run_id: UUID, nodes: Collection[str], *, by: Actor, now: datetime) -> Iterator[Move]:
    """A move of a run that stands at one of these nodes, in the post in which this person is asked there.

    Raises WrongState("changed-meanwhile") where it stands elsewhere by now, NotAllowed for anybody who is not asked.
    """
    with moving(run_id, by=by, now=now) as move:
        here = [
            share
            for share in move.load()
            if share.status == rules.OPEN
            and share.step.status == STATUS.NEW
            and share.step.flow_task.name in nodes
        ]
        if not here:
            raise WrongState("changed-meanwhile")
        own = (share for share in here if share.post_id in by.reach or share.handed_to_id == by.user_id)
        mine = move.task(next(own, here[-1]).pk)
        verdict = rules.may_handle(move.standing(mine))
        verdict.or_raise(WrongState if verdict.code in rules.LATE_CODES else NotAllowed)
        move.act_in_post_of(mine)
        yield move
