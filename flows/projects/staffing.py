"""The matters of this room that may come, for the soundness gate: each project, and any project of each line.

Every move of a project asks the same posts, so a project is one case. The rules are those of the resolvers.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Any

from django.utils.translation import gettext as _

from flows.campaigns.models import CampaignLine, GroupUnit, LineUnit
from flows.engine.rules.soundness import Case, Roster
from flows.engine.staffing import offer_cases
from flows.policies.staffing import two_offices

from . import registry, rules
from .flow import CorrectionFlow
from .lifecycle import Phase
from .models import Project, ProjectLeader, ProjectUnit
from .plan_lint import coordination_units

OVER = (Phase.REVIEWED, Phase.TERMINATED)


def cases_of_document(document: Any, roster: Roster) -> Iterator[Case]:
    """The cases of a plan file."""
    number, expand = roster.codes, document.names.expand
    coordination = [[number[code] for code in circle] for circle in coordination_units(document)]
    leading = {line.code: [number[code] for code in expand(line.lead)] for line in document.lines}
    for line in document.lines:
        yield _of_line(roster, line.name, leading[line.code], coordination)
    for entry in document.projects:
        served = [number[code] for code in expand(entry.service)]
        name = _named(entry.row, entry.name)
        yield _of_project(roster, name, leading[entry.line], coordination, served, entry.district_leaders)
    yield two_offices(CorrectionFlow.code, _("every correction of a phase"), roster)


def stored_cases(roster: Roster) -> Iterator[Case]:
    """The cases of the projects under way and of the newest plan's lines (five statements)."""
    leading: dict[int, list[int]] = defaultdict(list)
    for line_id, unit in LineUnit.objects.filter(role=LineUnit.Role.LEAD).values_list(
        "line_id", "organisation_id"
    ):
        leading[line_id].append(unit)
    coordination: dict[int, dict[str, list[int]]] = defaultdict(lambda: defaultdict(list))
    members = GroupUnit.objects.filter(group__line=None).order_by("group__order", "order")
    for plan_id, role, unit in members.values_list("group__plan_id", "role", "organisation_id"):
        coordination[plan_id][role].append(unit)
    circles = {
        plan_id: [by_role[GroupUnit.Role.LEAD], by_role[GroupUnit.Role.MEMBER]]
        for plan_id, by_role in coordination.items()
    }
    for line in CampaignLine.objects.select_related("plan").order_by("plan__year", "order"):
        yield _of_line(roster, line.name, leading[line.pk], circles.get(line.plan_id, []))
    served, leaders = defaultdict(list), defaultdict(list)
    for project_id, unit in ProjectUnit.objects.filter(role=ProjectUnit.Role.SERVICE).values_list(
        "project_id", "organisation_id"
    ):
        served[project_id].append(unit)
    for project_id, post in ProjectLeader.objects.filter(level=ProjectLeader.Level.DISTRICT).values_list(
        "project_id", "post__code"
    ):
        leaders[project_id].append(post)
    for project in Project.objects.exclude(phase__in=OVER).order_by("plan_id", "row", "code"):
        yield _of_project(
            roster,
            _named(project.row, project.name),
            leading[project.line_id],
            circles.get(project.plan_id, []),
            served[project.pk],
            leaders[project.pk],
        )
    yield two_offices(CorrectionFlow.code, _("every correction of a phase"), roster)


def _named(row: int | None, name: str) -> str:
    return _("row %(row)s %(name)s") % {"row": row, "name": name} if row else name


def _desks(roster: Roster, units: Sequence[int]) -> list[str]:
    return [seat.code for unit in units for seat in roster.of_unit(unit, ("desk",))]


def _of_line(
    roster: Roster, line: str, leading: Sequence[int], coordination: Sequence[Sequence[int]]
) -> Case:
    """Any project of a line, by whomever it is served and whoever is its contact leader."""
    units = rules.verifying_units(_with_desk(roster, leading), coordination, served=())
    subject = _("any project of the line %(line)s") % {"line": line}
    return Case(registry.flows_about(), subject, {"project.verifiers": _desks(roster, units)})


def _of_project(
    roster: Roster,
    name: str,
    leading: Sequence[int],
    coordination: Sequence[Sequence[int]],
    served: Sequence[int],
    leaders: Sequence[str],
) -> Case:
    circles = [_with_desk(roster, circle) for circle in coordination]
    units = rules.verifying_units(_with_desk(roster, leading), circles, served=served)
    starters = [
        seat.code for unit in served for seat in roster.of_unit(unit, tuple(sorted(rules.SUBMITTING_DUTIES)))
    ]
    asked = {"run.initiator": starters, "project.verifiers": _desks(roster, units)}
    if leaders:  # a project without a contact leader starts no milestone
        asked["project.contact_leaders"] = list(leaders)
    return Case(
        registry.flows_about(),
        name,
        asked,
        recused={"project.served_units": frozenset(served)},
        served=frozenset(served),
        aside={"project.verifiers": _desks(roster, [unit for unit in leading if unit in served])},
    )


def _with_desk(roster: Roster, units: Sequence[int]) -> list[int]:
    """The units that can be asked at all."""
    return [unit for unit in units if roster.of_unit(unit, ("desk",))]


offer_cases(cases_of_document, stored_cases)
