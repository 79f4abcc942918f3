"""What the operations of this room read under the lock of an obstacle's run; the Run comes first, always."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from uuid import UUID

from flows.engine.operations.move import Move, locked_run, moving
from flows.projects.lifecycle import Move as LifecycleMove
from flows.projects.models import Project, ProjectUnit
from hetang_flow.lib.errors import Invalid, NotAllowed, NotFound, WrongState
from hetang_flow.lib.verdicts import Verdict
from permissions.actors import Actor

from . import rules
from .holding import with_holders
from .models import Obstacle, ObstacleKind


def or_refuse(verdict: Verdict) -> None:
    """Who may not is not allowed; when it cannot be is a wrong state."""
    verdict.or_raise(NotAllowed if verdict.code in rules.PERSON_CODES else WrongState)


def locked_project(project_id: UUID) -> Project:
    project = Project.objects.select_for_update(no_key=True).filter(public_id=project_id).first()
    if project is None:
        raise NotFound("no-such-project")
    return project


def parties_of(project: Project) -> dict[str, list[int]]:
    rows = list(project.units.values_list("role", "organisation_id"))
    return {
        "serving": [unit for role, unit in rows if role == ProjectUnit.Role.SERVICE],
        "owning": [unit for role, unit in rows if role == ProjectUnit.Role.OWNER],
    }


def kind_of(project: Project, code: str, part: str) -> ObstacleKind:
    kind = ObstacleKind.objects.filter(plan_id=project.plan_id, code=code).first()
    if kind is None:
        raise Invalid("no-such-kind", {"field": "kind"})
    if part and part not in kind.parts:
        raise Invalid("no-such-kind", {"field": "part"})
    return kind


def move_of(code: str) -> str:
    if code and code not in LifecycleMove.values:
        raise Invalid("no-such-move", {"field": "blocks"})
    return code


def locked(obstacle_id: UUID) -> Obstacle:
    """The obstacle, read after its run has been locked."""
    _above, run = locked_run(_run_of(obstacle_id))
    obstacle = Obstacle.objects.select_related("project", "level").get(run_id=run.pk)
    obstacle.run = run
    return obstacle


@contextmanager
def moving_obstacle(obstacle_id: UUID, *, by: Actor, now: datetime) -> Iterator[tuple[Move, Obstacle]]:
    """A move of its run, and the obstacle with everybody who may hold it."""
    with moving(_run_of(obstacle_id), by=by, now=now) as move:
        yield move, with_holders(Obstacle.objects.filter(run_id=move.run.pk)).get()


def _run_of(obstacle_id: UUID) -> UUID:
    found = Obstacle.objects.filter(public_id=obstacle_id).values_list("run__public_id", flat=True).first()
    if found is None:
        raise NotFound("no-such-obstacle")
    return found
