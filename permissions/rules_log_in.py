"""Pure rules of signing in: how many wrong passwords, how old a password, how long a session."""

import unicodedata
from dataclasses import dataclass
from datetime import datetime, timedelta

LONGEST_IDLE = timedelta(minutes=30)
LONGEST_SESSION = timedelta(hours=8)
NOTED_EVERY = timedelta(minutes=5)
SHORTEST_PASSWORD, CLASSES_NEEDED, PASSWORDS_REMEMBERED = 10, 3, 5
MOST_SESSIONS = 5
SHORTEST_WORD, SHORTEST_CHINESE_WORD = 3, 2


@dataclass(frozen=True, slots=True)
class Limit:
    """How many failures within a time; reached, everything is refused until that time has passed since the last one."""

    most: int
    within: timedelta


# A pair is one account from one address, so a stranger cannot lock a leader out at the leader's own desk; what is
# counted over all addresses, or all accounts, is far above what people mistype (GB/T 22239, 8.1.4.1 b).
LIMITS = {
    "pair": Limit(5, timedelta(minutes=15)),
    "account": Limit(50, timedelta(hours=1)),
    "address": Limit(30, timedelta(minutes=15)),
}


@dataclass(frozen=True, slots=True)
class Count:
    """Failures that were counted, and when the last of them was."""

    failures: int
    last: datetime


def is_locked(kind: str, count: Count, now: datetime) -> bool:
    """Whether nobody is let in here at this moment."""
    limit = LIMITS[kind]
    return count.failures >= limit.most and count.last + limit.within > now


def after_failure(kind: str, count: Count, now: datetime) -> Count:
    """The count with one more; what lies longer ago than the limit's time is forgotten."""
    forgotten = count.last + LIMITS[kind].within <= now
    return Count(1 if forgotten else count.failures + 1, now)


def just_locked(kind: str, count: Count) -> bool:
    """Whether the failure that was counted last is the one that locks."""
    return count.failures == LIMITS[kind].most


def classes_of(password: str) -> int:
    """How many kinds of signs a password mixes: small letters, capitals, digits, everything else."""
    kinds = {
        "small" if sign.islower() else "capital" if sign.isupper() else "digit" if sign.isdigit() else "other"
        for sign in password
    }
    return len(kinds)


def words_within(password: str, words: tuple[str, ...]) -> tuple[str, ...]:
    """Which of these words stand in the password, whatever their case or width."""
    plain = folded(password)
    return tuple(
        word
        for word in words
        if len(word) >= (SHORTEST_WORD if word.isascii() else SHORTEST_CHINESE_WORD) and folded(word) in plain
    )


def folded(text: str) -> str:
    """The text as it is compared: one width, one case, nothing around it."""
    return unicodedata.normalize("NFKC", text).strip().casefold()


def is_expired(set_at: datetime | None, now: datetime, *, days: int) -> bool:
    """Whether a password is older than `days`; 0 lets it grow old, and one that was never set has no age."""
    return bool(days) and set_at is not None and set_at + timedelta(days=days) <= now


def session_is_over(began: datetime, seen: datetime, now: datetime) -> str:
    """Why a session is over, or nothing: it lay idle, or it has lasted long enough."""
    if now - seen > LONGEST_IDLE:
        return "session-idle"
    if now - began > LONGEST_SESSION:
        return "session-long"
    return ""
