"""A leader adds a signer by phone, who consults an officer; a secretary prepares, the leader's own touch decides."""

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from flows.engine.models import Assignment
from flows.projects.models import Milestone
from hetang_flow import demonstration
from hetang_flow.lib import clock
from permissions.models import Post
from permissions.operations import DEMO_PREFIX
from tests.browser.conftest import DESK, PHONE
from tests.browser.test_every_page import beside
from tests.browser.test_journey import agree, open_first, waiting

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def choose(page, action: str, post: Post, *, why: str, press: str):
    """Open 更多, choose an operation, find a post by its name, say why, press."""
    page.locator("details.ht-more summary").click()
    page.locator("details.ht-more[open]").get_by_role("button", name=action).first.click()
    dialog = page.locator("dialog[open]")
    dialog.locator("input[type=search]").fill(post.name)
    dialog.locator("[data-found] label").filter(has_text=post.name).first.click()
    expect(dialog.locator("[data-picked]")).to_contain_text(post.name)
    dialog.locator("textarea").fill(why)
    dialog.get_by_role("button", name=press, exact=True).click()
    expect(page.locator("dialog[open]")).to_have_count(0)


def kept_as_typed(page):
    """People take longer over a sentence than the field waits before it keeps what was typed."""
    page.wait_for_timeout(900)
    page.wait_for_load_state("networkidle")


def to_approve(site) -> list[Milestone]:
    """Three invented milestones with their verification given: two of them before the same leader."""
    now = clock.now()
    made = [site.project, *demonstration.invent_projects(now=now)][:3]
    milestones = []
    for project in made:
        officer = demonstration.in_post(demonstration.officer_of(project), now=now)
        milestone = demonstration.projects.start_milestone(project.public_id, "fulfil", by=officer, now=now)
        demonstration.fill(milestone, officer, now=now)
        demonstration.projects.submit_evidence(milestone.public_id, by=officer, now=now)
        share = asked(milestone).first()
        verifier = demonstration.in_post(share.post, now=now)
        demonstration.engine.approve(milestone.run.public_id, share.pk, by=verifier, now=now)
        milestones.append(milestone)
    return milestones


def asked(milestone):
    """The open shares of a milestone, in order."""
    return Assignment.objects.filter(run=milestone.run, status="open").select_related("post").order_by("pk")


def test_a_signer_is_added_an_officer_consulted_and_everybody_s_part_is_in_the_history(site):
    milestone = beside(lambda: to_approve(site))[0]
    first, second = (share.post for share in asked(milestone))
    finance = Post.objects.get(organisation__code="finance", duty="head")
    officer_post = demonstration.officer_of(site.project)
    sheet = site.address + reverse("sheet", args=[milestone.run.public_id])

    leader = site.signed_in(first, PHONE)
    open_first(leader)
    choose(leader, "加签", finance, why="资金部分请财政部门一并把关。", press="加签")
    head = site.signed_in(finance, PHONE)
    waiting(head, 1)
    open_first(head)
    choose(head, "征询意见", officer_post, why="首笔资金到账时间请说明。", press="征询意见")

    officer = site.signed_in(officer_post, DESK)
    waiting(officer, 1)
    officer.goto(sheet)
    expect(officer.get_by_text("首笔资金到账时间请说明。").first).to_be_visible()
    officer.get_by_role("button", name="答复", exact=True).first.click()
    officer.locator("dialog[open] textarea").fill("首笔资金已于本月到账，凭证见附件。")
    kept_as_typed(officer)
    officer.locator("dialog[open]").get_by_role("button", name="答复", exact=True).click()
    expect(officer.locator("dialog[open]")).to_have_count(0)
    waiting(officer, 0)

    head.goto(sheet)
    expect(head.get_by_text("首笔资金已于本月到账，凭证见附件。").first).to_be_visible()
    for post, page in ((finance, head), (first, leader), (second, site.signed_in(second, PHONE))):
        page.goto(f"{site.address}/inbox/")
        agree(page)
        assert post.pk not in {share.post_id for share in asked(milestone)}
    milestone.project.refresh_from_db()
    assert milestone.project.phase == "fulfilled"
    leader.goto(sheet)
    for words in ("资金部分请财政部门一并把关。", "首笔资金已于本月到账，凭证见附件。"):
        expect(leader.get_by_text(words).first).to_be_visible()


def test_a_secretary_prepares_and_only_the_leader_s_touch_decides(site):
    milestone = beside(lambda: to_approve(site))[0]
    first = asked(milestone).first().post
    secretary = site.signed_in(Post.objects.get(serves=first), DESK)
    secretary.goto(site.address + reverse("sheet", args=[milestone.run.public_id]))
    expect(secretary.get_by_role("button", name="同意", exact=True)).to_have_count(0)
    secretary.get_by_role("button", name="写意见").first.click()
    secretary.locator("dialog[open] textarea").fill("原则同意，请抓紧办理开工手续。")
    kept_as_typed(secretary)
    secretary.locator("dialog[open]").get_by_role("button", name="暂存", exact=True).click()
    expect(secretary.locator("dialog[open]")).to_have_count(0)
    assert asked(milestone).filter(post=first).exists()

    leader = site.signed_in(first, PHONE)
    open_first(leader)
    prepared = leader.locator(".ht-prepared")
    expect(prepared).to_contain_text("原则同意，请抓紧办理开工手续。")
    prepared.get_by_role("link", name="采用", exact=True).click()
    expect(leader.locator("[data-op-line]")).to_have_text("原则同意，请抓紧办理开工手续。")
    button = leader.get_by_role("button", name="同意", exact=True)
    button.click()
    expect(button).to_have_count(0)
    share = Assignment.objects.get(run=milestone.run, post=first, status="approved")
    assert share.opinion == "原则同意，请抓紧办理开工手续。"
    assert share.decided_by.username == DEMO_PREFIX + first.code


def test_a_leader_agrees_to_two_matters_at_once_from_the_phone(site):
    milestones = beside(lambda: to_approve(site))
    both = {share.post for share in asked(milestones[0])} & {share.post for share in asked(milestones[1])}
    (post,) = both
    phone = site.signed_in(post, PHONE)
    waiting(phone, 2)
    phone.goto(f"{site.address}/inbox/?bulk=1")
    expect(phone.get_by_role("button", name="同意所选")).to_be_disabled()
    phone.get_by_text("全选", exact=True).click()
    phone.get_by_role("button", name="同意所选").click()
    phone.get_by_role("button", name="同意 2 件").click()
    expect(phone.locator(".ht-results li[data-v=yes]")).to_have_count(2)
    phone.goto(f"{site.address}/inbox/")
    waiting(phone, 0)
    assert not [share for m in milestones[:2] for share in asked(m) if share.post == post]
