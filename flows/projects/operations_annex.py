"""Taking the annex in: everything or the good rows, in one go, by the campaign office alone."""

import re
import uuid
from collections.abc import Collection, Iterator
from datetime import datetime

from django.db import transaction

from flows.campaigns.models import CampaignLine, Plan
from flows.journal.operations import record
from hetang_flow.lib.errors import Invalid, NotAllowed, NotFound
from hetang_flow.lib.verdicts import YES, Verdict
from hetang_flow.lib.workbooks import Reading
from permissions.actors import Actor
from permissions.models import Organisation

from . import annex, rules
from .annex import AnnexRow
from .lifecycle import Phase
from .models import Project
from .operations import open_project
from .selectors_annex import Known, judged

LINE = "construction"  # the annex names no line; its projects are being built


def may_import(actor: Actor) -> Verdict:
    """Whether this person takes projects in: an officer or the desk of the campaign office."""
    if actor.administrator or not actor.holds(rules.CAMPAIGN_OFFICE, *rules.SUBMITTING_DUTIES):
        return Verdict("not-campaign-office", {})
    return YES


@transaction.atomic
def import_projects(
    plan_id: int,
    reading: Reading,
    *,
    by: Actor,
    now: datetime,
    only_good: bool = False,
    new_parties: Collection[str] = (),
) -> list[Project]:
    """Open the table's projects, all of them or the good rows; owners nobody knows only if named in `new_parties`.

    Raises NotAllowed outside the campaign office, NotFound for a plan or its line that is not there, Invalid while
    something is wrong. Nothing is written then.
    """
    may_import(by).or_raise(NotAllowed)
    plan = _locked_plan(plan_id)
    line = CampaignLine.objects.filter(plan_id=plan_id, code=LINE).first()
    if plan is None or line is None:
        raise NotFound("no-such-line")
    known = Known(plan.pk, now)
    result = judged(known, reading)
    if result.problems and not only_good:
        raise Invalid("import-has-problems", {"count": len(result.problems)})
    unnamed = [name for name in result.new_parties if name not in new_parties]
    if unnamed:
        raise Invalid("parties-not-confirmed", {"names": unnamed})
    if not result.good:
        raise Invalid("import-brings-nothing")
    by = rules.capacity_in(by, rules.CAMPAIGN_OFFICE)
    for name in result.new_parties:
        known.units[annex.same(name)] = _new_party(name, by).pk
    codes, rows = _codes(plan), set(Project.objects.filter(plan=plan).values_list("row", flat=True))
    made = [_open(row, next(codes), rows, line, known, by=by, now=now) for row in result.good]
    facts = {"projects": len(made), "parties": len(result.new_parties), "new_parties": result.new_parties}
    record("projects.imported", chain_id=plan.chain_id, by=by, happened=now, now=now, facts=facts)
    return made


def _locked_plan(plan_id: int) -> Plan | None:
    """The plan, locked: one table at a time comes in."""
    return Plan.objects.select_for_update(no_key=True).filter(pk=plan_id).first()


def _new_party(name: str, by: Actor) -> Organisation:
    return Organisation.objects.create(
        code=f"party-{uuid.uuid4().hex[:12]}", name=name, kind=Organisation.Kind.OUTSIDE, is_demo=by.is_demo
    )


def _open(
    row: AnnexRow,
    code: str,
    taken: set[int | None],
    line: CampaignLine,
    known: Known,
    *,
    by: Actor,
    now: datetime,
) -> Project:
    """Open one project; its number in the annex is kept where no other project of the plan has it."""
    began = row.begins is not None and row.begins < line.plan.effective_from
    values = {
        "code": code,
        "name": row.name,
        "plan": line.plan,
        "line": line,
        "row": None if row.row in taken else row.row,
        "location": row.location,
        "builds_from": row.begins,
        "builds_until": row.ends,
        "total_investment": row.total,
        "invested_before": row.invested_before,
        "planned_investment": row.planned,
        "remark": row.remark,
        "phase": Phase.BUILDING if began else Phase.FULFILLED,
        "is_demo": by.is_demo,
    }
    taken.add(row.row)
    return open_project(
        values,
        owners=_keys(row.owners, known.units),
        services=_keys(row.service, known.units),
        city_leaders=_keys(row.city_leaders, known.city),
        district_leaders=_keys(row.district_leaders, known.district),
        by=by,
        now=now,
    )


def _keys(names: list[str], known: dict[str, int]) -> list[int]:
    """Whom the names mean, each once: two names may mean the same unit."""
    return list(dict.fromkeys(known[annex.same(name)] for name in names))


def _codes(plan: Plan) -> Iterator[str]:
    """The next codes of a plan's projects, after the highest there is."""
    codes = Project.objects.filter(plan=plan, is_demo=False).values_list("code", flat=True)
    parts = [match.groups() for match in (re.fullmatch(r"(.*?-)(\d+)", code) for code in codes) if match]
    prefix = parts[0][0] if parts else f"P{plan.year}-{plan.pk}-"
    number = max((int(digits) for _prefix, digits in parts), default=0)
    taken = set(Project.objects.filter(code__startswith=prefix).values_list("code", flat=True))
    while True:
        number += 1
        if f"{prefix}{number:02d}" not in taken:
            yield f"{prefix}{number:02d}"
