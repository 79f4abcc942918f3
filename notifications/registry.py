"""What rooms above lend to the notices, filled in their `AppConfig.ready`: the record and the working calendar.

Until somebody does, every day is a working day, and nothing can be recorded: what has to be recorded is refused then.
"""

from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import Any, Protocol

from permissions.actors import Actor


class Recorder(Protocol):
    """Appends one entry to the record of the system itself, in the caller's transaction."""

    def __call__(
        self, kind: str, *, by: Actor, now: datetime, facts: Mapping[str, Any], personal: Mapping[str, str]
    ) -> None: ...


WorkingDays = Callable[[], Callable[[date], bool]]

_lent: dict[str, Any] = {}


def recorded_by(recorder: Recorder) -> None:
    """Let this function write what the notices have to put on record."""
    _lent["record"] = recorder


def working_days_from(days: WorkingDays) -> None:
    """Let this function give the calendar: called when one is needed, it returns the question "is this day worked?"."""
    _lent["working"] = days


def record(
    kind: str, *, by: Actor, now: datetime, facts: Mapping[str, Any], personal: Mapping[str, str]
) -> None:
    """Put something on the record of the system; LookupError when no room keeps one."""
    _lent["record"](kind, by=by, now=now, facts=facts, personal=personal)


def working_days() -> Callable[[date], bool]:
    """The question "is this day worked?", under the calendar now in force (one statement)."""
    return _lent["working"]() if "working" in _lent else lambda day: True
