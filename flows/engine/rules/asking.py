"""Whom a step asks: who is free to sign, who must not, and what the policy says of an empty or unfit post."""

from collections.abc import Collection
from dataclasses import dataclass, field
from enum import StrEnum

FORBID, ALLOW, SKIP, TO_HEAD = "forbid", "allow", "skip", "to_head"
NONE, CONSECUTIVE, ALL = "none", "consecutive", "all"


class Placed(StrEnum):
    """What becomes of a post the resolver named."""

    ASK = "ask"
    MERGE = "same_person"  # signed by the same person within this duty already: marked so, by the system
    SKIP = "own_matter"  # the policy lets the initiator's own level pass, marked so, by the system
    HEAD = "head"  # the head of the unit instead of the initiator
    ALTERNATE = "alternate"  # somebody who must not sign: the policy's alternate, else an empty post
    EMPTY = "empty"  # nobody holds it: the policy's way with empty posts


@dataclass(frozen=True, slots=True)
class Candidate:
    """A post, its unit, and the people who would be asked."""

    post: int
    unit: int
    people: frozenset[int]


@dataclass(frozen=True, slots=True)
class Asking:
    """The step's policy on people, and who stands in which relation to the matter.

    `submitters` handed in the work, `signed_elsewhere` signed at another duty, `signed_here` within this one;
    `recused` and `recused_units` are named by the policy's recusals.
    """

    judges: bool = True
    on_self: str = FORBID
    on_repeat: str = NONE
    submitters: frozenset[int] = frozenset()
    signed_elsewhere: frozenset[int] = frozenset()
    signed_here: frozenset[int] = frozenset()
    recused: frozenset[int] = frozenset()
    recused_units: frozenset[int] = frozenset()
    barred: frozenset[int] = field(init=False)

    def __post_init__(self) -> None:
        own = frozenset() if self.on_self == ALLOW else self.submitters
        barred = self.recused | self.signed_elsewhere | own
        object.__setattr__(self, "barred", barred if self.judges else self.recused)

    def free(self, candidate: Candidate) -> frozenset[int]:
        """The people of this post who may sign."""
        return frozenset() if candidate.unit in self.recused_units else candidate.people - self.barred


def place(asking: Asking, candidate: Candidate) -> Placed:
    """What becomes of one post; a gate's policy never skips, allows or merges across duties."""
    free = asking.free(candidate)
    if not candidate.people:
        return Placed.EMPTY
    if free and asking.judges and asking.on_repeat != NONE and free <= asking.signed_here:
        return Placed.MERGE
    if free:
        return Placed.ASK
    if candidate.unit in asking.recused_units or candidate.people & (
        asking.recused | asking.signed_elsewhere
    ):
        return Placed.ALTERNATE
    return {SKIP: Placed.SKIP, TO_HEAD: Placed.HEAD}.get(asking.on_self, Placed.ALTERNATE)


def one_each(candidates: Collection[Candidate]) -> list[Candidate]:
    """Each post once, and each person once who is the only one to answer for several of them."""
    found: dict[object, Candidate] = {}
    for candidate in {candidate.post: candidate for candidate in candidates}.values():
        found.setdefault(candidate.people if len(candidate.people) == 1 else candidate.post, candidate)
    return list(found.values())
