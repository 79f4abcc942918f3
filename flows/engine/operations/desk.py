"""Inside a unit: the desk hands a task out (分办), a colleague takes one (认领) or lays it back (退回公共池)."""

from datetime import datetime
from uuid import UUID

from hetang_flow.lib.errors import NotAllowed, WrongState
from permissions.actors import Actor
from permissions.selectors import colleagues

from .. import rules
from ..judging import may_hand_out
from ..models import Assignment
from ..selectors_policy import policy_by_id
from ..standing import people_in
from .move import Move, moving


def hand_out(run_id: UUID, assignment_id: int, *, to_user_id: int, by: Actor, now: datetime) -> Assignment:
    """分办: give an open task to a colleague of the same unit; the post stays asked, the record names both.

    Raises NotAllowed unless it is the desk's task, this person holds the desk or stands in for it, and the colleague
    of that unit may deal with it: on others' work, neither submitted the matter nor signed at another duty.
    """
    with moving(run_id, by=by, now=now) as move:
        mine = move.task(assignment_id)
        at = move.standing(mine)
        verdict = rules.may_handle(at)
        verdict.or_raise(WrongState if verdict.code in rules.LATE_CODES else NotAllowed)
        person = colleagues(mine.post.organisation_id, at=now).filter(pk=to_user_id).first()
        if person is None:
            raise NotAllowed("not-a-colleague", {"unit": mine.post.organisation.name})
        people = people_in(move.run, move.shares, policy_by_id(mine.step.policy_id), but=mine.pk)
        may_hand_out(at, people, move.recusal(mine.step), person.pk).or_raise()
        move.act_in_post_of(mine)
        _give(move, mine, person.pk)
        move.record("step.handed_out", mine.step, post=mine.post.name, to=person.pk)
        key = f"handed:{mine.pk}:{person.pk}:{now.timestamp()}"
        move.tell("step.handed_out", mine.step, [person.pk], key=key, who=move.by.capacity)
        return mine


def claim(run_id: UUID, assignment_id: int, *, by: Actor, now: datetime) -> Assignment:
    """认领: take a task that lies with my unit's desk and that nobody has taken.

    Raises NotAllowed outside the unit, for who submitted the matter or signed at another duty, and
    "claimed-already" when somebody was faster.
    """
    with moving(run_id, by=by, now=now) as move:
        mine = move.task(assignment_id)
        verdict = rules.may_claim(move.standing(mine))
        late = rules.LATE_CODES | {"claimed-already"}
        verdict.or_raise(WrongState if verdict.code in late else NotAllowed)
        move.act_in_post_of(mine)
        _give(move, mine, by.user_id)
        move.record("share.claimed", mine.step, post=mine.post.name, assignment=mine.pk)
        return mine


def put_back(run_id: UUID, assignment_id: int, *, by: Actor, now: datetime) -> Assignment:
    """退回公共池: lay a task back with the desk, for anybody of the unit.

    Raises NotAllowed for a task that was not taken or not by this person, unless they hold the desk.
    """
    with moving(run_id, by=by, now=now) as move:
        mine = move.task(assignment_id)
        verdict = rules.may_put_back(move.standing(mine))
        verdict.or_raise(WrongState if verdict.code in rules.LATE_CODES else NotAllowed)
        move.act_in_post_of(mine)
        _give(move, mine, None)
        move.record("share.put_back", mine.step, post=mine.post.name, assignment=mine.pk)
        move.tell_opened(mine.step, [mine])
        return mine


def _give(move: Move, mine: Assignment, user_id: int | None) -> None:
    mine.handed_to_id, mine.seen_at = user_id, None
    mine.opened = move.now if user_id is None else mine.opened
    move.write([mine])
