"""When a step passes, and whose turn it is: one tree of shares, one rule to combine them.

A signer's share together with those added to it is a small sequence: added before, the signer, added after. Those
added alongside stand beside the signer; where places count (one after another, by vote) they share the signer's place.
So any-of, all-of, one after another and voting are four ways to combine members, and nothing else needs to know about
added signers.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

ANY_OF, ALL_OF, SEQUENTIAL, VOTE = "any_of", "all_of", "sequential", "vote"
MODES = (ANY_OF, ALL_OF, SEQUENTIAL, VOTE)
VETO, COUNT = "veto", "count"
SIGN, ADVISE = "sign", "advise"

OPEN, WAITING = "open", "waiting"
APPROVED, DONE, REJECTED, RETURNED, ADVISED = "approved", "done", "rejected", "returned", "advised"
MOOT, VOID, TRANSFERRED, REMOVED = "moot", "void", "transferred", "removed"

SAID_YES = frozenset({APPROVED, DONE})
SAID_NO = frozenset({REJECTED, RETURNED})
DECIDED = SAID_YES | SAID_NO | {ADVISED}
# A share that lost its meaning by another's decision finds it again when that decision is taken back.
UNDECIDED = frozenset({OPEN, WAITING, MOOT})
GONE = frozenset({VOID, TRANSFERRED, REMOVED})

PENDING, GRANTED, REFUSED = "pending", "granted", "refused"
BEFORE, BESIDE, AFTER = -1, 0, 1


@dataclass(frozen=True, slots=True)
class Share:
    """One part in a step; `order` and then `id` say in which order they stand. `root` is the share it was added to,
    `turn` before, beside or after it, `group` which addition; `group_mode` how those added together pass. An advice
    is no signature; its root waits if it `blocks`.
    """

    id: int
    status: str
    order: int = 0
    root: int | None = None
    turn: int = BESIDE
    group: int = 0
    group_mode: str = ALL_OF
    weight: int = 1
    role: str = SIGN
    blocks: bool = False


@dataclass(frozen=True, slots=True)
class Terms:
    """What the policy says: how members combine, whether one no ends it, and the percentage a vote needs."""

    mode: str
    on_no: str = VETO
    threshold: int = 50


@dataclass(frozen=True, slots=True)
class Arrangement:
    """The step's result, and the status that each share nobody has used should have."""

    result: str
    statuses: dict[int, str]


@dataclass(frozen=True, slots=True)
class _Leaf:
    share: Share
    advice: tuple[Share, ...]

    @property
    def weight(self) -> int:
        return self.share.weight

    def verdict(self) -> str:
        if self.share.status in SAID_YES:
            return GRANTED
        return REFUSED if self.share.status in SAID_NO else PENDING

    def spread(self, live: bool, settled: bool) -> Iterator[tuple[int, str]]:
        """The status of this share and of the advice asked for it."""
        mine = self.verdict() == PENDING
        asked = mine and not settled
        for advice in self.advice:
            if advice.status in UNDECIDED:
                yield advice.id, OPEN if asked else MOOT
        if mine:
            waits = any(a.blocks and a.status in UNDECIDED for a in self.advice)
            yield self.share.id, MOOT if settled else OPEN if live and not waits else WAITING


@dataclass(frozen=True, slots=True)
class _Members:
    terms: Terms
    members: "tuple[_Leaf | _Members, ...]"
    weight: int = 1

    def verdict(self) -> str:
        said = [member.verdict() for member in self.members]
        if not said:
            return PENDING
        if self.terms.on_no == VETO and REFUSED in said:
            return REFUSED
        if self.terms.mode == VOTE:
            return self._vote(said)
        if self.terms.mode == ANY_OF:
            return GRANTED if GRANTED in said else PENDING if PENDING in said else REFUSED
        return PENDING if PENDING in said else REFUSED if REFUSED in said else GRANTED

    def _vote(self, said: Sequence[str]) -> str:
        """Passed or lost as soon as nothing still to come can change it; a tie is not passed."""
        weights = [member.weight for member in self.members]
        yes, no = (
            sum(w for w, s in zip(weights, said, strict=True) if s == word) for word in (GRANTED, REFUSED)
        )
        total = sum(weights)
        if self._passes(yes, total):
            return GRANTED
        return PENDING if self._passes(total - no, total) else REFUSED

    def _passes(self, yes: int, total: int) -> bool:
        return yes >= votes_needed(total, self.terms.threshold)

    def spread(self, live: bool, settled: bool) -> Iterator[tuple[int, str]]:
        """Whose turn it is among the members; what is settled leaves nothing to do."""
        settled = settled or self.verdict() != PENDING
        turn = live
        for member in self.members:
            decided = member.verdict() != PENDING
            yield from member.spread(turn, settled or decided)
            if self.terms.mode == SEQUENTIAL and not decided:
                turn = False


def votes_needed(total: int, threshold: int) -> int:
    """The least weight of yes that passes a vote: the percentage reached, and more than half."""
    return max(-(-total * threshold // 100), total // 2 + 1)


def arrange(terms: Terms, shares: Sequence[Share]) -> Arrangement:
    """Tell whether the step is granted, refused or pending, and whose turn it is among the undecided.

    A return ends the step whatever the policy; a step without signers stays pending.
    """
    shares = sorted(shares, key=lambda share: (share.order, share.id))
    top = _Members(terms, tuple(_units(shares, None, BESIDE, 0, terms)))
    returned = any(share.status == RETURNED for share in shares if share.role == SIGN)
    result = REFUSED if returned else top.verdict()
    return Arrangement(result, dict(top.spread(True, returned)))


def _units(
    shares: Sequence[Share], root: int | None, turn: int, group: int, terms: Terms
) -> "Iterator[_Leaf | _Members]":
    """The members of one group in order: each signer with what was added to it, then those added beside it.

    Added signers neither overtake in a sequence nor bring votes of their own: there they share the signer's place.
    """
    for share in shares:
        if share.role != SIGN or share.status in GONE:
            continue
        if (share.root, share.turn, share.group) != (root, turn, group):
            continue
        unit = _unit(shares, share, terms)
        beside = [_group(shares, share.id, BESIDE, n, terms) for n in _groups(shares, share.id, BESIDE)]
        if beside and terms.mode in (SEQUENTIAL, VOTE):
            yield _Members(Terms(ALL_OF, terms.on_no), (unit, *beside), share.weight)
        else:
            yield from (unit, *beside)


def _unit(shares: Sequence[Share], share: Share, terms: Terms) -> "_Leaf | _Members":
    advice = tuple(s for s in shares if s.role == ADVISE and s.root == share.id and s.status not in GONE)
    leaf = _Leaf(share, advice)
    # The newest addition before me comes first: whoever was added before the signer may have added someone too.
    before = [_group(shares, share.id, BEFORE, n, terms) for n in reversed(_groups(shares, share.id, BEFORE))]
    after = [_group(shares, share.id, AFTER, n, terms) for n in _groups(shares, share.id, AFTER)]
    if not before and not after:
        return leaf
    return _Members(Terms(SEQUENTIAL, terms.on_no), (*before, leaf, *after), share.weight)


def _groups(shares: Sequence[Share], root: int, turn: int) -> list[int]:
    added: Iterable[Share] = (s for s in shares if s.role == SIGN and s.status not in GONE)
    return sorted({s.group for s in added if s.root == root and s.turn == turn and s.group})


def _group(shares: Sequence[Share], root: int, turn: int, number: int, terms: Terms) -> _Members:
    mode = next(s.group_mode for s in shares if (s.root, s.turn, s.group) == (root, turn, number))
    own = Terms(mode, terms.on_no)
    return _Members(own, tuple(_units(shares, root, turn, number, own)))
