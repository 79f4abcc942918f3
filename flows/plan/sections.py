"""The rooms' sections of the plan file, in the order in which they are loaded: a new room adds one line."""

from flows.campaigns.plan_section import Section as Campaign
from flows.discipline.plan_section import Section as Discipline
from flows.engine.plan_section import Section as Policies
from flows.ledgers.plan_section import Section as Ledgers
from flows.lights.plan_section import Section as Lights
from flows.obstacles.plan_section import Section as Obstacles
from flows.pool.plan_section import Section as Pool
from flows.projects.plan_section import Section as Projects
from flows.supervision.plan_section import Section as Supervision
from flows.targets.contest_section import Section as Contest
from flows.targets.plan_section import Section as Targets
from flows.targets.plan_section_assessment import Section as Assessment
from flows.taskforces.plan_section import Section as TaskForces
from flows.timetables.plan_section import Section as Timetable
from hetang_flow.lib.plan_file import Section
from permissions.plan_section import Section as People

SECTIONS: tuple[Section, ...] = (
    People(),
    Campaign(),
    Targets(),
    Assessment(),
    Policies(),
    Projects(),
    TaskForces(),
    Timetable(),
    Pool(),
    Ledgers(),
    Obstacles(),
    Lights(),
    Supervision(),
    Discipline(),
    Contest(),
)
