"""Invented projects on which everything can be tried: marked as demonstration, played by posts, never by persons.

The demonstration and the tour share it; real projects of the plan stay untouched.
"""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from decimal import Decimal
from io import BytesIO
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.db.models import Q
from PIL import Image, ImageDraw
from viewflow.workflow.status import PROCESS

from flows.campaigns.models import CampaignLine, LineUnit
from flows.engine import operations as engine
from flows.engine.models import Assignment, Run
from flows.engine.rules import CAMPAIGN_OFFICE
from flows.figures.operations import report_month
from flows.figures.rules import CENT, Month, last_day, months_open, year_share
from flows.ledgers.models import LedgerKind
from flows.ledgers.operations import add_row
from flows.obstacles import operations as obstacles
from flows.obstacles.models import ObstacleKind
from flows.obstacles.operations import Raised
from flows.projects import operations as projects
from flows.projects.lifecycle import Move
from flows.projects.models import Gate, Milestone, Project, ProjectLeader, Requirement
from hetang_flow.lib.clock import district_day
from permissions.actors import SYSTEM, Actor
from permissions.models import Organisation, Post, User
from permissions.operations import DEMO_PREFIX, remove_demonstration
from permissions.selectors import actor_for

PACE = (104, 96, 55, 88)  # of the time that went by, in per cent
LINE = "construction"
OWNER = ("demo-owner", "演示业主甲公司")
CONTACT = ("demo-owner-contact", "演示业主甲公司联系人")
INVENTED = (
    ("DEMO-01", "演示·精密刀具产业园二期标准厂房", 126000, 42000, "2023.3", "2024.12"),
    ("DEMO-02", "演示·冷链物流枢纽", 58000, 21000, "2023.5", "2025.6"),
    ("DEMO-03", "演示·职教实训中心及配套道路管网综合提升工程（含地下停车场与人防工程）", 86500, 32000, "2023.4", "2025.3"),
    ("DEMO-04", "演示·先进复合材料中试基地", 32400, 12600, "2023.6", "2024.10"),
)  # fmt: skip


def sample_paper(name: str) -> SimpleUploadedFile:
    """A one-page picture that stands for a document: ruled lines, a title bar, a round seal, the word DEMO."""
    page = Image.new("RGB", (744, 1052), "#fdfdfb")
    pen = ImageDraw.Draw(page)
    pen.rectangle((212, 90, 532, 116), fill="#444c5a")
    for row in range(20):
        right = 664 if row % 5 != 4 else 430
        pen.line((80, 190 + row * 36, right, 190 + row * 36), fill="#cdd3dc", width=9)
    pen.ellipse((470, 800, 640, 970), outline="#d1382e", width=7)
    pen.regular_polygon((555, 885, 40), 5, rotation=0, fill="#d1382e")
    pen.text((80, 980), "DEMO", fill="#8a92a0", font_size=28)
    kept = BytesIO()
    page.save(kept, "PNG")
    return SimpleUploadedFile(f"{name}.png", kept.getvalue(), content_type="image/png")


@transaction.atomic
def invent_projects(*, now: datetime, only: int | None = None) -> list[Project]:
    """Open the invented projects on the construction line of the newest plan; those already there are kept.

    The service unit is a responsible unit that leads nothing, the contact leaders are two of the line's leaders.
    """
    line = CampaignLine.objects.filter(code=LINE).select_related("plan").latest("plan__year")
    owner, _made = Organisation.objects.get_or_create(
        code=OWNER[0], defaults={"name": OWNER[1], "kind": Organisation.Kind.OUTSIDE, "is_demo": True}
    )
    contact = {"organisation": owner, "name": CONTACT[1], "duty": Post.Duty.CONTACT, "is_demo": True}
    Post.objects.get_or_create(code=CONTACT[0], defaults=contact)
    units = [unit.organisation_id for unit in line.units.filter(role=LineUnit.Role.RESPONSIBLE)]
    served = [
        unit for unit in units if Post.objects.filter(organisation=unit, duty=Post.Duty.OFFICER).exists()
    ]
    leaders = list(line.leaders.order_by("order").values_list("post_id", flat=True))
    cities = list(Post.objects.filter(duty=Post.Duty.CITY_LEADER).values_list("pk", flat=True))
    made = []
    for place, (code, name, total, planned, begins, ends) in enumerate(INVENTED[:only]):
        if Project.objects.filter(code=code).exists():
            continue
        values: dict[str, Any] = {
            "code": code,
            "name": name,
            "plan": line.plan,
            "line": line,
            "location": "荷塘区",
            "builds_from": _month(begins),
            "builds_until": _month(ends),
            "total_investment": Decimal(total),
            "planned_investment": Decimal(planned),
            "is_demo": True,
        }
        made.append(
            projects.open_project(
                values,
                owners=[owner.pk],
                services=[served[place % len(served)]],
                city_leaders=cities[place : place + 1],
                district_leaders=[leaders[place % len(leaders)], leaders[(place + 1) % len(leaders)]],
                by=SYSTEM,
                now=now,
            )
        )
    return made


def _month(text: str) -> date:
    year, month = map(int, text.split("."))
    return date(year, month, 1)


def in_post(post: Post, *, now: datetime) -> Actor:
    """The invented person in a post, as an actor."""
    return actor_for(User.objects.get(username=DEMO_PREFIX + post.code), at=now, post_id=post.pk)


def officer_of(project: Project) -> Post:
    """The officer's post of the unit that serves a project."""
    return Post.objects.get(
        organisation__in=project.units.filter(role="service").values("organisation_id"),
        duty=Post.Duty.OFFICER,
    )


def checklist(milestone: Milestone, *, today: date) -> Iterator[tuple[Requirement, Any]]:
    """Every line of a milestone's gate with an invented answer: a paper, a figure, a day."""
    for item in milestone.gate.requirements.all():
        if item.kind == Requirement.Kind.DOCUMENT:
            yield item, sample_paper(item.name)
        elif item.kind == Requirement.Kind.DATE:
            yield item, today
        else:
            yield item, Decimal("3000.00")


def fill(milestone: Milestone, by: Actor, *, now: datetime) -> None:
    """Lay everything the gate asks for before the approvers."""
    values = {}
    for item, answer in checklist(milestone, today=district_day(now)):
        if item.kind == Requirement.Kind.DOCUMENT:
            projects.attach_evidence(milestone.public_id, item.code, answer, by=by, now=now)
        else:
            values[item.code] = answer
    note = "证照、资金到位凭证已齐，数据与台账一致，请予核验。"
    projects.save_draft(milestone.public_id, values=values, note=note, by=by, now=now)


def play_openings(made: list[Project], *, now: datetime) -> None:
    """Give the inboxes something to hold: one draft, one to verify, one to approve, one sent back."""
    for place, project in enumerate(made):
        if not Gate.objects.filter(plan=project.plan, move=Move.FULFIL).exists():
            return
        by = in_post(officer_of(project), now=now)
        milestone = projects.start_milestone(project.public_id, Move.FULFIL, by=by, now=now)
        if place == 0:
            continue
        fill(milestone, by, now=now)
        projects.submit_evidence(milestone.public_id, by=by, now=now)
        if place == 1:
            continue
        _answer(milestone, now, engine.approve, opinion="资料齐全，现场复核一致。")
        if place == 3:
            _answer(milestone, now, engine.return_to_initiator, reason="到位资金凭证缺签章页，请补正后重报。")


def play_obstacles(made: list[Project], *, now: datetime) -> None:
    """One obstacle the owner's contact has raised, and one that a unit deals with."""
    if not made or not ObstacleKind.objects.filter(plan=made[0].plan).exists():
        return
    contact = in_post(Post.objects.get(code=CONTACT[0]), now=now)
    power = Raised("utilities", "施工用电专线未接入，影响塔吊进场", part="电")
    obstacles.raise_obstacle(made[0].public_id, power, by=contact, now=now)
    land = Raised("land", "二期集体土地尚未完成征拆", details="剩余九户，已签协议五户。")
    officer = in_post(officer_of(made[-1]), now=now)
    obstacle = obstacles.raise_obstacle(made[-1].public_id, land, by=officer, now=now)
    office = {"by": in_post(Post.objects.get(code=f"{CAMPAIGN_OFFICE}-desk"), now=now), "now": now}
    obstacles.sort_obstacle(obstacle.public_id, kind="land", level="department", stops=False, **office)
    due = district_day(now) + timedelta(days=7)
    obstacles.assign_obstacle(obstacle.public_id, unit="land-acquisition", due=due, **office)


MONTHS = (
    "场地平整",
    "基坑支护",
    "桩基施工",
    "地下室施工",
    "主体一层",
    "主体三层",
    "主体封顶",
    "砌体施工",
    "机电安装",
    "外墙施工",
    "室内装修",
)


def play_months(made: list[Project], *, now: datetime) -> None:
    """Eleven months of every project: one ahead of the time, one far behind it."""
    for place, project in enumerate(made):
        by = in_post(officer_of(project), now=now)
        plan = project.plan
        months = months_open(plan.effective_from, plan.effective_until, district_day(now))[: len(MONTHS)]
        for number, (month, works) in enumerate(zip(months, MONTHS, strict=False), 1):
            share = year_share(last_day(month), plan.year, project.builds_from, project.builds_until)
            done = (project.planned_investment * share * PACE[place % len(PACE)] / 100).quantize(CENT)
            typed = Month(month, done, Decimal(number * 4), works if done else "前期准备")
            report_month(project.public_id, typed, seen={}, by=by, now=now)


ROWS = (
    ("visits", "development-reform-desk", {"visited": "省发展改革委", "visited-on": "2023-02-16", "head": "是", "level": "省直厅局", "matter": "争取中央预算内投资", "result": "纳入储备项目两个"}),
    ("visits", "development-reform-desk", {"visited": "市交通运输局", "visited-on": "2023-03-21", "head": "是", "level": "市直部门", "matter": "对接路网衔接"}),
    ("funding", "development-reform-desk", {"project": "演示·老旧管网改造", "kind": "地方政府专项债", "applied-on": "2023-03-02", "applied": "12000", "approved-on": "2023-06-15", "approved": "9000", "arrived-on": "2023-08-10", "arrived": "6000"}),
    ("events", "science-industry-officer", {"event": "演示·硬质材料产业链对接会", "kind": "先进硬质材料产业链对接", "held-on": "2023-04-18", "firms": "23", "money": "8600"}),
    ("fission", "science-industry-officer", {"name": "演示·刀具检测服务公司", "kind": "孵化市场主体", "good": "是", "settled-on": "2023-05-22", "investment": "1200"}),
    ("attracted", "development-zone-desk", {"firm": "演示·湘商新材料公司", "kind": "湘商新注册企业", "happened-on": "2023-06-08", "money": "5200"}),
)  # fmt: skip


def play_ledgers(*, now: datetime) -> None:
    """A few rows of ledgers, so that targets count something besides investment."""
    for code, post, typed in ROWS:
        held = Post.objects.filter(code=post).first()
        if held and LedgerKind.objects.filter(code=code).exists():
            add_row(code, typed, by=in_post(held, now=now), now=now)


def _answer(milestone: Milestone, now: datetime, operation, **words: str) -> None:
    share = Assignment.objects.filter(run=milestone.run, status="open").select_related("post").first()
    by = in_post(share.post, now=now)
    operation(milestone.run.public_id, share.pk, by=by, now=now, **words)


@transaction.atomic
def remove(*, now: datetime) -> int:
    """Close what is open on invented projects, then the invented accounts; returns how many accounts were closed."""
    about_invented = Q(milestone__project__is_demo=True) | Q(correction__project__is_demo=True)
    about_invented |= Q(policy_change__proposed_by__is_demo=True) | Q(token_move__proposed_by__is_demo=True)
    about_invented |= Q(obstacle__project__is_demo=True) | Q(inspection__project__is_demo=True)
    about_invented |= Q(slip__climb__item__project__is_demo=True)
    about_invented |= Q(measure__climb__item__project__is_demo=True)
    for run_id in Run.objects.filter(about_invented, status=PROCESS.NEW).values_list("public_id", flat=True):
        engine.close_by_system(run_id, now=now, why="demonstration removed")
    return remove_demonstration(now=now)


def people_to_try() -> list[User]:
    """The accounts worth signing in with: everybody who has or will have something to do on an invented project."""
    invented = Q(run__milestone__project__is_demo=True) | Q(run__obstacle__project__is_demo=True)
    invented |= Q(run__inspection__project__is_demo=True)
    asked = Assignment.objects.filter(invented).values("post_id")
    leading = ProjectLeader.objects.filter(project__is_demo=True, level="district").values("post_id")
    posts = Post.objects.filter(
        Q(pk__in=asked) | Q(pk__in=leading) | Q(code=CONTACT[0])
    ) | Post.objects.filter(
        organisation__code__in=["campaign-office", "hq-office"], duty__in=["officer", "desk"]
    )
    names = [
        DEMO_PREFIX + code for code in posts.distinct().order_by("order", "pk").values_list("code", flat=True)
    ]
    return list(User.objects.filter(username__in=names, is_active=True).order_by("pk"))
