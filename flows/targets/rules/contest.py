"""Pure rules of the building contest (建设进度大竞赛): a published formula over facts, every input shown.

A component takes a figure, cuts it at its cap and gives its weight in full there, nothing at nought.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal

TENTH = Decimal("0.1")
EXACT = Decimal("0.0001")
WHOLE = Decimal(100)
# What a component may take, each a part of what could be: 1 is all of it.
FIGURES = ("plan-done", "against-time", "progress", "months-reported")


@dataclass(frozen=True, slots=True)
class Component:
    """One line of the formula: which figure, where it is cut, how many of the hundred points."""

    code: str
    name: str
    figure: str
    weight: Decimal
    cap: Decimal


@dataclass(frozen=True, slots=True)
class Entrant:
    """A project's inputs; money in 万元, progress in per cent, months as numbers."""

    planned: Decimal
    invested: Decimal
    expected: Decimal
    progress: Decimal | None
    reported: int
    due: int


def figures(entrant: Entrant) -> dict[str, Decimal]:
    """Every figure a formula may take, of one project; nothing where it cannot be reckoned."""

    def part(of: Decimal, whole: Decimal) -> Decimal:
        return (of / whole).quantize(EXACT, ROUND_HALF_UP) if whole else Decimal(0)

    return {
        "plan-done": part(entrant.invested, entrant.planned),
        "against-time": part(entrant.invested, entrant.expected),
        "progress": part(entrant.progress or Decimal(0), WHOLE),
        "months-reported": part(Decimal(entrant.reported), Decimal(entrant.due)),
    }


def points(component: Component, inputs: Mapping[str, Decimal]) -> Decimal:
    """What a component gives, in points with one decimal."""
    figure = max(Decimal(0), min(inputs[component.figure], component.cap))
    return (component.weight * figure / component.cap).quantize(TENTH, ROUND_HALF_UP)


def score(components: Sequence[Component], inputs: Mapping[str, Decimal]) -> Decimal:
    """All components together."""
    return sum((points(component, inputs) for component in components), Decimal(0))


def ranks(scores: Sequence[Decimal]) -> list[int]:
    """The place of each of these scores, in their order; alike scores share a place."""
    best = sorted(scores, reverse=True)
    return [best.index(each) + 1 for each in scores]
