"""What stands in a project's way, told from above: the room of obstacles fills this in its AppConfig.ready."""

from collections.abc import Callable, Collection
from datetime import date, datetime
from typing import NamedTuple
from uuid import UUID

from .lifecycle import Move


class Blocking(NamedTuple):
    """An open obstacle of a project; one that does not stop what it is about excuses its delay."""

    public_id: UUID
    title: str
    since: date
    stops: bool
    url: str


OpenObstacles = dict[int, list[Blocking]]
Source = Callable[[Collection[int], datetime, Move | None], OpenObstacles]
_SOURCES: list[Source] = []


def obstacle_source(function: Source) -> None:
    """Make a source known: `function(project_ids, at, move)` answers with the open obstacles of each project."""
    if function not in _SOURCES:
        _SOURCES.append(function)


def open_obstacles(project_ids: Collection[int], at: datetime, move: Move | None = None) -> OpenObstacles:
    """The open obstacles of each project, the oldest first; with `move` only those in the way of that move.

    A statement for each source, none without projects; a project without obstacles is missing.
    """
    found: OpenObstacles = {}
    for source in _SOURCES if project_ids else ():
        for project_id, several in source(project_ids, at, move).items():
            found.setdefault(project_id, []).extend(several)
    return found
