"""The signers of a step as people read them: one tree in the order of their turns, with what became of each."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from permissions.models import Post

from . import rules
from .judging import may_remove
from .models import Assignment, Policy, Step
from .selectors_policy import policy_by_id
from .selectors_run import Seen

# What a share is called on the sheet; "done by other" is never shown as a consent.
MARKS = {
    rules.OPEN: "wait",
    rules.WAITING: "later",
    rules.APPROVED: "yes",
    rules.DONE: "yes",
    rules.ADVISED: "yes",
    rules.REJECTED: "no",
    rules.RETURNED: "no",
    rules.MOOT: "moot",
    rules.TRANSFERRED: "moved",
    rules.REMOVED: "void",
    rules.VOID: "void",
}

# How a share reads in words, where the label of its status would say too little.
SIGNED = {
    rules.OPEN: gettext_lazy("not signed yet"),
    rules.DONE: gettext_lazy("submitted"),
    rules.MOOT: gettext_lazy("done by somebody else"),
    rules.VOID: gettext_lazy("no longer needed"),
}
NOT_COUNTED = (rules.VOID, rules.MOOT, rules.TRANSFERRED, rules.REMOVED)


@dataclass(frozen=True, slots=True)
class Signer:
    """One post's share as people read it; `mark` is yes, no, me, wait, later, moot, moved or void.

    `notes` say how it came here and what the system did with it; `why` is the reason or the question it came with.
    """

    post: str
    mark: str
    status: str
    when: datetime | None
    handed_to: str = ""
    opinion: str = ""
    name: str = ""
    number: int = 0
    depth: int = 0
    notes: tuple[str, ...] = ()
    waits_for: tuple[str, ...] = ()
    why: str = ""
    asks: bool = False
    removable: bool = False
    weight: int = 1

    @property
    def word(self) -> str:
        """What became of the share, in a word."""
        if self.asks and self.status == rules.OPEN:
            return _("not answered yet")
        if self.waits_for:
            return _("waits for %(posts)s") % {"posts": "、".join(self.waits_for)}
        return str(SIGNED.get(self.status) or dict(Assignment.Status.choices).get(self.status, self.status))


@dataclass(frozen=True, slots=True)
class Tally:
    """How a step passes, and how far it is; weights count in a vote, people elsewhere."""

    rule: str
    yes: int
    no: int
    asked: int
    needed: int = 0

    @property
    def missing(self) -> int:
        """How many have not said anything yet."""
        return self.asked - self.yes - self.no


@dataclass(frozen=True, slots=True)
class SignedStep:
    """One step with everybody it was put before."""

    title: str
    signers: list[Signer] = field(default_factory=list)
    step: Step | None = None
    tally: Tally | None = None
    judges: bool = False


def title_of(step: Step | None) -> str:
    """What the flow calls a step."""
    return str(step.flow_task.task_title) if step and step.flow_task else ""


def steps_of_round(seen: Seen) -> list[SignedStep]:
    """The steps of the present round in the order they were entered, nobody's share marked as one's own."""
    now = [step for step in seen.steps if step.round == seen.run.round]
    return [signed_step(seen, step, own=frozenset()) for step in now]


def signed_step(seen: Seen, step: Step, *, own: frozenset[int]) -> SignedStep:
    """A step with its signers; the shares in `own` are marked as this person's."""
    shares = seen.of(step)
    said: set[tuple[int | None, str]] = set()
    signers = []
    for share, depth in in_turn(shares):
        # Those asked together came with the same words; they are shown once.
        once = (share.root_id, share.why)
        signers.append(_signer(seen, share, depth, shares, own, why="" if once in said else share.why))
        said.add(once)
    judges = bool(step.flow_task and step.flow_task.judges)
    return SignedStep(title_of(step), signers, step, _tally(step, shares), judges)


def in_turn(
    shares: Sequence[Assignment], root: int | None = None, depth: int = 0
) -> Iterator[tuple[Assignment, int]]:
    """The shares as a tree: under each one what was asked of it, then those added before, beside and after it."""
    here = [share for share in shares if share.root_id == root]
    for share in sorted(here, key=lambda s: (s.role == rules.SIGN, s.turn, s.group, s.order, s.pk)):
        yield share, depth
        yield from in_turn(shares, share.pk, depth + 1)


def _signer(
    seen: Seen, share: Assignment, depth: int, shares: list[Assignment], own: frozenset[int], *, why: str
) -> Signer:
    open_step = share.step.status == "NEW"
    return Signer(
        share.post.name,
        "me" if share.pk in own else MARKS[share.status],
        share.status,
        share.decided,
        _handed(share),
        share.opinion,
        share.decided_by.name if share.decided_by else "",
        number=share.pk,
        depth=min(depth, 3),
        notes=tuple(_notes(share, shares)),
        waits_for=tuple(_waits_for(share, shares)) if share.status == rules.WAITING else (),
        why=why,
        asks=share.role == rules.ADVISE,
        removable=open_step and bool(may_remove(seen.run, shares, share, seen.actor)),
        weight=share.weight,
    )


def _handed(share: Assignment) -> str:
    # A step may be opened for one person from the start; only the desk's own act is a handing out.
    out = share.handed_to is not None and share.post.duty == Post.Duty.DESK
    return share.handed_to.name if out and share.handed_to else ""


def _notes(share: Assignment, shares: list[Assignment]) -> Iterator[str]:
    """How a share came here, whose place somebody took, and what the system did with it."""
    if share.root_id:
        yield _brought_in(share, shares)
    if share.decided_for:
        facts = {"name": share.decided_by.name if share.decided_by else "—", "other": share.decided_for.name}
        yield _("stand-in: %(name)s for %(other)s") % facts
    if share.auto:
        yield _("marked by the rule: %(why)s") % {"why": share.get_auto_display()}
    if share.status == rules.TRANSFERRED:
        heir = _heir(share, shares)
        yield _("passed on to %(post)s") % {"post": heir.post.name if heir else "—"}


def _brought_in(share: Assignment, shares: list[Assignment]) -> str:
    root = next((other for other in shares if other.pk == share.root_id), None)
    facts = {"post": root.post.name if root else "—"}
    if share.role == rules.ADVISE:
        text = _("delegated by %(post)s") if share.blocks else _("asked for comments by %(post)s")
    elif share.turn < 0:
        text = _("added by %(post)s, signs before")
    elif share.turn > 0:
        text = _("added by %(post)s, signs after")
    else:
        text = _("added by %(post)s, signs alongside")
    return text % facts


def _heir(share: Assignment, shares: list[Assignment]) -> Assignment | None:
    """The share that took this one's place."""
    slot = (share.root_id, share.turn, share.group, share.role)
    later = (s for s in shares if s.pk > share.pk and (s.root_id, s.turn, s.group, s.role) == slot)
    heirs = [s for s in later if (s.asked_by_id, s.order) == (share.asked_by_id, share.order)]
    return heirs[0] if heirs else None


def _waits_for(share: Assignment, shares: list[Assignment]) -> list[str]:
    """Whose turn comes first: the advice asked for, those added before, who added this one, else whoever has it."""
    undecided = [s for s in shares if s.status in (rules.OPEN, rules.WAITING)]
    below = [s for s in undecided if s.root_id == share.pk and (s.blocks or s.turn < 0)]
    above = [s for s in undecided if s.pk == share.root_id and share.turn > 0]
    first = [s for s in below if s.status == rules.OPEN] or below or above
    return [s.post.name for s in first or undecided if s.pk != share.pk and (first or s.status == rules.OPEN)]


# --- how the step passes ---


def _tally(step: Step, shares: list[Assignment]) -> Tally | None:
    """How far a step is; None for one that has no policy."""
    if not step.policy_id:
        return None
    policy = policy_by_id(step.policy_id)
    counted = [s for s in shares if s.role == rules.SIGN and s.status not in NOT_COUNTED]
    if policy.mode == Policy.Mode.VOTE:
        counted = [s for s in counted if s.root_id is None]
        yes, no = (
            _weight(s for s in counted if s.status in said) for said in (rules.SAID_YES, rules.SAID_NO)
        )
        asked = _weight(counted)
        needed = rules.votes_needed(asked, policy.threshold)
        return Tally(_vote_rule(policy, needed), yes, no, asked, needed)
    yes, no = (sum(s.status in said for s in counted) for said in (rules.SAID_YES, rules.SAID_NO))
    return Tally(_rule(policy), yes, no, len(counted))


def _weight(shares: Iterator[Assignment] | list[Assignment]) -> int:
    return sum(share.weight for share in shares)


def _rule(policy: Policy) -> str:
    counts = policy.on_no == Policy.OnNo.COUNT
    if policy.mode == Policy.Mode.ANY_OF:
        return _("any one approval is enough")
    if policy.mode == Policy.Mode.SEQUENTIAL:
        return (
            _("one after another, every opinion is collected")
            if counts
            else _("one after another · any one may return it")
        )
    if counts:
        return _("all must approve · every opinion is collected first")
    return _("all must approve · any one may return it")


def _vote_rule(policy: Policy, needed: int) -> str:
    text = ngettext("by vote, %(number)s yes needed", "by vote, %(number)s yes needed", needed) % {
        "number": needed
    }
    if policy.on_no == Policy.OnNo.VETO:
        return _("%(rule)s · one no ends it") % {"rule": text}
    return text
