"""A step under another version of its policy: who keeps a seat, who is asked anew, who is no longer asked."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Taken:
    """A share of an open step: the post that has it, those it was passed on from, and who signed it.

    `added` is one that another signer asked for; it hangs on that signer, not on the policy.
    """

    share: int
    post: int
    passed_on: frozenset[int] = frozenset()
    signed: frozenset[int] = frozenset()
    added: bool = False


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
    """Match the shares of a step with the posts a new version names; nobody is asked twice.

    Whoever has a share keeps it, one that was passed on counts for the post it came from, and whoever has signed is
    not asked again for a post that only they would answer for.
    """
    left = list(taken)
    kept: dict[int, Taken] = {}
    covered: set[int] = set()
    for fits in (_has_it, _had_it, _signed_it):
        for each in wanted:
            if each.post in kept or each.post in covered:
                continue
            share = next((share for share in left if fits(share, each)), None)
            if share is not None:
                kept[each.post] = share
                left.remove(share)
            elif any(fits(share, each) for share in kept.values()):
                covered.add(each.post)
    return Reseated(
        tuple(
            (each.post, kept[each.post].share if each.post in kept else None)
            for each in wanted
            if each.post not in covered
        ),
        tuple(share.share for share in left if share.signed and not share.added),
        tuple(share.share for share in left if not share.signed and not share.added),
    )


def _has_it(share: Taken, wanted: Wanted) -> bool:
    return wanted.post == share.post


def _had_it(share: Taken, wanted: Wanted) -> bool:
    return wanted.post in share.passed_on


def _signed_it(share: Taken, wanted: Wanted) -> bool:
    return bool(share.signed) and bool(wanted.people) and wanted.people <= share.signed
