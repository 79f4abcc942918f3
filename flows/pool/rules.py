"""Pure rules of the pool: who proposes, what a screening still lacks, who moves a proposal along the ladder."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from hetang_flow.lib.verdicts import YES, Verdict
from permissions.actors import Actor, PostRef

PROPOSING = frozenset({"officer", "desk"})
OFFICE = "campaign-office"
TIERS = ("reserve", "early", "ready")
PERSON_CODES = frozenset({"not-a-unit-s-officer", "not-line-contact", "demonstration-only"})
LARGEST = Decimal("99999999")  # 万元
READY, FAIL = "ready", "fail"


def proposing_post(actor: Actor) -> PostRef | None:
    """The post in which somebody proposes: an officer's or a desk's, the acting one if it fits."""
    fitting = [post for post in actor.posts if post.duty in PROPOSING and post.organisation_code]
    return actor.acting if actor.acting in fitting else next(iter(fitting), None)


def may_propose(actor: Actor) -> Verdict:
    """Officers and desks propose for their unit; an administrator sees no business."""
    if not actor.has_business or proposing_post(actor) is None:
        return Verdict("not-a-unit-s-officer", {})
    return YES


def plausible(*, total: Decimal, first: date, last: date) -> Verdict:
    """What a proposal says of money and time hangs together; money in 万元."""
    if not total.is_finite() or total <= 0 or total > LARGEST:
        return Verdict("investment-implausible", {"most": LARGEST, "field": "total_investment"})
    if last < first:
        return Verdict("construction-backwards", {"first": first, "last": last, "field": "builds_until"})
    return YES


@dataclass(frozen=True, slots=True)
class Asked:
    """One question of the screening, and what was found on it in this round, if anything."""

    name: str
    answer: str = ""


def may_pass_screening(questions: Sequence[Asked]) -> Verdict:
    """A stage is passed when every question has an answer and none of them is a no."""
    missing = [question.name for question in questions if not question.answer]
    if missing:
        return Verdict("findings-missing", {"missing": missing})
    failed = [question.name for question in questions if question.answer == FAIL]
    return Verdict("findings-against", {"failed": failed}) if failed else YES


def may_change_tier(
    actor: Actor, *, contact_units: Collection[int], state: str, now_in: str, to: str
) -> Verdict:
    """The line's contact (or the campaign office) moves a pooled proposal up or down the ladder."""
    if contact_post(actor, contact_units) is None:
        return Verdict("not-line-contact", {})
    if state != "pooled":
        return Verdict("not-in-the-pool", {})
    if to not in TIERS:
        return Verdict("no-such-tier", {})
    return Verdict("tier-unchanged", {}) if to == now_in else YES


def may_promote(
    actor: Actor, *, contact_units: Collection[int], state: str, tier: str, promoting: bool, invented: bool
) -> Verdict:
    """Only what is ready to start goes into the year's list, proposed by the line's contact, once at a time."""
    if contact_post(actor, contact_units) is None:
        return Verdict("not-line-contact", {})
    if actor.is_demo and not invented:
        return Verdict("demonstration-only", {})
    if state != "pooled":
        return Verdict("not-in-the-pool", {})
    if tier != READY:
        return Verdict("not-ready-to-start", {})
    return Verdict("promotion-open", {}) if promoting else YES


def contact_post(actor: Actor, contact_units: Collection[int]) -> PostRef | None:
    """The post in which somebody acts as the line's contact: its units' officers and desks, or the campaign office's."""
    fitting = [
        post
        for post in actor.posts
        if post.duty in PROPOSING
        and (post.organisation_id in contact_units or post.organisation_code == OFFICE)
    ]
    return actor.acting if actor.acting in fitting else next(iter(fitting), None)


def shares(counts: Mapping[str, int]) -> dict[str, int]:
    """How many proposals stand on each rung, every rung named, in the ladder's order."""
    return {tier: counts.get(tier, 0) for tier in TIERS}
