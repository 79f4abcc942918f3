"""Where an obstacle came from: rooms above that raise them say so in their AppConfig.ready."""

from collections.abc import Callable
from typing import NamedTuple

from .models import Obstacle


class Origin(NamedTuple):
    """What an obstacle was raised from, in a sentence, and the page that shows it to whoever sees the project."""

    text: str
    url: str


Source = Callable[[Obstacle], Origin | None]
_SOURCES: list[Source] = []


def origin_source(function: Source) -> None:
    """Make a source known: `function(obstacle)` answers with where it came from, or None."""
    if function not in _SOURCES:
        _SOURCES.append(function)


def origin_of(obstacle: Obstacle) -> Origin | None:
    """Where an obstacle came from, of those that did not come from who raised it (a statement for each source)."""
    found = (source(obstacle) for source in _SOURCES)
    return next((origin for origin in found if origin is not None), None)
