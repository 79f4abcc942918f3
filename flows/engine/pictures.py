"""Flow classes and policies as the plain pictures that the soundness rules judge."""

from collections.abc import Iterable
from typing import Any

from django.utils.translation import gettext as _

from .flows import Flow
from .gateways import Choice, Join, Split
from .models import Policy
from .nodes import Effect, End, Human, SignOff, Stop, TwoWays, Work
from .rules.soundness import Edge, How, Kind, Node
from .rules.soundness import Flow as FlowPicture
from .rules.soundness import Policy as PolicyPicture
from .waits import Delay, SubRun, Trigger

KINDS = (
    (Work, Kind.WORK),
    (SignOff, Kind.SIGN),
    (Effect, Kind.EFFECT),
    (Choice, Kind.CHOICE),
    (Split, Kind.SPLIT),
    (Join, Kind.JOIN),
    (Delay, Kind.DELAY),
    (Trigger, Kind.TRIGGER),
    (SubRun, Kind.SUBRUN),
    (Stop, Kind.STOP),
    (End, Kind.END),
)
ROOMS = __name__.split(".")[0]
PLAIN = (
    "key", "name", "mode", "on_no", "threshold", "weights", "resolver", "duty", "gate", "limit_days", "on_empty",
    "on_self", "on_repeat", "on_timeout",
)  # fmt: skip


def all_flows(base: type[Flow] = Flow) -> list[type[Flow]]:
    """Every flow that a room offers, in the order in which the rooms were loaded."""
    found = []
    for flow_class in base.__subclasses__():
        if flow_class.__module__.split(".")[0] == ROOMS:
            found.append(flow_class)
        found += all_flows(flow_class)
    return found


def picture_of(flow_class: type[Flow]) -> FlowPicture:
    """A flow with its nodes and edges as plain values, titles in the language of the moment."""
    nodes = [_node(node) for node in flow_class.instance.nodes()]
    # The library hands the nodes out by name; a path reads better from the start.
    nodes.sort(key=lambda node: node.kind != Kind.START)
    title = str(flow_class.process_title)
    return FlowPicture(key_of(flow_class), title, {node.name: node for node in nodes}, flow_class.most_days)


def pictures_of(flow_classes: Iterable[type[Flow]]) -> list[FlowPicture]:
    """The pictures of these flows and of those that their sub-runs walk, each once."""
    found: dict[str, FlowPicture] = {}
    waiting = list(flow_classes)
    while waiting:
        flow_class = waiting.pop(0)
        if key_of(flow_class) not in found:
            found[key_of(flow_class)] = picture_of(flow_class)
            waiting += [n.sub_flow() for n in flow_class.instance.nodes() if isinstance(n, SubRun)]
    return list(found.values())


def key_of(flow_class: type[Flow]) -> str:
    """The name by which other rooms mean a flow: its code, else its class."""
    return flow_class.code or flow_class.__name__


def _node(node: Any) -> Node:
    return Node(
        name=node.name,
        kind=_kind(node),
        edges=tuple(_edges(node)),
        title=_("Start") if node.task_type == "START" else str(node.task_title or node.name),
        policy=node.policy_key if isinstance(node, Human) else "",
        sub=key_of(node.sub_flow()) if isinstance(node, SubRun) else "",
        waits=getattr(node, "waits", True),
        days=getattr(node, "days", 0),
    )


def _kind(node: Any) -> Kind:
    if node.task_type == "START":
        return Kind.START
    for node_class, kind in KINDS:
        if isinstance(node, node_class):
            return kind
    raise TypeError(f"{node} is a {type(node).__name__}, which the soundness rules do not know")


def _edges(node: Any) -> Iterable[Edge]:
    if isinstance(node, TwoWays):
        yield Edge(_name(node._granted), How.GRANTED)
        if node._refused is not None or getattr(node, "waits", True):
            yield Edge(_name(node._refused), How.REFUSED)
    elif isinstance(node, Choice | Split):
        for branch in node._ways:
            how = How.ALWAYS if branch.when is None else How.CASE
            yield Edge(_name(branch.node), how, str(branch.label))
        if node._default is not None:
            yield Edge(_name(node._default), How.DEFAULT)
    elif not isinstance(node, End):
        yield Edge(_name(node._next))


def _name(node: Any) -> str:
    return node.name if node is not None else ""


def policy_of(source: Any, *, stand_in: str | None, alternate: str | None) -> PolicyPicture:
    """A policy, of a plan file or stored, as plain values; its posts by code."""
    plain = {name: getattr(source, name) for name in PLAIN}
    return PolicyPicture(
        **plain, recuse=tuple(source.recuse), stand_in=stand_in or "", alternate=alternate or ""
    )


def policy_of_row(row: Policy) -> PolicyPicture:
    """A stored policy; its posts must be loaded."""
    return policy_of(
        row,
        stand_in=row.stand_in.code if row.stand_in else None,
        alternate=row.alternate.code if row.alternate else None,
    )
