"""A judgement as a value: yes, or no with a code and the facts behind it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from hetang_flow.lib.errors import NotAllowed, Refusal


@dataclass(frozen=True, slots=True)
class Verdict:
    """Truthy when the answer is yes; otherwise `code` says why not."""

    code: str = ""
    facts: Mapping[str, Any] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return not self.code

    def or_raise(self, error: type[Refusal] = NotAllowed) -> None:
        """Raise `error` with the code and the facts unless the answer is yes."""
        if self.code:
            raise error(self.code, self.facts)


YES = Verdict()
