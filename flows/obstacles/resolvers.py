"""Who deals with an obstacle's steps: registered with the engine under the names the policies use."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils.translation import gettext_lazy as _

from flows.campaigns.models import GroupUnit, LineUnit
from flows.engine.models import Run
from flows.engine.resolvers import (
    Recused,
    Signer,
    register,
    register_recusal,
    signers_by_run,
    signers_where,
)
from flows.projects.models import ProjectUnit
from permissions.models import Post

from . import rules
from .models import Obstacle

DESKS = Q(duty=Post.Duty.DESK)
OF_UNIT = OuterRef("organisation_id")  # the outer row is a post
OFFICE = Q(organisation__code=rules.CAMPAIGN_OFFICE, duty__in=sorted(rules.SERVING))


@register(
    "obstacle.sorters",
    many=True,
    label=_("the campaign office; where nobody is there, the lead unit of the coordination group"),
)
def sorters(runs: Sequence[Run], *, now: datetime) -> dict[int, list[Signer]]:
    """The campaign office; where nobody holds a post there, the coordination group's lead units."""
    office = signers_where(OFFICE, at=now)
    if any(signer.answers for signer in office):
        return dict.fromkeys((run.pk for run in runs), office)
    keys = _keys(runs)
    found = _coordinating(Obstacle.objects.filter(run__in=keys), keys, GroupUnit.Role.LEAD, at=now)
    return {run.pk: found.get(run.pk) or office for run in runs}


@register("obstacle.unit", many=True, label=_("the desk of the unit it was assigned to"))
def assigned_desk(runs: Sequence[Run], *, now: datetime) -> dict[int, list[Signer]]:
    """The desk of the unit that was given the obstacle; it hands it out inside."""
    assigned = Obstacle.objects.filter(run__in=_keys(runs), unit_id=OF_UNIT)
    units = Obstacle.objects.filter(run__in=_keys(runs)).values("unit_id")
    desks = DESKS & Q(organisation__in=units)
    return signers_by_run(assigned.values("run_id").order_by(), desks, at=now)


@register(
    "obstacle.verifiers",
    many=True,
    label=_("the lead departments of the line that neither serve nor answered"),
)
def verifiers(runs: Sequence[Run], *, now: datetime) -> dict[int, list[Signer]]:
    """The desks of the line's lead departments without a part in it; else the coordination group's."""
    keys = _keys(runs)
    leading = _free(keys).filter(
        project__line__units__organisation_id=OF_UNIT,
        project__line__units__role=LineUnit.Role.LEAD,
    )
    lines = LineUnit.objects.filter(line__projects__obstacles__run__in=keys, role=LineUnit.Role.LEAD)
    desks = DESKS & Q(organisation__in=lines.values("organisation_id"))
    found = signers_by_run(leading.values("run_id").order_by(), desks, at=now)
    for role in (GroupUnit.Role.LEAD, GroupUnit.Role.MEMBER):
        left = [key for key in keys if key not in found]
        if left:
            found |= _coordinating(_free(left), left, role, at=now)
    return found


@register_recusal(
    "obstacle.involved_units", many=True, label=_("the units that serve the project or answered")
)
def involved_units(runs: Sequence[Run], *, now: datetime) -> dict[int, Recused]:
    """Who serves or owns the project, raised the obstacle or was given it, does not verify it (one statement)."""
    parties = ProjectUnit.objects.filter(project_id=OuterRef("project_id")).values("organisation_id")
    rows = Obstacle.objects.filter(run__in=_keys(runs)).annotate(parties=ArraySubquery(parties))
    return {
        run: Recused(units=frozenset({raised_by, unit, *served} - {None}))
        for run, raised_by, unit, served in rows.values_list(
            "run_id", "raised_by_unit_id", "unit_id", "parties"
        )
    }


def _keys(runs: Iterable[Run]) -> list[int]:
    return [run.pk for run in runs]


def _free(keys: Sequence[int]) -> QuerySet[Obstacle]:
    """The obstacles in which the outer post's unit has no part."""
    party = ProjectUnit.objects.filter(project_id=OuterRef("project_id"), organisation_id=OuterRef(OF_UNIT))
    answered = Q(unit_id=OF_UNIT) | Q(raised_by_unit_id=OF_UNIT)
    return Obstacle.objects.filter(~Exists(party), run__in=keys).exclude(answered)


def _coordinating(
    obstacles: QuerySet[Obstacle], keys: Sequence[int], role: str, *, at: datetime
) -> dict[int, list[Signer]]:
    """The desks of the coordination group's units of this role."""
    group = "project__plan__groups"
    wanted = obstacles.filter(
        **{
            f"{group}__line__isnull": True,
            f"{group}__units__role": role,
            f"{group}__units__organisation_id": OF_UNIT,
        }
    )
    members = GroupUnit.objects.filter(
        group__plan__projects__obstacles__run__in=keys, group__line=None, role=role
    )
    desks = DESKS & Q(organisation__in=members.values("organisation_id"))
    return signers_by_run(wanted.values("run_id").order_by(), desks, at=at)
