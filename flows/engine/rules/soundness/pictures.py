"""The plain picture of a flow and its policies, and the faults found in it."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property

ERROR, WARNING, NOTE = "error", "warning", "note"


class Kind(StrEnum):
    """What a node is."""

    START = "start"
    WORK = "work"
    SIGN = "sign"
    EFFECT = "effect"
    CHOICE = "choice"
    SPLIT = "split"
    JOIN = "join"
    DELAY = "delay"
    TRIGGER = "trigger"
    SUBRUN = "subrun"
    END = "end"
    STOP = "stop"


PEOPLE = frozenset({Kind.WORK, Kind.SIGN})
ENDS = frozenset({Kind.END, Kind.STOP})
PASSED_THROUGH = frozenset({Kind.START, Kind.EFFECT, Kind.CHOICE, Kind.SPLIT, Kind.JOIN})


class How(StrEnum):
    """When an edge is taken."""

    ON = "on"
    GRANTED = "granted"
    REFUSED = "refused"
    CASE = "case"  # when its condition holds; which data make it hold is not looked at
    ALWAYS = "always"
    DEFAULT = "default"


@dataclass(frozen=True, slots=True)
class Edge:
    """A way on; `to` is empty where the flow names none."""

    to: str
    how: How = How.ON
    label: str = ""


@dataclass(frozen=True, slots=True)
class Node:
    """One node. `policy` says by whom and how it is signed, `sub` which flow a sub-run walks, `days` how long a delay is."""

    name: str
    kind: Kind
    edges: tuple[Edge, ...] = ()
    title: str = ""
    policy: str = ""
    sub: str = ""
    waits: bool = True
    days: int = 0

    @property
    def judges(self) -> bool:
        """Whether people decide on others' work here."""
        return self.kind == Kind.SIGN

    @property
    def is_step(self) -> bool:
        """Whether the flow stands still here: for people, a day, a job or another run."""
        return self.kind not in PASSED_THROUGH | ENDS and not (self.kind == Kind.SUBRUN and not self.waits)

    @property
    def open_edges(self) -> list[Edge]:
        """The edges that can ever be taken: a sub-run nobody waits for is never refused."""
        if self.kind == Kind.SUBRUN and not self.waits:
            return [edge for edge in self.edges if edge.how != How.REFUSED]
        return list(self.edges)


@dataclass(frozen=True)
class Flow:
    """A whole flow; `most_days` is how long its longest way may take by the limits, in working days."""

    key: str
    title: str
    nodes: Mapping[str, Node]
    most_days: int | None = None

    @cached_property
    def start(self) -> str:
        """The node at which a run begins."""
        return next(node.name for node in self.nodes.values() if node.kind == Kind.START)

    def edges_from(self, name: str) -> list[Edge]:
        """The edges that can be taken from a node, those that lead nowhere left out."""
        return [edge for edge in self.nodes[name].open_edges if edge.to in self.nodes]

    @cached_property
    def behind(self) -> Mapping[str, frozenset[str]]:
        """For each node, what lies after it by forward edges."""
        return {name: reach(self, name, forward) for name in self.nodes}

    def leads_back(self, source: str, edge: Edge) -> bool:
        """Whether a refusal goes to a node that lies before its own: a new round."""
        return edge.how == How.REFUSED and source in self.behind[edge.to] | {edge.to}

    @property
    def has_conditions(self) -> bool:
        """Whether data decide about a way somewhere."""
        return any(edge.how == How.CASE for node in self.nodes.values() for edge in node.edges)


@dataclass(frozen=True, slots=True)
class Policy:
    """A policy as plain values; posts by code."""

    key: str
    name: str = ""
    mode: str = "any_of"
    on_no: str = "veto"
    threshold: int = 50
    weights: Mapping[str, int] = field(default_factory=dict)
    resolver: str = ""
    duty: str = ""
    gate: bool = False
    limit_days: int | None = None
    on_empty: str = "block"
    stand_in: str = ""
    on_self: str = "forbid"
    on_repeat: str = "none"
    alternate: str = ""
    recuse: tuple[str, ...] = ()
    on_timeout: str = "remind"

    @property
    def level(self) -> str:
        """The duty that signing here means; its own when none is named."""
        return self.duty or self.key


@dataclass(frozen=True, slots=True)
class Stop:
    """One node of a path; `how` says what was decided there when that is not plain, `words` a label or who is asked."""

    node: str
    how: str = ""
    words: str = ""


Trail = tuple[Stop, ...]


@dataclass(frozen=True, slots=True)
class Fault:
    """Something that does not hold: a code, its facts, and the path that leads to it.

    `subjects` are the matters it concerns; `again` says that the path goes on in a circle.
    """

    code: str
    flow: str
    node: str = ""
    policy: str = ""
    facts: Mapping[str, str] = field(default_factory=dict)
    trail: Trail = ()
    severity: str = ERROR
    subjects: tuple[str, ...] = ()
    again: bool = False


Along = Callable[[Node, Edge], bool]


def any_edge(node: Node, edge: Edge) -> bool:
    """Every edge counts."""
    return True


def forward(node: Node, edge: Edge) -> bool:
    """Every edge but a refusal counts."""
    return edge.how != How.REFUSED


def reach(flow: Flow, source: str, along: Along = any_edge) -> frozenset[str]:
    """The nodes after `source` by the edges that count; itself among them only on a circle."""
    found: set[str] = set()
    frontier = [source]
    while frontier:
        node = flow.nodes[frontier.pop()]
        for edge in flow.edges_from(node.name):
            if along(node, edge) and edge.to not in found:
                found.add(edge.to)
                frontier.append(edge.to)
    return frozenset(found)


def stop_at(node: Node, edge: Edge) -> Stop:
    """How a path mentions a node that it leaves by this edge."""
    if edge.how in (How.ON, How.GRANTED, How.ALWAYS):
        return Stop(node.name)
    return Stop(node.name, edge.how.value, edge.label)


def walk(flow: Flow, source: str, target: str, along: Along = any_edge) -> Trail:
    """The shortest way of at least one edge from one node to another, so to itself a circle; empty if there is none."""
    before: dict[str, tuple[str, Edge]] = {}
    frontier = [source]
    for name in frontier:
        node = flow.nodes[name]
        for edge in flow.edges_from(name):
            if not along(node, edge) or edge.to in before:
                continue
            before[edge.to] = (name, edge)
            if edge.to != target:
                frontier.append(edge.to)
                continue
            stops = [Stop(target)]
            while name != source:
                stops.insert(0, stop_at(flow.nodes[name], edge))
                name, edge = before[name]
            return (stop_at(flow.nodes[name], edge), *stops)
    return ()


def trail_to(flow: Flow, target: str) -> Trail:
    """The shortest path from the start to a node; empty when there is none."""
    return (Stop(target),) if target == flow.start else walk(flow, flow.start, target)


def trail_along(flow: Flow, node: Node, edge: Edge) -> Trail:
    """The shortest path to a node, and on along one of its edges."""
    return (*trail_to(flow, node.name)[:-1], stop_at(node, edge), Stop(edge.to))


def ways(flow: Flow, *kinds: Kind) -> Iterator[tuple[Node, Edge]]:
    """Every edge that leaves a node of these kinds and leads somewhere."""
    for node in flow.nodes.values():
        if node.kind in kinds:
            for edge in flow.edges_from(node.name):
                yield node, edge
