"""Pure rules of sign-off: when a step is granted, who may decide it, and why somebody may not."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from hetang_flow.lib.verdicts import YES, Verdict

ANY_OF, ALL_OF = "any_of", "all_of"
OPEN, APPROVED, DONE, RETURNED, MOOT, VOID = "open", "approved", "done", "returned", "moot", "void"
PENDING, GRANTED, REFUSED = "pending", "granted", "refused"
SAID_YES = frozenset({APPROVED, DONE})
SHORTEST_REASON = 6
LONGEST_TEXT = 500


@dataclass(frozen=True, slots=True)
class Share:
    """One signer's part in a step, as the tally sees it."""

    id: int
    status: str


def tally(mode: str, shares: Sequence[Share]) -> str:
    """Tell whether the step is granted, refused or still pending; one return refuses, an empty step waits."""
    said = [share.status for share in shares if share.status not in (VOID, MOOT)]
    if RETURNED in said:
        return REFUSED
    yes = sum(1 for status in said if status in SAID_YES)
    if mode == ANY_OF:
        return GRANTED if yes else PENDING
    return GRANTED if said and yes == len(said) else PENDING


@dataclass(frozen=True, slots=True)
class Standing:
    """What decides whether a person may act on an assignment, read under the Run's lock."""

    status: str
    run_over: bool
    suspended: bool
    holds_post: bool
    handed_to_me: bool
    in_unit: bool
    own_submission: bool
    signed_already: bool
    judges: bool
    post_name: str = ""
    decided_who: str = ""
    decided_when: datetime | None = None


def may_act(at: Standing) -> Verdict:
    """Whether this assignment is still open and this person's to act on; a lost race names who and when.

    Nobody judges their own submission, nor signs twice in one round (segregation of duties). Whoever handed in any
    part of the work counts as its submitter.
    """
    if not (at.holds_post or (at.handed_to_me and at.in_unit)):
        return Verdict("not-your-task", {"post": at.post_name})
    if at.status != OPEN or at.run_over:
        if at.decided_when is None:
            return Verdict("task-closed", {})
        return Verdict("already-decided", {"who": at.decided_who, "when": at.decided_when})
    if at.suspended:
        return Verdict("run-suspended", {})
    if at.judges and at.own_submission:
        return Verdict("own-submission", {})
    if at.judges and at.signed_already:
        return Verdict("signed-already", {})
    return YES


def may_hand_out(*, from_desk: bool, holds_desk: bool, to_submitter: bool, to_signer: bool) -> Verdict:
    """Only a unit's desk hands its tasks out, and never to who submitted the matter or has signed in this round."""
    if not (from_desk and holds_desk):
        return Verdict("only-the-desk-hands-out", {})
    if to_submitter:
        return Verdict("colleague-submitted", {})
    if to_signer:
        return Verdict("colleague-signed", {})
    return YES


LATE_CODES = frozenset({"already-decided", "task-closed", "run-suspended", "changed-meanwhile", "busy"})


def reason_is_enough(reason: str) -> Verdict:
    """A return or a withdrawal says why, in at least six characters and at most five hundred."""
    length = len(reason.strip())
    if length < SHORTEST_REASON:
        return Verdict("reason-too-short", {"least": SHORTEST_REASON, "length": length})
    return text_is_short_enough(reason)


def text_is_short_enough(text: str) -> Verdict:
    """An opinion fits on the sheet."""
    if len(text) > LONGEST_TEXT:
        return Verdict("text-too-long", {"most": LONGEST_TEXT, "length": len(text)})
    return YES


def may_withdraw(*, is_initiator: bool, run_over: bool, others_signed: bool) -> Verdict:
    """The initiator may stop a run while nobody else has signed in this round."""
    if not is_initiator:
        return Verdict("not-initiator", {})
    if run_over:
        return Verdict("task-closed", {})
    if others_signed:
        return Verdict("somebody-signed", {})
    return YES


def in_scope(token: str, target: str) -> bool:
    """Whether a step with this token is swept away by a return to the target's token."""
    return f"{token}/".startswith(f"{target}/")
