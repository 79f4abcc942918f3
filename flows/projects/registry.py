"""What stands in a project's way, and what goes on with it, told from above: rooms fill this in their AppConfig.ready."""

from collections.abc import Callable, Collection
from datetime import date, datetime
from typing import NamedTuple
from uuid import UUID

from flows.engine.operations.move import Move as EngineMove

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
Resumption = Callable[[int, datetime, EngineMove], None]
_RESUMPTIONS: list[Resumption] = []


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


def on_resumption(function: Resumption) -> None:
    """Make known what goes on with a project: `function(project_id, since, move)`, inside the step's transaction."""
    if function not in _RESUMPTIONS:
        _RESUMPTIONS.append(function)


def resumed(project_id: int, since: datetime, move: EngineMove) -> None:
    """A project that had been suspended since then goes on."""
    for function in _RESUMPTIONS:
        function(project_id, since, move)
