"""Reading months as pages: my unit's cards, the board of a month, one project's months with their corrections."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.db.models import Exists, OuterRef, QuerySet
from django.utils.translation import gettext as _

from flows.campaigns.models import CampaignLine, Plan
from flows.campaigns.selectors import newest_plan
from flows.projects.models import Fact, Project, ProjectUnit
from flows.projects.registry import Blocking, open_obstacles
from flows.projects.rules import SUBMITTING_DUTIES
from flows.projects.selectors import visible_to
from hetang_flow.lib.clock import district_day
from hetang_flow.lib.errors import NotFound
from hetang_flow.lib.verdicts import Verdict
from hetang_flow.lib.workbooks import Field
from permissions.actors import Actor

from . import rules
from .selectors import Figures, figures_of

MOST = 300


# --- one card ---


@dataclass(slots=True)
class Entry:
    """One project's card for a month: what is on record, what was typed, and what has to be explained."""

    project: Figures
    month: rules.Month
    before: rules.Month
    may: Verdict
    doubts: list[rules.Doubt]
    seen: Mapping[str, int]
    typed: dict[str, str] = field(default_factory=dict)
    asks_word: bool = False

    @property
    def invested(self) -> str:
        """What the field for the investment holds."""
        return self.typed.get(rules.INVESTED, _plain(self.month.invested))

    @property
    def progress(self) -> str:
        """What the field for the progress holds."""
        return self.typed.get(rules.PROGRESS, _plain(self.month.progress))

    @property
    def works(self) -> str:
        """What the field for what was built holds."""
        return self.typed.get(rules.WORKS, self.month.works)

    @property
    def word(self) -> str:
        """What the field for the explanation holds."""
        return self.typed.get("word", self.month.word)


def _plain(value: Decimal | None) -> str:
    return "" if value is None else f"{value.normalize():f}"


def _entry(
    project: Figures, month: date, months: Sequence[date], actor: Actor, obstacles: Sequence[Blocking]
) -> Entry:
    may = rules.may_report(
        actor,
        served=[unit.id for unit in project.services],
        invented=project.is_demo,
        phase=project.phase,
        month=month,
        months=months,
    )
    found = project.month(month)
    subject = rules.Subject(project.phase, project.total, project.before, project.planned, len(obstacles))
    return Entry(
        project,
        found,
        project.month(rules.month_before(month)),
        may,
        rules.doubts(found, project.months, subject),
        project.seen.get(month, {}),
        asks_word=bool(found.word),
    )


def entry(project_id: UUID, actor: Actor, at: datetime, month: date) -> Entry:
    """One project's card (three statements). Raises NotFound for a project this person does not see."""
    today = district_day(at)
    found = figures_of(visible_to(actor, at).filter(public_id=project_id), until=today, known_at=at)
    if not found:
        raise NotFound("no-such-project")
    plan = Plan.objects.get(projects__pk=found[0].pk)
    months = rules.months_open(plan.effective_from, plan.effective_until, today)
    return _entry(found[0], month, months, actor, open_obstacles([found[0].pk], at).get(found[0].pk, []))


# --- my unit's month ---


@dataclass(slots=True)
class MyMonth:
    """The cards of a month; `months` are those that may be chosen, the newest last."""

    month: date | None
    months: list[date]
    entries: list[Entry]

    @property
    def done(self) -> int:
        """How many projects are reported."""
        return sum(entry.month.is_reported for entry in self.entries)

    @property
    def earlier(self) -> date | None:
        """The month before, if it may be chosen."""
        return next((m for m in reversed(self.months) if self.month and m < self.month), None)

    @property
    def later(self) -> date | None:
        """The month after, if it may be chosen."""
        return next((m for m in self.months if self.month and m > self.month), None)


def my_month(actor: Actor, at: datetime, wanted: date | None) -> MyMonth:
    """A month of the projects this person's unit reports for, those still to be reported first (three statements)."""
    plan, today = newest_plan(), district_day(at)
    months = rules.months_open(plan.effective_from, plan.effective_until, today) if plan else []
    month = wanted if wanted in months else months[-1] if months else None
    if plan is None or month is None:
        return MyMonth(month, months, [])
    projects = _reported_by(visible_to(actor, at).filter(plan=plan), actor).exclude(phase__in=rules.OVER)
    found = figures_of(projects, until=today, known_at=at, most=MOST)
    blocked = open_obstacles([project.pk for project in found], at)
    entries = [_entry(each, month, months, actor, blocked.get(each.pk, [])) for each in found]
    return MyMonth(month, months, sorted(entries, key=lambda entry: entry.month.is_reported))


def _reported_by(projects: QuerySet[Project], actor: Actor) -> QuerySet[Project]:
    units = [post.organisation_id for post in actor.posts if post.duty in SUBMITTING_DUTIES]
    own = ProjectUnit.objects.filter(
        project_id=OuterRef("pk"), role=ProjectUnit.Role.SERVICE, organisation_id__in=units
    )
    return projects.filter(Exists(own))


# --- the board of a month ---


@dataclass(frozen=True, slots=True)
class Filters:
    """What the board is narrowed to; `month` as 2023-05, `then` reads it as it was known at the month's end."""

    month: str = ""
    line: str = ""
    show: str = ""

    @classmethod
    def read(cls, query: Mapping[str, str]) -> "Filters":
        """Take what an address says; what makes no sense is left out."""
        word = {name: query.get(name, "").replace("\x00", "")[:30] for name in ("month", "line", "show")}
        return cls(**(word | {"show": word["show"] if word["show"] in SHOWN else ""}))

    def address(self, **changes: str) -> str:
        """The query part of the board's address, changed."""
        parts = {name: getattr(self, name) for name in ("month", "line", "show")} | changes
        return urlencode({name: value for name, value in parts.items() if value})


SHOWN = ("missing", "behind", "doubtful")


class Bar:
    """A bar that holds what is done against the time that went by, in per cent of the year's plan."""

    figures: Figures

    @property
    def is_behind(self) -> bool:
        """Whether less was reported as invested than the time that went by asks for."""
        return self.figures.last is not None and self.figures.ahead < 0

    @property
    def share(self) -> Decimal:
        """What is invested."""
        return (self.figures.done_share or Decimal(0)) * 100

    @property
    def done(self) -> Decimal:
        """The same, as far as the bar goes."""
        return min(self.share, Decimal(100))

    @property
    def time(self) -> Decimal:
        """What should be."""
        return self.figures.share * 100


@dataclass(frozen=True)
class Row(Bar):
    """A project on the board: its figures, and what is doubtful about the month."""

    figures: Figures
    month: rules.Month
    doubts: list[rules.Doubt]


@dataclass(slots=True)
class Board:
    """The board of a month; totals are those of all rows that are shown, in 万元."""

    plan: Plan | None
    month: date | None
    months: list[date]
    rows: list[Row]
    lines: list[tuple[str, str]]
    counts: dict[str, int] = field(default_factory=dict)
    more: bool = False

    @property
    def planned(self) -> Decimal:
        """The plans for the year together."""
        return sum((row.figures.planned for row in self.rows), Decimal(0))

    @property
    def invested(self) -> Decimal:
        """What is invested, together."""
        return sum((row.figures.invested for row in self.rows), Decimal(0))

    @property
    def ahead(self) -> Decimal:
        """How far those that reported are together ahead of the time, negative behind it."""
        return sum((row.figures.ahead for row in self.rows if row.figures.last), Decimal(0))


def board(actor: Actor, at: datetime, filters: Filters) -> Board:
    """How the projects this person sees stood at the end of a month (four statements)."""
    plan, today = newest_plan(), district_day(at)
    months = rules.months_open(plan.effective_from, plan.effective_until, today) if plan else []
    month = next((m for m in months if f"{m:%Y-%m}" == filters.month), months[-1] if months else None)
    if plan is None or month is None:
        return Board(plan, month, months, [], [])
    lines = list(CampaignLine.objects.filter(plan=plan).order_by("order").values_list("code", "name"))
    projects = visible_to(actor, at).filter(plan=plan)
    if filters.line:
        projects = projects.filter(line__code=filters.line)
    until = rules.happened_on(month, today)
    found = figures_of(projects, until=until, known_at=at, most=MOST + 1)
    blocked = open_obstacles([project.pk for project in found], at)
    rows = [_row(each, month, len(blocked.get(each.pk, []))) for each in found[:MOST]]
    kept = {
        "": rows,
        "missing": [r for r in rows if not r.month.is_reported and r.figures.phase not in rules.OVER],
        "behind": [r for r in rows if r.is_behind],
        "doubtful": [r for r in rows if r.doubts],
    }
    counts = {name: len(several) for name, several in kept.items()}
    return Board(plan, month, months, kept[filters.show], lines, counts, len(found) > MOST)


def board_fields() -> list[Field]:
    """The columns of the board as a workbook."""
    return [
        Field("code", _("Number")),
        Field("name", _("Project")),
        Field("units", _("Service departments")),
        Field("phase", _("Phase")),
        Field("planned", _("Plan for the year"), "number", unit="万元"),
        Field("invested", _("Invested"), "number", unit="万元"),
        Field("expected", _("By the time"), "number", unit="万元"),
        Field("progress", _("Progress"), "number", unit="%"),
        Field("works", _("State of the works")),
        Field("word", _("Explanation")),
    ]


def board_rows(board: Board) -> list[dict[str, Any]]:
    """The rows of the board for a workbook; what was not reported stays empty."""
    return [
        {
            "code": row.figures.code,
            "name": row.figures.name,
            "units": "、".join(unit.name for unit in row.figures.services),
            "phase": row.figures.phase_name,
            "planned": row.figures.planned,
            "invested": row.figures.invested if row.figures.last else None,
            "expected": row.figures.expected,
            "progress": row.figures.progress,
            "works": row.month.works,
            "word": row.month.word,
        }
        for row in board.rows
    ]


def _row(figures: Figures, month: date, obstacles: int) -> Row:
    subject = rules.Subject(figures.phase, figures.total, figures.before, figures.planned, obstacles)
    found = figures.month(month)
    return Row(figures, found, rules.doubts(found, figures.months, subject))


# --- one project ---


@dataclass(frozen=True, slots=True)
class Kept:
    """One month of a project as it stands, what it brought, and what stood there before."""

    month: rules.Month
    brought: Decimal | None
    expected: Decimal
    facts: list[Fact]
    replaced: list[Fact]


@dataclass
class ProjectMonths(Bar):
    """All months of a project, the newest first, and the card for the one to be reported."""

    figures: Figures
    rows: list[Kept]
    entry: Entry | None

    @property
    def altogether(self) -> Decimal:
        """Invested since the project began, in 万元."""
        return self.figures.before + self.figures.invested


def project_months(project_id: UUID, actor: Actor, at: datetime, wanted: date | None) -> ProjectMonths:
    """All months of a project (five statements). Raises NotFound for one this person does not see."""
    today = district_day(at)
    found = figures_of(visible_to(actor, at).filter(public_id=project_id), until=today, known_at=at)
    if not found:
        raise NotFound("no-such-project")
    figures = found[0]
    plan = Plan.objects.get(projects__pk=figures.pk)
    months = rules.months_open(plan.effective_from, plan.effective_until, today)
    blocked = open_obstacles([figures.pk], at).get(figures.pk, [])
    every = Fact.objects.filter(project_id=figures.pk, month__isnull=False).select_related("recorded_by")
    facts: dict[date, list[Fact]] = {}
    for fact in every.order_by("-pk"):
        facts.setdefault(fact.month, []).append(fact)
    superseded = {fact.replaces_id for several in facts.values() for fact in several}
    invested = {m.month: m.invested for m in figures.months if m.invested is not None}
    rows = [
        Kept(
            month,
            rules.increment(invested, month.month),
            _expected(figures, month.month, today),
            [fact for fact in facts.get(month.month, []) if fact.pk not in superseded],
            [fact for fact in facts.get(month.month, []) if fact.pk in superseded],
        )
        for month in reversed(figures.months)
    ]
    chosen = wanted if wanted in months else months[-1] if months else None
    card = _entry(figures, chosen, months, actor, blocked) if chosen else None
    return ProjectMonths(figures, rows, card if card and card.may else None)


def _expected(figures: Figures, month: date, today: date) -> Decimal:
    until = rules.happened_on(month, today)
    share = rules.year_share(until, month.year, figures.builds_from, figures.builds_until)
    return rules.expected(figures.planned, share)
