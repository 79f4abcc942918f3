"""Publishing a version of a policy: the one place where a row of it is written, for the plan file and the back office."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from psycopg.errors import UniqueViolation

from hetang_flow.lib.errors import WrongState
from hetang_flow.lib.plan_rows import difference

from ..models import Policy

POSTS = ("stand_in", "alternate")
PLAIN = (
    "name", "mode", "on_no", "threshold", "weights", "resolver", "duty", "gate", "limit_days", "on_empty",
    "on_self", "on_repeat", "recuse", "on_timeout", "forbids", "urge_hours", "field_access", "clause",
)  # fmt: skip
COLUMNS = (*PLAIN, *(f"{name}_id" for name in POSTS))


@dataclass(frozen=True, slots=True)
class Written:
    """The version now in force, and what differs in it; a policy that says what is stored stays as it is."""

    policy: Policy
    before: Mapping[str, Any] | None
    after: Mapping[str, Any]

    @property
    def is_new(self) -> bool:
        """Whether a version was written."""
        return bool(self.after)


def columns_of(entry: Any, post_ids: Mapping[str, int]) -> dict[str, Any]:
    """The columns that an entry of the plan file means; its posts are given by code."""
    values = {column: getattr(entry, column) for column in PLAIN}
    for name in POSTS:
        code = getattr(entry, name)
        values[f"{name}_id"] = post_ids[code] if code else None
    return values


def write_versions(
    wanted: Mapping[str, Mapping[str, Any]], *, now: datetime, base: Mapping[str, int] | None = None
) -> dict[str, Written]:
    """Write a new version of each policy that differs from its newest one (two statements).

    WrongState("policy-moved-meanwhile") when the newest version is not the one given in `base`, or somebody else
    is publishing it in this moment: a key has each number once.
    """
    rows = Policy.objects.filter(key__in=list(wanted)).order_by("key", "-version").distinct("key")
    newest = {row.key: row for row in rows}
    for key, version in (base or {}).items():
        if key not in newest or newest[key].version != version:
            raise WrongState("policy-moved-meanwhile", {"policy": newest[key].name if key in newest else key})
    found = {key: _compared(key, values, newest.get(key), now) for key, values in wanted.items()}
    fresh = [each.policy for each in found.values() if each.is_new]
    try:
        with transaction.atomic():
            Policy.objects.bulk_create(fresh)
    except IntegrityError as error:
        if not isinstance(error.__cause__, UniqueViolation):
            raise
        raise WrongState("policy-moved-meanwhile", {"policy": "、".join(p.name for p in fresh)}) from error
    return found


def _compared(key: str, values: Mapping[str, Any], old: Policy | None, now: datetime) -> Written:
    stored = {column: getattr(old, column) for column in COLUMNS} if old else {}
    before, after = difference(stored, values)
    if old and not after:
        return Written(old, before, after)
    version = old.version + 1 if old else 1
    past = {**before, "version": old.version} if old else None
    policy = Policy(key=key, version=version, published=now, **values)
    return Written(policy, past, {**after, "version": version})
