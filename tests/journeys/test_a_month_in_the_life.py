"""A month in the life: three officers type facts once, and every page shows the same figures, then and after a correction."""

import html
import re
from datetime import date
from decimal import Decimal
from io import StringIO

import pytest
from django.core.management import call_command
from django.test import Client
from django.urls import reverse

from flows.figures.selectors import figures
from flows.ledgers.importing import importer
from flows.projects.models import Project
from flows.targets.selectors_board import standings
from hetang_flow import demonstration, env
from hetang_flow.lib import clock
from hetang_flow.lib.workbooks import read
from permissions.models import Post
from permissions.operations import DEMO_PREFIX, create_demonstration

pytestmark = pytest.mark.django_db
PASSWORD = "a-word-for-this-test-only"
MAY = "2023-05"
TYPED = (("18000", "22", "主体施工至三层"), ("9000", "15", "桩基完成"), ("4500.50", "8", "场地平整"))
MOST_FIELDS = 12
NOT_TYPED = {"csrfmiddlewaretoken", "month"}


class Someone:
    """A person at a desk, who reads pages and fills in forms."""

    def __init__(self, post: str) -> None:
        self.client = Client()
        assert self.client.login(username=DEMO_PREFIX + post, password=PASSWORD)
        self.typed = 0

    def reads(self, name: str, *args, **query) -> str:
        """A page as plain text."""
        answer = self.client.get(reverse(name, args=args), query)
        assert answer.status_code == 200
        return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", answer.content.decode())).split())

    def fills_in(self, name: str, *args, **said: str) -> None:
        """A form, every field of which somebody typed but what the page put there."""
        self.typed += len(
            [field for field in said if field not in NOT_TYPED and not field.startswith("seen")]
        )
        answer = self.client.post(reverse(name, args=args), said)
        assert answer.status_code == 302, answer.content.decode()[:2000]


@pytest.fixture
def district(db):
    """The notice's plan, accounts named by post, and the invented projects, nothing reported yet."""
    plan = str(env.BASE_DIR / "plans" / "hetang-2023.yaml")
    call_command("load_plan", plan, yes=True, stdout=StringIO())
    now = clock.now()
    create_demonstration(PASSWORD, now=now)
    return demonstration.invent_projects(now=now)[:3]


def officer_of(project: Project) -> Someone:
    return Someone(demonstration.officer_of(project).code)


def shown_total(page: str) -> Decimal:
    """What is invested, by the foot of the board: the second figure after the number of projects."""
    found = re.search(r"\d+ 个项目 ([\d,.]+) ([\d,.]+) ", page)
    assert found, page[-600:]
    return Decimal(found.group(2).replace(",", ""))


def test_a_month_in_the_life(district):
    officers = [officer_of(project) for project in district]
    leader = Someone("executive-vice-mayor")
    for officer, project, (invested, progress, works) in zip(officers, district, TYPED, strict=True):
        assert project.name.removeprefix("演示·") in officer.reads("months", month=MAY)
        words = {"month": MAY, "invested": invested, "progress": progress, "works": works}
        officer.fills_in("month-report", project.public_id, **words)
    assert all(officer.typed <= MOST_FIELDS for officer in officers), "an officer types too much"
    assert [officer.typed for officer in officers] == [3, 3, 3]

    whole = sum((Decimal(invested) for invested, _progress, _works in TYPED), Decimal(0))
    everywhere_equal(leader, district, [invested for invested, _progress, _works in TYPED], whole)

    # One was wrong: it is corrected once, where it was typed, and everything follows.
    facts = {fact.kind: fact.pk for fact in district[1].facts.filter(month=date(2023, 5, 1))}
    seen = {f"seen-{kind}": str(key) for kind, key in facts.items()}
    officers[1].fills_in(
        "month-report",
        district[1].public_id,
        month=MAY,
        invested="9600",
        progress="15",
        works="桩基完成",
        **seen,
    )
    assert officers[1].typed <= MOST_FIELDS
    everywhere_equal(leader, district, ["18000", "9600", "4500.50"], whole + 600)
    assert "原为 9,000 万元" in leader.reads("project-months", district[1].public_id)


def everywhere_equal(leader: Someone, projects: list[Project], each: list[str], whole: Decimal) -> None:
    """The board of the month, the projects' pages, the contest and the targets say the same."""
    in_yi = (whole / 10000).quantize(Decimal("0.01"))
    assert shown_total(leader.reads("months-board", month=MAY)) == in_yi
    for project, invested in zip(projects, each, strict=True):
        page = leader.reads("project-months", project.public_id)
        assert f"{Decimal(invested).normalize():,f}" in page
    for code in ("h-invested", "construction-invested"):
        page = leader.reads("target", code)
        shown = f"{in_yi.normalize():f} 亿元"
        assert shown in page, f"{code} does not show {shown}"
        assert page.count("演示·") >= 3 or all(
            project.name.removeprefix("演示·") in page for project in projects
        )
    board = leader.reads("targets")
    assert board.count(f"{in_yi.normalize():f} 亿元") == 2, "headline and line show one figure"
    plan, now = projects[0].plan, clock.now()
    told = figures(plan.pk, until=plan.effective_until, known_at=now)
    assert sum((one.invested for one in told), Decimal(0)) == whole
    rows = [
        row
        for row in standings(plan, until=plan.effective_until, known_at=now)
        if row.target.indicator == "invested"
    ]
    assert {row.actual for row in rows} == {whole / 10000}


def test_a_visit_is_written_once_and_stands_in_ledger_target_and_workbook(district):
    desk, leader = Someone("development-reform-desk"), Someone("executive-vice-mayor")
    desk.fills_in(
        "ledger-new", "visits",
        **{"visited": "省发展改革委", "visited-on": "2023-05-09", "head": "是", "level": "省直厅局", "matter": "专项债额度"},
    )  # fmt: skip
    assert desk.typed <= MOST_FIELDS
    assert "省发展改革委" in leader.reads("ledger", "visits")
    assert "省发展改革委" in leader.reads("target", "quota-visits")
    assert "1 条事实" in leader.reads("targets")
    download = desk.client.post(reverse("ledger-export", args=["visits"]), {})
    (row,) = read(download.content, importer("visits").columns).rows
    assert (row.cells["visited"], row.cells["head"]) == ("省发展改革委", "是")


def test_every_post_of_the_demonstration_reads_the_boards(district):
    for post in ("executive-vice-mayor", "campaign-office-officer", "development-zone-desk"):
        assert Post.objects.filter(code=post).exists()
        someone = Someone(post)
        for name in ("months", "months-board", "targets", "contest", "ledgers", "line-plans"):
            assert someone.reads(name)
