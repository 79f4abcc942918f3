"""Who is asked about a proposal: registered with the engine under the names the policies use."""

from collections.abc import Sequence
from datetime import datetime

from django.db.models import OuterRef, Q
from django.utils.translation import gettext_lazy as _

from flows.campaigns.models import GroupUnit, LineUnit
from flows.engine.models import Run
from flows.engine.resolvers import Recused, Signer, register, register_recusal, signers_by_run, signers_where
from permissions.models import Post

from .models import Promotion, Proposal

DESKS = Q(duty=Post.Duty.DESK)
INSTITUTE = "screening-institute"
COMPLIANCE, SCREENING = f"{INSTITUTE}-officer", f"{INSTITUTE}-desk"


@register("pool.compliance_checker", label=_("the screening institute's post for compliance"))
def compliance_checker(run: Run, *, now: datetime) -> list[Signer]:
    """The post at the institute that checks whether a proposal is lawful (合规性初审)."""
    return signers_where(Q(code=COMPLIANCE), at=now)


@register("pool.screener", label=_("the screening institute's post for reasonableness"))
def screener(run: Run, *, now: datetime) -> list[Signer]:
    """The post at the institute that judges whether it is sensible (合理性筛选): another person than before."""
    return signers_where(Q(code=SCREENING), at=now)


@register(
    "pool.line_contacts",
    many=True,
    label=_("the line's contact: the lead departments that did not propose it"),
)
def line_contacts(runs: Sequence[Run], *, now: datetime) -> dict[int, list[Signer]]:
    """The desks of the line's lead departments but the one that proposed; else the coordination group's."""
    lead = LineUnit.Role.LEAD
    keys = [run.pk for run in runs]
    about = Proposal.objects.filter(
        run__in=keys, line__units__organisation_id=OuterRef("organisation_id"), line__units__role=lead
    ).exclude(unit_id=OuterRef("organisation_id"))
    units = LineUnit.objects.filter(line__proposals__run__in=keys, role=lead).values("organisation_id")
    found = signers_by_run(about.values("run_id").order_by(), DESKS & Q(organisation__in=units), at=now)
    left = [run.pk for run in runs if run.pk not in found]
    if left:
        about = Proposal.objects.filter(
            run__in=left,
            plan__groups__line__isnull=True,
            plan__groups__units__organisation_id=OuterRef("organisation_id"),
        ).exclude(unit_id=OuterRef("organisation_id"))
        found |= signers_by_run(about.values("run_id").order_by(), DESKS & _coordinating(), at=now)
    return found


@register("pool.reviewers", many=True, label=_("the coordination group's lead unit, else its members"))
def reviewers(runs: Sequence[Run], *, now: datetime) -> dict[int, list[Signer]]:
    """The desk of the coordination group's lead unit unless it proposed; else those of its members."""
    found: dict[int, list[Signer]] = {}
    for role in (GroupUnit.Role.LEAD, GroupUnit.Role.MEMBER):
        left = [run.pk for run in runs if run.pk not in found]
        about = Promotion.objects.filter(
            run__in=left,
            proposal__plan__groups__line__isnull=True,
            proposal__plan__groups__units__role=role,
            proposal__plan__groups__units__organisation_id=OuterRef("organisation_id"),
        ).exclude(proposal__unit_id=OuterRef("organisation_id"))
        if left:
            found |= signers_by_run(about.values("run_id").order_by(), DESKS & _coordinating(), at=now)
    return found


@register("pool.convener", many=True, label=_("the convener of the line"))
def convener(runs: Sequence[Run], *, now: datetime) -> dict[int, list[Signer]]:
    """The district leader who convenes the line."""
    about = Promotion.objects.filter(
        run__in=[run.pk for run in runs],
        proposal__line__leaders__post_id=OuterRef("pk"),
        proposal__line__leaders__is_convener=True,
    )
    return signers_by_run(about.values("run_id").order_by(), Q(duty=Post.Duty.LEADER), at=now)


@register_recusal("pool.proposing_unit", many=True, label=_("the unit that proposed it"))
def proposing_unit(runs: Sequence[Run], *, now: datetime) -> dict[int, Recused]:
    """Whoever proposed judges nothing about it, whichever flow the matter is in."""
    keys = [run.pk for run in runs]
    pairs = [*Proposal.objects.filter(run__in=keys).values_list("run_id", "unit_id")]
    pairs += Promotion.objects.filter(run__in=keys).values_list("run_id", "proposal__unit_id")
    return {run: Recused(units=frozenset({unit})) for run, unit in pairs}


def _coordinating() -> Q:
    members = GroupUnit.objects.filter(group__line__isnull=True).order_by().values("organisation_id")
    return Q(organisation__in=members)
