"""Load a plan: all or nothing, twice the same as once, every difference on record with the day it takes effect."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time
from typing import Any

from django.db import IntegrityError, connection, transaction

from flows.campaigns.models import Plan, PlanVersion
from flows.journal.operations import Draft, append
from flows.plan.context import Context
from flows.plan.document import Document
from flows.plan.sections import SECTIONS
from hetang_flow.lib.clock import DISTRICT, district_day
from hetang_flow.lib.errors import Invalid, WrongState
from hetang_flow.lib.plan_file import Change
from permissions.actors import Actor

ONE_AT_A_TIME = 0x68745F706C616E  # "ht_plan": the key of the lock under which plans are loaded


@dataclass(frozen=True)
class Result:
    """What a load did or would do; counts by section, differences in the order of the sections."""

    effective: date
    version: int
    first: bool
    created: Mapping[str, int] = field(default_factory=dict)
    changed: Mapping[str, int] = field(default_factory=dict)
    unchanged: Mapping[str, int] = field(default_factory=dict)
    differences: Sequence[Change] = ()

    @property
    def nothing(self) -> bool:
        """Whether the file says exactly what is stored."""
        return not self.differences


@transaction.atomic
def load_plan(
    document: Document,
    *,
    by: Actor,
    now: datetime,
    effective: date | None = None,
    agreed: Sequence[Change] | None = None,
) -> Result:
    """Write what the document says, from `effective` on; a document that says what is stored writes nothing.

    `agreed` are the differences somebody has seen; WrongState("plan-changed-meanwhile") when they are others by now.
    Invalid("plan-effective-in-future" | "plan-effective-too-early" | "plan-entry-missing" | "plan-conflict").
    """
    result = _write(document, by=by, now=now, effective=effective)
    if agreed is not None and list(agreed) != list(result.differences):
        raise WrongState("plan-changed-meanwhile", {"plan": document.campaign.code})
    return result


def is_loaded(document: Document) -> bool:
    """Whether some version of this plan is in force already."""
    return PlanVersion.objects.filter(plan__code=document.campaign.code).exists()


def compare_plan(document: Document, *, by: Actor, now: datetime, effective: date | None = None) -> Result:
    """Return what load_plan would do, and leave everything as it is; raises the same refusals."""
    with transaction.atomic():
        result = _write(document, by=by, now=now, effective=effective)
        transaction.set_rollback(True)
    return result


def _write(document: Document, *, by: Actor, now: datetime, effective: date | None) -> Result:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [ONE_AT_A_TIME])
    plan = Plan.objects.filter(code=document.campaign.code).first()
    last = PlanVersion.objects.filter(plan=plan).order_by("-number").first() if plan else None
    day = _effective_day(document, last, effective, now)
    happened = datetime.combine(day, time(), DISTRICT)
    context = Context(plan=plan, previous=last.document if last else {}, happened=happened)
    try:
        with transaction.atomic():
            for section in SECTIONS:
                section.load(document, context, by=by, now=now, effective=day)
    except IntegrityError as error:
        reason = str(error).strip().splitlines()
        raise Invalid("plan-conflict", {"reason": "; ".join(reason[:2])}) from error
    _wording(document, context)
    number = last.number if last else 0
    if context.changes:
        number += 1
        _keep(document, context, number, day, by=by, now=now)
    return _result(context, day, number, first=last is None)


def _effective_day(document: Document, last: PlanVersion | None, asked: date | None, now: datetime) -> date:
    """Today, or for a first load the plan's first day; never a future day, never before the version in force."""
    today, begins = district_day(now), document.campaign.effective_from
    day = asked or (today if last else min(begins, today))
    if day > today:
        raise Invalid("plan-effective-in-future", {"day": day, "today": today})
    floor = last.effective_from if last else min(begins, today)
    if day < floor:
        raise Invalid("plan-effective-too-early", {"day": day, "floor": floor})
    return day


def _wording(document: Document, context: Context) -> None:
    """A key whose text differs though no row did (a clause, say) is a difference too."""
    if not context.previous:
        return
    told = {change.section for change in context.changes}
    told |= {"posts"} if "appointments" in told else set()  # a holder stands in its post's entry
    for key, value in document.content.items():
        if value != context.previous.get(key) and key not in told:
            context.add(Change("wording", "changed", key, key))


def _keep(document: Document, context: Context, number: int, day: date, *, by: Actor, now: datetime) -> None:
    """Keep the version whole, and every difference as an entry of the plan's record."""
    PlanVersion.objects.create(
        plan=context.plan,
        number=number,
        effective_from=day,
        loaded=now,
        sha256=document.source.sha256,
        document=document.content,
    )
    facts = {
        "version": number,
        "sha256": document.source.sha256,
        "effective_from": day,
        "differences": len(context.changes),
    }
    drafts = [Draft("plan.loaded", by, context.happened, now, facts)]
    drafts += [
        Draft(
            f"plan.entry_{change.what}",
            by,
            context.happened,
            now,
            {"section": change.section, "key": change.key, "name": change.name, "version": number},
            change.before,
            change.after,
            change.personal,
        )
        for change in context.changes
    ]
    append(context.plan.chain_id, drafts)


def _result(context: Context, day: date, number: int, *, first: bool) -> Result:
    created = Counter(change.section for change in context.changes if change.what == "created")
    changed = Counter(change.section for change in context.changes if change.what != "created")
    unchanged = {
        section: total - created[section] - changed[section] for section, total in context.totals.items()
    }
    kept: dict[str, Any] = {section: max(0, count) for section, count in unchanged.items()}
    return Result(day, number, first, dict(created), dict(changed), kept, tuple(context.changes))
