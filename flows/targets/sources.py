"""Where actuals come from: each source tells what its facts add to which indicators, in one statement or two.

Rooms above register theirs in AppConfig.ready; projects and ledgers lie below and are read here.
"""

from collections.abc import Callable
from datetime import date, datetime

from django.urls import reverse
from django.utils.translation import gettext as _

from flows.campaigns.models import Plan
from flows.figures.rules import happened_on
from flows.figures.selectors import Figures, figures
from flows.ledgers.selectors import counted

from .models import Target
from .rules.rollup import ADDS_UP, OF_PROJECTS, Contribution, ProjectYear, project_counts

Told = dict[str, list[Contribution]]
Source = Callable[[Plan, date, datetime], Told]
_SOURCES: list[Source] = []


def register_source(source: Source) -> None:
    """Make a source known: `source(plan, until, known_at)` names every indicator it can tell of, empty ones too."""
    if source not in _SOURCES:
        _SOURCES.append(source)


def contributions(plan: Plan, *, until: date, known_at: datetime) -> Told:
    """Everything that counts up to a day, as known at a moment, by indicator, the earliest first."""
    found: Told = {}
    for source in (of_projects, of_ledgers, *_SOURCES):
        for indicator, parts in source(plan, until, known_at).items():
            found.setdefault(indicator, []).extend(parts)
    for parts in found.values():
        parts.sort(key=lambda part: (part.day, part.label))
    return found


def of_projects(plan: Plan, until: date, known_at: datetime) -> Told:
    """What the projects' moves and months add (one statement)."""
    found: Told = {indicator: [] for indicator in OF_PROJECTS}
    for each in figures(plan.pk, until=until, known_at=known_at):
        counts = project_counts(year_of(each), plan.effective_from, plan.effective_until)
        for indicator, (day, amount, unit) in counts.items():
            page = "project-months" if indicator == "invested" else "project"
            found[indicator].append(
                Contribution(
                    indicator,
                    _("projects"),
                    each.name,
                    tuple(unit.id for unit in each.services),
                    day,
                    amount,
                    unit,
                    reverse(page, args=[each.public_id]),
                )
            )
    return found


def year_of(each: Figures) -> ProjectYear:
    """What of a project's figures counts."""
    days = {move: moved.day for move, moved in each.moves.items()}
    last = each.last
    return ProjectYear(
        total=each.total,
        invested=each.invested,
        invested_on=happened_on(last.month, each.until) if last else None,
        signed_on=each.signed_on,
        fulfilled_on=days.get("fulfil"),
        started_on=days.get("start"),
        completed_on=days.get("complete"),
        in_park=bool(each.in_park),
        investor=each.investor_kind,
        key_level=each.key_level,
    )


def of_ledgers(plan: Plan, until: date, known_at: datetime) -> Told:
    """What the rows of ledgers add (one statement)."""
    return {
        indicator: [
            Contribution(
                indicator, row.source, row.label, (row.unit_id,), row.day, row.amount, row.unit, row.url
            )
            for row in rows
        ]
        for indicator, rows in counted(plan.pk, until=until, known_at=known_at).items()
    }


def is_derived(target: Target, told: Told) -> bool:
    """Whether facts tell a target: what adds up, and a growth whose base is known."""
    if target.indicator not in told:
        return False
    return target.kind in ADDS_UP or (target.kind == Target.Kind.GROWTH and target.base is not None)
