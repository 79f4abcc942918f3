"""Walking through a flow on a locked run: entering and closing steps, branches, going back, waiting, the end."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from functools import cached_property
from typing import Any

from django.db.models import QuerySet
from procrastinate.contrib.django import app
from viewflow.workflow.status import PROCESS, STATUS
from viewflow.workflow.token import Token

from flows.deadlines import rules as deadlines
from flows.deadlines.selectors import calendar
from hetang_flow.lib.clock import district_day
from hetang_flow.lib.errors import WrongState
from permissions.actors import Actor

from .. import resolvers, rules
from ..models import Assignment, Policy, Run, Step
from ..selectors_policy import current_versions, policy_by_id
from ..standing import people_in
from .ledger import Ledger

TRIGGER_JOB = "flows.engine.tasks.pull_trigger"


class Walk(Ledger):
    """The steps of one run; nodes answer what comes next, this writes it."""

    def __init__(self, *, by: Actor, now: datetime) -> None:
        super().__init__(by=by, now=now)
        self.shares: list[Assignment] = []
        self.steps: dict[int, Step] = {}
        self.parent: Run | None = None
        self.back: tuple[Step, bool] | None = None
        self.joined: set[str] = set()
        self.stands = False

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
        self._ask(self._keep(step), policy, asked)
        return step

    def _keep(self, step: Step) -> Step:
        step.save(force_insert=True)
        self.steps[step.pk] = step
        return step

    def new_step(self, node: Any, token: Token, previous: Step, **values: Any) -> Step:
        """A step of this run at a node, not saved yet."""
        return Step(
            process=self.run,
            flow_task=node,
            flow_task_type=node.task_type,
            token=token,
            previous_step=previous if previous.pk and previous.policy_id else None,
            round=self.run.round,
            created=self.now,
            **values,
        )

    def _ask(self, step: Step, policy: Policy, asked: resolvers.Asked) -> None:
        shares = [
            Assignment(
                run=self.run,
                step=step,
                post_id=seat.signer.post.id,
                handed_to_id=seat.signer.handed_to,
                order=order,
                weight=policy.weights.get(seat.signer.post.code, 1),
                opened=self.now,
                **({"status": rules.APPROVED, "decided": self.now} if seat.auto else {}),
                auto=seat.auto,
                decided_by_id=seat.by,
            )
            for order, seat in enumerate(asked.seats)
        ]
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

    def pass_if_signed(self, step: Step) -> None:
        """Close a step that needs nobody any more the moment it opens; the library then walks on."""
        policy = policy_by_id(step.policy_id)
        result = rules.arrange(policy.terms, [share.as_share() for share in self.of(step)]).result
        if result == rules.GRANTED and not step.waits_for:
            self.close_step(step, result)

    def start_sub_run(self, node: Any, token: Token, previous: Step) -> Step:
        """Open a step that waits for another run of this matter, and start that run."""
        step = self._keep(self.new_step(node, token, previous))
        sub_flow = node.sub_flow()
        child = sub_flow.start.run(
            move=self.beside(),
            title=self.run.title,
            label=str(sub_flow.label),
            code=f"{self.run.code}.{step.pk}",
            chain_id=self.run.chain_id,
            initiator_id=self.run.initiator_id,
            initiator_post_id=self.run.initiator_post_id,
            created=self.now,
            policies=current_versions(sub_flow.policy_keys()),
            parent_step=step,
        )
        self.record("subrun.started", step, code=child.code)
        self.stands = True
        return step

    def sleep(self, node: Any, token: Token, previous: Step) -> Step:
        """Open a step that a daily job wakes after the node's working days."""
        due = deadlines.due_day(district_day(self.now), node.days, self.calendar)
        step = self._keep(
            self.new_step(node, token, previous, wakes_on=due.day, due_provisional=due.provisional)
        )
        self.record("step.sleeps", step, until=due.day)
        self.stands = True
        return step

    def pull_trigger(self, node: Any, token: Token, previous: Step) -> Step:
        """Open a step and enqueue its job, which stands or falls with this transaction."""
        step = self._keep(self.new_step(node, token, previous))
        app.configure_task(TRIGGER_JOB, lock=f"trigger:{step.pk}").defer(step_id=step.pk)
        self.record("step.triggered", step)
        self.stands = True
        return step

    def branches_open(self, token: Token, *, but: Step) -> bool:
        """Whether another branch of the split this token comes from is still under way (one statement).

        Two branches that end in the same operation pass the join once.
        """
        prefix = token.token.rsplit("_", 1)[0] + "_" if token.is_split_token() else f"{token.token}/"
        active = Step.objects.filter(process=self.run, status=STATUS.NEW, token__startswith=prefix)
        self.stands = True
        if prefix in self.joined or active.exclude(pk=but.pk).exists():
            return True
        self.joined.add(prefix)
        return False

    # --- leaving a step ---

    def walk_on(self, step: Step) -> None:
        """Enter what follows a closed step; somebody must then have something to do, or the run is over."""
        self.stands = False
        step.flow_task.activation_class(step).activate_next()
        if not self.stands:
            raise RuntimeError(f"{self.run}: nobody has anything to do after {step.flow_task}")

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

    # --- going back ---

    def refuse_to(self, activation: Any, node: Any) -> Iterator[Any]:
        """Follow a refusal: to the step a return names, or along the refused edge.

        An edge to a node already walked is a return: what is open behind it is swept, a new round begins.
        """
        here = activation.task
        if self.back:
            target, resume = self.back
            self.back = None
            yield from self.go_back(activation, target, resume=resume)
            return
        walked = self._walked(node, here) if node.name in self.upstream_of(here) else None
        if walked:
            yield from self.go_back(activation, walked, resume=False)
        else:
            yield node._create(activation, here.token)

    def upstream_of(self, step: Step) -> set[str]:
        """The nodes before a step's in its flow."""
        return rules.upstream(self.routes, step.flow_task.name)

    def _walked(self, node: Any, here: Step) -> Step | None:
        walked = (s for s in self.all_steps() if s.status == STATUS.DONE and s.flow_task == node)
        return next((s for s in reversed([*walked]) if rules.touches(s.token.token, here.token.token)), None)

    def go_back(self, activation: Any, target: Step, *, resume: bool) -> Iterator[Any]:
        """Enter an executed step again in a new round; `resume` keeps where to go on once it is done."""
        here, node = activation.task, target.flow_task
        swept = self.sweep(node, target.token.token)
        self.run.round += 1
        again = node._create(activation, target.token)
        if resume:
            places = [{"node": step.flow_task.name, "token": step.token.token} for step in (here, *swept)]
            Step.objects.filter(pk=again.task.pk).update(resume=places)
            again.task.resume = places
        yield again

    def resume_from(self, activation: Any) -> Iterator[Any]:
        """Go on where the matter was returned from, siblings included."""
        for place in activation.task.resume:
            node = self.run.flow_class.instance.node(place["node"])
            yield node._create(activation, Token(place["token"]))

    def sweep(self, node: Any, token: str) -> list[Step]:
        """Void whatever is open at or behind a node on its branch; nothing is overwritten."""
        behind = rules.downstream(self.routes, node.name) | {node.name}
        active = [
            step
            for step in self.open_steps()
            if step.flow_task.name in behind and rules.touches(step.token.token, token)
        ]
        self.void(active)
        return active

    def void(self, steps: Sequence[Step]) -> None:
        """Close steps that lost their meaning, with every share nobody has used; their sub-runs end with them."""
        if not steps:
            return
        Step.objects.filter(pk__in=[step.pk for step in steps], status=STATUS.NEW).update(
            status=STATUS.CANCELED, finished=self.now
        )
        Assignment.objects.filter(step__in=steps, status__in=[rules.OPEN, rules.WAITING]).update(
            status=rules.VOID
        )
        for share in self.shares:
            if share.step_id in {step.pk for step in steps} and share.status in (rules.OPEN, rules.WAITING):
                share.status = share.kept["status"] = rules.VOID
        for step in steps:
            step.status, step.finished = STATUS.CANCELED, self.now
            if step.flow_task_type == "SUBPROCESS":
                self._end_children(step)

    def _end_children(self, step: Step) -> None:
        children = Run.objects.select_for_update(no_key=True).filter(parent_step=step, status=PROCESS.NEW)
        for child in children.order_by("pk"):
            other = self.also(child)
            other.void(other.open_steps())
            other.end_run(PROCESS.CANCELED, "void")
            child.flow_class.instance.on_closed(other)

    def end_run(self, status: str, outcome: str) -> None:
        """The run is over; an end node or a withdrawal says so. The initiator hears of a refusal."""
        self.run.status, self.run.outcome, self.run.finished = status, outcome, self.now
        if outcome == "refused":
            self.tell(
                "run.refused", None, [self.run.initiator_id], key=f"refused:{self.run.pk}:{self.run.round}"
            )
        self.record(f"run.{outcome}", None)
        self.stands = True
        if self.parent is not None and outcome != "void":
            self._tell_parent(outcome)

    def _tell_parent(self, outcome: str) -> None:
        """A sub-run that is over lets its parent go on; the parent was locked before it."""
        step = Step.objects.filter(pk=self.run.parent_step_id, status=STATUS.NEW).first()
        if step is None:
            return
        above = self.also(self.parent)
        above.load()
        step = above.steps.setdefault(step.pk, step)
        step.process = self.parent
        result = rules.GRANTED if outcome == "completed" else rules.REFUSED
        above.record("subrun.ended", step, code=self.run.code, outcome=outcome)
        above.close_step(step, result)
        above.walk_on(step)
