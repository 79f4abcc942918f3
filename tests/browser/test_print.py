"""What comes out of the printer: the whole sheet, every round unfolded, light, and nothing to click."""

import re

import pypdfium2 as pdfium
import pytest
from django.urls import reverse

from flows.engine import operations as engine
from flows.engine.models import Assignment, Run
from flows.projects import operations as projects
from flows.projects.lifecycle import Move
from hetang_flow import demonstration
from hetang_flow.lib import clock
from permissions.models import User
from tests.browser.conftest import DESK
from tests.browser.test_every_page import account, beside, window

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
RETURNED, AGAIN, VERIFIED = "资金凭证未附签章页，请补正。", "签章页已补。", "经核，材料齐全。"


def two_rounds(site) -> tuple[Run, User]:
    """A milestone that came back once and now lies with the leaders; one of them."""
    now = clock.now()
    by = demonstration.in_post(demonstration.officer_of(site.project), now=now)
    milestone = projects.start_milestone(site.project.public_id, Move.FULFIL, by=by, now=now)
    shares = Assignment.objects.filter(run=milestone.run, status="open").select_related("post")
    demonstration.fill(milestone, by, now=now)
    projects.submit_evidence(milestone.public_id, by=by, now=now)
    for decide, words in (
        (engine.return_to_initiator, {"reason": RETURNED}),
        (engine.complete, {"opinion": AGAIN}),
        (engine.approve, {"opinion": VERIFIED}),
    ):
        share = shares.first()
        holder = demonstration.in_post(share.post, now=now)
        decide(milestone.run.public_id, share.pk, by=holder, now=now, **words)
    return milestone.run, account(shares.first().post)


def printed(page) -> str:
    """The words on the paper, without gaps and the joiners that keep a date whole."""
    paper = pdfium.PdfDocument(page.pdf())
    text = "".join(sheet.get_textpage().get_text_range() for sheet in paper)
    return re.sub(r"[\s\u2060\ufffe]+", "", text)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_printed_sheet_is_whole_wherever_it_was_opened(site, theme):
    run, leader = beside(lambda: two_rounds(site))
    page = window(site, leader, DESK, "zh-hans")
    page.context.add_cookies([{"name": "ht-theme", "value": theme, "url": site.address}])
    page.goto(site.address + reverse("sheet", args=[run.public_id]), wait_until="load")
    alone = printed(page)
    page.goto(f"{site.address}{reverse('inbox')}?run={run.public_id}", wait_until="load")
    page.locator(".ht-todo").first.click()
    page.locator("#sheet > header").wait_for()
    pane = printed(page)
    today = clock.district_day(clock.now())
    for text in (alone, pane):
        assert re.sub(r"\s", "", run.title) in text
        assert [words for words in (RETURNED, AGAIN, VERIFIED, "第1轮", "第2轮") if words not in text] == []
        assert text.count(f"{today.year}年{today.month}月{today.day}日") >= 5, "times in full"
        assert [
            word for word in ("待办", "打印", "更多", "等我办理", "今天", "查看项目") if word in text
        ] == []
    assert "审批单节点审批" in alone, "a page of its own has its title"
    page.emulate_media(media="print")
    assert page.evaluate("getComputedStyle(document.body).getPropertyValue('--ht-paper').trim()") == "#ffffff"
    folds = page.evaluate("[...document.querySelectorAll('details.ht-fold')].map((fold) => fold.open)")
    assert folds == [False], "what was opened for the printer is closed again"
