"""Reading one's own deadlines from the rooms below: tasks, reports, supervised matters and inspections, by their day."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.urls import reverse
from django.utils.translation import gettext as _
from viewflow.workflow.status import PROCESS

from flows.deadlines.rules import WorkCalendar, working_days_between
from flows.deadlines.selectors import calendar
from flows.engine.models import Assignment
from flows.engine.rules import OPEN
from flows.engine.visibility import open_tasks
from flows.inspections import selectors as inspections
from flows.inspections.models import RoundInspector
from flows.journal.models import Entry
from flows.obligations import selectors as obligations
from flows.projects.models import Project
from flows.supervision import selectors as supervision
from flows.supervision.models import Climb, Item
from hetang_flow.lib.clock import district_day
from permissions.actors import Actor
from permissions.models import Post

from . import rules


@dataclass(frozen=True, slots=True)
class Deadline:
    """One thing that is due of a person: what, about what, by when, and where it is dealt with.

    `key` names it for good; `moved` grows when it moves on; of a `confidential` one nothing is said outside.
    """

    key: str
    kind: str
    what: str
    title: str
    url: str
    due: date | None
    about: str = ""
    provisional: bool = False
    suspended: bool = False
    for_post: str = ""
    handed_out: bool = False
    answer_by: date | None = None
    rung: str = ""
    next_on: date | None = None
    outstanding: int = 0
    run: int | None = None
    moved: int = 0
    confidential: bool = False


def deadlines(actor: Actor, at: datetime, most: int) -> tuple[list[Deadline], bool]:
    """What is due of this person, the earliest first, at most so many; and whether there is more (four statements)."""
    if not actor.has_business:
        return [], False
    tasks = [_of_task(row, actor) for row in _tasks(actor, at)[: most + 1]]
    matters = list(_matters(actor, at)[: most + 1])
    runs = {task.run for task in tasks}
    supervised = {row.run_id: row for row in matters if row.run_id in runs}
    found = [_supervised(task, supervised.get(task.run)) for task in tasks]
    found += [_of_report(row) for row in _reports(actor, at)[: most + 1] if row.run_id not in runs]
    found += [_of_matter(row) for row in matters if row.run_id not in runs]
    found += [_of_round(row) for row in _rounds(actor, at)[: most + 1]]
    found.sort(key=lambda each: (each.due is None, each.due or date.max, each.key))
    return found[:most], len(found) > most


# --- tasks: the engine's open shares ---


def _tasks(actor: Actor, at: datetime) -> QuerySet[Assignment]:
    about = Project.objects.filter(chain_id=OuterRef("run__chain_id")).order_by()
    return (
        open_tasks(actor, at)
        .select_related("step", "post", "run")
        .annotate(
            project=Subquery(about.values("name")[:1]),
            line=Coalesce(Subquery(about.values("line__name")[:1]), F("run__occurrence__line__name")),
            slip_due=F("run__slip__due_on"),
            moves=_moves(OuterRef("run_id")),
        )
        .order_by(F("step__due_on").asc(nulls_last=True), "opened", "pk")
    )


def _moves(run: OuterRef) -> Subquery:
    """How many entries the record holds of a run: a number that only grows."""
    entries = Entry.objects.filter(run_id=run).order_by().values("run_id")
    return Subquery(entries.annotate(n=Count("pk")).values("n"))


def _of_task(row: Any, actor: Actor) -> Deadline:
    run, step, flow = row.run, row.step, row.run.flow_class
    suspended = run.suspended_at is not None
    stands_in = row.post_id in actor.reach - actor.post_ids and row.handed_to_id != actor.user_id
    due = step.due_on or row.slip_due
    node = step.flow_task
    return Deadline(
        key=f"task:{row.pk}",
        kind=rules.kind_of_flow(flow.code if flow else ""),
        what=_called(run.label, str(node.task_title) if node else ""),
        title=run.title,
        url=f"{reverse('sheet', args=[run.public_id])}?as={row.pk}",
        due=None if suspended else due,
        about=_other_than(run.title, row.project, row.line),
        provisional=step.due_provisional,
        suspended=suspended,
        for_post=row.post.name if stands_in else "",
        answer_by=row.slip_due if row.slip_due and row.slip_due != due else None,
        run=run.pk,
        moved=rules.revision(row.moves or 0),
        confidential=bool(flow and flow.confidential),
    )


def _called(label: str, step: str) -> str:
    """What is to be done, as the inbox says it: which matter, at which step."""
    return " · ".join(filter(None, (_(label) if label else "", step))) or _("Task")


def _other_than(title: str, *names: str | None) -> str:
    """What a matter is about, where its title does not say so already."""
    return next((name for name in names if name and name not in title), "")


# --- reports that lie with a post, also where its desk handed them out ---


def _reports(actor: Actor, at: datetime) -> QuerySet:
    waiting = obligations.visible_to(actor, at).filter(
        post_id__in=actor.reach, delivered=None, run__status=PROCESS.NEW
    )
    return (
        waiting.select_related("obligation", "line", "run", "post")
        .annotate(moves=_moves(OuterRef("run_id")))
        .order_by("due_on", "pk")
    )


def _of_report(row: Any) -> Deadline:
    suspended = row.run.suspended_at is not None
    return Deadline(
        key=f"report:{row.pk}",
        kind=rules.REPORT,
        what=row.obligation.name,
        title=row.run.title,
        url=reverse("sheet", args=[row.run.public_id]),
        due=None if suspended else row.due_on,
        about=_other_than(row.run.title, row.line.name if row.line else None),
        provisional=row.provisional,
        suspended=suspended,
        handed_out=True,
        run=row.run_id,
        moved=rules.revision(row.moves or 0),
    )


# --- supervised matters: said of the person, of their post, or of the unit they lead ---


def _matters(actor: Actor, at: datetime) -> QuerySet[Item]:
    leads = [post.organisation_id for post in actor.posts if post.duty in (Post.Duty.HEAD, Post.Duty.DESK)]
    own = Q(person_id=actor.user_id) | Q(person=None) & (
        Q(post_id__in=actor.reach) | Q(post=None, unit_id__in=leads)
    )
    told = supervision.shown(Climb.objects.filter(item=OuterRef("pk")), actor).order_by("-rung")
    return (
        supervision.visible_to(actor, at)
        .filter(own, closed=None)
        .select_related("project", "line", "unit")
        .annotate(told_rung=Subquery(told.values("name")[:1]))
        .order_by("due_on", "pk")
    )


def _supervised(task: Deadline, matter: Any) -> Deadline:
    """A task whose lateness is supervised says so itself."""
    if matter is None or task.run is None:
        return task
    return replace(task, rung=matter.told_rung or "", next_on=matter.next_on)


def _of_matter(row: Any) -> Deadline:
    return Deadline(
        key=f"matter:{row.pk}",
        kind=rules.SUPERVISION,
        what=str(row.get_ground_display()),
        title=row.title,
        url=reverse("supervision-item", args=[row.public_id]),
        due=row.due_on,
        about=_other_than(
            row.title, row.project.name if row.project else None, row.line.name if row.line else None
        ),
        rung=row.told_rung or "",
        next_on=row.next_on,
        moved=rules.revision(row.rung),
        confidential=row.person_id is not None,
    )


# --- rounds in which somebody inspects and whose visits are not theirs to do yet ---


def _rounds(actor: Actor, at: datetime) -> QuerySet:
    inspects = RoundInspector.objects.filter(round_id=OuterRef("round_id"), post_id__in=actor.reach)
    asked = Assignment.objects.filter(run_id=OuterRef("run_id"), post_id__in=actor.reach, status=OPEN)
    ahead = inspections.visible_to(actor, at).filter(
        Exists(inspects), ~Exists(asked), handed_in=None, closed=None, round__called_off=None
    )
    return (
        ahead.order_by()
        .values("round_id", "round__public_id", "round__name", "round__last_day")
        .annotate(outstanding=Count("pk"))
        .order_by("round__last_day", "round_id")
    )


def _of_round(row: dict[str, Any]) -> Deadline:
    return Deadline(
        key=f"round:{row['round_id']}",
        kind=rules.INSPECTION,
        what=_("Visits on site"),
        title=row["round__name"],
        url=reverse("inspection-round", args=[row["round__public_id"]]),
        due=row["round__last_day"],
        outstanding=row["outstanding"],
    )


# --- the page ---


@dataclass(frozen=True, slots=True)
class Row:
    """A deadline with the working days that are left, or by which it is late."""

    deadline: Deadline
    left: int
    late: int


@dataclass(frozen=True, slots=True)
class Group:
    """The deadlines of one stretch of days."""

    code: str
    rows: Sequence[Row]


@dataclass(frozen=True, slots=True)
class Page:
    """One's own deadlines by when they are due; `counts` by kind, over all kinds."""

    groups: Sequence[Group]
    kind: str
    counts: Sequence[tuple[str, int]]
    total: int
    more: bool


def page(actor: Actor, at: datetime, kind: str = "") -> Page:
    """Everything that is due of this person (five statements); `kind` narrows what is listed, not the counts."""
    found, more = deadlines(actor, at, rules.MOST_SHOWN)
    today, days = district_day(at), calendar()
    counts = [(code, sum(each.kind == code for each in found)) for code in rules.KINDS]
    listed = [each for each in found if not kind or each.kind == kind]
    grouped = (
        Group(code, _rows(listed, lambda each, code=code: rules.group(each.due, today) == code, today, days))
        for code in rules.GROUPS
    )
    return Page([group for group in grouped if group.rows], kind, counts, len(found), more)


def _rows(
    found: Iterable[Deadline], fits: Callable[[Deadline], bool], today: date, days: WorkCalendar
) -> list[Row]:
    return [_row(each, today, days) for each in found if fits(each)]


def _row(each: Deadline, today: date, days: WorkCalendar) -> Row:
    if each.due is None or each.due == today:
        return Row(each, 0, 0)
    between = working_days_between(today, each.due, days)
    return Row(each, max(between, 0), max(-between, 1) if each.due < today else 0)
