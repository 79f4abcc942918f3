"""What rooms above do when the calendar has changed, each in transactions of its own; filled in AppConfig.ready."""

from collections.abc import Callable
from datetime import datetime

Redating = Callable[..., int]
_REDATINGS: list[Redating] = []


def on_change(function: Redating) -> None:
    """Make known what days are derived from: `function(before=version, now=moment)` tells how many it moved.

    It may be called again for the same version, and by several workers: what is right already stays as it is.
    """
    if function not in _REDATINGS:
        _REDATINGS.append(function)


def redate(*, before: int, now: datetime) -> int:
    """Bring every derived day to the calendar in force; `before` is the version it was reckoned by."""
    return sum(function(before=before, now=now) for function in _REDATINGS)
