"""Reading task forces: those a person may see, line by line, and those that work on one project."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import OuterRef, Q, QuerySet
from django.db.models.functions import JSONObject

from flows.campaigns.models import CampaignLine
from flows.campaigns.selectors import plans_by_age
from flows.projects.models import Project
from flows.projects.selectors import visible_to
from hetang_flow.lib.clock import district_day
from permissions.actors import Actor

from . import rules
from .models import TaskForce, TaskForcePost, TaskForceUnit


@dataclass(frozen=True, slots=True)
class Shown:
    """A task force with its people by name, and whether it is at work on the day of reading."""

    force: TaskForce
    standing: str
    leading: tuple[str, ...]
    members: tuple[str, ...]
    posts: tuple[str, ...]

    @property
    def is_over(self) -> bool:
        """Whether its last day has passed."""
        return self.standing == rules.OVER

    @property
    def is_ahead(self) -> bool:
        """Whether its first day is still to come."""
        return self.standing == rules.AHEAD


@dataclass(frozen=True, slots=True)
class Line:
    """The task forces of a line: its own first, then those of its projects."""

    line: CampaignLine
    forces: list[Shown]


def by_line(actor: Actor, at: datetime) -> list[Line]:
    """The task forces of the newest plan that this person may see, by line in the plan's order (one statement)."""
    newest = plans_by_age().values("pk")[:1]
    own = Q(project__in=visible_to(actor, at).order_by().values("pk"))
    seen = own | Q(line__isnull=False) if rules.sees_lines(actor) else own
    rows = _with_people(TaskForce.objects.filter(seen, plan_id=newest))
    found: dict[CampaignLine, list[Shown]] = {}
    for shown in _shown(rows, district_day(at)):
        force = shown.force
        found.setdefault(force.line or force.project.line, []).append(shown)
    lines = [
        Line(line, sorted(forces, key=lambda each: each.force.line_id is None))
        for line, forces in found.items()
    ]
    return sorted(lines, key=lambda each: each.line.order)


def of_project(project: Project, at: datetime) -> list[Shown]:
    """The task forces a project has: its own first, then its line's (one statement)."""
    own = Q(project_id=project.pk) | Q(line_id=project.line_id)
    shown = _shown(_with_people(TaskForce.objects.filter(own)), district_day(at))
    return sorted(shown, key=lambda each: each.force.project_id is None)


def _with_people(forces: QuerySet[TaskForce]) -> QuerySet[TaskForce]:
    units = TaskForceUnit.objects.filter(force_id=OuterRef("pk")).order_by("order")
    posts = TaskForcePost.objects.filter(force_id=OuterRef("pk")).order_by("order")
    return forces.select_related("line", "project__line", "head").annotate(
        units_json=ArraySubquery(units.values(j=JSONObject(name="organisation__name", role="role"))),
        post_names=ArraySubquery(posts.values("post__name")),
    )


def _shown(forces: Iterable[TaskForce], today: date) -> list[Shown]:
    def called(force: TaskForce, role: str) -> tuple[str, ...]:
        return tuple(unit["name"] for unit in force.units_json if unit["role"] == role)

    return [
        Shown(
            force,
            rules.standing(force.from_day, force.until_day, today),
            called(force, TaskForceUnit.Role.LEAD),
            called(force, TaskForceUnit.Role.MEMBER),
            tuple(force.post_names),
        )
        for force in forces
    ]
