"""A run goes on under another version of one of its policies; its open step is seated anew at once."""

from viewflow.workflow.status import STATUS

from hetang_flow.lib.clock import district_day

from .. import resolvers, rules
from ..judging import family_of
from ..models import Assignment, Policy, Step
from ..nodes import Human
from ..replanning import Place, Replan, is_open, passed_on, replan
from ..selectors_policy import policy_by_id
from .move import Move


def repin(move: Move, policy: Policy) -> None:
    """Pin this version in a locked run; who still fits keeps their share, and the step is tallied anew.

    Steps that are over keep the version they were signed under. One entry of the record for each open step, or one
    for the run when the step has not come or is over.
    """
    run, was = move.run, policy_by_id(move.run.policies[policy.key])
    run.policies = {**run.policies, policy.key: policy.pk}
    move.load()
    steps = [step for step in move.open_steps() if _uses(step, policy.key)]
    for step in steps:
        # The step before may have led on; what it closed is as it should be.
        if step.status == STATUS.NEW:
            _seat_anew(move, step, was, policy)
    if not steps:
        before, after = ({"policy": each.key, "version": each.version} for each in (was, policy))
        move.changed("policy.migrated", before, after)
        move.tell("policy.migrated", None, [run.initiator_id], key=f"migrated:{run.pk}:{policy.pk}")


def _uses(step: Step, key: str) -> bool:
    return isinstance(step.flow_task, Human) and step.flow_task.policy_key == key


def _seat_anew(move: Move, step: Step, was: Policy, policy: Policy) -> None:
    (plan,) = replan(policy, [Place(move.run, step, move.shares)], calendar=move.calendar, now=move.now)
    blocked = plan.waits_for if plan.waits_for != step.waits_for else ""
    _record(move, plan, was)
    _change_step(move, plan)
    _seat(move, plan)
    _take_off(move, plan)
    if blocked:
        key = f"blocked:{step.pk}:{policy.pk}"
        move.record("step.waits", step, waits_for=blocked)
        move.tell_campaign_office("step.blocked", step, key=key, post=blocked)
    stay = [share for _seat, share in plan.seats if share is not None and share.status == rules.OPEN]
    told = {*move.people_of(stay), move.run.initiator_id}
    move.tell("policy.migrated", step, told, key=f"migrated:{move.run.pk}:{policy.pk}")
    if plan.seats:
        move.settle(step)
    else:
        move.write(move.of(step))


def _record(move: Move, plan: Replan, was: Policy) -> None:
    step, due = plan.place.step, plan.due
    before = {"policy": was.key, "version": was.version, "due_on": step.due_on}
    after = {
        "policy": was.key,
        "version": plan.policy.version,
        "due_on": due.day.day if due else None,
        "added": [seat.signer.post.name for seat in plan.added],
        "removed": [share.post.name for share in plan.leaves],
    }
    move.changed("policy.migrated", before, after, step=step)


def _change_step(move: Move, plan: Replan) -> None:
    """The step's own columns; a limit that has not passed under this version can pass once more."""
    step, due = plan.place.step, plan.due
    late = due is not None and due.day.day < district_day(move.now)
    values = {
        "policy": plan.policy,
        "waits_for": plan.waits_for,
        "first_due_on": due.first.day if due else None,
        "due_on": due.day.day if due else None,
        "due_provisional": due.day.provisional if due else False,
        "timed_out": step.timed_out if late else None,
        "calendar_version": move.calendar.version,
    }
    move.change_one(Step.objects.filter(pk=step.pk, status=STATUS.NEW, policy_id=step.policy_id), **values)
    for name, value in values.items():
        setattr(step, name, value)


def _seat(move: Move, plan: Replan) -> None:
    """Everybody in the new version's order, what was signed before it; a share brings those it was passed on from."""
    step, here = plan.place.step, plan.place.here
    before = passed_on(here)
    first = max((share.order for share in here), default=-1) + 1
    fresh = []
    for order, (seat, share) in enumerate([*((None, share) for share in plan.stays), *plan.seats], first):
        if share is None:
            fresh.append((seat, move.share_of(step, plan.policy, seat, order)))
            continue
        for each in (share, *before.get(share.pk, ())):
            each.order = order
        if seat is not None:
            _keep(move, plan, seat, share)
    for _new, share in fresh:
        if not share.auto:
            share.status = rules.WAITING  # until the tally says whose turn it is
    move.add([share for _new, share in fresh])
    for seat, share in fresh:
        if share.auto:
            _mark(move, step, seat, share)
    move.shares.sort(key=lambda share: (share.step_id, share.order, share.pk))


def _keep(move: Move, plan: Replan, seat: resolvers.Seat, share: Assignment) -> None:
    """A share the new version names stands on its own, whoever asked for it; the system marks it if it has to."""
    share.root_id, share.turn, share.group = None, 0, 0
    share.weight = plan.weight_of(seat)
    if seat.auto and is_open(share):
        share.status, share.auto, share.decided = rules.APPROVED, seat.auto, move.now
        share.decided_by_id = seat.by
        _mark(move, plan.place.step, seat, share)


def _mark(move: Move, step: Step, seat: resolvers.Seat, share: Assignment) -> None:
    move.record("share.auto", step, post=seat.signer.post.name, assignment=share.pk, why=seat.auto)


def _take_off(move: Move, plan: Replan) -> None:
    """Whoever is no longer named and has not signed leaves, with those they added."""
    step, here = plan.place.step, plan.place.here
    leaving = [share for head in plan.leaves for share in family_of(here, head) if is_open(share)]
    told = move.people_of([share for share in leaving if share.status == rules.OPEN])
    move.tell("signer.removed", step, told, key=f"removed:{step.pk}:{plan.policy.pk}")
    for share in leaving:
        share.status = rules.REMOVED
