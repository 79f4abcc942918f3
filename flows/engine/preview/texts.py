"""The words of a preview: what else may happen, which ways are taken, why somebody is asked."""

from collections.abc import Callable, Iterator, Sequence

from django.utils.translation import gettext as _

from ..models import Assignment, Policy
from ..resolvers import Seat
from ..rules.soundness import Edge, Flow, How, Kind, Node

Taken = Callable[[Node], Sequence[Edge]]


def unless(flow: Flow, node: Node, taken: Taken) -> Iterator[str]:
    """What else may happen at a node: a refusal, or another way of a gateway."""
    for edge in node.open_edges:
        if edge.how == How.REFUSED:
            yield _refused(flow, node, edge)
    if node.kind not in (Kind.CHOICE, Kind.SPLIT):
        return
    chosen = taken(node)
    for edge in node.edges:
        if edge not in chosen and edge.how == How.CASE:
            facts = {"label": edge.label, "step": flow.nodes[edge.to].title}
            yield _("unless “%(label)s”: on to “%(step)s”") % facts
        elif edge not in chosen:
            yield _("unless none of it holds: on to “%(step)s”") % {"step": flow.nodes[edge.to].title}


def _refused(flow: Flow, node: Node, edge: Edge) -> str:
    facts = {"step": flow.nodes[edge.to].title}
    if flow.nodes[edge.to].kind == Kind.STOP:
        return _("unless it is refused: the matter ends (%(step)s)") % facts
    if flow.leads_back(node.name, edge):
        return _("unless it is returned: back to “%(step)s”, and a new round begins") % facts
    return _("unless it is refused: on to “%(step)s”") % facts


def in_time(policy: Policy) -> Iterator[str]:
    """What the policy does when time runs out, where that changes the way."""
    if policy.limit_days is None:
        return
    if policy.on_timeout == Policy.OnTimeout.APPROVE:
        yield _("unless time runs out: the system passes it")
    elif policy.on_timeout == Policy.OnTimeout.REJECT:
        yield _("unless time runs out: the system returns it")
    elif policy.on_timeout == Policy.OnTimeout.TRANSFER:
        yield _("unless time runs out: it passes to the alternate")


def ways(flow: Flow, taken: Sequence[Edge], *, together: bool) -> str:
    """Which ways of a gateway are taken as things stand."""
    named = "、".join(edge.label or flow.nodes[edge.to].title for edge in taken)
    text = _("at the same time: %(ways)s") if together and len(taken) > 1 else _("as things stand: %(ways)s")
    return text % {"ways": named}


def why(seat: Seat, appended: bool) -> str:
    """Why a post is asked in this way, when that is not plain."""
    if seat.auto:
        return str(Assignment.Auto(seat.auto).label)
    if appended:
        return _("named for this matter")
    return _("stands in") if seat.signer.substitutes and not seat.signer.holders else ""
