"""The matters of this room that may come, for the soundness gate: an obstacle of each project, one of each line.

Who deals with an obstacle is chosen when it is assigned; a service department of the project stands for all of them.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from django.utils.translation import gettext as _

from flows.campaigns.models import GroupUnit, LineUnit
from flows.engine.rules.soundness import Case, Roster
from flows.engine.staffing import offer_cases
from flows.projects.lifecycle import Phase
from flows.projects.models import Project, ProjectUnit
from flows.projects.plan_lint import coordination_units
from flows.projects.rules import verifying_units

from . import rules
from .flow import ObstacleFlow

OBSTACLE = frozenset({ObstacleFlow.code})
OVER = (Phase.REVIEWED, Phase.TERMINATED)
Circles = Sequence[Sequence[int]]


def cases_of_document(document: Any, roster: Roster) -> Iterator[Case]:
    """The cases of a plan file."""
    number, expand = roster.codes, document.names.expand
    circles = [[number[code] for code in circle] for circle in coordination_units(document)]
    leading = {line.code: [number[code] for code in expand(line.lead)] for line in document.lines}
    for entry in document.projects:
        served = [number[code] for code in expand(entry.service)]
        owning = [number[code] for code in expand(entry.owners)]
        yield _case(roster, entry.name, leading[entry.line], circles, served, owning)


def stored_cases(roster: Roster) -> Iterator[Case]:
    """The cases of the projects under way (four statements)."""
    leading: dict[int, list[int]] = defaultdict(list)
    lines = LineUnit.objects.filter(role=LineUnit.Role.LEAD).order_by("order")
    for line_id, unit in lines.values_list("line_id", "organisation_id"):
        leading[line_id].append(unit)
    circles: dict[int, dict[str, list[int]]] = defaultdict(lambda: defaultdict(list))
    members = GroupUnit.objects.filter(group__line=None).order_by("group__order", "order")
    for plan_id, role, unit in members.values_list("group__plan_id", "role", "organisation_id"):
        circles[plan_id][role].append(unit)
    parties: Mapping[int, dict[str, list[int]]] = defaultdict(lambda: defaultdict(list))
    for project_id, role, unit in ProjectUnit.objects.values_list("project_id", "role", "organisation_id"):
        parties[project_id][role].append(unit)
    for project in Project.objects.exclude(phase__in=OVER).order_by("plan_id", "row", "code"):
        of_plan, mine = circles[project.plan_id], parties[project.pk]
        yield _case(
            roster,
            project.name,
            leading[project.line_id],
            [of_plan[GroupUnit.Role.LEAD], of_plan[GroupUnit.Role.MEMBER]],
            mine[ProjectUnit.Role.SERVICE],
            mine[ProjectUnit.Role.OWNER],
        )


def _case(
    roster: Roster,
    name: str,
    leading: Sequence[int],
    circles: Circles,
    served: Sequence[int],
    owning: Sequence[int],
) -> Case:
    involved = frozenset({*served, *owning})
    with_desk = [[unit for unit in circle if roster.of_unit(unit, ("desk",))] for circle in circles]
    free = verifying_units(
        [unit for unit in leading if roster.of_unit(unit, ("desk",))], with_desk, served=involved
    )
    office = roster.codes.get(rules.CAMPAIGN_OFFICE)
    asked = {
        "obstacle.sorters": [seat.code for seat in roster.of_unit(office, sorted(rules.SERVING))],
        "obstacle.unit": _desks(roster, served),
        "obstacle.verifiers": _desks(roster, free),
        "run.initiator": [
            seat.code for unit in served for seat in roster.of_unit(unit, sorted(rules.SERVING))
        ],
    }
    return Case(
        OBSTACLE,
        _("an obstacle of %(name)s") % {"name": name},
        asked,
        recused={"obstacle.involved_units": involved},
        served=involved,
        aside={"obstacle.verifiers": _desks(roster, [unit for unit in leading if unit in involved])},
    )


def _desks(roster: Roster, units: Sequence[int]) -> list[str]:
    return [seat.code for unit in units for seat in roster.of_unit(unit, ("desk",))]


offer_cases(cases_of_document, stored_cases)
