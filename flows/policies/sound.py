"""Whether a version of a policy can be used at all: the one place where every check of it is called."""

from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError

from flows.engine.plan_checks import check_policy
from flows.engine.plan_schema import PolicyEntry
from hetang_flow.lib.plan_file import Finding
from permissions.models import Post
from permissions.plan_names import Names
from permissions.plan_texts import schema_finding


def sound(values: Mapping[str, Any], posts: Mapping[str, str] | None = None) -> list[Finding]:
    """What is wrong with a version, each with its column as path and what to do; nothing for a sound one.

    Asked before a proposal, and again before it is published: posts may have gone meanwhile. `posts` are the names
    by code, read when they are not given.
    """
    try:
        entry = entry_of(values)
    except ValidationError as error:
        allowed = list(PolicyEntry.model_fields)
        return [schema_finding(item, item["loc"], allowed) for item in error.errors(include_url=False)]
    known = dict(Post.objects.values_list("code", "name")) if posts is None else dict(posts)
    return list(check_policy(entry, Names(posts=known)))


def entry_of(values: Mapping[str, Any]) -> PolicyEntry:
    """A version in the form of the plan file; ValidationError for one that is not sound."""
    return PolicyEntry.model_validate(dict(values))
