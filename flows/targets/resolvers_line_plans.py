"""Who is asked about a line's plan: registered with the engine under the names the policies use."""

from collections.abc import Sequence
from datetime import datetime

from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext_lazy as _

from flows.campaigns.models import GroupUnit, LineUnit
from flows.engine.models import Run
from flows.engine.resolvers import Recused, Signer, register, register_recusal, signers_by_run
from permissions.models import Post

from .models import LinePlan

DESKS = Q(duty=Post.Duty.DESK)
LEAD = LineUnit.Role.LEAD


@register("line_plan.co_leads", many=True, label=_("the desks of the line's other lead departments"))
def co_leads(runs: Sequence[Run], *, now: datetime) -> dict[int, list[Signer]]:
    """Each lead department but the one that files countersigns."""
    keys = [run.pk for run in runs]
    about = LinePlan.objects.filter(
        run__in=keys, line__units__organisation_id=OuterRef("organisation_id"), line__units__role=LEAD
    ).exclude(unit_id=OuterRef("organisation_id"))
    units = LineUnit.objects.filter(line__line_plans__run__in=keys, role=LEAD).values("organisation_id")
    return signers_by_run(about.values("run_id").order_by(), DESKS & Q(organisation__in=units), at=now)


@register("line_plan.head", many=True, label=_("the head of the department that files"))
def head(runs: Sequence[Run], *, now: datetime) -> dict[int, list[Signer]]:
    """The head of the department that files the plan."""
    filed = LinePlan.objects.filter(run__in=[run.pk for run in runs])
    about = filed.filter(unit_id=OuterRef("organisation_id"))
    condition = Q(duty=Post.Duty.HEAD, organisation__in=filed.values("unit_id"))
    return signers_by_run(about.values("run_id").order_by(), condition, at=now)


@register(
    "line_plan.coordinators",
    many=True,
    label=_("the coordination group's lead unit, else its members, without the line's lead departments"),
)
def coordinators(runs: Sequence[Run], *, now: datetime) -> dict[int, list[Signer]]:
    """The desk of the coordination group's lead unit unless it leads the line; else those of its other members."""
    members = GroupUnit.objects.filter(group__line__isnull=True).order_by().values("organisation_id")
    found: dict[int, list[Signer]] = {}
    for role in (GroupUnit.Role.LEAD, GroupUnit.Role.MEMBER):
        left = [run.pk for run in runs if run.pk not in found]
        leading = LineUnit.objects.filter(
            line_id=OuterRef("line_id"), role=LEAD, organisation_id=OuterRef(OuterRef("organisation_id"))
        )
        about = LinePlan.objects.filter(
            ~Exists(leading),
            run__in=left,
            plan__groups__line__isnull=True,
            plan__groups__units__role=role,
            plan__groups__units__organisation_id=OuterRef("organisation_id"),
        )
        if left:
            found |= signers_by_run(
                about.values("run_id").order_by(), DESKS & Q(organisation__in=members), at=now
            )
    return found


@register("line_plan.convener", many=True, label=_("the convener of the line"))
def convener(runs: Sequence[Run], *, now: datetime) -> dict[int, list[Signer]]:
    """The district leader who convenes the line."""
    about = LinePlan.objects.filter(
        run__in=[run.pk for run in runs],
        line__leaders__post_id=OuterRef("pk"),
        line__leaders__is_convener=True,
    )
    return signers_by_run(about.values("run_id").order_by(), Q(duty=Post.Duty.LEADER), at=now)


@register_recusal("line_plan.lead_departments", many=True, label=_("the line's lead departments"))
def lead_departments(runs: Sequence[Run], *, now: datetime) -> dict[int, Recused]:
    """Whoever files or countersigns does not accept it for the coordination group."""
    pairs = LineUnit.objects.filter(line__line_plans__run__in=[run.pk for run in runs], role=LEAD)
    units: dict[int, set[int]] = {}
    for run, unit in pairs.values_list("line__line_plans__run_id", "organisation_id"):
        units.setdefault(run, set()).add(unit)
    return {run: Recused(units=frozenset(found)) for run, found in units.items()}
