"""What people type about a timetable; what fits together is a rule of this room, not of the form."""

from collections.abc import Mapping, Sequence
from datetime import date

from .rules import LONGEST_NAME, MOST_NODES, Step, code_for


def nodes_typed(posted: Mapping[str, str], known: Sequence[str]) -> list[Step]:
    """The rows that were typed, in their order; an empty one is left out, a new one gets a code of its own."""
    steps: list[Step] = []
    for number in range(1, MOST_NODES + 2):
        name = posted.get(f"name-{number}", "").replace("\x00", "").strip()[: LONGEST_NAME + 1]
        if not name:
            continue
        code = posted.get(f"code-{number}", "")
        if code not in known or code in {step.code for step in steps}:
            code = code_for([*known, *(step.code for step in steps)])
        steps.append(
            Step(
                code,
                name,
                whole(posted.get(f"days-{number}", "")),
                day_typed(posted.get(f"planned-{number}", "")),
                whole(posted.get(f"post-{number}", "")) or None,
            )
        )
    return steps


def whole(text: str) -> int:
    """A whole number; what cannot be read counts as nothing."""
    text = text.strip()
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0


def day_typed(text: str) -> date | None:
    """A day; None for what cannot be read."""
    try:
        return date.fromisoformat(text.strip())
    except ValueError:
        return None
