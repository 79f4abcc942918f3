"""Letting people know: copy to, acknowledge, urge, and that a task has been opened."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.db.models import F, Q
from viewflow.workflow.status import STATUS

from hetang_flow.lib.errors import NotAllowed, NotFound, WrongState
from permissions.actors import Actor

from .. import resolvers, rules
from ..judging import may_urge
from ..models import Assignment, Copy, Run, Step
from ..visibility import own_share, sees_run
from .clock import heads_of
from .move import moving


def copy_to(run_id: UUID, post_ids: Sequence[int], *, by: Actor, now: datetime) -> Run:
    """抄送: whoever holds these posts gets the run for information, once a person; nobody waits for them.

    Raises NotAllowed for somebody who does not see the run, NotFound for an unknown post.
    """
    with moving(run_id, by=by, now=now) as move:
        sees = sees_run(move.run, by, now)
        rules.may_copy(sees=sees).or_raise()
        found = resolvers.signers_where(Q(pk__in=list(post_ids)), at=now)
        if not found or len(found) != len(set(post_ids)):
            raise NotFound("no-such-post")
        for signer in found:
            rules.may_read(signer.post.name, empty=not signer.answers).or_raise()
        move.copy_to({user for signer in found for user in signer.told}, sent_by=by.user_id)
        move.record("run.copied_to", None, posts=[signer.post.name for signer in found])
        return move.run


def acknowledge(run_id: UUID, *, by: Actor, now: datetime) -> Copy:
    """已阅: the reader confirms having read what was sent for information; the time is kept.

    Raises NotAllowed for somebody it was not sent to, WrongState with the time when it is confirmed already.
    """
    with moving(run_id, by=by, now=now) as move:
        copy = Copy.objects.filter(run=move.run, user_id=by.user_id).first() if by.has_business else None
        verdict = rules.may_acknowledge(
            copied=copy is not None, acknowledged=copy.acknowledged if copy else None
        )
        verdict.or_raise(NotAllowed if verdict.code == "not-copied" else WrongState)
        move.change_one(Copy.objects.filter(pk=copy.pk, acknowledged=None), acknowledged=now)
        move.record("copy.acknowledged", None)
        copy.acknowledged = now
        return copy


def urge(run_id: UUID, *, by: Actor, now: datetime) -> Run:
    """催办: nudge whoever has it; counted, and told to the heads of their units as well; once in a while only.

    Raises NotAllowed for who has no part in it, WrongState("urged-just-now") with the hour it may be done again.
    """
    with moving(run_id, by=by, now=now) as move:
        waits = [share for share in move.load() if share.status == rules.OPEN]
        asked = move.people_of(waits)
        verdict = may_urge(move.run, move.shares, by, with_me=asked == {by.user_id}, now=now)
        verdict.or_raise(NotAllowed if verdict.code == "not-involved" else WrongState)
        Step.objects.filter(pk__in={share.step_id for share in waits}, status=STATUS.NEW).update(
            urged=F("urged") + 1, urged_at=now
        )
        own = move.run.initiator_post_id
        move.by = by.in_post(own) if own in by.post_ids else rules.in_campaign_office(by)
        key, who = f"urged:{move.run.pk}:{now.timestamp()}", move.by.capacity or by.name
        posts = [share.post.name for share in waits]
        move.record("run.urged", waits[0].step, posts=posts, times=waits[0].step.urged + 1)
        move.tell("step.urged", waits[0].step, asked - {by.user_id}, key=key, who=who)
        move.tell("step.urged_head", waits[0].step, heads_of(move, waits), key=key, post="、".join(posts))
        return move.run


def mark_opened(run_id: UUID, *, by: Actor, now: datetime) -> int:
    """Note that this person has opened what waits for them here; from then on nobody takes it back unseen.

    No lock on the run: the row itself decides between opening and taking back. Returns how many shares were new.
    """
    mine = Assignment.objects.filter(own_share(by), run__public_id=run_id).values("pk")
    # Conditions on the row itself are looked at again once whoever takes it back has let go of it.
    return Assignment.objects.filter(pk__in=mine, status=rules.OPEN, seen_at=None).update(seen_at=now)
