"""Writing about the pool: propose, correct while it is being written, record findings, choose a tier, promote."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from viewflow.workflow.status import PROCESS

from flows.campaigns.models import CampaignLine, LineLeader, LineUnit
from flows.engine.models import Run
from flows.engine.operations import start_run
from flows.engine.operations.asked import asked_at
from flows.engine.operations.move import Move
from flows.engine.rules import reason_is_enough
from flows.journal.operations import open_chain, record
from hetang_flow.lib.errors import Invalid, NotAllowed, NotFound, WrongState
from permissions.actors import Actor

from . import rules
from .flow import PromotionFlow, ProposalFlow
from .models import Check, Finding, Promotion, Proposal, TierChange
from .selectors import contact_units

COLUMNS = ("name", "location", "owner", "content", "total_investment", "builds_from", "builds_until")


@transaction.atomic
def propose(line_id: int, values: Mapping[str, Any], *, by: Actor, now: datetime) -> Proposal:
    """Lay a project before the pool; its first step lies with whoever proposes it until they hand it in.

    Raises NotAllowed for anybody but a unit's officer or desk, Invalid for figures that do not hang together.
    """
    rules.may_propose(by).or_raise(NotAllowed)
    _plausible(values)
    post = rules.proposing_post(by)
    line = CampaignLine.objects.select_related("plan").filter(pk=line_id).first()
    if line is None or post is None:
        raise NotFound("no-such-line")
    by = by.in_post(post.id)
    chain = open_chain("project", str(values["name"])[:200])
    code = f"PK{line.plan.year}-{chain.pk:04d}"

    def with_proposal(run: Run) -> None:
        Proposal.objects.create(
            code=code,
            plan=line.plan,
            line=line,
            unit_id=post.organisation_id,
            run=run,
            chain=chain,
            is_demo=by.is_demo,
            opened=now,
            changed=now,
            **{column: values[column] for column in COLUMNS},
        )

    run = start_run(
        ProposalFlow,
        title=values["name"],
        label=ProposalFlow.label,
        code=code,
        chain_id=chain.pk,
        by=by,
        now=now,
        before_first_step=with_proposal,
    )
    return run.proposal


def correct(proposal_id: UUID, values: Mapping[str, Any], *, by: Actor, now: datetime) -> Proposal:
    """Change what a proposal says while it lies with whoever proposed it; the record keeps what it said before."""
    _plausible(values)
    with _asked_at(proposal_id, {"propose"}, by=by, now=now) as (move, proposal):
        before = {column: getattr(proposal, column) for column in COLUMNS}
        after = {column: values[column] for column in COLUMNS}
        changed = [column for column in COLUMNS if before[column] != after[column]]
        if changed:
            for column in changed:
                setattr(proposal, column, after[column])
            proposal.changed = now
            proposal.save(update_fields=[*changed, "changed"])
            move.record(
                "proposal.corrected",
                None,
                changed={column: [str(before[column]), str(after[column])] for column in changed},
            )
        return proposal


def record_findings(
    proposal_id: UUID, answers: Mapping[str, tuple[str, str]], *, by: Actor, now: datetime
) -> list[Finding]:
    """What the institute found: (answer, remark) by question, of the stage it is asked about. Returns new findings.

    Raises Invalid for a question of another stage or a no without a remark; the same answer again writes nothing.
    """
    with _asked_at(proposal_id, {"compliance", "screening"}, by=by, now=now) as (move, proposal):
        node = _node_of(move)
        checks = {check.code: check for check in Check.objects.filter(plan_id=proposal.plan_id, stage=node)}
        newest = {
            finding.check_asked.code: finding
            for finding in proposal.findings.filter(
                round=move.run.round, replaced_by__isnull=True
            ).select_related("check_asked")
        }
        fresh = []
        for code, (answer, remark) in answers.items():
            check = checks.get(code)
            if check is None or answer not in Finding.Answer.values:
                raise Invalid("no-such-question", {"field": code})
            if answer != Finding.Answer.PASS and not remark.strip():
                raise Invalid("finding-needs-words", {"name": check.name, "field": code})
            old = newest.get(code)
            if old and (old.answer, old.remark) == (answer, remark.strip()):
                continue
            fresh.append(
                Finding.objects.create(
                    proposal=proposal,
                    check_asked=check,
                    answer=answer,
                    remark=remark.strip(),
                    round=move.run.round,
                    recorded=now,
                    recorded_by_id=by.user_id,
                    replaces=old,
                )
            )
        if fresh:
            found = {finding.check_asked.code: finding.answer for finding in fresh}
            move.record("finding.recorded", None, found=found)
        return fresh


def choose_tier(proposal_id: UUID, tier: str, *, by: Actor, now: datetime) -> Proposal:
    """On which rung a proposal is to be taken in; chosen by whoever is asked to take it in, before they sign."""
    if tier not in rules.TIERS:
        raise Invalid("no-such-tier", {"field": "tier"})
    with _asked_at(proposal_id, {"admit"}, by=by, now=now) as (move, proposal):
        if proposal.tier != tier:
            move.record("proposal.tier_chosen", None, tier=tier)
            proposal.tier, proposal.changed = tier, now
            proposal.save(update_fields=["tier", "changed"])
        return proposal


@transaction.atomic
def change_tier(proposal_id: UUID, tier: str, *, reason: str, by: Actor, now: datetime) -> Proposal:
    """Move a pooled proposal up or down the ladder, with a reason (滚动开发).

    Raises NotAllowed for anybody but the line's contact, WrongState outside the pool or on the same rung.
    """
    reason_is_enough(reason).or_raise(Invalid)
    proposal = _locked(proposal_id)
    units = contact_units(proposal)
    verdict = rules.may_change_tier(
        by, contact_units=units, state=proposal.state, now_in=proposal.tier, to=tier
    )
    verdict.or_raise(NotAllowed if verdict.code in rules.PERSON_CODES else WrongState)
    post = rules.contact_post(by, units)
    by = by.in_post(post.id) if post else by
    before = proposal.tier
    proposal.tier, proposal.changed = tier, now
    proposal.save(update_fields=["tier", "changed"])
    TierChange.objects.create(
        proposal=proposal, tier=tier, reason=reason.strip(), recorded=now, recorded_by_id=by.user_id
    )
    record(
        "proposal.tier_changed", chain_id=proposal.chain_id, by=by, happened=now, now=now,
        before={"tier": before}, after={"tier": tier}, personal={"opinion": reason.strip()},
    )  # fmt: skip
    return proposal


@transaction.atomic
def start_promotion(
    proposal_id: UUID, values: Mapping[str, Any], *, reason: str, by: Actor, now: datetime
) -> Promotion:
    """Propose that what is ready becomes one of the year's projects: `service`, `leaders`, `planned_investment`.

    Raises NotAllowed for anybody but the line's contact, WrongState when it is not ready or one is under way,
    Invalid for a unit or a leader that is none of the line's.
    """
    reason_is_enough(reason).or_raise(Invalid)
    proposal = _locked(proposal_id)
    units = contact_units(proposal)
    promoting = proposal.promotions.filter(run__status=PROCESS.NEW).exists()
    verdict = rules.may_promote(
        by,
        contact_units=units,
        state=proposal.state,
        tier=proposal.tier,
        promoting=promoting,
        invented=proposal.is_demo,
    )
    verdict.or_raise(NotAllowed if verdict.code in rules.PERSON_CODES else WrongState)
    _of_the_line(proposal, values)
    post = rules.contact_post(by, units)
    number = proposal.promotions.count() + 1

    def with_promotion(run: Run) -> None:
        promotion = Promotion.objects.create(
            proposal=proposal,
            run=run,
            service_id=values["service"],
            planned_investment=values["planned_investment"],
            reason=reason.strip(),
            opened=now,
        )
        promotion.leaders.set(values["leaders"])

    run = start_run(
        PromotionFlow,
        title=proposal.name,
        label=PromotionFlow.label,
        code=f"{proposal.code}-{number:02d}",
        chain_id=proposal.chain_id,
        by=by.in_post(post.id) if post else by,
        now=now,
        before_first_step=with_promotion,
    )
    return run.promotion


# --- shared reading under the lock ---


def _plausible(values: Mapping[str, Any]) -> None:
    rules.plausible(
        total=values["total_investment"], first=values["builds_from"], last=values["builds_until"]
    ).or_raise(Invalid)


def _of_the_line(proposal: Proposal, values: Mapping[str, Any]) -> None:
    if not LineUnit.objects.filter(line=proposal.line_id, organisation=values["service"]).exists():
        raise Invalid("not-a-unit-of-the-line", {"field": "service"})
    leaders = set(values["leaders"])
    known = LineLeader.objects.filter(line=proposal.line_id, post__in=leaders).count()
    if not leaders or known != len(leaders):
        raise Invalid("not-a-leader-of-the-line", {"field": "leaders"})
    if not 0 < values["planned_investment"] <= proposal.total_investment:
        raise Invalid("planned-beyond-total", {"field": "planned_investment"})


def _locked(proposal_id: UUID) -> Proposal:
    proposal = Proposal.objects.select_for_update(no_key=True).filter(public_id=proposal_id).first()
    if proposal is None:
        raise NotFound("no-such-proposal")
    return proposal


@contextmanager
def _asked_at(
    proposal_id: UUID, nodes: set[str], *, by: Actor, now: datetime
) -> Iterator[tuple[Move, Proposal]]:
    """A proposal at one of these nodes, for whoever is asked there, under the Run's lock."""
    found = Proposal.objects.select_related("run").filter(public_id=proposal_id).first()
    if found is None:
        raise NotFound("no-such-proposal")
    with asked_at(found.run.public_id, nodes, by=by, now=now) as move:
        yield move, Proposal.objects.select_for_update(no_key=True).get(pk=found.pk)


def _node_of(move: Move) -> str:
    return next(step.flow_task.name for step in move.open_steps())
