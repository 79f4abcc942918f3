"""Branches: a token says in which branch a step lies. A branch that waits at a join is a step like any other wait."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from viewflow import this
from viewflow.workflow.base import Edge, Node
from viewflow.workflow.nodes.mixins import NextNodeMixin
from viewflow.workflow.token import Token

from .nodes import NEVER, Arrival, Passage, Titled

Condition = Callable[[Any], bool]


@dataclass(frozen=True, slots=True)
class Branch:
    """One way on, when its condition (a function of the run) holds; without one, always."""

    node: Any
    when: Condition | None = None
    label: str | Promise = ""


class Gateway(Titled, Node):
    """What gateways share: named ways on, written with Case and, where one must hold, Default."""

    shape = {"width": 50, "height": 50, "svg": '<path class="gateway" d="M25,0L50,25L25,50L0,25L25,0"/>'}

    def __init__(self, *, title: str | Promise) -> None:
        super().__init__(title=title)
        self._ways: list[Branch] = []
        self._default: Any = None

    def Case(self, node, when: Condition, *, label: str | Promise):  # noqa: N802 - the library's spelling
        """A way on under a condition, with its words for people."""
        self._ways.append(Branch(node, when, label))
        return self

    def Default(self, node):  # noqa: N802 - the library's spelling for edges
        """The way on when no condition holds."""
        self._default = node
        return self

    def _resolve(self, instance):
        self._ways = [replace(b, node=this.resolve(instance, b.node)) for b in self._ways]
        self._default = this.resolve(instance, self._default)

    def _outgoing(self) -> Iterator[Edge]:
        for branch in self._ways:
            yield Edge(src=self, dst=branch.node, edge_class="cond_true", label=branch.label)
        if self._default is not None:
            yield Edge(src=self, dst=self._default, edge_class="default", label=_("otherwise"))

    def chosen(self, run: Any) -> list[Any]:
        """The nodes whose conditions hold for this run, else the default."""
        held = [branch.node for branch in self._ways if branch.when is None or branch.when(run)]
        return held or [self._default]


class Choice(Gateway):
    """条件分支: the first way whose condition holds; a default is obligatory."""

    task_type, bpmn_element = "SWITCH", "exclusiveGateway"

    def _create(self, prev_activation, token, data=None, seed=None):
        return self.chosen(prev_activation.process)[0]._create(prev_activation, token)


class Split(Gateway):
    """并行/包容分支: every way that applies at once, each in a branch of its own; Join brings them together.

    Ways written with Always make it parallel; ways with Case make it inclusive, and a Default is obligatory then.
    """

    task_type, bpmn_element = "PARALLEL_GATEWAY", "inclusiveGateway"

    def Always(self, node, *, label: str | Promise = ""):  # noqa: N802 - the library's spelling for edges
        """A way that is always taken."""
        self._ways.append(Branch(node, None, label))
        return self

    def _create(self, prev_activation, token, data=None, seed=None):
        nodes = self.chosen(prev_activation.process)
        tokens = Token.split_token_source(token.token, prev_activation.task.pk)
        return _Several([node._create(prev_activation, next(tokens)) for node in nodes])


class Join(Titled, NextNodeMixin, Node):
    """汇聚: passes on when every branch of its split that is still open waits here; it closes exactly one split."""

    task_type, bpmn_element = "JOIN", "inclusiveGateway"
    shape = Gateway.shape

    def _create(self, prev_activation, token, data=None, seed=None):
        return Arrival(self, prev_activation, token)


class _Several:
    """Stands for the first steps of several branches; the library wakes each of them."""

    type = "split"

    def __init__(self, activations: list[Any]) -> None:
        self.activate = self.complete = NEVER
        self.create_next = Passage(lambda: activations)
