"""What follows in an assessment, inside the deciding transaction."""

from django.db.models import Q

from flows.deadlines.rules import DueDay, due_day
from flows.deadlines.selectors import calendar
from flows.engine.models import Run
from flows.engine.operations.move import Move
from flows.engine.resolvers import signers_where
from hetang_flow.lib.clock import district_day
from hetang_flow.lib.errors import WrongState
from permissions.models import Post

from .models import Assessment, AssessmentObjection
from .rules import assessment as rules

TOLD = (Post.Duty.HEAD, Post.Duty.DESK)


def scores_complete(move: Move) -> str:
    """Scores are handed on when every unit has one on every criterion."""
    found = Assessment.objects.get(run_id=move.run.pk)
    missing = found.rows.filter(score=None).count()
    if missing:
        raise WrongState("scores-missing", {"count": missing})
    return ""


def notify(move: Move) -> None:
    """Tell each unit its scores; from now it may object, for the scheme's working days."""
    found = _locked(move)
    due = due_day(district_day(move.now), found.objection_days, calendar())
    before = {"state": found.state}
    found.state, found.objections_until = Assessment.State.NOTIFIED, due.day
    found.save(update_fields=["state", "objections_until"])
    move.changed(
        "assessment.notified", before, {"state": found.state, "objections_until": due.day.isoformat()}
    )
    _tell_units(move, found, "assessment.notified")


def objections_settled(move: Move) -> str:
    """The round is handed on when its days are over and every objection is answered."""
    found = Assessment.objects.get(run_id=move.run.pk)
    unanswered = AssessmentObjection.objects.filter(
        assessment=found, round=move.run.round, answered=None
    ).count()
    today = district_day(move.now)
    rules.may_settle(today=today, until=found.objections_until, unanswered=unanswered).or_raise(WrongState)
    return ""


def publish(move: Move) -> None:
    """The scores stand; every unit is told."""
    found = _locked(move)
    found.state, found.published_on = Assessment.State.PUBLISHED, district_day(move.now)
    found.save(update_fields=["state", "published_on"])
    move.changed("assessment.published", {"state": "notified"}, {"state": found.state})
    _tell_units(move, found, "assessment.published")
    move.tell("run.completed", None, [move.run.initiator_id], key=f"completed:{move.run.pk}")


def close(move: Move) -> None:
    """Withdrawn or ended; another may be begun."""
    Assessment.objects.filter(run_id=move.run.pk).exclude(state=Assessment.State.PUBLISHED).update(
        state=Assessment.State.CLOSED
    )


def due_of_objections(run: Run) -> DueDay:
    """The round of objections is dealt with on the working day after its last."""
    found = Assessment.objects.get(run_id=run.pk)
    return due_day(found.objections_until, 1, calendar())


def _tell_units(move: Move, found: Assessment, kind: str) -> None:
    units = found.rows.values("organisation_id")
    told = signers_where(Q(organisation__in=units, duty__in=TOLD), at=move.now)
    people = {user for signer in told for user in signer.told}
    move.tell(kind, None, people, key=f"{kind}:{move.run.pk}:{move.run.round}")


def _locked(move: Move) -> Assessment:
    return Assessment.objects.select_for_update(no_key=True).get(run_id=move.run.pk)
