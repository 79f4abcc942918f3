"""The source `node`: a node of a project's timetable in force that was planned for a day gone by and is not done."""

from collections.abc import Sequence
from datetime import date, datetime

from django.db.models import BigIntegerField, Exists, F, OuterRef, QuerySet, Subquery, Value
from django.db.models.functions import Cast, Coalesce, Concat

from flows.campaigns.models import Plan
from flows.projects.lifecycle import Phase
from flows.projects.models import Project, ProjectUnit
from flows.timetables.models import Node, NodeFact, Timetable

from . import rules, sources

CODE = "node"
OVER = (Phase.REVIEWED, Phase.TERMINATED)


def in_force(now: datetime) -> QuerySet[Node]:
    """The nodes in force as known at a moment, each with the day it was done, if it was."""
    later = Timetable.objects.filter(
        project_id=OuterRef("timetable__project_id"),
        number__gt=OuterRef("timetable__number"),
        adopted__lte=now,
    )
    said = NodeFact.objects.filter(
        project_id=OuterRef("timetable__project_id"), code=OuterRef("code"), recorded__lte=now
    ).order_by("-version")
    return Node.objects.filter(~Exists(later), timetable__adopted__lte=now).annotate(
        done=Subquery(said.values("done_on")[:1])
    )


def late(plan: Plan, day: date, now: datetime) -> QuerySet:
    """What is late, with the unit of the post that answers for it, else the first that serves the project."""
    serving = ProjectUnit.objects.filter(
        project_id=OuterRef("timetable__project_id"), role=ProjectUnit.Role.SERVICE
    ).order_by("order", "pk")
    nodes = (
        in_force(now)
        .filter(timetable__project__plan=plan, planned__lt=day, done=None)
        .exclude(timetable__project__phase__in=[*OVER, Phase.SUSPENDED])
        .annotate(
            answering=Coalesce(
                Cast(F("post__organisation_id"), BigIntegerField()),
                Cast(Subquery(serving.values("organisation_id")[:1]), BigIntegerField()),
            )
        )
        .filter(answering__isnull=False)
        .order_by()
    )
    return sources.rows(
        nodes,
        key=sources.key("timetable__project_id", "code"),
        unit=F("answering"),
        post=F("post_id"),
        project=F("timetable__project_id"),
        line=F("timetable__project__line_id"),
        title=Concat(F("timetable__project__name"), Value("："), F("name")),
        due_on=F("planned"),
        first_due_on=F("first_planned"),
        mark=CODE,
    )


def why(keys: Sequence[str], day: date, now: datetime) -> dict[str, str]:
    """Why these are late no longer: done, moved by approval, suspended with the project, or over with it (two statements)."""
    pairs = [(int(project), code) for project, _colon, code in (key.partition(":") for key in keys)]
    projects = Project.objects.in_bulk([project for project, _code in pairs])
    nodes = {
        (node.timetable.project_id, node.code): node
        for node in in_force(now)
        .filter(timetable__project__in=projects, code__in={code for _project, code in pairs})
        .select_related("timetable")
    }
    return {f"{at}:{code}": _why(projects[at].phase, nodes.get((at, code)), day) for at, code in pairs}


def _why(phase: str, node: Node | None, day: date) -> str:
    if node is not None and node.done is not None:  # type: ignore[attr-defined]
        return rules.DONE
    if phase == Phase.SUSPENDED:
        return rules.SUSPENDED
    if phase in OVER or node is None:
        return rules.ENDED
    return rules.EXTENDED if node.planned >= day else rules.ENDED


sources.register(CODE, late, why=why)
