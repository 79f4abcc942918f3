"""Refusals: an answer "no" with a code, turned into an HTTP status in one table (hetang_flow.errors_http)."""

from collections.abc import Mapping
from typing import Any


class Refusal(Exception):
    """The operation did not happen; nothing was written.

    `code` names the reason (hetang_flow.refusal_texts holds its sentence), `facts` fills the sentence.
    """

    def __init__(self, code: str, facts: Mapping[str, Any] | None = None) -> None:
        super().__init__(code)
        self.code = code
        self.facts: dict[str, Any] = dict(facts or {})

    def __str__(self) -> str:
        return f"{self.code} {self.facts}" if self.facts else self.code


class NotAllowed(Refusal):
    """This person may not do this, now or ever."""


class NotFound(Refusal):
    """There is no such thing, or it is none of this person's business: the two answer alike."""


class WrongState(Refusal):
    """Somebody was faster, or the matter is not where the caller thinks it is."""


class Invalid(Refusal):
    """What was typed cannot be accepted; facts name the field and what to do."""


class Unavailable(Refusal):
    """What is kept cannot be opened by this site as it is set up now; nothing is lost."""
