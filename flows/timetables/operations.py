"""Writing timetables: begin one, write its nodes, count them back, report a node as done."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from uuid import UUID

from django.db import transaction

from flows.deadlines.selectors import calendar
from flows.engine.models import Run
from flows.engine.operations import start_run
from flows.engine.operations.asked import asked_at
from flows.engine.operations.move import Move
from flows.engine.rules import reason_is_enough
from flows.journal.operations import record
from flows.projects.locking import locked_project
from flows.projects.models import Project, ProjectUnit
from flows.projects.rules import may_serve, serving_capacity
from hetang_flow.lib.clock import district_day
from hetang_flow.lib.errors import Invalid, NotAllowed, NotFound, WrongState
from permissions.actors import Actor

from . import rules
from .drafts import kept
from .flow import TimetableFlow
from .models import Node, NodeFact, NodeKind, Timetable
from .selectors import posts_for


@transaction.atomic
def begin_timetable(project_id: UUID, kind: str, *, reason: str = "", by: Actor, now: datetime) -> Timetable:
    """Begin a first timetable, counted back from the project's end, or a change or extension of the one in force.

    Raises NotFound, NotAllowed for anybody but a service department, WrongState while one is under way, Invalid for a
    change without a reason.
    """
    project = locked_project(project_id)
    by = _serving(project, by)
    versions = list(Timetable.objects.filter(project=project).order_by("-number"))
    holding = next((each for each in versions if each.state == Timetable.State.ADOPTED), None)
    is_open = any(each.state == Timetable.State.OPEN for each in versions)
    if kind not in Timetable.Kind.values:
        raise Invalid("form-incomplete", {"field": "kind"})
    rules.may_begin(kind, has_one=holding is not None, is_open=is_open).or_raise(WrongState)
    if kind != Timetable.Kind.LAY:
        reason_is_enough(reason).or_raise(Invalid)
    number = versions[0].number + 1 if versions else 1
    draft = kept(_holding_steps(holding) if holding else _first_steps(project))

    def with_timetable(run: Run) -> None:
        Timetable.objects.create(
            project=project,
            number=number,
            kind=kind,
            reason=reason.strip(),
            base=holding,
            unit_id=by.acting.organisation_id,
            run=run,
            draft=draft,
            opened=now,
        )

    run = start_run(
        TimetableFlow,
        title=project.name,
        label=TimetableFlow.label,
        code=f"{project.code}-T{number:02d}",
        chain_id=project.chain_id,
        by=by,
        now=now,
        before_first_step=with_timetable,
    )
    return run.timetable


def write_nodes(
    timetable_id: UUID, steps: Sequence[rules.Step], *, ends_on: date | None = None, by: Actor, now: datetime
) -> Timetable:
    """Keep the nodes as they are written; with `ends_on` their days are counted back from it (倒排).

    What does not fit yet is kept and refused on handing in. Raises Invalid for a post nobody may name here.
    """
    if len(steps) > rules.MOST_NODES:
        raise Invalid("too-many-nodes", {"most": rules.MOST_NODES})
    with _writing(timetable_id, by=by, now=now) as (move, found):
        allowed = {post.pk for post in posts_for(found.project_id)}
        strange = next((step for step in steps if step.post and step.post not in allowed), None)
        if strange is not None:
            raise Invalid("post-not-of-the-project", {"name": strange.name})
        if ends_on is not None:
            steps = rules.back_scheduled(steps, ends_on, calendar())
        wanted = kept(steps)
        if wanted != found.draft:
            before, found.draft = found.draft, wanted
            found.save(update_fields=["draft"])
            move.record("timetable.written", None, nodes=len(wanted), before=len(before))
        return found


@transaction.atomic
def report_node(
    project_id: UUID, code: str, done_on: date | None, *, words: str = "", seen: int, by: Actor, now: datetime
) -> NodeFact:
    """Say that a node is done on a day, or take that back with words; the earlier report stays readable.

    `seen` is the version that was there: WrongState names who was faster.
    """
    project = locked_project(project_id)
    by = _serving(project, by)
    holding = _holding(project)
    node = Node.objects.filter(timetable=holding, code=code).first() if holding else None
    if node is None:
        raise NotFound("no-such-node")
    rules.may_be_done(done_on, today=district_day(now), words=words).or_raise(Invalid)
    last = (
        NodeFact.objects.filter(project=project, code=code)
        .select_related("recorded_by")
        .order_by("version")
        .last()
    )
    if (last.version if last else 0) != seen:
        raise WrongState("node-reported-meanwhile", {"who": last.recorded_by.name, "when": last.recorded})
    fact = NodeFact.objects.create(
        project=project,
        code=code,
        version=seen + 1,
        done_on=done_on,
        words=words.strip(),
        recorded=now,
        recorded_by_id=by.user_id,
    )
    facts = {"node": node.name, "code": code, "day": done_on, "planned": node.planned}
    personal = {"words": fact.words} if fact.words else {}
    record(
        "node.reported",
        chain_id=project.chain_id,
        by=by,
        happened=now,
        now=now,
        facts=facts,
        personal=personal,
    )
    return fact


def _serving(project: Project, by: Actor) -> Actor:
    units = ProjectUnit.objects.filter(project=project, role=ProjectUnit.Role.SERVICE)
    served = list(units.values_list("organisation_id", flat=True))
    may_serve(by, served).or_raise(NotAllowed)
    if by.is_demo and not project.is_demo:
        raise NotAllowed("demonstration-only")
    return serving_capacity(by, served)


def _holding(project: Project) -> Timetable | None:
    return (
        Timetable.objects.filter(project=project, state=Timetable.State.ADOPTED).order_by("-number").first()
    )


def _holding_steps(holding: Timetable) -> list[rules.Step]:
    return [
        rules.Step(node.code, node.name, node.days, node.planned, node.post_id)
        for node in holding.nodes.all()
    ]


def _first_steps(project: Project) -> list[rules.Step]:
    """The plan file's nodes, counted back from the end of the project's construction period where it is known."""
    kinds = NodeKind.objects.filter(plan_id=project.plan_id)
    steps = [rules.Step(kind.code, kind.name, kind.days) for kind in kinds]
    ends = project.builds_until or project.plan.effective_until
    return rules.back_scheduled(steps, ends, calendar())


@contextmanager
def _writing(timetable_id: UUID, *, by: Actor, now: datetime) -> Iterator[tuple[Move, Timetable]]:
    """A timetable that lies with whoever writes it, for them, under the Run's lock."""
    found = Timetable.objects.select_related("run").filter(public_id=timetable_id).first()
    if found is None:
        raise NotFound("no-such-timetable")
    with asked_at(found.run.public_id, {"write"}, by=by, now=now) as move:
        yield move, Timetable.objects.select_for_update(no_key=True).get(pk=found.pk)
