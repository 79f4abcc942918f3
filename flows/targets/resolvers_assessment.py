"""Who is asked about an assessment: registered with the engine under the names the policies use."""

from collections.abc import Sequence
from datetime import datetime

from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from flows.engine.models import Run
from flows.engine.resolvers import Recused, Signer, register, register_recusal, signers_where
from permissions.models import Post

from .models import AssessmentRow


@register("assessment.scorers", many=True, label=_("the officers and the desk of the campaign office"))
def scorers(runs: Sequence[Run], *, now: datetime) -> dict[int, list[Signer]]:
    """The campaign office scores: several, so that nobody has to score a unit of their own."""
    duties = (Post.Duty.OFFICER, Post.Duty.DESK)
    posts = signers_where(Q(organisation__code="campaign-office", duty__in=duties), at=now)
    return dict.fromkeys((run.pk for run in runs), posts)


@register("assessment.answerers", many=True, label=_("the officers of the headquarters office"))
def answerers(runs: Sequence[Run], *, now: datetime) -> dict[int, list[Signer]]:
    """The headquarters office answers objections, not the office that scored."""
    posts = signers_where(Q(organisation__code="hq-office", duty=Post.Duty.OFFICER), at=now)
    return dict.fromkeys((run.pk for run in runs), posts)


@register_recusal("assessment.assessed_units", many=True, label=_("the units that are assessed"))
def assessed_units(runs: Sequence[Run], *, now: datetime) -> dict[int, Recused]:
    """Nobody who belongs to an assessed unit decides on it."""
    rows = AssessmentRow.objects.filter(assessment__run__in=[run.pk for run in runs]).order_by()
    units: dict[int, set[int]] = {}
    for run, unit in rows.values_list("assessment__run_id", "organisation_id").distinct():
        units.setdefault(run, set()).add(unit)
    return {run: Recused(units=frozenset(found)) for run, found in units.items()}
