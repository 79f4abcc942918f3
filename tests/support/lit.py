"""What lights need on top of the cast: a scheme in force, one that is proposed, projects that are behind."""

from datetime import date
from decimal import Decimal

from flows.figures.operations import report_month
from flows.figures.rules import Month
from flows.lights.models import LightScheme
from flows.lights.operations import judge_day
from hetang_flow.lib import clock
from permissions.models import User

BODY = [
    {
        "code": "red",
        "colour": "red",
        "name": "连续两个月低于60%",
        "all": [{"fact": "months-behind", "of": 60, "at_least": 2}],
    },
    {
        "code": "yellow",
        "colour": "yellow",
        "name": "低于序时进度80%",
        "all": [{"fact": "ratio", "below": 80}],
    },
]


def scheme(plan, body=None, *, from_day=date(2023, 1, 1), number=1) -> LightScheme:
    """Rules in force, as the plan file would have brought them."""
    return LightScheme.objects.create(
        plan=plan,
        number=number,
        name="试行方案",
        source="预设",
        clause="preset",
        body=BODY if body is None else body,
        state=LightScheme.State.PUBLISHED,
        from_day=from_day,
        opened="2023-01-01T00:00:00Z",
    )


def proposed_scheme(plan) -> LightScheme:
    """Other rules, proposed by a colleague of the campaign office."""
    who, _made = User.objects.get_or_create(
        username="proposer", defaults={"name": "Proposer", "is_demo": True}
    )
    newest = LightScheme.objects.filter(plan=plan).count()
    return LightScheme.objects.create(
        plan=plan,
        number=newest + 1,
        name="拟议方案",
        source="预设",
        clause="preset",
        body=BODY,
        reason="与市里做法保持一致。",
        state=LightScheme.State.PROPOSED,
        opened="2023-05-01T00:00:00Z",
        proposed_by=who,
    )


def reported(district, project, *months: tuple[int, int]) -> None:
    """Months of this year with what was invested by each, in 万元."""
    for month, invested in months:
        said = Month(date(2023, month, 1), Decimal(invested), Decimal(month), "主体施工", "按计划推进。")
        report_month(project.public_id, said, seen={}, by=district.actor("chen"), now=district.now)


def lit(district) -> None:
    """Every project of the district judged today under rules in force, once however often it is asked for."""
    if not LightScheme.objects.filter(plan=district.plan).exists():
        scheme(district.plan)
    now = clock.now()
    judge_day(district.plan.pk, clock.district_day(now), now=now)
