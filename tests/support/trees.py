"""Trees of shares as people make them: a step opens, and one after another decides, adds, passes on, asks, removes."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from hypothesis import strategies as st

from flows.engine import rules
from flows.engine.rules import Share, Terms

MODES = (rules.ANY_OF, rules.ALL_OF, rules.SEQUENTIAL, rules.VOTE)
JOINT = (rules.ANY_OF, rules.ALL_OF, rules.SEQUENTIAL)
TURNS = (-1, 0, 1)


@dataclass(frozen=True, slots=True)
class Made:
    """A step's terms and its shares, each with the status the rule gives it."""

    terms: Terms
    shares: tuple[Share, ...]

    @property
    def arranged(self) -> rules.Arrangement:
        return rules.arrange(self.terms, self.shares)

    @property
    def result(self) -> str:
        return self.arranged.result

    def having(self, *statuses: str, role: str = rules.SIGN) -> list[Share]:
        return [share for share in self.shares if share.status in statuses and share.role == role]

    def put(self, *changed: Share) -> "Made":
        """The same step with these shares put in the place of those with their keys, or added, and tallied anew."""
        news = {share.id: share for share in changed}
        kept = [news.pop(share.id, share) for share in self.shares]
        return settled(self.terms, [*kept, *news.values()])

    def said(self, share: Share, word: str) -> "Made":
        return self.put(replace(share, status=word))

    def child(self, root: Share, **values) -> Share:
        key = 1 + max(share.id for share in self.shares)
        return Share(key, rules.WAITING, order=root.order + 1, root=root.id, **values)

    def add(self, root: Share, turn: int, mode: str, several: int) -> "Made":
        """Add signers to a share as one addition."""
        number = 1 + max((share.group for share in self.shares if share.root == root.id), default=0)
        first = self.child(root, turn=turn, group=number, group_mode=mode)
        news = [replace(first, id=first.id + n, order=first.order + n) for n in range(several)]
        return self.put(*news)

    def ask(self, root: Share, *, blocks: bool) -> "Made":
        """Ask for an opinion."""
        return self.put(self.child(root, role=rules.ADVISE, blocks=blocks))

    def transfer(self, mine: Share) -> "Made":
        """Put another share in the place of mine; what hangs on mine moves along."""
        key = 1 + max(share.id for share in self.shares)
        moved = [replace(share, root=key) for share in self.shares if share.root == mine.id]
        return self.put(replace(mine, status=rules.TRANSFERRED), *moved, replace(mine, id=key))

    def family(self, head: Share) -> list[Share]:
        found = [head]
        for share in found:
            found += [other for other in self.shares if other.root == share.id]
        return found

    def without(self, head: Share) -> "Made":
        """Take a share off with its family."""
        return self.put(*(replace(share, status=rules.REMOVED) for share in self.family(head)))


def settled(terms: Terms, shares: Sequence[Share]) -> Made:
    """The shares as the rule arranges them."""
    statuses = rules.arrange(terms, shares).statuses
    return Made(terms, tuple(replace(share, status=statuses.get(share.id, share.status)) for share in shares))


def opened(terms: Terms, weights: Sequence[int]) -> Made:
    """A step just opened, with these signers."""
    return settled(
        terms, [Share(n, rules.WAITING, order=n, weight=weight) for n, weight in enumerate(weights)]
    )


terms = st.builds(
    Terms, st.sampled_from(MODES), st.sampled_from((rules.VETO, rules.COUNT)), st.integers(50, 100)
)


def _pick(draw: Callable, made: Made, *statuses: str, role: str = rules.SIGN) -> Share | None:
    found = made.having(*statuses, role=role)
    return draw(st.sampled_from(found)) if found else None


def _one_more(draw: Callable, made: Made) -> Made:
    what = draw(st.sampled_from(("yes", "yes", "no", "add", "add", "ask", "advise", "transfer", "remove")))
    share = _pick(draw, made, rules.OPEN, role=rules.ADVISE if what == "advise" else rules.SIGN)
    if what == "remove":
        share = _pick(draw, made, rules.OPEN, rules.WAITING, rules.MOOT)
        inside = made.family(share) if share else []
        acted = any(each.status in rules.DECIDED for each in inside)
        left = [each for each in made.having(*rules.UNDECIDED, *rules.DECIDED) if each not in inside]
        return made.without(share) if share and left and not acted else made
    if share is None:
        return made
    if what == "add":
        turn, mode = draw(st.sampled_from(TURNS)), draw(st.sampled_from(JOINT))
        return made.add(share, turn, mode, draw(st.integers(1, 3)))
    if what == "ask":
        return made.ask(share, blocks=draw(st.booleans()))
    if what == "transfer":
        return made.transfer(share)
    words = {"yes": rules.APPROVED, "no": rules.REJECTED, "advise": rules.ADVISED}
    return made.said(share, words[what])


@st.composite
def trees(draw: Callable, given_terms: st.SearchStrategy[Terms] = terms, *, pending: bool = False) -> Made:
    """A step after up to twelve things have happened to it; if it has to be `pending`, just before it is decided."""
    made = opened(draw(given_terms), draw(st.lists(st.integers(1, 5), min_size=1, max_size=4)))
    for _turn in range(draw(st.integers(0, 12))):
        after = _one_more(draw, made)
        if pending and after.result != rules.PENDING:
            break
        made = after
    return made


@st.composite
def signable(draw: Callable) -> tuple[Made, Share]:
    """A pending step and a share in it that waits for its signature."""
    made = draw(trees(pending=True))
    while not made.having(rules.OPEN):
        made = made.said(made.having(rules.OPEN, role=rules.ADVISE)[0], rules.ADVISED)
    return made, draw(st.sampled_from(made.having(rules.OPEN)))


@st.composite
def granted(draw: Callable) -> Made:
    """A step that was granted by one yes after another."""
    made, share = draw(signable())
    while made.result == rules.PENDING:
        word = rules.APPROVED if share.role == rules.SIGN else rules.ADVISED
        made = made.said(share, word)
        share = next(iter(made.having(rules.OPEN) or made.having(rules.OPEN, role=rules.ADVISE)), share)
    return made
