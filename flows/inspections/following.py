"""What comes of a finding: an obstacle on the project, or a matter of supervision; each at most once."""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from django.db import IntegrityError, transaction

from flows.journal.operations import record
from flows.projects.models import ProjectUnit
from hetang_flow.lib.errors import Invalid, NotFound, WrongState
from permissions.actors import Actor

from . import registry, rules
from .models import Finding, Opened
from .operations import or_refuse

ONCE = "a_finding_opens_each_once"


def open_from_finding(
    finding_id: UUID, code: str, typed: Mapping[str, str], *, by: Actor, now: datetime
) -> Opened:
    """Open what a finding asks for; the finding keeps the link, the database lets each kind be opened once.

    Raises NotAllowed for who neither inspects nor sits in the headquarters office and for the project's own units,
    WrongState before the visit is handed in and where it was opened already, and whatever the other room refuses.
    """
    kind = registry.kind(code)
    if kind is None:
        raise Invalid("no-such-opening", {"field": "code"})
    finding = Finding.objects.select_related("visit__round", "visit__project", "unit").filter(
        public_id=finding_id
    )
    found = finding.first()
    if found is None:
        raise NotFound("no-such-finding")
    by = judged(found, kind, by)
    try:
        with transaction.atomic():
            return _opened(found, kind, typed, by=by, now=now)
    except IntegrityError as error:
        if ONCE not in str(error):
            raise
        raise WrongState("finding-opened") from error


def judged(finding: Finding, kind: registry.Kind, by: Actor) -> Actor:
    """The actor in the capacity in which they open it, if they may and it is time; raises as `open_from_finding` does."""
    visit = finding.visit
    posts = list(visit.round.inspectors.values_list("post_id", flat=True))
    parties = ProjectUnit.objects.filter(project_id=visit.project_id).values_list(
        "organisation_id", flat=True
    )
    or_refuse(rules.may_open(by, inspectors=posts, parties=list(parties), invented=visit.project.is_demo))
    opened = finding.opened.filter(code=kind.code).exists()
    handed_in, taken_back = visit.handed_in is not None, finding.taken_back is not None
    or_refuse(rules.may_follow(handed_in=handed_in, taken_back=taken_back, opened=opened))
    or_refuse(kind.may(finding, by))
    return rules.capacity(by, posts)


def _opened(
    finding: Finding, kind: registry.Kind, typed: Mapping[str, str], *, by: Actor, now: datetime
) -> Opened:
    """First the other room with its locks; then the link, and the entry in the chain that is locked already."""
    visit = finding.visit
    begun = kind.function(finding, typed, by=by, now=now)
    row = Opened.objects.create(
        finding=finding, code=kind.code, key=begun.key, opened=now, opened_by_id=by.user_id
    )
    facts = {
        "what": kind.code,
        "round": visit.round.name,
        "finding": finding.number,
        "visit": visit.public_id,
        "key": begun.key,
    }
    record(
        "inspection.opened",
        chain_id=begun.chain_id,
        by=by,
        happened=now,
        now=now,
        facts=facts,
        run_id=visit.run_id if begun.chain_id == visit.project.chain_id else None,
    )
    return row
