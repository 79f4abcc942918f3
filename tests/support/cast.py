"""The fixed cast: an invented district with one project, its units, leaders and offices.

Chen is an officer of the serving unit, Lin sits at the desk of a lead department that did not serve, Zhao and Qian
are the contact leaders, Sun is a city leader, Gao works in the campaign office, Ma in the headquarters office,
Wang in a unit with no part in anything.
"""

from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from decimal import Decimal

from flows.campaigns.models import CampaignLine, GroupUnit, LineUnit, Plan, WorkGroup
from flows.engine.models import Assignment, Policy, Run
from flows.journal.operations import open_chain
from flows.projects import operations as projects
from flows.projects.lifecycle import Move
from flows.projects.models import Gate, Milestone, Project, Requirement
from permissions.actors import SYSTEM, Actor
from permissions.models import Appointment, Organisation, Post, User
from permissions.selectors import actor_for

NOW = datetime(2023, 6, 1, 1, 30, tzinfo=UTC)  # a Thursday morning in the district
UNITS = (
    ("leadership", "leadership"),
    ("city", "city"),
    ("serving", "bureau"),
    ("leading", "bureau"),
    ("stranger", "bureau"),
    ("coordinating", "bureau"),
    ("campaign-office", "office"),
    ("hq-office", "office"),
    ("owner", "outside"),
)
PEOPLE = {
    "chen": ("serving", "officer"),
    "bai": ("serving", "desk"),
    "lin": ("leading", "desk"),
    "luo": ("leading", "officer"),
    "zhao": ("leadership", "leader"),
    "qian": ("leadership", "leader"),
    "sun": ("city", "city_leader"),
    "gao": ("campaign-office", "officer"),
    "ma": ("hq-office", "desk"),
    "wang": ("stranger", "officer"),
    "ke": ("coordinating", "desk"),
}
POLICIES = {
    "milestone.submit": ("any_of", "run.initiator", 5),
    "milestone.verify": ("any_of", "project.verifiers", 3),
    "milestone.approve": ("all_of", "project.contact_leaders", 5),
    "correction.confirm": ("any_of", "headquarters.confirmers", 3),
    "policy.confirm": ("any_of", "headquarters.confirmers", 3),
    "token.confirm": ("any_of", "headquarters.confirmers", 3),
    "obstacle.sort": ("any_of", "obstacle.sorters", 2),
    "obstacle.assign": ("any_of", "obstacle.sorters", 1),
    "obstacle.answer": ("any_of", "obstacle.unit", 5),
    "obstacle.verify": ("any_of", "obstacle.verifiers", 3),
}


@dataclass
class District:
    """What a test needs to talk about the invented district."""

    plan: Plan
    line: CampaignLine
    units: dict[str, Organisation]
    posts: dict[str, Post]
    users: dict[str, User]
    now: datetime = NOW
    made: int = field(default=0)

    def actor(self, name: str, at: datetime | None = None) -> Actor:
        """The actor a person is at a moment."""
        return actor_for(self.users[name], at=at or self.now)

    def project(self, **values) -> Project:
        """Another invented project of the line, served by Chen's unit, signed unless told otherwise."""
        self.made += 1
        columns = {
            "code": f"DEMO-{self.plan.pk}-{self.made:03d}",
            "name": f"演示·精密刀具产业园 {self.made} 期",
            "plan": self.plan,
            "line": self.line,
            "total_investment": Decimal("126000"),
            "planned_investment": Decimal("42000"),
            "builds_from": date(2023, 3, 1),
            "builds_until": date(2024, 12, 31),
            "is_demo": True,
        }
        return projects.open_project(
            columns | values,
            owners=[self.units["owner"].pk],
            services=[self.units["serving"].pk],
            city_leaders=[self.posts["sun"].pk],
            district_leaders=[self.posts["zhao"].pk, self.posts["qian"].pk],
            by=SYSTEM,
            now=self.now,
        )

    def milestone(self, project: Project | None = None, move: str = "fulfil", by: str = "chen") -> Milestone:
        """A milestone being drafted by its officer."""
        project = project or self.project()
        return projects.start_milestone(project.public_id, move, by=self.actor(by), now=self.now)

    def submitted(self, project: Project | None = None, move: str = "fulfil") -> Milestone:
        """A milestone that lies with the verifying unit."""
        milestone = self.milestone(project, move)
        self.submit(milestone)
        return milestone

    def submit(self, milestone: Milestone, by: str = "chen") -> Run:
        """Fill the figures and dates of the checklist and hand the milestone in."""
        actor, values = self.actor(by), self.answers(milestone)
        projects.save_draft(milestone.public_id, values=values, note="资料齐全。", by=actor, now=self.now)
        return projects.submit_evidence(milestone.public_id, by=actor, now=self.now)

    @staticmethod
    def answers(milestone: Milestone) -> dict[str, Decimal | date]:
        """An answer to every figure and date of a checklist."""
        return {
            item.code: Decimal("3000") if item.kind == "figure" else date(2023, 5, 30)
            for item in milestone.gate.requirements.exclude(kind="document")
        }

    def share(self, run: Run, name: str, status: str = "open") -> Assignment:
        """The assignment of a person's post in a run."""
        rows = Assignment.objects.filter(run=run, post=self.posts[name], status=status)
        return rows.select_related("run").latest("pk")


def build(tag: str = "a", now: datetime = NOW) -> District:
    """Write the cast and its campaign; `tag` keeps two districts in one database apart."""
    units = {
        code: Organisation.objects.create(
            code=code if code in ("campaign-office", "hq-office") else f"{code}-{tag}",
            name=f"{code}-{tag}",
            kind=kind,
        )
        for code, kind in UNITS
    }
    posts, users = {}, {}
    for order, (name, (unit, duty)) in enumerate(PEOPLE.items()):
        users[name] = User.objects.create(username=f"{name}-{tag}", name=name.title(), is_demo=True)
        posts[name] = Post.objects.create(
            code=f"{name}-{tag}",
            organisation=units[unit],
            name=f"{unit} {duty} {name}",
            duty=duty,
            order=order,
        )
        Appointment.objects.create(post=posts[name], user=users[name], from_day=date(2023, 1, 1))
    plan, line = _campaign(tag, units)
    _policies(plan)
    return District(plan, line, units, posts, users, now)


def _campaign(tag, units):
    plan = Plan.objects.create(
        code=f"invented-{tag}",
        year=2023,
        title="演示项目攻坚年",
        effective_from=date(2023, 1, 1),
        effective_until=date(2023, 12, 31),
        chain=open_chain("plan", f"invented-{tag}"),
    )
    line = CampaignLine.objects.create(
        plan=plan, code="construction", name="项目建设攻坚", order=4, clause="三（四）"
    )
    LineUnit.objects.create(line=line, organisation=units["leading"], role="lead", order=0)
    LineUnit.objects.create(line=line, organisation=units["serving"], role="lead", order=1)
    group = WorkGroup.objects.create(
        plan=plan, code="coordination", name="综合协调小组", order=0, clause="附件1"
    )
    GroupUnit.objects.create(group=group, organisation=units["coordinating"], role="lead", order=0)
    return plan, line


def _policies(plan):
    for key, (mode, resolver, limit) in POLICIES.items():
        Policy.objects.get_or_create(
            key=key,
            version=1,
            defaults={
                "name": key,
                "mode": mode,
                "resolver": resolver,
                "limit_days": limit,
                "clause": "preset",
                "published": NOW,
            },
        )
    for move in Move:
        gate = Gate.objects.create(plan=plan, move=move, name=f"{move.label}")
        Requirement.objects.create(
            gate=gate, code="money", name="到位资金", kind="figure", unit="万元", order=1
        )
        Requirement.objects.create(gate=gate, code="done-on", name="完成日期", kind="date", order=2)
        if move == Move.START:
            Requirement.objects.create(gate=gate, code="permit", name="施工许可证", kind="document", order=0)
