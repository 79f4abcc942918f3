"""What the forms and pages of figures of this room read besides the board."""

from typing import Any

from django.utils.translation import gettext as _

from flows.campaigns.models import Plan
from flows.campaigns.selectors import newest_plan
from flows.projects.lifecycle import Phase
from flows.projects.models import Project
from hetang_flow.lib.clock import district_day
from hetang_flow.lib.errors import NotFound
from hetang_flow.lib.verdicts import Verdict
from hetang_flow.lib.workbooks import Field
from permissions.actors import Actor

from . import rules
from .models import Obstacle, ObstacleFact, ObstacleKind, PermitBaseline, PermitFact
from .reading import parties_of
from .selectors import Board

OVER = (Phase.REVIEWED, Phase.TERMINATED)
FIRST_YEAR = 2000
MOST_FACTS = 50


def board_fields() -> list[Field]:
    """The columns of the board as a workbook."""
    return [
        Field("title", _("Obstacle or need")),
        Field("project", _("Project")),
        Field("line", _("Campaign line")),
        Field("kind", _("Kind")),
        Field("level", _("Level of coordination")),
        Field("unit", _("Unit that deals with it")),
        Field("opened", _("Raised on"), "date"),
        Field("due", _("Due"), "date"),
        Field("late", _("Working days late"), "whole"),
        Field("waits", _("Waiting for")),
    ]


def board_rows(board: Board) -> list[dict[str, Any]]:
    """The rows of the board for a workbook, lane by lane."""
    return [
        {
            "title": row.obstacle.title,
            "project": row.obstacle.project.name,
            "line": row.obstacle.project.line.name,
            "kind": row.obstacle.kind.name if row.obstacle.kind else "",
            "level": lane.name,
            "unit": row.obstacle.unit.name if row.obstacle.unit else "",
            "opened": district_day(row.obstacle.opened),
            "due": row.due_on,
            "late": row.days_late or None,
            "waits": "、".join(row.has_it),
        }
        for lane in board.lanes
        for row in lane.rows
    ]


def may_raise(project: Project, by: Actor) -> Verdict:
    """Whether this person may raise an obstacle of a project read with its parties (no statement)."""
    return rules.may_raise(by, **parties_of(project), over=project.phase in OVER, invented=project.is_demo)


def may_report(project: Project, by: Actor) -> Verdict:
    """Whether this person may report permits of a project read with its parties (no statement)."""
    serving = parties_of(project)["serving"]
    return rules.may_report(by, unit=None, serving=serving, over=False, invented=project.is_demo)


def kinds_of(plan_id: int) -> list[ObstacleKind]:
    """The kinds of a plan, in their order (one statement)."""
    return list(ObstacleKind.objects.filter(plan_id=plan_id).order_by("order"))


def permits_of(plan_id: int) -> list[PermitBaseline]:
    """The permits of a plan with their baselines, in their order (one statement)."""
    return list(PermitBaseline.objects.filter(plan_id=plan_id).order_by("order"))


def permit_facts(project_id: int) -> list[PermitFact]:
    """The newest permits reported of a project, those that nothing replaces (one statement)."""
    rows = PermitFact.objects.filter(project_id=project_id, replaced_by__isnull=True)
    return list(rows.select_related("permit", "recorded_by").order_by("-happened_on", "-pk")[:MOST_FACTS])


def fact_of(obstacle: Obstacle, key: int) -> ObstacleFact:
    """A fact of this obstacle and of no other. Raises NotFound."""
    found = obstacle.facts.filter(pk=key).first()
    if found is None:
        raise NotFound("no-such-fact")
    return found


def plan_for(by: Actor) -> Plan:
    """The newest plan, whose figures are for everybody inside the district.

    Raises NotFound for whoever is not, and while there is no plan.
    """
    plan = newest_plan() if rules.sees_figures(by) else None
    if plan is None:
        raise NotFound("no-such-page")
    return plan
