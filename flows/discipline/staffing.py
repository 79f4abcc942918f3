"""The matters of this room that may come, for the soundness gate: one to each disposition of the plan."""

from collections.abc import Iterable, Iterator
from typing import Any

from django.utils.translation import gettext as _

from flows.engine.rules.soundness import Case, Roster
from flows.engine.staffing import offer_cases

from . import rules
from .flow import DisciplineFlow
from .models import Commission, Disposition

DISCIPLINE = frozenset({DisciplineFlow.code})


def cases_of_document(document: Any, roster: Roster) -> Iterator[Case]:
    """The cases of a plan file that names its commission."""
    said = document.discipline
    if said is not None:
        yield from _cases(roster, said.intake, [(entry.name, entry.approver) for entry in said.dispositions])


def stored_cases(roster: Roster) -> Iterator[Case]:
    """The cases of the plans that are stored (two statements)."""
    dispositions = Disposition.objects.filter(retired=False).select_related("approver")
    by_plan: dict[int, list[tuple[str, str]]] = {}
    for each in dispositions:
        by_plan.setdefault(each.plan_id, []).append((each.name, each.approver.code))
    for row in Commission.objects.select_related("intake"):
        yield from _cases(roster, row.intake.code, by_plan.get(row.plan_id, []))


def _cases(roster: Roster, intake: str, dispositions: Iterable[tuple[str, str]]) -> Iterator[Case]:
    inspectors = roster.of_unit(roster.codes.get(rules.COMMISSION), ("inspector",))
    handlers = [seat.code for seat in inspectors if seat.code != intake]
    for name, approver in dispositions:
        asked = {
            "discipline.intake": [intake] if intake in roster.seats else [],
            "discipline.handlers": handlers,
            "discipline.approver": [approver] if approver in roster.seats else [],
        }
        yield Case(DISCIPLINE, _("a case under “%(name)s”") % {"name": name}, asked)


offer_cases(cases_of_document, stored_cases)
