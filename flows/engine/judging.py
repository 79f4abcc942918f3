"""Verdicts that need several shares of a run: told the same way under the lock and for a page."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from viewflow.workflow.status import STATUS

from hetang_flow.lib.verdicts import Verdict
from permissions.actors import Actor

from . import rules
from .models import Assignment, Run
from .resolvers import Recused
from .selectors_policy import policy_by_id
from .standing import People, matter


def family_of(shares: Sequence[Assignment], head: Assignment) -> list[Assignment]:
    """A share with everything that hangs on it."""
    family = [head]
    for share in family:
        family += [other for other in shares if other.root_id == share.pk]
    return family


def may_remove(run: Run, shares: Sequence[Assignment], theirs: Assignment, by: Actor) -> Verdict:
    """Whether this person may take a signer off a step."""
    here = [share for share in shares if share.step_id == theirs.step_id]
    family = family_of(here, theirs)
    left = [s for s in here if s not in family and s.role == rules.SIGN]
    return rules.may_remove(
        status=theirs.status if theirs.step.status == "NEW" else rules.VOID,
        matter=matter(run),
        added_by_me=theirs.root_id is not None and theirs.asked_by_id == by.user_id,
        governs=rules.governs(by),
        decided_inside=any(share.status in rules.DECIDED for share in family),
        is_last=not any(s.status in rules.UNDECIDED | rules.SAID_YES | rules.SAID_NO for s in left),
    )


def may_hand_out(at: rules.Standing, did: People, recused: Recused, person: int) -> Verdict:
    """Whether a desk's task may go to this colleague; where nothing is judged, also to who handed it in before."""
    return rules.may_hand_out(
        from_desk=at.from_desk,
        holds_desk=at.holds_post or at.stands_in,
        to_submitter=at.judges and person in did.submitters,
        to_signer=at.judges and person in did.elsewhere,
        to_recused=person in recused.people,
    )


def may_withdraw(run: Run, shares: Sequence[Assignment], *, is_initiator: bool) -> Verdict:
    """Whether the run may be withdrawn by whoever started it; marks of the system are nobody's signature."""
    here = [*_standing(run, shares)]
    said = [share for share in here if share.role == rules.SIGN and not share.auto]
    return rules.may_withdraw(
        is_initiator=is_initiator,
        run_over=matter(run).over,
        others_signed=any(share.status == rules.APPROVED for share in said),
        said_no=any(share.status in rules.SAID_NO for share in said),
        suspended=matter(run).suspended,
    )


def _standing(run: Run, shares: Sequence[Assignment]) -> Iterator[Assignment]:
    """The shares of this round, of open steps, and those given earlier in a branch beside one that is still open.

    A return inside one branch begins a new round for the run, but what its sibling branches signed stands.
    """
    steps = {share.step_id: share.step for share in shares}.values()
    parted = {rules.split_of(step.token.token) for step in steps if step.status == STATUS.NEW}
    for share in shares:
        step, token = share.step, share.step.token.token
        again = any(rules.touches(s.token.token, token) and s.round > step.round for s in steps)
        beside = "_" in token and not again and any(token.startswith(split) for split in parted)
        if step.round == run.round or step.status == STATUS.NEW or beside:
            yield share


def may_urge(run: Run, shares: Sequence[Assignment], by: Actor, *, with_me: bool, now: datetime) -> Verdict:
    """Whether this person may nudge whoever has the run now; not when that is they alone."""
    steps = {share.step_id: share.step for share in shares if share.status == rules.OPEN}
    hours = max((policy_by_id(step.policy_id).urge_hours for step in steps.values()), default=0)
    decided = any(by.user_id in (share.decided_by_id, share.decided_for_id) for share in shares)
    return rules.may_urge(
        involved=run.initiator_post_id in by.post_ids or (decided and by.has_business) or rules.governs(by),
        with_me=with_me,
        matter=matter(run),
        waits=bool(steps),
        last=max((step.urged_at for step in steps.values() if step.urged_at), default=None),
        every=timedelta(hours=hours),
        now=now,
    )
