"""Pure rules of the year-end assessment (考核): units are scored, never persons, and nobody judges their own unit."""

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal

from hetang_flow.lib.verdicts import YES, Verdict
from permissions.actors import Actor, PostRef

# District leaders are persons under another name, campaign bodies judge, outside parties owe nothing.
UNIT_KINDS = ("bureau", "town", "company")
DERIVED, JUDGED = "derived", "judged"
OFFICE = "campaign-office"
STARTING = frozenset({"officer", "desk"})
SPEAKING = frozenset({"head", "deputy", "desk", "officer"})
SCORE = re.compile(r"\d{1,3}(\.\d)?")
HIGHEST = Decimal(100)
WHOLE = 100
CENT = Decimal("0.01")
SHORTEST_TEXT = 10
PERSON_CODES = frozenset({"not-of-the-campaign-office", "own-unit", "not-of-this-unit", "scored-it-before"})


@dataclass(frozen=True, slots=True)
class Scored:
    """A unit's score on a criterion, as far as it is decided."""

    weight: int
    score: Decimal | None


def is_assessable(kind: str) -> Verdict:
    """Only units are scored."""
    return YES if kind in UNIT_KINDS else Verdict("only-units-are-scored", {"kind": kind})


def weights_add_up(weights: Iterable[int]) -> bool:
    """Whether the criteria make a whole."""
    return sum(weights) == WHOLE


def starting_post(actor: Actor) -> PostRef | None:
    """The post in which somebody begins an assessment: an officer's or the desk's of the campaign office."""
    fitting = [post for post in actor.posts if post.organisation_code == OFFICE and post.duty in STARTING]
    return actor.acting if actor.acting in fitting else next(iter(fitting), None)


def may_start(actor: Actor, *, begun: bool, scheme: bool) -> Verdict:
    """The campaign office begins it, once a plan, by the plan's scheme."""
    if not actor.has_business or starting_post(actor) is None:
        return Verdict("not-of-the-campaign-office", {})
    if not scheme:
        return Verdict("no-assessment-scheme", {})
    return Verdict("assessment-begun", {}) if begun else YES


def may_judge(actor: Actor, *, unit: int) -> Verdict:
    """Nobody scores a unit they belong to, nor answers its objection."""
    return Verdict("own-unit", {}) if unit in actor.organisation_ids else YES


def read_score(text: str) -> Decimal | None:
    """A score out of a hundred with at most one decimal; None when it is none."""
    typed = text.strip()
    if not SCORE.fullmatch(typed) or Decimal(typed) > HIGHEST:
        return None
    return Decimal(typed)


def may_give(
    score: Decimal | None, *, kind: str, computed: Decimal | None, reason: str, name: str
) -> Verdict:
    """A judged score needs a reason, and so does one that differs from what the facts give."""
    if score is None:
        return Verdict("no-such-score", {"name": name})
    free = kind == DERIVED and computed is not None and score == computed
    if not free and len(reason.strip()) < SHORTEST_TEXT:
        return Verdict("score-needs-a-reason", {"name": name, "least": SHORTEST_TEXT})
    return YES


def speaking_post(actor: Actor, unit: int) -> PostRef | None:
    """The post in which somebody speaks for an assessed unit."""
    fitting = [post for post in actor.posts if post.organisation_id == unit and post.duty in SPEAKING]
    return actor.acting if actor.acting in fitting else next(iter(fitting), None)


def may_object(
    actor: Actor, *, unit: int, today: date, until: date | None, objected: bool, text: str | None = None
) -> Verdict:
    """A unit objects once a round, in words, until the last day for it."""
    if speaking_post(actor, unit) is None:
        return Verdict("not-of-this-unit", {})
    if until is None:
        return Verdict("not-notified-yet", {})
    if today > until:
        return Verdict("objection-too-late", {"until": until})
    if objected:
        return Verdict("objected-already", {})
    if text is not None and len(text.strip()) < SHORTEST_TEXT:
        return Verdict("objection-needs-words", {"least": SHORTEST_TEXT})
    return YES


def may_answer(actor: Actor, *, unit: int, scorers: Collection[int], answered: bool) -> Verdict:
    """An objection is answered once, by another person than who scored, of another unit."""
    verdict = may_judge(actor, unit=unit)
    if not verdict:
        return verdict
    if actor.user_id in scorers:
        return Verdict("scored-it-before", {})
    return Verdict("objection-answered", {}) if answered else YES


def may_settle(*, today: date, until: date, unanswered: int) -> Verdict:
    """The round of objections is over when its last day is, and every one of them has its answer."""
    if unanswered:
        return Verdict("objections-unanswered", {"count": unanswered})
    return Verdict("objections-still-open", {"until": until}) if today <= until else YES


def total(scores: Iterable[Scored]) -> Decimal | None:
    """The weighted score out of a hundred; None while one is missing."""
    found = list(scores)
    if not found or any(each.score is None for each in found):
        return None
    whole = sum((each.score * each.weight for each in found if each.score is not None), Decimal())
    return (whole / WHOLE).quantize(CENT, ROUND_HALF_UP)


def on_time(owed: int, punctual: int) -> Decimal | None:
    """What was handed in on time of what was owed, out of a hundred; None where nothing was owed."""
    if not owed:
        return None
    return (HIGHEST * punctual / owed).quantize(Decimal("0.1"), ROUND_HALF_UP)
