"""The nodes a flow is written with, by subclassing the library's only; what they write goes through the Move.

Human steps wait: nothing moves them but an operation. Effects and ends leave no row of their own.
"""

from collections.abc import Callable, Iterator
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from viewflow import this
from viewflow.workflow.activation import Activation
from viewflow.workflow.base import Edge, Node
from viewflow.workflow.nodes.mixins import NextNodeMixin
from viewflow.workflow.status import PROCESS, STATUS
from viewflow.workflow.token import Token

from . import rules

BOX = '<rect class="task" width="150" height="100" rx="5" ry="5"/>'


class OnlyOperationsMove(RuntimeError):
    """The library's own life of a task is not used; an operation of the engine does this."""


class HumanActivation(Activation):
    """A step that waits for people."""

    @classmethod
    def create(cls, flow_task, prev_activation, token, data=None, seed=None):
        move = prev_activation.process.move
        return cls(move.open_step(flow_task, token, prev_activation.task))

    @Activation.status.super()
    def activate(self):
        """People act later, unless nobody has to: then the step closes at once and the flow walks on."""
        if self.task.policy_id:
            self.process.move.pass_if_signed(self.task)

    @Activation.status.transition(source=STATUS.STARTED, target=STATUS.DONE)
    def complete(self):
        """Never taken: the base class would complete a new step at once."""

    @Activation.status.transition(source=STATUS.NEW, target=STATUS.CANCELED)
    def cancel(self):
        raise OnlyOperationsMove("cancel: use withdraw or a return")

    @Activation.status.super()
    def undo(self):
        raise OnlyOperationsMove("undo: use a return")

    @Activation.status.super()
    def revive(self):
        raise OnlyOperationsMove("revive: use a return")


class WorkActivation(HumanActivation):
    """One way on; work that was returned with "go on at the returner" goes straight back there."""

    @Activation.status.super()
    def create_next(self):
        if self.task.resume:
            yield from self.process.move.resume_from(self)
        else:
            yield self.flow_task._next._create(self, self.task.token)


class SignOffActivation(HumanActivation):
    """Two ways on; the tally of the policy chooses."""

    @Activation.status.super()
    def create_next(self):
        node = self.flow_task
        if self.task.outcome != rules.GRANTED:
            yield from self.process.move.refuse_to(self, node._refused)
        elif self.task.resume:
            yield from self.process.move.resume_from(self)
        else:
            yield node._granted._create(self, self.task.token)


class Titled:
    """A node that says its name to people; `judges` is true where people decide on others' work."""

    judges = False

    def __init__(self, *args: Any, title: str | Promise = "", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if title:
            self.task_title = title


class Human(Titled, Node):
    """What Work and SignOff share: the key of the policy row that says who signs and how."""

    task_type = "HUMAN"
    bpmn_element = "userTask"
    shape = {"width": 150, "height": 100, "text-align": "middle", "svg": BOX}

    def __init__(self, policy: str, *, title: str | Promise = "") -> None:
        super().__init__(title=title)
        self.policy_key = policy


class Work(NextNodeMixin, Human):
    """Somebody does something and hands it on; there is nothing to refuse.

    `ready(move)` may refuse completion, with what is still missing; it runs under the Run's lock and
    returns the words that go with the work when none are given. Work that is handed in `by_form` has its own form on
    the flow's part of the sheet, so no plain button stands below it.
    """

    activation_class = WorkActivation

    def __init__(
        self,
        policy: str,
        *,
        title: str | Promise = "",
        ready: Callable[..., str] | None = None,
        by_form: bool = False,
    ) -> None:
        super().__init__(policy, title=title)
        self.ready = ready
        self.by_form = by_form


class TwoWays:
    """A node with a way on and a way for a no; both are named."""

    _granted = _refused = None

    def Granted(self, node):  # noqa: N802 - the library's spelling for edges
        self._granted = node
        return self

    def Refused(self, node):  # noqa: N802 - the library's spelling for edges
        self._refused = node
        return self

    def _resolve(self, instance):
        self._granted = this.resolve(instance, self._granted)
        self._refused = this.resolve(instance, self._refused)

    def _outgoing(self) -> Iterator[Edge]:
        yield Edge(src=self, dst=self._granted, edge_class="cond_true", label=_("granted"))
        if self._refused is not None:
            yield Edge(src=self, dst=self._refused, edge_class="cond_false", label=_("returned"))


class SignOff(TwoWays, Human):
    """Posts decide by the rules of a policy."""

    activation_class = SignOffActivation
    judges = True
    shape = {**Human.shape, "svg": BOX + '<path class="task-marker" d="m 8,14 l 5,6 l 10,-12"/>'}


class Effect(Titled, NextNodeMixin, Node):
    """What follows a decision, in the same transaction, on rows already locked; passes on at once."""

    task_type, bpmn_element = "FUNCTION", "scriptTask"
    shape = {**Human.shape, "svg": BOX + '<path class="task-marker" d="m 8,10 l 16,0 m -16,5 l 12,0"/>'}

    def __init__(
        self, function: Callable[..., None], *, title: str | Promise = "", reversible: bool = False
    ) -> None:
        super().__init__(title=title)
        self.function = function
        self.reversible = reversible

    def _create(self, prev_activation, token, data=None, seed=None):
        move = prev_activation.process.move
        self.function(move)
        move.binding |= not self.reversible
        return self._next._create(prev_activation, token)


class End(Titled, Node):
    """The end of the run, or of one branch: the last branch to end ends the run. It costs two columns and no row."""

    task_type, bpmn_element = "END", "endEvent"
    outcome = "completed"
    status = PROCESS.DONE
    shape = {"width": 50, "height": 50, "svg": '<circle class="event end-event" cx="25" cy="25" r="25"/>'}

    def _outgoing(self) -> Iterator[Edge]:
        return iter(())

    def _create(self, prev_activation, token, data=None, seed=None):
        return Arrival(self, prev_activation, token)


class Stop(End):
    """The run ends without what it asked for, with whatever is open in other branches."""

    outcome = "refused"
    status = PROCESS.CANCELED


class Arrival:
    """A branch that has come to a join or an end; the library wakes it when nothing else is left to walk."""

    type = "join"

    def __init__(self, node: Node, activation: Activation, token: Token) -> None:
        self.node, self.activation, self.token = node, activation, token
        activation.process.move.arrivals.append(self)
        self.activate = Passage(self._wake)
        self.complete = self.create_next = NEVER

    def _wake(self) -> None:
        """Only from now on does anything follow: the library asks for that in earlier rounds too."""
        self.create_next = Passage(lambda: self.activation.process.move.arrived(self))


class Passage:
    """Stands where the library expects a transition: it can be taken or it cannot, and hands out what comes next."""

    def __init__(self, follow: Callable[[], Any] | None = None) -> None:
        self.follow = follow

    def can_proceed(self) -> bool:
        """Whether anything follows here."""
        return self.follow is not None

    def __call__(self) -> Any:
        return self.follow() if self.follow else ()


NEVER = Passage()
