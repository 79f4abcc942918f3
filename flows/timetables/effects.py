"""What follows a decision on a timetable, inside the step's transaction."""

from flows.engine.operations.move import Move
from flows.projects.models import Project
from hetang_flow.lib.clock import district_day
from hetang_flow.lib.errors import WrongState

from . import rules
from .drafts import steps_of
from .models import Node, NodeFact, Timetable


def timetable_is_sound(move: Move) -> str:
    """Nothing is handed in that cannot be a timetable, or that asks for an extension too late; returns the reason."""
    found = Timetable.objects.select_related("base").get(run_id=move.run.pk)
    steps = steps_of(found)
    rules.nodes_fit(steps).or_raise(WrongState)
    if found.kind == Timetable.Kind.EXTEND:
        holding = dict(Node.objects.filter(timetable=found.base).values_list("code", "planned"))
        rules.may_extend(steps, holding, done_days(found.project_id), district_day(move.now)).or_raise(
            WrongState
        )
    return found.reason


def adopt(move: Move) -> None:
    """Put the version in force: its nodes are written, the day first planned for each stays what it was."""
    found = Timetable.objects.select_related("base").get(run_id=move.run.pk)
    Project.objects.select_for_update(no_key=True).get(pk=found.project_id)
    last = (
        Timetable.objects.filter(project_id=found.project_id, state=Timetable.State.ADOPTED)
        .order_by("-number")
        .first()
    )
    if (last.pk if last else None) != found.base_id:
        raise WrongState("timetable-changed-meanwhile")
    first = dict(Node.objects.filter(timetable=last).values_list("code", "first_planned")) if last else {}
    Node.objects.bulk_create(
        Node(
            timetable=found,
            code=step.code,
            name=step.name,
            days=step.days,
            planned=step.planned,
            first_planned=first.get(step.code, step.planned),
            post_id=step.post,
            order=order,
        )
        for order, step in enumerate(steps_of(found))
    )
    found.state, found.adopted = Timetable.State.ADOPTED, move.now
    found.save(update_fields=["state", "adopted"])
    before = {"number": last.number} if last else None
    move.changed("timetable.adopted", before, {"number": found.number, "kind": found.kind})
    move.tell("run.completed", None, [move.run.initiator_id], key=f"completed:{move.run.pk}")


def close(move: Move) -> None:
    """Withdrawn or ended: the version in force stays."""
    Timetable.objects.filter(run_id=move.run.pk, state=Timetable.State.OPEN).update(
        state=Timetable.State.CLOSED
    )


def done_days(project_id: int) -> dict[str, object]:
    """The nodes of a project that are done, each with its day (one statement)."""
    rows = NodeFact.objects.filter(project_id=project_id).order_by("code", "-version").distinct("code")
    return {row.code: row.done_on for row in rows if row.done_on}
