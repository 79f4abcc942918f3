"""The campaign's part of a plan file: checked, written and read for what cannot add up."""

from collections.abc import Iterable, Iterator
from datetime import date, datetime
from typing import Any

from flows.campaigns import plan_checks as checks
from flows.campaigns.models import (
    CampaignLine,
    GroupPost,
    GroupUnit,
    KeyTask,
    LineLeader,
    LineUnit,
    Obligation,
    Plan,
    WorkGroup,
)
from flows.campaigns.plan_lint import lint_campaign
from flows.campaigns.plan_schema import Campaign
from flows.journal.operations import open_chain
from hetang_flow.lib.plan_file import Finding
from hetang_flow.lib.plan_rows import by_key, write_children, write_rows
from permissions.actors import Actor


class Section:
    """The plan, its lines, groups and obligations."""

    name = "campaign"
    model = Campaign

    def check(self, document: Any) -> Iterator[Finding]:
        """Doubles, one convener a line, known posts, organisations and lines, possible cadences."""
        yield from checks.check_year(document)
        yield from checks.check_lines(document)
        yield from checks.check_groups(document)
        yield from checks.check_obligations(document)
        yield from checks.check_office(document)

    def lint(self, document: Any) -> Iterable[Finding]:
        """Units, heads and leaders that do not fit together."""
        return lint_campaign(document)

    def load(self, document: Any, context: Any, *, by: Actor, now: datetime, effective: date) -> None:
        """Write the plan, its lines with leaders, units and tasks, its groups and obligations."""
        context.plan = _write_plan(document, context)
        context.line_ids = _write_lines(document, context)
        _write_groups(document, context)
        _write_obligations(document, context)


def _write_plan(document: Any, context: Any) -> Plan:
    entry = document.campaign
    values = {
        "year": entry.year,
        "title": entry.title,
        "document_number": entry.document_number,
        "effective_from": entry.effective_from,
        "effective_until": entry.effective_until,
    }
    plan = context.plan
    if plan is None:
        plan = Plan.objects.create(code=entry.code, chain=open_chain("plan", entry.code), **values)
        written = {entry.code: (None, values)}
    else:
        written = write_rows(Plan, {entry.code: values}, {entry.code: plan})
    context.wrote("campaign", 1, written, {entry.code: entry.title})
    return plan


def _write_lines(document: Any, context: Any) -> dict[str, int]:
    names, posts, units = document.names, context.post_ids, context.unit_ids
    wanted = {
        line.code: {
            "plan_id": context.plan.pk,
            "code": line.code,
            "name": line.name,
            "order": order,
            "clause": line.clause,
        }
        for order, line in enumerate(document.lines, start=1)
    }
    stored = by_key(CampaignLine.objects.filter(plan=context.plan))
    context.refuse_missing("lines", wanted)
    written = write_rows(CampaignLine, wanted, stored)
    ids = dict(CampaignLine.objects.filter(plan=context.plan).values_list("code", "pk"))
    leaders, lined, tasks = {}, {}, {}
    for line in document.lines:
        key = ids[line.code]
        leaders[key] = [(posts[leader.post], leader.convener) for leader in line.leaders]
        lined[key] = [(units[names.unit(name)], "lead") for name in line.lead]
        lined[key] += [(units[code], "responsible") for code in names.expand(line.responsible)]
        tasks[key] = [(task.title, task.clause) for task in line.tasks]
    children = {
        "leaders": write_children(LineLeader, "line_id", ("post_id", "is_convener"), leaders),
        "units": write_children(LineUnit, "line_id", ("organisation_id", "role"), lined),
        "tasks": write_children(KeyTask, "line_id", ("title", "clause"), tasks),
    }
    context.with_children(written, children, ids)
    context.wrote("lines", len(wanted), written, {line.code: line.name for line in document.lines})
    return ids


def _write_groups(document: Any, context: Any) -> None:
    names, posts, units = document.names, context.post_ids, context.unit_ids
    wanted = {
        group.code: {
            "plan_id": context.plan.pk,
            "line_id": context.line_ids[group.line] if group.line else None,
            "code": group.code,
            "name": group.name,
            "order": order,
            "clause": group.clause,
        }
        for order, group in enumerate(document.groups)
    }
    stored = by_key(WorkGroup.objects.filter(plan=context.plan))
    context.refuse_missing("groups", wanted)
    labels = {"line_id": {key: code for code, key in context.line_ids.items()}}
    written = write_rows(WorkGroup, wanted, stored, labels=labels)
    ids = dict(WorkGroup.objects.filter(plan=context.plan).values_list("code", "pk"))
    people, members = {}, {}
    for group in document.groups:
        key = ids[group.code]
        people[key] = [(posts[leader.post], "leader", False, leader.convener) for leader in group.leaders]
        people[key] += [(posts[head.post], "head", head.executive, False) for head in group.heads]
        members[key] = [(units[names.unit(name)], "lead") for name in group.lead]
        members[key] += [(units[code], "member") for code in names.expand(group.members)]
    columns = ("post_id", "role", "is_executive", "is_convener")
    children = {
        "posts": write_children(GroupPost, "group_id", columns, people),
        "units": write_children(GroupUnit, "group_id", ("organisation_id", "role"), members),
    }
    context.with_children(written, children, ids)
    context.wrote("groups", len(wanted), written, {group.code: group.name for group in document.groups})


def _write_obligations(document: Any, context: Any) -> None:
    wanted = {
        entry.code: {
            "plan_id": context.plan.pk,
            "code": entry.code,
            "name": entry.name,
            "owed_by": entry.owed_by,
            "owed_to": entry.owed_to,
            "cadence": entry.cadence.model_dump(mode="json", exclude_none=True),
            "roll": entry.roll,
            "clause": entry.clause,
        }
        for entry in document.obligations
    }
    stored = by_key(Obligation.objects.filter(plan=context.plan))
    written = write_rows(Obligation, wanted, stored)
    context.remove("obligations", Obligation, stored, wanted)
    context.wrote(
        "obligations", len(wanted), written, {entry.code: entry.name for entry in document.obligations}
    )
