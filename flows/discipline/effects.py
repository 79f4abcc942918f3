"""What a case asks for and leaves behind at its steps, inside the step's transaction under the Run's lock."""

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from flows.deadlines.rules import DueDay, due_day, is_provisional
from flows.deadlines.selectors import calendar
from flows.engine.models import Run
from flows.engine.operations.move import Move
from hetang_flow.lib.clock import district_day
from hetang_flow.lib.errors import WrongState
from notifications import notices
from permissions.models import Appointment, Organisation
from permissions.selectors import current

from . import rules, selectors
from .models import Admission, Case, Commission, Letter

WHY_CITY = {
    rules.ABOUT_COMMISSION: gettext_lazy(
        "The matter concerns the district's commission or one of its people."
    ),
    rules.OWN_LINE: gettext_lazy("The matter belongs to a line that the district's commission leads."),
    rules.HEAD_ASIDE: gettext_lazy("The head of the district's commission has to stand aside."),
    rules.NOBODY_LEFT: gettext_lazy("Everybody who would take part in the district has to stand aside."),
}


def of_run(move: Move) -> Case:
    """The case of the run that is being moved (one statement, once a move)."""
    if move.subject is None:
        move.subject = selectors.case_of_run(move.run.pk)
    return move.subject


def _asked(code: str, holds: bool) -> str:
    if not holds:
        raise WrongState(code)
    return ""


def is_taken_in(move: Move) -> str:
    """It goes on once the intake has said whether the case is accepted."""
    case = of_run(move)
    return _asked("case-not-taken-in", case.accepted is not None or case.state == Case.State.DECLINED)


def is_proposed(move: Move) -> str:
    """It goes on once a disposition is proposed."""
    return _asked("disposition-missing", of_run(move).disposition_id is not None)


def is_concluded(move: Move) -> str:
    """It goes on once there is a conclusion."""
    return _asked("conclusion-missing", of_run(move).concluded is not None)


def goes_to_the_city(run: Run) -> bool:
    """Whether the district does not decide this case, as it was judged when it was opened."""
    return Case.objects.filter(run=run).exclude(city_why="").exists()


def is_accepted(run: Run) -> bool:
    """What the intake said."""
    return Case.objects.filter(run=run, accepted__isnull=False).exists()


def dispose(move: Move) -> None:
    """The disposition is approved: from here its days run."""
    case = of_run(move)
    assert case.disposition is not None  # noqa: S101 - the step before asked for it
    due = due_day(district_day(move.now), case.disposition.days, move.calendar)
    case.disposed, case.due_on = move.now, due.day
    case.save(update_fields=["disposed", "due_on"])
    move.record("discipline.disposed", None, disposition=case.disposition.code, due=due.day)


def due_of(run: Run) -> DueDay | None:
    """The day on which the disposition's days are over, however often the conclusion comes back."""
    day = selectors.case_of_run(run.pk).due_on
    if day is None:
        return None
    days = calendar()
    return DueDay(day, is_provisional(day, days), day, 0, days)


def decline(move: Move) -> None:
    """Not accepted: the case is over, and whoever referred it hears that it was handled."""
    _over(move, Case.State.DECLINED)


def close(move: Move) -> None:
    """Concluded: the case is over, and whoever referred it hears that it was handled."""
    _over(move, Case.State.CLOSED)


def _over(move: Move, state: str) -> None:
    case = of_run(move)
    case.state, case.closed = state, move.now
    case.save(update_fields=["state", "closed"])
    move.record("discipline.over", None, state=state)
    feed_back(move, case)


def feed_back(move: Move, case: Case) -> None:
    """The one thing that leaves the compartment: to whoever confirmed the referral, that it was handled."""
    if case.measure is None or case.measure.weighed_by_id is None:
        return
    item = case.measure.climb.item
    move.notices.append(
        notices.Draft(
            "discipline.handled",
            key=f"handled:{case.measure_id}",
            to=[case.measure.weighed_by_id],
            facts={"title": item.title},
            url=reverse("sheet", args=[case.measure.run.public_id]),
            confidential=True,
        )
    )


def hand_over(move: Move) -> None:
    """交接: the letter to the city is written, the hand-over recorded, and every door in the district closed."""
    case = of_run(move)
    city = Organisation.objects.get(code=rules.CITY_COMMISSION)
    case.state, case.closed = Case.State.HANDED, move.now
    case.save(update_fields=["state", "closed", "city_why"])
    case.admissions.filter(until=None).update(until=move.now)
    post = Commission.objects.values_list("city_id", flat=True).get(plan_id=case.plan_id)
    Admission.objects.create(case=case, role=rules.CITY, post_id=post, since=move.now)
    facts = {"why": str(WHY_CITY[case.city_why]), "unit": case.unit.name, "number": case.dossier.number}
    text = _(
        "%(why)s Under the rules on recusal the matter concerning %(unit)s is not decided in the district. "
        "It is handed over to you with dossier No. %(number)s for decision."
    )
    letter = Letter.objects.create(
        case=case, kind=Letter.Kind.TRANSFER, addressee=city, text=text % facts, written=move.now
    )
    move.record("discipline.handed", None, why=case.city_why, letter=letter.number)
    seats = Appointment.objects.filter(current(move.now), post_id=post)
    there = list(seats.values_list("user_id", flat=True))
    move.tell("discipline.todo", None, there, key=f"handed:{case.pk}")
    feed_back(move, case)
