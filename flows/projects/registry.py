"""What rooms above tell of projects in their AppConfig.ready: what stands in the way, what goes on, which flows are about one."""

from collections.abc import Callable, Collection
from datetime import date, datetime
from typing import NamedTuple
from uuid import UUID

from django.db.models import Model

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


# --- flows about a project ---

_ABOUT: dict[str, type[Model]] = {}


def about_projects(code: str, model: type[Model]) -> None:
    """Make a flow known whose runs are about a project: `model` has the foreign keys `run` and `project`.

    Its policies may then name the resolvers and the recusal of this room.
    """
    _ABOUT[code] = model


def model_of(code: str) -> type[Model]:
    """Which model says the project of a run of this flow."""
    return _ABOUT[code]


def flows_about() -> frozenset[str]:
    """The flows whose runs are about a project."""
    return frozenset(_ABOUT)


# --- what goes on with a project ---


def on_resumption(function: Resumption) -> None:
    """Make known what goes on with a project: `function(project_id, since, move)`, inside the step's transaction."""
    if function not in _RESUMPTIONS:
        _RESUMPTIONS.append(function)


def resumed(project_id: int, since: datetime, move: EngineMove) -> None:
    """A project that had been suspended since then goes on."""
    for function in _RESUMPTIONS:
        function(project_id, since, move)
