"""Writing the year-end assessment: begin it on gathered facts, score, object, answer; deciding is the engine's."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Q

from flows.campaigns.models import Plan
from flows.engine.models import Run
from flows.engine.operations import start_run
from flows.engine.operations.asked import asked_at
from flows.engine.operations.move import Move, moving
from flows.engine.resolvers import signers_where
from flows.engine.rules import OPEN
from hetang_flow.lib.clock import district_day
from hetang_flow.lib.errors import Invalid, NotAllowed, NotFound, WrongState
from hetang_flow.lib.verdicts import Verdict
from permissions.actors import Actor
from permissions.models import Organisation

from .effects_assessment import TOLD
from .flow import AssessmentFlow
from .models import Assessment, AssessmentObjection, AssessmentRow, AssessmentScheme
from .registry import Supplied, gathered
from .rules import assessment as rules
from .selectors_assessment import assessed_units, objecting, scheme_of

Typed = Mapping[str, tuple[str, str]]  # by criterion: a score as typed, and its reason


@transaction.atomic
def start_assessment(plan_id: int, *, by: Actor, now: datetime) -> Assessment:
    """Begin a plan's assessment: the facts of every unit are gathered up to today, and never change again.

    The plan's row is locked, so that two who press at once begin one. Raises NotAllowed for anybody but the campaign
    office, WrongState when it is begun or the plan has no scheme, Invalid for what is no unit.
    """
    plan = Plan.objects.select_for_update(no_key=True).filter(pk=plan_id).first()
    if plan is None:
        raise NotFound("no-such-plan")
    scheme, begun = scheme_of(plan.pk), _begun(plan, by)
    _or_raise(rules.may_start(by, begun=begun, scheme=scheme is not None), WrongState)
    units = assessed_units(plan.pk)
    for unit in units:
        rules.is_assessable(unit.kind).or_raise(Invalid)
    post = rules.starting_post(by)
    today = district_day(now)

    def with_rows(run: Run) -> None:
        found = Assessment.objects.create(
            plan=plan,
            run=run,
            objection_days=scheme.objection_days,
            gathered_on=today,
            is_demo=by.is_demo,
            opened=now,
        )
        AssessmentRow.objects.bulk_create(_rows(found, scheme, units))

    run = start_run(
        AssessmentFlow,
        title=plan.title,
        label=AssessmentFlow.label,
        code=f"KH{plan.year}-{plan.assessments.count() + 1:02d}",
        chain_id=plan.chain_id,
        by=by.in_post(post.id),
        now=now,
        before_first_step=with_rows,
    )
    return run.assessment


def score_unit(public_id: UUID, unit_code: str, typed: Typed, *, by: Actor, now: datetime) -> Assessment:
    """Decide a unit's scores: a judged one with its reason, a derived one with a reason where it differs.

    Raises NotAllowed for one's own unit, Invalid for a score that is none or lacks its reason.
    """
    with _asked_at(public_id, "score", by=by, now=now) as (move, found):
        rows = _rows_of(found, unit_code)
        _or_raise(rules.may_judge(by, unit=rows[0].organisation_id), NotAllowed)
        _decide(move, rows, typed, "assessment.scored", by=by, now=now)
        return found


def raise_objection(
    public_id: UUID, unit_code: str, text: str, *, by: Actor, now: datetime
) -> AssessmentObjection:
    """申诉: a unit objects in words, once a round, until the last day; whoever answers is told."""
    found = _found(public_id)
    with moving(found.run.public_id, by=by, now=now) as move:
        found = Assessment.objects.select_related("run").get(pk=found.pk)
        unit = _rows_of(found, unit_code)[0].organisation
        rounds = list(found.objections.filter(organisation=unit).values_list("round", flat=True))
        _or_raise(objecting(found, unit.pk, by, now, rounds, text), WrongState)
        move.by = by.in_post(rules.speaking_post(by, unit.pk).id)
        objection = AssessmentObjection.objects.create(
            assessment=found, organisation=unit, round=move.run.round, text=text.strip(),
            raised=now, raised_by_id=by.user_id,
        )  # fmt: skip
        move.record("assessment.objected", None, opinion=text.strip(), unit=unit.code)
        asked = [share for share in move.load() if share.status == OPEN]
        move.tell("assessment.objected", None, move.people_of(asked), key=f"objected:{objection.pk}")
        return objection


def answer_objection(
    public_id: UUID,
    unit_code: str,
    answer: str,
    *,
    upheld: bool,
    typed: Typed | None = None,
    by: Actor,
    now: datetime,
) -> AssessmentObjection:
    """Answer a unit's objection; one that is upheld changes scores, each with a reason.

    Raises NotAllowed for whoever scored the unit or belongs to it, Invalid for an answer without words.
    """
    if len(answer.strip()) < rules.SHORTEST_TEXT:
        raise Invalid("objection-needs-words", {"least": rules.SHORTEST_TEXT, "field": "answer"})
    with _asked_at(public_id, "objections", by=by, now=now) as (move, found):
        rows = _rows_of(found, unit_code)
        unit = rows[0].organisation
        objection = AssessmentObjection.objects.filter(
            assessment=found, organisation=unit, round=move.run.round
        ).first()
        if objection is None:
            raise NotFound("no-such-objection")
        scorers = {row.scored_by_id for row in rows}
        verdict = rules.may_answer(by, unit=unit.pk, scorers=scorers, answered=objection.answered is not None)
        _or_raise(verdict, WrongState)
        if upheld:
            _decide(move, rows, typed or {}, "assessment.amended", by=by, now=now)
        objection.upheld, objection.answer = upheld, answer.strip()
        objection.answered, objection.answered_by_id = now, by.user_id
        objection.save(update_fields=["upheld", "answer", "answered", "answered_by"])
        move.record("assessment.answered", None, opinion=answer.strip(), unit=unit.code, upheld=upheld)
        told = signers_where(Q(organisation=unit, duty__in=TOLD), at=now)
        people = {user for signer in told for user in signer.told} | {objection.raised_by_id}
        move.tell("assessment.answered", None, people, key=f"answered:{objection.pk}")
        return objection


# --- shared ---


def _begun(plan: Plan, by: Actor) -> bool:
    open_ones = Assessment.objects.filter(plan=plan, is_demo=by.is_demo)
    return open_ones.exclude(state=Assessment.State.CLOSED).exists()


def _or_raise(verdict: Verdict, otherwise: type[Exception]) -> None:
    """A verdict about the person is a 403, one about the text a 422, any other as said."""
    if verdict.code == "objection-needs-words":
        verdict.or_raise(Invalid)
    verdict.or_raise(NotAllowed if verdict.code in rules.PERSON_CODES else otherwise)


def _rows(
    found: Assessment, scheme: AssessmentScheme, units: Sequence[Organisation]
) -> Iterator[AssessmentRow]:
    """A row for each unit and criterion with the facts known up to the day."""
    keys = [unit.pk for unit in units]
    for order, criterion in enumerate(scheme.criteria):
        known: Mapping[int, Supplied] = {}
        if criterion["source"]:
            known = gathered(criterion["source"], found.plan_id, keys, found.gathered_on)
        for unit in units:
            supplied = known.get(unit.pk, Supplied())
            yield AssessmentRow(
                assessment=found,
                organisation=unit,
                unit_kind=unit.kind,
                criterion=criterion["code"],
                name=criterion["name"],
                kind=criterion["kind"],
                weight=criterion["weight"],
                order=order,
                facts=[asdict(finding) for finding in supplied.findings],
                computed=supplied.score,
            )


def _decide(
    move: Move, rows: Collection[AssessmentRow], typed: Typed, kind: str, *, by: Actor, now: datetime
) -> None:
    """Write the scores that are typed and differ; the record keeps what they were, the reasons as written."""
    before: dict[str, Any] = {}
    after: dict[str, Any] = {}
    reasons = []
    for row in rows:
        if row.criterion not in typed:
            continue
        text, reason = typed[row.criterion]
        score = rules.read_score(text)
        verdict = rules.may_give(score, kind=row.kind, computed=row.computed, reason=reason, name=row.name)
        if not verdict:
            raise Invalid(verdict.code, dict(verdict.facts) | {"field": row.criterion})
        if (row.score, row.reason) == (score, reason.strip()[:500]):
            continue
        before[row.criterion], after[row.criterion] = _said(row.score), _said(score)
        reasons.append(f"{row.name}：{reason.strip()}")
        row.score, row.reason, row.scored_by_id, row.scored = score, reason.strip()[:500], by.user_id, now
        row.save(update_fields=["score", "reason", "scored_by", "scored"])
    if after:
        unit = next(iter(rows)).organisation.code
        move.changed(kind, before, after, opinion="\n".join(reasons), unit=unit)


def _said(score: Decimal | None) -> str | None:
    return None if score is None else str(score)


def _found(public_id: UUID) -> Assessment:
    found = Assessment.objects.select_related("run").filter(public_id=public_id).first()
    if found is None:
        raise NotFound("no-such-assessment")
    return found


def _rows_of(found: Assessment, unit_code: str) -> list[AssessmentRow]:
    rows = list(
        found.rows.filter(organisation__code=unit_code).select_related("organisation").order_by("order")
    )
    if not rows:
        raise NotFound("no-such-assessed-unit")
    return rows


@contextmanager
def _asked_at(public_id: UUID, node: str, *, by: Actor, now: datetime) -> Iterator[tuple[Move, Assessment]]:
    """An assessment at this node, for whoever is asked there, under the Run's lock."""
    found = _found(public_id)
    with asked_at(found.run.public_id, {node}, by=by, now=now) as move:
        yield move, Assessment.objects.select_for_update(no_key=True).get(pk=found.pk)
