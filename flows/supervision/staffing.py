"""The matters of this room that may come, for the soundness gate: a slip to each unit of a line, each rung that is weighed."""

from collections.abc import Iterable, Iterator
from typing import Any

from django.utils.translation import gettext as _

from flows.campaigns.models import LineUnit
from flows.engine.rules.soundness import Case, Roster
from flows.engine.staffing import offer_cases

from . import rules
from .flow import MeasureFlow, SupervisionFlow
from .models import Ladder

SLIP, MEASURE = frozenset({SupervisionFlow.code}), frozenset({MeasureFlow.code})


def cases_of_document(document: Any, roster: Roster) -> Iterator[Case]:
    """The cases of a plan file with a ladder."""
    if document.ladder is None:
        return
    expand = document.names.expand
    units = {code for line in document.lines for code in (*expand(line.lead), *expand(line.responsible))}
    ladder = rules.ladder_of(document.ladder.model_dump(mode="json"), 0)
    yield from _cases(roster, [roster.codes[code] for code in sorted(units)], [ladder])


def stored_cases(roster: Roster) -> Iterator[Case]:
    """The cases of the ladders in force (two statements)."""
    ladders = list(Ladder.objects.filter(state=Ladder.State.PUBLISHED))
    plans = [ladder.plan_id for ladder in ladders]
    units = LineUnit.objects.filter(line__plan_id__in=plans).order_by("organisation_id")
    keys = units.values_list("organisation_id", flat=True).distinct()
    yield from _cases(roster, keys, [ladder.rules for ladder in ladders])


def _cases(roster: Roster, units: Iterable[int], ladders: Iterable[rules.Ladder]) -> Iterator[Case]:
    office = roster.codes.get(rules.CAMPAIGN_OFFICE)
    issuers = [seat.code for seat in roster.of_unit(office, ("desk", "officer"))]
    subjects = list(units)
    for unit in subjects:
        asked = _answering(roster, unit)
        yield Case(
            SLIP,
            _("a slip to %(unit)s") % {"unit": roster.units.get(unit, unit)},
            {"supervision.unit": asked, "supervision.issuers": issuers},
            recused={"supervision.subject": frozenset({unit})},
        )
    confirming = {
        rung.confirm: rung.name
        for ladder in ladders
        for rung in ladder.rungs
        if rung.confirm and "." not in rung.confirm
    }
    for post, name in sorted(confirming.items()):
        yield Case(
            MEASURE,
            _("the rung “%(name)s”") % {"name": name},
            {"supervision.confirmers": [post] if post in roster.seats else []},
        )


def _answering(roster: Roster, unit: int) -> list[str]:
    for duty in ("desk", "head"):
        found = [seat.code for seat in roster.of_unit(unit, (duty,))]
        if found:
            return found
    return []


offer_cases(cases_of_document, stored_cases)
