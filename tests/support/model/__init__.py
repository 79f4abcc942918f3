"""The approval engine as plain dicts: what docs/approvals.md promises, in the fewest words that can be checked.

It knows nothing of the engine or of a database. Everything has a name: people and posts by their short names, steps
and shares by their place in a list. `attempt` lets somebody do something; a refusal leaves the matter as it was.
"""

from collections.abc import Callable
from copy import deepcopy
from typing import Any

from .words import Matter, Refused

LIVING = ("run", "steps", "shares", "copies", "drafts", "record", "told", "appointments", "covers")


def attempt(m: Matter, command: Callable[..., None], *args: Any, **words: Any) -> str:
    """Let a command happen wholly or not at all; answers why not, or nothing."""
    before = {name: deepcopy(m[name]) for name in LIVING}
    begin(m)
    try:
        command(m, *args, **words)
    except Refused as refused:
        m.update(before)
        return refused.code
    return ""


def begin(m: Matter) -> None:
    """A command begins: nobody is acted for yet, and these have heard of something before."""
    m["for"], m["heard"] = None, {*m["told"]}
