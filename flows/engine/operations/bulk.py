"""批量同意: several matters at once, each checked and decided by itself."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from hetang_flow.lib.errors import Invalid, Refusal
from permissions.actors import Actor

from .decisions import approve

MOST = 50


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one of them: approved, or why not."""

    run_id: UUID
    code: str = ""
    facts: dict[str, Any] = field(default_factory=dict)

    @property
    def approved(self) -> bool:
        """Whether it was approved."""
        return not self.code


def approve_many(
    tasks: Sequence[tuple[UUID, int]], *, by: Actor, now: datetime, opinion: str = ""
) -> list[Outcome]:
    """Approve each of these shares in a transaction of its own; one that cannot be leaves the others alone.

    Raises Invalid for none or more than fifty at a time.
    """
    if not tasks:
        raise Invalid("nothing-chosen")
    if len(tasks) > MOST:
        raise Invalid("too-many-chosen", {"most": MOST})
    outcomes = []
    for run_id, assignment_id in dict.fromkeys(tasks):
        try:
            approve(run_id, assignment_id, by=by, now=now, opinion=opinion)
        except Refusal as refused:
            outcomes.append(Outcome(run_id, refused.code, refused.facts))
        else:
            outcomes.append(Outcome(run_id))
    return outcomes
