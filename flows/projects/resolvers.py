"""Who signs a project's steps: registered with the engine under the names the policies use."""

from datetime import datetime

from django.db.models import Q

from flows.campaigns.models import GroupUnit, LineUnit
from flows.engine.models import Run
from flows.engine.resolvers import Recused, Signer, register, register_recusal, signers_where
from permissions.models import Post

from .models import ProjectLeader, ProjectUnit


@register("project.verifiers")
def verifiers(run: Run, *, now: datetime) -> list[Signer]:
    """The desks of the line's lead departments that do not serve the project; else the coordination group's.

    A unit never verifies what it served (house rule; annex rows 2 and 4 of the notice).
    """
    served = ProjectUnit.objects.filter(
        project__milestones__run_id=run.pk, role=ProjectUnit.Role.SERVICE
    ).values("organisation_id")
    leading = LineUnit.objects.filter(
        line__projects__milestones__run_id=run.pk, role=LineUnit.Role.LEAD
    ).values("organisation_id")
    desks = Q(duty=Post.Duty.DESK) & ~Q(organisation_id__in=served)
    found = signers_where(desks & Q(organisation_id__in=leading), at=now)
    if found:
        return found
    coordination = GroupUnit.objects.filter(
        group__plan__projects__milestones__run_id=run.pk, group__line__isnull=True
    )
    for role in (GroupUnit.Role.LEAD, GroupUnit.Role.MEMBER):
        units = coordination.filter(role=role).order_by("order").values("organisation_id")
        found = signers_where(desks & Q(organisation_id__in=units), at=now)
        if found:
            return found
    return []


@register("project.contact_leaders")
def contact_leaders(run: Run, *, now: datetime) -> list[Signer]:
    """The district leaders who are contact leaders of the project, all of them."""
    leaders = ProjectLeader.objects.filter(
        project__milestones__run_id=run.pk, level=ProjectLeader.Level.DISTRICT
    ).values("post_id")
    return signers_where(Q(pk__in=leaders), at=now)


@register("headquarters.confirmers")
def headquarters(run: Run, *, now: datetime) -> list[Signer]:
    """The desk of the headquarters office, the second pair of eyes over the campaign office."""
    return signers_where(Q(duty=Post.Duty.DESK, organisation__code="hq-office"), at=now)


@register_recusal("project.served_units")
def served_units(run: Run, *, now: datetime) -> Recused:
    """The units that served the project: none of them verifies what it served."""
    served = ProjectUnit.objects.filter(project__milestones__run_id=run.pk, role=ProjectUnit.Role.SERVICE)
    return Recused(units=frozenset(served.values_list("organisation_id", flat=True)))
