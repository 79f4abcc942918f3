"""The matters of this room that may come, for the soundness gate: a visit to each project by the headquarters office.

Who else inspects is chosen for each round, and whoever announces it is told where nobody would be left.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Any

from django.utils.translation import gettext as _

from flows.engine.rules.soundness import Case, Roster
from flows.engine.staffing import offer_cases
from flows.projects.models import Project, ProjectUnit

from . import rules
from .flow import InspectionFlow
from .resolvers import ANSWERING
from .selectors import OVER

INSPECTION = frozenset({InspectionFlow.code})


def cases_of_document(document: Any, roster: Roster) -> Iterator[Case]:
    """The cases of a plan file."""
    number, expand = roster.codes, document.names.expand
    for entry in document.projects:
        served = [number[code] for code in expand(entry.service)]
        owning = [number[code] for code in expand(entry.owners)]
        yield _case(roster, entry.name, served, owning)


def stored_cases(roster: Roster) -> Iterator[Case]:
    """The cases of the projects under way (two statements)."""
    parties: dict[int, dict[str, list[int]]] = defaultdict(lambda: defaultdict(list))
    for project_id, role, unit in ProjectUnit.objects.values_list("project_id", "role", "organisation_id"):
        parties[project_id][role].append(unit)
    for project in Project.objects.exclude(phase__in=OVER).order_by("plan_id", "row", "code"):
        mine = parties[project.pk]
        yield _case(roster, project.name, mine[ProjectUnit.Role.SERVICE], mine[ProjectUnit.Role.OWNER])


def _case(roster: Roster, name: str, served: Sequence[int], owning: Sequence[int]) -> Case:
    office = roster.codes.get(rules.HEADQUARTERS_OFFICE)
    involved = frozenset({*served, *owning})
    answering = [code for unit in served for code in _answering(roster, unit)]
    asked = {
        "inspection.desks": answering,
        "inspection.inspectors": [seat.code for seat in roster.of_unit(office, rules.SERVING)],
        "inspection.units": answering,
    }
    return Case(
        INSPECTION,
        _("a visit to %(name)s") % {"name": name},
        asked,
        recused={"inspection.involved_units": involved},
        served=involved,
    )


def _answering(roster: Roster, unit: int) -> list[str]:
    """The post that answers for a unit, as the resolver finds it."""
    seats = roster.of_unit(unit, ANSWERING)
    seats.sort(key=lambda seat: (not seat.people, ANSWERING.index(seat.duty)))
    return [seat.code for seat in seats[:1]]


offer_cases(cases_of_document, stored_cases)
