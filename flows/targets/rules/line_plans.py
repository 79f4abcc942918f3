"""Pure rules of line plans (攻坚方案): who files one, and what it still lacks."""

from collections.abc import Collection, Mapping

from hetang_flow.lib.verdicts import YES, Verdict
from permissions.actors import Actor, PostRef

FILING = frozenset({"officer", "desk"})
TEXTS = ("goals", "measures", "duties", "safeguards")
SHORTEST_TEXT, LONGEST_TEXT = 10, 4000
PERSON_CODES = frozenset({"not-of-a-lead-department"})


def filing_post(actor: Actor, lead_units: Collection[int]) -> PostRef | None:
    """The post in which somebody files a line's plan: an officer's or the desk's of a lead department."""
    fitting = [post for post in actor.posts if post.duty in FILING and post.organisation_id in lead_units]
    return actor.acting if actor.acting in fitting else next(iter(fitting), None)


def may_file(actor: Actor, *, lead_units: Collection[int], filing: bool) -> Verdict:
    """A lead department files the plan of its line, one at a time."""
    if not actor.has_business or filing_post(actor, lead_units) is None:
        return Verdict("not-of-a-lead-department", {})
    return Verdict("line-plan-open", {}) if filing else YES


def texts_missing(texts: Mapping[str, str]) -> list[str]:
    """The parts that are not written yet, in their order."""
    return [name for name in TEXTS if len(texts.get(name, "").strip()) < SHORTEST_TEXT]
