"""The matters of this room that may come, for the soundness gate: each obligation, asked of whoever owes it."""

from collections.abc import Iterator
from typing import Any

from django.utils.translation import gettext as _

from flows.engine.rules.soundness import Case, Roster
from flows.engine.staffing import offer_cases

from .flow import ObligationFlow

FLOW = frozenset({ObligationFlow.code})


def cases_of_document(document: Any, roster: Roster) -> Iterator[Case]:
    """The cases of a plan file: the lead departments of each line, and its convener."""
    number, expand = roster.codes, document.names.expand
    for line in document.lines:
        units = [number[code] for code in expand(line.lead)]
        desks = [seat.code for unit in units for seat in roster.of_unit(unit, ("desk",))]
        conveners = [leader.post for leader in line.leaders if leader.convener]
        for posts in (desks[:1], conveners[:1]):
            yield Case(
                FLOW, _("what the line %(line)s owes") % {"line": line.name}, {"obligation.ower": posts}
            )


def stored_cases(roster: Roster) -> Iterator[Case]:
    """None: an occurrence that nobody can be asked for says so when it is opened."""
    return iter(())


offer_cases(cases_of_document, stored_cases)
