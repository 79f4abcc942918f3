"""Taking the annex in: names looked up, unknown ones told with the nearest, everything or the good rows in one go."""

import difflib
import re
import uuid
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.db import transaction

from flows.campaigns.models import CampaignLine, Plan
from flows.journal.operations import record
from hetang_flow.lib.clock import district_day
from hetang_flow.lib.errors import Invalid, NotAllowed
from hetang_flow.lib.verdicts import YES, Verdict
from hetang_flow.lib.workbooks import Problem, Reading
from permissions.actors import Actor
from permissions.models import Appointment, Organisation, Post

from . import annex, rules
from .annex import NAMES, AnnexRow
from .lifecycle import Phase
from .models import Project
from .operations import open_project

LINE = "construction"
OF_THE_DISTRICT = re.compile("^(区|荷塘)|街道|镇$")


@dataclass(slots=True)
class AnnexResult:
    """What a table would bring: projects to open, problems, owners nobody knows yet, columns that are left out."""

    good: list[AnnexRow] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    new_parties: list[str] = field(default_factory=list)
    left_out: list[str] = field(default_factory=list)


def may_import(actor: Actor) -> Verdict:
    """Whether this person takes projects in: an officer or the desk of the campaign office."""
    if actor.administrator or not actor.holds(rules.CAMPAIGN_OFFICE, *rules.SUBMITTING_DUTIES):
        return Verdict("not-campaign-office", {})
    return YES


def check_projects(plan_id: int, reading: Reading, *, now: datetime) -> AnnexResult:
    """What the table would bring into a plan; writes nothing (four statements)."""
    known = _Known(plan_id, now)
    result = AnnexResult(problems=list(reading.problems), left_out=annex.left_out(reading))
    bad = {problem.row for problem in reading.problems}
    seen: dict[str, int] = {}
    for row, wrong in annex.rows_of(reading):
        wrong = [
            *wrong,
            *_names(row, known, reading, result.new_parties),
            *_doubles(row, known, reading, seen),
        ]
        result.problems += wrong
        if not wrong and row.number not in bad:
            result.good.append(row)
    owners = {name for row in result.good for name in row.owners}
    result.new_parties = sorted(name for name in set(result.new_parties) if name in owners)
    result.problems.sort(key=lambda problem: (problem.row, problem.cell))
    return result


@transaction.atomic
def import_projects(
    plan_id: int, reading: Reading, *, new_parties: Collection[str], only_good: bool, by: Actor, now: datetime
) -> list[Project]:
    """Open the table's projects, all of them or the good rows; owners nobody knows only if named in `new_parties`.

    Raises NotAllowed outside the campaign office, Invalid while something is wrong. Nothing is written then.
    """
    may_import(by).or_raise(NotAllowed)
    plan = Plan.objects.select_for_update(no_key=True).get(pk=plan_id)
    result = check_projects(plan_id, reading, now=now)
    if result.problems and not only_good:
        raise Invalid("import-has-problems", {"count": len(result.problems)})
    unnamed = [name for name in result.new_parties if name not in new_parties]
    if unnamed:
        raise Invalid("parties-not-confirmed", {"names": unnamed})
    if not result.good:
        raise Invalid("import-brings-nothing")
    by = rules.capacity_in(by, rules.CAMPAIGN_OFFICE)
    for name in result.new_parties:
        Organisation.objects.create(
            code=f"party-{uuid.uuid4().hex[:12]}",
            name=name,
            kind=Organisation.Kind.OUTSIDE,
            is_demo=by.is_demo,
        )
    known = _Known(plan_id, now)
    line = CampaignLine.objects.get(plan=plan, code=LINE)
    codes = _codes(plan)
    made = [_open(row, next(codes), plan, line, known, by=by, now=now) for row in result.good]
    facts = {"projects": len(made), "parties": len(result.new_parties)}
    record("projects.imported", chain_id=plan.chain_id, by=by, happened=now, now=now, facts=facts)
    return made


def _open(
    row: AnnexRow, code: str, plan: Plan, line: CampaignLine, known: "_Known", *, by: Actor, now: datetime
) -> Project:
    began = row.begins is not None and row.begins < plan.effective_from
    values = {
        "code": code,
        "name": row.name,
        "plan": plan,
        "line": line,
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
    return open_project(
        values,
        owners=[known.units[name] for name in row.owners],
        services=[known.units[name] for name in row.service],
        city_leaders=[known.city[name] for name in row.city_leaders],
        district_leaders=[known.district[name] for name in row.district_leaders],
        by=by,
        now=now,
    )


class _Known:
    """Who and what there is, by every name it goes by."""

    def __init__(self, plan_id: int, now: datetime) -> None:
        self.units: dict[str, int] = {}
        for unit in Organisation.objects.order_by("pk"):
            for name in (unit.name, unit.short_name, *unit.aliases):
                if name:
                    self.units.setdefault(annex.tidy(name), unit.pk)
        self.city = self._leaders(Post.Duty.CITY_LEADER, now)
        self.district = self._leaders(Post.Duty.LEADER, now)
        projects = Project.objects.filter(plan_id=plan_id).values_list("name", "code")
        self.projects = {_plain(name): code for name, code in projects}

    @staticmethod
    def _leaders(duty: str, now: datetime) -> dict[str, int]:
        """Posts of leaders by their own name and by that of whoever holds them; the first post counts."""
        found: dict[str, int] = {}
        day = district_day(now)
        held = Appointment.objects.filter(post__duty=duty, from_day__lte=day).exclude(until_day__lte=day)
        for post in Post.objects.filter(duty=duty).order_by("order", "pk"):
            found.setdefault(annex.tidy(post.name), post.pk)
        for post_id, name, account in held.order_by("post__order", "post_id").values_list(
            "post_id", "holder_name", "user__name"
        ):
            for said in (name, account):
                if said:
                    found.setdefault(annex.tidy(said), post_id)
        return found


def _plain(name: str) -> str:
    return re.sub(r"[^\w]", "", annex.tidy(name)).lower()


def _names(row: AnnexRow, known: _Known, reading: Reading, new_parties: list[str]) -> list[Problem]:
    wrong = []
    places: Sequence[tuple[str, Mapping[str, int], str]] = (
        ("owners", known.units, "unit-unknown"),
        ("service", known.units, "unit-unknown"),
        ("city_leaders", known.city, "leader-unknown"),
        ("district_leaders", known.district, "leader-unknown"),
    )
    for code, names, what in places:
        for name in getattr(row, code):
            if name in names:
                continue
            if code == "owners" and not OF_THE_DISTRICT.search(name) and len(name) >= 4:
                new_parties.append(name)
                continue
            near = "、".join(difflib.get_close_matches(name, names, n=3, cutoff=0.4)) or "—"
            about = {"field": code, "name": NAMES[code], "value": name, "near": near}
            wrong.append(Problem(row.number, reading.cell(row.number, code), NAMES[code], what, about))
    return wrong


def _doubles(row: AnnexRow, known: _Known, reading: Reading, seen: dict[str, int]) -> list[Problem]:
    plain = _plain(row.name)
    about = {"field": "name", "name": NAMES["name"], "value": row.name}
    where = (row.number, reading.cell(row.number, "name"), NAMES["name"])
    if not plain:
        return []
    if plain in known.projects:
        return [Problem(*where, "project-there-already", about | {"code": known.projects[plain]})]
    first = seen.setdefault(plain, row.number)
    return [Problem(*where, "project-twice-in-file", about | {"row": first})] if first != row.number else []


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
