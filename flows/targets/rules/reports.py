"""Pure rules of reported targets: who reports."""

from collections.abc import Collection

from hetang_flow.lib.verdicts import YES, Verdict
from permissions.actors import Actor, PostRef

REPORTING = frozenset({"officer", "desk"})
CAMPAIGN_OFFICE = "campaign-office"


def reporting_post(actor: Actor, lead_units: Collection[int]) -> PostRef | None:
    """The post in which somebody reports: of a lead department of its line, or of the campaign office."""
    fitting = [
        post
        for post in actor.posts
        if post.duty in REPORTING
        and (post.organisation_id in lead_units or post.organisation_code == CAMPAIGN_OFFICE)
    ]
    return actor.acting if actor.acting in fitting else next(iter(fitting), None)


def may_report(actor: Actor, *, lead_units: Collection[int]) -> Verdict:
    """Whether this person reports a target: its line's lead departments, and the campaign office any."""
    if not actor.has_business or reporting_post(actor, lead_units) is None:
        return Verdict("not-of-a-lead-department", {})
    return YES
