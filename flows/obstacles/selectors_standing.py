"""For how many working days obstacles stood in a project's way: what a delay is excused by, in figures."""

from collections.abc import Collection, Iterable, Mapping
from datetime import date, datetime
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.db.models.functions import JSONObject
from viewflow.workflow.status import STATUS

from flows.deadlines.rules import WorkCalendar
from flows.engine.models import Step
from hetang_flow.lib.clock import district_day

from . import rules
from .models import Obstacle

COLUMNS = ("opened", "closed", "struck_off")
SORTED_BY = "obstacle.sort"


def excused_days(
    project_ids: Collection[int], first: date, last: date, *, known_at: datetime, calendar: WorkCalendar
) -> dict[int, int]:
    """The working days of a period on which an obstacle stood open, by project, as known at a moment (one statement).

    Each day counts once, however many stood open on it. An obstacle counts once the campaign office has sorted it,
    whether it stops the work or only excuses the delay; one that was taken back excuses nothing. Every project asked
    for is in the answer.
    """
    found: dict[int, list[Mapping[str, Any]]] = {project: [] for project in project_ids}
    rows = _counting(Obstacle.objects.filter(project_id__in=found), known_at).values("project_id", *COLUMNS)
    for row in rows if found else ():
        found[row["project_id"]].append(row)
    return {
        project: days_of(several, first, last, known_at=known_at, calendar=calendar)
        for project, several in found.items()
    }


def of_project(project: str, known_at: datetime) -> ArraySubquery:
    """The obstacles that count for the project a row names in the column `project`, to be read with the row."""
    about = _counting(Obstacle.objects.filter(project_id=OuterRef(project)), known_at).order_by("pk")
    return ArraySubquery(about.values(j=JSONObject(**{name: name for name in COLUMNS})))


def days_of(
    rows: Iterable[Mapping[str, Any]], first: date, last: date, *, known_at: datetime, calendar: WorkCalendar
) -> int:
    """The days of a period on which one of these stood open; nothing is known of days after `known_at`."""
    spans = [rules.Span(district_day(_time(row["opened"])), _end(row, known_at)) for row in rows]
    return rules.standing_days(spans, first, min(last, district_day(known_at)), calendar)


def _counting(found: QuerySet[Obstacle], known_at: datetime) -> QuerySet[Obstacle]:
    settled = Step.objects.filter(
        process_id=OuterRef("run_id"),
        policy__key=SORTED_BY,
        status=STATUS.DONE,
        finished__lte=known_at,
    )
    taken_back = Q(closed__lte=known_at, struck_off=None)
    return found.filter(Exists(settled), ~taken_back, opened__lte=known_at)


def _end(row: Mapping[str, Any], known_at: datetime) -> date | None:
    """The day it was struck off, as far as that was known."""
    closed = _time(row["closed"]) if row["closed"] else None
    return district_day(closed) if closed is not None and closed <= known_at else None


def _time(value: datetime | str) -> datetime:
    return value if isinstance(value, datetime) else datetime.fromisoformat(value)
