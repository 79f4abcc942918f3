"""Reading supervision: what is late, why, since when, what comes next and when; who sees which; what was confirmed."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import Exists, OuterRef, Prefetch, Q, QuerySet, Subquery

from flows.deadlines.rules import WorkCalendar, working_days_between
from flows.deadlines.selectors import calendar
from flows.files import selectors as files
from flows.projects import selectors as projects
from hetang_flow.lib.clock import district_day
from hetang_flow.lib.errors import NotFound
from permissions.actors import Actor
from permissions.models import Post

from . import rules, sentences
from .models import Climb, Item, Ladder, Measure, Slip, Sweep

MOST = 200


def database_now() -> datetime:
    """The database's clock: the one clock that all workers share (one statement)."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        return cursor.fetchone()[0]


def last_sweep() -> Sweep | None:
    """The sweep that ran last (one statement)."""
    return Sweep.objects.order_by("-at", "-pk").first()


# --- who sees what ---


def visible_to(actor: Actor, at: datetime) -> QuerySet[Item]:
    """What is said of this person's units and of themselves, of the projects and lines they see; all to the two offices.

    Of what people entered only what was told: what is proposed, or was declined, is for those who weigh it. A matter
    about a named person is theirs, their unit's head's and the offices'.
    """
    if not actor.is_of_the_district:
        return Item.objects.none()
    if actor.holds(rules.CAMPAIGN_OFFICE) or actor.holds(rules.HEADQUARTERS_OFFICE):
        return Item.objects.all()
    seen = projects.visible_to(actor, at).order_by().values("pk")
    mine = Q(unit_id__in=actor.organisation_ids) | Q(post_id__in=actor.reach)
    led = Item.objects.filter(line__leaders__post_id__in=actor.reach).order_by()
    told = shown(Climb.objects.filter(item=OuterRef("pk")), actor)
    heads = [post.organisation_id for post in actor.posts if post.duty == Post.Duty.HEAD]
    named = Q(person=None) | Q(person_id=actor.user_id) | Q(unit_id__in=heads)
    return Item.objects.filter(
        Q(ground=rules.OVERDUE) | Q(Exists(told)),
        named,
        Q(person_id=actor.user_id)
        | Q(pk__in=Item.objects.filter(mine | Q(project_id__in=seen)).order_by().values("pk"))
        | Q(pk__in=led.values("pk")),
    )


def shown(climbs: QuerySet[Climb], actor: Actor) -> QuerySet[Climb]:
    """The rungs this person is shown: a proposal, and what was declined, only where the offices weigh it."""
    if actor.holds(rules.CAMPAIGN_OFFICE) or actor.holds(rules.HEADQUARTERS_OFFICE):
        return climbs
    return climbs.filter(state__in=[Climb.State.DONE, Climb.State.CONFIRMED]).exclude(
        measure=Climb.Measure.REFERRAL
    )


def slips_of_visible(actor: Actor, at: datetime) -> Q:
    """The runs of slips issued to this person's units, or about what they see."""
    seen = visible_to(actor, at).order_by().values("pk")
    return Q(pk__in=Slip.objects.filter(climb__item__in=seen).order_by().values("run_id"))


def measures_of_visible(actor: Actor, at: datetime) -> Q:
    """The runs of criticisms that are weighed, for the two offices; a referral is for those who are asked alone."""
    if not (actor.holds(rules.CAMPAIGN_OFFICE) or actor.holds(rules.HEADQUARTERS_OFFICE)):
        return Q(pk__in=[])
    weighed = Measure.objects.exclude(climb__measure=Climb.Measure.REFERRAL).order_by()
    return Q(pk__in=weighed.values("run_id"))


# --- the board ---


@dataclass(frozen=True, slots=True)
class Filters:
    """What the board is narrowed to."""

    plan: str = ""
    unit: str = ""
    line: str = ""
    source: str = ""
    ground: str = ""
    rung: str = ""
    closed: bool = False


@dataclass(frozen=True, slots=True)
class Row:
    """A matter on the board: what is late, since when, by how many working days, why it stands there, what is next."""

    item: Item
    days_late: int
    rung: str
    told_on: date | None
    state: str
    why: str
    next_rung: str
    next_on: date | None
    ahead: str
    slip: Slip | None

    @property
    def waits_for_person(self) -> bool:
        """Whether a proposal lies before the person who weighs it."""
        return self.state == Climb.State.PROPOSED


@dataclass(frozen=True, slots=True)
class Board:
    """The rows, the most urgent first; `more` says that there is more than is shown."""

    rows: Sequence[Row]
    more: bool
    swept: Sweep | None


def board(actor: Actor, at: datetime, filters: Filters | None = None, only: Q | None = None) -> Board:
    """What is supervised and this person sees (a constant number of statements)."""
    found = narrowed(visible_to(actor, at), filters or Filters())
    found = found.filter(only) if only is not None else found
    items = list(_with_climbs(found, actor).order_by("next_on", "due_on", "pk")[: MOST + 1])
    days = calendar()
    return Board([_row(item, at, days) for item in items[:MOST]], len(items) > MOST, last_sweep())


def narrowed(found: QuerySet[Item], filters: Filters) -> QuerySet[Item]:
    """Those that fit the filters."""
    found = found.filter(closed__isnull=not filters.closed)
    wanted = {
        "plan__code": filters.plan,
        "unit__code": filters.unit,
        "line__code": filters.line,
        "source": filters.source,
        "ground": filters.ground,
    }
    found = found.filter(**{name: value for name, value in wanted.items() if value})
    if filters.rung:
        newest = Climb.objects.filter(item=OuterRef("pk"), rung=OuterRef("rung"), code=filters.rung)
        found = found.filter(Exists(newest))
    return found


def _with_climbs(found: QuerySet[Item], actor: Actor) -> QuerySet[Item]:
    climbs = shown(Climb.objects.all(), actor).select_related("slip", "decided_by").order_by("rung")
    newest = Climb.objects.filter(item=OuterRef("pk"), rung=OuterRef("rung"))
    return (
        found.select_related("ladder", "unit", "post", "person", "project", "line", "run", "plan")
        .annotate(proposal=Subquery(newest.values("state")[:1]))
        .prefetch_related(Prefetch("climbs", climbs, to_attr="shown"))
    )


def _row(item: Any, at: datetime, days: WorkCalendar) -> Row:
    ladder, today = item.ladder.rules, district_day(item.closed or at)
    climb = item.shown[-1] if item.shown else None
    step = rules.next_step(ladder, item.matter, days) if item.next_on else None
    return Row(
        item=item,
        days_late=max(working_days_between(item.due_on, today, days), 1) if today > item.due_on else 0,
        rung=climb.name if climb else "",
        told_on=district_day(climb.told) if climb else None,
        state=climb.state if climb else "",
        why=sentences.explain(climb, ladder) if climb else "",
        next_rung=step.rung.name if step else "",
        next_on=item.next_on,
        ahead=sentences.ahead(item, step),
        slip=next((each.slip for each in reversed(item.shown) if hasattr(each, "slip")), None),
    )


# --- one of them ---


@dataclass(frozen=True, slots=True)
class Told:
    """A rung of a matter with its sentence, and the slip or the weighing that belongs to it."""

    climb: Climb
    sentence: str
    slip: Slip | None


@dataclass(frozen=True, slots=True)
class Page:
    """One matter with its whole way."""

    row: Row
    climbs: Sequence[Told]
    before: Item | None


def item_for(item_id: UUID, actor: Actor, at: datetime) -> Page:
    """One matter this person sees, with its rungs. Raises NotFound for what is none of this person's business."""
    found = _with_climbs(visible_to(actor, at).filter(public_id=item_id), actor)
    item: Any = found.select_related("follows").first()
    if item is None:
        raise NotFound("no-such-supervision")
    ladder = item.ladder.rules
    told = [
        Told(climb, sentences.explain(climb, ladder), getattr(climb, "slip", None)) for climb in item.shown
    ]
    return Page(_row(item, at, calendar()), told, item.follows)


def items_of_project(project_id: int, actor: Actor, at: datetime) -> list[Row]:
    """What is supervised of one project and this person sees."""
    found = visible_to(actor, at).filter(project_id=project_id, closed=None)
    return [_row(item, at, calendar()) for item in _with_climbs(found, actor).order_by("due_on", "pk")]


def agenda(plan_code: str, line_code: str = "") -> QuerySet[Item]:
    """What waits on the agenda of the dispatch: open matters whose last rung put them there, the oldest first."""
    newest = Climb.objects.filter(item=OuterRef("pk"), rung=OuterRef("rung"), measure=Climb.Measure.AGENDA)
    found = Item.objects.filter(Exists(newest), plan__code=plan_code, closed=None)
    if line_code:
        found = found.filter(line__code=line_code)
    return found.select_related("unit", "project", "line").order_by("due_on", "pk")


def slips(actor: Actor, at: datetime) -> QuerySet[Slip]:
    """The slips this person sees, the newest first."""
    seen = visible_to(actor, at).order_by().values("pk")
    about = Slip.objects.filter(climb__item__in=seen).select_related("climb__item__project", "unit", "run")
    return about.order_by("-year", "-number")


def entries_of(plan_code: str, ground: str) -> list[tuple[str, str]]:
    """The rungs at which somebody may enter this ground by hand, as code and name (one statement)."""
    row = Ladder.objects.filter(plan__code=plan_code, state=Ladder.State.PUBLISHED).first()
    return [(rung.code, rung.name) for rung in rules.entries(row.rules, ground)] if row else []


def confirmed_referrals() -> QuerySet[Measure]:
    """The referrals that a person has confirmed, the oldest first: what the room of discipline begins with."""
    return (
        Measure.objects.filter(climb__measure=Climb.Measure.REFERRAL, climb__state=Climb.State.CONFIRMED)
        .select_related("climb__item__unit", "climb__item__person", "climb__item__post", "weighed_by")
        .order_by("climb__decided", "pk")
    )


# --- the flows' part of a sheet ---


def slip_context(run: Any, actor: Actor, now: datetime, fields: Any) -> dict[str, Any]:
    """A slip with its matter and the rungs before it (two statements)."""
    about = Slip.objects.select_related(
        "climb__item__ladder", "climb__item__project", "climb__item__unit", "unit"
    )
    slip: Any = about.annotate(laid=files.of_run("run_id")).get(run=run)
    ladder = slip.climb.item.ladder.rules
    return {
        "slip": slip,
        "item": slip.climb.item,
        "sentence": sentences.explain(slip.climb, ladder),
        "acting": frozenset(fields.acting),
        "files": files.files_in(slip.laid, run, actor, fields),
    }


def measure_context(run: Any, actor: Actor, now: datetime, fields: Any) -> dict[str, Any]:
    """A proposal with its matter and everything that was told before (two statements)."""
    measure = Measure.objects.select_related(
        "climb__item__ladder",
        "climb__item__project",
        "climb__item__unit",
        "climb__item__person",
        "weighed_by",
    ).get(run=run)
    ladder = measure.climb.item.ladder.rules
    climbs = Climb.objects.filter(item=measure.climb.item).order_by("rung")
    return {
        "measure": measure,
        "item": measure.climb.item,
        "sentence": sentences.explain(measure.climb, ladder),
        "acting": frozenset(fields.acting),
        "gravities": Measure.Gravity.choices,
        "way": [(climb, sentences.explain(climb, ladder)) for climb in climbs],
    }
