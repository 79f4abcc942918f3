"""The facts behind a verdict, gathered the same way under the lock and for a page."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection
from django.db.models import Exists, OuterRef, QuerySet, Subquery
from django.db.models.expressions import RawSQL
from viewflow.workflow.status import PROCESS

from hetang_flow.lib.verdicts import Verdict
from permissions.actors import Actor
from permissions.models import Appointment, Post
from permissions.selectors import acts_for, current, holds_post

from . import resolvers, rules
from .models import Assignment, Policy, Run, Step
from .nodes import Human
from .selectors_policy import policy_by_id


def shares_with_rights(run_id: int, user_id: int | None, *, at: datetime) -> QuerySet[Assignment]:
    """Every share of a run with this person's rights to each, in the order of the steps (one statement)."""
    unit = OuterRef("post__organisation_id")
    in_unit = Appointment.objects.filter(current(at), user_id=user_id, post__organisation_id=unit)
    holders = Appointment.objects.filter(current(at), post_id=OuterRef("post_id")).order_by("pk")
    return (
        Assignment.objects.filter(run_id=run_id)
        .select_related("step", "post__organisation", "decided_by")
        .annotate(
            held=holds_post(user_id, "post_id", at=at),
            stood_in=acts_for(user_id, "post_id", at=at),
            in_unit=Exists(in_unit),
            principal_id=Subquery(holders.values("user_id")[:1]),
            principal_name=Subquery(holders.values("user__name")[:1]),
        )
        .order_by("step_id", "order", "pk")
    )


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
    submitters, elsewhere, here = {run.initiator_id} - {None}, set(), set()
    for share in kin(run):
        who = {share.decided_by_id, share.decided_for_id} - {None}
        if share.status == rules.DONE:
            submitters |= who
        elif policy_by_id(share.step.policy_id).level != policy.level:
            elsewhere |= who
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


FAMILY = """
WITH RECURSIVE above (run, id, parent_step_id) AS (
    SELECT id, id, parent_step_id FROM engine_run WHERE id = ANY(%s)
    UNION
    SELECT above.run, parent.id, parent.parent_step_id
      FROM above JOIN engine_step AS step ON step.id = above.parent_step_id
      JOIN engine_run AS parent ON parent.id = step.process_id
), family (run, id) AS (
    SELECT run, id FROM above WHERE parent_step_id IS NULL
    UNION
    SELECT family.run, child.id FROM family JOIN engine_step AS step ON step.process_id = family.id
      JOIN engine_run AS child ON child.parent_step_id = step.id
)
"""


def kin(run: Run) -> Sequence[Assignment]:
    """What was handed in and signed in the runs above, below and beside this one: one matter, so the duties apart.

    One statement for each operation or page on a run that has such; none for any other. The runs above are locked
    with this one, and nothing below them is signed without that lock.
    """
    if not _has_kin(run):
        return ()
    if not hasattr(run, "kept_kin"):
        family = RawSQL(f"{FAMILY} SELECT id FROM family", [[run.pk]])  # noqa: S608, S611 - no word from outside
        run.kept_kin = list(_said_in(family).exclude(run=run))
    return run.kept_kin


def read_kin(runs: Iterable[Run]) -> None:
    """The same for several runs at once (two statements; none where no run has such)."""
    wanted = {run.pk: run for run in runs if _has_kin(run)}
    if not wanted:
        return
    with connection.cursor() as cursor:
        cursor.execute(f"{FAMILY} SELECT run, id FROM family WHERE run <> id", [list(wanted)])  # noqa: S608
        pairs = cursor.fetchall()
    said: dict[int, list[Assignment]] = {}
    for share in _said_in({other for _run, other in pairs}):
        said.setdefault(share.run_id, []).append(share)
    for run in wanted.values():
        run.kept_kin = []
    for key, other in pairs:
        wanted[key].kept_kin += said.get(other, [])


def _has_kin(run: Run) -> bool:
    return run.pk is not None and bool(run.parent_step_id or run.flow_class.has_sub_runs())


def _said_in(runs: Any) -> QuerySet[Assignment]:
    said = Assignment.objects.filter(run_id__in=runs, status__in=(rules.DONE, rules.APPROVED))
    return said.filter(decided_by__isnull=False).select_related("step")


def matter(run: Run) -> rules.Matter:
    """The state of a run."""
    return rules.Matter(run.status != PROCESS.NEW, run.suspended_at is not None)


@dataclass(frozen=True, slots=True)
class Bars:
    """What keeps a post from being asked: people who must not sign, units that stand aside, posts and people that
    are asked already.
    """

    people: frozenset[int] = frozenset()
    units: frozenset[int] = frozenset()
    known: frozenset[int] = frozenset()
    asked: frozenset[int] = frozenset()
    to_sign: bool = False

    def verdict(self, signer: resolvers.Signer, by: Actor) -> Verdict:
        """Whether this post may be asked by this person."""
        answers = frozenset(signer.answers)
        target = rules.Target(
            name=signer.post.name,
            people=answers,
            barred=self.people,
            recused_unit=signer.post.organisation_id in self.units,
            asked_already=signer.post.id in self.known or (bool(answers) and answers <= self.asked),
            is_me=answers == {by.user_id},
        )
        return rules.may_ask(target, to_sign=self.to_sign)


def bars_beside(
    run: Run, shares: Sequence[Assignment], mine: Assignment, recused: resolvers.Recused, *, role: str
) -> Bars:
    """What keeps a post from being asked beside a share of an open step, to sign it or for an opinion."""
    policy = policy_by_id(mine.step.policy_id)
    people = people_in(run, shares, policy, but=mine.pk)
    gone = (rules.VOID, rules.TRANSFERRED, rules.REMOVED, rules.ADVISED)
    here = [s for s in shares if s.step_id == mine.step_id and s.role == role and s.status not in gone]
    return Bars(
        _barred(policy, people, recused, judges=mine.step.flow_task.judges),
        recused.units,
        known=frozenset(share.post_id for share in here),
        asked=frozenset({s.decided_by_id or s.handed_to_id or s.principal_id for s in here} - {None}),
        to_sign=role == rules.SIGN,
    )


def bars_ahead(run: Run, shares: Sequence[Assignment], node: Human, recused: resolvers.Recused) -> Bars:
    """What keeps a post from being named for a step that has not come yet."""
    policy = policy_by_id(run.policies[node.policy_key])
    barred = _barred(policy, people_in(run, shares, policy), recused, judges=node.judges)
    known = frozenset(run.appended.get(node.name, ()))
    return Bars(barred, recused.units, known, to_sign=True)


def _barred(policy: Policy, people: People, recused: resolvers.Recused, *, judges: bool) -> frozenset[int]:
    return rules.Asking(
        judges=judges,
        on_self=policy.on_self,
        submitters=people.submitters,
        signed_elsewhere=people.elsewhere,
        recused=recused.people,
    ).barred


def outweighs(run: Run, node: Human) -> bool:
    """Whether people named for this step could decide it over the heads of those the policy names."""
    mode = policy_by_id(run.policies[node.policy_key]).mode
    return node.judges and mode in (rules.ANY_OF, rules.VOTE)


def nodes_ahead(run: Run, open_steps: Iterable[Step]) -> list[Human]:
    """The human steps that have not come yet, in the order of the flow."""
    here = {step.flow_task.name for step in open_steps if step.flow_task}
    routes = run.flow_class.routes()
    ahead = set().union(*(rules.downstream(routes, name) for name in here)) - here if here else set()
    return [
        node for node in run.flow_class.instance.nodes() if isinstance(node, Human) and node.name in ahead
    ]


def standing(
    run: Run,
    shares: Sequence[Assignment],
    mine: Assignment,
    by: Actor,
    *,
    recused: resolvers.Recused = resolvers.NOBODY,
) -> rules.Standing:
    """How this person stands to a share that was read with their rights to it."""
    policy = policy_by_id(mine.step.policy_id)
    people = people_in(run, shares, policy, but=mine.pk)
    here = [share for share in shares if share.step_id == mine.step_id]
    spoke = [share for share in here if share.status in rules.DECIDED and share.decided]
    decider = mine if mine.decided else max(spoke, key=lambda share: share.decided, default=None)
    me = {by.user_id}
    if not mine.held and mine.stood_in and mine.principal_id:
        me.add(mine.principal_id)
    own = me & people.submitters if policy.on_self != Policy.OnSelf.ALLOW else set()
    unit = mine.post.organisation_id
    return rules.Standing(
        status=mine.status,
        matter=matter(run),
        role=mine.role,
        holds_post=mine.held,
        stands_in=mine.stood_in,
        handed_to_me=mine.handed_to_id == by.user_id,
        handed_out=mine.handed_to_id is not None,
        in_unit=mine.in_unit,
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
