"""Officer, lead department and leaders take one invented project from signed to started, as they would at work."""

import re

import pytest
from django.urls import reverse
from playwright.sync_api import expect

from flows.engine.models import Assignment
from flows.projects.models import Milestone, Project
from hetang_flow import demonstration
from tests.browser.conftest import DESK, PHONE

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
TODO = "[data-badge=todo]:visible"


def waiting(page, count: int):
    """The count of to-dos in the navigation, without reloading anything."""
    badge = page.locator(TODO).first
    if count:
        expect(badge).to_have_text(str(count))
    else:
        expect(page.locator(TODO)).to_have_count(0)


def open_first(page):
    """Open the first to-do as its full sheet."""
    page.locator("a.ht-todo").first.click()
    page.wait_for_load_state("networkidle")


def draft(page, site, move):
    """The officer chooses the move, uploads the papers, types figures and dates, and submits."""
    page.goto(f"{site.address}/projects/{site.project.public_id}/milestones/new/")
    page.locator(f"form:has(input[name=move][value={move}]) [type=submit]").click()
    page.wait_for_url(re.compile(r"\bwork/[0-9a-f-]+/"))
    milestone = Milestone.objects.get(project_id=site.project.pk, state="open")
    for item, answer in demonstration.checklist(milestone, today=milestone.opened.date()):
        if item.kind == "document":
            line = page.locator(f"#pj-item-{item.code}")
            payload = {"name": answer.name, "mimeType": "image/png", "buffer": answer.read()}
            line.locator("input[type=file]").set_input_files(payload)
            expect(line.locator("a[href*='/evidence/']").first).to_be_visible()
        else:
            field = page.locator(f"[name=value-{item.code}]")
            field.fill(str(answer))
            field.blur()
    page.locator("[name=note]").fill("资料齐全，请予核验。")
    page.locator("[name=note]").blur()
    hand_in(page)
    return milestone


def hand_in(page):
    """The checklist is complete; the officer presses 报送 and the sheet says who has it now."""
    expect(page.locator("#pj-missing")).to_have_class(re.compile("asof"))
    page.get_by_role("button", name="报送", exact=True).click()
    expect(page.get_by_role("button", name="报送", exact=True)).to_have_count(0)


def agree(page):
    """Open the first to-do and press 同意."""
    open_first(page)
    button = page.get_by_role("button", name="同意", exact=True)
    button.click()
    expect(button).to_have_count(0)


def test_a_project_goes_from_signed_to_started_and_badges_change_live(site):
    officer_post = demonstration.officer_of(site.project)
    officer = site.signed_in(officer_post, DESK)
    milestone = draft(officer, site, "fulfil")
    verifier_post = Assignment.objects.filter(run=milestone.run, status="open").earliest("order").post
    leaders = [leader.post for leader in site.project.leaders.filter(level="district")]
    verifier = site.signed_in(verifier_post, DESK)
    phones = [site.signed_in(post, PHONE) for post in leaders]
    waiting(verifier, 1)
    waiting(phones[0], 0)
    agree(verifier)
    for phone in phones:
        waiting(phone, 1)
        agree(phone)
        phone.goto(f"{site.address}/inbox/")
        waiting(phone, 0)
    assert Project.objects.get(pk=site.project.pk).phase == "fulfilled"

    milestone = draft(officer, site, "start")
    waiting(verifier, 1)
    verifier.goto(f"{site.address}/inbox/")
    open_first(verifier)
    verifier.get_by_role("button", name="退回", exact=True).or_(
        verifier.get_by_role("link", name="退回", exact=True)
    ).first.click()
    verifier.locator("dialog[open] textarea").fill("施工许可证缺签章页，请补正后重报。")
    verifier.locator("dialog[open] [type=submit]").click()
    waiting(officer, 1)
    officer.goto(site.address + reverse("sheet", args=[milestone.run.public_id]))
    expect(officer.get_by_text("施工许可证缺签章页，请补正后重报。").first).to_be_visible()
    hand_in(officer)
    waiting(verifier, 1)
    verifier.goto(f"{site.address}/inbox/")
    agree(verifier)
    for phone in phones:
        waiting(phone, 1)
        agree(phone)
        phone.goto(f"{site.address}/inbox/")
        waiting(phone, 0)
    assert Project.objects.get(pk=site.project.pk).phase == "started"
    officer.goto(f"{site.address}/projects/{site.project.public_id}/")
    expect(officer.locator("main")).to_contain_text(re.compile("开工"))
