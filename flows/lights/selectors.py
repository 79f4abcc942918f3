"""Reading lights: those of a day, one project's months, what a rule would have said of a day that is past."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.db.models import Count, OuterRef, QuerySet, Subquery
from django.utils.dateparse import parse_date

from flows.campaigns.models import CampaignLine, Plan
from flows.campaigns.selectors import newest_plan
from flows.deadlines.selectors import calendar
from flows.projects.models import Project
from flows.projects.selectors import visible_to
from hetang_flow.lib.clock import district_day
from hetang_flow.lib.errors import NotFound
from permissions.actors import Actor

from . import rules
from .models import LightScheme, StatusLight
from .selectors_inputs import inputs_of

PAGE = 200
State = LightScheme.State


# --- for other rooms ---


def scheme_on(plan_id: int, day: date) -> LightScheme | None:
    """The rules in force on a day (one statement)."""
    in_force = LightScheme.objects.filter(plan_id=plan_id, state=State.PUBLISHED, from_day__lte=day)
    return in_force.order_by("-from_day", "-number").first()


def lights_on(day: date) -> QuerySet[StatusLight]:
    """Every light of a day, with its project and scheme (one statement)."""
    return StatusLight.objects.filter(day=day).select_related("project", "scheme")


def lights_of(project_ids: Collection[int], day: date) -> dict[int, StatusLight]:
    """The last light of each of these projects by a day, not older than a week (one statement)."""
    rows = (
        StatusLight.objects.filter(project_id__in=project_ids, day__lte=day, day__gt=day - timedelta(days=7))
        .select_related("scheme")
        .order_by("project_id", "-day")
        .distinct("project_id")
    )
    return {row.project_id: row for row in rows}


# --- the board ---


@dataclass(frozen=True, slots=True)
class Filters:
    """Which lights the board shows: of which day, line and colour."""

    day: date | None = None
    line: str = ""
    colour: str = ""

    @classmethod
    def read(cls, asked: Mapping[str, str]) -> "Filters":
        """As the address says; what it cannot mean is left out."""
        try:
            day = parse_date(asked.get("day", "") or "")
        except ValueError:
            day = None
        colour = asked.get("colour", "")
        return cls(day, asked.get("line", "")[:40], colour if colour in StatusLight.Colour.values else "")

    def address(self, **more: str) -> str:
        """The query of this board with something else."""
        said = {"day": self.day.isoformat() if self.day else "", "line": self.line, "colour": self.colour}
        return urlencode({name: value for name, value in (said | more).items() if value})


@dataclass(frozen=True, slots=True)
class Board:
    """The lights of a day that this person sees; `counts` by colour before the colour is chosen."""

    plan: Plan | None
    day: date
    rows: Sequence[StatusLight]
    counts: Mapping[str, int]
    lines: Sequence[tuple[str, str]]
    is_first: bool


def board(actor: Actor, at: datetime, filters: Filters) -> Board:
    """The lights of a day (five statements); the gravest first."""
    plan = newest_plan()
    if plan is None or not actor.has_business:
        return Board(None, district_day(at), [], {}, [], is_first=True)
    day = filters.day or min(district_day(at), plan.effective_until)
    seen = visible_to(actor, at).filter(plan=plan).order_by().values("pk")
    found = StatusLight.objects.filter(day=day, project_id__in=seen)
    lines = list(CampaignLine.objects.filter(plan=plan).order_by("order").values_list("code", "name"))
    if filters.line:
        found = found.filter(project__line__code=filters.line)
    counts = dict(found.order_by().values_list("colour").annotate(n=Count("pk")))
    if filters.colour:
        found = found.filter(colour=filters.colour)
    before = StatusLight.objects.filter(project_id=OuterRef("project_id"), day__lt=OuterRef("day"))
    rows = found.select_related("project__line", "scheme").annotate(
        was=Subquery(before.order_by("-day").values("colour")[:1])
    )
    order = {colour: place for place, colour in enumerate((*rules.COLOURS, rules.GREY))}
    shown = sorted(rows[:PAGE], key=lambda row: (order[row.colour], row.project.code))
    is_first = not counts and not StatusLight.objects.filter(project__plan=plan).exists()
    return Board(plan, day, shown, counts, lines, is_first)


# --- one project ---


@dataclass(frozen=True, slots=True)
class MonthOfLights:
    """A month of a project: its days with the colour each had, and when what was red or yellow was caught up later."""

    month: date
    days: Sequence[StatusLight]
    caught_up: date | None

    @property
    def last(self) -> StatusLight:
        """The light the month ended with, or stands at."""
        return self.days[-1]


@dataclass(frozen=True, slots=True)
class History:
    """A project's lights, the newest month first."""

    project: Project
    today: StatusLight | None
    months: Sequence[MonthOfLights]


def history(project_id: UUID, actor: Actor, at: datetime) -> History:
    """A project's lights month by month (two statements). Raises NotFound for a project this person does not see."""
    project = visible_to(actor, at).select_related("line", "plan").filter(public_id=project_id).first()
    if project is None:
        raise NotFound("no-such-project")
    days = list(StatusLight.objects.filter(project=project).select_related("scheme").order_by("day"))
    by_month: dict[date, list[StatusLight]] = {}
    for light in days:
        by_month.setdefault(light.day.replace(day=1), []).append(light)
    months = [MonthOfLights(month, lit, _caught_up(lit[-1], days)) for month, lit in by_month.items()]
    return History(project, days[-1] if days else None, months[::-1])


def _caught_up(last: StatusLight, days: Sequence[StatusLight]) -> date | None:
    """The first later day on which a project that ended a month red or yellow was green; its light stays as it was."""
    if last.colour not in (rules.RED, rules.YELLOW):
        return None
    return next((each.day for each in days if each.day > last.day and each.colour == rules.GREEN), None)


# --- schemes ---


@dataclass(frozen=True, slots=True)
class Schemes:
    """The rules in force, what is proposed, and what was before."""

    plan: Plan | None
    in_force: LightScheme | None
    proposed: LightScheme | None
    versions: Sequence[LightScheme]


def schemes(actor: Actor, at: datetime) -> Schemes:
    """Every version of the newest plan's rules (two statements); what is proposed only for the two offices."""
    plan = newest_plan() if actor.has_business else None
    if plan is None:
        return Schemes(None, None, None, [])
    rows = list(LightScheme.objects.filter(plan=plan).select_related("proposed_by", "confirmed_by"))
    offices, today = rules.sees_schemes(actor), district_day(at)
    published = [row for row in rows if row.state == State.PUBLISHED]
    held = [row for row in published if row.from_day <= today]
    in_force = max(held, key=lambda row: (row.from_day, row.number), default=None)
    proposed = next((row for row in rows if row.state == State.PROPOSED), None) if offices else None
    return Schemes(plan, in_force, proposed, rows if offices else published)


# --- looking again ---


@dataclass(frozen=True, slots=True)
class Replayed:
    """A light that was kept beside what is computed now; `inputs` names what was known otherwise."""

    light: StatusLight
    colour: str
    rule: str
    inputs: Sequence[str]

    @property
    def is_same(self) -> bool:
        """Whether both say the same of the same."""
        return not self.inputs and (self.colour, self.rule) == (self.light.colour, self.light.rule)


def replay(plan: Plan, day: date, scheme: rules.Scheme | None = None) -> list[Replayed]:
    """Every light of a day computed anew, from what was known when it was judged; under other rules if given.

    Nine statements and one for each moment and calendar version of that day. Under the same rules anything that is
    not the same is a change of what has no history: a project's plan figures, an account of the demonstration.
    """
    kept = list(
        StatusLight.objects.filter(project__plan=plan, day=day)
        .select_related("project", "scheme")
        .order_by("project__code")
    )
    anew: dict[tuple[datetime, int], dict[int, rules.Inputs]] = {}
    found = []
    for light in kept:
        moment = (light.judged, light.calendar_version)
        if moment not in anew:
            anew[moment] = inputs_of(plan, day, light.judged, calendar(light.calendar_version))
        inputs = anew[moment].get(light.project_id)
        data: dict[str, Any] = rules.as_data(inputs) if inputs else {}
        judged = rules.light(inputs or light.known, scheme or light.scheme.scheme)
        rule = judged.rule.code if judged.rule else ""
        found.append(Replayed(light, judged.colour, rule, rules.differing(light.inputs, data)))
    return found


def trial(plan: Plan, scheme: rules.Scheme, until: date) -> list[Replayed]:
    """What other rules would have said on the last judged day of each of three months and on the newest.

    Judged on what was kept beside each light, so that what differs is the rules' doing alone (two statements).
    """
    since = (until.replace(day=1) - timedelta(days=75)).replace(day=1)
    every = StatusLight.objects.filter(project__plan=plan, day__gte=since, day__lte=until)
    days = sorted(every.order_by().values_list("day", flat=True).distinct())
    ends = sorted({max(d for d in days if (d.year, d.month) == (day.year, day.month)) for day in days})
    rows = every.filter(day__in=ends).select_related("project", "scheme").order_by("day", "project__code")
    found = []
    for light in rows:
        judged = rules.light(light.known, scheme)
        found.append(Replayed(light, judged.colour, judged.rule.code if judged.rule else "", ()))
    return found
