"""Who acts on a visit: registered with the engine under the names the policies use."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime

from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext_lazy as _

from flows.engine.models import Run
from flows.engine.resolvers import Recused, Signer, register, register_recusal, signers_by_run, signers_where
from flows.projects.models import ProjectUnit
from permissions.models import Post

from .models import Finding, RoundInspector, Visit

OF_UNIT = OuterRef("organisation_id")  # the outer row is a post
# Who answers for a unit, the first that somebody holds.
ANSWERING = (Post.Duty.DESK.value, Post.Duty.HEAD.value, Post.Duty.CONTACT.value)


@register("inspection.desks", many=True, label=_("the desks of the service departments"))
def desks(runs: Sequence[Run], *, now: datetime) -> dict[int, list[Signer]]:
    """The desks of the units that serve the project; any of them hands in (two statements)."""
    units = _units_of(runs, ProjectUnit.Role.SERVICE)
    return _answering(units, at=now)


@register(
    "inspection.inspectors", many=True, label=_("the inspectors of the round, less the project's own units")
)
def inspectors(runs: Sequence[Run], *, now: datetime) -> dict[int, list[Signer]]:
    """The posts of the round whose unit neither serves nor owns the project (one statement)."""
    keys = [run.pk for run in runs]
    party = ProjectUnit.objects.filter(project_id=OuterRef("project_id"), organisation_id=OuterRef(OF_UNIT))
    named = Visit.objects.filter(~Exists(party), run__in=keys, round__inspectors__post_id=OuterRef("pk"))
    posts = RoundInspector.objects.filter(round__visits__run__in=keys).values("post_id")
    return signers_by_run(named.values("run_id").order_by(), Q(pk__in=posts), at=now)


@register(
    "inspection.units", many=True, label=_("the units that serve the project or that a finding concerns")
)
def units_concerned(runs: Sequence[Run], *, now: datetime) -> dict[int, list[Signer]]:
    """One post of each unit: its desk, else its head, else the owner's contact (three statements)."""
    units = _units_of(runs, ProjectUnit.Role.SERVICE)
    found = Finding.objects.filter(visit__run__in=[run.pk for run in runs], taken_back=None)
    for run, unit in found.order_by("number").values_list("visit__run_id", "unit_id"):
        units[run][unit] = None
    return _answering(units, at=now)


@register_recusal("inspection.involved_units", many=True, label=_("the units that serve or own the project"))
def involved_units(runs: Sequence[Run], *, now: datetime) -> dict[int, Recused]:
    """Nobody inspects the work of a unit they belong to, in whichever post (one statement)."""
    units = _units_of(runs, *ProjectUnit.Role.values)
    return {run: Recused(units=frozenset(several)) for run, several in units.items()}


# The units of each run in their order, each once.
Units = dict[int, dict[int, None]]


def _units_of(runs: Sequence[Run], *roles: str) -> Units:
    about = Visit.objects.filter(run__in=[run.pk for run in runs], project__units__role__in=roles)
    rows = about.order_by("project__units__role", "project__units__pk")
    units: Units = defaultdict(dict)
    for run, unit in rows.values_list("run_id", "project__units__organisation_id"):
        units[run][unit] = None
    return units


def _answering(units: Units, *, at: datetime) -> dict[int, list[Signer]]:
    """One post for each unit of each run (one statement)."""
    wanted = {unit for several in units.values() for unit in several}
    posts = Q(organisation__in=wanted, duty__in=ANSWERING)
    signers = signers_where(posts, at=at) if wanted else []
    first: dict[int, Signer] = {}
    # Where somebody is there comes before where nobody is; an empty desk is asked only where all are empty.
    for signer in sorted(signers, key=lambda each: (not each.answers, ANSWERING.index(each.post.duty))):
        first.setdefault(signer.post.organisation_id, signer)
    return {run: [first[unit] for unit in several if unit in first] for run, several in units.items()}
