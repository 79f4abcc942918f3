"""Opening a case: of a confirmed referral inside the deciding transaction, or of a clue that an inspector enters."""

from collections.abc import Callable
from datetime import datetime
from functools import partial

from django.db import transaction

from flows.campaigns.models import Plan
from flows.engine.models import Run
from flows.engine.operations import start_beside, start_run
from flows.engine.operations.move import Move
from flows.journal.operations import open_chain, record
from flows.projects.models import Project
from flows.supervision.models import Measure
from flows.supervision.selectors import confirmed_referrals
from hetang_flow.lib.errors import Invalid, NotFound
from permissions.actors import SYSTEM, Actor
from permissions.models import Organisation
from permissions.selectors import members_of

from . import dossier, rules, selectors
from .flow import DisciplineFlow
from .models import Admission, Case, Commission, Word


def open_case(measure: Measure, move: Move) -> None:
    """A referral that a person has confirmed opens a case; under a plan that names no commission it waits for one."""
    if Commission.objects.filter(plan_id=measure.climb.item.plan_id).exists():
        _open(_of_referral(measure, move.now), partial(start_beside, move), now=move.now)


def _of_referral(measure: Measure, now: datetime) -> Case:
    item = measure.climb.item
    return Case(
        plan_id=item.plan_id,
        measure=measure,
        unit=item.unit,
        person_id=item.person_id,
        project_id=item.project_id,
        line_id=item.line_id,
        opened=now,
    )


def open_waiting(*, now: datetime) -> int:
    """Open the cases of referrals that were confirmed before the plan named a commission; returns how many."""
    done = Case.objects.filter(measure__isnull=False).values("measure_id")
    waiting = confirmed_referrals().exclude(pk__in=done).filter(climb__item__plan__commission__isnull=False)
    return sum(_open_one(key, now=now) for key in list(waiting.values_list("pk", flat=True)))


@transaction.atomic
def _open_one(measure_id: int, *, now: datetime) -> bool:
    """One of them, by whichever worker comes first."""
    found = Measure.objects.select_for_update(no_key=True, of=("self",), skip_locked=True).filter(
        pk=measure_id
    )
    measure = found.select_related("climb__item__unit", "climb__item__person", "climb__item__project").first()
    if measure is None or Case.objects.filter(measure=measure).exists():
        return False
    _open(_of_referral(measure, now), partial(start_run, by=SYSTEM, now=now), now=now)
    return True


@transaction.atomic
def enter_clue(
    plan_code: str,
    *,
    unit: str,
    text: str,
    project: str = "",
    person: int | None = None,
    by: Actor,
    now: datetime,
) -> Case:
    """An inspector enters a clue about a unit, or somebody in it; whether it is decided here the rules say.

    Raises NotAllowed for anybody else, Invalid for an unknown unit or project and for a text that is too short.
    """
    rules.may_enter_clue(by).or_raise()
    rules.text_fits(text, name="text").or_raise(Invalid)
    plan = Plan.objects.filter(code=plan_code, commission__isnull=False).first()
    if plan is None:
        raise NotFound("no-such-plan")
    about = Organisation.objects.filter(code=unit).first()
    if about is None:
        raise Invalid("no-such-unit", {"field": "unit"})
    if person is not None and person not in members_of([about.pk], at=now).get(about.pk, ()):
        raise Invalid("no-such-person", {"field": "person"})
    found = None
    if project:
        found = Project.objects.filter(plan=plan, code=project).first()
        if found is None or (by.is_demo and not found.is_demo):
            raise Invalid("no-such-project", {"field": "project"})
    if by.is_demo and found is None and not about.is_demo:
        raise Invalid("demonstration-only", {"field": "project"})
    case = Case(
        plan=plan,
        unit=about,
        person_id=person,
        project=found,
        line_id=found.line_id if found else None,
        opened=now,
        opened_by_id=by.user_id,
    )
    # The system starts it: nobody withdraws a case, and in no list does it stand as somebody's own.
    start = partial(start_run, by=SYSTEM, now=now)
    _open(case, start, now=now, clue=text.strip(), by=by)
    case.refresh_from_db()
    return case


def _open(
    case: Case, start: Callable[..., Run], *, now: datetime, clue: str = "", by: Actor | None = None
) -> None:
    """Write the case, its dossier and who knows of it before its first step asks anybody."""
    case.chain = open_chain("case", case.number)
    whole = {"chain_id": case.chain.pk, "by": SYSTEM, "happened": now, "now": now}
    record("discipline.opened", **whole, facts={"code": case.number})
    case.city_why = selectors.aside(case, now).city

    def written(run: Run) -> None:
        case.run = run
        case.save()
        if clue and by:
            Word.objects.create(
                case=case, kind=Word.Kind.CLUE, text=clue, said=now, said_by_id=by.user_id, post=by.capacity
            )
        folder = dossier.freeze(case, now=now)
        record("discipline.frozen", **whole, facts={"dossier": folder.number, "sha256": folder.sha256})
        intake = Commission.objects.values_list("intake_id", flat=True).get(plan_id=case.plan_id)
        Admission.objects.create(case=case, role=rules.INTAKE, post_id=intake, since=now)

    start(
        DisciplineFlow,
        title=case.number,
        label=DisciplineFlow.label,
        code=case.number,
        chain_id=case.chain.pk,
        before_first_step=written,
    )
