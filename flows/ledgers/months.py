"""The months of a unit's projects as a workbook: one row a project and month, judged as the page judges them."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from django.db import transaction

from flows.campaigns.models import Plan
from flows.figures import rules as months
from flows.figures.operations import report_month, subject_of
from flows.figures.rules import Month
from flows.figures.selectors import months_of
from flows.projects.models import Fact, Project, ProjectUnit
from flows.projects.registry import open_obstacles
from flows.projects.rules import SUBMITTING_DUTIES
from hetang_flow.lib.clock import district_day
from hetang_flow.lib.errors import Invalid, NotAllowed
from hetang_flow.lib.verdicts import YES, Verdict
from hetang_flow.lib.workbooks import Column, Problem, Reading
from permissions.actors import Actor, PostRef

COLUMNS = (
    Column("code", "项目编号", aliases=("编号",)),
    Column("name", "项目名称", aliases=("项目",)),
    Column("month", "月份", aliases=("填报月份",)),
    Column(months.INVESTED, "本年累计完成投资", aliases=("完成投资", "累计完成投资"), unit="万元"),
    Column(months.PROGRESS, "总体进度", aliases=("进度",)),
    Column(months.WORKS, "形象进度"),
    Column("word", "说明", aliases=("备注",)),
)
NAMES = {column.code: column.name for column in COLUMNS}
REQUIRED = ("code", "month", months.INVESTED, months.PROGRESS)
_MONTH = re.compile(r"(\d{4})\s*[-./年]\s*(\d{1,2})\s*(?:月|-\d{1,2})?")


@dataclass(slots=True)
class Typed:
    """A row that can be reported."""

    project: Project
    month: Month


@dataclass(slots=True)
class Known:
    """The projects a unit reports for, the months that are open, and what is on record of each."""

    projects: Mapping[str, Project]
    open_months: list[date]
    others: dict[int, dict[date, Month]] = field(default_factory=dict)
    obstacles: Mapping[int, int] = field(default_factory=dict)


def reporting_post(actor: Actor) -> PostRef | None:
    """The post in which somebody reports months: the acting one if it fits, else the first that does."""
    fitting = [post for post in actor.posts if post.duty in SUBMITTING_DUTIES]
    return actor.acting if actor.acting in fitting else next(iter(fitting), None)


def may_report(actor: Actor) -> Verdict:
    """Whether this person brings months at all; of which projects is said row by row."""
    if not actor.has_business or reporting_post(actor) is None:
        return Verdict("not-service-unit", {})
    return YES


def known_to(plan: Plan, unit_id: int, is_demo: bool, now: datetime) -> Known:
    """What a unit may report (three statements, and one for each project it serves)."""
    served = ProjectUnit.objects.filter(organisation_id=unit_id, role=ProjectUnit.Role.SERVICE)
    projects = Project.objects.filter(plan=plan, pk__in=served.values("project_id"))
    rows = [project for project in projects if project.is_demo or not is_demo]
    found = Known(
        {project.code: project for project in rows},
        months.months_open(plan.effective_from, plan.effective_until, district_day(now)),
    )
    for project in rows:
        found.others[project.pk] = {month.month: month for month in months_of(project.pk)}
    blocked = open_obstacles([project.pk for project in rows], now)
    found.obstacles = {key: len(several) for key, several in blocked.items()}
    return found


def judged(reading: Reading, known: Known) -> tuple[list[Typed], list[Problem]]:
    """The rows that can be reported, and everything that is wrong; a row is held against those above it as well."""
    good, problems = [], list(reading.problems)
    bad = {problem.row for problem in problems}
    for row in reading.rows:
        typed, verdict = _read(row.cells, known)
        if verdict:
            verdict = _fits(typed, known)
        if not verdict:
            code = str(verdict.facts.get("field", "code"))
            where = (row.number, reading.cell(row.number, code), NAMES.get(code, ""))
            problems.append(Problem(*where, verdict.code, verdict.facts))
        elif row.number not in bad:
            known.others[typed.project.pk][typed.month.month] = typed.month
            good.append(typed)
    problems.sort(key=lambda problem: (problem.row, problem.cell))
    return good, problems


def _read(cells: Mapping[str, str], known: Known) -> tuple[Any, Verdict]:
    for code in REQUIRED:
        if not cells.get(code):
            return None, Verdict("cell-missing", {"field": code, "name": NAMES[code]})
    project = known.projects.get(cells["code"])
    if project is None:
        return None, Verdict("month-of-no-project", {"field": "code", "value": cells["code"][:40]})
    match = _MONTH.fullmatch(cells["month"].strip())
    if match is None or not 1 <= int(match.group(2)) <= 12:
        return None, Verdict("month-unreadable", {"field": "month", "value": cells["month"][:40]})
    figures = {}
    for code in (months.INVESTED, months.PROGRESS):
        try:
            figures[code] = Decimal(cells[code].rstrip("%％").replace(",", "").strip())
        except InvalidOperation:
            return None, Verdict("figure-unreadable", {"field": code, "name": NAMES[code]})
    month = date(int(match.group(1)), int(match.group(2)), 1)
    works, word = cells.get(months.WORKS, ""), cells.get("word", "")
    return Typed(project, Month(month, figures[months.INVESTED], figures[months.PROGRESS], works, word)), YES


def _fits(typed: Typed, known: Known) -> Verdict:
    project, month = typed.project, typed.month
    if project.phase in months.OVER:
        return Verdict("months-over", {"field": "code"})
    if month.month not in known.open_months:
        return Verdict(
            "month-not-open",
            {"field": "month", "month": months.named(month.month), "day": str(months.FROM_DAY)},
        )
    verdict = months.figures_fit(month)
    if not verdict:
        return verdict
    others = list(known.others[project.pk].values())
    found = months.doubts(month, others, subject_of(project, known.obstacles.get(project.pk, 0)))
    explained = months.is_explained(found, month.word)
    return explained or Verdict(
        "month-row-unexplained", {"field": months.INVESTED, "doubts": [d.code for d in found]}
    )


@transaction.atomic
def take(plan: Plan, reading: Reading, *, unit_id: int, only_good: bool, by: Actor, now: datetime) -> int:
    """Report every row, or the good ones; what says the same as before changes nothing. Returns how many rows.

    The unit's projects are locked first, in one order, so that nobody reports one in between.
    """
    may_report(by).or_raise(NotAllowed)
    list(
        Project.objects.select_for_update(no_key=True)
        .filter(plan=plan, units__organisation_id=unit_id, units__role=ProjectUnit.Role.SERVICE)
        .order_by("pk")
        .values_list("pk", flat=True)
    )
    good, problems = judged(reading, known_to(plan, unit_id, by.is_demo, now))
    if problems and not only_good:
        raise Invalid("import-has-problems", {"count": len(problems)})
    if not good:
        raise Invalid("import-brings-nothing")
    for typed in good:
        standing = Fact.objects.filter(
            project=typed.project, month=typed.month.month, kind__in=months.KINDS, replaced_by__isnull=True
        )
        seen = dict(standing.values_list("kind", "pk"))
        report_month(typed.project.public_id, typed.month, seen=seen, by=by, now=now)
    return len(good)
