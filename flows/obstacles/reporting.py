"""Stages and figures of an obstacle, and what permits took: append-only, what was wrong is replaced."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import transaction
from viewflow.workflow.status import PROCESS

from flows.engine.operations.move import Move
from flows.engine.rules import text_is_short_enough
from flows.journal.operations import record
from flows.projects.models import Project, ProjectUnit
from hetang_flow.lib.clock import district_day
from hetang_flow.lib.errors import Invalid, NotFound, WrongState
from permissions.actors import Actor

from . import rules
from .models import Obstacle, ObstacleFact, PermitBaseline, PermitFact
from .reading import locked_with_parties, moving_obstacle, or_refuse, parties_of


def report_stage(
    obstacle_id: UUID, *, stage: str, happened_on: date, note: str = "", by: Actor, now: datetime
) -> ObstacleFact:
    """A stage of its kind was reached; stages go forward only, what was said wrongly is replaced by `correct_fact`."""
    text_is_short_enough(note).or_raise(Invalid)
    with _reporting(obstacle_id, by=by, now=now) as (move, obstacle):
        last = obstacle.facts.filter(replaced_by__isnull=True).exclude(stage="").last()
        rules.may_reach(obstacle.kind.ladder, last.stage if last else "", stage).or_raise(Invalid)
        since = last.happened_on if last else None
        rules.may_have_happened(happened_on, today=district_day(now), since=since).or_raise(Invalid)
        return _keep(move, obstacle, stage=stage, note=note.strip(), happened_on=happened_on)


def report_figure(
    obstacle_id: UUID, *, figure: str, value: Decimal, happened_on: date, by: Actor, now: datetime
) -> ObstacleFact:
    """A figure of its kind: so many 亩 acquired on a day, so much demanded or met."""
    with _reporting(obstacle_id, by=by, now=now) as (move, obstacle):
        wanted = next((each for each in obstacle.kind.figures if each["code"] == figure), None)
        if wanted is None:
            raise Invalid("no-such-figure", {"field": "figure"})
        rules.plausible(value, name=wanted["name"]).or_raise(Invalid)
        rules.may_have_happened(happened_on, today=district_day(now)).or_raise(Invalid)
        return _keep(move, obstacle, figure=figure, value=value, unit=wanted["unit"], happened_on=happened_on)


def correct_fact(
    fact_id: int, *, value: Decimal | None, happened_on: date, note: str = "", by: Actor, now: datetime
) -> ObstacleFact:
    """A stage or figure that was reported wrongly: the new row replaces it, the old one stays readable."""
    fact = ObstacleFact.objects.select_related("obstacle").filter(pk=fact_id).first()
    if fact is None:
        raise NotFound("no-such-fact")
    text_is_short_enough(note).or_raise(Invalid)
    with _reporting(fact.obstacle.public_id, by=by, now=now) as (move, obstacle):
        if ObstacleFact.objects.filter(replaces=fact).exists():
            raise WrongState("changed-meanwhile")
        rules.may_have_happened(happened_on, today=district_day(now)).or_raise(Invalid)
        rules.plausible(value, name=fact.figure).or_raise(Invalid)
        if (value is None) != bool(fact.stage):
            raise Invalid("value-of-wrong-kind", {"name": fact.figure or fact.stage})
        return _keep(
            move,
            obstacle,
            stage=fact.stage,
            figure=fact.figure,
            value=value,
            unit=fact.unit,
            note=note.strip(),
            happened_on=happened_on,
            replaces=fact,
        )


@transaction.atomic
def record_permit(
    project_id: UUID,
    *,
    permit: str,
    days: int,
    documents: int,
    happened_on: date,
    replaces: int | None = None,
    by: Actor,
    now: datetime,
) -> PermitFact:
    """A permit was granted: the working days and documents it took, kept beside the baseline it is measured against.

    `replaces` is an earlier report of the same permit that was wrong; it stays readable.
    """
    project = locked_with_parties(project_id)
    serving = parties_of(project)["serving"]
    or_refuse(rules.may_report(by, unit=None, serving=serving, over=False, invented=project.is_demo))
    baseline = PermitBaseline.objects.filter(plan_id=project.plan_id, code=permit).first()
    if baseline is None:
        raise Invalid("no-such-permit", {"field": "permit"})
    rules.plausible_permit(days, documents).or_raise(Invalid)
    rules.may_have_happened(happened_on, today=district_day(now)).or_raise(Invalid)
    wrong = _replaced(project, baseline, replaces) if replaces else None
    fact = PermitFact.objects.create(
        project=project,
        permit=baseline,
        days=days,
        documents=documents,
        baseline_days=wrong.baseline_days if wrong else baseline.days,
        baseline_documents=wrong.baseline_documents if wrong else baseline.documents,
        happened_on=happened_on,
        recorded=now,
        recorded_by_id=by.user_id,
        replaces=wrong,
    )
    record(
        "permit.granted",
        chain_id=project.chain_id,
        by=rules.reporting_capacity(by, unit=None, serving=serving),
        happened=now,
        now=now,
        facts={
            "permit": baseline.code,
            "days": days,
            "documents": documents,
            "on": happened_on,
            "replaces": replaces,
        },
    )
    return fact


def _replaced(project: Project, baseline: PermitBaseline, key: int) -> PermitFact:
    """The report of this permit that was wrong, unless somebody has replaced it already."""
    wrong = PermitFact.objects.filter(pk=key, project=project, permit=baseline).first()
    if wrong is None:
        raise NotFound("no-such-fact")
    if PermitFact.objects.filter(replaces=wrong).exists():
        raise WrongState("changed-meanwhile")
    return wrong


@contextmanager
def _reporting(obstacle_id: UUID, *, by: Actor, now: datetime) -> Iterator[tuple[Move, Obstacle]]:
    """The obstacle for somebody who reports about it, in the post that does."""
    with moving_obstacle(obstacle_id, by=by, now=now) as (move, obstacle):
        served = obstacle.project.units.filter(role=ProjectUnit.Role.SERVICE)
        serving = list(served.values_list("organisation_id", flat=True))
        over = move.run.status != PROCESS.NEW and obstacle.struck_off is None
        invented = obstacle.project.is_demo
        about = {"unit": obstacle.unit_id, "serving": serving}
        or_refuse(rules.may_report(by, **about, over=over, invented=invented))
        move.by = rules.reporting_capacity(by, **about)
        yield move, obstacle


def _keep(move: Move, obstacle: Obstacle, **values: Any) -> ObstacleFact:
    """Write a fact and record it; words go where they can be removed later."""
    fact = ObstacleFact.objects.create(
        obstacle=obstacle, recorded=move.now, recorded_by_id=move.by.user_id, **values
    )
    figure = next((each["name"] for each in obstacle.kind.figures if each["code"] == fact.figure), "")
    move.record(
        "obstacle.reported",
        None,
        opinion=fact.note,
        what=figure or obstacle.kind.stage_name(fact.stage),
        value=fact.value,
        unit=fact.unit,
        happened_on=fact.happened_on,
        replaces=fact.replaces_id,
    )
    return fact
