"""Reading projects: who sees which, and the list with its filters, in a bounded number of statements."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Exists, F, Func, OuterRef, Q, QuerySet, TextField, Value
from django.utils.translation import gettext as _
from viewflow.workflow.status import STATUS

from flows.campaigns.models import CampaignLine, GroupPost, GroupUnit, LineUnit
from flows.deadlines.rules import WorkCalendar, working_days_between
from flows.deadlines.selectors import calendar
from flows.engine.models import Assignment, Run, Step
from flows.engine.rules import OPEN, WAITING
from hetang_flow.lib.clock import district_day
from hetang_flow.lib.workbooks import Field
from permissions.actors import Actor
from permissions.models import (
    Organisation,
    OrganisationGroupPermission,
    OrganisationUserPermission,
    Post,
)
from permissions.selectors import invented_people

from . import rules
from .lifecycle import Phase
from .models import (
    Milestone,
    PhaseCorrection,
    Project,
    ProjectGroupPermission,
    ProjectLeader,
    ProjectUnit,
    ProjectUserPermission,
)

PAGE = 20
CAP = 1000
LONGEST_SEARCH = 60
MOST_CHOICES = 200
FOLLOW = "follow_project"
ACT_FOR = "act_for_organisation"


# --- who sees what ---


def visible_to(actor: Actor, at: datetime) -> QuerySet[Project]:
    """The projects this person sees; `at` is the moment the actor was made for.

    All of them: district leaders, the campaign office, the headquarters office, units of the coordination group.
    Otherwise those of the lines their units or posts belong to, those their units own or serve, those they are a
    contact leader of, and those they were exceptionally granted; whoever stands in for a post sees what is that
    post's part, and a secretary what waits for the leader. No post, or an administrator's account: none.
    Projects of the demonstration are there as long as one of its accounts is.
    """
    if actor.user_id is None or actor.administrator or not actor.posts:
        return Project.objects.none()
    shown = counted()
    offices = (rules.CAMPAIGN_OFFICE, rules.HEADQUARTERS_OFFICE)
    if any(post.duty == Post.Duty.LEADER or post.organisation_code in offices for post in actor.posts):
        return shown
    return shown.filter(_has_a_part(actor))


def sees(project_id: UUID, actor: Actor, at: datetime) -> bool:
    """Whether this person sees the project of this public id (one statement)."""
    return visible_to(actor, at).filter(public_id=project_id).exists()


def counted() -> QuerySet[Project]:
    """The projects that count in figures: invented ones only while an account of the demonstration is there."""
    return Project.objects.filter(counts())


def counts(prefix: str = "") -> Q:
    """The same as a condition on what belongs to a project."""
    return Q(**{f"{prefix}is_demo": False}) | Q(Exists(invented_people()))


def _has_a_part(actor: Actor) -> Q:
    """The relational rule for everybody who does not see the whole plan; subqueries only, no joins to many."""
    units = _units(actor)
    group_units = GroupUnit.objects.filter(organisation_id__in=units).order_by()
    coordinating = group_units.filter(group__line__isnull=True).values("group__plan_id")
    posts = GroupPost.objects.filter(post_id__in=actor.reach, group__line__isnull=False).order_by()
    return (
        Q(plan_id__in=coordinating)
        | Q(line_id__in=LineUnit.objects.filter(organisation_id__in=units).order_by().values("line_id"))
        | Q(line_id__in=group_units.filter(group__line__isnull=False).values("group__line_id"))
        | Q(line_id__in=posts.values("group__line_id"))
        | Q(pk__in=ProjectUnit.objects.filter(organisation_id__in=units).order_by().values("project_id"))
        | Q(pk__in=ProjectLeader.objects.filter(post_id__in=actor.reach).order_by().values("project_id"))
        | Q(pk__in=_asked_of(actor))
        | _granted(actor)
    )


def _asked_of(actor: Actor) -> QuerySet[Any]:
    """The projects in whose matters a post of this person was ever asked, or now is of one they prepare for."""
    part = Q(post_id__in=actor.reach)
    if actor.prepares_for:
        part |= Q(post_id__in=actor.prepares_for, status__in=[OPEN, WAITING])
    asked = Assignment.objects.filter(part).order_by().values("run_id")
    return Milestone.objects.filter(run_id__in=asked).order_by().values("project_id")


def _units(actor: Actor) -> QuerySet[Any]:
    """The units a person stands for: those of their posts, and those they were granted to act for."""
    act = {"permission__codename": ACT_FOR}
    own = OrganisationUserPermission.objects.filter(user_id=actor.user_id, **act)
    group = OrganisationGroupPermission.objects.filter(group__user=actor.user_id, **act)
    granted = Q(pk__in=own.values("content_object_id")) | Q(pk__in=group.values("content_object_id"))
    return Organisation.objects.filter(Q(pk__in=actor.organisation_ids) | granted).values("pk")


def _granted(actor: Actor) -> Q:
    follow = {"permission__codename": FOLLOW}
    own = ProjectUserPermission.objects.filter(user_id=actor.user_id, **follow)
    group = ProjectGroupPermission.objects.filter(group__user=actor.user_id, **follow)
    return Q(pk__in=own.values("content_object_id")) | Q(pk__in=group.values("content_object_id"))


def runs_of_visible(actor: Actor, at: datetime) -> Q:
    """The runs of milestones and corrections of projects this person sees, as a condition on Run."""
    seen = visible_to(actor, at).order_by().values("pk")
    return Q(pk__in=Milestone.objects.filter(project_id__in=seen).order_by().values("run_id")) | Q(
        pk__in=PhaseCorrection.objects.filter(project_id__in=seen).values("run_id")
    )


# --- who has it now ---


@dataclass(frozen=True, slots=True)
class Waiting:
    """Who a project waits for, since when, for how many working days; `mine` when it is the reader."""

    who: tuple[str, ...]
    since: datetime
    days: int
    step: str
    run_id: UUID
    label: str
    mine: bool = False


def waiting(projects: Sequence[int], actor: Actor, at: datetime, days: WorkCalendar) -> dict[int, Waiting]:
    """Whom each of these projects waits for, by project (one statement); one that waits for nobody is missing."""
    asked = Assignment.objects.filter(step_id=OuterRef("pk"), status=OPEN).order_by("order", "id")
    mine = Q(post_id__in=actor.reach, handed_to__isnull=True) | Q(handed_to_id=actor.user_id)
    runs = Milestone.objects.filter(project_id__in=projects, state=Milestone.State.OPEN)
    corrections = PhaseCorrection.objects.filter(project_id__in=projects, applied__isnull=True)
    steps = (
        Step.objects.filter(
            Q(process_id__in=runs.order_by().values("run_id"))
            | Q(process_id__in=corrections.values("run_id")),
            status=STATUS.NEW,
            policy__isnull=False,
        )
        .select_related("process__milestone", "process__correction")
        .annotate(posts=ArraySubquery(asked.values("post__name")), mine=Exists(asked.filter(mine)))
        .order_by("pk")
    )
    today = district_day(at)
    found = {}
    for step in steps:
        run: Run = step.process
        about = getattr(run, "milestone", None) or run.correction
        found[about.project_id] = Waiting(
            who=tuple(step.posts) or (step.waits_for,),
            since=step.created,
            days=working_days_between(district_day(step.created), today, days),
            step=str(step.flow_task.task_title) if step.flow_task else "",
            run_id=run.public_id,
            label=run.label,
            mine=step.mine,
        )
    return found


# --- the list ---


@dataclass(frozen=True, slots=True)
class Filters:
    """What a list is narrowed to; empty means everything. `after` and `before` are codes of projects."""

    q: str = ""
    line: str = ""
    phase: str = ""
    unit: str = ""
    leader: str = ""
    mine: bool = False
    after: str = ""
    before: str = ""

    @classmethod
    def read(cls, query: Mapping[str, str]) -> "Filters":
        """Take what an address says; what makes no sense is left out."""
        word = {
            name: query.get(name, "").replace("\x00", "").strip()[:LONGEST_SEARCH]
            for name in ("q", "line", "phase", "unit", "leader", "after", "before")
        }
        if word["phase"] not in Phase.values:
            word["phase"] = ""
        return cls(**word, mine=query.get("mine") == "1")

    @property
    def narrowed(self) -> bool:
        """Whether anything narrows the list."""
        return any((self.q, self.line, self.phase, self.unit, self.leader, self.mine))

    def address(self, **changes: str) -> str:
        """The query part of the address of this list, changed; empty parts are left out."""
        parts = {name: getattr(self, name) for name in ("q", "line", "phase", "unit", "leader")}
        parts |= {"mine": "1" if self.mine else ""} | changes
        return urlencode({name: value for name, value in parts.items() if value})


@dataclass(frozen=True, slots=True)
class ProjectPage:
    """One page of the list; `count` stops at CAP + 1; `after`/`before` are the keys of the neighbours."""

    rows: list[Project]
    count: int
    after: str
    before: str
    total_investment: Decimal
    planned_investment: Decimal


def listed(actor: Actor, at: datetime, filters: Filters) -> ProjectPage:
    """One page of the projects this person sees, by code, each with whom it waits for (four statements)."""
    found = _narrowed(visible_to(actor, at), actor, filters)
    count = found.order_by().values("pk")[: CAP + 1].count()
    rows, earlier, later = _slice(found, filters)
    waits = waiting([row.pk for row in rows], actor, at, calendar())
    for row in rows:
        row.waiting = waits.get(row.pk)
    return ProjectPage(
        rows=rows,
        count=count,
        after=rows[-1].code if rows and later else "",
        before=rows[0].code if rows and earlier else "",
        total_investment=sum((row.total_investment for row in rows), Decimal(0)),
        planned_investment=sum((row.planned_investment for row in rows), Decimal(0)),
    )


def list_fields() -> list[Field]:
    """The columns of the list as a workbook."""
    return [
        Field("code", _("Number")),
        Field("name", _("Project")),
        Field("line", _("Campaign line")),
        Field("phase", _("Phase")),
        Field("owners", _("Project owner")),
        Field("services", _("Service departments")),
        Field("leaders", _("Contact leaders")),
        Field("begins", _("Construction begins"), "date"),
        Field("ends", _("Construction ends"), "date"),
        Field("total", _("Total investment"), "number", unit="万元"),
        Field("planned", _("Plan for the year"), "number", unit="万元"),
    ]


def every_row(actor: Actor, at: datetime, filters: Filters) -> list[dict[str, Any]]:
    """Every project that fits the filters, for a workbook, by code (one statement)."""
    parts = ProjectUnit.objects.filter(project_id=OuterRef("pk")).order_by("order")
    led = ProjectLeader.objects.filter(project_id=OuterRef("pk")).order_by("order")
    found = _narrowed(visible_to(actor, at), actor, filters).select_related("line").order_by("code")
    rows = found.annotate(
        owning=ArraySubquery(parts.filter(role=ProjectUnit.Role.OWNER).values("organisation__name")),
        serving=ArraySubquery(parts.filter(role=ProjectUnit.Role.SERVICE).values("organisation__name")),
        leading=ArraySubquery(led.values("post__name")),
    )
    return [
        {
            "code": row.code,
            "name": row.name,
            "line": row.line.name,
            "phase": str(row.get_phase_display()),
            "owners": "、".join(row.owning),
            "services": "、".join(row.serving),
            "leaders": "、".join(row.leading),
            "begins": row.builds_from,
            "ends": row.builds_until,
            "total": row.total_investment,
            "planned": row.planned_investment,
        }
        for row in rows
    ]


def _slice(found: QuerySet[Project], filters: Filters) -> tuple[list[Project], bool, bool]:
    found = found.select_related("line")
    if filters.before:
        rows = list(found.filter(code__lt=filters.before).order_by("-code")[: PAGE + 1])
        return rows[:PAGE][::-1], len(rows) > PAGE, True
    if filters.after:
        found = found.filter(code__gt=filters.after)
    rows = list(found.order_by("code")[: PAGE + 1])
    return rows[:PAGE], bool(filters.after), len(rows) > PAGE


def _narrowed(found: QuerySet[Project], actor: Actor, filters: Filters) -> QuerySet[Project]:
    if filters.q:
        units = ProjectUnit.objects.filter(organisation_id__in=_units_called(filters.q)).order_by()
        found = found.filter(
            Q(name__icontains=filters.q) | Q(code__icontains=filters.q) | Q(pk__in=units.values("project_id"))
        )
    if filters.line:
        found = found.filter(line__code=filters.line)
    if filters.phase:
        found = found.filter(phase=filters.phase)
    if filters.unit:
        found = found.filter(Exists(_parts().filter(organisation__code=filters.unit)))
    if filters.leader:
        found = found.filter(Exists(_leaders().filter(post__code=filters.leader)))
    if filters.mine:
        own = Exists(_parts().filter(organisation_id__in=actor.organisation_ids))
        found = found.filter(own | Exists(_leaders().filter(post_id__in=actor.post_ids)))
    return found


def _parts() -> QuerySet[ProjectUnit]:
    return ProjectUnit.objects.filter(project_id=OuterRef("pk"))


def _leaders() -> QuerySet[ProjectLeader]:
    return ProjectLeader.objects.filter(project_id=OuterRef("pk"))


def _units_called(words: str) -> QuerySet[Any]:
    """Units whose name, short name or alias holds these words."""
    aliases = Func(F("aliases"), Value(" "), function="array_to_string", output_field=TextField())
    return (
        Organisation.objects.annotate(known_as=aliases)
        .filter(Q(name__icontains=words) | Q(short_name__icontains=words) | Q(known_as__icontains=words))
        .values("pk")
    )


@dataclass(frozen=True, slots=True)
class Choices:
    """What the list can be narrowed by, as pairs of code and name."""

    lines: list[tuple[str, str]]
    units: list[tuple[str, str]]
    leaders: list[tuple[str, str]]
    phases: list[tuple[str, str]]


def choices(actor: Actor, at: datetime) -> Choices:
    """The lines, units and leaders that occur in the projects this person sees (three statements)."""
    seen = visible_to(actor, at).order_by()
    lines = CampaignLine.objects.filter(Exists(seen.filter(line_id=OuterRef("pk"))))
    shown = seen.values("pk")
    parts = ProjectUnit.objects.filter(organisation_id=OuterRef("pk"), project_id__in=shown)
    led = ProjectLeader.objects.filter(post_id=OuterRef("pk"), project_id__in=shown)
    units = Organisation.objects.filter(Exists(parts)).order_by("name")
    leaders = Post.objects.filter(Exists(led)).order_by("order", "id")
    return Choices(
        lines=list(dict(lines.order_by("order").values_list("code", "name")).items()),
        units=list(units.values_list("code", "name")[:MOST_CHOICES]),
        leaders=list(leaders.values_list("code", "name")[:MOST_CHOICES]),
        phases=[(value, str(label)) for value, label in Phase.choices],
    )
