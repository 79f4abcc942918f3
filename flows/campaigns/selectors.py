"""Reading the campaign: which plan is the newest, for every page that shows one plan."""

from django.db.models import QuerySet

from .models import Plan


def plans_by_age() -> QuerySet[Plan]:
    """Every plan, that of the newest year first; of two of one year, the one that came last."""
    return Plan.objects.order_by("-year", "-pk")


def newest_plan() -> Plan | None:
    """The plan of the newest year, or None before one is loaded (one statement)."""
    return plans_by_age().first()
