"""The words of the model: states, refusals, the record, and what people are told."""

from collections.abc import Iterable
from typing import Any

Matter = dict[str, Any]
Step = dict[str, Any]
Share = dict[str, Any]

YES, NO = {"approved", "done"}, {"rejected", "returned"}
SPOKEN = YES | NO | {"advised"}
TO_COME = {"open", "waiting", "moot"}
GONE = {"void", "transferred", "removed"}
LEAST, MOST = 6, 500


class Refused(Exception):
    """It did not happen."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def unless(condition: Any, code: str) -> None:
    """Refuse for this reason unless the condition holds."""
    if not condition:
        raise Refused(code)


def reason_given(text: str) -> None:
    """Whoever names a reason writes six to five hundred characters."""
    unless(len(text.strip()) >= LEAST, "reason-too-short")
    unless(len(text) <= MOST, "text-too-long")


def note(m: Matter, kind: str, by: str | None, *, about_run: bool = True) -> None:
    """One line of the record: what, by whom, for whom."""
    m["record"].append((kind, by, m["for"], about_run))


def tell(m: Matter, kind: str, people: Iterable[str | None], key: tuple) -> None:
    """Each person once under a key."""
    for person in {each for each in people if each is not None}:
        m["told"].setdefault((key, person), kind)


def over(m: Matter) -> bool:
    """Whether the run has ended."""
    return m["run"]["status"] != "open"


def of(m: Matter, step: int) -> list[Share]:
    """The shares of a step in the order in which they stand."""
    return sorted((s for s in m["shares"] if s["step"] == step), key=lambda s: (s["order"], s["id"]))
