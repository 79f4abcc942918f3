"""Writing about projects: open one, start a milestone, lay evidence before the approvers, submit, correct."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from viewflow.workflow.status import PROCESS, STATUS

from flows.engine.models import Assignment, Run
from flows.engine.operations import complete, start_run
from flows.engine.operations.move import Move, moving
from flows.engine.rules import (
    LATE_CODES,
    OPEN,
    WRITE,
    access_at,
    may_handle,
    reason_is_enough,
    text_is_short_enough,
)
from flows.engine.selectors_fields import NOTE, part_of
from flows.files import storage
from flows.files.rules import may_attach
from flows.journal.operations import open_chain, record
from hetang_flow.lib.clock import district_day
from hetang_flow.lib.errors import Invalid, NotAllowed, NotFound, WrongState
from permissions.actors import Actor

from . import rules
from .carrying import carry_over
from .flow import CorrectionFlow, MilestoneFlow
from .lifecycle import PATH, Phase, moves_from
from .lifecycle import Move as LifecycleMove
from .locking import locked_project
from .models import (
    Evidence,
    Fact,
    Gate,
    Milestone,
    PhaseCorrection,
    Project,
    ProjectLeader,
    ProjectUnit,
    Requirement,
)
from .selectors_milestone import not_before as first_day_before

SIGNED_ON = "signed-on"


@transaction.atomic
def open_project(
    values: Mapping[str, Any],
    *,
    owners: list[int],
    services: list[int],
    city_leaders: list[int],
    district_leaders: list[int],
    by: Actor,
    now: datetime,
) -> Project:
    """Take a project into the plan with its parties; a phase other than signed is marked as derived.

    `values` are columns of Project; the parties are keys of organisations and posts, in order.
    """
    phase = values.get("phase", Phase.SIGNED)
    chain = open_chain("project", values["code"])
    project = Project(**values, chain=chain, phase_since=now, phase_derived=phase != Phase.SIGNED)
    project.save(force_insert=True)
    roles = ((ProjectUnit.Role.OWNER, owners), (ProjectUnit.Role.SERVICE, services))
    ProjectUnit.objects.bulk_create(
        ProjectUnit(project=project, organisation_id=unit, role=role, order=order)
        for role, units in roles
        for order, unit in enumerate(units)
    )
    levels = ((ProjectLeader.Level.CITY, city_leaders), (ProjectLeader.Level.DISTRICT, district_leaders))
    ProjectLeader.objects.bulk_create(
        ProjectLeader(project=project, post_id=post, level=level, order=order)
        for level, posts in levels
        for order, post in enumerate(posts)
    )
    if phase == Phase.SIGNED:
        signed = {"day": district_day(now), "happened_on": district_day(now)}
        Fact.objects.create(
            project=project, kind=SIGNED_ON, **signed, recorded=now, recorded_by_id=by.user_id
        )
    facts = {"code": project.code, "name": project.name, "phase": phase, "derived": project.phase_derived}
    record("project.opened", chain_id=chain.pk, by=by, happened=now, now=now, facts=facts)
    return project


@transaction.atomic
def start_milestone(project_id: UUID, move: str, *, by: Actor, now: datetime) -> Milestone:
    """Open a milestone for the next move; its first step lies with the officer who starts it.

    Raises NotFound for an unknown project, NotAllowed or WrongState with the reason why not.
    """
    project = locked_project(project_id)
    served = list(
        project.units.filter(role=ProjectUnit.Role.SERVICE).values_list("organisation_id", flat=True)
    )
    is_open = project.milestones.filter(state=Milestone.State.OPEN).exists()
    verdict = rules.may_start_milestone(
        by,
        service_unit_ids=served,
        phase=project.phase,
        moves=moves_from(project.phase),
        move=move,
        open_milestone=is_open,
        open_correction=_correcting(project),
        invented=project.is_demo,
        has_leader=project.leaders.filter(level=ProjectLeader.Level.DISTRICT).exists(),
    )
    verdict.or_raise(NotAllowed if verdict.code in rules.PERSON_CODES else WrongState)
    by = rules.serving_capacity(by, served)
    gate = Gate.objects.filter(plan_id=project.plan_id, move=move).order_by("-version").first()
    if gate is None:
        raise WrongState("no-gate", {"move": LifecycleMove(move).label})
    number = project.milestones.count() + 1

    def with_milestone(run: Run) -> None:
        Milestone.objects.create(
            project=project,
            gate=gate,
            move=move,
            from_phase=project.phase,
            run=run,
            service_unit_id=by.acting.organisation_id,
            opened=now,
        )

    run = start_run(
        MilestoneFlow,
        title=project.name,
        label=gate.name,
        code=f"{project.code}-{number:02d}",
        chain_id=project.chain_id,
        by=by,
        now=now,
        before_first_step=with_milestone,
    )
    carry_over(run.milestone, by=by, now=now)
    return run.milestone


def attach_evidence(
    milestone_id: UUID, requirement: str, upload: UploadedFile, *, by: Actor, now: datetime
) -> Evidence:
    """Lay a file before the approvers; it replaces nothing, an earlier one is withdrawn by hand.

    Raises Invalid for a file of the wrong kind, size or content, WrongState when it is not the time.
    """
    with _drafting(milestone_id, by=by, now=now):
        pass  # whether this person may at all is asked before the file is opened, and again when it is written
    inspected = storage.inspect(upload)
    stored = storage.store(upload, inspected)
    try:
        with _drafting(milestone_id, by=by, now=now) as (move, milestone):
            _write(move, requirement, requirement)
            wanted = _requirement(milestone, requirement, Requirement.Kind.DOCUMENT)
            kept = milestone.evidence.filter(withdrawn_round__isnull=True)
            may_attach(list(kept.values_list("size", flat=True)), inspected.size).or_raise(Invalid)
            evidence = Evidence.objects.create(
                milestone=milestone,
                requirement=wanted,
                stored_as=stored,
                name=inspected.name,
                content_type=inspected.content_type,
                size=inspected.size,
                sha256=inspected.sha256,
                pages=inspected.pages,
                round=move.run.round,
                uploaded=now,
                uploaded_by_id=by.user_id,
            )
            move.record(
                "evidence.attached", None, evidence=evidence.pk, item=wanted.name, sha256=inspected.sha256
            )
            return evidence
    except BaseException:
        storage.discard(stored)
        raise


def withdraw_evidence(evidence_id: UUID, *, by: Actor, now: datetime) -> Evidence:
    """Take a file out of the current round; what was laid before the approvers earlier stays readable."""
    evidence = (
        Evidence.objects.select_related("milestone", "requirement").filter(public_id=evidence_id).first()
    )
    if evidence is None:
        raise NotFound("no-such-evidence")
    with _drafting(evidence.milestone.public_id, by=by, now=now) as (move, _milestone):
        _write(move, evidence.requirement.code, evidence.requirement.name)
        rows = Evidence.objects.filter(pk=evidence.pk, withdrawn_round__isnull=True)
        if rows.update(withdrawn_round=move.run.round) != 1:
            raise WrongState("changed-meanwhile")
        move.record("evidence.withdrawn", None, evidence=evidence.pk, sha256=evidence.sha256)
    return evidence


def save_draft(
    milestone_id: UUID, *, values: Mapping[str, Decimal | date | None], note: str, by: Actor, now: datetime
) -> list[Fact]:
    """Keep the figures, dates and the note of a submission being written; only what changed is a new fact.

    `values` by requirement code: Decimal for figures, date for dates, None to leave alone. Returns new facts.
    """
    text_is_short_enough(note).or_raise(Invalid)
    with _drafting(milestone_id, by=by, now=now) as (move, milestone):
        fresh = _new_facts(milestone, values, move)
        if note != milestone.note:
            _write(move, NOTE, NOTE)
            Milestone.objects.filter(pk=milestone.pk).update(note=note)
        Fact.objects.bulk_create(fresh)
        for fact in fresh:
            move.record(
                "fact.recorded",
                None,
                fact=fact.kind,
                value=fact.value,
                day=fact.day,
                unit=fact.unit,
                happened_on=fact.happened_on,
            )
        return fresh


def submit_evidence(milestone_id: UUID, *, by: Actor, now: datetime, note: str = "") -> Run:
    """报送: everything the gate asks for is there, so it goes to the verifying unit.

    Raises WrongState("evidence-missing") with the names of what is missing; nothing is written then.
    """
    milestone = _milestone(milestone_id)
    share = _open_share(milestone.run)
    return complete(milestone.run.public_id, share.pk, by=by, now=now, opinion=note)


@transaction.atomic
def propose_correction(
    project_id: UUID, to_phase: str, *, reason: str, by: Actor, now: datetime
) -> PhaseCorrection:
    """Ask that a phase moved by mistake be put right; another person of the headquarters office confirms it.

    Raises Invalid for a short reason or an impossible phase, NotAllowed outside the campaign office.
    """
    reason_is_enough(reason).or_raise(Invalid)
    project = locked_project(project_id)
    running = _correcting(project)
    is_open = project.milestones.filter(state=Milestone.State.OPEN).exists()
    verdict = rules.may_propose_correction(
        by,
        phase=project.phase,
        to_phase=to_phase,
        path=PATH,
        running=running or is_open,
        invented=project.is_demo,
    )
    verdict.or_raise(NotAllowed if verdict.code in rules.PERSON_CODES else WrongState)
    by = rules.capacity_in(by, rules.CAMPAIGN_OFFICE)

    def with_correction(run: Run) -> None:
        PhaseCorrection.objects.create(
            project=project,
            run=run,
            from_phase=project.phase,
            to_phase=to_phase,
            reason=reason.strip(),
            proposed_by_id=by.user_id,
            opened=now,
        )

    run = start_run(
        CorrectionFlow,
        title=project.name,
        label=CorrectionFlow.label,
        code=f"{project.code}-J{project.corrections.count() + 1:02d}",
        chain_id=project.chain_id,
        by=by,
        now=now,
        before_first_step=with_correction,
    )
    return run.correction


# shared reading under the lock


def _correcting(project: Project) -> bool:
    return project.corrections.filter(applied__isnull=True, run__status=PROCESS.NEW).exists()


def _milestone(milestone_id: UUID) -> Milestone:
    milestone = Milestone.objects.select_related("run").filter(public_id=milestone_id).first()
    if milestone is None:
        raise NotFound("no-such-milestone")
    return milestone


def _open_share(run: Run) -> Assignment:
    """The open share of the submit step; a submission that has gone out says so."""
    submit = MilestoneFlow.submit
    share = (
        Assignment.objects.filter(run=run, step__flow_task=submit, step__status=STATUS.NEW, status=OPEN)
        .order_by("-pk")
        .first()
    )
    if share is None:
        raise WrongState("not-being-drafted")
    return share


@contextmanager
def _drafting(milestone_id: UUID, *, by: Actor, now: datetime) -> Iterator[tuple[Move, Milestone]]:
    """The milestone being written by its officer, under the Run's lock.

    Raises WrongState once it has been submitted, NotAllowed for anybody else.
    """
    milestone = _milestone(milestone_id)
    with moving(milestone.run.public_id, by=by, now=now) as move:
        mine = move.task(_open_share(move.run).pk)
        verdict = may_handle(move.standing(mine))
        verdict.or_raise(WrongState if verdict.code in LATE_CODES else NotAllowed)
        move.act_in_post_of(mine)
        yield move, milestone


def _write(move: Move, field: str, name: str) -> None:
    """Refuse to write what the policy of the submit step leaves to others; `name` is what people call it."""
    step = next(step for step in move.open_steps() if step.flow_task == MilestoneFlow.submit)
    if access_at(field, part_of(step)) != WRITE:
        raise NotAllowed("field-not-writable", {"field": name})


def _requirement(milestone: Milestone, code: str, kind: str) -> Requirement:
    found = Requirement.objects.filter(gate_id=milestone.gate_id, code=code, kind=kind).first()
    if found is None:
        raise Invalid("not-on-the-checklist", {"item": code})
    return found


def _new_facts(milestone: Milestone, values: Mapping[str, Any], move: Move) -> list[Fact]:
    """What differs from the newest fact of each kind in this milestone."""
    today = district_day(move.now)
    wanted = {item.code: item for item in Requirement.objects.filter(gate_id=milestone.gate_id)}
    newest = {fact.kind: fact for fact in milestone.facts.filter(replaced_by__isnull=True)}
    not_before, earlier_gate = first_day_before(milestone)
    fresh = []
    for code, value in values.items():
        if value is None:
            continue
        item = wanted.get(code)
        if item is None or item.kind == Requirement.Kind.DOCUMENT:
            raise Invalid("not-on-the-checklist", {"item": code})
        rules.plausible(
            item.kind,
            item.name,
            value,
            today=today,
            code=code,
            not_before=not_before,
            not_before_name=earlier_gate,
        ).or_raise(Invalid)
        old = newest.get(code)
        is_date = item.kind == Requirement.Kind.DATE
        if old is not None and (old.day if is_date else old.value) == value:
            continue
        _write(move, code, item.name)
        fresh.append(
            Fact(
                project_id=milestone.project_id,
                kind=code,
                milestone=milestone,
                round=move.run.round,
                value=None if is_date else value,
                day=value if is_date else None,
                unit=item.unit,
                happened_on=value if is_date else today,
                recorded=move.now,
                recorded_by_id=move.by.user_id,
                replaces=old,
            )
        )
    return fresh


__all__ = [
    "attach_evidence",
    "open_project",
    "propose_correction",
    "save_draft",
    "start_milestone",
    "submit_evidence",
    "withdraw_evidence",
]
