"""Reading the year-end assessment: who sees it, the units with their totals, one unit with facts, scores, objections."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from uuid import UUID

from django.db.models import Exists, Q, QuerySet
from django.utils.translation import gettext as _
from viewflow.workflow.status import PROCESS

from flows.campaigns.models import LineUnit, Plan
from flows.campaigns.selectors import newest_plan
from flows.engine.models import Run
from flows.engine.selectors_fields import Fields
from flows.engine.selectors_steps import node_asking
from hetang_flow.lib.clock import district_day
from hetang_flow.lib.errors import NotFound
from hetang_flow.lib.verdicts import Verdict
from permissions.actors import Actor
from permissions.models import Organisation, Post
from permissions.selectors import invented_people

from .models import Assessment, AssessmentObjection, AssessmentRow, AssessmentScheme
from .rules import assessment as rules
from .selectors_line_plans import OFFICES

State = Assessment.State
TOLD = (State.NOTIFIED, State.PUBLISHED)


# --- who sees what ---


def sees_all(actor: Actor) -> bool:
    """Leaders and the two offices see every unit's scores before they are published."""
    return any(post.duty == Post.Duty.LEADER or post.organisation_code in OFFICES for post in actor.posts)


def visible_to(actor: Actor, at: datetime) -> QuerySet[Assessment]:
    """Published ones for everybody of the district; a unit's own once it is told; all for leaders and the offices."""
    if actor.user_id is None or not actor.is_of_the_district:
        return Assessment.objects.none()
    shown = Assessment.objects.filter(Q(is_demo=False) | Exists(invented_people()))
    if sees_all(actor):
        return shown
    own = AssessmentRow.objects.filter(organisation_id__in=actor.organisation_ids).order_by()
    return shown.filter(
        Q(state=State.PUBLISHED) | Q(state=State.NOTIFIED, pk__in=own.values("assessment_id"))
    )


def runs_of_room(actor: Actor, at: datetime) -> Q:
    """The runs of assessments this person sees, as a condition on Run."""
    return Q(pk__in=visible_to(actor, at).order_by().values("run_id"))


def rows_for(found: Assessment, actor: Actor) -> QuerySet[AssessmentRow]:
    """The rows this person sees: all of them, or their units' alone until it is published."""
    return seen_rows(actor).filter(assessment=found)


def seen_rows(actor: Actor) -> QuerySet[AssessmentRow]:
    """The rows of any assessment that this person sees, by unit."""
    rows = AssessmentRow.objects.select_related("organisation").order_by("organisation__name", "order")
    if sees_all(actor):
        return rows
    return rows.filter(Q(assessment__state=State.PUBLISHED) | Q(organisation_id__in=actor.organisation_ids))


def assessment_for(public_id: UUID, actor: Actor, at: datetime) -> Assessment:
    """One assessment for whoever sees it; any other is as one that does not exist."""
    found = visible_to(actor, at).select_related("run", "plan").filter(public_id=public_id).first()
    if found is None:
        raise NotFound("no-such-assessment")
    return found


# --- the overview ---


@dataclass(frozen=True, slots=True)
class UnitRow:
    """A unit in the table: its total, how many scores are missing, whether it objects."""

    unit: Organisation
    total: Decimal | None
    missing: int
    objection: AssessmentObjection | None


@dataclass(frozen=True, slots=True)
class Overview:
    """The newest plan's scheme and its assessment, if this person sees one."""

    plan: Plan | None
    scheme: AssessmentScheme | None
    assessment: Assessment | None
    units: Sequence[UnitRow]
    may_start: Verdict


def overview(actor: Actor, at: datetime) -> Overview:
    """The scheme, and the units with their totals (six statements)."""
    plan = newest_plan() if actor.is_of_the_district else None
    scheme = AssessmentScheme.objects.filter(plan=plan).first()
    seen = visible_to(actor, at).filter(plan=plan).select_related("run").order_by("is_demo", "-pk")
    shown = [each for each in seen if each.state != State.CLOSED]
    found = next(iter(shown), None)
    begun = any(each.is_demo == actor.is_demo for each in shown)
    verdict = rules.may_start(actor, begun=begun, scheme=scheme is not None)
    return Overview(plan, scheme, found, unit_rows(found, actor) if found else [], verdict)


def unit_rows(found: Assessment, actor: Actor) -> list[UnitRow]:
    """The units this person sees with their totals, the best first once all are decided (two statements)."""
    return _by_unit(found, rows_for(found, actor))


def _by_unit(found: Assessment, seen: Iterable[AssessmentRow]) -> list[UnitRow]:
    rows: dict[int, list[AssessmentRow]] = defaultdict(list)
    for row in seen:
        rows[row.organisation_id].append(row)
    objections = {each.organisation_id: each for each in _latest_objections(found)}
    units = [
        UnitRow(
            own[0].organisation,
            total_of(own),
            sum(row.score is None for row in own),
            objections.get(unit),
        )
        for unit, own in rows.items()
    ]
    return sorted(units, key=lambda row: (row.total is None, -(row.total or 0), row.unit.name))


def total_of(rows: Iterable[AssessmentRow]) -> Decimal | None:
    """The weighted total of a unit's rows."""
    return rules.total(rules.Scored(row.weight, row.score) for row in rows)


def _latest_objections(found: Assessment) -> list[AssessmentObjection]:
    """The objections of the newest round that has any, a unit each (one statement)."""
    rows = list(AssessmentObjection.objects.filter(assessment=found))
    last = max((each.round for each in rows), default=0)
    return [each for each in rows if each.round == last]


# --- one unit ---


@dataclass(frozen=True, slots=True)
class Fact:
    """A gathered fact as people read it."""

    text: str
    url: str


@dataclass(slots=True)
class Criterion:
    """A row with its facts in words, and what was typed for it where that was refused."""

    row: AssessmentRow
    facts: Sequence[Fact]
    typed: Mapping[str, str] | None = None


@dataclass(frozen=True, slots=True)
class UnitPage:
    """One unit's assessment, and what this person may do about it."""

    assessment: Assessment
    unit: Organisation
    criteria: Sequence[Criterion]
    total: Decimal | None
    objections: Sequence[AssessmentObjection]
    may_score: bool
    may_judge: Verdict
    may_object: Verdict
    answering: AssessmentObjection | None
    may_answer: Verdict


def unit_page(public_id: UUID, code: str, actor: Actor, at: datetime) -> UnitPage:
    """A unit with facts, scores and objections (four statements)."""
    found = assessment_for(public_id, actor, at)
    rows = list(rows_for(found, actor).filter(organisation__code=code))
    if not rows:
        raise NotFound("no-such-assessed-unit")
    unit = rows[0].organisation
    objections = list(
        AssessmentObjection.objects.filter(assessment=found, organisation=unit).select_related(
            "raised_by", "answered_by"
        )
    )
    node = node_asking(found.run, actor)
    pending = next((each for each in objections if each.answered is None), None)
    scorers = {row.scored_by_id for row in rows}
    return UnitPage(
        found,
        unit,
        [Criterion(row, facts_of(row)) for row in rows],
        total_of(rows),
        objections,
        node == "score",
        rules.may_judge(actor, unit=unit.pk),
        objecting(found, unit.pk, actor, at, [each.round for each in objections]),
        pending if node == "objections" else None,
        rules.may_answer(actor, unit=unit.pk, scorers=scorers, answered=pending is None),
    )


def objecting(
    found: Assessment, unit: int, actor: Actor, at: datetime, rounds: Sequence[int], text: str | None = None
) -> Verdict:
    """Whether this person may object for a unit now."""
    until = found.objections_until if found.state == State.NOTIFIED and is_open(found.run) else None
    return rules.may_object(
        actor, unit=unit, today=district_day(at), until=until, objected=found.run.round in rounds, text=text
    )


def is_open(run: Run) -> bool:
    """Whether the run goes on."""
    return run.status == PROCESS.NEW


def facts_of(row: AssessmentRow) -> list[Fact]:
    """The frozen facts in the reader's language."""
    return [Fact(_(each["said"]) % each["facts"], each.get("url", "")) for each in row.facts]


# --- beginning ---


def assessed_units(plan_id: int) -> list[Organisation]:
    """Every department that leads a line or is responsible in one, once."""
    units = LineUnit.objects.filter(line__plan_id=plan_id).order_by().values("organisation_id")
    return list(Organisation.objects.filter(pk__in=units).order_by("pk"))


def scheme_of(plan_id: int) -> AssessmentScheme | None:
    """The plan's scheme."""
    return AssessmentScheme.objects.filter(plan_id=plan_id).first()


# --- what the engine's sheet shows ---


def context(run: Run, actor: Actor, now: datetime, fields: Fields) -> Mapping[str, object]:
    """The body of an assessment's sheet (two statements); what another unit has is left out until it is published."""
    rows = list(seen_rows(actor).filter(assessment__run_id=run.pk).select_related("assessment"))
    found = rows[0].assessment if rows else Assessment.objects.get(run_id=run.pk)
    return {"assessment": found, "units": _by_unit(found, rows)}
