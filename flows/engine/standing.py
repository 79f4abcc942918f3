"""The facts behind a verdict, gathered the same way under the lock and for a page."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from viewflow.workflow.status import PROCESS

from permissions.actors import Actor
from permissions.models import Post

from . import resolvers, rules
from .models import Assignment, Policy, Run, Step
from .selectors_policy import policy_by_id


@dataclass(frozen=True, slots=True)
class People:
    """Who has done what in a run: handed in the work, signed at other duties, signed within this one."""

    submitters: frozenset[int]
    elsewhere: frozenset[int]
    here: frozenset[int]


def people_in(
    run: Run,
    shares: Iterable[Assignment],
    policy: Policy,
    *,
    but: int | None = None,
    in_round: int | None = None,
    after: Step | None = None,
) -> People:
    """The people of a run by what they did, as seen from a step of this policy; `but` leaves one share out.

    Whoever decided for another counts together with that other. Repeats count within the round, the present one
    unless another is named, or, where the policy says so, in the step that this one comes `after` alone.
    """
    number = run.round if in_round is None else in_round
    just_before = policy.on_repeat == Policy.OnRepeat.CONSECUTIVE and after is not None
    submitters, elsewhere, here = {run.initiator_id}, set(), set()
    for share in shares:
        if share.decided_by_id is None or share.pk == but:
            continue
        who = {share.decided_by_id, share.decided_for_id} - {None}
        if share.status == rules.DONE:
            submitters |= who
        elif share.status == rules.APPROVED:
            level = policy_by_id(share.step.policy_id).level
            if level != policy.level:
                elsewhere |= who
            elif share.step_id == after.pk if just_before else share.step.round == number:
                here |= who
    return People(frozenset(submitters), frozenset(elsewhere), frozenset(here))


def matter(run: Run) -> rules.Matter:
    """The state of a run."""
    return rules.Matter(run.status != PROCESS.NEW, run.suspended_at is not None)


def standing(
    run: Run,
    shares: Sequence[Assignment],
    mine: Assignment,
    by: Actor,
    *,
    recused: resolvers.Recused = resolvers.NOBODY,
) -> rules.Standing:
    """How this person stands to a share. `held`, `stood_in` and `in_unit` come with the share when it was read
    under the lock; on a page they follow from the actor.
    """
    policy = policy_by_id(mine.step.policy_id)
    people = people_in(run, shares, policy, but=mine.pk)
    here = [share for share in shares if share.step_id == mine.step_id]
    spoke = [share for share in here if share.status in rules.DECIDED and share.decided]
    decider = mine if mine.decided else max(spoke, key=lambda share: share.decided, default=None)
    me = {by.user_id}
    held = getattr(mine, "held", mine.post_id in by.post_ids)
    if not held and getattr(mine, "stood_in", False) and getattr(mine, "principal_id", None):
        me.add(mine.principal_id)
    own = me & people.submitters if policy.on_self != Policy.OnSelf.ALLOW else set()
    unit = mine.post.organisation_id
    return rules.Standing(
        status=mine.status,
        matter=matter(run),
        role=mine.role,
        holds_post=held,
        stands_in=getattr(mine, "stood_in", mine.post_id in by.reach - by.post_ids),
        handed_to_me=mine.handed_to_id == by.user_id,
        handed_out=mine.handed_to_id is not None,
        in_unit=getattr(mine, "in_unit", unit in by.organisation_ids),
        from_desk=mine.post.duty == Post.Duty.DESK,
        own_submission=bool(own),
        signed_elsewhere=bool(me & people.elsewhere),
        recused=bool(me & recused.people) or unit in recused.units,
        judges=bool(mine.step.flow_task and mine.step.flow_task.judges) and mine.role == rules.SIGN,
        forbids=frozenset(policy.forbids),
        post_name=mine.post.name,
        decided_who=f"{decider.post.name} {decider.decided_by or ''}".strip() if decider else "",
        decided_when=decider.decided if decider else None,
    )
