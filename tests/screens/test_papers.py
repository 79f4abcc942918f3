"""The approval sheet as a paper: everything that was said, by whom, in which post and when, and nothing folded."""

import ctypes
import re
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from decimal import Decimal
from urllib.parse import unquote
from uuid import uuid4

import pypdfium2 as pdfium
import pypdfium2.raw as raw
import pytest
from django.core.cache import cache
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import translation

from flows.engine import operations as engine
from flows.engine import papers
from flows.engine.models import Assignment
from flows.engine.selectors_sheet import sheet
from flows.engine.selectors_signers import Signer
from flows.projects import operations as projects
from flows.projects.models import Evidence, Project, ProjectLeader
from hetang_flow.context_processors import DEMO_KEY
from permissions.models import Appointment, Post, User
from tests.screens.test_projects import picture
from tests.support import cast

HOUR = timedelta(hours=1)
TRICKS = (
    r"""#panic("no") *not bold* _flat_ $x^2$ [box] "two" 'one' \n \ <label> @ref `code` // = - ~ -- {page}"""
)
SIGN_HEADS = "岗位办理意见签署人时间结果"
DONE_HEADS = "时间岗位、姓名办理情况意见或原因"


def pages(paper: bytes) -> list[str]:
    """The words of each page without their gaps, for a cell may break them anywhere."""
    return [plain(page.get_textpage().get_text_range()) for page in pdfium.PdfDocument(paper)]


def plain(text: str) -> str:
    return re.sub(r"[\s\u200b]+", "", text)


def fonts(paper: bytes) -> Iterator[tuple[str, bool]]:
    """The font of each piece of text, and whether the paper carries it."""
    for page in pdfium.PdfDocument(paper):
        for piece in page.get_objects(filter=[raw.FPDF_PAGEOBJ_TEXT]):
            font, name = raw.FPDFTextObj_GetFont(piece.raw), ctypes.create_string_buffer(200)
            raw.FPDFFont_GetBaseFontName(font, name, 200)
            yield name.value.decode().rpartition("+")[2], raw.FPDFFont_GetIsEmbedded(font) == 1


class Story:
    """One matter told step by step, each act an hour after the one before; `times` holds when."""

    def __init__(self, district: cast.District, matter) -> None:
        self.district, self.matter, self.run = district, matter, matter.run
        self.now, self.times = district.now, [district.now]

    def later(self) -> datetime:
        self.now += HOUR
        self.times.append(self.now)
        return self.now

    def submits(self, words: str = "资料齐全。") -> None:
        chen, values = self.district.actor("chen"), self.district.answers(self.matter)
        projects.save_draft(self.matter.public_id, values=values, note=words, by=chen, now=self.later())
        projects.submit_evidence(self.matter.public_id, by=chen, now=self.now)

    def approves(self, name: str, opinion: str = "") -> None:
        share, by = self.district.share(self.run, name).pk, self.district.actor(name)
        engine.approve(self.run.public_id, share, by=by, now=self.later(), opinion=opinion)

    def returns(self, name: str, reason: str) -> None:
        share, by = self.district.share(self.run, name).pk, self.district.actor(name)
        engine.return_to_initiator(self.run.public_id, share, by=by, now=self.later(), reason=reason)

    def paper(self, name: str = "gao") -> bytes:
        by = self.district.actor(name)
        return papers.sheet_pdf(sheet(self.run.public_id, by, self.now), by=by, at=self.now)

    def text(self) -> str:
        return "".join(pages(self.paper()))


@pytest.fixture
def story(district) -> Story:
    return Story(district, district.milestone())


def ten_more_leaders(district, project: Project) -> list[str]:
    """Invented contact leaders with long titles, so that twelve have to sign."""
    names = [f"leader-{number}" for number in range(10)]
    for order, name in enumerate(names, 5):
        district.posts[name] = Post.objects.create(
            code=name,
            organisation=district.units["leadership"],
            duty="leader",
            order=order,
            name=f"演示区第{order}联系领导（联系教育、卫生健康、退役军人事务工作）岗",
        )
        district.users[name] = User.objects.create(username=name, name=f"演示领导{order}", is_demo=True)
        Appointment.objects.create(
            post=district.posts[name], user=district.users[name], from_day=date(2023, 1, 1)
        )
        ProjectLeader.objects.create(
            project=project, post=district.posts[name], level="district", order=order
        )
    return names


def test_every_round_opinion_post_name_and_time_is_on_the_paper(story):
    story.submits("首次报送，材料附后。")
    story.returns("lin", "施工许可证未附签章页，请补正后重报。")
    story.submits("签章页已补。")
    story.approves("lin", "经核，材料齐全。")
    story.returns("zhao", "到位资金与台账不一致，请核对。")
    story.submits("已与台账核对一致。")
    story.approves("lin", "数据一致，同意上报。")
    story.approves("zhao", "同意。请按期开工。")
    story.approves("qian", "原则同意。")
    text = story.text()
    said = (
        "首次报送，材料附后。", "施工许可证未附签章页，请补正后重报。", "签章页已补。", "经核，材料齐全。",
        "到位资金与台账不一致，请核对。", "已与台账核对一致。", "数据一致，同意上报。", "同意。请按期开工。", "原则同意。",
    )  # fmt: skip
    assert [words for words in said if words not in text] == []
    for name in ("chen", "lin", "zhao", "qian"):
        assert plain(story.district.posts[name].name + story.district.users[name].name) in text
    assert story.times[1].hour + 8 == 10, "a moment of the district, not of the server"
    hours = [f"2023年6月1日{hour:02d}:30" for hour in range(9, 19)]
    assert [hour for hour in hours if hour not in text] == []
    places = [text.index(f"第{number}轮", text.index("办理留痕")) for number in (1, 2, 3)]
    assert places == sorted(places), "the record is read from its beginning"
    assert "已办结2023年6月1日18:30" in text
    assert "Gao于2023年6月1日18:30打印" in text


def test_the_signers_of_the_present_round_stand_step_by_step_also_those_who_have_not_signed(story):
    story.submits("第一次。")
    story.returns("lin", "请补正后重新报送。")
    story.submits("第二次。")
    story.approves("lin", "材料齐全。")
    text = story.text()
    signed = text[text.index("第2轮签署意见") : text.index("办理留痕")]
    assert signed.startswith("第2轮签署意见" + SIGN_HEADS + "报送材料servingofficerchen第二次。Chen")
    assert "核验leadingdesklin材料齐全。Lin2023年6月1日13:30同意" in signed
    assert "审批leadershipleaderzhao未签leadershipleaderqian未签" in signed
    assert "第一次。" not in signed
    assert "待办岗位leadershipleaderzhao、leadershipleaderqian" in text


def test_what_looks_like_commands_of_the_typesetter_comes_out_as_it_was_written(story):
    story.submits(TRICKS)
    story.returns("lin", TRICKS + "，请补正。")
    text = story.text()
    assert text.count(plain(TRICKS)) == 3, "the note, and twice in the record"
    assert plain(TRICKS) + "，请补正。" in text


def test_twelve_signers_and_four_rounds_fill_pages_whose_tables_name_their_columns_again(district):
    project = district.project(phase="fulfilled", name="演示·职教实训中心及配套道路管网综合提升工程" * 3)
    leaders = ten_more_leaders(district, project)
    story = Story(district, district.milestone(project, move="start"))
    chen, about = district.actor("chen"), story.matter.public_id
    projects.attach_evidence(about, "permit", picture("许可证.png"), by=chen, now=story.now)
    for _round in range(3):
        story.submits("材料齐全，" * 30)
        story.approves("lin", "经核，同意上报。")
        story.returns("zhao", "请补充说明资金来源，" * 30)
    story.submits()
    story.approves("lin")
    for name in ("zhao", "qian", *leaders):
        story.approves(name, "原则同意，请跟踪落实安全生产和扬尘防治责任，确保按期开工。")
    found = pages(story.paper())
    text = "".join(found)
    assert len(found) > 4
    for number, page in enumerate(found, 1):
        assert f"第{number}页共{len(found)}页" in page
        assert plain(story.run.code) in page
    begins, ends = (
        next(n for n, page in enumerate(found) if words in page) for words in ("第4轮签署意见", "办理留痕")
    )
    assert all(SIGN_HEADS in page for page in found[begins:ends])
    assert all(DONE_HEADS in page for page in found[ends:])
    assert text.count("原则同意，请跟踪落实安全生产和扬尘防治责任，确保按期开工。") == 24
    assert all(f"第{number}轮" in text for number in (1, 2, 3, 4))
    assert all(text.count(plain(district.posts[name].name)) >= 2 for name in leaders)


def test_an_opinion_longer_than_a_page_runs_on_over_the_next(story):
    story.submits("甲\n" * 249 + "末")
    story.returns("lin", "x" * 500)
    found = pages(story.paper())
    assert sum(page.count("甲") for page in found) == 249 * 2, "once as the note, once in the record"
    assert "x" * 500 in "".join(found)


def test_the_paper_carries_its_fonts_and_no_font_of_the_machine(story):
    story.submits("资料齐全 complete ①㎡〇")
    paper = story.paper()
    assert set(fonts(paper)) == {("NotoSerifSC-Regular", True), ("NotoSansSC-Regular", True)}
    assert b"<pdfaid:part>2</pdfaid:part>" in paper, "fit for the archive"


def test_a_sign_that_no_font_has_does_not_keep_the_paper_from_being_printed(story):
    story.submits("同意 👍 报送\u202e 一\x07二")
    paper = story.paper()
    text = "".join(pages(paper))
    assert "报送一二" in text, "signs that only steer a machine are left out"
    assert b"pdfaid" not in paper


def test_the_facts_of_a_milestone_stand_on_its_paper_with_every_file_that_was_laid_before_somebody(district):
    story = Story(district, district.milestone(district.project(phase="fulfilled"), move="start"))
    chen, about = district.actor("chen"), story.matter.public_id
    for name in ("许可证.png", "签章页.png"):
        projects.attach_evidence(about, "permit", picture(name), by=chen, now=story.later())
    story.submits()
    story.returns("lin", "许可证不是本项目的，请更换。")
    first, second = Evidence.objects.filter(milestone=story.matter).order_by("id")
    projects.withdraw_evidence(first.public_id, by=chen, now=story.later())
    projects.save_draft(about, values={"money": Decimal(28)}, note="", by=chen, now=story.later())
    text = story.text()
    project = story.matter.project
    assert f"项目{plain(project.name)}{project.code}·项目建设攻坚" in text
    assert "阶段履约→开工总投资12.60亿元年度计划投资4.20亿元报送单位serving-a" in text
    assert "到位资金28万元第1轮填报3,000万元" in text
    assert "完成日期2023年5月30日" in text
    assert f"施工许可证签章页.png·sha256{second.sha256[:12]}·Chen2023年6月1日11:30" in text
    assert f"许可证.png·sha256{first.sha256[:12]}·Chen2023年6月1日10:30·第2轮撤下" in text


def test_a_correction_says_from_what_to_what_and_why(district):
    project, gao = district.project(), district.actor("gao")
    correction = projects.propose_correction(
        project.public_id, "started", reason="误操作，实际已开工。", by=gao, now=district.now
    )
    story = Story(district, correction)
    story.approves("ma", "情况属实。")
    text = story.text()
    assert "阶段更正" in text
    assert "现记阶段签约应为阶段开工提请人Gao更正原因误操作，实际已开工。" in text
    assert "情况属实。" in text


def test_the_paper_speaks_the_language_of_the_reader(story):
    story.submits()
    with translation.override("en"):
        text = story.text()
    assert "ApprovalsheetDemo" not in text
    assert plain("Signatures of round 1") in text
    assert plain("Page 1 of") in text
    assert plain("June 1, 2023 10:30") in text
    assert plain("not signed yet") in text


def test_a_status_of_a_later_day_reads_by_its_own_label():
    words = {status: Signer("岗", "wait", status, None).word for status in Assignment.Status.values}
    assert words["approved"] == "同意"
    assert words["moot"] == "已由他人办理", "never as a consent"
    assert not any(re.search("[a-z]", word) for word in words.values())
    assert Signer("岗", "wait", "of-tomorrow", None).word == "of-tomorrow"


@pytest.fixture
def approving(district):
    """A run that lies with the contact leaders."""
    story = Story(district, district.milestone())
    story.submits()
    story.approves("lin")
    return story.run


def test_the_paper_opens_in_the_browser_under_a_name_it_can_be_kept_by(district, browser, approving):
    answer = browser("zhao", "zh-hans").get(reverse("sheet-pdf", args=[approving.public_id]))
    assert answer["Content-Type"] == "application/pdf"
    assert answer.content.startswith(b"%PDF-")
    shown, _semicolon, name = answer["Content-Disposition"].partition("; filename*=utf-8''")
    assert (shown, unquote(name)) == ("inline", f"{approving.code} {approving.title} {approving.label}.pdf")
    assert "no-store" in answer["Cache-Control"]
    assert "script-src" not in answer["Content-Security-Policy"]
    assert "default-src 'none'" in answer["Content-Security-Policy"]


def test_a_name_no_system_could_keep_is_made_one_it_can(district, approving):
    found = sheet(approving.public_id, district.actor("zhao"), district.now)
    found.run.title = 'a/b\\c:*?"<>|\n\u202e.pdf ' + "长" * 300
    name = papers.file_name(found)
    assert name.startswith(f"{approving.code} a b c .pdf 长长")
    assert name.endswith("长.pdf")
    assert len(name) < 110


def test_who_does_not_see_the_matter_is_told_there_is_none(browser, approving):
    wang = browser("wang")
    foreign, absent = (wang.get(reverse("sheet-pdf", args=[key])) for key in (approving.public_id, uuid4()))
    assert (foreign.status_code, absent.status_code) == (404, 404)
    assert b"%PDF" not in foreign.content
    assert browser("zhao").get(reverse("sheet-pdf", args=[approving.public_id])).status_code == 200


def test_a_paper_costs_no_more_statements_than_what_it_shows(browser, approving):
    cache.set(DEMO_KEY, True, timeout=None)
    zhao, where = browser("zhao"), reverse("sheet-pdf", args=[approving.public_id])
    zhao.get(where)
    with CaptureQueriesContext(connection) as seen:
        zhao.get(where)
    statements = [query["sql"][:90] for query in seen if "SAVEPOINT" not in query["sql"]]
    assert len(statements) == 13, "\n".join(statements)


def test_the_sheet_offers_its_paper_beside_the_printer(browser, approving):
    page = browser("zhao").get(reverse("sheet", args=[approving.public_id])).content.decode()
    assert f'href="{reverse("sheet-pdf", args=[approving.public_id])}"' in page
    assert "data-print" in page


@pytest.mark.parametrize("name", ["zhao", "gao", "chen"])
def test_on_a_phone_the_paper_is_in_the_menu_of_everybody_who_sees_the_sheet(browser, approving, name):
    page = browser(name).get(reverse("sheet", args=[approving.public_id])).content.decode()
    menu = page.partition('<details class="ht-more">')[2].partition("</details>")[0]
    link = re.search(r'<a class="([^"]*)" href="([^"]*/pdf[^"]*|[^"]*\.pdf)"', menu)
    assert link, menu
    assert link[2] == reverse("sheet-pdf", args=[approving.public_id])
    assert "ht-only-phone" in link[1]
