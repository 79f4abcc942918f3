"""Judging days: each project of each plan once a day, as known when it is judged; what was slept through comes later."""

from datetime import date, datetime, timedelta
from hashlib import sha256

from django.db import transaction
from django.db.models import Max

from flows.campaigns.models import Plan
from flows.deadlines.selectors import calendar
from flows.journal.operations import record
from flows.journal.rules import canonical
from hetang_flow.lib.clock import district_day
from hetang_flow.lib.errors import NotFound
from permissions.actors import SYSTEM
from permissions.selectors import in_real_use

from . import rules
from .models import LightScheme, StatusLight
from .selectors import scheme_on
from .selectors_inputs import inputs_of

ONE_DAY = timedelta(days=1)


def judge_due(*, now: datetime) -> int:
    """Judge every day of every plan under way that has not been judged, the oldest first; returns how many lights.

    A day is one transaction under its plan's lock: run twice, late or by several workers, each day is judged once.
    """
    today, made = district_day(now), 0
    for plan in Plan.objects.filter(effective_from__lte=today).order_by("pk"):
        for day in days_to_judge(plan, today):
            made += judge_day(plan.pk, day, now=now)
    return made


def days_to_judge(plan: Plan, today: date) -> list[date]:
    """The days of a plan from the last judged to today or its end, the first time only the last of them."""
    last = StatusLight.objects.filter(project__plan=plan).aggregate(last=Max("day"))["last"]
    end = min(today, plan.effective_until)
    begin = last + ONE_DAY if last else end
    return [begin + timedelta(days=n) for n in range((end - begin).days + 1)]


def locked_plan(plan_id: int) -> Plan:
    """The plan, locked: its days are judged and its rules changed one at a time. Raises NotFound."""
    plan = Plan.objects.select_for_update(no_key=True).filter(pk=plan_id).first()
    if plan is None:
        raise NotFound("no-such-plan")
    return plan


@transaction.atomic
def judge_day(plan_id: int, day: date, *, now: datetime) -> int:
    """Write the light of each project of a plan for a day, and one entry that binds them all; none twice.

    As long as nobody real works here, only what is invented is judged: a project of the notice is never shown behind
    because a demonstration has no facts about it.
    """
    plan = locked_plan(plan_id)
    scheme = scheme_on(plan_id, day)
    if scheme is None or StatusLight.objects.filter(project__plan_id=plan_id, day=day).exists():
        return 0
    days = calendar()
    known = inputs_of(plan, day, now, days)
    if not in_real_use(now):
        known = {key: inputs for key, inputs in known.items() if inputs.is_demo}
    lights = _lights(scheme, known, day, days.version, now)
    StatusLight.objects.bulk_create(lights)
    if lights:
        _on_record(plan, scheme, lights, day, now)
    return len(lights)


def _lights(
    scheme: LightScheme, known: dict[int, rules.Inputs], day: date, version: int, now: datetime
) -> list[StatusLight]:
    read = scheme.scheme
    found = []
    for project, inputs in known.items():
        light = rules.light(inputs, read)
        found.append(
            StatusLight(
                project_id=project,
                day=day,
                colour=light.colour,
                rule=light.rule.code if light.rule else "",
                scheme=scheme,
                calendar_version=version,
                inputs=rules.as_data(inputs),
                judged=now,
            )
        )
    return found


def _on_record(plan: Plan, scheme: LightScheme, lights: list[StatusLight], day: date, now: datetime) -> None:
    """One entry for a day's lights: how many of each colour, and the digest that binds every one of them."""
    rows = [[each.project_id, each.colour, each.rule, each.inputs] for each in lights]
    counts = {colour: sum(each.colour == colour for each in lights) for colour in StatusLight.Colour.values}
    record(
        "lights.judged",
        chain_id=plan.chain_id,
        by=SYSTEM,
        happened=now,
        now=now,
        facts={
            "day": day,
            "scheme": scheme.number,
            "calendar": lights[0].calendar_version,
            "counts": {colour: number for colour, number in counts.items() if number},
            "digest": sha256(canonical(rows).encode()).hexdigest(),
        },
    )
