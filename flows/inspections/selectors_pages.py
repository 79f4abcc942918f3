"""What the form of an announcement offers: the posts that may inspect, the projects under way."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import OuterRef, Q

from flows.campaigns.models import Plan
from flows.campaigns.selectors import newest_plan
from flows.projects import selectors as projects
from flows.projects.models import Project, ProjectUnit
from hetang_flow.lib.clock import district_day
from permissions.actors import Actor
from permissions.selectors import posts_with_holders

from . import rules
from .models import Round
from .selectors import OVER, may_inspect

MOST_PROJECTS = 300


@dataclass(frozen=True, slots=True)
class Choice:
    """A post that may be named, with the unit it belongs to."""

    id: int
    name: str
    unit: str


@dataclass(frozen=True, slots=True)
class AnnounceForm:
    """What may be chosen: the office's own posts first, the members' by unit, the projects by line."""

    plan: Plan | None
    kinds: Sequence[tuple[str, str]]
    office: Sequence[Choice]
    members: Sequence[tuple[str, Sequence[Choice]]]
    lines: Sequence[tuple[str, str, Sequence[Project]]]
    today: date


def announce_form(actor: Actor, at: datetime) -> AnnounceForm:
    """The choices of the newest plan (four statements)."""
    plan = newest_plan()
    if plan is None:
        return AnnounceForm(None, [], [], [], [], district_day(at))
    of_plan = Q(pk__in=may_inspect(plan.pk).order_by().values("pk"))
    seats = [seat for seat in posts_with_holders(of_plan, at=at) if seat.holders or seat.substitutes]
    choices = [
        (seat.post.organisation_code, Choice(seat.post.id, seat.post.name, seat.post.organisation_name))
        for seat in seats
    ]
    others = sorted(
        (choice for code, choice in choices if code != rules.HEADQUARTERS_OFFICE),
        key=lambda choice: choice.unit,
    )
    return AnnounceForm(
        plan,
        Round.Kind.choices,
        [choice for code, choice in choices if code == rules.HEADQUARTERS_OFFICE],
        [(unit, list(several)) for unit, several in groupby(others, key=lambda choice: choice.unit)],
        _lines(plan, actor, at),
        district_day(at),
    )


def _lines(plan: Plan, actor: Actor, at: datetime) -> list[tuple[str, str, list[Project]]]:
    """The projects under way that this person may have inspected, by line, each with the units that serve it."""
    serving = ProjectUnit.objects.filter(project_id=OuterRef("pk"), role=ProjectUnit.Role.SERVICE)
    found = projects.visible_to(actor, at).filter(plan=plan).exclude(phase__in=OVER)
    if actor.is_demo:
        found = found.filter(is_demo=True)
    rows = (
        found.select_related("line")
        .annotate(serving=ArraySubquery(serving.order_by("pk").values("organisation__name")))
        .order_by("line__order", "row", "code")[:MOST_PROJECTS]
    )
    lines = groupby(rows, key=lambda project: project.line)
    return [(line.code, line.name, list(several)) for line, several in lines]
