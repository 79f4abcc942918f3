"""Reading timetables: the nodes in force on a day as known at a moment, one project's versions, who may answer for a node."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet, Subquery

from flows.deadlines.rules import WorkCalendar, is_provisional
from flows.deadlines.selectors import calendar
from flows.projects.models import Project, ProjectUnit
from flows.projects.rules import may_serve
from flows.projects.selectors import visible_to
from flows.projects.selectors_project import project_for, serving
from hetang_flow.lib.clock import district_day
from hetang_flow.lib.errors import NotFound
from hetang_flow.lib.verdicts import Verdict
from permissions.actors import Actor
from permissions.models import Post

from . import rules
from .drafts import steps_of
from .models import Node, NodeFact, Timetable

ANSWERING = (Post.Duty.HEAD, Post.Duty.DEPUTY, Post.Duty.DESK, Post.Duty.OFFICER, Post.Duty.CONTACT)


def runs_of_visible(actor: Actor, at: datetime) -> Q:
    """The runs of timetables of projects this person sees, as a condition on Run."""
    seen = visible_to(actor, at).order_by().values("pk")
    return Q(pk__in=Timetable.objects.filter(project_id__in=seen).order_by().values("run_id"))


@dataclass(frozen=True, slots=True)
class NodeStanding:
    """A node on a day: planned, planned first, done, and by how many working days it is late (early when negative).

    It is provisional while its day lies in a year whose holidays are not published.
    """

    node: Node
    done_on: date | None
    state: str
    days: int
    seen: int
    words: str = ""
    provisional: bool = False

    @property
    def was_moved(self) -> bool:
        """Whether it was planned for another day at first."""
        return self.node.planned != self.node.first_planned

    @property
    def early(self) -> int:
        """By how many working days it was done early."""
        return -self.days if self.days < 0 else 0


def nodes_of(
    project_ids: Collection[int], *, until: date, known_at: datetime, days: WorkCalendar
) -> dict[int, list[NodeStanding]]:
    """The nodes in force of each project as they stood on a day, as known at a moment (one statement)."""
    later = Timetable.objects.filter(
        project_id=OuterRef("timetable__project_id"),
        number__gt=OuterRef("timetable__number"),
        adopted__lte=known_at,
    )
    said = NodeFact.objects.filter(
        project_id=OuterRef("timetable__project_id"), code=OuterRef("code"), recorded__lte=known_at
    ).order_by("-version")
    rows = (
        Node.objects.filter(
            ~Exists(later), timetable__project_id__in=list(project_ids), timetable__adopted__lte=known_at
        )
        .select_related("timetable", "post__organisation")
        .annotate(
            done=Subquery(said.values("done_on")[:1]),
            version=Subquery(said.values("version")[:1]),
            words=Subquery(said.values("words")[:1]),
        )
        .order_by("timetable__project_id", "order")
    )
    found: dict[int, list[NodeStanding]] = {}
    for node in rows:
        done = node.done if node.done and node.done <= until else None
        state, late = rules.standing(node.planned, done, until, days)
        unsure = done is None and is_provisional(node.planned, days)
        standing = NodeStanding(node, done, state, late, node.version or 0, node.words or "", unsure)
        found.setdefault(node.timetable.project_id, []).append(standing)
    return found


@dataclass(slots=True)
class TimetablePage:
    """A project's timetable as it stands, its versions, and what may be asked for."""

    project: Project
    nodes: Sequence[NodeStanding]
    versions: Sequence[Timetable]
    open: Timetable | None
    serves: Verdict
    may: dict[str, Verdict]
    today: date


def timetable_page(project_id: UUID, actor: Actor, at: datetime) -> TimetablePage:
    """One project's timetable (four statements). Raises NotFound for a project this person does not see."""
    project = project_for(project_id, actor, at)
    today = district_day(at)
    found = nodes_of([project.pk], until=today, known_at=at, days=calendar(project.version))
    versions = list(
        Timetable.objects.filter(project=project).select_related("run", "unit").order_by("-number")
    )
    is_open = next((each for each in versions if each.state == Timetable.State.OPEN), None)
    has_one = any(each.state == Timetable.State.ADOPTED for each in versions)
    serves = may_serve(actor, serving(project))
    if serves and actor.is_demo and not project.is_demo:
        serves = Verdict("demonstration-only", {})
    may = {
        kind: serves and rules.may_begin(kind, has_one=has_one, is_open=is_open is not None)
        for kind in Timetable.Kind.values
    }
    return TimetablePage(project, found.get(project.pk, []), versions, is_open, serves, may, today)


def timetable_for(timetable_id: UUID, actor: Actor, at: datetime) -> Timetable:
    """One version of a project this person sees (one statement). Raises NotFound."""
    seen = visible_to(actor, at).order_by().values("pk")
    rows = Timetable.objects.filter(public_id=timetable_id, project_id__in=seen)
    found = rows.select_related("project", "run", "base").first()
    if found is None:
        raise NotFound("no-such-timetable")
    return found


def posts_for(project_id: int) -> QuerySet[Post]:
    """Who may answer for a node: posts of the service departments, and the owners' contacts."""
    units = ProjectUnit.objects.filter(project_id=project_id).order_by().values("organisation_id")
    return (
        Post.objects.filter(organisation_id__in=units, duty__in=ANSWERING)
        .select_related("organisation")
        .order_by("organisation__name", "order", "pk")
    )


@dataclass(frozen=True, slots=True)
class Compared:
    """A node in the new version beside the one in force."""

    name: str
    planned: date | None
    was: date | None
    first: date | None
    post: str
    is_new: bool = False
    is_gone: bool = False

    @property
    def moved(self) -> bool:
        """Whether its day is another."""
        return self.was is not None and self.planned != self.was


def compared(found: Timetable) -> list[Compared]:
    """What a version would change, node by node in its order, then what it leaves out (two statements)."""
    old = (
        {node.code: node for node in Node.objects.filter(timetable_id=found.base_id)} if found.base_id else {}
    )
    steps = steps_of(found)
    names = dict(Post.objects.filter(pk__in=[s.post for s in steps if s.post]).values_list("pk", "name"))
    rows = [
        Compared(
            step.name,
            step.planned,
            old[step.code].planned if step.code in old else None,
            old[step.code].first_planned if step.code in old else None,
            names.get(step.post, ""),
            is_new=bool(old) and step.code not in old,
        )
        for step in steps
    ]
    codes = {step.code for step in steps}
    gone = [node for code, node in old.items() if code not in codes]
    return rows + [Compared(n.name, None, n.planned, n.first_planned, "", is_gone=True) for n in gone]
