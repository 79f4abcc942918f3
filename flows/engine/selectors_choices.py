"""What the forms of a run let people choose from: posts, steps to go back to, steps to come, colleagues."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from hetang_flow.lib.verdicts import YES, Verdict
from permissions.actors import Actor
from permissions.models import User
from permissions.selectors import colleagues
from permissions.selectors_posts import Found, posts_by_id, posts_like

from . import resolvers, rules
from .judging import may_hand_out
from .models import Assignment, Step
from .nodes import Human
from .selectors_policy import policy_by_id
from .selectors_run import Seen
from .selectors_signers import title_of
from .selectors_steps import executed, returnable
from .standing import Bars, bars_ahead, bars_beside, nodes_ahead, outweighs, people_in

MOST_CHOSEN = 30


@dataclass(frozen=True, slots=True)
class PostChoice:
    """A post that may be chosen, who holds it, and why not if it may not."""

    id: int
    name: str
    unit: str
    holders: tuple[str, ...]
    is_empty: bool
    verdict: Verdict = YES


@dataclass(frozen=True, slots=True)
class StepChoice:
    """A step that may be chosen; without a key it is the flow's own way."""

    key: int | None
    title: str
    note: str = ""


def found_posts(bars: Bars | None, q: str, *, actor: Actor, at: datetime) -> list[PostChoice]:
    """The posts that match, each with its verdict (one statement)."""
    return [_post_choice(found, bars, actor) for found in posts_like(q, actor, at=at)]


def chosen_posts(bars: Bars | None, ids: Sequence[int], *, actor: Actor, at: datetime) -> list[PostChoice]:
    """The posts chosen so far (one statement, none for nothing)."""
    by_id = {found.post.id: found for found in posts_by_id(ids[:MOST_CHOSEN], actor, at=at)}
    return [_post_choice(by_id[key], bars, actor) for key in dict.fromkeys(ids) if key in by_id]


def _post_choice(found: Found, bars: Bars | None, actor: Actor) -> PostChoice:
    signer = resolvers.Signer(found.post, found.holders, substitutes=found.substitutes)
    empty = not signer.answers
    verdict = bars.verdict(signer, actor) if bars else rules.may_read(found.post.name, empty=empty)
    return PostChoice(
        found.post.id, found.post.name, found.post.organisation_name, found.names, empty, verdict
    )


def bars_for(seen: Seen, share: Assignment, *, to_sign: bool) -> Bars:
    """What keeps a post from being asked beside this share."""
    role = rules.SIGN if to_sign else rules.ADVISE
    return bars_beside(seen.run, seen.shares, share, seen.recused(share.step), role=role)


def bars_for_node(seen: Seen, name: str) -> Bars:
    """What keeps a post from being named for a step to come; nothing yet while none is chosen."""
    node = next((node for node in nodes_ahead(seen.run, seen.open_steps) if node.name == name), None)
    if node is None:
        return Bars()
    policy = policy_by_id(seen.run.policies[node.policy_key])
    recused = resolvers.recused_by(policy, seen.run, now=seen.at)
    return bars_ahead(seen.run, seen.shares, node, recused)


def steps_back(seen: Seen, share: Assignment) -> list[StepChoice]:
    """Where a return may lead: first the flow's own way, then every other step dealt with before this one."""
    node = share.step.flow_task
    own = getattr(node, "_refused", None)
    walked = returnable(seen.run, share.step)
    way = next((step for step in reversed(walked) if step.flow_task is own), None)
    first = StepChoice(way.pk if way else None, title_of(way) if way else str(own.task_title) if own else "")
    others = [step for step in reversed(walked) if step is not way]
    return [_who(seen, first, way), *(_who(seen, StepChoice(s.pk, title_of(s)), s) for s in others)]


def _who(seen: Seen, choice: StepChoice, step: Step | None) -> StepChoice:
    posts = [s.post.name for s in seen.of(step) if s.decided_by_id] if step else []
    return StepChoice(choice.key, choice.title, "、".join(posts))


def steps_to_reopen(seen: Seen) -> list[StepChoice]:
    """The steps at which a finished run can come back, the latest first (one statement)."""
    return [_who(seen, StepChoice(step.pk, title_of(step)), step) for step in reversed(executed(seen.run))]


def steps_to_come(seen: Seen) -> list[Human]:
    """The steps for which this person may name further people."""
    ahead = nodes_ahead(seen.run, seen.open_steps)
    governs = rules.governs(seen.actor)
    return [node for node in ahead if governs or not outweighs(seen.run, node)]


def free_colleagues(seen: Seen, share: Assignment) -> list[tuple[User, Verdict]]:
    """The colleagues a desk may hand a task to, with the reason for those who must not act on it."""
    did = people_in(seen.run, seen.shares, policy_by_id(share.step.policy_id), but=share.pk)
    at, recused = seen.standing(share), seen.recused(share.step)
    people = colleagues(share.post.organisation_id, at=seen.at)
    return [
        (person, may_hand_out(at, did, recused, person.pk))
        for person in people.exclude(pk=share.handed_to_id or seen.actor.user_id)
    ]
