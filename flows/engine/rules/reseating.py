"""A step under another version of its policy: who keeps a seat, who is asked anew, who is no longer asked."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Taken:
    """A seat of an open step as it is: the share that has it now, every post it went through, who signed it."""

    share: int
    posts: frozenset[int]
    signed: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class Wanted:
    """A post that the new version names, and the people who would answer for it."""

    post: int
    people: frozenset[int]


@dataclass(frozen=True, slots=True)
class Reseated:
    """The seats in the new version's order, each with the share that keeps it or None for a new one; what was signed
    and is no longer named stays, what was not leaves.
    """

    seats: tuple[tuple[int, int | None], ...]
    stays: tuple[int, ...]
    leaves: tuple[int, ...]


def reseat(taken: Sequence[Taken], wanted: Sequence[Wanted]) -> Reseated:
    """Match the seats of a step with the posts a new version names.

    A share that was passed on keeps the seat of the post it came from. Nobody is asked twice: whoever has signed here
    alone keeps that signature for a post that only they would answer for.
    """
    kept: dict[int, Taken] = {}
    left = list(taken)
    for fits in (_by_post, _by_signature):
        for each in wanted:
            seat = next((seat for seat in left if each.post not in kept and fits(seat, each)), None)
            if seat is not None:
                kept[each.post] = seat
                left.remove(seat)
    return Reseated(
        tuple((each.post, kept[each.post].share if each.post in kept else None) for each in wanted),
        tuple(seat.share for seat in left if seat.signed),
        tuple(seat.share for seat in left if not seat.signed),
    )


def _by_post(seat: Taken, wanted: Wanted) -> bool:
    return wanted.post in seat.posts


def _by_signature(seat: Taken, wanted: Wanted) -> bool:
    return bool(seat.signed) and bool(wanted.people) and wanted.people <= seat.signed
