"""Nodes at which nobody is asked: the flow waits for a day, a job, or another run."""

from collections.abc import Callable
from typing import Any

from django.utils.functional import Promise
from viewflow.workflow.activation import Activation
from viewflow.workflow.base import Node
from viewflow.workflow.nodes.mixins import NextNodeMixin
from viewflow.workflow.status import PROCESS

from . import rules
from .nodes import BOX, Human, HumanActivation, Titled, TwoWays


class WaitActivation(HumanActivation):
    """A step that waits for a day, a job or another run; nobody is asked."""

    @classmethod
    def create(cls, flow_task, prev_activation, token, data=None, seed=None):
        return cls(flow_task.wait(prev_activation.process.move, token, prev_activation.task))

    @Activation.status.super()
    def create_next(self):
        yield self.flow_task._next._create(self, self.task.token)


class SubRunActivation(WaitActivation):
    """Waits for the run it started; its end decides which way to go."""

    @Activation.status.super()
    def activate(self):
        """Nobody waits for a sub-run beside the flow, nor for one that is over already: the flow walks on."""
        child = self.task.child
        if not self.flow_task.waits:
            self.process.move.close_step(self.task, rules.GRANTED)
        elif child.status != PROCESS.NEW:
            result = rules.GRANTED if child.outcome == "completed" else rules.REFUSED
            self.process.move.close_step(self.task, result)

    @Activation.status.super()
    def create_next(self):
        node = self.flow_task
        if self.task.outcome == rules.GRANTED:
            yield node._granted._create(self, self.task.token)
        else:
            yield from self.process.move.refuse_to(self, node._refused)


class SubRun(Titled, TwoWays, Node):
    """子流程: another flow for this matter. With `waits` the parent goes on when it is over and ends it with itself;
    without, at once, and the sub-run lives on its own: it has no way for a no.
    """

    task_type, bpmn_element = "SUBPROCESS", "callActivity"
    activation_class = SubRunActivation
    shape = {**Human.shape, "svg": BOX + '<path class="task-marker" d="m 68,86 l 14,0 m -7,-7 l 0,14"/>'}

    def __init__(self, flow_class: Callable[[], type], *, title: str | Promise, waits: bool = True) -> None:
        super().__init__(title=title)
        self.sub_flow, self.waits = flow_class, waits

    def wait(self, move: Any, token: Any, previous: Any) -> Any:
        """Open the waiting step and start the sub-run under it."""
        return move.start_sub_run(self, token, previous)


class Delay(Titled, NextNodeMixin, Node):
    """延时: waits a number of working days, by the working calendar."""

    task_type, bpmn_element = "DELAY", "intermediateCatchEvent"
    activation_class = WaitActivation
    shape = {**Human.shape, "svg": BOX + '<path class="task-marker" d="m 16,8 l 0,8 l 6,3"/>'}

    def __init__(self, days: int, *, title: str | Promise) -> None:
        super().__init__(title=title)
        self.days = days

    def wait(self, move: Any, token: Any, previous: Any) -> Any:
        """Open a step that a daily job wakes."""
        return move.sleep(self, token, previous)


class Trigger(Titled, NextNodeMixin, Node):
    """触发器: something outside the transaction, done by a job that is tried again until it succeeds.

    `function(run_id, key)` may be called more than once with the same key and must then do nothing more.
    """

    task_type, bpmn_element = "TRIGGER", "serviceTask"
    activation_class = WaitActivation
    shape = {**Human.shape, "svg": BOX + '<path class="task-marker" d="m 14,6 l -6,9 l 8,0 l -6,9"/>'}

    def __init__(self, function: Callable[..., None], *, title: str | Promise) -> None:
        super().__init__(title=title)
        self.function = function

    def wait(self, move: Any, token: Any, previous: Any) -> Any:
        """Open a step and enqueue its job in this transaction."""
        return move.pull_trigger(self, token, previous)
