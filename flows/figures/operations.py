"""Writing a project's month: both figures and what was built, together or not at all."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from flows.journal.operations import record
from flows.projects.locking import locked_project
from flows.projects.models import Fact, Project, ProjectUnit
from flows.projects.registry import open_obstacles
from flows.projects.rules import serving_capacity
from hetang_flow.lib.clock import district_day
from hetang_flow.lib.errors import Invalid, NotAllowed, WrongState
from permissions.actors import Actor

from . import rules
from .selectors import months_of


@dataclass(frozen=True, slots=True)
class Reported:
    """What a report of a month changed; nothing where it says what is on record already."""

    facts: list[Fact]
    doubts: list[rules.Doubt]


@transaction.atomic
def report_month(
    project_id: UUID, typed: rules.Month, *, seen: Mapping[str, int], by: Actor, now: datetime
) -> Reported:
    """Keep a project's month: what changed is a new fact that replaces the one before, which stays readable.

    `seen` names by kind the fact (its key, 0 for none) that the figures were typed over. Raises NotFound, NotAllowed,
    Invalid for figures that cannot be right or are not explained, WrongState where somebody else was faster, named.
    """
    found = locked_project(project_id)
    by = _reporting(found, typed.month, by=by, now=now)
    rules.figures_fit(typed).or_raise(Invalid)
    months = months_of(found.pk)
    standing = {fact.kind: fact for fact in _standing(found, typed.month)}
    _refuse_if_changed(standing, seen)
    obstacles = len(open_obstacles([found.pk], now).get(found.pk, []))
    doubtful = rules.doubts(typed, months, subject_of(found, obstacles))
    fresh = _fresh(found, typed, standing, by=by, now=now)
    if not fresh:
        return Reported([], doubtful)
    rules.is_explained(doubtful, typed.word).or_raise(Invalid)
    Fact.objects.bulk_create(fresh)
    said: dict[str, Any] = {"month": typed.month, "corrects": bool(standing)}
    said |= {fact.kind: fact.text or fact.value for fact in fresh}
    record(
        "month.reported",
        chain_id=found.chain_id,
        by=by,
        happened=now,
        now=now,
        facts=said,
        personal={"word": typed.word} if typed.word else {},
    )
    return Reported(fresh, doubtful)


def subject_of(project: Project, obstacles: int) -> rules.Subject:
    """What of a project its months are held against."""
    return rules.Subject(
        project.phase,
        project.total_investment,
        project.invested_before,
        project.planned_investment,
        obstacles,
    )


def _reporting(project: Project, month: date, *, by: Actor, now: datetime) -> Actor:
    """The person in the post that reports for the project; refuses whoever may not, and a month that is not open."""
    served = list(
        ProjectUnit.objects.filter(project=project, role=ProjectUnit.Role.SERVICE).values_list(
            "organisation_id", flat=True
        )
    )
    plan = project.plan
    months = rules.months_open(plan.effective_from, plan.effective_until, district_day(now))
    verdict = rules.may_report(
        by, served=served, invented=project.is_demo, phase=project.phase, month=month, months=months
    )
    verdict.or_raise(WrongState if verdict.code in rules.TOO_EARLY_OR_LATE else NotAllowed)
    return serving_capacity(by, served)


def _standing(project: Project, month: date) -> list[Fact]:
    """What is on record of this month, one fact of a kind."""
    rows = Fact.objects.filter(project=project, month=month, kind__in=rules.KINDS, replaced_by__isnull=True)
    return list(rows.select_related("recorded_by"))


def _refuse_if_changed(standing: Mapping[str, Fact], seen: Mapping[str, int]) -> None:
    for kind in rules.KINDS:
        fact = standing.get(kind)
        if fact is not None and fact.pk != seen.get(kind, 0):
            who = fact.recorded_by.name if fact.recorded_by else ""
            raise WrongState("month-reported-meanwhile", {"who": who, "when": fact.recorded})


def _fresh(
    project: Project, typed: rules.Month, standing: Mapping[str, Fact], *, by: Actor, now: datetime
) -> list[Fact]:
    """One new fact for each kind that differs from what is on record."""
    said = {rules.INVESTED: typed.invested, rules.PROGRESS: typed.progress, rules.WORKS: typed.works}
    day, fresh = rules.happened_on(typed.month, district_day(now)), []
    for kind, value in said.items():
        old = standing.get(kind)
        is_text = kind == rules.WORKS
        known = (old.text if is_text else old.value) if old else ("" if is_text else None)
        explained = kind != rules.INVESTED or not typed.word or (old is not None and old.word == typed.word)
        if known == value and explained:
            continue
        fresh.append(
            Fact(
                project=project,
                kind=kind,
                month=typed.month,
                value=None if is_text else value,
                text=typed.works if is_text else "",
                unit=rules.UNITS[kind],
                word=typed.word,
                happened_on=day,
                recorded=now,
                recorded_by_id=by.user_id,
                replaces=old,
            )
        )
    return fresh
