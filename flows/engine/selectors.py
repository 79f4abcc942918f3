"""The five lists of the inbox and their counts, each in a bounded number of statements."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.db import connection
from django.db.models import Count, Exists, F, IntegerField, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.utils.translation import gettext as _

from flows.deadlines.rules import WorkCalendar, working_days_between
from flows.deadlines.selectors import calendar, version_query
from hetang_flow.lib.clock import district_day
from notifications.models import Notice, NoticeCounter
from permissions.actors import Actor

from . import rules
from .models import Assignment, Copy, Run
from .visibility import open_tasks, own_share, pool

PAGE = 30
CAP = 1000
NOT_COUNTED = (rules.VOID, rules.MOOT, rules.TRANSFERRED, rules.REMOVED)
TABS = ("todo", "pool", "done", "mine", "copied")


# --- the lists ---


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the inbox: what it is, who has it now, since when, and where it opens."""

    run_id: UUID
    kind: str
    unit: str
    title: str
    label: str
    step: str = ""
    assignment_id: int | None = None
    capacity: str = ""
    for_post: str = ""
    due: date | None = None
    provisional: bool = False
    days_late: int = 0
    due_today: bool = False
    unread: bool = False
    signed: int = 0
    asked: int = 0
    round: int = 1
    waiting: tuple[str, ...] = ()
    since: datetime | None = None
    days: int = 0
    advice: bool = False
    simple: bool = False
    suspended: bool = False
    said: str = ""
    by: str = ""
    when: datetime | None = None
    outcome: str = ""
    acknowledged: datetime | None = None


@dataclass(frozen=True, slots=True)
class Page:
    """One page of a list; `more` says whether another follows."""

    rows: list[Row]
    number: int
    more: bool

    @property
    def before(self) -> int:
        """The number of the page before, 0 if there is none."""
        return self.number - 1

    @property
    def after(self) -> int:
        """The number of the next page, 0 if there is none."""
        return self.number + 1 if self.more else 0


def todo(actor: Actor, at: datetime, q: str = "", page: int = 1) -> Page:
    """待办: what waits for this person, the most urgent first (one statement)."""
    return _tasks(open_tasks(actor, at), actor, at, q, page)


def unclaimed(actor: Actor, at: datetime, q: str = "", page: int = 1) -> Page:
    """待认领: what anybody of this person's unit may take, the most urgent first (one statement)."""
    return _tasks(pool(actor), actor, at, q, page)


def _tasks(found: QuerySet[Assignment], actor: Actor, at: datetime, q: str, page: int) -> Page:
    shares = Assignment.objects.filter(step_id=OuterRef("step_id")).order_by().values("step")
    counted = shares.filter(role=rules.SIGN).exclude(status__in=NOT_COUNTED)
    yes = shares.filter(status__in=rules.SAID_YES)
    found = (
        _searched(found, q, "run__")
        .select_related("step", "post", "run__initiator_post__organisation")
        .annotate(
            unread=_unread(actor, "run__public_id"),
            asked=_count(counted),
            signed=_count(yes),
            version=version_query(),
        )
        .order_by(F("step__due_on").asc(nulls_last=True), "opened", "pk")
    )
    rows, more = _slice(found, page)
    days = _calendar_of(rows)
    return Page([_task_row(task, actor, days, at) for task in rows], page, more)


def _task_row(task: Assignment, actor: Actor, days: WorkCalendar | None, at: datetime) -> Row:
    today, due, node = district_day(at), task.step.due_on, task.step.flow_task
    late = working_days_between(due, today, days) if due and due < today and days else 0
    stands_in = task.post_id in actor.reach - actor.post_ids and task.handed_to_id != actor.user_id
    signs = task.role == rules.SIGN
    return Row(
        **_about(task.run),
        step=str(node.task_title) if node else "",
        assignment_id=task.pk,
        capacity=task.post.name if len(actor.posts) > 1 and not stands_in else "",
        for_post=task.post.name if stands_in else "",
        due=due,
        provisional=task.step.due_provisional,
        days_late=max(late, 1) if due and due < today else 0,
        due_today=due == today,
        unread=task.unread,
        signed=task.signed if signs else 0,
        asked=task.asked if signs else 0,
        since=task.opened,
        days=working_days_between(district_day(task.opened), today, days) if days else 0,
        advice=not signs,
        simple=signs and bool(node and node.judges) and not task.run.suspended_at,
        suspended=task.run.suspended_at is not None,
    )


def chosen_tasks(assignments: Sequence[int], actor: Actor) -> list[tuple[UUID, int, str, str]]:
    """The shares of this person among those named, as run, share, title and label (one statement)."""
    own = Assignment.objects.filter(own_share(actor), pk__in=list(assignments))
    return list(own.order_by("pk").values_list("run__public_id", "pk", "run__title", "run__label"))


def done(actor: Actor, at: datetime, q: str = "", page: int = 1) -> Page:
    """已办: what this person decided, or a substitute for them, newest first (two statements)."""
    found = (
        _searched(_decided(actor), q, "run__")
        .select_related("step", "post", "decided_by", "run__initiator_post__organisation")
        .annotate(version=version_query())
        .order_by("-decided", "-pk")
    )
    rows, more = _slice(found, page)
    where = _where_it_is([task.run for task in rows], _calendar_of(rows), at)
    return Page(
        [
            Row(
                **_about(task.run) | {"round": task.step.round},
                step=str(task.step.flow_task.task_title) if task.step.flow_task else "",
                said=task.status,
                by=task.decided_by.name if task.decided_by_id != actor.user_id else "",
                when=task.decided,
                outcome=task.run.outcome,
                **where.get(task.run_id, {}),
            )
            for task in rows
        ],
        page,
        more,
    )


def mine(actor: Actor, at: datetime, q: str = "", page: int = 1) -> Page:
    """我发起: what this person started, newest first, with who has it now (two statements)."""
    return _runs(_started(actor).annotate(unread=_unread(actor, "public_id")), at, q, page)


def copied(actor: Actor, at: datetime, q: str = "", page: int = 1) -> Page:
    """抄送我: what was sent for information, newest first, with who has it now (two statements)."""
    mine = Copy.objects.filter(user_id=actor.user_id, run_id=OuterRef("pk"))
    found = _copied(actor).annotate(
        unread=_unread(actor, "public_id"), acknowledged=Subquery(mine.values("acknowledged"))
    )
    return _runs(found, at, q, page)


def _runs(found: QuerySet[Run], at: datetime, q: str, page: int) -> Page:
    found = (
        _searched(found, q, "")
        .select_related("initiator_post__organisation")
        .annotate(version=version_query())
    )
    rows, more = _slice(found.order_by("-created", "-pk"), page)
    where = _where_it_is(rows, _calendar_of(rows), at)
    return Page(
        [
            Row(
                **_about(run),
                unread=run.unread,
                outcome=run.outcome,
                when=run.created,
                acknowledged=getattr(run, "acknowledged", None),
                **where.get(run.pk, {}),
            )
            for run in rows
        ],
        page,
        more,
    )


def _decided(actor: Actor) -> QuerySet[Assignment]:
    # What the system marked for a person is no act of theirs.
    by_or_for = Q(decided_by_id=actor.user_id) | Q(decided_for_id=actor.user_id)
    own = Assignment.objects.filter(by_or_for, auto="", run__confidential=False)
    return own if actor.has_business else own.none()


def _started(actor: Actor) -> QuerySet[Run]:
    own = Run.objects.filter(initiator_id=actor.user_id, confidential=False)
    return own if actor.has_business else own.none()


def _copied(actor: Actor) -> QuerySet[Run]:
    if not actor.has_business or actor.user_id is None:
        return Run.objects.none()
    told = Copy.objects.filter(user_id=actor.user_id).values("run_id")
    return Run.objects.filter(pk__in=told, confidential=False)


# --- counts ---


def counts(actor: Actor, at: datetime) -> dict[str, int]:
    """How many each list holds, exact up to 1000 and 1001 beyond it, and the last notice's number as "upto"
    (one statement).
    """
    parts = (open_tasks(actor, at), pool(actor), _decided(actor), _started(actor), _copied(actor))
    return dict(zip((*TABS, "upto"), _capped_counts(parts, actor), strict=True))


def frame_counts(actor: Actor, at: datetime) -> dict[str, int]:
    """What the frame of every page shows: how much waits, and the last notice's number (one statement)."""
    return dict(zip(("todo", "upto"), _capped_counts([open_tasks(actor, at)], actor), strict=True))


def _capped_counts(parts: Sequence[QuerySet], actor: Actor) -> list[int]:
    """Count several selections in one statement, each only as far as the cap; then the last notice's number."""
    selects, values = [], []
    for number, part in enumerate(parts):
        if part.query.is_empty():
            selects.append("0")
            continue
        text, given = part.order_by().values("pk")[: CAP + 1].query.sql_with_params()
        selects.append(f"(SELECT count(*) FROM ({text}) AS part_{number})")  # noqa: S608 - the ORM's own text
        values.extend(given)
    last, given = NoticeCounter.objects.filter(user=actor.user_id).values("last").query.sql_with_params()
    selects.append(f"COALESCE(({last}), 0)")
    values.extend(given)
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {', '.join(selects)}", values)
        return list(cursor.fetchone())


# --- shared ---


def _about(run: Run) -> dict:
    return {
        "run_id": run.public_id,
        "kind": str(run.flow_class.process_title) if run.flow_class else "",
        "unit": run.initiator_post.organisation.name if run.initiator_post else _("System"),
        "title": run.title,
        "label": _(run.label) if run.label else "",
        "round": run.round,
    }


def _searched(found: QuerySet, q: str, prefix: str) -> QuerySet:
    for word in q.split()[:5]:
        found = found.filter(
            Q(**{f"{prefix}title__icontains": word})
            | Q(**{f"{prefix}label__icontains": word})
            | Q(**{f"{prefix}code__icontains": word})
            | Q(**{f"{prefix}initiator_post__organisation__name__icontains": word})
        )
    return found


def _unread(actor: Actor, about: str) -> Exists:
    return Exists(Notice.objects.filter(user_id=actor.user_id, about=OuterRef(about), read_at=None))


def _count(rows: QuerySet) -> Coalesce:
    return Coalesce(Subquery(rows.annotate(n=Count("pk")).values("n"), output_field=IntegerField()), 0)


def _slice(found: QuerySet, page: int) -> tuple[list, bool]:
    start = (page - 1) * PAGE
    rows = list(found[start : start + PAGE + 1])
    return rows[:PAGE], len(rows) > PAGE


def _calendar_of(rows: Sequence) -> WorkCalendar | None:
    """The calendar whose version came with the rows; no statement once this process knows it."""
    return calendar(rows[0].version) if rows else None


def _where_it_is(runs: Sequence[Run], days: WorkCalendar | None, at: datetime) -> dict[int, dict]:
    """For each run who has it now, since when and for how many working days (one statement)."""
    if not runs or days is None:
        return {}
    found: dict[int, dict] = {}
    waits = Assignment.objects.filter(run__in={run.pk for run in runs}, status=rules.OPEN).select_related(
        "post"
    )
    for task in waits.order_by("opened", "order", "pk"):
        place = found.setdefault(task.run_id, {"waiting": (), "since": task.opened, "days": 0})
        place["waiting"] += (task.post.name,)
        place["days"] = working_days_between(district_day(place["since"]), district_day(at), days)
    return found
