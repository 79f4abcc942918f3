"""Who reads, writes or does not see a field, by the steps in which they have a part."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

READ, WRITE, HIDDEN = "read", "write", "hidden"
OTHERS = "others:"
_FROM_LEAST = (HIDDEN, READ, WRITE)


@dataclass(frozen=True, slots=True)
class Part:
    """A step as fields see it: whether people judge there, and what its policy says of single fields."""

    judges: bool
    says: Mapping[str, str] = field(default_factory=dict)


def access_at(name: str, part: Part) -> str:
    """What people who act at this step may do with a field: at work they write it, at a sign-off they read it."""
    return part.says.get(name, READ if part.judges else WRITE)


def best_access(name: str, own: Sequence[Part], open_now: Sequence[Part]) -> str:
    """What somebody may do with a field who has these parts in a run; the best of several wins.

    Whoever has none reads it, unless a step that is open now hides it from others.
    """
    if own:
        return max((access_at(name, part) for part in own), key=_FROM_LEAST.index)
    return HIDDEN if any(part.says.get(OTHERS + name) == HIDDEN for part in open_now) else READ
