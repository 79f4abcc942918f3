"""Reading one visit for the body of its sheet: materials, findings with their photographs, who has seen them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.db.models.functions import JSONObject

from flows.campaigns.models import LineUnit
from flows.engine.models import Run
from flows.engine.selectors_fields import Fields
from flows.files import selectors as files
from flows.projects import selectors as projects
from flows.projects.models import ProjectUnit
from hetang_flow.lib.clock import district_day
from permissions.actors import Actor
from permissions.models import Organisation

from . import registry, rules
from .models import Finding, Round, RoundInspector, Seen, Visit
from .selectors import OpenedRow, opened_rows, with_opened


@dataclass(frozen=True, slots=True)
class Found:
    """A finding on the sheet: what it opened, and what this reader may still open of it."""

    finding: Finding
    photos: Sequence[str]
    opened: Sequence[OpenedRow]
    may_open: Sequence[tuple[str, Any]]


@dataclass(frozen=True, slots=True)
class SeenBy:
    """A unit that has seen what was found, through whom, and what it says against it."""

    unit: str
    who: str
    seen: datetime
    objection: str


@dataclass(slots=True)
class VisitSheet:
    """Everything the body of a visit's sheet shows and offers."""

    visit: Visit
    round: Round
    inspectors: Sequence[str]
    findings: Sequence[Found]
    seen: Sequence[SeenBy]
    acting: frozenset[str]
    reads_findings: bool
    sees_project: bool
    today: date
    units: Sequence[tuple[str, str, bool]] = ()

    @property
    def on_site(self) -> bool:
        """Whether this reader notes what is found now."""
        return "visit" in self.acting and self.visit.handed_in is None

    @property
    def parties(self) -> list[tuple[str, str]]:
        """The units of the project itself, which a finding concerns most often."""
        return [(code, name) for code, name, is_party in self.units if is_party]

    @property
    def others(self) -> list[tuple[str, str]]:
        """The other units of its line."""
        return [(code, name) for code, name, is_party in self.units if not is_party]


def visit_context(run: Run, actor: Actor, now: datetime, fields: Fields) -> Mapping[str, Any]:
    """What the engine's sheet shows of a visit (two statements)."""
    acting = frozenset(fields.acting)
    visit = _read(run, actor, now, on_site="visit" in acting)
    drafts = rules.sees_drafts(actor, visit.inspecting)
    reads = visit.handed_in is not None or drafts or "visit" in acting
    sheet = VisitSheet(
        visit=visit,
        round=visit.round,
        inspectors=visit.inspector_names,
        findings=_findings(visit, actor) if reads else [],
        seen=[SeenBy(**row | {"seen": datetime.fromisoformat(row["seen"])}) for row in visit.signed],
        acting=acting,
        reads_findings=reads,
        sees_project=visit.sees_project,
        today=district_day(now),
        units=[(row["code"], row["name"], row["is_party"]) for row in visit.units or ()],
    )
    # Photographs stand with their finding; the list is for what was handed in besides.
    photos = {str(key) for key in visit.photographed}
    beside = [row for row in visit.laid if row["public_id"] not in photos]
    return {"it": sheet, "visit": visit, "run": run, "files": files.files_in(beside, run, actor, fields)}


def _read(run: Run, actor: Actor, now: datetime, *, on_site: bool) -> Any:
    """The visit with its files, its inspectors, its parties, who has seen it, and the units to name (one statement)."""
    posts = RoundInspector.objects.filter(round_id=OuterRef("round_id")).order_by("order")
    parties = ProjectUnit.objects.filter(project_id=OuterRef("project_id")).order_by("pk")
    photographed = Finding.objects.filter(visit_id=OuterRef("pk"), photographs__isnull=False)
    photos = photographed.order_by("pk").values("photographs__attachment__public_id")
    signed = Seen.objects.filter(visit_id=OuterRef("pk")).order_by("seen", "pk")
    said = JSONObject(unit="unit__name", who="signed_by__name", seen="seen", objection="objection")
    return (
        Visit.objects.select_related("round__plan", "project", "handed_in_by")
        .annotate(
            laid=files.of_run("run_id"),
            inspecting=ArraySubquery(posts.values("post_id")),
            inspector_names=ArraySubquery(posts.values("post__name")),
            parties=ArraySubquery(parties.values("organisation_id")),
            photographed=ArraySubquery(photos),
            signed=ArraySubquery(signed.values(j=said)),
            units=ArraySubquery(_units() if on_site else _units().none()),
            sees_project=Exists(projects.visible_to(actor, now).filter(pk=OuterRef("project_id"))),
        )
        .get(run_id=run.pk)
    )


def _units() -> QuerySet:
    """The units a finding of the outer visit may concern, those of the project first."""
    project, line = OuterRef(OuterRef("project_id")), OuterRef(OuterRef("project__line_id"))
    party = Exists(ProjectUnit.objects.filter(project_id=project, organisation_id=OuterRef("pk")))
    of_line = Exists(LineUnit.objects.filter(line_id=line, organisation_id=OuterRef("pk")))
    units = Organisation.objects.filter(Q(party) | Q(of_line)).annotate(is_party=party)
    return units.order_by("-is_party", "name").values(
        j=JSONObject(code="code", name="name", is_party="is_party")
    )


def _findings(visit: Any, actor: Actor) -> list[Found]:
    rows = Finding.objects.filter(visit=visit, taken_back=None).select_related("unit", "noted_by")
    return [_found(finding, visit, actor) for finding in with_opened(rows).order_by("number")]


def _found(finding: Any, visit: Any, actor: Actor) -> Found:
    opened = opened_rows(finding.came_of_it)
    may = rules.may_open(
        actor, inspectors=visit.inspecting, parties=visit.parties, invented=visit.project.is_demo
    )
    finding.visit = visit
    left: list[tuple[str, Any]] = []
    if may and visit.handed_in is not None:
        known = {row.code for row in opened}
        left = [
            (kind.code, kind.label)
            for kind in registry.kinds()
            if kind.code not in known and kind.may(finding, actor)
        ]
    return Found(finding, finding.photos, opened, left)
