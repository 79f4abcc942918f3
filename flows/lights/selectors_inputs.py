"""What a light may read of every project of a plan, on a day, as known at a moment; a fixed number of statements."""

from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal

from django.db.models import Exists, OuterRef, Q
from django.db.models.functions import TruncMonth

from flows.campaigns.models import Plan
from flows.deadlines.rules import Roll, WorkCalendar, roll, working_days_between
from flows.figures import rules as months
from flows.figures.selectors import Figures, figures
from flows.journal.models import Entry
from flows.obstacles.models import Obstacle
from flows.projects.lifecycle import Phase
from flows.projects.models import Project
from flows.timetables.models import Timetable
from flows.timetables.rules import DUE, LATE
from flows.timetables.selectors import NodeStanding, nodes_of
from hetang_flow.lib.clock import district_day

from . import rules
from .models import StatusLight

REPORT_DAY = 2  # a month is to be reported by the 2nd of the next (notice, 四（三）), rolled forward
MOVES = ("project.moved", "project.corrected")
STARTED = (Phase.STARTED, Phase.BUILDING, Phase.COMPLETED, Phase.REVIEWED)


def inputs_of(plan: Plan, day: date, known_at: datetime, days: WorkCalendar) -> dict[int, rules.Inputs]:
    """What is known of each project of a plan (seven statements)."""
    found = figures(plan.pk, until=day, known_at=known_at)
    keys = [each.pk for each in found]
    phases = phases_at(keys, known_at)
    nodes = nodes_of(keys, until=day, known_at=known_at, days=days)
    earlier = _earlier(keys, day)
    excuses = _excuses(keys, day, known_at, nodes)
    known = {}
    for each in found:
        phase, since = phases.get(each.pk, (each.phase, None))
        said = excuses.get(each.pk, [])
        if phase == Phase.SUSPENDED:
            said = [*said, rules.Excuse(rules.SUSPENDED, "", district_day(since) if since else day)]
        known[each.pk] = _inputs(
            each, phase, day, plan, days, nodes.get(each.pk, ()), said, earlier.get(each.pk, ())
        )
    return _with_mean(known)


def phases_at(project_ids: Collection[int], moment: datetime) -> dict[int, tuple[str, datetime | None]]:
    """The phase each project was in at a moment and since when, as its record tells (two statements)."""
    projects = {
        row.chain_id: row
        for row in Project.objects.filter(pk__in=project_ids).only("pk", "chain_id", "phase", "phase_since")
    }
    entries = Entry.objects.filter(chain_id__in=list(projects), kind__in=MOVES).order_by("chain_id", "number")
    found = {row.pk: (row.phase, row.phase_since) for row in projects.values()}
    later: set[int] = set()
    for chain, recorded, before, after in entries.values_list("chain_id", "recorded", "before", "after"):
        pk = projects[chain].pk
        if recorded <= moment:
            found[pk] = (after["phase"], recorded)
        elif pk not in later:
            later.add(pk)
            if found[pk][1] is None or found[pk][1] > moment:
                found[pk] = (before["phase"], None)
    return found


def _inputs(
    each: Figures,
    phase: str,
    day: date,
    plan: Plan,
    days: WorkCalendar,
    nodes: Collection[NodeStanding],
    excuses: list[rules.Excuse],
    earlier: Collection[rules.Earlier],
) -> rules.Inputs:
    late = [node for node in nodes if node.state == LATE]
    worst = max(late, key=lambda node: node.days, default=None)
    finished = _finished_months(plan, day)
    told, due = _months(each, finished), _to_be_reported(finished, day, days)
    started = phase in STARTED or "start" in each.moves
    starts_on = each.builds_from if each.builds_from and each.builds_from.year == plan.year else None
    start_late = 0
    if starts_on and not started and day > starts_on:
        start_late = max(0, working_days_between(starts_on, day, days))
    return rules.Inputs(
        day=day,
        phase=str(phase),
        planned=each.planned,
        invested=each.invested,
        expected=each.expected,
        expected_share=each.share,
        progress=each.progress,
        months=tuple(told),
        unreported=sum(1 for month in due if not each.month(month).is_reported),
        starts_on=starts_on,
        start_late=start_late,
        nodes_late=len(late),
        node_days_late=worst.days if worst else 0,
        node_name=worst.node.name if worst else "",
        nodes_soon=sum(1 for node in nodes if node.state == DUE),
        excuses=tuple(excuses),
        earlier=tuple(earlier),
        is_demo=each.is_demo,
    )


def _finished_months(plan: Plan, day: date) -> list[date]:
    """The months of the plan's year that are over by a day."""
    month, found = months.month_of(max(plan.effective_from, date(plan.year, 1, 1))), []
    while months.last_day(month) < day and month.year == plan.year:
        found.append(month)
        month = months.next_month(month)
    return found


def _to_be_reported(finished: list[date], day: date, days: WorkCalendar) -> list[date]:
    """The finished months whose day of report has passed."""
    return [
        m for m in finished if roll(months.next_month(m).replace(day=REPORT_DAY), Roll.FOLLOWING, days) < day
    ]


def _months(each: Figures, finished: list[date]) -> list[rules.MonthKnown]:
    """Each finished month against the time: since January, and by itself; unknown where it was not reported."""
    invested = {m.month: m.invested for m in each.months if m.invested is not None}
    found = []
    for month in finished:
        by_end = _expected(each, months.last_day(month))
        before = (
            _expected(each, months.last_day(months.month_before(month))) if month.month > 1 else Decimal(0)
        )
        brought = months.increment(invested, month)
        ratio = rules.percent(invested[month], by_end) if month in invested else None
        own = rules.percent(brought, by_end - before) if brought is not None else None
        found.append(rules.MonthKnown(month, ratio, own, brought))
    return found


def _expected(each: Figures, on: date) -> Decimal:
    return months.expected(
        each.planned, months.year_share(on, each.year, each.builds_from, each.builds_until)
    )


def _earlier(project_ids: Collection[int], day: date) -> Mapping[int, list[rules.Earlier]]:
    """The last light of each earlier month, oldest first (one statement)."""
    later = StatusLight.objects.annotate(month=TruncMonth("day")).filter(
        project_id=OuterRef("project_id"), day__gt=OuterRef("day"), month=OuterRef("month")
    )
    rows = (
        StatusLight.objects.annotate(month=TruncMonth("day"))
        .filter(~Exists(later), project_id__in=project_ids, day__lt=day.replace(day=1))
        .order_by("project_id", "day")
    )
    found: dict[int, list[rules.Earlier]] = {}
    for project, on, colour in rows.values_list("project_id", "day", "colour"):
        found.setdefault(project, []).append(rules.Earlier(on, colour))
    return found


def _excuses(
    project_ids: Collection[int],
    day: date,
    known_at: datetime,
    nodes: Mapping[int, list[NodeStanding]],
) -> dict[int, list[rules.Excuse]]:
    """Open obstacles and approved extensions, as known at a moment (two statements).

    An obstacle was said in time when it was raised by the end of the month before, or before the first late node was
    due; an extension when it was asked for, which may only be before the day.
    """
    found: dict[int, list[rules.Excuse]] = {}
    open_ones = Obstacle.objects.filter(
        Q(closed=None) | Q(closed__gt=known_at), project_id__in=project_ids, opened__lte=known_at
    )
    for project, title, opened in open_ones.order_by("opened", "pk").values_list(
        "project_id", "title", "opened"
    ):
        since = district_day(opened)
        first_late = min((n.node.planned for n in nodes.get(project, ()) if n.state == LATE), default=None)
        in_time = since < day.replace(day=1) or (first_late is not None and since <= first_late)
        found.setdefault(project, []).append(rules.Excuse(rules.OBSTACLE, title, since, in_time))
    extended = Timetable.objects.filter(
        project_id__in=project_ids, kind=Timetable.Kind.EXTEND, adopted__lte=known_at
    )
    for project, reason, adopted in extended.order_by("adopted").values_list(
        "project_id", "reason", "adopted"
    ):
        found.setdefault(project, []).append(rules.Excuse(rules.EXTENSION, reason, district_day(adopted)))
    return found


def _with_mean(known: dict[int, rules.Inputs]) -> dict[int, rules.Inputs]:
    """The same with the mean of what the plan's judged projects have done."""
    ratios = [each.ratio for each in known.values() if each.is_judged and each.ratio is not None]
    if not ratios:
        return known
    mean = (sum(ratios, Decimal(0)) / len(ratios)).quantize(rules.TENTH)
    return {key: replace(each, mean=mean) for key, each in known.items()}
