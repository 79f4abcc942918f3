"""Reading one obstacle for the body of its sheet: who holds it, how far it has come, what its reader may do."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.utils.translation import gettext as _
from viewflow.workflow.status import PROCESS, STATUS

from flows.deadlines.rules import working_days_between
from flows.deadlines.selectors import calendar
from flows.engine.models import Run
from flows.engine.papers import day
from flows.engine.selectors_fields import Fields
from flows.projects import selectors as projects
from flows.projects.lifecycle import Move
from flows.projects.models import ProjectUnit
from hetang_flow.lib import figures
from hetang_flow.lib.clock import district_day
from hetang_flow.lib.verdicts import Verdict
from permissions.actors import Actor
from permissions.models import Organisation, Post

from . import rules
from .holding import holders, with_holders
from .models import LevelRaise, Obstacle, ObstacleFact, ObstacleKind, ObstacleLevel


@dataclass(frozen=True, slots=True)
class Reported:
    """A stage or figure on the sheet; `old` says that another replaced it."""

    fact: ObstacleFact
    name: str
    text: str
    old: bool


@dataclass(slots=True)
class ObstacleSheet:
    """Everything the body of an obstacle's sheet shows and offers."""

    obstacle: Obstacle
    step: str
    held_by: Sequence[str]
    next_level: str
    level_days: int | None
    raises: Sequence[LevelRaise]
    reported: Sequence[Reported]
    may_raise_level: Verdict
    may_report: Verdict
    sees_project: bool
    today: date
    acting: frozenset[str] = frozenset()
    kinds: Sequence[ObstacleKind] = ()
    levels: Sequence[ObstacleLevel] = ()
    units: Sequence[tuple[str, str]] = ()

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
    def figures(self) -> Sequence[Mapping[str, Any]]:
        """The figures of its kind."""
        return self.obstacle.kind.figures


def obstacle_context(run: Run, actor: Actor, now: datetime, fields: Fields) -> Mapping[str, Any]:
    """What the engine's sheet shows of an obstacle (five statements, two more for whoever sorts or assigns)."""
    obstacle = with_holders(Obstacle.objects.filter(run_id=run.pk)).get()
    parties = ProjectUnit.objects.filter(project_id=obstacle.project_id, role=ProjectUnit.Role.SERVICE)
    sheet = _sheet(obstacle, run, actor, now, list(parties.values_list("organisation_id", flat=True)))
    sheet.acting = frozenset(fields.acting)
    plan_id = obstacle.project.plan_id
    if "sort" in sheet.acting:
        sheet.kinds = list(ObstacleKind.objects.filter(plan_id=plan_id).order_by("order"))
    if "assign" in sheet.acting:
        desks = Organisation.objects.filter(posts__duty=Post.Duty.DESK).order_by("name")
        sheet.units = list(desks.values_list("code", "name"))
    return {"ob": sheet, "obstacle": obstacle, "run": run}


def _sheet(obstacle: Any, run: Run, actor: Actor, now: datetime, serving: Sequence[int]) -> ObstacleSheet:
    levels = list(ObstacleLevel.objects.filter(plan_id=obstacle.project.plan_id).order_by("order"))
    rungs = [rules.Rung(level.code, level.days) for level in levels]
    here = obstacle.level.code if obstacle.level else ""
    above = rules.next_rung(rungs, here) if here else None
    held = holders(obstacle)
    steps = run.task_set.filter(status=STATUS.NEW, policy__isnull=False)
    step = next((step.flow_task.name for step in steps), "")
    over = run.status != PROCESS.NEW
    today = district_day(now)
    return ObstacleSheet(
        obstacle=obstacle,
        step=step,
        held_by=[holder.name for holder in held],
        next_level=next((level.name for level in levels if above and level.code == above.code), ""),
        level_days=_left(obstacle, today) if not over else None,
        raises=list(obstacle.raises.select_related("from_level", "to_level", "raised_by")),
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
            serving=serving,
            over=over and obstacle.struck_off is None,
            invented=obstacle.project.is_demo,
        ),
        sees_project=projects.visible_to(actor, now).filter(pk=obstacle.project_id).exists(),
        today=today,
        levels=levels,
    )


def _left(obstacle: Obstacle, today: date) -> int | None:
    """The working days left at its level; nothing for one that stays for good."""
    if obstacle.level_until is None:
        return None
    return max(0, working_days_between(today, obstacle.level_until, calendar()))


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
