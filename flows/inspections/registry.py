"""What a finding may open: rooms say so in their AppConfig.ready, with the form that asks for the rest."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from hetang_flow.lib.verdicts import YES, Verdict
from permissions.actors import Actor

from .models import Finding


class Begun(NamedTuple):
    """What was opened: the key its page is found by, and the chain whose record it stands in."""

    key: UUID
    chain_id: int


Open = Callable[..., Begun]
Choices = Callable[[Finding, Actor, datetime], Mapping[str, Any]]
May = Callable[[Finding, Actor], Verdict]


def _anybody(finding: Finding, by: Actor) -> Verdict:
    return YES


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of matter that a finding opens.

    `function(finding, typed, by=…, now=…)` opens it; `choices(finding, by, at)` is what its `form` offers; `may`
    narrows who does it; `page` is the URL name that shows it by its key.
    """

    code: str
    label: Any
    function: Open
    form: str
    page: str
    choices: Choices
    may: May = _anybody


_KINDS: dict[str, Kind] = {}


def opens(
    code: str,
    label: Any,
    function: Open,
    *,
    form: str,
    page: str,
    choices: Choices,
    may: May = _anybody,
) -> None:
    """Make known what a finding may open; see `Kind`."""
    _KINDS[code] = Kind(code, label, function, form, page, choices, may)


def kinds() -> Sequence[Kind]:
    """What a finding may open, in the order it was made known."""
    return list(_KINDS.values())


def kind(code: str) -> Kind | None:
    """One of them, or None."""
    return _KINDS.get(code)
