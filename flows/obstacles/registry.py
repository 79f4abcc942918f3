"""Where an obstacle came from: rooms above that raise them say so in their AppConfig.ready."""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from django.db.models import QuerySet

from .models import Obstacle


class Origin(NamedTuple):
    """What an obstacle was raised from, in a sentence, and the page that shows it to whoever sees the project."""

    text: str
    url: str


class Source(NamedTuple):
    """A room that raises obstacles: an expression on the obstacle that finds the row as JSON, and what it says."""

    row: Any
    say: Callable[[Mapping[str, Any]], Origin]


_SOURCES: dict[str, Source] = {}


def origin_source(name: str, row: Any, say: Callable[[Mapping[str, Any]], Origin]) -> None:
    """Make a source known under its room's name; see `Source`."""
    _SOURCES[name] = Source(row, say)


def with_origins(obstacles: QuerySet[Obstacle]) -> QuerySet[Obstacle]:
    """Obstacles read with where they came from (no statement of its own)."""
    return obstacles.annotate(**{f"from_{name}": source.row for name, source in _SOURCES.items()})


def origin_of(obstacle: Obstacle) -> Origin | None:
    """Where an obstacle read `with_origins` came from; None where whoever raised it said so themselves."""
    rows = ((source, getattr(obstacle, f"from_{name}")) for name, source in _SOURCES.items())
    return next((source.say(row) for source, row in rows if row), None)
