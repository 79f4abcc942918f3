"""Something that recurs, in the cast's plan."""

from flows.campaigns.models import Obligation
from flows.engine.models import Policy
from flows.engine.selectors_policy import policy_by_id
from tests.support import cast


def owe(district, code="monthly-report", owed_by="lead_departments", **cadence):
    """An obligation of the cast's plan."""
    Policy.objects.get_or_create(
        key="obligation.deliver", version=1,
        defaults={"name": "x", "mode": "any_of", "resolver": "obligation.ower", "published": cast.NOW},
    )  # fmt: skip
    policy_by_id.cache_clear()
    said = {"every": "monthly", "day": 2, "covers": "previous", "opens": 3} | cadence
    return Obligation.objects.create(
        plan=district.plan, code=code, name="攻坚任务月报", owed_by=owed_by, cadence=said, roll="following",
        clause="四（三）",
    )  # fmt: skip
