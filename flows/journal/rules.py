"""How values are written before they are hashed; what is hashed, and how it is checked, is in `verifier.py`."""

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import Enum
from functools import lru_cache
from typing import Any
from uuid import UUID

from flows.journal.verifier import (
    ALGORITHM,
    ALGORITHMS,
    CONTENT_FIELDS,
    ENCODER,
    FORGOTTEN,
    GENESIS,
    MEANING,
    Check,
    Finding,
    Head,
    Mark,
    Sealed,
    SealRow,
    commit,
    gone,
    head_line,
    link,
    seal_hash,
    short_code,
    verify_chain,
)
from hetang_flow.lib.verdicts import YES, Verdict
from permissions.actors import Actor

__all__ = [
    "ALGORITHM", "ALGORITHMS", "CONTENT_FIELDS", "FORGOTTEN", "GENESIS", "MEANING", "Check", "Finding", "Head",
    "Mark", "SealRow", "Sealed", "commit", "gone", "head_line", "link", "seal_hash", "short_code", "verify_chain",
]  # fmt: skip

# Personal fields every entry may have.
ACTOR_NAME = "actor_name"
ON_BEHALF_NAME = "on_behalf_name"

# PostgreSQL stores neither a NUL nor half a surrogate pair, and what cannot be stored must not be hashed.
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")


class Unstorable(ValueError):
    """A text with a NUL or half a character; the database would refuse it."""


@lru_cache(maxsize=64)
def moment(value: datetime) -> str:
    """Write a time as UTC with microseconds, ending in Z; raise ValueError when it has no zone."""
    if value.tzinfo is None:
        raise ValueError("a time without a zone cannot be recorded")
    return value.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def plain(value: Any) -> Any:
    """Turn a value into what JSON can carry unchanged; decimals, days, times and UUIDs become text.

    Raise TypeError for floats (storage may not keep them) and other types, Unstorable for broken text.
    """
    # Almost everything is one of these: asked by exact type, a sweep records twice as much in the same time.
    kind = type(value)
    if kind is str:
        return text(value)
    if kind is dict:
        return {_key(key): plain(item) for key, item in value.items()}
    if value is None or kind is int or kind is bool:
        return value
    if isinstance(value, Enum):
        return plain(value.value)
    if value is None or isinstance(value, bool | int):
        return value
    if isinstance(value, str):
        return text(value)
    if isinstance(value, Mapping):
        return {_key(key): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    if isinstance(value, Decimal) and value.is_finite():
        return format(value, "f")
    if isinstance(value, datetime):
        return moment(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, UUID):
        return str(value)
    raise TypeError(f"{type(value).__name__} cannot be recorded: {value!r}")


def text(value: str) -> str:
    """Return the text itself, or raise Unstorable."""
    if _UNSTORABLE.search(value):
        raise Unstorable(value)
    return value


def _key(key: Any) -> str:
    if type(key) is str:
        return text(key)
    if isinstance(key, Enum):
        key = key.value
    if not isinstance(key, str):
        raise TypeError(f"a recorded mapping has text keys, not {key!r}")
    return text(key)


def canonical(value: Any) -> str:
    """Write a value as JSON in its one form: sorted keys, no spaces, characters as they are."""
    return ENCODER.encode(plain(value))


def digest(content: Mapping[str, Any]) -> str:
    """Hash an entry's content (exactly CONTENT_FIELDS); hex. Raise KeyError for an unknown algorithm."""
    return sealed(plain(content))[1]


def sealed(content: Mapping[str, Any]) -> tuple[str, str]:
    """Write content that is plain already in its one form, with its digest; raises as `digest` does."""
    if content.keys() != set(CONTENT_FIELDS):
        raise ValueError(f"content differs from {CONTENT_FIELDS}: {sorted(content)}")
    written = ENCODER.encode(content)
    return written, ALGORITHMS[content["algorithm"]](written.encode())


def may_see_seals(by: Actor) -> Verdict:
    """Whether this person sees the seals and whether the record holds: the audit administrator alone."""
    return YES if by.administrator == "audit" else Verdict("no-such-page", {})


def missed_days(days: Sequence[date]) -> int:
    """How many days between the first and the last of these have no seal."""
    return (max(days) - min(days)).days + 1 - len(set(days)) if days else 0
