"""What people do in a case: take it in, propose, approve, conclude, write letters and supplements.

Each asks first whether the district may still decide: who stands aside is judged anew at every step.
"""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _
from viewflow.workflow.status import PROCESS, STATUS

from flows.engine import operations as engine
from flows.engine.models import Assignment, Run
from flows.engine.operations.move import Move, moving
from flows.engine.rules import OPEN, REMOVED
from flows.journal.operations import record
from hetang_flow.lib.errors import Invalid, NotAllowed, NotFound, WrongState
from permissions.actors import SYSTEM, Actor
from permissions.models import Organisation

from . import dossier as dossiers
from . import effects, rules, selectors
from .flow import DisciplineFlow
from .models import Admission, Case, Disposition, Dossier, Letter, Supplement, Word

Named = Sequence[tuple[int, int]]
MOST_SUPPLEMENTS = 200


def take_in(
    case_id: UUID, *, accept: bool, handlers: Named = (), reason: str, by: Actor, now: datetime
) -> Case:
    """受理或不予受理: the intake decides with reasons, and names in person who handles the case.

    Raises NotFound for everybody who does not know of it, Invalid without a reason or without handlers who may.
    """
    rules.text_fits(reason, name="reason").or_raise(Invalid)
    case = _case(case_id, by, now)
    wanted = _handlers(case, handlers, now) if accept else []

    def first(move: Move) -> None:
        mine = effects.of_run(move)
        if accept:
            mine.accepted = now
            _admit(mine, rules.HANDLER, wanted, now)
        else:
            mine.state, mine.closed = Case.State.DECLINED, now
        mine.save(update_fields=["accepted", "state", "closed"])
        _say(mine, Word.Kind.ACCEPT if accept else Word.Kind.DECLINE, reason, move)

    return _complete(case, DisciplineFlow.intake, first, by=by, now=now)


def propose(case_id: UUID, *, disposition: str, reason: str, by: Actor, now: datetime) -> Case:
    """处置建议: a handler proposes one of the plan's dispositions; its own leader then approves it."""
    rules.text_fits(reason, name="reason").or_raise(Invalid)
    case = _case(case_id, by, now)
    found = Disposition.objects.filter(plan_id=case.plan_id, code=disposition, retired=False).first()
    if found is None:
        raise Invalid("disposition-missing", {"field": "disposition"})

    def first(move: Move) -> None:
        mine = effects.of_run(move)
        mine.disposition = found
        mine.save(update_fields=["disposition"])
        mine.admissions.filter(role=rules.APPROVER, until=None).exclude(post=found.approver_id).update(
            until=now
        )
        _admit(mine, rules.APPROVER, [(found.approver_id, None)], now)
        _say(mine, Word.Kind.PROPOSE, reason, move)

    return _complete(case, DisciplineFlow.propose, first, by=by, now=now)


def conclude(case_id: UUID, *, text: str, by: Actor, now: datetime) -> Case:
    """结论: written by people, as text; there is no figure in it that the system made."""
    rules.text_fits(text, name="text").or_raise(Invalid)
    case = _case(case_id, by, now)

    def first(move: Move) -> None:
        mine = effects.of_run(move)
        mine.concluded = now
        mine.save(update_fields=["concluded"])
        _say(mine, Word.Kind.CONCLUDE, text, move)

    return _complete(case, DisciplineFlow.conclude, first, by=by, now=now)


def agree(case_id: UUID, *, opinion: str, by: Actor, now: datetime) -> Case:
    """审批: the leader whom the disposition names agrees, to the disposition or to the conclusion."""
    rules.text_fits(opinion, name="opinion").or_raise(Invalid)
    case = _case(case_id, by, now)
    with transaction.atomic():
        share = _share(case, (DisciplineFlow.approve, DisciplineFlow.review), by)
        run = engine.approve(case.run.public_id, share, by=by, now=now)
        mine = effects.of_run(run.move)
        _say(mine, Word.Kind.AGREE, opinion, run.move)
    return mine


def send_back(case_id: UUID, *, reason: str, by: Actor, now: datetime) -> Case:
    """退回: the leader does not agree yet; the handlers go on. The reason is kept sealed, the engine knows none."""
    rules.text_fits(reason, name="reason").or_raise(Invalid)
    case = _case(case_id, by, now)
    with transaction.atomic():
        share = _share(case, (DisciplineFlow.approve, DisciplineFlow.review), by)
        known = _("The reason stands in the case.")
        run = engine.return_to_initiator(case.run.public_id, share, by=by, now=now, reason=known)
        mine = effects.of_run(run.move)
        _say(mine, Word.Kind.RETURN, reason, run.move)
    return mine


def assign_anew(case_id: UUID, *, handlers: Named, reason: str, by: Actor, now: datetime) -> Case:
    """改派: the intake gives the case to others; those who had it know of it no more.

    Raises NotAllowed for anybody but the intake, WrongState before it was accepted and once it is over.
    """
    rules.text_fits(reason, name="reason").or_raise(Invalid)
    case = _case(case_id, by, now)
    if rules.INTAKE not in selectors.roles(case, by, now):
        raise NotAllowed("not-the-intake")
    wanted = _handlers(case, handlers, now)
    with moving(case.run.public_id, by=by, now=now) as move:
        mine = effects.of_run(move)
        if mine.state != Case.State.OPEN or mine.accepted is None:
            raise WrongState("case-not-under-way")
        move.load()
        move.by = _in_commission(by)
        _say(mine, Word.Kind.ASSIGN, reason, move)
        mine.admissions.filter(role=rules.HANDLER, until=None).update(until=now)
        _admit(mine, rules.HANDLER, wanted, now)
        move.record("discipline.assigned", None, posts=[post for post, _person in wanted])
        for step in [step for step in move.open_steps() if step.flow_task.name in ("propose", "conclude")]:
            _reseat(move, step, wanted)
    return mine


def _reseat(move: Move, step: Any, wanted: Named) -> None:
    """Ask others at an open step; what those before had done stands."""
    asked = [share for share in move.of(step) if share.status == OPEN]
    for share in asked:
        share.status = REMOVED
    move.write(asked)
    order = max((share.order for share in move.of(step)), default=-1)
    fresh = [
        Assignment(
            run=move.run, step=step, post_id=post, handed_to_id=person, order=order + number, opened=move.now
        )
        for number, (post, person) in enumerate(wanted, 1)
    ]
    move.add(fresh)
    for share in fresh:
        move.tell("step.todo", step, [share.handed_to_id], key=f"todo:{share.pk}")


@transaction.atomic
def write_letter(case_id: UUID, *, kind: str, unit: str, text: str, by: Actor, now: datetime) -> Letter:
    """工作提示函、监察建议: a handler writes it; it goes out on paper, under a number that counts nothing.

    Raises NotAllowed for anybody but a handler, Invalid for another kind of letter or an unknown unit.
    """
    rules.text_fits(text, name="text").or_raise(Invalid)
    case = _case(case_id, by, now)
    if rules.HANDLER not in selectors.roles(case, by, now):
        raise NotAllowed("not-a-handler")
    if kind not in (Letter.Kind.REMINDER, Letter.Kind.SUGGESTION):
        raise Invalid("letter-unknown", {"field": "kind"})
    addressee = Organisation.objects.filter(code=unit).first()
    if addressee is None:
        raise Invalid("no-such-unit", {"field": "unit"})
    _still_open(case)
    letter = Letter.objects.create(
        case=case, kind=kind, addressee=addressee, text=text.strip(), written=now, written_by_id=by.user_id
    )
    _record("discipline.letter", case, {"kind": kind, "letter": letter.number}, by=by, now=now)
    return letter


@transaction.atomic
def add_supplement(case_id: UUID, *, text: str, in_favour: bool, by: Actor, now: datetime) -> Supplement:
    """补充材料: what became known later stands beside the frozen dossier, never in it.

    Raises NotAllowed for the approving leader, who decides on what others lay before them.
    """
    rules.text_fits(text, name="text").or_raise(Invalid)
    case = _case(case_id, by, now)
    if not selectors.roles(case, by, now) & {rules.HANDLER, rules.INTAKE}:
        raise NotAllowed("not-a-handler")
    _still_open(case)
    folder = Dossier.objects.select_for_update(no_key=True).get(case=case)
    number = folder.supplements.count() + 1
    if number > MOST_SUPPLEMENTS:
        raise WrongState("too-many-supplements", {"most": MOST_SUPPLEMENTS})
    words = text.strip()
    made = Supplement.objects.create(
        dossier=folder,
        number=number,
        in_favour=in_favour,
        text=words,
        sha256=dossiers.digest(words),
        added=now,
        added_by_id=by.user_id,
    )
    facts = {"number": number, "sha256": made.sha256, "in_favour": in_favour}
    _record("discipline.supplement", case, facts, by=by, now=now)
    return made


def recuse_anew(*, now: datetime) -> int:
    """Judge anew every case that is open; those that may not be decided here any more go to the city. How many did."""
    rows = Case.objects.filter(state=Case.State.OPEN).select_related("run").order_by("run_id")
    return sum(_hand_over_if_due(case, now) for case in rows)


# --- shared ---


def _case(case_id: UUID, by: Actor, now: datetime) -> Case:
    """A case this person knows of; one that may not be decided here any more goes to the city first."""
    found = Case.objects.filter(public_id=case_id, state=Case.State.OPEN).select_related("run").first()
    if found is not None and rules.is_of_the_commission(by) and _hand_over_if_due(found, now):
        raise NotFound("no-such-case")
    return selectors.case_for(case_id, by, now)


def _hand_over_if_due(case: Case, now: datetime) -> bool:
    why = selectors.aside(case, now).city
    if not why:
        return False
    with moving(case.run.public_id, by=SYSTEM, now=now) as move:
        mine = effects.of_run(move)
        if move.run.status != PROCESS.NEW or mine.state != Case.State.OPEN:
            return False
        mine.city_why = why
        move.load()
        move.void(move.open_steps())
        effects.hand_over(move)
        move.end_run(PROCESS.DONE, "completed")
    return True


def _handlers(case: Case, named: Named, now: datetime) -> list[tuple[int, int]]:
    """Those named, each once; all of them inspectors who need not stand aside."""
    wanted = list(dict.fromkeys(named))
    if not rules.FEWEST_HANDLERS <= len(wanted) <= rules.MOST_HANDLERS:
        facts = {"field": "handlers", "least": rules.FEWEST_HANDLERS, "most": rules.MOST_HANDLERS}
        raise Invalid("handlers-missing", facts)
    free = {
        (post, person)
        for post, _name, person, _who in selectors.free_handlers(case, selectors.aside(case, now), now)
    }
    if not set(wanted) <= free:
        raise Invalid("handler-not-free", {"field": "handlers"})
    return wanted


def _admit(case: Case, role: str, wanted: Sequence[tuple[int, int | None]], now: datetime) -> None:
    here = set(case.admissions.filter(role=role, until=None).values_list("post_id", flat=True))
    Admission.objects.bulk_create(
        Admission(case=case, role=role, post_id=post, person_id=person, since=now)
        for post, person in wanted
        if post not in here
    )


def _say(case: Case, kind: str, text: str, move: Move) -> None:
    Word.objects.create(
        case=case,
        kind=kind,
        text=text.strip(),
        said=move.now,
        said_by_id=move.by.user_id,
        post=move.by.capacity[:80],
    )


def _share(case: Case, nodes: Sequence[Any], by: Actor) -> int:
    """What is asked of this person at one of these steps. Raises WrongState where nothing is."""
    rows = Assignment.objects.filter(
        run_id=case.run_id, step__flow_task__in=nodes, step__status=STATUS.NEW, status=OPEN
    )
    mine = [share for share in rows.order_by("order", "pk") if selectors.is_mine(share, by)]
    if not mine:
        raise WrongState("case-not-there")
    return mine[0].pk


def _complete(case: Case, node: Any, first: Callable[[Move], None], *, by: Actor, now: datetime) -> Case:
    run: Run = engine.complete(case.run.public_id, _share(case, (node,), by), by=by, now=now, first=first)
    return run.move.subject


def _still_open(case: Case) -> None:
    """A case that is over stays as it was; judged under the lock of its run."""
    Run.objects.select_for_update(no_key=True).get(pk=case.run_id)
    case.refresh_from_db(fields=["state"])
    if case.state != Case.State.OPEN:
        raise WrongState("case-not-under-way")


def _in_commission(by: Actor) -> Actor:
    post = next((post.id for post in by.posts if post.organisation_code == rules.COMMISSION), None)
    return by.in_post(post) if post else by


def _record(kind: str, case: Case, facts: dict[str, Any], *, by: Actor, now: datetime) -> None:
    about = {"run": case.number} | facts
    who = _in_commission(by)
    record(kind, chain_id=case.chain_id, by=who, happened=now, now=now, facts=about, run_id=case.run_id)
