"""Reporting what no fact tells: once for an indicator, with its day and its source."""

from datetime import date, datetime
from decimal import Decimal

from django.db import transaction

from flows.campaigns.models import LineUnit, Plan
from flows.journal.operations import record
from hetang_flow.lib.clock import district_day
from hetang_flow.lib.errors import Invalid, NotAllowed, NotFound, WrongState
from permissions.actors import Actor

from .models import Target, TargetReport
from .rules import reports, rollup
from .sources import contributions, is_derived


@transaction.atomic
def report_target(
    plan_id: int,
    code: str,
    *,
    value: Decimal | None,
    reached: bool | None,
    day: date,
    source: str,
    words: str,
    seen: int,
    by: Actor,
    now: datetime,
) -> TargetReport:
    """Say how far a target is that no fact tells of; every target with its indicator shows the same.

    `seen` is the version that was there (0 for none): WrongState names who was faster. Raises NotFound, NotAllowed
    for whoever does not lead its line, Invalid for what cannot be right or is derived already.
    """
    plan = Plan.objects.select_for_update(no_key=True).filter(pk=plan_id).first()
    target = Target.objects.filter(plan_id=plan_id, code=code).first()
    if plan is None or target is None:
        raise NotFound("no-such-target")
    same = Target.objects.filter(plan_id=plan_id, indicator=target.indicator, kind=target.kind)
    lines = [line for line in same.values_list("line_id", flat=True) if line]
    leads = LineUnit.objects.filter(line_id__in=lines, role=LineUnit.Role.LEAD)
    units = frozenset(leads.values_list("organisation_id", flat=True))
    reports.may_report(by, lead_units=units).or_raise(NotAllowed)
    told = contributions(plan, until=plan.effective_until, known_at=now)
    if is_derived(target, told):
        raise Invalid("target-is-derived", {"target": target.name})
    today = district_day(now)
    rollup.may_say(
        target.kind, value=value, reached=reached, day=day, today=today, source=source, words=words
    ).or_raise(Invalid)
    rows = TargetReport.objects.filter(plan_id=plan_id, indicator=target.indicator, kind=target.kind)
    last = rows.select_related("recorded_by").last()
    if last is not None and last.version != seen:
        raise WrongState("target-reported-meanwhile", {"who": last.recorded_by.name, "when": last.recorded})
    post = reports.reporting_post(by, units)
    by = by.in_post(post.id) if post else by
    yes_or_no = target.kind in rollup.YES_OR_NO
    report = TargetReport.objects.create(
        plan=plan,
        indicator=target.indicator,
        kind=target.kind,
        version=last.version + 1 if last else 1,
        value=None if yes_or_no else value,
        reached=reached if yes_or_no else None,
        words=words.strip(),
        source=source.strip(),
        happened_on=day,
        unit_id=by.acting.organisation_id,
        recorded=now,
        recorded_by_id=by.user_id,
        is_demo=by.is_demo,
    )
    facts = {
        "indicator": target.indicator,
        "target": target.name,
        "value": report.value,
        "reached": report.reached,
    }
    facts |= {"day": day, "source": report.source}
    record("target.reported", chain_id=plan.chain_id, by=by, happened=now, now=now, facts=facts)
    return report
