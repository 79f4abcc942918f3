"""Reading one obstacle for the body of its sheet: who holds it, how far it has come, what its reader may do."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Exists, OuterRef, QuerySet, Subquery
from django.db.models.functions import JSONObject
from django.utils.translation import gettext as _
from viewflow.workflow.status import PROCESS, STATUS

from flows.deadlines.selectors import calendar
from flows.engine.models import Run, Step
from flows.engine.papers import day
from flows.engine.selectors_fields import Fields
from flows.files import selectors as files
from flows.projects import selectors as projects
from flows.projects.lifecycle import Move
from flows.projects.models import ProjectUnit
from hetang_flow.lib import figures
from hetang_flow.lib.clock import district_day
from hetang_flow.lib.verdicts import Verdict
from permissions.actors import Actor
from permissions.models import Organisation, Post

from . import registry, rules
from .holding import holders, with_holders
from .models import LevelRaise, Obstacle, ObstacleFact, ObstacleKind, ObstacleLevel
from .selectors_standing import COLUMNS, days_of, of_project


@dataclass(frozen=True, slots=True)
class Reported:
    """A stage or figure on the sheet; `old` says that another replaced it."""

    fact: ObstacleFact
    name: str
    text: str
    old: bool


@dataclass(frozen=True, slots=True)
class Climb:
    """A level it went up: from which to which, when, and why; nobody did it where time ran out."""

    from_name: str
    to_name: str
    when: datetime
    who: str | None
    reason: str


@dataclass(slots=True)
class ObstacleSheet:
    """Everything the body of an obstacle's sheet shows and offers."""

    obstacle: Obstacle
    step: str
    held_by: Sequence[str]
    next_level: str
    runs_out: date | None
    raises: Sequence[Climb]
    reported: Sequence[Reported]
    may_raise_level: Verdict
    may_report: Verdict
    sees_project: bool
    today: date
    acting: frozenset[str] = frozenset()
    kinds: Sequence[ObstacleKind] = ()
    levels: Sequence[Mapping[str, Any]] = ()
    units: Sequence[tuple[str, str]] = ()
    days_stood: int | None = None
    days_of_year: int = 0
    origin: registry.Origin | None = None

    @property
    def kind_name(self) -> str:
        """The kind with its part."""
        part = f"（{self.obstacle.part}）" if self.obstacle.part else ""
        return f"{self.obstacle.kind.name}{part}"

    @property
    def effect(self) -> str:
        """What it does to the project, in one sentence."""
        blocks = self.obstacle.blocks
        move = str(Move(blocks).label) if blocks else _("every further milestone")
        text = _("stops %(move)s") if self.obstacle.stops else _("stops nothing; excuses a delay of %(move)s")
        return text % {"move": move}

    @property
    def stages(self) -> list[tuple[rules.Stage, ObstacleFact | None]]:
        """The stages of its kind, each with the newest fact that reached it."""
        reached = {each.fact.stage: each.fact for each in self.reported if each.fact.stage and not each.old}
        return [(stage, reached.get(stage.code)) for stage in self.obstacle.kind.ladder]

    @property
    def ahead(self) -> list[rules.Stage]:
        """The stages that may be reported next."""
        last = next((e.fact.stage for e in reversed(self.reported) if e.fact.stage and not e.old), "")
        ladder = self.obstacle.kind.ladder
        return [stage for stage in ladder if rules.may_reach(ladder, last, stage.code)]

    @property
    def moves(self) -> Sequence[tuple[str, Any]]:
        """The milestones it may stand in the way of."""
        return Move.choices

    @property
    def correctable(self) -> list[Reported]:
        """What nothing replaces yet."""
        return [each for each in self.reported if not each.old]

    @property
    def figures(self) -> Sequence[Mapping[str, Any]]:
        """The figures of its kind."""
        return self.obstacle.kind.figures


def obstacle_context(run: Run, actor: Actor, now: datetime, fields: Fields) -> Mapping[str, Any]:
    """What the engine's sheet shows of an obstacle (two statements, one more for whoever sorts or assigns)."""
    obstacle = _with_everything(Obstacle.objects.filter(run_id=run.pk), actor, now).get()
    sheet = _sheet(obstacle, run, actor, now)
    sheet.acting, sheet.origin = frozenset(fields.acting), registry.origin_of(obstacle)
    _stood(sheet, run, now)
    if "sort" in sheet.acting:
        kinds = ObstacleKind.objects.filter(plan_id=obstacle.project.plan_id)
        sheet.kinds = list(kinds.order_by("order"))
    if "assign" in sheet.acting:
        desks = Organisation.objects.filter(posts__duty=Post.Duty.DESK).order_by("name")
        sheet.units = list(desks.values_list("code", "name"))
    laid = files.files_in(obstacle.laid, run, actor, fields)
    return {"ob": sheet, "obstacle": obstacle, "run": run, "files": laid}


def _stood(sheet: ObstacleSheet, run: Run, now: datetime) -> None:
    """How long it has stood open, and on how many days of this year any obstacle stood in the project's way."""
    obstacle, today = sheet.obstacle, district_day(now)
    days = calendar(getattr(run, "version", None))
    if obstacle.closed is None or obstacle.struck_off:
        own = [{name: getattr(obstacle, name) for name in COLUMNS}]
        begin = district_day(obstacle.opened)
        sheet.days_stood = days_of(own, begin, today, known_at=now, calendar=days)
    year = today.replace(month=1, day=1)
    sheet.days_of_year = days_of(obstacle.standing, year, today, known_at=now, calendar=days)


def _with_everything(found: QuerySet[Obstacle], actor: Actor, now: datetime) -> QuerySet[Obstacle]:
    """With who holds it, its plan's levels, the step it waits at, and what this person is to its project."""
    serving = ProjectUnit.objects.filter(
        project_id=OuterRef("project_id"), role=ProjectUnit.Role.SERVICE
    ).values("organisation_id")
    levels = ObstacleLevel.objects.filter(plan_id=OuterRef("project__plan_id")).order_by("order")
    level = JSONObject(id="pk", code="code", name="name", days="days")
    climbs = LevelRaise.objects.filter(obstacle_id=OuterRef("pk")).order_by("raised", "pk")
    climb = JSONObject(
        from_name="from_level__name",
        to_name="to_level__name",
        when="raised",
        who="raised_by__name",
        reason="reason",
    )
    waits = Step.objects.filter(process_id=OuterRef("run_id"), status=STATUS.NEW, policy__isnull=False)
    return (
        with_holders(registry.with_origins(found))
        .select_related("project", "level", "kind", "unit", "raised_by_unit")
        .annotate(
            laid=files.of_run("run_id"),
            standing=of_project("project_id", now),
            serving=ArraySubquery(serving),
            levels=ArraySubquery(levels.values(j=level)),
            climbed=ArraySubquery(climbs.values(j=climb)),
            waits_at=Subquery(waits.values("policy__key")[:1]),
            seen=Exists(projects.visible_to(actor, now).filter(pk=OuterRef("project_id"))),
        )
    )


def _sheet(obstacle: Any, run: Run, actor: Actor, now: datetime) -> ObstacleSheet:
    rungs = [rules.Rung(level["code"], level["days"]) for level in obstacle.levels]
    here = obstacle.level.code if obstacle.level else ""
    above = rules.next_rung(rungs, here) if here else None
    held = holders(obstacle)
    step = (obstacle.waits_at or "").rpartition(".")[2]
    over = run.status != PROCESS.NEW
    return ObstacleSheet(
        obstacle=obstacle,
        step=step,
        held_by=[holder.name for holder in held],
        next_level=next((e["name"] for e in obstacle.levels if above and e["code"] == above.code), ""),
        runs_out=None if over or step == "verify" else obstacle.level_until,
        raises=[Climb(**row | {"when": datetime.fromisoformat(row["when"])}) for row in obstacle.climbed],
        reported=_reported(obstacle),
        may_raise_level=rules.may_raise_level(
            actor,
            unit=obstacle.unit_id,
            holders=[holder.id for holder in held],
            is_raiser=run.initiator_id == actor.user_id,
            at_top=bool(here) and above is None,
            open_at=step,
        ),
        may_report=rules.may_report(
            actor,
            unit=obstacle.unit_id,
            serving=obstacle.serving,
            over=over and obstacle.struck_off is None,
            invented=obstacle.project.is_demo,
        ),
        sees_project=obstacle.seen,
        today=district_day(now),
        levels=obstacle.levels,
    )


def _reported(obstacle: Obstacle) -> list[Reported]:
    facts = list(obstacle.facts.select_related("recorded_by").order_by("happened_on", "pk"))
    replaced = {fact.replaces_id for fact in facts}
    names = {figure["code"]: figure["name"] for figure in obstacle.kind.figures}
    return [
        Reported(
            fact,
            names.get(fact.figure) or obstacle.kind.stage_name(fact.stage),
            _text(fact),
            fact.pk in replaced,
        )
        for fact in facts
    ]


def _text(fact: ObstacleFact) -> str:
    value = f"{figures.number(fact.value)} {fact.unit}".strip() if fact.value is not None else ""
    return "，".join(filter(None, (value, day(fact.happened_on), fact.note)))
