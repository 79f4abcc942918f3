"""What follows a decision about a proposal, inside the deciding transaction."""

from django.utils.translation import gettext_noop

from flows.campaigns.models import Plan
from flows.engine.operations.move import Move
from flows.projects.models import Project
from flows.projects.operations import open_project
from hetang_flow.lib.errors import WrongState
from permissions.models import Organisation

from . import rules
from .models import Check, Promotion, Proposal, TierChange
from .selectors import questions

OPEN = Proposal.State.OPEN


def complies(move: Move) -> None:
    """The compliance check is passed when all its questions are answered and none with a no."""
    _screened(move, Check.Stage.COMPLIANCE)


def reasonable(move: Move) -> None:
    """The reasonableness screening likewise."""
    _screened(move, Check.Stage.SCREENING)


def _screened(move: Move, stage: str) -> None:
    proposal = Proposal.objects.get(run_id=move.run.pk)
    asked = [rules.Asked(each.name, each.answer) for each in questions(proposal, stage, move.run.round)]
    rules.may_pass_screening(asked).or_raise(WrongState)


def take_in(move: Move) -> None:
    """The proposal is in the pool, on the rung its line's contact chose."""
    proposal = _locked(move)
    if not proposal.tier:
        raise WrongState("tier-missing")
    proposal.state, proposal.changed = Proposal.State.POOLED, move.now
    proposal.save(update_fields=["state", "changed"])
    words = gettext_noop("taken into the pool")
    TierChange.objects.create(
        proposal=proposal, tier=proposal.tier, reason=words, recorded=move.now, recorded_by_id=move.by.user_id
    )
    move.changed("proposal.pooled", {"state": OPEN}, {"state": proposal.state, "tier": proposal.tier})
    move.tell("run.completed", None, [move.run.initiator_id], key=f"completed:{move.run.pk}")


def close(move: Move) -> None:
    """Not taken in: withdrawn, declined or ended."""
    Proposal.objects.filter(run_id=move.run.pk, state=OPEN).update(
        state=Proposal.State.CLOSED, changed=move.now
    )


def promote(move: Move) -> None:
    """Open the project with its parties; it begins as signed, and its proposal stays readable beside it.

    Raises WrongState when the proposal is no longer in the pool. Numbers are given under the plan's own lock.
    """
    promotion = Promotion.objects.select_related("service").get(run_id=move.run.pk)
    proposal = Proposal.objects.select_for_update(no_key=True).get(pk=promotion.proposal_id)
    if proposal.state != Proposal.State.POOLED:
        raise WrongState("not-in-the-pool")
    project = open_project(
        {
            "code": _number(proposal),
            "name": proposal.name,
            "plan_id": proposal.plan_id,
            "line_id": proposal.line_id,
            "location": proposal.location,
            "builds_from": proposal.builds_from,
            "builds_until": proposal.builds_until,
            "total_investment": proposal.total_investment,
            "planned_investment": promotion.planned_investment,
            "is_new": True,
            "is_demo": proposal.is_demo,
        },
        owners=[_owner(proposal).pk],
        services=[promotion.service_id],
        city_leaders=[],
        district_leaders=list(promotion.leaders.order_by("order").values_list("pk", flat=True)),
        by=move.by,
        now=move.now,
    )
    proposal.state, proposal.project, proposal.changed = Proposal.State.PROMOTED, project, move.now
    proposal.save(update_fields=["state", "project", "changed"])
    Promotion.objects.filter(pk=promotion.pk).update(applied=move.now)
    move.changed("proposal.promoted", {"state": "pooled"}, {"state": proposal.state, "project": project.code})
    move.tell("run.completed", None, [move.run.initiator_id], key=f"completed:{move.run.pk}")


def _number(proposal: Proposal) -> str:
    """The next number of the year's list; the plan's row is locked so that two promotions never take one number."""
    plan = Plan.objects.select_for_update(no_key=True).get(pk=proposal.plan_id)
    prefix = f"{'DEMO' if proposal.is_demo else 'HT'}{plan.year}-P"
    taken = Project.objects.filter(plan=plan, code__startswith=prefix).count()
    return f"{prefix}{taken + 1:02d}"


def _owner(proposal: Proposal) -> Organisation:
    """The owner by name: a unit that is known, else a new outside party."""
    found = Organisation.objects.filter(name=proposal.owner).first()
    return found or Organisation.objects.create(
        code=f"owner-{proposal.public_id}", name=proposal.owner, kind=Organisation.Kind.OUTSIDE,
        is_demo=proposal.is_demo,
    )  # fmt: skip


def _locked(move: Move) -> Proposal:
    return Proposal.objects.select_for_update(no_key=True).get(run_id=move.run.pk)
