"""What follows in a flow from where it stands when everybody agrees: the nodes in order, branch by branch."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from .soundness.pictures import ENDS, Edge, Flow, How, Kind, Node

MOST = 60
Taken = Callable[[Node], Sequence[Edge]]


@dataclass(frozen=True, slots=True)
class Front:
    """A node about to be entered, its token, and the names of the branches it lies in."""

    node: str
    token: str
    branches: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Passed:
    """A node that comes, and which of the earlier ones have to be over before it; `again` leads back to one met before."""

    front: Front
    after: tuple[int, ...]
    again: bool = False


@dataclass(frozen=True, slots=True)
class _Move:
    front: Front
    after: tuple[int, ...]


def walk_ahead(
    flow: Flow,
    fronts: Iterable[Front],
    taken: Taken,
    instead: Mapping[tuple[str, str], Sequence[Front]] | None = None,
) -> list[Passed]:
    """The nodes that come, in the order in which they are met; a join waits for its last branch, a stop ends it all.

    `taken` answers which edges a choice or a split would take; `instead` says for some steps where they lead.
    """
    found: list[Passed] = []
    met: set[tuple[str, str]] = set()
    moves, parked = [_Move(front, ()) for front in fronts], list[_Move]()
    while (moves or parked) and len(found) < MOST:
        if not moves:
            moves = [_through_join(flow, parked)]
            continue
        move = moves.pop(0)
        node, place = flow.nodes[move.front.node], (move.front.node, move.front.token)
        if node.kind == Kind.JOIN:
            parked.append(move)
            continue
        again = place in met
        met.add(place)
        found.append(Passed(move.front, move.after, again))
        if node.kind == Kind.STOP:
            break
        here = (len(found) - 1,)
        if again or node.kind in ENDS:
            continue
        onward = (instead or {}).get(place)
        if onward is None:
            onward = _onward(flow, node, move.front, taken)
        moves = [_Move(front, here) for front in onward] + moves
    return found


def _onward(flow: Flow, node: Node, front: Front, taken: Taken) -> list[Front]:
    if node.kind == Kind.SPLIT:
        return [
            Front(
                edge.to,
                f"{front.token}/{node.name}_{n}",
                (*front.branches, edge.label or flow.nodes[edge.to].title),
            )
            for n, edge in enumerate(taken(node), start=1)
        ]
    edges = taken(node)[:1] if node.kind == Kind.CHOICE else _agreed(node)
    return [Front(edge.to, front.token, front.branches) for edge in edges]


def _agreed(node: Node) -> list[Edge]:
    return [edge for edge in node.edges if edge.how in (How.ON, How.GRANTED)]


def _through_join(flow: Flow, parked: list[_Move]) -> _Move:
    """Let the deepest split whose branches have all arrived through its join; takes them out of `parked`."""
    first = max(parked, key=lambda move: move.front.token.count("/"))
    split = first.front.token.rsplit("_", 1)[0]
    arrived = [move for move in parked if move.front.token.rsplit("_", 1)[0] == split]
    for move in arrived:
        parked.remove(move)
    after = tuple(sorted({index for move in arrived for index in move.after}))
    base, inside = first.front.token.rpartition("/")[0] or first.front.token, first.front.branches
    (edge,) = _agreed(flow.nodes[first.front.node])
    return _Move(Front(edge.to, base, inside[:-1]), after)
