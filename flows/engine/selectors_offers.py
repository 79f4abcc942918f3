"""What somebody may do with a run: for each operation the share it is about, and the verdict beforehand.

The operation asks the same rules again under the Run's lock; here they only tell what the page shows.
"""

from collections.abc import Callable

from hetang_flow.lib.verdicts import YES, Verdict
from permissions.models import Post

from . import rules
from .judging import may_remove, may_urge, may_withdraw
from .models import Assignment
from .selectors_policy import policy_by_id
from .selectors_run import Seen
from .standing import matter, nodes_ahead, outweighs
from .undoing import UNDOABLE, may_take_back

Offer = tuple[Assignment | None, Verdict]
Judge = Callable[[Seen, Assignment | None], Offer]

# These answers mean that an operation is no business of this person, or makes no sense here: not offered at all.
# Everything else is shown with its reason.
UNCONCERNED = frozenset(
    {
        "not-your-task", "not-initiator", "not-campaign-office", "not-copied", "not-involved", "not-in-your-pool",
        "not-taken", "not-your-decision", "not-secretary", "nothing-asked", "advice-only", "nothing-to-decide",
        "decide-instead", "only-the-desk-hands-out", "suspended-already", "not-suspended", "not-finished",
        "step-has-come", "task-closed", "acknowledged-already", "not-added-by-you", "administrator",
        "lies-with-you", "handed-in-by-form",
    }
)  # fmt: skip
ADDING = ("add_before", "add_alongside", "add_after")


def is_offered(verdict: Verdict) -> bool:
    """Whether an operation is shown at all, with its reason if it is not possible now."""
    return verdict.code not in UNCONCERNED


def _nobody(seen: Seen) -> Offer:
    return None, Verdict("not-your-task", {"post": "、".join(_waiting_for(seen)) or "—"})


def _waiting_for(seen: Seen) -> list[str]:
    return [share.post.name for share in seen.shares if share.status == rules.OPEN]


def _judges(share: Assignment) -> bool:
    return bool(share.step.flow_task and share.step.flow_task.judges)


# --- deciding ---


def signing(seen: Seen, share: Assignment | None) -> Offer:
    """Approve or reject."""
    share = share or seen.task
    if share is None:
        return _nobody(seen)
    if share.role == rules.ADVISE:
        return share, Verdict("advice-only", {})
    return share, rules.may_act(seen.standing(share)) if _judges(share) else Verdict("nothing-to-decide", {})


def returning(seen: Seen, share: Assignment | None) -> Offer:
    """Return: whoever may sign, unless the policy forbids it."""
    share, verdict = signing(seen, share)
    if not verdict or share is None:
        return share, verdict
    return share, rules.may_use(seen.standing(share), "return")


def completing(seen: Seen, share: Assignment | None) -> Offer:
    """Hand in work."""
    share = share or seen.task
    if share is None:
        return _nobody(seen)
    if share.role == rules.ADVISE:
        return share, Verdict("advice-only", {})
    if _judges(share):
        return share, Verdict("decide-instead", {})
    verdict = rules.may_act(seen.standing(share))
    by_form = getattr(share.step.flow_task, "by_form", False)
    return share, Verdict("handed-in-by-form", {}) if verdict and by_form else verdict


def advising(seen: Seen, share: Assignment | None) -> Offer:
    """Answer what one was asked."""
    share = share or seen.task
    return (share, rules.may_advise(seen.standing(share))) if share else _nobody(seen)


def preparing(seen: Seen, share: Assignment | None) -> Offer:
    """Keep an opinion: one's own while it is written, or a secretary's for the leader."""
    theirs = [s for s in seen.shares if s.status == rules.OPEN and s.post_id in seen.actor.prepares_for]
    share = share or seen.task or (theirs[0] if theirs else None)
    if share is None:
        return None, Verdict("not-secretary", {})
    may = seen.is_mine(share) or share.post_id in seen.actor.prepares_for
    return share, rules.may_prepare(prepares=may, status=share.status, matter=matter(seen.run))


# --- around the signers ---


def using(operation: str) -> Judge:
    """An operation on my open share that the policy of its step may forbid."""

    def judge(seen: Seen, share: Assignment | None) -> Offer:
        share = share or seen.task
        return (share, rules.may_use(seen.standing(share), operation)) if share else _nobody(seen)

    return judge


def adding(seen: Seen, share: Assignment | None) -> Offer:
    """Add signers in at least one of the three ways."""
    share = share or seen.task
    if share is None:
        return _nobody(seen)
    if share.role == rules.SIGN and not _judges(share):
        return share, Verdict("nothing-to-decide", {})
    at = seen.standing(share)
    return share, next(filter(None, (rules.may_use(at, way) for way in ADDING)), rules.may_use(at, ADDING[0]))


def turns(share: Assignment) -> list[str]:
    """The ways in which the policy of this step lets signers be added."""
    forbidden = policy_by_id(share.step.policy_id).forbids
    return [way.removeprefix("add_") for way in ADDING if way not in forbidden]


def removing(seen: Seen, share: Assignment | None) -> Offer:
    """Take a signer off, or a question back: only ever asked of one share that is named."""
    if share is None:
        return None, Verdict("not-added-by-you", {})
    return share, may_remove(seen.run, seen.shares, share, seen.actor)


def appending(seen: Seen, share: Assignment | None) -> Offer:
    """Name further people for a step to come."""
    ahead = nodes_ahead(seen.run, seen.open_steps)
    return None, rules.may_append(
        is_initiator=seen.run.initiator_post_id in seen.actor.post_ids,
        governs=rules.governs(seen.actor),
        matter=matter(seen.run),
        ahead=bool(ahead),
        outweighs=bool(ahead) and all(outweighs(seen.run, node) for node in ahead),
    )


# --- inside a unit ---


def handing_out(seen: Seen, share: Assignment | None) -> Offer:
    """The desk gives its open task to a colleague."""
    desks = [s for s in seen.mine if (s.held or s.stood_in) and s.post.duty == Post.Duty.DESK]
    share = share or (seen.task if seen.task in desks else desks[0] if desks else None)
    if share is None:
        return None, Verdict("only-the-desk-hands-out", {})
    of_desk = {"from_desk": share.post.duty == Post.Duty.DESK, "holds_desk": share.held or share.stood_in}
    verdict = rules.may_hand_out(**of_desk, to_submitter=False, to_signer=False)
    return share, rules.may_handle(seen.standing(share)) if verdict else verdict


def claiming(seen: Seen, share: Assignment | None) -> Offer:
    """A colleague takes what lies with the unit's desk."""
    lying = [
        s
        for s in seen.shares
        if s.in_unit and s.status == rules.OPEN and s.post.duty == Post.Duty.DESK and not seen.is_mine(s)
    ]
    share = share or next((s for s in lying if s.handed_to_id is None), lying[0] if lying else None)
    if share is None:
        return None, Verdict("not-in-your-pool", {})
    return share, rules.may_claim(seen.standing(share))


def putting_back(seen: Seen, share: Assignment | None) -> Offer:
    """Whoever took it, or the desk, lays a task back."""
    taken = [s for s in seen.mine if s.handed_to_id and s.post.duty == Post.Duty.DESK]
    share = share or (taken[0] if taken else None)
    return (share, rules.may_put_back(seen.standing(share))) if share else (None, Verdict("not-taken", {}))


# --- undoing, telling, governing ---


def taking_back(seen: Seen, share: Assignment | None) -> Offer:
    """Undo one's own last decision of this round."""
    now = [s for s in seen.shares if s.step.round == seen.run.round and s.status in UNDOABLE and not s.auto]
    own = sorted((s for s in now if s.decided_by_id == seen.actor.user_id), key=lambda s: (s.decided, s.pk))
    share = share or (own[-1] if own else None)
    if share is None:
        return None, Verdict("not-your-decision", {})
    return share, may_take_back(seen.run, seen.open_steps + _closed(seen), seen.shares, share, seen.actor)


def _closed(seen: Seen) -> list:
    return [step for step in seen.steps if step.status != "NEW"]


def withdrawing(seen: Seen, share: Assignment | None) -> Offer:
    """The initiator stops the run while nobody has signed."""
    is_initiator = seen.run.initiator_post_id in seen.actor.post_ids
    return None, may_withdraw(seen.run, seen.shares, is_initiator=is_initiator)


def copying(seen: Seen, share: Assignment | None) -> Offer:
    """Whoever sees a run may send it for information."""
    return None, rules.may_copy(sees=True)


def acknowledging(seen: Seen, share: Assignment | None) -> Offer:
    """A reader confirms once."""
    run = seen.run
    return None, rules.may_acknowledge(copied=run.copied_to_me, acknowledged=run.acknowledged)


def urging(seen: Seen, share: Assignment | None) -> Offer:
    """Nudge whoever has it, unless that is oneself alone."""
    waits = [s for s in seen.shares if s.status == rules.OPEN]
    with_me = bool(waits) and all(seen.is_mine(s) for s in waits)
    return None, may_urge(seen.run, seen.shares, seen.actor, with_me=with_me, now=seen.at)


def governing(needs: str = "") -> Judge:
    """Suspend, resume, terminate."""

    def judge(seen: Seen, share: Assignment | None) -> Offer:
        return None, rules.may_govern(governs=rules.governs(seen.actor), matter=matter(seen.run), needs=needs)

    return judge


def reopening(seen: Seen, share: Assignment | None) -> Offer:
    """The campaign office brings a finished matter back."""
    allowed = seen.run.flow_class.instance.may_reopen(seen.run) if seen.over else YES
    return None, rules.may_reopen(governs=rules.governs(seen.actor), over=seen.over, allowed=allowed)
