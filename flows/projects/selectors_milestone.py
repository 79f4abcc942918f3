"""Reading one milestone: its checklist with what lies on it, what is missing, and who may still change it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache
from typing import Any
from uuid import UUID

from django.db.models import F, QuerySet

from flows.engine.models import Run
from flows.engine.selectors_fields import NOTE, Fields, fields_of
from flows.files.rules import READABLE
from hetang_flow.lib.errors import NotFound
from hetang_flow.lib.verdicts import Verdict
from permissions.actors import Actor

from . import registry, rules
from .flow import MilestoneFlow
from .lifecycle import MOVES, Move, Phase
from .models import Evidence, Fact, Gate, Milestone, PhaseCorrection, Project, Requirement
from .selectors import visible_to
from .selectors_project import may_start, project_for


@dataclass(slots=True)
class Item:
    """One line of the checklist: what it asks for, what lies on it now, what lay there in earlier rounds."""

    need: Requirement
    files: list[Evidence] = field(default_factory=list)
    earlier: list[Evidence] = field(default_factory=list)
    fact: Fact | None = None
    replaced: list[Fact] = field(default_factory=list)
    errors: list[Any] = field(default_factory=list)
    typed: str | None = None
    writable: bool = False

    @property
    def present(self) -> bool:
        """Whether there is something on this line."""
        return bool(self.files) if self.need.kind == Requirement.Kind.DOCUMENT else self.fact is not None

    @property
    def value(self) -> Decimal | date | None:
        """The figure or day reported last."""
        if self.fact is None:
            return None
        return self.fact.day if self.need.kind == Requirement.Kind.DATE else self.fact.value

    @property
    def shown(self) -> str:
        """What an input holds: what was typed and refused, else what was kept."""
        if self.typed is not None:
            return self.typed
        if isinstance(self.value, date):
            return self.value.isoformat()
        return "" if self.value is None else f"{self.value.normalize():f}"


@dataclass(slots=True)
class MilestoneSheet:
    """The body of a milestone's sheet; a line hidden from this person is not among the items."""

    milestone: Milestone
    items: list[Item]
    editable: bool
    to_name: str
    fields: Fields
    obstacles: Sequence[registry.Blocking] = ()

    @property
    def stopped(self) -> bool:
        """Whether an open obstacle stops the move."""
        return any(obstacle.stops for obstacle in self.obstacles)

    @property
    def project(self) -> Project:
        """The project that would move."""
        return self.milestone.project

    @property
    def missing(self) -> list[str]:
        """The names of what has to be there before it can be submitted."""
        needs = [rules.Needed(i.need.code, i.need.name, i.need.kind, i.need.required) for i in self.items]
        documents = {item.need.code for item in self.items if item.files}
        return rules.missing(needs, documents, {item.need.code: item.value for item in self.items})

    @property
    def asked(self) -> int:
        """How many lines must be filled."""
        return sum(item.need.required for item in self.items)

    @property
    def complete(self) -> int:
        """How many of those are filled."""
        return self.asked - len(self.missing)

    @property
    def values(self) -> list[Item]:
        """The figures and dates."""
        return [item for item in self.items if item.need.kind != Requirement.Kind.DOCUMENT]

    @property
    def documents(self) -> list[Item]:
        """The documents."""
        return [item for item in self.items if item.need.kind == Requirement.Kind.DOCUMENT]

    @property
    def note(self) -> str:
        """The note that goes with it, for whoever may read it."""
        return "" if self.fields.hides(NOTE) else self.milestone.note

    @property
    def note_writable(self) -> bool:
        """Whether this person writes the note."""
        return self.editable and self.fields.writes(NOTE, MilestoneFlow.submit.name)

    def item(self, code: str) -> Item:
        """One line by its code. Raises NotFound for a code that is not on this checklist."""
        found = next((item for item in self.items if item.need.code == code), None)
        if found is None:
            raise NotFound("no-such-item")
        return found


def milestone_context(run: Run, actor: Actor, now: datetime, fields: Fields) -> Mapping[str, Any]:
    """What the engine's sheet shows of a milestone (four statements, and one for each source of obstacles while it is
    open); the sheet decided who sees the run.
    """
    milestone = _with_project().get(run_id=run.pk)
    ms = _sheet(milestone, fields)
    if milestone.state == Milestone.State.OPEN:
        found = registry.open_obstacles([milestone.project_id], now, Move(milestone.move))
        ms.obstacles = found.get(milestone.project_id, ())
    return {"ms": ms, "run": run}


def correction_context(run: Run, actor: Actor, now: datetime, fields: Fields) -> Mapping[str, Any]:
    """What the engine's sheet shows of a phase correction (one statement)."""
    correction = PhaseCorrection.objects.select_related("project__line", "proposed_by").get(run_id=run.pk)
    return {"correction": correction, "project": correction.project}


def milestone_sheet(milestone_id: UUID, actor: Actor, at: datetime) -> MilestoneSheet:
    """The body of a milestone's sheet for whoever sees its project.

    Raises NotFound for one that does not exist or is none of this person's business.
    """
    seen = visible_to(actor, at).order_by().values("pk")
    milestone = _with_project().filter(public_id=milestone_id, project_id__in=seen).first()
    if milestone is None:
        raise NotFound("no-such-milestone")
    return _sheet(milestone, fields_of([milestone.run_id], actor)[milestone.run_id])


def _with_project():
    return Milestone.objects.select_related("project__line", "gate", "service_unit", "run")


def _laid_before_somebody(files: QuerySet[Evidence]) -> QuerySet[Evidence]:
    """All files but those taken out in the round they came in: nobody was ever shown these."""
    return files.exclude(withdrawn_round=F("round"))


@lru_cache(maxsize=512)
def checklist_of(gate_id: int) -> tuple[Requirement, ...]:
    """A gate's checklist, read once in a process: a gate that changes is a new version, so what is kept is never stale."""
    return tuple(Requirement.objects.filter(gate_id=gate_id).order_by("order"))


def _sheet(milestone: Milestone, fields: Fields) -> MilestoneSheet:
    items = {need.code: Item(need) for need in checklist_of(milestone.gate_id)}
    files = _laid_before_somebody(milestone.evidence.all())
    files = files.select_related("requirement", "uploaded_by").order_by("id")
    for file in files:
        item = items[file.requirement.code]
        (item.files if file.withdrawn_round is None else item.earlier).append(file)
    facts = list(milestone.facts.select_related("recorded_by").order_by("id"))
    superseded = {fact.replaces_id for fact in facts}
    for fact in facts:
        item = items.get(fact.kind)
        if item and fact.pk in superseded:
            item.replaced.append(fact)
        elif item:
            item.fact = fact
    shown = [item for item in items.values() if not fields.hides(item.need.code)]
    editable = milestone.state == Milestone.State.OPEN and MilestoneFlow.submit.name in fields.acting
    for item in shown:
        item.writable = editable and fields.writes(item.need.code, MilestoneFlow.submit.name)
    return MilestoneSheet(milestone, shown, editable, _target(milestone), fields)


def _target(milestone: Milestone) -> str:
    """The phase this milestone leads to, as people read it."""
    leg = next(leg for leg in MOVES if leg.move == milestone.move)
    target = leg.target or milestone.project.phase_left
    return str(Phase(target).label) if target else ""


# --- starting one ---


@dataclass(frozen=True, slots=True)
class Choice:
    """A move that may be asked for, its checklist, and why not if it may not."""

    move: str
    name: str
    to_phase: str
    needs: list[Requirement]
    verdict: Verdict


def start_choices(project_id: UUID, actor: Actor, at: datetime) -> tuple[Project, list[Choice]]:
    """Every move of the lifecycle with its newest checklist: possible ones first (three statements).

    Raises NotFound for a project that is none of this person's business.
    """
    project = project_for(project_id, actor, at)
    gates = list(Gate.objects.filter(plan_id=project.plan_id).order_by("move", "-version").distinct("move"))
    needs: dict[int, list[Requirement]] = {}
    for need in Requirement.objects.filter(gate__in=gates).order_by("order"):
        needs.setdefault(need.gate_id, []).append(need)
    by_move = {gate.move: gate for gate in gates}
    found = []
    for leg in MOVES:
        gate, target = by_move.get(leg.move), leg.target or project.phase_left
        verdict = may_start(project, actor, leg.move)
        if verdict and gate is None:
            verdict = Verdict("no-gate", {"move": Move(leg.move).label})
        found.append(
            Choice(
                leg.move,
                gate.name if gate else str(leg.move.label),
                str(Phase(target).label) if target else "",
                needs.get(gate.pk, []) if gate else [],
                verdict,
            )
        )
    found.sort(key=lambda choice: not choice.verdict)
    return project, found


# --- what an earlier gate said ---


def not_before(milestone: Milestone) -> tuple[date | None, str]:
    """The first day reported at the gate this one follows, with its name; nothing if there was none."""
    earlier = rules.FOLLOWS.get(milestone.move)
    if earlier is None:
        return None, ""
    fact = (
        Fact.objects.filter(
            project_id=milestone.project_id,
            milestone__move=earlier,
            milestone__state=Milestone.State.CONFIRMED,
            replaced_by__isnull=True,
            day__isnull=False,
        )
        .select_related("milestone__gate")
        .order_by("-milestone__closed", "day")
        .first()
    )
    return (fact.day, fact.milestone.gate.name) if fact else (None, "")


# --- evidence ---


@dataclass(frozen=True, slots=True)
class Reading:
    """One file as its reader page shows it, with its neighbours in the same milestone."""

    file: Evidence
    pages: range
    before: Evidence | None
    after: Evidence | None
    place: int
    files: int


def evidence_for(evidence_id: UUID, actor: Actor, at: datetime) -> Evidence:
    """A file of a project this person sees; NotFound otherwise, exactly as for one that does not exist."""
    seen = visible_to(actor, at).order_by().values("pk")
    found = (
        _laid_before_somebody(Evidence.objects.filter(public_id=evidence_id, milestone__project_id__in=seen))
        .select_related(
            "milestone__project", "milestone__gate", "milestone__run", "requirement", "uploaded_by"
        )
        .first()
    )
    if found is None or _fields(found, actor).hides(found.requirement.code):
        raise NotFound("no-such-evidence")
    return found


def _fields(file: Evidence, actor: Actor) -> Fields:
    run = file.milestone.run_id
    return fields_of([run], actor)[run]


def reading(evidence_id: UUID, actor: Actor, at: datetime) -> Reading:
    """A file with what its reader page needs (four statements)."""
    file = evidence_for(evidence_id, actor, at)
    laid = Evidence.objects.filter(milestone_id=file.milestone_id, withdrawn_round__isnull=True)
    shown = laid.exclude(requirement__code__in=_fields(file, actor).hidden)
    files: Sequence[Evidence] = list(shown.order_by("requirement__order", "id"))
    keys = [other.pk for other in files]
    place = keys.index(file.pk) if file.pk in keys else -1
    shown = range(1, file.pages + 1) if file.content_type in READABLE else range(0)
    return Reading(
        file=file,
        pages=shown,
        before=files[place - 1] if place > 0 else None,
        after=files[place + 1] if 0 <= place < len(files) - 1 else None,
        place=place + 1,
        files=len(files),
    )
