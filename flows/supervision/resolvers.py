"""Who is asked about a slip and about a measure: registered with the engine under the names the policies use."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime

from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from flows.engine.models import Run
from flows.engine.resolvers import Recused, Signer, named, register, register_recusal, signers_where
from permissions.models import Post

from . import rules
from .models import Measure, Slip

ISSUING = (Post.Duty.DESK, Post.Duty.OFFICER)


@register("supervision.unit", many=True, label=_("the desk of the unit it was issued to"))
def unit_desk(runs: Sequence[Run], *, now: datetime) -> dict[int, list[Signer]]:
    """The desk of the unit; where it has none, its head, and else the post with which the matter lies (two statements)."""
    slips = Slip.objects.filter(run__in=[run.pk for run in runs])
    rows = list(slips.values_list("run_id", "unit_id", "climb__item__post_id"))
    units = Q(organisation__in={unit for _run, unit, _post in rows})
    answering = Q(duty__in=(Post.Duty.DESK, Post.Duty.HEAD))
    posts = Q(pk__in={post for _run, _unit, post in rows if post})
    signers = signers_where(units & answering | posts, at=now) if rows else []
    return {run: _answering(signers, unit, post) for run, unit, post in rows}


def _answering(signers: Sequence[Signer], unit: int, post: int | None) -> list[Signer]:
    of_unit = [signer for signer in signers if signer.post.organisation_id == unit]
    for duty in (Post.Duty.DESK, Post.Duty.HEAD):
        found = [signer for signer in of_unit if signer.post.duty == duty]
        if found:
            return found
    return [signer for signer in signers if signer.post.id == post]


@register("supervision.issuers", many=True, label=_("the campaign office, which issued it"))
def issuers(runs: Sequence[Run], *, now: datetime) -> dict[int, list[Signer]]:
    """The desk and the officers of the campaign office: several, so that nobody re-checks their own unit."""
    posts = signers_where(Q(organisation__code=rules.CAMPAIGN_OFFICE, duty__in=ISSUING), at=now)
    return dict.fromkeys((run.pk for run in runs), posts)


@register("supervision.confirmers", many=True, label=_("whoever the ladder names for this rung"))
def confirmers(runs: Sequence[Run], *, now: datetime) -> dict[int, list[Signer]]:
    """The post, or whom the resolver finds, that the rung of the matter's own ladder names."""
    by_key = {run.pk: run for run in runs}
    measures = Measure.objects.filter(run__in=by_key).select_related("climb__item__ladder")
    asked: dict[str, list[Run]] = defaultdict(list)
    for measure in measures:
        rung = measure.climb.item.ladder.rules.rung(measure.climb.rung)
        if rung is not None:
            asked[rung.confirm].append(by_key[measure.run_id])
    posts = signers_where(Q(code__in=[name for name in asked if "." not in name]), at=now) if asked else []
    found: dict[int, list[Signer]] = {}
    for name, several in asked.items():
        if "." in name:
            found |= named(name, several, now=now)
        else:
            here = [signer for signer in posts if signer.post.code == name]
            found |= dict.fromkeys((run.pk for run in several), here)
    return found


@register_recusal("supervision.subject", many=True, label=_("the unit and the person that are supervised"))
def subject(runs: Sequence[Run], *, now: datetime) -> dict[int, Recused]:
    """Nobody re-checks or weighs what is said of their own unit, or of themselves (two statements)."""
    keys = [run.pk for run in runs]
    about = ("run_id", "climb__item__unit_id", "climb__item__person_id")
    rows = [
        *Slip.objects.filter(run__in=keys).values_list(*about),
        *Measure.objects.filter(run__in=keys).values_list(*about),
    ]
    return {
        run: Recused(people=frozenset({person} - {None}), units=frozenset({unit}))
        for run, unit, person in rows
    }
