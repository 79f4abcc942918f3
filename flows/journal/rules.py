"""How the record is hashed and checked; only the standard library, so an offline verifier is this file.

digest = H(canonical JSON of the entry's content)        CONTENT_FIELDS; personal values only as commitments
hash   = H(hash of the entry before | number | digest)  the first entry follows GENESIS
commitment of a personal value = H(salt | value)
H is the entry's `algorithm`; only "sha256" exists today, SM3 is one more row in ALGORITHMS.
"""

import hashlib
import json
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from decimal import Decimal
from enum import Enum
from functools import lru_cache
from typing import Any, NamedTuple
from uuid import UUID

ALGORITHM = "sha256"
GENESIS = "0" * 64

# Personal fields every entry may have, and the kind of entry that says one was removed.
ACTOR_NAME = "actor_name"
ON_BEHALF_NAME = "on_behalf_name"
FORGOTTEN = "journal.personal_forgotten"

CONTENT_FIELDS = (
    "algorithm",
    "chain",
    "kind",
    "happened",
    "recorded",
    "actor_id",
    "actor_post",
    "on_behalf_of_id",
    "on_behalf_post",
    "run_id",
    "facts",
    "before",
    "after",
    "commitments",
)


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


ALGORITHMS: Mapping[str, Callable[[bytes], str]] = {ALGORITHM: _sha256}

_ENCODER = json.JSONEncoder(sort_keys=True, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
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
    return _ENCODER.encode(plain(value))


def digest(content: Mapping[str, Any]) -> str:
    """Hash an entry's content (exactly CONTENT_FIELDS); hex. Raise KeyError for an unknown algorithm."""
    return sealed(plain(content))[1]


def sealed(content: Mapping[str, Any]) -> tuple[str, str]:
    """Write content that is plain already in its one form, with its digest; raises as `digest` does."""
    if content.keys() != set(CONTENT_FIELDS):
        raise ValueError(f"content differs from {CONTENT_FIELDS}: {sorted(content)}")
    written = _ENCODER.encode(content)
    return written, ALGORITHMS[content["algorithm"]](written.encode())


def link(previous: str, number: int, digest: str, algorithm: str = ALGORITHM) -> str:
    """Bind a digest to its place: after `previous`, as entry `number`; hex."""
    return ALGORITHMS[algorithm](f"{previous}|{number}|{digest}".encode())


def commit(salt: str, value: str, algorithm: str = ALGORITHM) -> str:
    """Bind a personal value without revealing it; the salt must be random and as secret as the value."""
    return ALGORITHMS[algorithm](f"{salt}|{value}".encode())


class Sealed(NamedTuple):
    """An entry as it lies in the store, not yet trusted; personal: field -> (salt, value)."""

    number: int
    content: Mapping[str, Any]
    digest: str
    hash: str
    personal: Mapping[str, tuple[str, str]]


MEANING: Mapping[str, str] = {
    "edited": "the content is not what was recorded",
    "personal-edited": "a personal value is not what was recorded",
    "personal-added": "a personal value was never recorded",
    "personal-gone": "a personal value was removed and no entry says so",
    "algorithm": "hashed in a way this program does not know",
    "missing": "taken out of the middle",
    "unlinked": "not bound to the entry before: moved, inserted or rewritten",
    "order": "stands before an entry with a higher number",
    "tail": "cut off at the end",
    "beyond": "written past the end the chain knows",
    "head": "the chain's head is not the hash of its last entry",
}


@dataclass(frozen=True, slots=True)
class Finding:
    """What is wrong with the entries `first` to `last` of a chain; `code` is a key of MEANING."""

    code: str
    first: int
    last: int
    detail: str = ""

    def __str__(self) -> str:
        where = f"entry {self.first}" if self.first == self.last else f"entries {self.first} to {self.last}"
        detail = f" ({self.detail})" if self.detail else ""
        return f"{where}{detail}: {MEANING[self.code]} [{self.code}]"


def verify_chain(entries: Iterable[Sealed], head: str, length: int) -> list[Finding]:
    """Check a chain's entries, given by rising number, against each other and the chain's head and length.

    A tail cut or rewrite that forges head and length too is not visible here, only by a seal kept elsewhere.
    """
    found: list[Finding] = []
    previous, expected, last_known = GENESIS, 1, GENESIS
    for entry in entries:
        _note_all(found, _content_findings(entry))
        if entry.number < expected:
            _note(found, Finding("order", entry.number, entry.number))
            continue
        if entry.number > expected:
            # What follows a gap cannot be linked to what is gone; its own hash starts the count again.
            _note(found, Finding("missing", expected, entry.number - 1))
        elif entry.hash != _linked(previous, entry):
            _note(found, Finding("unlinked", entry.number, entry.number))
        if entry.number == length:
            last_known = entry.hash
        previous, expected = entry.hash, entry.number + 1
    _note_all(found, _ending_findings(expected - 1, last_known, head, length))
    return found


def gone(entry: Sealed) -> Iterable[str]:
    """Return the personal fields whose values are gone; rightly so only if a FORGOTTEN entry says it."""
    commitments = entry.content["commitments"]
    return commitments.keys() - entry.personal.keys() if isinstance(commitments, dict) else ()


def _linked(previous: str, entry: Sealed) -> str:
    algorithm = str(entry.content["algorithm"])
    return link(previous, entry.number, entry.digest, algorithm) if algorithm in ALGORITHMS else entry.hash


def _content_findings(entry: Sealed) -> Iterable[Finding]:
    algorithm = entry.content["algorithm"]
    if algorithm not in ALGORITHMS:
        yield Finding("algorithm", entry.number, entry.number, str(algorithm))
        return
    hashed = ALGORITHMS[algorithm]
    # Stored content is plain already: `canonical` without the walk through `plain`.
    if hashed(_ENCODER.encode(entry.content).encode(errors="surrogatepass")) != entry.digest:
        yield Finding("edited", entry.number, entry.number)
    commitments = entry.content["commitments"]
    for field, (salt, value) in entry.personal.items():
        bound = commitments.get(field) if isinstance(commitments, dict) else None
        if bound is None:
            yield Finding("personal-added", entry.number, entry.number, field)
        elif bound != hashed(f"{salt}|{value}".encode()):
            yield Finding("personal-edited", entry.number, entry.number, field)


def _ending_findings(last: int, last_known: str, head: str, length: int) -> Iterable[Finding]:
    if last < length:
        yield Finding("tail", last + 1, length)
    elif last_known != head:
        yield Finding("head", length, length)
    if last > length:
        yield Finding("beyond", length + 1, last)


def _note(found: list[Finding], new: Finding) -> None:
    """Add a finding, or stretch the last one when it says the same of the entry before."""
    same = found and (found[-1].code, found[-1].detail, found[-1].last) == (
        new.code,
        new.detail,
        new.first - 1,
    )
    if same:
        found[-1] = replace(found[-1], last=new.last)
    else:
        found.append(new)


def _note_all(found: list[Finding], more: Iterable[Finding]) -> None:
    for finding in more:
        _note(found, finding)
