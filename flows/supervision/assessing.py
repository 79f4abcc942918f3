"""What this room knows of a unit at the year's end: the criticisms that a person confirmed, with their reasons' pages."""

from collections import defaultdict
from collections.abc import Collection
from datetime import date, datetime, time, timedelta

from django.urls import reverse
from django.utils.translation import gettext_noop

from flows.targets.registry import Finding, Supplied, register_gatherer
from hetang_flow.lib.clock import DISTRICT, district_day

from .models import Climb, Measure

SOURCE = "criticisms-confirmed"


def criticisms(plan_id: int, units: Collection[int], on: date) -> dict[int, Supplied]:
    """By unit: every criticism confirmed up to a day (one statement). What it weighs is for people to say."""
    until = datetime.combine(on + timedelta(days=1), time(), DISTRICT)
    rows = Measure.objects.filter(
        climb__measure=Climb.Measure.CRITICISM,
        climb__state=Climb.State.CONFIRMED,
        climb__decided__lt=until,
        climb__item__plan_id=plan_id,
        climb__item__unit_id__in=units,
    ).select_related("climb__item", "run")
    found: dict[int, list[Finding]] = defaultdict(list)
    for measure in rows.order_by("climb__decided", "pk"):
        said = gettext_noop("%(name)s on %(day)s: %(title)s")
        facts = {
            "name": measure.climb.name,
            "day": district_day(measure.climb.decided).isoformat(),
            "title": measure.climb.item.title,
        }
        url = reverse("sheet", args=[measure.run.public_id])
        found[measure.climb.item.unit_id].append(Finding(said, facts, url))
    return {unit: Supplied(findings) for unit, findings in found.items()}


register_gatherer(SOURCE, criticisms)
