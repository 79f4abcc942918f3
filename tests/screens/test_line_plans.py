"""Pages of line plans and of the assessment: what is typed and what it comes to, to whom, at what cost."""

from datetime import UTC, date, datetime

import pytest
from django.core.cache import cache
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from flows.obligations.models import Occurrence
from flows.obligations.operations import open_due
from flows.targets.models import AssessmentRow
from tests.support import assessing, filing
from tests.support.owing import owe

MOST = 12


@pytest.fixture(autouse=True)
def fresh():
    cache.clear()


def page(client, name, *parts):
    answer = client.get(reverse(name, args=parts))
    assert answer.status_code == 200, (name, answer.status_code)
    return answer.content.decode()


def cost(client, name, *parts):
    """The statements of a page that was looked at once before."""
    page(client, name, *parts)
    with CaptureQueriesContext(connection) as seen:
        page(client, name, *parts)
    return len(seen.captured_queries)


def typed(district, **cells):
    """A card as a form sends it: by unit of the cast and quarter, like leading_1."""
    found = {}
    for key, figure in cells.items():
        unit, _line, quarter = key.rpartition("_")
        found[f"{filing.code(district, unit)}-q{quarter}"] = figure
    return found


# --- line plans ---


def test_a_card_says_by_row_and_column_what_is_wrong_and_keeps_what_was_typed(district, browser):
    plan = filing.begun(filing.furnish(district))
    luo, card = browser("luo"), reverse("line-plan-share", args=[plan.public_id, "started"])
    answer = luo.post(card, typed(district, leading_1="30", leading_2="zehn", stranger_4="6"))
    assert answer.url == card
    text = page(luo, "line-plan-share", plan.public_id, "started")
    assert "row “leading-a”, quarter 2: “zehn” is not a figure" in text
    assert 'value="zehn"' in text
    luo.post(card, typed(district, leading_1="30", stranger_4="6"))
    assert "36 of 37 个; 1 are missing" in page(luo, "line-plan-share", plan.public_id, "started")


def test_the_even_split_fills_the_rest_and_the_next_target_follows(district, browser):
    plan = filing.begun(filing.furnish(district))
    luo, card = browser("luo"), reverse("line-plan-share", args=[plan.public_id, "started"])
    ticked = {f"unit-{filing.code(district, 'stranger')}": "on"}
    luo.post(card, typed(district, leading_1="20") | ticked | {"evenly": ""})
    text = page(luo, "line-plan-share", plan.public_id, "started")
    assert "filled evenly" in text
    assert "are missing" not in text
    plan.refresh_from_db()
    onward = luo.post(card, typed(district, leading_1="37") | {"next": "land"})
    assert onward.url == reverse("line-plan-share", args=[plan.public_id, "land"])
    assert "ht-invalid" not in text


def test_somebody_else_sees_the_plan_and_no_field_to_type_in(district, browser):
    plan = filing.begun(filing.furnish(district))
    for name, writes in (("luo", True), ("zhao", False)):
        text = page(browser(name), "line-plan-share", plan.public_id, "started")
        assert ("data-cell" in text) == writes, name
        assert ("<textarea" in page(browser(name), "line-plan-write", plan.public_id)) == writes, name


def test_the_pages_cost_the_same_for_one_target_and_for_many(district, browser):
    plan = filing.written(district, filing.begun(filing.furnish(district)))
    luo = browser("luo")
    looks = [
        ("line-plan", plan.public_id), ("line-plan-write", plan.public_id),
        ("line-plan-share", plan.public_id, "started"), ("sheet", plan.run.public_id),
    ]  # fmt: skip
    once = [cost(luo, *look) for look in looks]
    for order in range(10, 30):
        district.line.targets.create(
            plan=district.plan, code=f"more-{order}", indicator="more", name="更多", kind="count",
            comparison="at_least", value=4, unit="个", order=order, clause="preset",
        )  # fmt: skip
        filing.shared(district, plan, f"more-{order}", leading=("1", "1", "1", "1"))
    assert [cost(luo, *look) for look in looks] == once
    assert max(once) <= MOST, once


def test_the_paper_holds_the_parts_and_the_shares(district, browser):
    plan = filing.adopted(filing.furnish(district))
    answer = browser("zhao").get(reverse("sheet-pdf", args=[plan.run.public_id]))
    assert answer.status_code == 200
    assert b"".join(answer).startswith(b"%PDF") if answer.streaming else answer.content.startswith(b"%PDF")


def test_what_is_owed_as_a_line_plan_leads_to_the_line_plans(district, browser):
    owe(district, code="line-plans", every="yearly", month=3, day=15, opens=20, covers="current")
    owe(district)
    open_due(now=datetime(2023, 4, 3, 1, tzinfo=UTC), since=date(2023, 1, 1))
    for code, leads in (("line-plans", True), ("monthly-report", False)):
        owed = Occurrence.objects.filter(obligation__code=code, post=district.posts["lin"]).first()
        text = page(browser("lin"), "sheet", owed.run.public_id)
        assert ("Write the plan under line plans" in text) == leads, code


# --- the assessment ---


def test_the_campaign_office_types_scores_a_unit_objects_and_another_office_answers(district, browser):
    found = assessing.notified(assessing.furnish(district))
    unit = district.units["serving"].code
    where = (found.public_id, unit)
    # Pages read the real clock, so the days to object are moved to it.
    found.objections_until = date(2999, 1, 1)
    found.save(update_fields=["objections_until"])
    bai = browser("bai")
    assert "Raise the objection" in page(bai, "assessment-unit", *where)
    bai.post(reverse("assessment-object", args=where), {"text": assessing.OBJECTION})
    assert assessing.OBJECTION in page(bai, "assessment-unit", *where)
    assert "Raise the objection" not in page(bai, "assessment-unit", *where)
    ning = browser("ning")
    said = {
        "upheld": "yes",
        "answer": "经核实，申诉成立。现予更正。",
        "score-on-time": "100",
        "reason-on-time": assessing.OBJECTION,
    }
    assert ning.post(reverse("assessment-answer", args=where), said).status_code == 302
    assert AssessmentRow.objects.get(organisation__code=unit, criterion="on-time").score == 100
    assert "objection upheld" in page(bai, "assessment-unit", *where)


def test_what_is_refused_in_an_assessment_comes_back_as_it_was_typed(district, browser):
    found = assessing.begun(assessing.furnish(district))
    where = (found.public_id, district.units["serving"].code)
    typed = {"score-on-time": "120", "reason-on-time": "按时报送，材料齐全。"}
    answer = browser("gao").post(reverse("assessment-score", args=where), typed)
    text = answer.content.decode()
    assert answer.status_code == 422
    assert 'role="alert"' in text
    assert 'value="120"' in text
    assert typed["reason-on-time"] in text
    assert not AssessmentRow.objects.filter(score=120).exists()


def test_an_objection_that_is_refused_comes_back(district, browser):
    found = assessing.notified(assessing.furnish(district))
    found.objections_until = date(2999, 1, 1)
    found.save(update_fields=["objections_until"])
    where = (found.public_id, district.units["serving"].code)
    answer = browser("bai").post(reverse("assessment-object", args=where), {"text": "不服。"})
    assert (answer.status_code, "不服。</textarea>" in answer.content.decode()) == (422, True)


def test_a_unit_finds_its_own_total_and_not_its_neighbours(district, browser):
    assessing.notified(assessing.furnish(district))
    text = page(browser("bai"), "assessments")
    assert (district.units["serving"].name in text, district.units["leading"].name in text) == (True, False)


def test_the_assessments_pages_stay_below_the_ceiling(district, browser):
    found = assessing.begun(assessing.furnish(district))
    gao, unit = browser("gao"), district.units["serving"].code
    looks = [("assessments",), ("assessment-unit", found.public_id, unit), ("sheet", found.run.public_id)]
    costs = [cost(gao, *look) for look in looks]
    assert max(costs) <= MOST, costs
