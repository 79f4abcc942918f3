"""What this room knows of a unit at the year's end: how much of what it took on of the targets was reached."""

from collections.abc import Collection
from datetime import date, datetime, time, timedelta
from decimal import ROUND_HALF_UP, Decimal

from django.urls import reverse
from django.utils.translation import gettext_noop

from flows.campaigns.models import Plan
from hetang_flow.lib.clock import DISTRICT
from hetang_flow.lib.figures import number

from .registry import Finding, Supplied, register_gatherer
from .rules import rollup
from .selectors_board import Standing, quarters, standings

SOURCE = "targets-taken-on"
WHOLE = Decimal(100)
TENTH = Decimal("0.1")


def taken_on(plan_id: int, units: Collection[int], on: date) -> dict[int, Supplied]:
    """By unit: of every target it took a share of, what its facts add against the share; the score is their mean."""
    plan = Plan.objects.get(pk=plan_id)
    known_at = datetime.combine(on + timedelta(days=1), time(), DISTRICT)
    found: dict[int, list[tuple[Finding, Decimal]]] = {}
    for standing in standings(plan, until=on, known_at=known_at):
        for unit in {unit for unit, _quarter, _value in standing.shares} & set(units):
            part = _part(standing, unit)
            if part:
                found.setdefault(unit, []).append(part)
    return {unit: _supplied(parts) for unit, parts in found.items()}


def _part(standing: Standing, unit: int) -> tuple[Finding, Decimal] | None:
    """One target of a unit, and how many per cent of its share it reached; nothing where no figure was shared out."""
    share = sum(quarters(standing.shares, unit).values(), Decimal(0))
    if not share or not standing.derived or standing.target.kind not in rollup.ADDS_UP:
        return None
    own = rollup.total([part for part in standing.parts if unit in part.units], standing.target.unit)
    said = gettext_noop("%(target)s: took on %(share)s, reached %(reached)s")
    facts = {"target": standing.target.name, "share": number(share), "reached": number(own)}
    url = reverse("target", args=[standing.target.code])
    return Finding(said, facts, url), min(own / share, Decimal(1)) * WHOLE


def _supplied(parts: list[tuple[Finding, Decimal]]) -> Supplied:
    mean = sum((reached for _finding, reached in parts), Decimal(0)) / len(parts)
    return Supplied([finding for finding, _reached in parts], mean.quantize(TENTH, ROUND_HALF_UP))


register_gatherer(SOURCE, taken_on)
