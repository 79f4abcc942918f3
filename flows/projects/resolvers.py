"""Who signs a project's steps: registered with the engine under the names the policies use."""

from collections.abc import Sequence
from datetime import datetime

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils.translation import gettext_lazy as _

from flows.campaigns.models import GroupUnit, LineUnit
from flows.engine.models import Run
from flows.engine.resolvers import Recused, Signer, register, register_recusal, signers_by_run
from permissions.models import Post

from .models import Milestone, ProjectLeader, ProjectUnit

DESKS = Q(duty=Post.Duty.DESK)
OF_UNIT = OuterRef("organisation_id")  # the outer row is a post


@register(
    "project.verifiers", many=True, label=_("the lead departments of the line that did not serve the project")
)
def verifiers(runs: Sequence[Run], *, now: datetime) -> dict[int, list[Signer]]:
    """The desks of the line's lead departments that do not serve the project; else the coordination group's.

    A unit never verifies what it served (house rule; annex rows 2 and 4 of the notice).
    """
    leading = {
        "project__line__units__organisation_id": OF_UNIT,
        "project__line__units__role": LineUnit.Role.LEAD,
    }
    keys = [run.pk for run in runs]
    units = LineUnit.objects.filter(line__projects__milestones__run__in=keys, role=LineUnit.Role.LEAD)
    desks = DESKS & Q(organisation__in=units.values("organisation_id"))
    found = signers_by_run(_not_served(runs).filter(**leading), desks, at=now)
    for role in (GroupUnit.Role.LEAD, GroupUnit.Role.MEMBER):
        left = [run for run in runs if run.pk not in found]
        group = "project__plan__groups"
        wanted = {
            f"{group}__line__isnull": True,
            f"{group}__units__role": role,
            f"{group}__units__organisation_id": OF_UNIT,
        }
        members = GroupUnit.objects.filter(group__plan__projects__milestones__run__in=keys, role=role)
        if left:
            desks = DESKS & Q(organisation__in=members.values("organisation_id"))
            found |= signers_by_run(_not_served(left).filter(**wanted), desks, at=now)
    return found


def _not_served(runs: Sequence[Run]) -> QuerySet:
    """The runs whose project the outer post's unit does not serve."""
    served = ProjectUnit.objects.filter(
        project_id=OuterRef("project_id"), role=ProjectUnit.Role.SERVICE, organisation_id=OuterRef(OF_UNIT)
    )
    return (
        Milestone.objects.filter(~Exists(served), run__in=[run.pk for run in runs])
        .values("run_id")
        .order_by()
    )


@register("project.contact_leaders", many=True, label=_("the contact leaders of the project, all of them"))
def contact_leaders(runs: Sequence[Run], *, now: datetime) -> dict[int, list[Signer]]:
    """The district leaders who are contact leaders of the project, all of them."""
    keys, district = [run.pk for run in runs], ProjectLeader.Level.DISTRICT
    leaders = ProjectLeader.objects.filter(project__milestones__run__in=keys, level=district)
    leading = Milestone.objects.filter(
        run__in=keys, project__leaders__post_id=OuterRef("pk"), project__leaders__level=district
    )
    posts = Q(pk__in=leaders.values("post_id"))
    return signers_by_run(leading.values("run_id").order_by(), posts, at=now)


@register_recusal("project.served_units", many=True, label=_("the units that served the project"))
def served_units(runs: Sequence[Run], *, now: datetime) -> dict[int, Recused]:
    """The units that served the project: none of them verifies what it served."""
    served = ProjectUnit.objects.filter(
        project__milestones__run__in=[run.pk for run in runs], role=ProjectUnit.Role.SERVICE
    )
    units: dict[int, set[int]] = {}
    for run, unit in served.values_list("project__milestones__run_id", "organisation_id"):
        units.setdefault(run, set()).add(unit)
    return {run: Recused(units=frozenset(found)) for run, found in units.items()}
