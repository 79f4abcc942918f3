"""Reading a project's card (建档立卡): everything on one page, in a fixed number of statements. This room writes nothing."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import NamedTuple
from uuid import UUID

from flows.deadlines.rules import WorkCalendar
from flows.deadlines.selectors import calendar
from flows.figures.rules import Month, increment
from flows.figures.selectors import Figures, figures_of
from flows.projects import registry
from flows.projects.lifecycle import Phase
from flows.projects.models import Milestone, Project
from flows.projects.selectors_project import Responsible, Stop, chain_of, project_for, strip_of
from flows.taskforces.selectors import Shown, of_project
from flows.timetables.selectors import NodeStanding, nodes_of
from hetang_flow.lib.clock import district_day
from permissions.actors import Actor

from . import rules

MOST_MILESTONES = 30
AT_ONCE = 3  # months that stand open on a page


@dataclass(frozen=True, slots=True)
class Passed:
    """A milestone that was confirmed, with the working days from its beginning to its end."""

    name: str
    run: UUID
    taken: rules.Taken


class Brought(NamedTuple):
    """A month as it was reported, and what it brought where that can be told."""

    month: Month
    invested: Decimal | None


@dataclass(frozen=True, slots=True)
class Card:
    """Everything the card of one project shows, on the page and on paper."""

    project: Project
    chain: Sequence[Responsible]
    strip: Sequence[Stop]
    nodes: Sequence[NodeStanding]
    figures: Figures
    obstacles: Sequence[registry.Blocking]
    passed: Sequence[Passed]
    forces: Sequence[Shown]
    today: date

    @property
    def months(self) -> list[Brought]:
        """The months of the plan's year that were reported, oldest first."""
        every = {m.month: m.invested for m in self.figures.months if m.invested is not None}
        year = [m for m in self.figures.months if m.is_reported and m.month.year == self.figures.year]
        return [Brought(month, increment(every, month.month)) for month in year]

    @property
    def latest(self) -> list[Brought]:
        """The newest months, newest first: those that are read at once."""
        return self.months[::-1][:AT_ONCE]

    @property
    def earlier(self) -> list[Brought]:
        """The months before them, newest first."""
        return self.months[::-1][AT_ONCE:]

    @property
    def stopped(self) -> str:
        """Whether the works are suspended or ended."""
        return {Phase.SUSPENDED: "pause", Phase.TERMINATED: "end"}.get(Phase(self.project.phase), "")


def card(project_id: UUID, actor: Actor, at: datetime) -> Card:
    """One project's card (six statements and one for each source of obstacles).

    Raises NotFound for a project this person does not see.
    """
    project, today = project_for(project_id, actor, at), district_day(at)
    days = calendar(project.version)
    milestones = list(project.milestones.select_related("gate", "run").order_by("-opened")[:MOST_MILESTONES])
    figures = figures_of(Project.objects.filter(pk=project.pk), until=today, known_at=at)[0]
    return Card(
        project=project,
        chain=chain_of(project),
        strip=strip_of(project, milestones),
        nodes=nodes_of([project.pk], until=today, known_at=at, days=days).get(project.pk, []),
        figures=figures,
        obstacles=registry.open_obstacles([project.pk], at).get(project.pk, []),
        passed=_passed(milestones, days),
        forces=of_project(project, at),
        today=today,
    )


def _passed(milestones: Sequence[Milestone], days: WorkCalendar) -> list[Passed]:
    """The confirmed ones, oldest first."""
    return [
        Passed(
            milestone.gate.name,
            milestone.run.public_id,
            rules.taken(district_day(milestone.opened), district_day(milestone.closed), days),
        )
        for milestone in reversed(milestones)
        if milestone.state == Milestone.State.CONFIRMED and milestone.closed
    ]
