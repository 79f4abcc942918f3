"""What this room knows of a unit at the year's end: what it handed in on time, and what late or not at all."""

from collections import defaultdict
from collections.abc import Collection
from datetime import date
from decimal import Decimal

from django.urls import reverse
from django.utils.translation import gettext_noop

from flows.targets.registry import Finding, Supplied, register_gatherer
from flows.targets.rules.assessment import on_time

from .models import Occurrence

SOURCE = "obligations-on-time"
MOST_NAMED = 12


def punctuality(plan_id: int, units: Collection[int], on: date) -> dict[int, Supplied]:
    """By unit: how much of what was due by a day was handed in by its day, and what was not (one statement)."""
    owed: dict[int, list[Occurrence]] = defaultdict(list)
    rows = Occurrence.objects.filter(
        obligation__plan_id=plan_id, post__organisation_id__in=units, due_on__lte=on
    ).select_related("obligation", "post", "run")
    for occurrence in rows.order_by("due_on", "pk"):
        owed[occurrence.post.organisation_id].append(occurrence)
    return {unit: _supplied(found) for unit, found in owed.items()}


def _supplied(found: list[Occurrence]) -> Supplied:
    late = [each for each in found if each.delivered_on is None or each.delivered_on > each.due_on]
    counts = {"owed": len(found), "punctual": len(found) - len(late)}
    score: Decimal | None = on_time(counts["owed"], counts["punctual"])
    said = gettext_noop("%(punctual)s of %(owed)s reports owed were handed in on time")
    return Supplied([Finding(said, counts), *map(_late, late[:MOST_NAMED])], score)


def _late(occurrence: Occurrence) -> Finding:
    facts = {
        "name": occurrence.obligation.name,
        "period": occurrence.period,
        "due": occurrence.due_on.isoformat(),
        "done": occurrence.delivered_on.isoformat() if occurrence.delivered_on else "",
    }
    done = gettext_noop("%(name)s %(period)s: due on %(due)s, handed in on %(done)s")
    open_ = gettext_noop("%(name)s %(period)s: due on %(due)s, not handed in")
    url = reverse("sheet", args=[occurrence.run.public_id])
    return Finding(done if occurrence.delivered_on else open_, facts, url)


register_gatherer(SOURCE, punctuality)
