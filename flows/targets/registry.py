"""Where an assessment's facts come from: a room above registers a gatherer under the source that a criterion names."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any


@dataclass(frozen=True, slots=True)
class Finding:
    """One fact about a unit: a message id with its facts, and the page behind it."""

    said: str
    facts: Mapping[str, Any] = field(default_factory=dict)
    url: str = ""


@dataclass(frozen=True, slots=True)
class Supplied:
    """What is known of a unit on one criterion, and the score that follows from it, out of a hundred, if one does."""

    findings: Sequence[Finding] = ()
    score: Decimal | None = None


Gatherer = Callable[[int, Collection[int], date], Mapping[int, Supplied]]
_GATHERERS: dict[str, Gatherer] = {}


def register_gatherer(source: str, function: Gatherer) -> None:
    """`function(plan_id, unit_ids, on)` answers by unit what happened up to that day, in a constant number of statements."""
    _GATHERERS[source] = function


def sources() -> list[str]:
    """The sources a criterion may name."""
    return sorted(_GATHERERS)


def gathered(source: str, plan_id: int, units: Collection[int], on: date) -> Mapping[int, Supplied]:
    """What a source knows of these units; a source nobody supplies knows nothing."""
    function = _GATHERERS.get(source)
    return function(plan_id, units, on) if function else {}
