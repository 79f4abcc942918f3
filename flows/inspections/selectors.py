"""Reading inspection rounds: who sees what, the rounds with their progress, one round, findings across rounds."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import JSONObject
from django.urls import reverse
from viewflow.workflow.status import STATUS

from flows.campaigns.models import GroupUnit, LineUnit
from flows.engine.models import Assignment, Step
from flows.engine.rules import OPEN
from flows.projects import selectors as projects
from flows.projects.lifecycle import Phase
from flows.projects.models import ProjectUnit
from hetang_flow.lib.clock import district_day
from hetang_flow.lib.errors import NotFound
from permissions.actors import Actor
from permissions.models import Organisation, Post

from . import registry, rules
from .models import Finding, FindingPhoto, Opened, Round, RoundInspector, Seen, Visit

OVER = (Phase.REVIEWED, Phase.TERMINATED)
MOST_ROUNDS = 100


# --- who sees what ---


def visible_to(actor: Actor, at: datetime) -> QuerySet[Visit]:
    """The visits of projects this person sees, those they inspect, and those in which they were asked."""
    if not actor.has_business:
        return Visit.objects.none()
    seen = projects.visible_to(actor, at).order_by().values("pk")
    inspected = RoundInspector.objects.filter(post_id__in=actor.reach).order_by().values("round_id")
    asked = Assignment.objects.filter(post_id__in=actor.reach).order_by().values("run_id")
    return Visit.objects.filter(
        Q(project_id__in=seen) | Q(round_id__in=inspected) & ~_own_work(actor) | Q(run_id__in=asked)
    )


def _own_work(actor: Actor) -> Q:
    """The visits of projects this person's units serve or own; an inspector stands aside there."""
    party = ProjectUnit.objects.filter(
        project_id=OuterRef("project_id"), organisation_id__in=actor.organisation_ids
    )
    return Q(Exists(party))


def runs_of_visible(actor: Actor, at: datetime) -> Q:
    """The runs of visits this person sees, as a condition on Run."""
    seen = visible_to(actor, at).filter(run__isnull=False)
    return Q(pk__in=seen.order_by().values("run_id"))


def visible_findings(actor: Actor, at: datetime) -> QuerySet[Finding]:
    """What was handed in of visits this person sees, and what concerns their units."""
    if not actor.has_business:
        return Finding.objects.none()
    handed_in = Finding.objects.filter(visit__handed_in__isnull=False, taken_back=None)
    seen = Q(visit__in=visible_to(actor, at).order_by().values("pk"))
    return handed_in.filter(seen | Q(unit_id__in=actor.organisation_ids))


# --- who may be named ---


def may_inspect(plan_id: int) -> QuerySet[Post]:
    """The posts that may inspect: of the headquarters office, and of the units in the plan's groups."""
    members = GroupUnit.objects.filter(group__plan_id=plan_id).order_by().values("organisation_id")
    of_unit = Q(organisation__code=rules.HEADQUARTERS_OFFICE) | Q(organisation_id__in=members)
    return Post.objects.filter(of_unit, duty__in=rules.INSPECTING)


def may_be_concerned(visit: Visit) -> QuerySet[Organisation]:
    """The units a finding may concern: those that serve or own the project, and those of its line."""
    parties = ProjectUnit.objects.filter(project_id=visit.project_id).order_by().values("organisation_id")
    of_line = LineUnit.objects.filter(line_id=visit.project.line_id).order_by().values("organisation_id")
    return Organisation.objects.filter(Q(pk__in=parties) | Q(pk__in=of_line))


# --- what a finding opened ---


@dataclass(frozen=True, slots=True)
class OpenedRow:
    """What a finding opened: its kind as people read it, and where it is."""

    code: str
    label: str
    url: str


def opened_rows(several: Iterable[Mapping[str, Any]]) -> list[OpenedRow]:
    """Rows of code and key as people read them; a kind that nobody knows any more is left out."""
    found = []
    for row in several:
        kind = registry.kind(row["code"])
        if kind is not None:
            found.append(OpenedRow(kind.code, str(kind.label), reverse(kind.page, args=[row["key"]])))
    return found


def with_opened(findings: QuerySet[Finding]) -> QuerySet[Finding]:
    """Findings read with what they opened and their photographs (no statement of its own)."""
    opened = Opened.objects.filter(finding_id=OuterRef("pk")).order_by("pk")
    photos = FindingPhoto.objects.filter(finding_id=OuterRef("pk"), attachment__withdrawn=None).order_by("pk")
    return findings.annotate(
        came_of_it=ArraySubquery(opened.values(j=JSONObject(code="code", key="key"))),
        photos=ArraySubquery(photos.values("attachment__public_id")),
    )


# --- rounds ---


@dataclass(frozen=True, slots=True)
class RoundRow:
    """A round in the list, with the progress of the visits this person sees."""

    round: Round
    progress: rules.Progress
    running: bool


@dataclass(frozen=True, slots=True)
class Rounds:
    """The rounds this person sees, and whether they may announce one."""

    rows: Sequence[RoundRow]
    may_announce: bool


def rounds(actor: Actor, at: datetime) -> Rounds:
    """The rounds in which this person sees a visit, the newest first (three statements)."""
    seen = visible_to(actor, at).order_by()
    found = list(Round.objects.filter(pk__in=seen.values("round_id"))[:MOST_ROUNDS])
    progress = _progress_of(seen.filter(round__in=found))
    today = district_day(at)
    rows = [
        RoundRow(
            row,
            progress[row.pk],
            row.called_off is None and row.materials_due <= today and not progress[row.pk].over,
        )
        for row in found
    ]
    return Rounds(rows, bool(rules.may_announce(actor, invented=True)))


def _progress_of(visits: QuerySet[Visit]) -> Mapping[int, rules.Progress]:
    """How far each round is, by its key (two statements)."""
    counted = visits.values("round_id").annotate(
        projects=Count("pk"),
        materials=Count("pk", filter=Q(materials_in__isnull=False)),
        visited=Count("pk", filter=Q(handed_in__isnull=False)),
        done=Count("pk", filter=Q(closed__isnull=False)),
    )
    handed_in = Finding.objects.filter(
        visit__in=visits.values("pk"), visit__handed_in__isnull=False, taken_back=None
    )
    found = (
        handed_in.order_by()
        .values("visit__round_id")
        .annotate(all=Count("pk"), serious=Count("pk", filter=Q(is_serious=True)))
    )
    numbers = {row["visit__round_id"]: row for row in found}
    progress: dict[int, rules.Progress] = defaultdict(rules.Progress)
    for row in counted:
        of_round = numbers.get(row["round_id"], {"all": 0, "serious": 0})
        progress[row["round_id"]] = rules.Progress(
            row["projects"],
            row["materials"],
            row["visited"],
            row["done"],
            of_round["all"],
            of_round["serious"],
        )
    return progress


@dataclass(frozen=True, slots=True)
class FindingRow:
    """A finding that was handed in, with what it opened."""

    finding: Finding
    opened: Sequence[OpenedRow]


@dataclass(slots=True)
class VisitRow:
    """One project of a round: where its visit stands, who has it, what was found and what that opened."""

    visit: Visit
    stage: str
    has_it: Sequence[str]
    late: bool
    findings: list[FindingRow] = field(default_factory=list)

    @property
    def serious(self) -> int:
        """How many findings are serious."""
        return sum(row.finding.is_serious for row in self.findings)

    @property
    def came_of_it(self) -> list[OpenedRow]:
        """Everything that was opened."""
        return [opened for row in self.findings for opened in row.opened]


@dataclass(frozen=True, slots=True)
class RoundPage:
    """One round: who inspects, and every visit this person sees."""

    round: Round
    inspectors: Sequence[str]
    rows: Sequence[VisitRow]
    progress: rules.Progress
    may_call_off: bool
    partly: bool


def round_for(round_id: UUID, actor: Actor, at: datetime) -> RoundPage:
    """One round in which this person sees a visit (four statements). Raises NotFound."""
    seen = visible_to(actor, at).filter(round__public_id=round_id)
    visits = list(_with_steps(seen).order_by("project__row", "project__code"))
    if not visits:
        raise NotFound("no-such-round")
    round_ = visits[0].round
    rows = {visit.pk: _row(visit, at) for visit in visits}
    found = Finding.objects.filter(visit__in=rows, visit__handed_in__isnull=False, taken_back=None)
    for finding in with_opened(found).select_related("unit").order_by("visit", "number"):
        rows[finding.visit_id].findings.append(FindingRow(finding, opened_rows(finding.came_of_it)))
    several = list(rows.values())
    names = round_.inspectors.values_list("post__name", flat=True)
    called_off = round_.called_off is not None
    return RoundPage(
        round_,
        list(names),
        several,
        progress_of(several),
        bool(rules.may_call_off(actor, called_off=called_off)),
        round_.in_all > len(several),
    )


def progress_of(rows: Sequence[VisitRow]) -> rules.Progress:
    """How far these visits are, from what was read."""
    findings = [row for each in rows for row in each.findings]
    opened: dict[str, int] = defaultdict(int)
    for row in findings:
        for each in row.opened:
            opened[each.label] += 1
    return rules.Progress(
        len(rows),
        sum(row.visit.materials_in is not None for row in rows),
        sum(row.visit.handed_in is not None for row in rows),
        sum(row.visit.closed is not None for row in rows),
        len(findings),
        sum(row.finding.is_serious for row in findings),
        dict(opened),
    )


def _with_steps(visits: QuerySet[Visit]) -> QuerySet[Visit]:
    """Visits with the step their run waits at, who has it, and how many the round has (no statement of its own)."""
    waits = Step.objects.filter(process_id=OuterRef("run_id"), status=STATUS.NEW, policy__isnull=False)
    asked = Assignment.objects.filter(run_id=OuterRef("run_id"), status=OPEN, step__status=STATUS.NEW)
    everything = Visit.objects.filter(round_id=OuterRef("round_id")).order_by().values("round_id")
    return visits.select_related("round__plan", "project__line", "run").annotate(
        waits_at=Subquery(waits.values("policy__key")[:1]),
        due_on=Subquery(waits.values("due_on")[:1]),
        has_it=ArraySubquery(asked.order_by("order", "pk").values("post__name")),
        objected=Exists(Seen.objects.filter(visit_id=OuterRef("pk")).exclude(objection="")),
        in_all=Subquery(everything.annotate(n=Count("pk")).values("n")),
    )


def _row(visit: Any, at: datetime) -> VisitRow:
    stage = rules.stage(
        opened=visit.run_id is not None,
        closed=visit.closed is not None,
        waits_at=(visit.waits_at or "").rpartition(".")[2],
    )
    visit.round.in_all = visit.in_all
    late = visit.due_on is not None and visit.due_on < district_day(at)
    return VisitRow(visit, stage, visit.has_it, late)


# --- one of them ---


def visit_for(visit_id: UUID, actor: Actor, at: datetime) -> Visit:
    """One visit this person sees, its run open (one statement). Raises NotFound."""
    found = visible_to(actor, at).select_related("run").filter(public_id=visit_id, run__isnull=False).first()
    if found is None:
        raise NotFound("no-such-visit")
    return found


def finding_for(finding_id: UUID, actor: Actor, at: datetime) -> Finding:
    """One finding of a visit this person sees, with its run (one statement).

    Raises NotFound; before the visit is handed in for everybody but who may read drafts.
    """
    about = Finding.objects.select_related("visit__run", "visit__round", "visit__project__plan", "unit")
    seen = visible_to(actor, at).order_by().values("pk")
    found = with_opened(about).filter(public_id=finding_id, visit__in=seen).first()
    if found is None or (found.visit.handed_in is None and not _reads_drafts(found.visit, actor)):
        raise NotFound("no-such-finding")
    return found


def _reads_drafts(visit: Visit, actor: Actor) -> bool:
    return rules.sees_drafts(actor, visit.round.inspectors.values_list("post_id", flat=True))


def finding_row(code: str) -> Subquery:
    """The finding that opened a matter with a run of its own, as JSON; to be read with the outer row (no statement)."""
    rows = Opened.objects.filter(code=code, key=OuterRef("run__public_id")).order_by()
    row = JSONObject(
        round="finding__visit__round__name",
        number="finding__number",
        text="finding__text",
        run="finding__visit__run__public_id",
    )
    return Subquery(rows.values(j=row)[:1])
