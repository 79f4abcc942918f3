"""The matters of this room that may come, for the soundness gate: the plan of each line, by each lead department."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Any

from django.utils.translation import gettext as _

from flows.campaigns.models import CampaignLine, GroupUnit, LineLeader, LineUnit
from flows.engine.rules.soundness import Case, Roster
from flows.engine.staffing import offer_cases
from flows.projects.plan_lint import coordination_units

from .flow import LinePlanFlow


def cases_of_document(document: Any, roster: Roster) -> Iterator[Case]:
    """The cases of a plan file."""
    number, expand = roster.codes, document.names.expand
    circles = [[number[code] for code in units] for units in coordination_units(document)]
    for line in document.lines:
        lead = [number[code] for code in expand(line.lead)]
        conveners = [leader.post for leader in line.leaders if leader.convener]
        yield from _of_line(roster, line.name, lead, circles, conveners or [line.leaders[0].post])


def stored_cases(roster: Roster) -> Iterator[Case]:
    """The cases of the stored lines (four statements)."""
    lead: dict[int, list[int]] = defaultdict(list)
    units = LineUnit.objects.filter(role=LineUnit.Role.LEAD).order_by("order")
    for line_id, unit in units.values_list("line_id", "organisation_id"):
        lead[line_id].append(unit)
    conveners: dict[int, list[str]] = defaultdict(list)
    for line_id, post in LineLeader.objects.filter(is_convener=True).values_list("line_id", "post__code"):
        conveners[line_id].append(post)
    circles: dict[int, tuple[list[int], list[int]]] = defaultdict(lambda: ([], []))
    members = GroupUnit.objects.filter(group__line=None).order_by("order")
    for plan_id, role, unit in members.values_list("group__plan_id", "role", "organisation_id"):
        circles[plan_id][role == GroupUnit.Role.MEMBER].append(unit)
    for line in CampaignLine.objects.order_by("plan__year", "order"):
        yield from _of_line(roster, line.name, lead[line.pk], circles[line.plan_id], conveners[line.pk])


def _of_line(
    roster: Roster,
    line: str,
    lead: Sequence[int],
    circles: Sequence[Sequence[int]],
    conveners: Sequence[str],
) -> Iterator[Case]:
    """The plan of a line as each of its lead departments would file it."""
    free = [[unit for unit in units if unit not in lead] for units in circles]
    desks = ([seat.code for unit in units for seat in roster.of_unit(unit, ("desk",))] for units in free)
    coordinators = next(filter(None, desks), [])
    for unit in lead:
        others = [seat.code for u in lead if u != unit for seat in roster.of_unit(u, ("desk",))]
        facts = {"line": line, "unit": roster.units[unit]}
        yield Case(
            frozenset({LinePlanFlow.code}),
            _("the plan of the line %(line)s, filed by %(unit)s") % facts,
            {
                "run.initiator": [seat.code for seat in roster.of_unit(unit, ("officer",))],
                "line_plan.co_leads": others,
                "line_plan.head": [seat.code for seat in roster.of_unit(unit, ("head",))],
                "line_plan.coordinators": coordinators,
                "line_plan.convener": list(conveners),
            },
            recused={"line_plan.lead_departments": frozenset(lead)},
        )


offer_cases(cases_of_document, stored_cases)
