"""Walking through a flow on a locked run: entering and closing steps, the end."""

from collections.abc import Sequence
from datetime import datetime
from functools import cached_property
from typing import Any

from django.db.models import QuerySet
from viewflow.workflow.status import PROCESS, STATUS
from viewflow.workflow.token import Token

from flows.deadlines import rules as deadlines
from flows.deadlines.selectors import calendar
from hetang_flow.lib.clock import district_day
from hetang_flow.lib.errors import WrongState
from permissions.actors import Actor

from .. import resolvers, rules
from ..models import Assignment, Policy, Step
from ..selectors_policy import policy_by_id
from ..standing import people_in
from .returning import Returning
from .waiting import Waiting


class Walk(Returning, Waiting):
    """The steps of one run; nodes answer what comes next, this writes it."""

    def __init__(self, *, by: Actor, now: datetime) -> None:
        super().__init__(by=by, now=now)
        self.shares: list[Assignment] = []
        self.steps: dict[int, Step] = {}
        self.ancestors = []
        self.arrivals = []
        self.back = None
        self.stands = self.binding = False

    @cached_property
    def calendar(self) -> deadlines.WorkCalendar:
        """The working calendar whose version came with the lock."""
        return calendar(getattr(self.run, "calendar_version", None))

    @cached_property
    def routes(self) -> list[rules.Route]:
        """The edges of this run's flow."""
        return self.run.flow_class.routes()

    # --- entering a step ---

    def open_step(self, node: Any, token: Token, previous: Step) -> Step:
        """Enter a node: resolve who signs, open the step and its shares, tell them."""
        policy = policy_by_id(self.run.policies[node.policy_key])
        asking = resolvers.asking(
            policy, self.run, people_in(self.run, self.shares, policy, after=previous), node, now=self.now
        )
        asked = resolvers.resolve(
            policy, self.run, asking, appended=self.run.appended.get(node.name, ()), now=self.now
        )
        step = self.new_step(node, token, previous, policy=policy, waits_for=asked.waits_for)
        due = self.run.flow_class.instance.due_of(self.run, node)
        if due is None and policy.limit_days is not None:
            due = deadlines.due_day(district_day(self.now), policy.limit_days, self.calendar)
        if due is not None:
            step.due_on = step.first_due_on = due.day
            step.due_provisional = due.provisional
        self._ask(self.keep(step), policy, asked)
        return step

    def keep(self, step: Step) -> Step:
        """Write a new step (one statement)."""
        step.save(force_insert=True)
        return self.know(step)

    def know(self, step: Step) -> Step:
        """The one instance of a step in this move; its run is the locked one."""
        step = self.steps.setdefault(step.pk, step)
        step.process = self.run
        return step

    def new_step(self, node: Any, token: Token, previous: Step, **values: Any) -> Step:
        """A step of this run at a node, not saved yet."""
        return Step(
            process=self.run,
            flow_task=node,
            flow_task_type=node.task_type,
            token=token,
            previous_step=previous if previous.flow_task_type != "START" else None,
            round=self.run.round,
            created=self.now,
            calendar_version=self.calendar.version,
            **values,
        )

    def _ask(self, step: Step, policy: Policy, asked: resolvers.Asked) -> None:
        shares = [self.share_of(step, policy, seat, order) for order, seat in enumerate(asked.seats)]
        # Whose turn it is must be known before the rows are written, and they have no keys yet.
        numbered = [
            rules.Share(number, share.status, weight=share.weight) for number, share in enumerate(shares)
        ]
        for number, status in rules.arrange(policy.terms, numbered).statuses.items():
            shares[number].status = status
        for share in Assignment.objects.bulk_create(shares):
            self.shares.append(share)
            self._know(share)
        for share, seat in zip(shares, asked.seats, strict=True):
            if seat.auto:
                self.record(
                    "share.auto", step, post=seat.signer.post.name, assignment=share.pk, why=seat.auto
                )
            elif share.status == rules.OPEN:
                self.tell("step.todo", step, seat.signer.told, key=f"todo:{share.pk}")
        if asked.waits_for:
            self.record("step.waits", step, waits_for=asked.waits_for)
            self.tell_campaign_office("step.blocked", step, key=f"blocked:{step.pk}", post=asked.waits_for)
        self.stands = True

    def share_of(self, step: Step, policy: Policy, seat: resolvers.Seat, order: int) -> Assignment:
        """A seat as a row that is not written yet; one that the system marks is signed already."""
        marked = {"status": rules.APPROVED, "decided": self.now} if seat.auto else {}
        return Assignment(
            run=self.run,
            step=step,
            post_id=seat.signer.post.id,
            handed_to_id=seat.signer.handed_to,
            order=order,
            weight=policy.weights.get(seat.signer.post.code, 1),
            opened=self.now,
            auto=seat.auto,
            decided_by_id=seat.by,
            **marked,
        )

    def pass_if_signed(self, step: Step) -> None:
        """Close a step that needs nobody any more the moment it opens; the library then walks on."""
        policy = policy_by_id(step.policy_id)
        result = rules.arrange(policy.terms, [share.as_share() for share in self.of(step)]).result
        if result == rules.GRANTED and not step.waits_for:
            self.close_step(step, result)

    # --- leaving a step ---

    def walk_on(self, step: Step) -> None:
        """Enter what follows a closed step; somebody must then have something to do, or the run is over.

        The step keeps whether anything happened on the way that cannot be undone.
        """
        self.stands = self.binding = False
        step.flow_task.activation_class(step).activate_next()
        if not self.stands:
            raise RuntimeError(f"{self.run}: nobody has anything to do after {step.flow_task}")
        if self.binding and self.run.status == PROCESS.NEW:
            Step.objects.filter(pk=step.pk).update(binding=True)

    def enter(self, before: Step, again: Sequence[Step]) -> None:
        """Enter the nodes of these steps again, each with its old token, as if coming from `before`."""
        activation = before.flow_task.activation_class(before)
        activation._activate_next({step.flow_task._create(activation, step.token) for step in again})

    def move_to(self, here: Step, node: Any) -> Step:
        """Void an open step and enter another node with its token, in a new round."""
        self.void([here])
        self.run.round += 1
        activation = here.flow_task.activation_class(here)
        again = node._create(activation, here.token)
        activation._activate_next({again})
        return again.task

    def close_step(self, step: Step, outcome: str) -> None:
        """Mark a step done, only while it is still open."""
        self.change_one(
            Step.objects.filter(pk=step.pk, status=STATUS.NEW),
            status=STATUS.DONE,
            outcome=outcome,
            finished=self.now,
        )
        step.status, step.outcome, step.finished = STATUS.DONE, outcome, self.now

    @staticmethod
    def change_one(rows: QuerySet, **values: Any) -> None:
        """Change one row that must still be as it was read."""
        if rows.update(**values) != 1:
            raise WrongState("changed-meanwhile")

    def end_run(self, status: str, outcome: str) -> None:
        """The run is over; an end node or a withdrawal says so. The initiator hears of a refusal."""
        self.run.status, self.run.outcome, self.run.finished = status, outcome, self.now
        if outcome == "refused":
            key = f"refused:{self.run.pk}:{self.run.round}"
            self.tell("run.refused", None, [self.run.initiator_id], key=key)
        self.record(f"run.{outcome}", None)
        self.stands = True
        if self.ancestors and outcome != "void":
            self.tell_parent(outcome)
