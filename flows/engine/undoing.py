"""Whether a decision can be taken back: gathered the same way under the lock and for a page."""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from viewflow.workflow.status import STATUS

from hetang_flow.lib.verdicts import Verdict
from permissions.actors import Actor

from . import rules
from .gateways import Join
from .models import Assignment, Run, Step
from .selectors_policy import policy_by_id
from .standing import matter

UNDOABLE = rules.SAID_YES | rules.SAID_NO
TAKEN_BACK = "taken_back"


def may_take_back(
    run: Run, steps: Iterable[Step], shares: Sequence[Assignment], mine: Assignment, by: Actor
) -> Verdict:
    """Whether this person may undo the decision on a share, told from all steps and shares of the run."""
    step, steps = mine.step, list(steps)
    after, arranged = following(steps, shares, step), without(shares, mine)
    closed = step.status == STATUS.DONE
    return rules.may_take_back(
        decided_by_me=mine.decided_by_id == by.user_id and mine.status in UNDOABLE and _still_mine(mine, by),
        automatic=bool(mine.auto),
        matter=matter(run),
        seen=any(share.seen_at for share in turned(shares, step, arranged)) or _used(shares, after),
        irreversible=closed and step.binding,
        stands_without=closed and arranged.result != rules.PENDING,
        others_closed=_closed_others(steps, step),
        superseded=_superseded(steps, shares, step, after),
    )


def _still_mine(mine: Assignment, by: Actor) -> bool:
    """Whether the share would be this person's again: whoever has lost the post since undoes nothing in it."""
    return mine.held or mine.stood_in or (mine.handed_to_id == by.user_id and mine.in_unit)  # type: ignore[attr-defined]


def following(steps: Iterable[Step], shares: Iterable[Assignment], step: Step) -> list[Step]:
    """What was entered when a step closed, and what passed by itself on the way there."""
    found, frontier = [], [step] if step.status == STATUS.DONE else []
    steps, shares = list(steps), list(shares)
    while frontier:
        here = frontier.pop()
        entered = [s for s in steps if s.previous_step_id == here.pk and s.outcome != TAKEN_BACK]
        found += entered
        frontier += [each for each in entered if _passed_by_itself(shares, each, step)]
    return found


def _passed_by_itself(shares: Iterable[Assignment], each: Step, step: Step) -> bool:
    """Whether a step was over the moment it was entered, with nobody having acted."""
    acted = any(s.step_id == each.pk and s.decided_by_id and not s.auto for s in shares)
    return each.status == STATUS.DONE and each.finished == step.finished and not acted


def met(steps: Iterable[Step], step: Step) -> list[Step]:
    """The branches that waited at a join until this step closed, and passed it then."""
    return [
        each
        for each in steps
        if each.flow_task_type == Join.task_type
        and each.status == STATUS.DONE
        and each.finished == step.finished != each.created
    ]


def without(shares: Iterable[Assignment], mine: Assignment) -> rules.Arrangement:
    """How the step would stand if this share were undecided."""
    here = [share.as_share() for share in shares if share.step_id == mine.step_id]
    undone = [replace(each, status=rules.WAITING) if each.id == mine.pk else each for each in here]
    return rules.arrange(policy_by_id(mine.step.policy_id).terms, undone)


def turned(shares: Iterable[Assignment], step: Step, arranged: rules.Arrangement) -> list[Assignment]:
    """The shares of a pending step whose turn it would not be as arranged."""
    here = [share for share in shares if share.step_id == step.pk and share.status == rules.OPEN]
    return [s for s in here if arranged.statuses.get(s.pk) != rules.OPEN] if step.status == STATUS.NEW else []


def _used(shares: Iterable[Assignment], after: Iterable[Step]) -> bool:
    """Whether somebody has opened or used what a decision opened."""
    entered = {each.pk for each in after}
    decided = (
        s.seen_at or (s.status in rules.DECIDED and not s.auto) for s in shares if s.step_id in entered
    )
    return any(decided)


def _superseded(
    steps: Sequence[Step], shares: Sequence[Assignment], step: Step, after: Sequence[Step]
) -> bool:
    """Whether the run has gone on since: the step is void, what was entered is over, or the split in which it ended."""
    if step.status != STATUS.DONE:
        return step.status != STATUS.NEW
    if not after:
        split = rules.split_of(step.token.token)
        return not any(s.status == STATUS.NEW and s.token.token.startswith(split) for s in steps)
    gone = (each for each in after if each.status != STATUS.NEW)
    return any(not _passed_by_itself(shares, each, step) for each in gone)


def _closed_others(steps: Iterable[Step], step: Step) -> bool:
    """Whether open siblings were swept away when this step was returned."""
    if step.outcome != rules.REFUSED:
        return False
    return any(each.status == STATUS.CANCELED and each.finished == step.finished for each in steps)
