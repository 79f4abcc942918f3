"""What a run waits for besides people: its other branches, another run, a day, a job outside."""

from collections.abc import Iterator, Sequence
from typing import Any

from procrastinate.contrib.django import app
from viewflow.workflow.status import PROCESS, STATUS
from viewflow.workflow.token import Token

from flows.deadlines import rules as deadlines
from hetang_flow.lib.clock import district_day

from .. import rules
from ..gateways import Join
from ..models import Run, Step
from ..nodes import Arrival, Stop
from ..selectors_policy import current_versions
from ..waits import SubRun
from .ledger import Ledger

TRIGGER_JOB = "flows.engine.tasks.pull_trigger"


class Waiting(Ledger):
    """Steps at which nobody is asked, and the runs below and above this one."""

    arrivals: list[Arrival]
    ancestors: list[Run]

    # --- branches ---

    def arrived(self, at: Arrival) -> Iterator[Any]:
        """A branch has come to a join or an end: it waits for the others, goes on for all of them, or ends the run.

        Whoever has arrived too but was not heard yet counts as open: the last of them decides.
        """
        self.arrivals.remove(at)
        if self.run.status != PROCESS.NEW or any(isinstance(other.node, Stop) for other in self.arrivals):
            return
        if isinstance(at.node, Stop):
            self.void(self.open_steps())
            self.end_run(at.node.status, at.node.outcome)
            return
        is_join = isinstance(at.node, Join)
        found = rules.meeting(
            rules.Place(at.token.token, at.node.name if is_join else ""), [*self._places(at.token)]
        )
        if found.over:
            self.end_run(at.node.status, at.node.outcome)
        elif found.join:
            join = self.run.flow_class.instance.node(found.join)
            self._pass(join, found.token)
            yield join._next._create(at.activation, Token(found.token))
        elif is_join:
            self.keep(self.new_step(at.node, at.token, at.activation.task))

    def _places(self, token: Token) -> Iterator[rules.Place]:
        """Where the other branches are (one statement an operation; none outside of any split)."""
        if not token.is_split_token():
            return
        for step in self.open_steps():
            join = step.flow_task.name if step.flow_task_type == Join.task_type else ""
            self.stands |= not join
            yield rules.Place(step.token.token, join)
        yield from (rules.Place(other.token.token) for other in self.arrivals)

    def _pass(self, join: Any, token: str) -> None:
        """Close the steps of the branches that waited at a join (one statement if there are any)."""
        waited = [
            step
            for step in self.open_steps()
            if step.flow_task == join and step.token.get_base_split_token() == token
        ]
        if waited:
            values = {"status": STATUS.DONE, "outcome": rules.GRANTED, "finished": self.now}
            Step.objects.filter(pk__in=[step.pk for step in waited], status=STATUS.NEW).update(**values)
        for step in waited:
            step.status, step.outcome, step.finished = STATUS.DONE, rules.GRANTED, self.now

    # --- a day, a job ---

    def sleep(self, node: Any, token: Token, previous: Step) -> Step:
        """Open a step that a daily job wakes after the node's working days."""
        due = deadlines.due_day(district_day(self.now), node.days, self.calendar)
        step = self.keep(
            self.new_step(node, token, previous, wakes_on=due.day, due_provisional=due.provisional)
        )
        self.record("step.sleeps", step, until=due.day)
        self.stands = True
        return step

    def pull_trigger(self, node: Any, token: Token, previous: Step) -> Step:
        """Open a step and enqueue its job, which stands or falls with this transaction."""
        step = self.keep(self.new_step(node, token, previous))
        self.enqueue(step)
        self.record("step.triggered", step)
        self.stands = self.binding = True
        return step

    @staticmethod
    def enqueue(step: Step) -> None:
        """Enqueue the job of an open trigger."""
        app.configure_task(TRIGGER_JOB, lock=f"trigger:{step.pk}").defer(step_id=step.pk)

    # --- runs below and above ---

    def start_sub_run(self, node: Any, token: Token, previous: Step) -> Step:
        """Open a step that waits for another run of this matter, and start that run."""
        step = self.keep(self.new_step(node, token, previous))
        self.record("subrun.started", step, code=self._code_below(step))
        below = self.beside()
        step.child = node.sub_flow().start.run(
            move=below,
            title=self.run.title,
            label=str(node.sub_flow().label),
            code=self._code_below(step),
            chain_id=self.run.chain_id,
            initiator_id=self.run.initiator_id,
            initiator_post_id=self.run.initiator_post_id,
            created=self.now,
            policies=current_versions(node.sub_flow().policy_keys()),
            parent_step=step,
            on_saved=lambda _run: below.record("run.started", None),
        )
        self.stands = self.binding = True
        return step

    def _code_below(self, step: Step) -> str:
        number = f".{step.pk}"
        return self.run.code[: Run._meta.get_field("code").max_length - len(number)] + number

    def below(self, steps: Sequence[Step]) -> list[Any]:
        """The running sub-runs these steps wait for, locked after this run, each with a move of its own."""
        waits = [step.pk for step in steps if step.flow_task_type == SubRun.task_type]
        if not waits:
            return []
        children = Run.objects.select_for_update(no_key=True).filter(
            parent_step__in=waits, status=PROCESS.NEW
        )
        return [self.also(child) for child in children.order_by("pk")]

    def end_with_parent(self) -> None:
        """A sub-run nobody waits for any more ends, and its own with it; whoever had it is told."""
        told = self.people_of([share for share in self.load() if share.status == rules.OPEN])
        self.void(self.open_steps())
        self.end_run(PROCESS.CANCELED, "void")
        self.tell("run.void", None, told, key=f"void:{self.run.pk}:{self.run.round}")
        self.run.flow_class.instance.on_closed(self)

    def tell_parent(self, outcome: str) -> None:
        """A sub-run that is over lets its parent go on; the parent was locked before it."""
        step = Step.objects.filter(pk=self.run.parent_step_id, status=STATUS.NEW).first()
        if step is None:
            return
        above = self.also(self.ancestors[-1])
        above.ancestors = self.ancestors[:-1]
        above.load()
        step = above.know(step)
        result = rules.GRANTED if outcome == "completed" else rules.REFUSED
        above.record("subrun.ended", step, code=self.run.code, outcome=outcome)
        above.close_step(step, result)
        above.walk_on(step)
