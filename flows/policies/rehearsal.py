"""A rehearsal: what a version would change, and what would become of every running run that has an older one.

Nothing is written. The statements do not grow with the runs: what is asked of one is asked of all at once.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import BigIntegerField, QuerySet
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Cast
from viewflow.workflow.status import PROCESS, STATUS

from flows.deadlines.selectors import calendar, version_query
from flows.engine import rules as engine
from flows.engine.models import Assignment, Policy, Run, Step
from flows.engine.nodes import Human
from flows.engine.replanning import Place, Replan, is_open, replan
from flows.engine.rules import downstream

from . import words
from .rules import MOST_RUNS
from .versions import Posts, values_of, version_to_be

HERE, AHEAD, PAST = "here", "ahead", "past"


@dataclass(frozen=True, slots=True)
class Touched:
    """A running run that has an older version: where it stands, and what a migration would do to it."""

    run: Run
    where: str
    step: str = ""
    plans: tuple[Replan, ...] = ()

    @property
    def added(self) -> list[str]:
        """The posts that would be asked now."""
        return [seat.signer.post.name for plan in self.plans for seat in plan.added if not seat.auto]

    @property
    def removed(self) -> list[str]:
        """The posts that would no longer be asked."""
        return [share.post.name for plan in self.plans for share in plan.leaves]

    @property
    def marked(self) -> list[str]:
        """The posts that the system would mark as signed already."""
        return [
            seat.signer.post.name
            for plan in self.plans
            for seat, share in plan.seats
            if seat.auto and (share is None or is_open(share))
        ]

    @property
    def days(self) -> list[tuple[date | None, date | None]]:
        """The days that would shift, as they are and as they would be."""
        found = [(plan.place.step.due_on, plan.due.day.day if plan.due else None) for plan in self.plans]
        return [(before, after) for before, after in found if before != after]

    @property
    def waits_for(self) -> str:
        """The empty posts it would wait for."""
        return "、".join(plan.waits_for for plan in self.plans if plan.waits_for)

    @property
    def result(self) -> str:
        """What the tally would say at once: granted, refused, or nothing yet."""
        said = [plan.result for plan in self.plans if plan.result != engine.PENDING]
        return said[0] if said else ""

    @property
    def is_touched(self) -> bool:
        """Whether anybody would notice now."""
        return bool(self.added or self.removed or self.marked or self.days or self.waits_for or self.result)


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """A version that is to be: what differs, and the runs that have an older one; `more`: not all of them are here."""

    base: Policy
    policy: Policy
    differences: Sequence[words.Difference]
    touched: Sequence[Touched]
    more: bool = False

    @property
    def changes(self) -> bool:
        """Whether there would be a new version at all."""
        return self.policy is not self.base


def rehearse(
    base: Policy,
    values: Mapping[str, Any],
    *,
    posts: Posts,
    only: Collection[str] | None = None,
    now: datetime,
) -> Rehearsal:
    """What would happen if this version were published now, for all runs that have an older one or `only` for some.

    `base` is the version it follows, with its posts; `values` are sound. Statements: open steps with their runs,
    shares, whom the resolver names, who stands aside, who signs instead.
    """
    policy = version_to_be(base, values, posts)
    found = older(policy)
    if only is not None:
        found = found.filter(public_id__in=list(only))
    steps = _open_steps(found.order_by("pk")[: MOST_RUNS + 1])
    touched = _touched(policy, steps, now=now) if steps else []
    differences = words.differences(values_of(base), values, posts.names)
    return Rehearsal(base, policy, differences, touched[:MOST_RUNS], len(touched) > MOST_RUNS)


def older(policy: Policy) -> QuerySet[Run]:
    """The running runs that have another version of this policy."""
    return of_others(policy).filter(status=PROCESS.NEW)


def of_others(policy: Policy) -> QuerySet[Run]:
    """The runs that began with another version; never those that decide about a change themselves."""
    pinned = Cast(KeyTextTransform(policy.key, "policies"), BigIntegerField())
    found = Run.objects.filter(
        policies__has_key=policy.key, policy_change=None, token_move=None, confidential=False
    )
    return found.alias(pinned=pinned).exclude(pinned=policy.pk) if policy.pk else found


def _touched(policy: Policy, steps: Mapping[int, Sequence[Step]], *, now: datetime) -> list[Touched]:
    """What a migration would do to each of these runs."""
    places = [step for here in steps.values() for step in here if _uses(step, policy.key)]
    shares = _shares({step.process_id for step in places})
    plans: dict[int, list[Replan]] = {}
    if places:
        seated = [Place(step.process, step, shares.get(step.process_id, [])) for step in places]
        for plan in replan(policy, seated, calendar=calendar(places[0].calendar_now), now=now):
            plans.setdefault(plan.place.run.pk, []).append(plan)
    return [
        Touched(
            here[0].process,
            _where(here[0].process, here, policy.key),
            "、".join(str(step.flow_task.task_title) for step in here),
            tuple(plans.get(run_id, ())),
        )
        for run_id, here in steps.items()
    ]


def _open_steps(runs: QuerySet[Run]) -> dict[int, list[Step]]:
    """The open steps of these runs by the run's key, each run once (one statement)."""
    found: dict[int, list[Step]] = {}
    rows = Step.objects.filter(status=STATUS.NEW, process__in=runs).select_related("process")
    for step in rows.annotate(calendar_now=version_query()).order_by("process_id", "pk"):
        if step.flow_task is not None:
            together = found.setdefault(step.process_id, [])
            step.process = together[0].process if together else step.process
            together.append(step)
    return found


def _shares(run_ids: Collection[int]) -> dict[int, list[Assignment]]:
    found: dict[int, list[Assignment]] = {}
    rows = Assignment.objects.filter(run__in=run_ids).select_related("step", "post")
    for share in rows.order_by("run_id", "step_id", "order", "pk"):
        found.setdefault(share.run_id, []).append(share)
    return found


def _uses(step: Step, key: str) -> bool:
    return isinstance(step.flow_task, Human) and step.flow_task.policy_key == key


def _where(run: Run, steps: Sequence[Step], key: str) -> str:
    """Whether the run stands at a step of this policy, before one, or past all of them."""
    if any(_uses(step, key) for step in steps):
        return HERE
    flow = run.flow_class
    ahead = {name for step in steps for name in downstream(flow.routes(), step.flow_task.name)}
    to_come = (flow.instance.node(name) for name in ahead)
    return AHEAD if any(isinstance(node, Human) and node.policy_key == key for node in to_come) else PAST
