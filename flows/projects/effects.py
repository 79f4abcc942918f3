"""What follows a decision on a project, inside the step's transaction; the flow names each of these."""

from django.db.models import Exists, F, OuterRef, Q, Subquery

from flows.engine.operations.move import Move
from flows.engine.resolvers import signers_where
from hetang_flow.lib.errors import WrongState

from . import registry, rules
from .lifecycle import Move as LifecycleMove
from .lifecycle import Phase
from .models import Evidence, Fact, Milestone, PhaseCorrection, Project, ProjectLeader, Requirement


def evidence_is_complete(move: Move) -> str:
    """Nothing is submitted while the gate's checklist has gaps or an obstacle stops the move; the refusal names them.

    Returns the note that goes with the submission, so that each round keeps its own (one statement, and one for each
    source of obstacles).
    """
    about = {"milestone__run_id": move.run.pk, "milestone__gate_id": OuterRef("gate_id")}
    laid = Evidence.objects.filter(**about, requirement_id=OuterRef("pk"), withdrawn_round__isnull=True)
    told = Fact.objects.filter(**about, kind=OuterRef("code"))
    milestone = Milestone.objects.filter(run_id=move.run.pk)
    checklist = Requirement.objects.filter(gate__in=milestone.values("gate_id"))
    items = list(
        checklist.annotate(
            laid=Exists(laid),
            told=Exists(told),
            note=Subquery(milestone.values("note")),
            project=Subquery(milestone.values("project_id")),
            move=F("gate__move"),
        )
    )
    documents = {item.code for item in items if item.laid}
    missing = rules.missing(items, documents, {item.code: True for item in items if item.told})
    if missing:
        raise WrongState("evidence-missing", {"missing": missing})
    if not items:
        return ""
    _nothing_stops(items[0].project, LifecycleMove(items[0].move), move)
    return items[0].note


def _nothing_stops(project_id: int, wanted: LifecycleMove, move: Move) -> None:
    """Refuse what an open obstacle stops; one that only excuses a delay stops nothing."""
    found = registry.open_obstacles([project_id], move.now, wanted).get(project_id, [])
    stopping = [obstacle.title for obstacle in found if obstacle.stops]
    if stopping:
        raise WrongState("blocked-by-obstacles", {"obstacles": stopping})


def copy_city_leaders(move: Move) -> None:
    """City leaders who are linked to the project are copied; nothing waits for them."""
    linked = ProjectLeader.objects.filter(
        project__milestones__run_id=move.run.pk, level=ProjectLeader.Level.CITY
    ).values("post_id")
    readers = {user for signer in signers_where(Q(pk__in=linked), at=move.now) for user in signer.told}
    move.copy_to(readers)


def advance_project(move: Move) -> None:
    """Move the project by its milestone: phase, record and notice stand or fall together.

    What came into its way after the milestone was handed in stops it here; the refusal names it.
    """
    milestone = _locked(Milestone, move, of=("self", "project"))
    project: Project = milestone.project
    was = project.phase
    if was != milestone.from_phase:
        raise WrongState("phase-moved-meanwhile", {"phase": Phase(was).label})
    _nothing_stops(project.pk, LifecycleMove(milestone.move), move)
    getattr(project, milestone.move)()
    _save_phase(project, move, was=was)
    milestone.state, milestone.closed = Milestone.State.CONFIRMED, move.now
    milestone.save(update_fields=["state", "closed"])
    move.changed("project.moved", {"phase": was}, {"phase": project.phase, "move": milestone.move})
    move.tell("project.moved", None, [move.run.initiator_id], key=f"moved:{move.run.pk}")


def close_milestone(move: Move) -> None:
    """The milestone of a run that was taken back is closed; the project stays where it is."""
    Milestone.objects.filter(run_id=move.run.pk, state=Milestone.State.OPEN).update(
        state=Milestone.State.CLOSED, closed=move.now
    )


def apply_correction(move: Move) -> None:
    """Put a phase right that was moved by mistake; the old entry stays, two persons stand for the new one."""
    correction = _locked(PhaseCorrection, move, of=("self", "project"))
    project: Project = correction.project
    if project.phase != correction.from_phase:
        raise WrongState("phase-moved-meanwhile", {"phase": Phase(project.phase).label})
    correction.confirmed_by_id = move.by.user_id
    correction.save(update_fields=["confirmed_by"])
    project.correct(correction)
    _save_phase(project, move, was=correction.from_phase)
    correction.applied = move.now
    correction.save(update_fields=["applied"])
    was, now_in = {"phase": correction.from_phase}, {"phase": correction.to_phase}
    move.changed("project.corrected", was, now_in, opinion=correction.reason)
    move.tell("run.completed", None, [move.run.initiator_id], key=f"completed:{move.run.pk}")


def _locked(model, move: Move, *, of):
    return (
        model.objects.select_for_update(of=of, no_key=True).select_related("project").get(run_id=move.run.pk)
    )


def _save_phase(project: Project, move: Move, *, was: str) -> None:
    """Write the phase it came to; what stood still with a suspended project goes on with it."""
    since = project.phase_since
    project.phase_since, project.phase_derived = move.now, False
    project.save(update_fields=["phase", "phase_left", "phase_since", "phase_derived"])
    if was == Phase.SUSPENDED and project.phase != Phase.TERMINATED:
        registry.resumed(project.pk, since, move)
