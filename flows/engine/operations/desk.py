"""Inside a unit: the desk hands a task out to a colleague (分办)."""

from datetime import datetime
from uuid import UUID

from hetang_flow.lib.errors import NotAllowed, WrongState
from permissions.actors import Actor
from permissions.models import Post
from permissions.selectors import colleagues

from .. import rules
from ..models import Assignment
from .move import acting_in, moving


def hand_out(run_id: UUID, assignment_id: int, *, to_user_id: int, by: Actor, now: datetime) -> Assignment:
    """Give an open task to a colleague of the same unit; the post stays asked, the record names both.

    Raises NotAllowed unless it is the desk's task, this person holds the desk, and the colleague of that unit
    neither submitted the matter nor signed in this round.
    """
    with moving(run_id, by=by, now=now) as move:
        step, shares, mine = move.load(assignment_id)
        standing = move.standing(step, shares, mine)
        verdict = rules.may_act(standing)
        if verdict.code not in ("own-submission", "signed-already"):
            verdict.or_raise(WrongState if verdict.code in rules.LATE_CODES else NotAllowed)
        person = colleagues(mine.post.organisation_id, at=now).filter(pk=to_user_id).first()
        if person is None:
            raise NotAllowed("not-a-colleague", {"unit": mine.post.organisation.name})
        said = Assignment.objects.filter(run=move.run, decided_by=person)
        rules.may_hand_out(
            from_desk=mine.post.duty == Post.Duty.DESK,
            holds_desk=mine.held,
            to_submitter=person.pk == move.run.initiator_id or said.filter(status=rules.DONE).exists(),
            to_signer=said.filter(status=rules.APPROVED, step__round=step.round).exists(),
        ).or_raise()
        move.by = acting_in(by, mine)
        rows = Assignment.objects.filter(pk=mine.pk, status=rules.OPEN, handed_to=mine.handed_to_id)
        if rows.update(handed_to=person) != 1:
            raise WrongState("changed-meanwhile")
        move.record("step.handed_out", step, post=mine.post.name, to=person.pk)
        key = f"handed:{mine.pk}:{person.pk}:{now.timestamp()}"
        move.tell("step.handed_out", step, [person.pk], key=key, who=move.by.capacity)
        return mine
