"""Branches of a flow: what a branch does that has come to rest at a join or an end.

A token is the path of branches in which a step lies: `start/12_1/30_2` is the second branch of a split within the
first branch of another.
"""

from collections.abc import Collection
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Place:
    """Where a branch is: its token, and the join at which it waits or to which it has come, if any."""

    token: str
    join: str = ""


@dataclass(frozen=True, slots=True)
class Meeting:
    """What follows: on from a join with this token, the end of the run, or, with neither, a branch that waits."""

    join: str = ""
    token: str = ""
    over: bool = False


def split_of(token: str) -> str:
    """What the tokens of all branches of the innermost split begin with; outside of any, what every token does."""
    return f"{token.rpartition('_')[0]}_" if "_" in token else token


def meeting(here: Place, others: Collection[Place]) -> Meeting:
    """What follows when a branch comes to a join or, without one, to an end; `others` are the places still open.

    A join passes when every branch of its split that is still open waits at it, so an end lets a join pass that
    waited for this branch. A split of which nothing is open any more leaves the question to the split around it.
    """
    token = here.token
    while "_" in token:
        split = split_of(token)
        joins = {other.join for other in others if other.token.startswith(split)}
        if token == here.token and here.join:
            joins.add(here.join)
        token = token.rpartition("/")[0]
        if joins:
            join = joins.pop() if len(joins) == 1 else ""
            return Meeting(join=join, token=token if join else "")
    return Meeting(join=here.join, token=token) if here.join else Meeting(over=not others)
