"""A version of a policy in the form of the plan file, and as the row it would become."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet

from flows.engine.models import Policy
from flows.engine.operations.publishing import COLUMNS, PLAIN, POSTS, columns_of
from flows.engine.plan_schema import PolicyEntry
from permissions.models import Post


def entry_of(values: Mapping[str, Any]) -> PolicyEntry:
    """A version in the form of the plan file; ValidationError for one that does not have it."""
    return PolicyEntry.model_validate(dict(values))


def values_of(policy: Policy) -> dict[str, Any]:
    """A stored version in the form of the plan file, posts by code (its posts must be loaded)."""
    values: dict[str, Any] = {"key": policy.key} | {column: getattr(policy, column) for column in PLAIN}
    for name in POSTS:
        post = getattr(policy, name)
        values[name] = post.code if post else None
    return values


@dataclass(frozen=True, slots=True)
class Posts:
    """Every post, by code: its key, and its name in the order in which people look for it."""

    ids: Mapping[str, int]
    names: Mapping[str, str]


def all_posts() -> Posts:
    """Every post (one statement)."""
    return _posts(Post.objects.all())


def posts_in(*versions: Mapping[str, Any]) -> Posts:
    """The posts that these versions name (one statement, none if they name none)."""
    codes = {values[name] for values in versions for name in POSTS if values.get(name)}
    codes |= {code for values in versions for code in values.get("weights", ())}
    return _posts(Post.objects.filter(code__in=codes)) if codes else Posts({}, {})


def _posts(found: QuerySet[Post]) -> Posts:
    rows = list(found.order_by("organisation_id", "order", "pk").values_list("code", "pk", "name"))
    return Posts({code: pk for code, pk, _name in rows}, {code: name for code, _pk, name in rows})


def version_to_be(base: Policy, values: Mapping[str, Any], posts: Posts) -> Policy:
    """The next version as it would be written; the one in force where nothing differs."""
    columns = columns_of(entry_of(values), posts.ids)
    if all(getattr(base, column) == columns[column] for column in COLUMNS):
        return base
    return Policy(key=base.key, version=base.version + 1, published=base.published, **columns)
