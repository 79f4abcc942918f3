"""Where a matter may go in its flow: forward edges, and the branches that a return sweeps away."""

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Route:
    """An edge of a flow by the names of its nodes; `back` marks the way of a refusal."""

    src: str
    dst: str
    back: bool = False


def downstream(routes: Iterable[Route], node: str) -> set[str]:
    """The nodes that lie after `node` by forward edges, itself not among them unless it lies on a circle."""
    return _reach([(route.src, route.dst) for route in routes if not route.back], node)


def upstream(routes: Iterable[Route], node: str) -> set[str]:
    """The nodes that lie before `node` by forward edges.

    That a node was executed is not enough for a return: after a return from approve to check, approve has been
    executed, and returning "to" it would skip two sign-offs.
    """
    return _reach([(route.dst, route.src) for route in routes if not route.back], node)


def _reach(pairs: list[tuple[str, str]], start: str) -> set[str]:
    found: set[str] = set()
    frontier = [start]
    while frontier:
        here = frontier.pop()
        for source, target in pairs:
            if source == here and target not in found:
                found.add(target)
                frontier.append(target)
    return found


def in_scope(token: str, target: str) -> bool:
    """Whether a token is the target's, or lies in a branch below it."""
    return f"{token}/".startswith(f"{target}/")


def touches(token: str, other: str) -> bool:
    """Whether two tokens lie on one path: one is the other's, or in a branch below it."""
    return in_scope(token, other) or in_scope(other, token)
