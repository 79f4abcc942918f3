"""Announcing a round, and calling it off; the runs of its visits are opened and closed afterwards, each by itself."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.db import transaction
from django.db.models import Max, Q
from django.urls import reverse
from procrastinate.contrib.django import app

from flows.campaigns.models import Plan
from flows.engine.rules import reason_is_enough
from flows.journal.operations import record
from flows.projects.models import Project, ProjectUnit
from hetang_flow.lib.clock import district_day
from hetang_flow.lib.errors import Invalid, NotAllowed, NotFound, WrongState
from hetang_flow.lib.verdicts import Verdict
from notifications.notices import put
from permissions.actors import Actor
from permissions.selectors import members_of, posts_with_holders

from . import rules
from .models import Round, RoundInspector, Visit
from .selectors import OVER, may_inspect

OPEN_JOB = "flows.inspections.tasks.open_visits"


@dataclass(frozen=True, slots=True)
class Announced:
    """What a round is: when, by which posts, and at which projects; a line stands for all that is under way in it."""

    kind: str
    name: str
    materials_due: date
    first_day: date
    last_day: date
    inspectors: Sequence[int]
    projects: Sequence[UUID] = ()
    lines: Sequence[str] = ()
    wanted: str = ""


def or_refuse(verdict: Verdict, *, otherwise: type[WrongState | Invalid] = WrongState) -> None:
    """Who may not is not allowed; what cannot be is a wrong state, or was typed wrong."""
    verdict.or_raise(NotAllowed if verdict.code in rules.PERSON_CODES else otherwise)


@transaction.atomic
def announce_round(plan_code: str, said: Announced, *, by: Actor, now: datetime) -> Round:
    """The headquarters office announces a round; a job opens its visits.

    Raises NotAllowed for other offices, Invalid for days that do not fit, without inspectors or projects, and where a
    project would be left without an inspector who has no part in it.
    """
    or_refuse(rules.may_announce(by, invented=True))
    plan = Plan.objects.select_for_update(no_key=True).filter(code=plan_code).first()
    if plan is None:
        raise NotFound("no-such-plan")
    _readable(said, today=district_day(now))
    inspectors = _inspectors(plan, said.inspectors, by)
    projects = _projects(plan, said, by)
    or_refuse(rules.may_announce(by, invented=all(project.is_demo for project in projects)))
    _somebody_free(inspectors, projects, now=now)
    round_ = _written(plan, said, inspectors, projects, by=by, now=now)
    facts = {"round": round_.number, "kind": round_.kind, "name": round_.name, "projects": len(projects)}
    days = {"materials": said.materials_due, "first": said.first_day, "last": said.last_day}
    record("inspections.announced", chain_id=plan.chain_id, by=by, happened=now, now=now, facts=facts | days)
    _tell_inspectors(round_, inspectors, now=now)
    app.configure_task(OPEN_JOB).defer(round_id=round_.pk)
    return round_


def _readable(said: Announced, *, today: date) -> None:
    """Refuse what was typed wrong."""
    if said.kind not in Round.Kind.values:
        raise Invalid("form-incomplete", {"field": "kind"})
    name = said.name.strip()
    if not name:
        raise Invalid("title-missing", {"field": "name"})
    if len(name) > rules.LONGEST_NAME:
        raise Invalid("text-too-long", {"field": "name", "most": rules.LONGEST_NAME, "length": len(name)})
    if said.wanted.strip():
        rules.text_fits(said.wanted, field="wanted").or_raise(Invalid)
    rules.days_fit(said.first_day, said.last_day, said.materials_due, today=today).or_raise(Invalid)


def _inspectors(plan: Plan, posts: Sequence[int], by: Actor) -> list[int]:
    """The posts, each once in their order; all of them may inspect."""
    wanted = list(dict.fromkeys(posts))
    if not wanted:
        raise Invalid("no-inspectors", {"field": "inspectors"})
    if len(wanted) > rules.MOST_INSPECTORS:
        raise Invalid("too-many-inspectors", {"field": "inspectors", "most": rules.MOST_INSPECTORS})
    if set(wanted) - set(may_inspect(plan.pk).filter(pk__in=wanted).values_list("pk", flat=True)):
        raise Invalid("not-an-inspector", {"field": "inspectors"})
    return wanted


def _projects(plan: Plan, said: Announced, by: Actor) -> list[Project]:
    """The projects under way that are named, and those of the lines named; of a line only what is this person's world."""
    of_line = Q(line__code__in=said.lines) & (Q(is_demo=True) if by.is_demo else Q())
    chosen = Q(public_id__in=said.projects) | of_line
    found = list(Project.objects.filter(chosen, plan=plan).exclude(phase__in=OVER).order_by("row", "code"))
    missing = set(said.projects) - {project.public_id for project in found}
    if missing or not found:
        raise Invalid("no-projects", {"field": "projects"})
    if len(found) > rules.MOST_PROJECTS:
        raise Invalid("too-many-projects", {"field": "projects", "most": rules.MOST_PROJECTS})
    return found


def _somebody_free(inspectors: Collection[int], projects: Sequence[Project], *, now: datetime) -> None:
    """Refuse a round in which a project would have nobody to inspect it; the projects are named."""
    units: dict[int, set[int]] = {project.pk: set() for project in projects}
    parties = ProjectUnit.objects.filter(project__in=units).values_list("project_id", "organisation_id")
    for project_id, unit in parties:
        units[project_id].add(unit)
    members = members_of({unit for several in units.values() for unit in several}, at=now)
    seats = [
        rules.Inspector(seat.post.id, seat.post.organisation_id, frozenset(seat.holders or seat.substitutes))
        for seat in posts_with_holders(Q(pk__in=inspectors), at=now)
    ]
    without = [
        project.name
        for project in projects
        if not rules.free(
            seats,
            units[project.pk],
            {person for unit in units[project.pk] for person in members.get(unit, ())},
        )
    ]
    if without:
        raise Invalid("nobody-free-to-inspect", {"field": "inspectors", "projects": without[:5]})


def _written(
    plan: Plan,
    said: Announced,
    inspectors: Sequence[int],
    projects: Sequence[Project],
    *,
    by: Actor,
    now: datetime,
) -> Round:
    last = Round.objects.filter(plan=plan).aggregate(last=Max("number"))["last"] or 0
    round_ = Round.objects.create(
        plan=plan,
        number=last + 1,
        kind=said.kind,
        name=said.name.strip(),
        wanted=said.wanted.strip(),
        materials_due=said.materials_due,
        first_day=said.first_day,
        last_day=said.last_day,
        announced=now,
        announced_by_id=by.user_id,
    )
    RoundInspector.objects.bulk_create(
        RoundInspector(round=round_, post_id=post, order=order) for order, post in enumerate(inspectors)
    )
    Visit.objects.bulk_create(Visit(round=round_, project=project) for project in projects)
    return round_


def _tell_inspectors(round_: Round, posts: Sequence[int], *, now: datetime) -> None:
    told = {person for seat in posts_with_holders(Q(pk__in=posts), at=now) for person in seat.holders}
    facts = {"title": round_.name, "first": round_.first_day, "last": round_.last_day}
    url = reverse("inspection-round", args=[round_.public_id])
    put("inspection.announced", key=f"inspection:{round_.pk}", to=told, facts=facts, url=url, now=now)


@transaction.atomic
def call_off_round(round_id: UUID, *, reason: str, by: Actor, now: datetime) -> Round:
    """The office that announced it calls a round off: what is not finished is closed, what was found stays.

    Raises NotAllowed for other offices, Invalid without a reason, WrongState when it was called off before.
    """
    reason_is_enough(reason).or_raise(Invalid)
    round_ = Round.objects.select_for_update(no_key=True, of=("self",)).filter(public_id=round_id).first()
    if round_ is None:
        raise NotFound("no-such-round")
    or_refuse(rules.may_call_off(by, called_off=round_.called_off is not None))
    round_.called_off = now
    round_.save(update_fields=["called_off"])
    record(
        "inspections.called_off",
        chain_id=round_.plan.chain_id,
        by=by,
        happened=now,
        now=now,
        facts={"round": round_.number, "name": round_.name},
        personal={"opinion": reason.strip()},
    )
    app.configure_task(OPEN_JOB).defer(round_id=round_.pk)
    return round_
