"""When a letter is tried again. Pure."""

from collections.abc import Sequence
from datetime import datetime, timedelta

WAITS: Sequence[timedelta] = tuple(timedelta(minutes=minutes) for minutes in (0.5, 2, 10, 30, 60, 180, 360))


def next_attempt(attempts: int, *, now: datetime, waits: Sequence[timedelta] = WAITS) -> datetime | None:
    """The hour of the next attempt after `attempts` have failed, or None when it is time to give up."""
    if attempts > len(waits):
        return None
    return now + waits[max(attempts, 1) - 1]
