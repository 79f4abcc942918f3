"""What the campaign office alone may do with a run: stop its clock, let it go on, end it, bring it back."""

from datetime import datetime
from uuid import UUID

from viewflow.workflow.status import PROCESS, STATUS

from flows.deadlines import rules as deadlines
from hetang_flow.lib.clock import district_day
from hetang_flow.lib.errors import Invalid, NotAllowed, NotFound, WrongState
from hetang_flow.lib.verdicts import Verdict
from permissions.actors import Actor

from .. import rules
from ..models import Run, Step
from ..selectors_steps import executed
from ..standing import matter
from ..waits import Trigger
from .move import Move, moving


def suspend(run_id: UUID, *, reason: str, by: Actor, now: datetime) -> Run:
    """挂起: nothing can be done here and no day counts until it is resumed; says why. Sub-runs it waits for stop too.

    Raises NotAllowed outside the campaign office, WrongState when it is over or suspended already.
    """
    rules.reason_is_enough(reason).or_raise(Invalid)
    with moving(run_id, by=by, now=now) as move:
        _governed(move, needs="running")
        _suspend(move, reason.strip())
        return move.run


def _suspend(move: Move, reason: str) -> None:
    move.run.suspended_at = move.now
    move.record("run.suspended", None, opinion=reason)
    _tell_all(move, "run.suspended")
    for below in move.below(move.open_steps()):
        if below.run.suspended_at is None:
            _suspend(below, reason)


def resume(run_id: UUID, *, by: Actor, now: datetime) -> Run:
    """恢复: the clock goes on; every due day moves by the working days it stood still, the first one stays shown.

    Raises NotAllowed outside the campaign office, WrongState when it is not suspended.
    """
    with moving(run_id, by=by, now=now) as move:
        _governed(move, needs="suspended")
        _resume(move)
        return move.run


def _resume(move: Move) -> None:
    """Let a run go on, and the sub-runs that stopped with it; what a trigger missed is tried again."""
    stopped = move.run.suspended_at
    for step in move.open_steps():
        _shift(move, step, max(stopped, step.created))
        if step.flow_task_type == Trigger.task_type:
            move.enqueue(step)
    move.run.suspended_at = None
    stood = deadlines.working_days_between(district_day(stopped), district_day(move.now), move.calendar)
    move.record("run.resumed", None, stood=stood)
    move.run.flow_class.instance.on_resumed(move, stopped)
    _tell_all(move, "run.resumed")
    for below in move.below(move.open_steps()):
        if below.run.suspended_at == stopped:
            _resume(below)


def _shift(move: Move, step: Step, since: datetime) -> None:
    """Move what is due by the working days since then; one statement for a step that has a day."""
    days = deadlines.working_days_between(district_day(since), district_day(move.now), move.calendar)
    values = {}
    if step.due_on:
        due = deadlines.due_day(step.due_on, days, move.calendar)
        values |= {"due_on": due.day, "due_provisional": due.provisional}
    if step.wakes_on:
        due = deadlines.due_day(step.wakes_on, days, move.calendar)
        values |= {"wakes_on": due.day, "due_provisional": due.provisional}
    if values and days:
        values["calendar_version"] = move.calendar.version
        move.change_one(Step.objects.filter(pk=step.pk, status=STATUS.NEW), **values)


def terminate(run_id: UUID, *, reason: str, by: Actor, now: datetime) -> Run:
    """终止: the run ends for good with this outcome; nothing is deleted.

    Raises NotAllowed outside the campaign office, WrongState when it is over.
    """
    rules.reason_is_enough(reason).or_raise(Invalid)
    with moving(run_id, by=by, now=now) as move:
        _governed(move)
        told = move.people_of([share for share in move.load() if share.status == rules.OPEN])
        move.record("run.terminated_by", None, opinion=reason.strip())
        move.void(move.open_steps())
        move.end_run(PROCESS.CANCELED, "terminated")
        move.tell(
            "run.terminated",
            None,
            told | {move.run.initiator_id},
            key=f"terminated:{move.run.pk}:{move.run.round}",
        )
        move.run.flow_class.instance.on_closed(move)
        return move.run


def reopen(run_id: UUID, step_id: int, *, reason: str, by: Actor, now: datetime) -> Run:
    """唤醒: a finished run comes back at one of its executed steps, in a new round; says why.

    Branches that were open beside it when the run ended come back with it.
    Raises NotAllowed outside the campaign office, WrongState when it is not finished, is a sub-run, or when its
    flow's effects stand and another way puts them right; NotFound for a step that does not lie on the way to its end.
    """
    rules.reason_is_enough(reason).or_raise(Invalid)
    with moving(run_id, by=by, now=now) as move:
        run, flow = move.run, move.run.flow_class.instance
        over = run.status != PROCESS.NEW
        allowed = flow.may_reopen(run) if over else rules.YES
        if over and run.parent_step_id:
            allowed = Verdict("part-of-another", {})
        verdict = rules.may_reopen(governs=rules.governs(by), over=over, allowed=allowed)
        verdict.or_raise(NotAllowed if verdict.code == "not-campaign-office" else WrongState)
        move.load()
        target = next((step for step in executed(run) if step.pk == step_id), None)
        if target is None:
            raise NotFound("no-such-task")
        target = move.know(target)
        beside = [
            step
            for step in move.all_steps()
            if step.finished == run.finished and not rules.touches(step.token.token, target.token.token)
        ]
        move.by = rules.in_campaign_office(by)
        run.status, run.outcome, run.finished = PROCESS.NEW, "", None
        run.round += 1
        move.record("run.reopened", None, opinion=reason.strip(), at=target.flow_task.name)
        flow.on_reopened(move)
        move.enter(target, [target, *beside])
        move.tell("run.reopened", None, [run.initiator_id], key=f"reopened:{run.pk}:{run.round}")
        return run


def _governed(move: Move, *, needs: str = "") -> None:
    verdict = rules.may_govern(governs=rules.governs(move.by), matter=matter(move.run), needs=needs)
    verdict.or_raise(NotAllowed if verdict.code == "not-campaign-office" else WrongState)
    move.by = rules.in_campaign_office(move.by)


def _tell_all(move: Move, kind: str) -> None:
    """Tell the initiator and whoever has it now."""
    told = move.people_of([share for share in move.load() if share.status == rules.OPEN])
    key = f"{kind}:{move.run.pk}:{move.now.timestamp()}"
    move.tell(kind, None, told | {move.run.initiator_id}, key=key)
