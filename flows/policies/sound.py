"""Whether a version of a policy can be used at all: the one place where every check of it is called."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from pydantic import ValidationError

from flows.engine.models import Policy
from flows.engine.plan_checks import check_policy
from flows.engine.plan_schema import PolicyEntry
from flows.engine.soundness import check_draft
from flows.engine.soundness_texts import sentence
from hetang_flow.lib.plan_file import Finding
from permissions.plan_names import Names
from permissions.plan_texts import schema_finding

from .versions import Posts, entry_of, version_to_be


def sound(values: Mapping[str, Any], posts: Posts, *, base: Policy, at: datetime) -> list[Finding]:
    """What stands against a version that is to follow `base`, and what to do; nothing for a sound one.

    Asked before a proposal, and again before it is published: posts and people may have gone meanwhile. A finding
    about one column has it as path; what the soundness gate finds concerns the flows and has none.
    """
    return unfit(values, posts.names) or list(_worse(version_to_be(base, values, posts), base, at))


def unfit(values: Mapping[str, Any], posts: Mapping[str, str]) -> list[Finding]:
    """What is wrong with the columns themselves; `posts` are the names by code."""
    try:
        entry = entry_of(values)
    except ValidationError as error:
        allowed = list(PolicyEntry.model_fields)
        return [schema_finding(item, item["loc"], allowed) for item in error.errors(include_url=False)]
    return list(check_policy(entry, Names(posts=dict(posts))))


def _worse(policy: Policy, base: Policy, at: datetime) -> Iterator[Finding]:
    """The faults of the flows that the version brings; those that stand there anyway are not its own."""
    if policy is base:
        return
    report, faults = check_draft(policy, at=at)
    for fault in faults:
        yield Finding(fault.code, "%(sentence)s", {"sentence": sentence(fault, report)}, (), fault.severity)
