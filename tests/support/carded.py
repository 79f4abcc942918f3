"""A project with everything its card shows: months, a timetable, an obstacle, a milestone passed, a task force."""

from datetime import date, timedelta
from decimal import Decimal

from flows.engine import operations as engine
from flows.figures.operations import report_month
from flows.figures.rules import Month
from flows.projects.models import Project
from flows.taskforces.models import TaskForce, TaskForcePost, TaskForceUnit
from flows.timetables.operations import report_node
from tests.support import planned

MONTHS = ((2, 3000, 4, "场地平整"), (3, 6500, 9, "基坑支护"), (4, 9800, 13, "桩基施工"))


def force_of(district, project: Project | None = None, **values) -> TaskForce:
    """A task force of a project, or of the district's line."""
    columns = {
        "plan": district.plan,
        "code": f"force-{TaskForce.objects.count() + 1}",
        "name": "演示·项目服务专班" if project else "项目建设攻坚工作专班",
        "project": project,
        "line": None if project else district.line,
        "head": district.posts["zhao"] if project else None,
        "tasks": "协调解决用地、用电和审批问题。",
        "from_day": district.plan.effective_from,
        "until_day": district.plan.effective_until,
        "order": TaskForce.objects.count(),
        "clause": "四（二）",
    }
    force = TaskForce.objects.create(**columns | values)
    for order, (unit, role) in enumerate((("leading", "lead"), ("coordinating", "member"))):
        TaskForceUnit.objects.create(force=force, organisation=district.units[unit], role=role, order=order)
    TaskForcePost.objects.create(force=force, post=district.posts["chen"], order=0)
    return force


def passed(district, project: Project, *, days: int = 0) -> None:
    """A milestone that both leaders approved, so many days after it was begun."""
    run = district.submitted(project).run
    later = district.now + timedelta(days=days)
    for name in ("lin", "zhao", "qian"):
        share = district.share(run, name).pk
        engine.approve(run.public_id, share, by=district.actor(name, later), now=later)


def reported(district, project: Project) -> None:
    """Three months, each with its works."""
    chen = {"by": district.actor("chen"), "now": district.now}
    for month, invested, progress, works in MONTHS:
        typed = Month(date(2023, month, 1), Decimal(invested), Decimal(progress), works)
        report_month(project.public_id, typed, seen={}, **chen)


def carded(district) -> Project:
    """One project with all of it."""
    project = district.project()
    passed(district, project)
    reported(district, project)
    planned.in_force(district, project)
    chen = {"by": district.actor("chen"), "now": district.now}
    report_node(project.public_id, "permit", date(2023, 5, 30), seen=0, **chen)
    force_of(district, project)
    force_of(district)
    return Project.objects.get(pk=project.pk)
