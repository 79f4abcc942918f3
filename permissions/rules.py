"""Pure rules of acting for others: who may stand in for whom, for how long, and who may say so."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date

from hetang_flow.lib.verdicts import YES, Verdict
from permissions.actors import Actor, PostRef

LONGEST_ABSENCE = 92  # days: a quarter; whoever is away longer hands over
MOST_HOPS = 2
LONGEST_REASON = 200
CAMPAIGN_OFFICE = "campaign-office"
# Whoever decides cases of discipline; a secretary there prepares what is no case.
COMMISSION, DECIDING = "discipline-commission", ("leader", "deputy", "head")
NEVER_STAND_IN = frozenset({"secretary", "contact"})

# What was typed cannot be; what was done before stands in the way. Everything else is not this person's to do.
MISTYPED = frozenset(
    {"substitute-own-post", "substitute-duty", "substitute-days", "substitute-too-long", "successor-is-leaver",
     "receiver-administrator", "receiver-inactive", "reason-missing", "text-too-long", "day-gone"}
)  # fmt: skip
IN_THE_WAY = frozenset(
    {"substitute-overlaps", "substitute-cycle", "substitute-chain", "substitute-over", "appointed-already",
     "appointment-over", "leaver-not-closed"}
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Cover:
    """One post (by key) that another stands in for, from a day until (exclusive) another."""

    post: int
    substitute: int
    from_day: date
    until_day: date

    def holds_on(self, day: date) -> bool:
        """Whether it holds on this day."""
        return self.from_day <= day < self.until_day


def powers(by: Actor) -> tuple[PostRef, ...]:
    """The posts by which this person may say who sits where: of a unit's head or desk, of the campaign office."""
    if by.administrator:
        return ()
    return tuple(held for held in by.posts if held.duty in ("head", "desk") or _everywhere(held))


def power_over(by: Actor, post: PostRef) -> PostRef | None:
    """The post by which this person may say who sits in another one, if any."""
    fitting = (held for held in powers(by) if held.organisation_id == post.organisation_id)
    return next(fitting, None) or next(filter(_everywhere, powers(by)), None)


def has_power_everywhere(by: Actor) -> bool:
    """Whether this person may say so for every unit."""
    return any(_everywhere(held) for held in powers(by))


def _everywhere(held: PostRef) -> bool:
    return held.organisation_code == CAMPAIGN_OFFICE and held.duty in ("officer", "desk")


def may_dispose(by: Actor, post: PostRef) -> Verdict:
    """Whether this person may say who stands in for a post: its holder does as well."""
    if by.administrator:
        return Verdict("administrator", {})
    if post.id in by.post_ids or power_over(by, post):
        return YES
    return Verdict("substitute-not-yours", {"post": post.name})


def may_substitute(
    post: PostRef,
    substitute: PostRef,
    *,
    from_day: date,
    until_day: date,
    others: Collection[Cover],
    by: Actor,
    today: date,
) -> Verdict:
    """Whether one post may stand in for another, beside the `others` that have not ended.

    Nobody names their own post to act for somebody else's; a secretary prepares, and never decides.
    """
    verdict = may_dispose(by, post)
    if not verdict:
        return verdict
    if post.id == substitute.id:
        return Verdict("substitute-own-post", {})
    if substitute.duty in NEVER_STAND_IN:
        return Verdict("substitute-duty", {"post": substitute.name})
    if post.id not in by.post_ids and substitute.id in by.post_ids:
        return Verdict("not-to-yourself", {})
    if not today <= from_day < until_day:
        return Verdict("substitute-days", {})
    if (until_day - from_day).days > LONGEST_ABSENCE:
        return Verdict("substitute-too-long", {"most": LONGEST_ABSENCE})
    return fits(Cover(post.id, substitute.id, from_day, until_day), others)


def fits(wanted: Cover, others: Collection[Cover]) -> Verdict:
    """One substitute for a post on a day, never a cycle, never more than two hops."""
    # Between these days nothing is added to what holds, so nothing else can go wrong.
    begins = {other.from_day for other in others if wanted.holds_on(other.from_day)}
    for day in sorted({wanted.from_day} | begins):
        standing = {other.post: other.substitute for other in others if other.holds_on(day)}
        if wanted.post in standing:
            return Verdict("substitute-overlaps", {})
        standing[wanted.post] = wanted.substitute
        chains = [_chain(start, standing) for start in standing]
        if any(chain[0] in chain[1:] for chain in chains):
            return Verdict("substitute-cycle", {})
        if any(len(chain) - 1 > MOST_HOPS for chain in chains):
            return Verdict("substitute-chain", {"most": MOST_HOPS})
    return YES


def _chain(start: int, standing: Mapping[int, int]) -> list[int]:
    """The posts that stand in one after another on one day, the first one first; a circle is walked once."""
    chain = [start]
    while chain[-1] in standing and len(chain) <= len(standing):
        chain.append(standing[chain[-1]])
    return chain


def may_end(by: Actor, post: PostRef, *, over: bool) -> Verdict:
    """Whether this person may end a substitution before its last day."""
    verdict = may_dispose(by, post)
    if verdict and over:
        return Verdict("substitute-over", {})
    return verdict


@dataclass(frozen=True, slots=True)
class Person:
    """An account as the rules see it."""

    id: int
    administrator: str = ""
    active: bool = True


def may_appoint(
    by: Actor, post: PostRef, person: Person, *, from_day: date, holds_already: bool, today: date
) -> Verdict:
    """Whether this person may give a post to an account: never to themselves, never to an administrator."""
    if by.administrator:
        return Verdict("administrator", {})
    if not power_over(by, post):
        return Verdict("post-not-yours", {"post": post.name})
    verdict = may_receive(by, person)
    if not verdict:
        return verdict
    if from_day < today:
        return Verdict("day-gone", {"day": from_day})
    return Verdict("appointed-already", {"post": post.name}) if holds_already else YES


def may_appoint_listed(by: Actor, person: Person) -> Verdict:
    """Whether an account may get the post a list names: what the system administrator wrote down, the security
    administrator confirms. It is the way in where nobody holds a post yet."""
    if by.administrator != "security":
        return Verdict("security-administrator-only", {})
    return may_receive(by, person)


def may_end_appointment(
    by: Actor, post: PostRef, *, on: date, until_day: date | None, today: date
) -> Verdict:
    """Whether this person may end an appointment on a day, before the day it ends anyhow."""
    if by.administrator:
        return Verdict("administrator", {})
    if not power_over(by, post):
        return Verdict("post-not-yours", {"post": post.name})
    if until_day is not None and until_day <= max(on, today):
        return Verdict("appointment-over", {})
    return YES if on >= today else Verdict("day-gone", {"day": on})


def may_hand_over(by: Actor, *, leaver: int, successor: Person, posts: Collection[PostRef]) -> Verdict:
    """Whether a leaver's `posts` (those this person has power over) may go to a successor."""
    if by.administrator:
        return Verdict("administrator", {})
    if not posts:
        return Verdict("nothing-to-hand-over", {})
    if successor.id == leaver:
        return Verdict("successor-is-leaver", {})
    return may_receive(by, successor)


def may_hand_over_closed(
    by: Actor, *, leaver: Person, successor: Person, posts: Collection[PostRef]
) -> Verdict:
    """Whether all posts of a leaver may go to a successor: the security administrator confirms it, and only for an
    account that another, the system administrator, has closed."""
    if by.administrator != "security":
        return Verdict("security-administrator-only", {})
    if leaver.active:
        return Verdict("leaver-not-closed", {})
    if not posts:
        return Verdict("nothing-to-hand-over", {})
    if successor.id == leaver.id:
        return Verdict("successor-is-leaver", {})
    return may_receive(by, successor)


def may_receive(by: Actor, person: Person) -> Verdict:
    """Whether an account may be given a post by this person."""
    if person.id == by.user_id:
        return Verdict("not-to-yourself", {})
    if person.administrator:
        return Verdict("receiver-administrator", {})
    if not person.active:
        return Verdict("receiver-inactive", {})
    return YES


def needs_second_factor(by: Actor) -> bool:
    """Whether this person signs in with a second factor: the three administrators, and whoever acts as an inspector or
    decides in the discipline commission, stand-ins included."""
    acting = (*by.posts, *by.standing_in)
    return bool(by.administrator) or any(
        post.duty == "inspector" or (post.organisation_code == COMMISSION and post.duty in DECIDING)
        for post in acting
    )


def reason_is_given(reason: str) -> Verdict:
    """A reason in a line: given, and short enough to be kept."""
    if not reason.strip():
        return Verdict("reason-missing", {})
    if len(reason) > LONGEST_REASON:
        return Verdict("text-too-long", {"most": LONGEST_REASON, "length": len(reason)})
    return YES
