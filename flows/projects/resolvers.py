"""Who signs a project's steps: registered with the engine under the names the policies use."""

from collections.abc import Iterator, Sequence
from datetime import datetime

from django.db.models import Exists, Model, OuterRef, Q, QuerySet
from django.utils.translation import gettext_lazy as _

from flows.campaigns.models import GroupUnit, LineUnit
from flows.engine.models import Run
from flows.engine.resolvers import Recused, Signer, register, register_recusal, signers_by_run
from permissions.models import Post

from . import registry
from .flow import MilestoneFlow
from .models import Milestone, ProjectLeader, ProjectUnit

DESKS = Q(duty=Post.Duty.DESK)
OF_UNIT = OuterRef("organisation_id")  # the outer row is a post


def _by_model(runs: Sequence[Run]) -> Iterator[tuple[type[Model], list[Run]]]:
    """The runs apart by what says their project: a milestone's, or that of another flow about a project."""
    apart: dict[str, list[Run]] = {}
    for run in runs:
        apart.setdefault(run.flow_class.code, []).append(run)
    for code, some in apart.items():
        yield registry.model_of(code), some


@register(
    "project.verifiers", many=True, label=_("the lead departments of the line that did not serve the project")
)
def verifiers(runs: Sequence[Run], *, now: datetime) -> dict[int, list[Signer]]:
    """The desks of the line's lead departments that do not serve the project; else the coordination group's.

    A unit never verifies what it served (house rule; annex rows 2 and 4 of the notice).
    """
    found: dict[int, list[Signer]] = {}
    for model, some in _by_model(runs):
        found |= _verifiers(model, some, now)
    return found


def _verifiers(model: type[Model], runs: Sequence[Run], now: datetime) -> dict[int, list[Signer]]:
    leading = {
        "project__line__units__organisation_id": OF_UNIT,
        "project__line__units__role": LineUnit.Role.LEAD,
    }
    projects = model.objects.filter(run__in=[run.pk for run in runs]).order_by().values("project_id")
    units = LineUnit.objects.filter(line__projects__in=projects, role=LineUnit.Role.LEAD)
    desks = DESKS & Q(organisation__in=units.values("organisation_id"))
    found = signers_by_run(_not_served(model, runs).filter(**leading), desks, at=now)
    for role in (GroupUnit.Role.LEAD, GroupUnit.Role.MEMBER):
        left = [run for run in runs if run.pk not in found]
        group = "project__plan__groups"
        wanted = {
            f"{group}__line__isnull": True,
            f"{group}__units__role": role,
            f"{group}__units__organisation_id": OF_UNIT,
        }
        members = GroupUnit.objects.filter(group__plan__projects__in=projects, role=role)
        if left:
            desks = DESKS & Q(organisation__in=members.values("organisation_id"))
            found |= signers_by_run(_not_served(model, left).filter(**wanted), desks, at=now)
    return found


def _not_served(model: type[Model], runs: Sequence[Run]) -> QuerySet:
    """The runs whose project the outer post's unit does not serve."""
    served = ProjectUnit.objects.filter(
        project_id=OuterRef("project_id"), role=ProjectUnit.Role.SERVICE, organisation_id=OuterRef(OF_UNIT)
    )
    return model.objects.filter(~Exists(served), run__in=[run.pk for run in runs]).values("run_id").order_by()


@register("project.contact_leaders", many=True, label=_("the contact leaders of the project, all of them"))
def contact_leaders(runs: Sequence[Run], *, now: datetime) -> dict[int, list[Signer]]:
    """The district leaders who are contact leaders of the project, all of them."""
    district, found = ProjectLeader.Level.DISTRICT, {}
    for model, some in _by_model(runs):
        about = model.objects.filter(run__in=[run.pk for run in some])
        leaders = ProjectLeader.objects.filter(
            project__in=about.order_by().values("project_id"), level=district
        )
        leading = about.filter(project__leaders__post_id=OuterRef("pk"), project__leaders__level=district)
        posts = Q(pk__in=leaders.values("post_id"))
        found |= signers_by_run(leading.values("run_id").order_by(), posts, at=now)
    return found


@register_recusal("project.served_units", many=True, label=_("the units that served the project"))
def served_units(runs: Sequence[Run], *, now: datetime) -> dict[int, Recused]:
    """The units that served the project: none of them verifies what it served."""
    units: dict[int, set[int]] = {}
    for model, some in _by_model(runs):
        served = model.objects.filter(
            run__in=[run.pk for run in some], project__units__role=ProjectUnit.Role.SERVICE
        )
        for run, unit in served.values_list("run_id", "project__units__organisation_id"):
            units.setdefault(run, set()).add(unit)
    return {run: Recused(units=frozenset(found)) for run, found in units.items()}


registry.about_projects(MilestoneFlow.code, Milestone)
