"""The matters of this room that may come, for the soundness gate: one office proposes, the other confirms."""

from collections.abc import Iterator
from typing import Any

from django.utils.translation import gettext as _

from flows.engine.rules import CAMPAIGN_OFFICE, HEADQUARTERS_OFFICE
from flows.engine.rules.soundness import Case, Roster
from flows.engine.staffing import offer_cases

from .flow import PolicyFlow, TokenMoveFlow


def two_offices(code: str, subject: str, roster: Roster) -> Case:
    """What the campaign office proposes and the headquarters office confirms; the first never confirms its own."""
    office, headquarters = roster.codes.get(CAMPAIGN_OFFICE), roster.codes.get(HEADQUARTERS_OFFICE)
    return Case(
        frozenset({code}),
        subject,
        {
            "run.initiator": [seat.code for seat in roster.of_unit(office, ("desk", "officer"))],
            "headquarters.confirmers": [seat.code for seat in roster.of_unit(headquarters, ("desk",))],
        },
        served=frozenset() if office is None else frozenset({office}),
    )


def cases(roster: Roster) -> Iterator[Case]:
    """Every change of the sign-off policies is like every other."""
    yield two_offices(PolicyFlow.code, _("every change of a sign-off policy"), roster)
    yield two_offices(TokenMoveFlow.code, _("every move to another step"), roster)


def cases_of_document(document: Any, roster: Roster) -> Iterator[Case]:
    """The cases of a plan file."""
    return cases(roster)


offer_cases(cases_of_document, cases)
