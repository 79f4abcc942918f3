"""Reading the building contest: every project that builds, by the published formula, with its inputs."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from flows.campaigns.models import Plan
from flows.campaigns.selectors import newest_plan
from flows.figures.rules import months_open
from flows.figures.selectors import Figures, figures
from flows.projects.lifecycle import Phase
from permissions.actors import Actor

from .models import ContestComponent
from .rules import contest
from .selectors_board import Filters, moment

ENTERED = (Phase.STARTED, Phase.BUILDING, Phase.COMPLETED)


@dataclass(frozen=True, slots=True)
class Entry:
    """One project in the contest: its place, its points, and what they were reckoned from."""

    place: int
    figures: Figures
    score: Decimal
    parts: list[tuple[contest.Component, Decimal, Decimal]]


@dataclass(frozen=True, slots=True)
class ContestPage:
    """The contest on a day: the formula, and the projects by their place."""

    plan: Plan | None
    on: date
    components: list[contest.Component]
    entries: list[Entry]


def contest_page(actor: Actor, at: datetime, filters: Filters) -> ContestPage:
    """The contest on a day, as known at a moment (three statements)."""
    plan = newest_plan() if actor.is_of_the_district else None
    if plan is None:
        return ContestPage(None, filters.on or date.min, [], [])
    until, known_at = moment(filters, plan, at)
    components = [
        contest.Component(row.code, row.name, row.figure, row.weight, row.cap)
        for row in ContestComponent.objects.filter(plan=plan)
    ]
    due = len(months_open(plan.effective_from, plan.effective_until, until))
    entered = [
        each
        for each in figures(plan.pk, until=until, known_at=known_at)
        if each.phase in ENTERED and each.planned
    ]
    inputs = [contest.figures(entrant(each, due)) for each in entered]
    scores = [contest.score(components, figures) for figures in inputs]
    rows = [
        Entry(place, project, score, [(c, figures[c.figure], contest.points(c, figures)) for c in components])
        for place, project, score, figures in zip(contest.ranks(scores), entered, scores, inputs, strict=True)
    ]
    return ContestPage(plan, until, components, sorted(rows, key=lambda row: (row.place, row.figures.code)))


def entrant(each: Figures, due: int) -> contest.Entrant:
    """A project's inputs."""
    reported = sum(month.is_reported and month.month.year == each.year for month in each.months)
    return contest.Entrant(each.planned, each.invested, each.expected, each.progress, min(reported, due), due)
