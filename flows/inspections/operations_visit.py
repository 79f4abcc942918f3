"""What people do on a visit: hand materials in, note what is found, hand the visit in, sign that it was seen."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Max
from viewflow.workflow.status import STATUS

from flows.engine.models import Assignment
from flows.engine.operations import complete
from flows.engine.operations.asked import asked_at
from flows.engine.operations.move import Move
from flows.engine.rules import OPEN
from flows.files.operations import Kept, lay, withdraw
from hetang_flow.lib.clock import district_day
from hetang_flow.lib.errors import Invalid, NotFound, WrongState
from permissions.actors import Actor
from permissions.models import Organisation

from . import effects, rules
from .flow import InspectionFlow
from .models import Finding, FindingPhoto, Seen, Visit
from .selectors import may_be_concerned


@dataclass(frozen=True, slots=True)
class Noted:
    """What was found: in words, how serious, and which unit it concerns."""

    text: str
    unit: str
    is_serious: bool = False


# --- materials ---


def hand_in_materials(visit_id: UUID, *, text: str, by: Actor, now: datetime) -> Visit:
    """报送材料: the desk of a service department says what it hands in; the files lie with the matter already.

    Raises Invalid for too few words, NotAllowed for other units, WrongState once the day has passed and it went on.
    """
    rules.text_fits(text, field="materials").or_raise(Invalid)

    def write(move: Move, _share: Assignment) -> None:
        visit = effects.of_run(move)
        visit.materials, visit.materials_in = text.strip(), now
        visit.save(update_fields=["materials", "materials_in"])

    return _done(visit_id, InspectionFlow.hand_in, write, by=by, now=now)


# --- on site ---


@transaction.atomic
def note_finding(
    visit_id: UUID, said: Noted, *, by: Actor, now: datetime, kept: Sequence[Kept] = ()
) -> Finding:
    """Note something found on site, with photographs; until the visit is handed in it may be taken back.

    Raises Invalid for too few words or a unit it cannot concern, NotAllowed for who does not inspect here, WrongState
    while the visit waits for something else.
    """
    rules.text_fits(said.text, field="text").or_raise(Invalid)
    with _on_site(visit_id, by=by, now=now) as (move, visit):
        unit = may_be_concerned(visit).filter(code=said.unit).first()
        if unit is None:
            raise Invalid("no-such-unit", {"field": "unit"})
        last = visit.findings.aggregate(last=Max("number"))["last"] or 0
        rules.may_note(last, handed_in=visit.handed_in is not None).or_raise(WrongState)
        finding = _noted(move, visit, said, unit, last + 1)
    _photographed(finding, visit, kept, by=by, now=now)
    return finding


def _noted(move: Move, visit: Visit, said: Noted, unit: Organisation, number: int) -> Finding:
    finding = Finding.objects.create(
        visit=visit,
        number=number,
        text=said.text.strip(),
        is_serious=said.is_serious,
        unit=unit,
        noted=move.now,
        noted_by_id=move.by.user_id,
    )
    facts = {"finding": number, "serious": said.is_serious, "unit": unit.name}
    move.record("inspection.noted", None, opinion=finding.text, **facts)
    return finding


@transaction.atomic
def add_photographs(finding_id: UUID, kept: Sequence[Kept], *, by: Actor, now: datetime) -> Finding:
    """More photographs of a finding that is not handed in yet; raises as `note_finding` does."""
    finding = _finding(finding_id)
    with _on_site(finding.visit.public_id, by=by, now=now) as (_move, visit):
        rules.may_note(0, handed_in=visit.handed_in is not None).or_raise(WrongState)
        _still_there(finding)
    _photographed(finding, visit, kept, by=by, now=now)
    return finding


def _photographed(finding: Finding, visit: Visit, kept: Sequence[Kept], *, by: Actor, now: datetime) -> None:
    if kept:
        laid = lay(visit.run.public_id, kept, by=by, now=now)
        FindingPhoto.objects.bulk_create(FindingPhoto(finding=finding, attachment=file) for file in laid)


@transaction.atomic
def take_back_finding(finding_id: UUID, *, by: Actor, now: datetime) -> Finding:
    """Take back what was noted, before the visit is handed in, with one's own photographs of it.

    Its number is not given again, and the record keeps its words.
    """
    finding = _finding(finding_id)
    with _on_site(finding.visit.public_id, by=by, now=now) as (move, visit):
        rules.may_note(0, handed_in=visit.handed_in is not None).or_raise(WrongState)
        _still_there(finding)
        Move.change_one(Finding.objects.filter(pk=finding.pk, taken_back=None), taken_back=now)
        move.record("inspection.taken_back", None, finding=finding.number)
        finding.taken_back = now
    own = {"attachment__uploaded_by": by.user_id, "attachment__withdrawn": None}
    for photo in finding.photographs.filter(**own).values_list("attachment__public_id", flat=True):
        withdraw(photo, by=by, now=now)
    return finding


def _still_there(finding: Finding) -> None:
    if not Finding.objects.filter(pk=finding.pk, taken_back=None).exists():
        raise WrongState("finding-taken-back")


def _finding(finding_id: UUID) -> Finding:
    finding = Finding.objects.select_related("visit__run").filter(public_id=finding_id).first()
    if finding is None:
        raise NotFound("no-such-finding")
    return finding


def report_visit(
    visit_id: UUID, *, visited_on: date | None, nothing_found: bool, by: Actor, now: datetime
) -> Visit:
    """Hand the visit in: on which day it was, and what was noted, or that nothing was found. From then on it stands.

    Raises Invalid for a day that cannot be and for neither or both answers, NotAllowed for who does not inspect here.
    """

    def write(move: Move, _share: Assignment) -> None:
        visit = effects.of_run(move)
        if visit.handed_in is not None:
            return  # it was handed in before the matter came back here; what was handed in stands
        found = visit.findings.filter(taken_back=None).count()
        first, today = visit.round.first_day, district_day(now)
        verdict = rules.may_report(found, nothing=nothing_found, day=visited_on, first=first, today=today)
        verdict.or_raise(Invalid)
        visit.visited_on, visit.nothing_found = visited_on, nothing_found
        visit.handed_in, visit.handed_in_by_id = now, by.user_id
        visit.save(update_fields=["visited_on", "nothing_found", "handed_in", "handed_in_by"])

    return _done(visit_id, InspectionFlow.visit, write, by=by, now=now)


# --- seen ---


def sign_seen(visit_id: UUID, *, objection: str = "", by: Actor, now: datetime) -> Visit:
    """签阅: a unit signs that it has seen what was found, and may say what it has against it.

    Raises Invalid for an objection of too few words, NotAllowed for other units.
    """
    rules.objection_fits(objection).or_raise(Invalid)

    def write(move: Move, share: Assignment) -> None:
        visit, unit = effects.of_run(move), share.post.organisation
        said = {"objection": objection.strip(), "seen": now}
        Seen.objects.get_or_create(visit=visit, unit=unit, signed_by_id=by.user_id, defaults=said)
        if said["objection"]:
            move.record("inspection.objected", None, opinion=objection.strip(), unit=unit.name)
            key = f"inspection-objected:{visit.pk}:{unit.pk}"
            move.tell("inspection.objected", None, [visit.round.announced_by_id], key=key)

    return _done(visit_id, InspectionFlow.seen, write, by=by, now=now)


# --- under the lock ---


@contextmanager
def _on_site(visit_id: UUID, *, by: Actor, now: datetime) -> Iterator[tuple[Move, Visit]]:
    """A visit that lies with its inspectors, for one of them, under the Run's lock."""
    with asked_at(_run_of(visit_id), {"visit"}, by=by, now=now) as move:
        yield move, Visit.objects.select_related("round", "project", "run").get(run_id=move.run.pk)


def _own(rows: Sequence[tuple[int, int, int | None]], by: Actor) -> int:
    """The share this person may use, of keys with their post and whom they were handed to; else the first."""
    mine = [key for key, post, person in rows if person == by.user_id or post in by.reach]
    return (mine or [rows[0][0]])[0]


def _run_of(visit_id: UUID) -> UUID:
    found = Visit.objects.filter(public_id=visit_id).values_list("run__public_id", flat=True)
    if not found:
        raise NotFound("no-such-visit")
    if found[0] is None:
        raise WrongState("visit-not-there")
    return found[0]


def _done(
    visit_id: UUID,
    node: Any,
    change: Callable[[Move, Assignment], None],
    *,
    by: Actor,
    now: datetime,
) -> Visit:
    """Complete a step with what `change` writes; the engine judges this person first, under the Run's lock."""
    run = _run_of(visit_id)
    shares = Assignment.objects.filter(
        run__public_id=run, step__flow_task=node, step__status=STATUS.NEW, status=OPEN
    ).order_by("order", "pk")
    rows = list(shares.values_list("pk", "post_id", "handed_to_id"))
    if not rows:
        raise WrongState("visit-not-there")
    share = _own(rows, by)

    def first(move: Move) -> None:
        change(move, move.task(share))

    return complete(run, share, by=by, now=now, first=first).move.subject
