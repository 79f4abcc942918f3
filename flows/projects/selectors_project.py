"""Reading one project as its page: facts, phases with their days, the chain of responsibility, who has it, its past."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Exists, F, OuterRef, QuerySet
from django.db.models.functions import JSONObject
from django.utils.translation import gettext as _

from flows.campaigns.models import GroupUnit, LineLeader, LineUnit
from flows.deadlines.selectors import calendar, version_query
from flows.engine.selectors_fields import NOTE, Fields, all_is_open, fields_of
from flows.journal.selectors import Line, history
from hetang_flow.lib.errors import NotFound
from hetang_flow.lib.verdicts import Verdict
from permissions.actors import Actor

from . import registry, rules
from .lifecycle import MOVES, PATH, Phase, moves_from
from .models import (
    Evidence,
    Fact,
    Milestone,
    PhaseCorrection,
    Project,
    ProjectLeader,
    ProjectUnit,
    Requirement,
)
from .selectors import Waiting, visible_to, waiting
from .timeline import Event, events

MOST_EVENTS = 50
MOST_MILESTONES = 30
# What of the record may be hidden: values, files, and the words that go with what is handed in.
HIDEABLE = frozenset({"fact.recorded", "evidence.attached", "work.done"})


@dataclass(frozen=True, slots=True)
class Stop:
    """One phase on the strip: done, now or todo; the day it began, or the day planned for it."""

    phase: str
    name: str
    state: str
    since: date | datetime | None = None
    planned: date | None = None


@dataclass(frozen=True, slots=True)
class Responsible:
    """One line of the chain of responsibility; `why` explains it where it does not explain itself."""

    role: str
    names: list[str]
    why: str = ""


@dataclass(frozen=True, slots=True)
class Passed:
    """A milestone with what was laid before the approvers: files and reported figures and dates."""

    milestone: Milestone
    files: list[Evidence]
    facts: list[tuple[str, Fact]]

    @property
    def is_open(self) -> bool:
        """Whether it is still on its way."""
        return self.milestone.state == Milestone.State.OPEN


@dataclass(slots=True)
class ProjectSheet:
    """Everything the page of one project shows."""

    project: Project
    strip: list[Stop]
    stopped: str
    chain: list[Responsible]
    waiting: Waiting | None
    milestones: list[Passed]
    events: list[Event]
    more_events: int
    may_start: Verdict
    may_correct: Verdict
    obstacles: Sequence[registry.Blocking] = ()
    open_run: UUID | None = None
    shown_run: UUID | None = None
    serves: bool = field(default=False)
    in_campaign_office: bool = field(default=False)


def project_for(project_id: UUID, actor: Actor, at: datetime) -> Project:
    """One project this person sees, with its parties in `units_of` and friends (one statement).

    Raises NotFound for one that does not exist or is none of this person's business.
    """
    found = with_parties(visible_to(actor, at)).filter(public_id=project_id).first()
    if found is None:
        raise NotFound("no-such-project")
    return found


def with_parties(projects: QuerySet[Project]) -> QuerySet[Project]:
    """Projects with everybody responsible, so that a page needs no statement for each role."""
    unit = {"id": "organisation_id", "name": "organisation__name", "role": "role"}
    post = {"name": "post__name", "level": "level"}
    line = LineUnit.objects.filter(line_id=OuterRef("line_id")).order_by("order")
    group = GroupUnit.objects.filter(group__plan_id=OuterRef("plan_id"), group__line__isnull=True)
    open_now = {"state": Milestone.State.OPEN}
    correcting = PhaseCorrection.objects.filter(project_id=OuterRef("pk"), applied__isnull=True)
    return projects.select_related("line", "plan").annotate(
        version=version_query(),
        parties=ArraySubquery(
            ProjectUnit.objects.filter(project_id=OuterRef("pk"))
            .order_by("order")
            .values(j=JSONObject(**unit))
        ),
        contacts=ArraySubquery(
            ProjectLeader.objects.filter(project_id=OuterRef("pk"))
            .order_by("order")
            .values(j=JSONObject(**post))
        ),
        line_units=ArraySubquery(line.values(j=JSONObject(**unit))),
        line_leaders=ArraySubquery(
            LineLeader.objects.filter(line_id=OuterRef("line_id")).order_by("order").values("post__name")
        ),
        coordinators=ArraySubquery(group.order_by(F("role").asc(), "order").values(j=JSONObject(**unit))),
        milestone_open=Exists(Milestone.objects.filter(project_id=OuterRef("pk"), **open_now)),
        correction_open=Exists(correcting.filter(run__status="NEW")),
    )


def serving(project: Project) -> frozenset[int]:
    """The service departments of a project read with its parties, as keys."""
    return frozenset(unit["id"] for unit in project.parties if unit["role"] == ProjectUnit.Role.SERVICE)


def verifying(project: Project) -> tuple[list[str], bool]:
    """The units that verify, and whether one stands back because it serves the project.

    The same choice as resolvers.verifiers: lead departments that do not serve, else the coordination group.
    """
    served = serving(project)
    leading = [unit for unit in project.line_units if unit["role"] == LineUnit.Role.LEAD]
    free = [unit["name"] for unit in leading if unit["id"] not in served]
    if free:
        return free, len(free) < len(leading)
    others = [unit for unit in project.coordinators if unit["id"] not in served]
    first = [unit["name"] for unit in others if unit["role"] == GroupUnit.Role.LEAD]
    return first or [unit["name"] for unit in others], True


def chain_of(project: Project) -> list[Responsible]:
    """Who answers for a project, from the contact leaders to the owner; roles without anybody are left out."""

    def posts(level: str) -> list[str]:
        return [post["name"] for post in project.contacts if post["level"] == level]

    def parties(role: str) -> list[str]:
        return [unit["name"] for unit in project.parties if unit["role"] == role]

    def units(role: str) -> list[str]:
        return [unit["name"] for unit in project.line_units if unit["role"] == role]

    verifiers, separated = verifying(project)
    roles = [
        Responsible(_("Contact city leaders"), posts(ProjectLeader.Level.CITY), _("copied")),
        Responsible(_("Contact district leaders"), posts(ProjectLeader.Level.DISTRICT)),
        Responsible(_("Lead district leaders"), project.line_leaders),
        Responsible(_("Lead departments"), units(LineUnit.Role.LEAD)),
        Responsible(_("Service departments"), parties(ProjectUnit.Role.SERVICE)),
        Responsible(_("Verifying unit"), verifiers, _("who serves does not verify") if separated else ""),
        Responsible(_("Project owner"), parties(ProjectUnit.Role.OWNER)),
    ]
    return [role for role in roles if role.names]


def project_sheet(project_id: UUID, actor: Actor, at: datetime, *, all_events: bool = False) -> ProjectSheet:
    """Everything one project's page shows, in seven statements and one for each source of obstacles."""
    project = project_for(project_id, actor, at)
    milestones = list(
        project.milestones.select_related("gate", "run", "service_unit").order_by("-opened")[:MOST_MILESTONES]
    )
    passed = _with_evidence(project, milestones)
    waits = waiting([project.pk], actor, at, calendar(project.version)).get(project.pk)
    lines, fields = _readable(history(project.chain_id), milestones, actor)
    passed = [_without_hidden(item, fields) for item in passed]
    labels = {item.milestone.run_id: item.milestone.gate.name for item in passed}
    shown = events(lines, labels, {fact.kind: name for item in passed for name, fact in item.facts})
    shown.reverse()
    now = next((item.milestone for item in passed if item.is_open), None)
    last = now or (milestones[0] if milestones else None)
    served = serving(project)
    return ProjectSheet(
        project=project,
        strip=strip_of(project, milestones),
        stopped={Phase.SUSPENDED: "pause", Phase.TERMINATED: "end"}.get(Phase(project.phase), ""),
        chain=chain_of(project),
        waiting=waits,
        milestones=passed,
        events=shown if all_events else shown[:MOST_EVENTS],
        more_events=0 if all_events else max(0, len(shown) - MOST_EVENTS),
        may_start=may_start_any(project, actor),
        may_correct=rules.may_propose_correction(
            actor,
            phase=project.phase,
            to_phase=None,
            path=PATH,
            running=project.milestone_open or project.correction_open,
            invented=project.is_demo,
        ),
        obstacles=registry.open_obstacles([project.pk], at).get(project.pk, []),
        open_run=now.run.public_id if now else None,
        shown_run=last.run.public_id if last else None,
        serves=bool(rules.may_serve(actor, served)),
        in_campaign_office=actor.holds(rules.CAMPAIGN_OFFICE, *rules.SUBMITTING_DUTIES)
        and not actor.administrator,
    )


def may_start_any(project: Project, actor: Actor) -> Verdict:
    """Whether this person may start some milestone of this project now; the first reason why not otherwise."""
    moves = moves_from(project.phase)
    verdicts = [may_start(project, actor, move) for move in moves] or [may_start(project, actor, "")]
    return next((verdict for verdict in verdicts if verdict), verdicts[0])


def may_start(project: Project, actor: Actor, move: str) -> Verdict:
    """Whether this person may start the milestone of this move on a project read with its parties."""
    return rules.may_start_milestone(
        actor,
        service_unit_ids=serving(project),
        phase=project.phase,
        moves=moves_from(project.phase),
        move=move,
        open_milestone=project.milestone_open,
        open_correction=project.correction_open,
        invented=project.is_demo,
        has_leader=any(post["level"] == ProjectLeader.Level.DISTRICT for post in project.contacts),
    )


def _readable(
    lines: Sequence[Line], milestones: Sequence[Milestone], actor: Actor
) -> tuple[list[Line], Mapping[int, Fields]]:
    """The record without what is hidden from this person, and what that is in each run.

    One statement where a policy says something of single fields, another where something is hidden.
    """
    quiet = {item.run_id for item in milestones if all_is_open(item.run)}
    runs = {item.run_id for item in milestones} | {line.run_id for line in lines if line.kind in HIDEABLE}
    fields = {run: Fields() for run in quiet} | (fields_of(runs - quiet, actor) if runs - quiet else {})
    codes = {code for each in fields.values() for code in each.hidden}
    gates = Milestone.objects.filter(run__in=runs).values("gate_id")
    needs = Requirement.objects.filter(gate__in=gates, code__in=codes) if codes else ()
    names = {(need.name, need.code) for need in needs}

    def shown(line: Line) -> bool:
        hidden = fields[line.run_id].hidden if line.kind in HIDEABLE else frozenset()
        about = line.facts.get("fact") if line.kind == "fact.recorded" else None
        item = line.facts.get("item") if line.kind == "evidence.attached" else None
        return about not in hidden and not any((item, code) in names for code in hidden)

    return [_without_note(line, fields) for line in lines if shown(line)], fields


def _without_note(line: Line, fields: Mapping[int, Fields]) -> Line:
    """What was handed in, without the words that went with it where these are hidden."""
    if line.kind == "work.done" and fields[line.run_id].hides(NOTE):
        return replace(line, personal={k: v for k, v in line.personal.items() if k != "opinion"})
    return line


def _without_hidden(item: Passed, fields: Mapping[int, Fields]) -> Passed:
    hides = fields[item.milestone.run_id].hides
    files = [file for file in item.files if not hides(file.requirement.code)]
    return replace(
        item, files=files, facts=[(name, fact) for name, fact in item.facts if not hides(fact.kind)]
    )


def _with_evidence(project: Project, milestones: Sequence[Milestone]) -> list[Passed]:
    """Each milestone with its files and figures (two statements)."""
    files = Evidence.objects.filter(milestone__in=milestones, withdrawn_round__isnull=True)
    facts = Fact.objects.filter(milestone__in=milestones, replaced_by__isnull=True).order_by("pk")
    names = ArraySubquery(
        Milestone.objects.filter(
            pk=OuterRef("milestone_id"), gate__requirements__code=OuterRef("kind")
        ).values("gate__requirements__name")[:1]
    )
    by_milestone: dict[int, tuple[list[Evidence], list[tuple[str, Fact]]]] = {}
    for file in files.select_related("requirement", "uploaded_by"):
        by_milestone.setdefault(file.milestone_id, ([], []))[0].append(file)
    for fact in facts.annotate(names=names):
        name = fact.names[0] if fact.names else fact.kind
        by_milestone.setdefault(fact.milestone_id, ([], []))[1].append((name, fact))
    return [Passed(milestone, *by_milestone.get(milestone.pk, ([], []))) for milestone in milestones]


def strip_of(project: Project, milestones: Sequence[Milestone]) -> list[Stop]:
    """The six phases with the day each began as far as the milestones tell, and the days planned for the next.

    A derived phase invents no history: the phases before it carry no day.
    """
    here = _on_path(project, milestones)
    reached: dict[str, datetime] = {}
    for milestone in milestones:
        leg = next(leg for leg in MOVES if leg.move == milestone.move)
        if milestone.state == Milestone.State.CONFIRMED and leg.target in PATH:
            reached.setdefault(leg.target, milestone.closed)
    if project.phase in PATH:
        reached[project.phase] = project.phase_since
    planned = {Phase.STARTED: project.builds_from, Phase.COMPLETED: project.builds_until}
    stops = []
    for place, phase in enumerate(PATH):
        state = "done" if place < here else "now" if place == here else "todo"
        since = reached.get(phase) if place <= here else None
        stops.append(
            Stop(phase, str(phase.label), state, since, planned.get(phase) if place > here else None)
        )
    return stops


def _on_path(project: Project, milestones: Sequence[Milestone]) -> int:
    """The place on the strip: of the phase itself, or of the phase a stopped project left."""
    phase: Any = project.phase
    if phase not in PATH:
        left = next((m.from_phase for m in milestones if m.from_phase in PATH), project.phase_left)
        phase = project.phase_left or left
    return PATH.index(Phase(phase)) if phase in PATH else 0
