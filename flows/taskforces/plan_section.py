"""The task forces' part of a plan file: whose each is, who heads it, which units and posts, what for and how long."""

from collections.abc import Iterator
from datetime import date, datetime
from typing import Any

from django.utils.translation import gettext_lazy as _

from flows.campaigns.plan_checks import unknown_line
from flows.projects.models import Project
from hetang_flow.lib.plan_file import (
    NOTE,
    Clause,
    Day,
    Finding,
    LongText,
    Name,
    PlanModel,
    ShortName,
    ShortSlug,
    Slug,
    doubles,
    nearest,
)
from hetang_flow.lib.plan_rows import by_key, write_children, write_rows
from permissions.actors import Actor
from permissions.plan_names import check_post, check_units

from .models import TaskForce, TaskForcePost, TaskForceUnit


class TaskForceEntry(PlanModel):
    """One task force, of a `line` or of a `project`; without days it is there as long as the campaign."""

    code: Slug
    name: Name
    clause: Clause
    line: ShortSlug | None = None
    project: ShortName | None = None
    head: Slug | None = None
    lead: list[Name] = []
    members: list[Name] = []
    posts: list[Slug] = []
    tasks: LongText
    from_day: Day | None = None
    until_day: Day | None = None


class TaskForces(PlanModel):
    """The key of this section."""

    task_forces: list[TaskForceEntry] = []


class Section:
    """The task forces of the campaign."""

    name = "task_forces"
    model = TaskForces

    def check(self, document: Any) -> Iterator[Finding]:
        """Doubles; a line or a project there is, not both; known posts and units; days that do not run backwards."""
        for index, first in doubles(entry.code for entry in document.task_forces):
            message = _("The code “%(code)s” is taken by %(key)s[%(first)s]. Choose another.")
            facts = {"code": document.task_forces[index].code, "key": "task_forces", "first": first}
            yield Finding("code-twice", message, facts, ("task_forces", index, "code"))
        for index, entry in enumerate(document.task_forces):
            where = ("task_forces", index)
            yield from _check_whose(document, entry, where)
            yield from _check_people(document, entry, where)
            begins, ends = _days(document, entry)
            if begins and ends and ends < begins:
                message = _("“%(name)s” ends on %(until)s, before it begins on %(first)s. Correct a day.")
                facts = {"name": entry.name, "until": ends, "first": begins}
                yield Finding("task-force-backwards", message, facts, (*where, "until_day"))

    def lint(self, document: Any) -> Iterator[Finding]:
        """Task forces that nobody heads yet."""
        headless = [(index, entry) for index, entry in enumerate(document.task_forces) if entry.head is None]
        if headless:
            message = _("%(count)s task forces have no head in the text: %(names)s. Name a post for each.")
            names = "、".join(entry.name for _index, entry in headless)
            facts = {"count": len(headless), "names": names}
            index, first = headless[0]
            yield Finding("task-force-headless", message, facts, ("task_forces", index), NOTE, first.clause)

    def load(self, document: Any, context: Any, *, by: Actor, now: datetime, effective: date) -> None:
        """Write the task forces with their units and posts; one the file no longer has is removed."""
        projects = dict(Project.objects.filter(plan=context.plan, is_demo=False).values_list("code", "pk"))
        wanted = {
            entry.code: _columns(document, context, entry, order, projects)
            for order, entry in enumerate(document.task_forces)
        }
        stored = by_key(TaskForce.objects.filter(plan=context.plan))
        labels = {
            "line_id": {key: code for code, key in context.line_ids.items()},
            "project_id": {key: code for code, key in projects.items()},
            "head_id": context.post_codes,
        }
        written = write_rows(TaskForce, wanted, stored, labels=labels)
        context.remove("task_forces", TaskForce, stored, wanted)
        ids = dict(TaskForce.objects.filter(plan=context.plan).values_list("code", "pk"))
        context.with_children(written, _write_people(document, context, ids), ids)
        names = {entry.code: entry.name for entry in document.task_forces}
        context.wrote("task_forces", len(wanted), written, names)


def _check_whose(document: Any, entry: TaskForceEntry, where: tuple[Any, ...]) -> Iterator[Finding]:
    if (entry.line is None) == (entry.project is None):
        message = _("“%(name)s” is the task force of a line or of a project: give one of the two.")
        yield Finding("task-force-whose", message, {"name": entry.name}, where)
    elif entry.line is not None and entry.line not in document.line_codes:
        yield unknown_line(entry.line, document.line_codes, (*where, "line"))
    codes = {project.code for project in document.projects}
    if entry.project is not None and entry.project not in codes and not document.broken("projects"):
        message = _("There is no project “%(code)s” in this file. Nearest: %(near)s.")
        facts = {"code": entry.project, "near": nearest(entry.project, codes) or "-"}
        yield Finding("task-force-project-unknown", message, facts, (*where, "project"))


def _check_people(document: Any, entry: TaskForceEntry, where: tuple[Any, ...]) -> Iterator[Finding]:
    names = document.names
    if entry.head is not None:
        yield from check_post(names, entry.head, (*where, "head"))
    for place, code in enumerate(entry.posts):
        yield from check_post(names, code, (*where, "posts", place))
    for place, _first in doubles(entry.posts):
        message = _("The post “%(post)s” stands here twice. Remove one.")
        yield Finding("post-listed-twice", message, {"post": entry.posts[place]}, (*where, "posts", place))
    yield from check_units(names, entry.lead, (*where, "lead"))
    yield from check_units(names, entry.members, (*where, "members"), collective=True)


def _days(document: Any, entry: TaskForceEntry) -> tuple[date | None, date | None]:
    """Its days, those of the campaign where it says none."""
    campaign = document.campaign
    begins = entry.from_day or (campaign.effective_from if campaign else None)
    return begins, entry.until_day or (campaign.effective_until if campaign else None)


def _columns(
    document: Any, context: Any, entry: TaskForceEntry, order: int, projects: dict[str, int]
) -> dict[str, Any]:
    begins, ends = _days(document, entry)
    return {
        "plan_id": context.plan.pk,
        "code": entry.code,
        "name": entry.name,
        "line_id": context.line_ids[entry.line] if entry.line else None,
        "project_id": projects[entry.project] if entry.project else None,
        "head_id": context.post_ids[entry.head] if entry.head else None,
        "tasks": entry.tasks,
        "from_day": begins,
        "until_day": ends,
        "order": order,
        "clause": entry.clause,
    }


def _write_people(document: Any, context: Any, ids: dict[str, int]) -> dict[str, Any]:
    """The units of each, those that lead first, and the posts; a unit that leads is no member besides."""
    names, units, posts = document.names, {}, {}
    for entry in document.task_forces:
        leading = names.expand(entry.lead)
        members = [code for code in names.expand(entry.members) if code not in leading]
        key = ids[entry.code]
        units[key] = [(context.unit_ids[code], TaskForceUnit.Role.LEAD.value) for code in leading]
        units[key] += [(context.unit_ids[code], TaskForceUnit.Role.MEMBER.value) for code in members]
        posts[key] = [(context.post_ids[code],) for code in entry.posts]
    return {
        "units": write_children(TaskForceUnit, "force_id", ("organisation_id", "role"), units),
        "posts": write_children(TaskForcePost, "force_id", ("post_id",), posts),
    }
