"""What rooms above do with a measure that a person has confirmed; they say so in their AppConfig.ready."""

from collections.abc import Callable

from flows.engine.operations.move import Move

from .models import Measure

Confirmed = Callable[[Measure, Move], None]
_CONFIRMED: dict[str, list[Confirmed]] = {}


def on_confirmed(kind: str, function: Confirmed) -> None:
    """Make known what follows a confirmed measure of this kind (`criticism`, `referral`), in the deciding transaction.

    `function(measure, move)` finds the rows locked in the house's order; it opens no transaction of its own.
    """
    several = _CONFIRMED.setdefault(kind, [])
    if function not in several:
        several.append(function)


def confirmed(measure: Measure, move: Move) -> None:
    """Let every room that waits for it know of a confirmed measure."""
    for function in _CONFIRMED.get(measure.climb.measure, ()):
        function(measure, move)
