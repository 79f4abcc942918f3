"""What is owed month by month, and what comes due without having been asked for yet, reckoned from the cadence."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Exists, OuterRef, Q, Subquery

from flows.campaigns.models import GroupUnit, Obligation, PlanVersion
from flows.deadlines.rules import WorkCalendar
from flows.deadlines.selectors import calendar
from hetang_flow.lib.clock import district_day
from permissions.actors import Actor

from . import reckoning, rules
from .models import Occurrence
from .owers import Ower, owers, roster
from .selectors import sees_all, visible_to

AHEAD, MOST_NAMED, DAYS_AHEAD = "ahead", 3, 92
ONE_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Line:
    """Something owed: by whom, when due, when handed in, how many working days late; without a run nobody is asked yet."""

    name: str
    period: str
    whom: Sequence[str]
    due_on: date
    state: str
    days: int = 0
    delivered_on: date | None = None
    opens_on: date | None = None
    provisional: bool = False
    run_id: UUID | None = None

    @property
    def named(self) -> str:
        """Who owes it; of many the first few."""
        return "、".join(self.whom[:MOST_NAMED])

    @property
    def others(self) -> int:
        """How many more there are."""
        return max(0, len(self.whom) - MOST_NAMED)


@dataclass(frozen=True, slots=True)
class Day:
    """What is due on a day."""

    day: date
    lines: Sequence[Line]


@dataclass(frozen=True, slots=True)
class Month:
    """A month by days, with how much of it was handed in, is late, is still to come."""

    first: date
    days: Sequence[Day]
    counts: dict[str, int]

    @property
    def before(self) -> date:
        """The month before."""
        return (self.first - ONE_DAY).replace(day=1)

    @property
    def after(self) -> date:
        """The month after."""
        return _next(self.first)


def month(actor: Actor, at: datetime, first: date, *, mine: bool) -> Month:
    """What is due in a month (six statements): what was asked for, and what will be."""
    today, days, last = district_day(at), calendar(), _next(first) - ONE_DAY
    seen = visible_to(actor, at).filter(due_on__range=(first, last))
    if mine:
        seen = seen.filter(Q(post_id__in=actor.reach) | Q(post__organisation_id__in=actor.organisation_ids))
    asked = seen.select_related("obligation", "post", "line", "run").order_by("due_on", "pk")
    lines = [_asked(each, today, days) for each in asked]
    lines += [line for line in _ahead(actor, days, mine=mine) if first <= line.due_on <= last]
    counts = {
        state: sum(_weight(line) for line in lines if line.state == state)
        for state in (AHEAD, "open", "overdue", "done", "late")
    }
    return Month(first, _by_day(lines), counts)


def coming(actor: Actor, at: datetime, *, mine: bool) -> Sequence[Day]:
    """What comes due in the next quarter and nobody has been asked for yet (five statements)."""
    today = district_day(at)
    last = today + timedelta(days=DAYS_AHEAD)
    return _by_day(line for line in _ahead(actor, calendar(), mine=mine) if today <= line.due_on <= last)


def _next(first: date) -> date:
    return (first.replace(day=28) + timedelta(days=4)).replace(day=1)


def _weight(line: Line) -> int:
    return len(line.whom) if line.run_id is None else 1


def _by_day(lines: Any) -> list[Day]:
    days: dict[date, list[Line]] = {}
    for line in lines:
        days.setdefault(line.due_on, []).append(line)
    return [Day(day, days[day]) for day in sorted(days)]


def _asked(each: Occurrence, today: date, days: WorkCalendar) -> Line:
    told = {"due_on": each.due_on, "delivered_on": each.delivered_on, "today": today}
    return Line(
        name=each.obligation.name,
        period=each.period,
        whom=[each.post.name],
        due_on=each.due_on,
        state=rules.standing(**told),
        days=rules.working_days_late(**told, calendar=days),
        delivered_on=each.delivered_on,
        provisional=each.provisional,
        run_id=each.run.public_id,
    )


# --- what nobody has been asked for ---


def _ahead(actor: Actor, days: WorkCalendar, *, mine: bool) -> Iterator[Line]:
    """Every period without rows that this person sees, with those of its owers they see (four statements)."""
    if actor.user_id is None or not actor.has_business:
        return
    known = roster()
    own_lines = known.lines_of(actor.organisation_ids)
    for obligation in _obligations(actor):
        everything = (sees_all(actor) or obligation.coordinated) and not mine
        shown = [
            ower
            for ower in owers(obligation, known)
            if everything or _is_own(ower, actor) or (not mine and ower.line_id in own_lines)
        ]
        for owed in reckoning.owed(obligation, days) if shown else ():
            if owed.period not in obligation.asked and owed.due_on >= obligation.begins:
                yield _coming(obligation, owed, shown)


def _obligations(actor: Actor) -> Iterator[Any]:
    """Every obligation with its plan, the periods asked for, and the day from which it counts (one statement)."""
    asked = Occurrence.objects.filter(obligation_id=OuterRef("pk")).order_by().values("period").distinct()
    loaded = PlanVersion.objects.filter(plan_id=OuterRef("plan_id"), number=1).values("loaded")
    coordinating = GroupUnit.objects.filter(
        organisation_id__in=actor.organisation_ids, group__line=None, group__plan_id=OuterRef("plan_id")
    )
    found = Obligation.objects.select_related("plan").annotate(
        asked=ArraySubquery(asked), loaded=Subquery(loaded[:1]), coordinated=Exists(coordinating)
    )
    for obligation in found.order_by("plan_id", "code"):
        loaded_on = obligation.loaded
        obligation.begins = district_day(loaded_on) if loaded_on else obligation.plan.effective_from
        yield obligation


def _is_own(ower: Ower, actor: Actor) -> bool:
    return ower.post_id in actor.reach or ower.unit_id in actor.organisation_ids


def _coming(obligation: Obligation, owed: rules.Owed, shown: Sequence[Ower]) -> Line:
    return Line(
        name=obligation.name,
        period=owed.period,
        whom=list(dict.fromkeys(ower.post for ower in shown)),
        due_on=owed.due_on,
        state=AHEAD,
        opens_on=owed.opens_on,
        provisional=owed.provisional,
    )
