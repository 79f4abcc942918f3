"""What the operations of this room read under the lock of an obstacle's run; the Run comes first, always."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any
from uuid import UUID

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import OuterRef
from django.db.models.functions import JSONObject

from flows.engine.operations.move import Move, moving
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


def locked_with_parties(project_id: UUID) -> Project:
    """The project, locked, with the units that serve and own it (one statement)."""
    units = ProjectUnit.objects.filter(project_id=OuterRef("pk")).values(
        j=JSONObject(id="organisation_id", role="role")
    )
    projects = Project.objects.select_for_update(no_key=True, of=("self",)).annotate(
        parties=ArraySubquery(units)
    )
    project = projects.filter(public_id=project_id).first()
    if project is None:
        raise NotFound("no-such-project")
    return project


def parties_of(project: Any) -> dict[str, list[int]]:
    """The units of a project read with its parties, by what they are to it (no statement)."""
    roles = {"serving": ProjectUnit.Role.SERVICE, "owning": ProjectUnit.Role.OWNER}
    return {
        name: [unit["id"] for unit in project.parties if unit["role"] == role] for name, role in roles.items()
    }


def kind_of(project: Project, code: str, part: str) -> ObstacleKind:
    """A kind of the project's plan, with a part it has. Raises Invalid."""
    kind = ObstacleKind.objects.filter(plan_id=project.plan_id, code=code).first()
    if kind is None:
        raise Invalid("no-such-kind", {"field": "kind"})
    if part and part not in kind.parts:
        raise Invalid("no-such-kind", {"field": "part"})
    return kind


def move_of(code: str) -> str:
    """The milestone it stands in the way of, or nothing. Raises Invalid."""
    if code and code not in LifecycleMove.values:
        raise Invalid("no-such-move", {"field": "blocks"})
    return code


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
