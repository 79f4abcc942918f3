"""What time does to a run, always as the system's own act: a limit that passed, a delay that ended, a job that is done."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from django.db.models import Q
from viewflow.workflow.status import PROCESS, STATUS

from hetang_flow.lib.clock import district_day
from hetang_flow.lib.errors import Refusal
from permissions.actors import SYSTEM
from permissions.models import Post

from .. import resolvers, rules
from ..models import Assignment, Policy, Step
from ..selectors_policy import policy_by_id
from .move import Move, moving
from .signers import pass_on, targets


def time_out(step_id: int, *, now: datetime) -> bool:
    """超时: do what the policy says once the limit has passed, in the name of the system; tells whether it did.

    Remind and escalate change nothing but who knows; transfer passes the open shares to the alternate; approve
    and reject sign for nobody: the share reads "time ran out". Applied once a step.
    """
    with _at(step_id, now=now) as (move, step):
        if step is None or not _late(move, step):
            return False
        action = policy_by_id(step.policy_id).on_timeout
        move.change_one(Step.objects.filter(pk=step.pk, status=STATUS.NEW, timed_out=None), timed_out=now)
        step.timed_out = now
        waits = [share for share in move.of(step) if share.status == rules.OPEN]
        move.record("step.timed_out", step, action=action, due=step.due_on)
        move.tell("step.timed_out", step, [move.run.initiator_id], key=f"timed-out:{step.pk}")
        _ACTIONS[action](move, step, waits)
        return True


def _late(move: Move, step: Step) -> bool:
    past = step.due_on is not None and step.due_on < district_day(move.now)
    return past and step.policy_id is not None and step.timed_out is None


def _remind(move: Move, step: Step, waits: list[Assignment]) -> None:
    move.tell("step.overdue", step, move.people_of(waits), key=f"overdue:{step.pk}")


def _escalate(move: Move, step: Step, waits: list[Assignment]) -> None:
    _remind(move, step, waits)
    move.tell("step.escalated", step, heads_of(move, waits), key=f"escalated:{step.pk}")
    move.tell_campaign_office("step.escalated", step, key=f"escalated:{step.pk}")


def _transfer(move: Move, step: Step, waits: list[Assignment]) -> None:
    """The alternate signs for all who are late; one who must not sign here, or is asked already, is no way out."""
    late = [share for share in waits if share.role == rules.SIGN and share.root_id is None]
    alternate = _alternate(move, step, late) if late else None
    if alternate is None:
        _escalate(move, step, waits)
        return
    late[0].weight = sum(share.weight for share in late)
    theirs = pass_on(move, late[0], alternate, "")
    keys = {share.pk for share in late}
    for share in move.of(step):
        if share.pk in keys:
            share.status, share.auto, share.decided = rules.TRANSFERRED, Assignment.Auto.TIMEOUT, move.now
        elif share.root_id in keys:
            share.root_id = theirs.pk
    posts = "、".join(share.post.name for share in late)
    move.record("share.transferred", step, post=posts, to=alternate.post.name)
    move.settle(step)


def _alternate(move: Move, step: Step, late: list[Assignment]) -> resolvers.Signer | None:
    post_id = policy_by_id(step.policy_id).alternate_id
    if post_id in {share.post_id for share in move.of(step)}:
        return None
    try:
        return targets(move, late[0], [post_id], role=rules.SIGN)[0]
    except Refusal:
        return None


def _approve(move: Move, step: Step, waits: list[Assignment]) -> None:
    for share in move.of(step):
        if share.status in (rules.OPEN, rules.WAITING) and share.role == rules.SIGN:
            said = rules.APPROVED if step.flow_task.judges else rules.DONE
            share.status, share.auto, share.decided = said, Assignment.Auto.TIMEOUT, move.now
    result = move.settle(step)
    if move.run.status == PROCESS.NEW:
        # A "no" that was counted before still counts.
        kind = "run.decided" if result == rules.GRANTED else "step.returned"
        move.tell(kind, step, [move.run.initiator_id], key=f"timeout:{step.pk}")


def _reject(move: Move, step: Step, waits: list[Assignment]) -> None:
    mine = next((share for share in waits if share.role == rules.SIGN), None)
    if mine is None or not step.flow_task.judges:
        _escalate(move, step, waits)
        return
    mine.status, mine.auto, mine.decided = rules.RETURNED, Assignment.Auto.TIMEOUT, move.now
    move.settle(step)
    if move.run.status == PROCESS.NEW:
        move.tell("step.returned", step, [move.run.initiator_id], key=f"timeout:{step.pk}")


_ACTIONS = {
    Policy.OnTimeout.REMIND: _remind,
    Policy.OnTimeout.ESCALATE: _escalate,
    Policy.OnTimeout.TRANSFER: _transfer,
    Policy.OnTimeout.APPROVE: _approve,
    Policy.OnTimeout.REJECT: _reject,
}


def heads_of(move: Move, shares: list[Assignment]) -> set[int]:
    """The heads of the units whose posts are asked (one statement)."""
    units = {share.post.organisation_id for share in shares}
    found = (
        resolvers.signers_where(Q(organisation__in=units, duty=Post.Duty.HEAD), at=move.now) if units else []
    )
    return {user for signer in found for user in signer.told} - move.people_of(shares)


def wake(step_id: int, *, now: datetime) -> bool:
    """延时结束: the day of a delay has come and the flow walks on; tells whether it did."""
    return _pass(step_id, "step.woke", now=now, due=True)


def trigger_done(step_id: int, *, now: datetime) -> bool:
    """触发完成: the job outside is done and the flow walks on; a second report changes nothing."""
    return _pass(step_id, "step.trigger_done", now=now, due=False)


def trigger_failed(step_id: int, *, now: datetime) -> bool:
    """触发未成: the job outside has failed again and again; it goes on trying, and the campaign office is told, once."""
    with _at(step_id, now=now) as (move, step):
        if step is None or step.timed_out is not None:
            return False
        move.change_one(Step.objects.filter(pk=step.pk, status=STATUS.NEW, timed_out=None), timed_out=now)
        move.record("step.trigger_failed", step)
        move.tell_campaign_office("step.trigger_failed", step, key=f"trigger-failed:{step.pk}")
        return True


def _pass(step_id: int, kind: str, *, now: datetime, due: bool) -> bool:
    with _at(step_id, now=now) as (move, step):
        if step is None or (due and (step.wakes_on is None or step.wakes_on > district_day(now))):
            return False
        move.record(kind, step)
        move.close_step(step, rules.GRANTED)
        move.walk_on(step)
        return True


@contextmanager
def _at(step_id: int, *, now: datetime) -> Iterator[tuple[Move, Step | None]]:
    """The run of a step, locked for the system, and the step if it is open and its run under way."""
    public_id = Step.objects.values_list("process__public_id", flat=True).get(pk=step_id)
    with moving(public_id, by=SYSTEM, now=now) as move:
        move.load()
        step = next((each for each in move.open_steps() if each.pk == step_id), None)
        stopped = move.run.status != PROCESS.NEW or move.run.suspended_at is not None
        yield move, None if stopped else step
