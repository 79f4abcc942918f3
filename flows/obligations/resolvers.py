"""Whom a recurring obligation is asked of: the post that owes it."""

from collections.abc import Sequence
from datetime import datetime

from django.db.models import OuterRef, Q
from django.utils.translation import gettext_lazy as _

from flows.engine.models import Run
from flows.engine.resolvers import Signer, register, signers_by_run

from .models import Occurrence


@register("obligation.ower", many=True, label=_("the post that owes it"))
def ower(runs: Sequence[Run], *, now: datetime) -> dict[int, list[Signer]]:
    """The post an occurrence is asked of (one statement)."""
    keys = [run.pk for run in runs]
    about = Occurrence.objects.filter(run__in=keys, post_id=OuterRef("pk")).values("run_id").order_by()
    posts = Occurrence.objects.filter(run__in=keys).values("post_id")
    return signers_by_run(about, Q(pk__in=posts), at=now)
