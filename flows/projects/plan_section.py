"""The projects' part of a plan file: key projects of the annex and the checklist of every move."""

from collections.abc import Iterable, Iterator
from datetime import date, datetime
from typing import Any

from django.utils.translation import gettext_lazy as _

from flows.campaigns.plan_checks import unknown_line
from flows.journal.models import Chain
from flows.journal.operations import Draft, append
from flows.projects.lifecycle import Move, Phase
from flows.projects.models import Gate, Project, ProjectLeader, ProjectUnit, Requirement
from flows.projects.plan_lint import lint_projects
from flows.projects.plan_schema import IS_NEW, PER_YI, ProjectEntry, Projects
from hetang_flow.lib.plan_file import Finding, doubles
from hetang_flow.lib.plan_rows import by_key, difference, write_children, write_rows
from permissions.actors import Actor
from permissions.plan_names import check_post, check_units


class Section:
    """Gates and projects."""

    name = "projects"
    model = Projects

    def check(self, document: Any) -> Iterator[Finding]:
        """Doubles, known lines, units and leaders; every move has one gate."""
        yield from _check_gates(document)
        yield from _check_doubles(document)
        for index, entry in enumerate(document.projects):
            where = ("projects", index)
            if entry.line not in document.line_codes:
                yield unknown_line(entry.line, document.line_codes, (*where, "line"))
            yield from check_units(document.names, entry.owners, (*where, "owners"))
            yield from check_units(document.names, entry.service, (*where, "service"))
            leaders = (("city_leaders", entry.city_leaders), ("district_leaders", entry.district_leaders))
            for key, codes in leaders:
                for place, code in enumerate(codes):
                    yield from check_post(document.names, code, (*where, key, place))
            everyone = [*entry.city_leaders, *entry.district_leaders]
            for place, _first in doubles(everyone):
                message = _("The post “%(post)s” stands here twice. Remove one.")
                yield Finding(
                    "post-listed-twice", message, {"post": everyone[place]}, (*where, "district_leaders")
                )
            if not entry.total:
                message = _("The total investment is 0. Give it in 亿元.")
                yield Finding("total-zero", message, {}, (*where, "total"))

    def lint(self, document: Any) -> Iterable[Finding]:
        """Money, dates and people of the projects that do not fit together."""
        return lint_projects(document)

    def load(self, document: Any, context: Any, *, by: Actor, now: datetime, effective: date) -> None:
        """Publish changed gates as new versions, open new projects, bring the others up to date."""
        _write_gates(document, context)
        stored = by_key(Project.objects.filter(plan=context.plan, is_demo=False))
        wanted = {entry.code: entry for entry in document.projects}
        context.refuse_missing("projects", wanted)
        written = _open(document, context, stored, by=by, now=now)
        _update(document, context, stored, written)
        for code, (before, after) in written.items():
            if before is not None:
                draft = Draft(
                    "project.plan_changed", by, context.happened, now, {"code": code}, before, after
                )
                append(stored[code].chain_id, [draft])
        context.wrote("projects", len(wanted), written, {code: entry.name for code, entry in wanted.items()})


def _check_doubles(document: Any) -> Iterator[Finding]:
    for key in ("code", "name", "row"):
        for index, first in doubles(getattr(entry, key) for entry in document.projects):
            message = _(
                "The project stands here twice: its %(key)s “%(said)s” is that of projects[%(first)s]. Remove one."
            )
            facts = {"key": key, "said": getattr(document.projects[index], key), "first": first}
            yield Finding("project-twice", message, facts, ("projects", index, key))


def _check_gates(document: Any) -> Iterator[Finding]:
    for index, first in doubles(gate.move for gate in document.gates):
        message = _("The move “%(move)s” has a gate already (gates[%(first)s]). Keep one.")
        facts = {"move": document.gates[index].move, "first": first}
        yield Finding("gate-twice", message, facts, ("gates", index, "move"))
    missing = [move for move in Move.values if move not in {gate.move for gate in document.gates}]
    if missing and not document.broken("gates"):
        message = _("These moves have no gate: %(moves)s. Add a checklist for each.")
        yield Finding("gate-missing", message, {"moves": "、".join(missing)}, ("gates",))
    for index, gate in enumerate(document.gates):
        where = ("gates", index, "requirements")
        for place, first in doubles(item.code for item in gate.requirements):
            message = _("The code “%(code)s” is taken by %(key)s[%(first)s]. Choose another.")
            facts = {"code": gate.requirements[place].code, "key": "requirements", "first": first}
            yield Finding("code-twice", message, facts, (*where, place, "code"))
        for place, item in enumerate(gate.requirements):
            if (item.kind == "figure") != (item.unit is not None):
                message = _("A figure has a unit, a document and a date have none.")
                yield Finding("unit-unfit", message, {}, (*where, place, "unit"))


def opening_phase(entry: ProjectEntry, year_begins: date) -> Phase:
    """The derived phase: works that began before the plan year are under construction, others fulfilled."""
    return Phase.BUILDING if entry.builds.first < year_begins else Phase.FULFILLED


def _columns(entry: ProjectEntry, line_ids: dict[str, int]) -> dict[str, Any]:
    return {
        "name": entry.name,
        "line_id": line_ids[entry.line],
        "row": entry.row,
        "location": entry.location,
        "builds_from": entry.builds.first,
        "builds_until": entry.builds.last,
        "total_investment": entry.total * PER_YI,
        "invested_before": entry.invested_before * PER_YI,
        "planned_investment": entry.planned * PER_YI,
        "in_park": entry.in_park,
        "investor_kind": entry.investor_kind or "",
        "chain_name": entry.chain or "",
        "key_level": entry.key_level or "",
        "is_new": entry.remark == IS_NEW,
        "remark": entry.remark or "",
        "clause": entry.clause,
    }


def _open(document: Any, context: Any, stored: Any, *, by: Actor, now: datetime) -> dict[str, Any]:
    """Open the projects not yet there, each with its own record; three statements for all but their records."""
    fresh = [entry for entry in document.projects if entry.code not in stored]
    chains = Chain.objects.bulk_create(Chain(kind=Chain.Kind.PROJECT, name=entry.code) for entry in fresh)
    rows, written = [], {}
    for entry, chain in zip(fresh, chains, strict=True):
        phase = opening_phase(entry, document.campaign.effective_from)
        columns = _columns(entry, context.line_ids)
        rows.append(
            Project(
                code=entry.code,
                plan=context.plan,
                chain=chain,
                phase=phase,
                phase_derived=True,
                phase_since=context.happened,
                **columns,
            )
        )
        shown = {**columns, "line": entry.line, "phase": phase.value}
        shown.pop("line_id")
        written[entry.code] = (None, shown)
    for row in Project.objects.bulk_create(rows):
        stored[row.code] = row
        facts = {
            "code": row.code,
            "name": row.name,
            "phase": row.phase,
            "derived": True,
            "builds_from": row.builds_from,
            "clause": row.clause,
        }
        append(row.chain_id, [Draft("project.opened", by, context.happened, now, facts)])
    return written


def _update(document: Any, context: Any, stored: Any, written: dict[str, Any]) -> None:
    """Columns and parties as the file has them; the phase a project lives in is never touched."""
    wanted = {entry.code: _columns(entry, context.line_ids) for entry in document.projects}
    labels = {"line_id": {key: code for code, key in context.line_ids.items()}}
    for code, differing in write_rows(Project, wanted, stored, labels=labels).items():
        written.setdefault(code, differing)
    names, units, posts = document.names, context.unit_ids, context.post_ids
    parties, leaders = {}, {}
    for entry in document.projects:
        key = stored[entry.code].pk
        parties[key] = [(units[names.unit(name)], "owner") for name in entry.owners]
        parties[key] += [(units[names.unit(name)], "service") for name in entry.service]
        leaders[key] = [(posts[code], "city") for code in entry.city_leaders]
        leaders[key] += [(posts[code], "district") for code in entry.district_leaders]
    children = {
        "units": write_children(ProjectUnit, "project_id", ("organisation_id", "role"), parties),
        "leaders": write_children(ProjectLeader, "project_id", ("post_id", "level"), leaders),
    }
    context.with_children(written, children, {code: row.pk for code, row in stored.items()})


def _write_gates(document: Any, context: Any) -> None:
    """Write a new version of every gate whose name or checklist differs; milestones under way keep theirs."""
    newest: dict[str, Gate] = {}
    rows = Gate.objects.filter(plan=context.plan).order_by("move", "-version").distinct("move")
    for gate in rows.prefetch_related("requirements"):
        newest[gate.move] = gate
    gates, items, written = [], {}, {}
    for entry in document.gates:
        old = newest.get(entry.move)
        before = _gate_picture(old) if old else {}
        after = {
            "name": entry.name,
            "requirements": [
                [item.code, item.name, item.kind, item.unit or "", item.required]
                for item in entry.requirements
            ],
        }
        changed_before, changed = difference(before, after)
        if not changed:
            continue
        version = old.version + 1 if old else 1
        gates.append(Gate(plan=context.plan, move=entry.move, version=version, name=entry.name))
        items[entry.move] = after["requirements"]
        past = {**changed_before, "version": version - 1} if old else None
        written[entry.move] = (past, {**changed, "version": version})
    columns = ("code", "name", "kind", "unit", "required")
    Requirement.objects.bulk_create(
        Requirement(gate=gate, order=order, **dict(zip(columns, values, strict=True)))
        for gate in Gate.objects.bulk_create(gates)
        for order, values in enumerate(items[gate.move])
    )
    context.wrote("gates", len(document.gates), written, {gate.move: gate.name for gate in document.gates})


def _gate_picture(gate: Gate) -> dict[str, Any]:
    items = [[item.code, item.name, item.kind, item.unit, item.required] for item in gate.requirements.all()]
    return {"name": gate.name, "requirements": items}
