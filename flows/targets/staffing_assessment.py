"""The assessment that may come, for the soundness gate: the campaign office scores, the headquarters office decides."""

from collections.abc import Iterable, Iterator
from typing import Any

from django.utils.translation import gettext as _

from flows.campaigns.models import LineUnit
from flows.campaigns.selectors import plans_by_age
from flows.engine.rules.soundness import Case, Roster
from flows.engine.staffing import offer_cases

from .flow import AssessmentFlow


def cases_of_document(document: Any, roster: Roster) -> Iterator[Case]:
    """The case of a plan file with a scheme."""
    if document.assessment is None:
        return
    expand = document.names.expand
    units = {code for line in document.lines for code in (*expand(line.lead), *expand(line.responsible))}
    yield _case(roster, (roster.codes[code] for code in units))


def stored_cases(roster: Roster) -> Iterator[Case]:
    """The case of the newest stored plan with a scheme (two statements)."""
    plan = plans_by_age().filter(assessment_schemes__isnull=False).first()
    if plan is not None:
        units = LineUnit.objects.filter(line__plan=plan).order_by().values_list("organisation_id", flat=True)
        yield _case(roster, units.distinct())


def _case(roster: Roster, units: Iterable[int]) -> Case:
    office, headquarters = roster.codes.get("campaign-office"), roster.codes.get("hq-office")
    return Case(
        frozenset({AssessmentFlow.code}),
        _("the year-end assessment"),
        {
            "assessment.scorers": [seat.code for seat in roster.of_unit(office, ("officer", "desk"))],
            "assessment.answerers": [seat.code for seat in roster.of_unit(headquarters, ("officer",))],
            "headquarters.confirmers": [seat.code for seat in roster.of_unit(headquarters, ("desk",))],
        },
        recused={"assessment.assessed_units": frozenset(units)},
    )


offer_cases(cases_of_document, stored_cases)
