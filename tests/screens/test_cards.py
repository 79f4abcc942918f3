"""A project's card (建档立卡): everything on one page and on one sheet of A4."""

import re
from datetime import UTC, date, datetime, timedelta

import pypdfium2 as pdfium
import pytest
from django.urls import reverse
from django.utils import translation

from flows.cards import papers, selectors
from flows.projects.models import Project
from flows.taskforces.models import TaskForceUnit
from flows.timetables import operations as timetables
from flows.timetables.rules import MOST_NODES, Step
from hetang_flow.lib.errors import NotFound
from permissions.models import Organisation
from tests.support import obstructed, planned
from tests.support.carded import carded, force_of, passed

pytestmark = pytest.mark.django_db
TRICKS = r"""#panic("no") *not bold* _flat_ $x^2$ [box] "two" \n <label> @ref `code` // = - {page}"""


def plain(text: str) -> str:
    return re.sub(r"[\s\u200b\u2060]+", "", text)


def card(district, project: Project, name: str = "zhao", at=None) -> selectors.Card:
    at = at or district.now
    return selectors.card(project.public_id, district.actor(name, at), at)


def paper(district, project: Project, at=None) -> bytes:
    at = at or district.now
    with translation.override("zh-hans"):
        return papers.card_pdf(card(district, project, at=at), by=district.actor("zhao", at), at=at)


def pages(said: bytes) -> list[str]:
    return [plain(page.get_textpage().get_text_range()) for page in pdfium.PdfDocument(said)]


def page(browser, project: Project, name: str = "zhao", address: str = "project-card"):
    return browser(name, "zh-hans").get(reverse(address, args=[project.public_id]))


# --- what it gathers ---


def test_the_card_gathers_money_nodes_people_milestones_and_task_forces(district):
    project = carded(district)
    found = card(district, project)
    assert [node.node.code for node in found.nodes] == ["permit", "start", "structure", "completion"]
    assert found.nodes[0].done_on == date(2023, 5, 30)
    assert [(each.month.month.month, each.invested) for each in found.months] == [
        (2, None),
        (3, 3500),
        (4, 3300),
    ]
    assert (found.figures.total, found.figures.planned, found.figures.invested) == (126000, 42000, 9800)
    assert [each.run for each in found.passed] == [project.milestones.get().run.public_id]
    assert [shown.force.project_id for shown in found.forces] == [project.pk, None]
    assert {role.role for role in found.chain} >= {"联系区领导", "服务责任部门"}


def test_a_milestone_says_how_many_working_days_it_took_and_one_under_way_is_not_passed(district):
    project = district.project()
    passed(district, project, days=6)  # a Thursday to the Wednesday after it
    district.milestone(Project.objects.get(pk=project.pk), move="start")
    (only,) = card(district, project, at=district.now + timedelta(days=7)).passed
    assert (only.taken.opened, only.taken.closed) == (date(2023, 6, 1), date(2023, 6, 7))
    assert only.taken.days == 4


def test_open_obstacles_stand_on_the_card_until_they_are_struck_off(district):
    project = carded(district)
    obstructed.prepare(district, tag="a")
    assert not card(district, project).obstacles
    obstacle = obstructed.raised(district, project)
    assert [each.public_id for each in card(district, project).obstacles] == [obstacle.public_id]


def test_the_newest_months_are_read_at_once_and_the_earlier_ones_are_not_lost(district):
    found = card(district, carded(district))
    months = [each.month.month.month for each in (*found.latest, *found.earlier)]
    assert months == [4, 3, 2]
    assert len(found.latest) == min(selectors.AT_ONCE, len(months))


def test_who_does_not_see_the_project_has_no_card_of_it(district, browser):
    project = carded(district)
    for address in ("project-card", "project-card-pdf"):
        assert page(browser, project, "wang", address).status_code == 404
        assert page(browser, project, "chen", address).status_code == 200
    with pytest.raises(NotFound):
        card(district, project, "wang")


# --- the page ---


def test_the_page_tells_first_planned_and_actual_days_in_words(district, browser):
    project = carded(district)
    base = planned.begun(district, project, kind="change", reason=planned.REASON)
    steps = [
        Step(n.code, n.name, n.days, n.planned + timedelta(days=9), n.post_id) for n in base.base.nodes.all()
    ]
    timetables.write_nodes(base.public_id, steps, by=district.actor("chen"), now=district.now)
    planned.signed(district, planned.handed_in(district, base), "lin", "zhao", "qian")
    words = plain(re.sub(r"<[^>]+>", "", page(browser, project).content.decode()))
    assert "最初计划2024年" in words
    assert "实际完成日2023年5月30日" in words
    assert "已完成，提前" in words
    assert "逾期" in words, "the clock is long past the days of 2024"


def test_the_page_links_the_paper_and_the_project_links_the_card(district, browser):
    project = carded(district)
    assert reverse("project-card-pdf", args=[project.public_id]) in page(browser, project).content.decode()
    about = browser("zhao").get(reverse("project", args=[project.public_id])).content.decode()
    assert reverse("project-card", args=[project.public_id]) in about


def test_an_empty_card_says_what_is_not_there_yet(district, browser):
    words = page(browser, district.project()).content.decode()
    for said in ("还没有生效的节点计划", "尚未报送月度数据", "尚无通过审批的节点", "本项目暂无工作专班"):
        assert said in words


# --- the paper ---


def test_the_paper_is_one_sheet_with_everything_the_page_has(district):
    project = carded(district)
    obstructed.prepare(district, tag="a")
    obstacle = obstructed.raised(district, project)
    (text,) = pages(paper(district, project))
    said = [
        "项目档案卡", project.name, project.code, "12.60亿元", "4.20亿元", "0.98亿元", "9,800", "桩基施工",
        "取得施工许可证", "2023.05.30", "已完成，提前", obstacle.title, "演示·项目服务专班", "项目建设攻坚工作专班",
        "协调解决用地、用电和审批问题。", "待定", "第1页共1页", "Zhao于2023年6月1日09:30打印",
    ]  # fmt: skip
    assert [words for words in said if plain(words) not in text] == []


def test_a_card_with_as_many_nodes_as_a_timetable_holds_is_still_one_sheet(district):
    project = carded(district)
    found = planned.begun(district, project, kind="change", reason=planned.REASON)
    steps = [
        Step(f"own-{n}", f"第{n}号单体主体结构施工", 5, date(2024, 1, 2)) for n in range(1, MOST_NODES + 1)
    ]
    timetables.write_nodes(found.public_id, steps, by=district.actor("chen"), now=district.now)
    planned.signed(district, planned.handed_in(district, found), "lin", "zhao", "qian")
    (text,) = pages(paper(district, project))
    assert "第40号单体主体结构施工" in text


def test_what_no_sheet_can_hold_goes_on_to_the_next_and_nothing_is_lost(district):
    project = carded(district)
    for number in range(30):
        force = force_of(district, project, name=f"第{number}专班", tasks="任" * 300)
        for order in range(12):
            unit = Organisation.objects.create(code=f"u-{number}-{order}", name=f"参与单位{number}之{order}")
            TaskForceUnit.objects.create(force=force, organisation=unit, role="member", order=order + 2)
    found = pages(paper(district, project))
    assert len(found) > 1
    text = "".join(found)
    assert [n for n in range(30) if f"参与单位{n}之11" not in text] == []
    assert f"第{len(found)}页共{len(found)}页" in text


def test_nothing_written_by_people_becomes_a_command(district):
    project = carded(district)
    force_of(district, project, tasks=TRICKS)
    Project.objects.filter(pk=project.pk).update(remark=TRICKS, location="东区\x07\x1b[31m")
    text = "".join(pages(paper(district, project)))
    assert text.count(plain(TRICKS)) == 2
    assert "东区[31m" in text


def test_a_sign_that_no_font_has_does_not_stop_the_paper(district):
    project = carded(district)
    force_of(district, project, tasks="协调 \U0001f3d7 工地")
    assert "工地" in "".join(pages(paper(district, project)))


def test_the_paper_is_kept_under_the_projects_name_and_runs_nothing(district, browser):
    project = carded(district)
    answer = page(browser, project, address="project-card-pdf")
    assert answer["Content-Type"] == "application/pdf"
    assert "default-src 'none'" in answer["Content-Security-Policy"]
    assert "inline" in answer["Content-Disposition"]
    assert project.code in answer["Content-Disposition"]
    with translation.override("zh-hans"):
        assert papers.file_name(card(district, project)) == f"{project.code} {project.name} 项目档案卡.pdf"


def test_the_paper_speaks_english_to_whoever_reads_english(district):
    project, at = carded(district), datetime(2023, 6, 2, 1, tzinfo=UTC)
    with translation.override("en"):
        text = "".join(pages(papers.card_pdf(card(district, project), by=district.actor("zhao"), at=at)))
    assert plain("Project file card") in text
    assert "working" in text
