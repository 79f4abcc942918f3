"""Whether a decision can be taken back: gathered the same way under the lock and for a page."""

from collections.abc import Iterable, Sequence

from viewflow.workflow.status import STATUS

from hetang_flow.lib.verdicts import Verdict
from permissions.actors import Actor

from . import rules
from .models import Assignment, Run, Step
from .nodes import Effect, End, Human
from .selectors_policy import policy_by_id
from .standing import matter

UNDOABLE = rules.SAID_YES | rules.SAID_NO


def may_take_back(
    run: Run, steps: Iterable[Step], shares: Sequence[Assignment], mine: Assignment, by: Actor
) -> Verdict:
    """Whether this person may undo the decision on a share, told from all steps and shares of the run."""
    step, steps = mine.step, list(steps)
    after, arranged = following(steps, step), without(shares, mine)
    closed = step.status == STATUS.DONE
    return rules.may_take_back(
        decided_by_me=mine.decided_by_id == by.user_id and mine.status in UNDOABLE,
        automatic=bool(mine.auto),
        matter=matter(run),
        seen=_seen(shares, step, after, arranged),
        irreversible=closed and irreversible(step),
        stands_without=closed and arranged.result != rules.PENDING,
        others_closed=_closed_others(steps, step),
        superseded=_superseded(step, after),
    )


def following(steps: Iterable[Step], step: Step) -> list[Step]:
    """What was entered from a closed step after its last closing."""
    if step.status != STATUS.DONE:
        return []
    since = step.finished or step.created
    return [each for each in steps if each.previous_step_id == step.pk and each.created >= since]


def without(shares: Sequence[Assignment], mine: Assignment) -> rules.Arrangement:
    """How the step would stand if this share were undecided."""
    others = [s.as_share() for s in shares if s.step_id == mine.step_id and s.pk != mine.pk]
    own = mine.as_share()
    undone = rules.Share(own.id, rules.WAITING, own.root, own.turn, own.group, own.group_mode, own.weight)
    together = sorted([*others, undone], key=lambda share: share.id)
    return rules.arrange(policy_by_id(mine.step.policy_id).terms, together)


def irreversible(step: Step) -> bool:
    """Whether something that cannot be undone happens between this step and the next people."""
    seen, frontier = set(), [step.flow_task]
    while frontier:
        for edge in frontier.pop()._outgoing():
            node = edge.dst
            refused = edge.edge_class == "cond_false"
            if node in seen or refused != (edge.src is step.flow_task and step.outcome == rules.REFUSED):
                continue
            seen.add(node)
            if isinstance(node, Human | End):
                continue
            if not isinstance(node, Effect) and node.task_type in ("SUBPROCESS", "DELAY", "TRIGGER"):
                return True
            if isinstance(node, Effect) and not node.reversible:
                return True
            frontier.append(node)
    return False


def _superseded(step: Step, after: list[Step]) -> bool:
    if step.status == STATUS.NEW:
        return False
    return step.status != STATUS.DONE or any(each.status != STATUS.NEW for each in after)


def _seen(shares: Sequence[Assignment], step: Step, after: list[Step], arranged: rules.Arrangement) -> bool:
    """Whether somebody whose turn came by the decision has opened or used it."""
    if step.status == STATUS.NEW:
        here = (share for share in shares if share.step_id == step.pk and share.status == rules.OPEN)
        return any(share.seen_at for share in here if arranged.statuses.get(share.pk) != rules.OPEN)
    entered = {each.pk for each in after}
    return any(s.seen_at or s.status in rules.DECIDED for s in shares if s.step_id in entered)


def _closed_others(steps: Iterable[Step], step: Step) -> bool:
    """Whether open siblings were swept away when this step was returned."""
    if step.outcome != rules.REFUSED:
        return False
    return any(each.status == STATUS.CANCELED and each.finished == step.finished for each in steps)
