"""The matters of this room that may come, for the soundness gate: any proposal of each line, by any of its units."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from django.utils.translation import gettext as _

from flows.campaigns.models import CampaignLine, GroupUnit, LineLeader, LineUnit
from flows.engine.rules.soundness import Case, Roster
from flows.engine.staffing import offer_cases
from flows.projects.plan_lint import coordination_units

from .flow import PromotionFlow, ProposalFlow
from .resolvers import COMPLIANCE, INSTITUTE, SCREENING

BOTH = frozenset({ProposalFlow.code, PromotionFlow.code})


def cases_of_document(document: Any, roster: Roster) -> Iterator[Case]:
    """The cases of a plan file: each line, proposed by a unit that leads nothing there."""
    number, expand = roster.codes, document.names.expand
    circles = [[number[code] for code in units] for units in coordination_units(document)]
    for line in document.lines:
        lead = [number[code] for code in expand(line.lead)]
        units = [number[code] for code in expand(line.responsible)]
        conveners = [leader.post for leader in line.leaders if leader.convener]
        yield _of_line(roster, line.name, lead, units, circles, conveners or [line.leaders[0].post])


def stored_cases(roster: Roster) -> Iterator[Case]:
    """The cases of the stored lines (four statements)."""
    units: dict[tuple[int, str], list[int]] = defaultdict(list)
    for line_id, role, unit in LineUnit.objects.order_by("order").values_list(
        "line_id", "role", "organisation_id"
    ):
        units[line_id, role].append(unit)
    conveners: dict[int, list[str]] = defaultdict(list)
    for line_id, post in LineLeader.objects.filter(is_convener=True).values_list("line_id", "post__code"):
        conveners[line_id].append(post)
    members = GroupUnit.objects.filter(group__line=None).order_by("order")
    circles: dict[int, tuple[list[int], list[int]]] = defaultdict(lambda: ([], []))
    for plan_id, role, unit in members.values_list("group__plan_id", "role", "organisation_id"):
        circles[plan_id][role == GroupUnit.Role.MEMBER].append(unit)
    for line in CampaignLine.objects.order_by("plan__year", "order"):
        lead, others = units[line.pk, LineUnit.Role.LEAD], units[line.pk, LineUnit.Role.RESPONSIBLE]
        yield _of_line(roster, line.name, lead, others, circles[line.plan_id], conveners[line.pk])


def _of_line(
    roster: Roster,
    line: str,
    lead: Sequence[int],
    units: Sequence[int],
    circles: Sequence[Sequence[int]],
    conveners: Sequence[str],
) -> Case:
    """Any proposal of a line by one of its units; the institute, the other lead departments and the circle judge."""
    proposer = next((unit for unit in units if roster.of_unit(unit, ("officer",))), None)
    starters = [seat.code for seat in roster.of_unit(proposer, ("officer", "desk"))]
    institute = roster.codes.get(INSTITUTE)
    at_institute = {seat.code for seat in roster.of_unit(institute, ("officer", "desk"))}
    return Case(
        BOTH,
        _("any proposal of the line %(line)s") % {"line": line},
        {
            "run.initiator": starters,
            "pool.compliance_checker": [code for code in (COMPLIANCE,) if code in at_institute],
            "pool.screener": [code for code in (SCREENING,) if code in at_institute],
            "pool.line_contacts": _desks(roster, lead),
            "pool.reviewers": _first(
                _desks(roster, [unit for unit in units if unit != proposer]) for units in circles
            ),
            "pool.convener": list(conveners),
        },
        recused={"pool.proposing_unit": frozenset() if proposer is None else frozenset({proposer})},
        served=frozenset() if proposer is None else frozenset({proposer}),
    )


def _first(circles: Iterable[list[str]]) -> list[str]:
    """The first circle in which anybody can be asked."""
    return next(filter(None, circles), [])


def _desks(roster: Roster, units: Iterable[int]) -> list[str]:
    return [seat.code for unit in units for seat in roster.of_unit(unit, ("desk",))]


offer_cases(cases_of_document, stored_cases)
