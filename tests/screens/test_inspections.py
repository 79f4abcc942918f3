"""The pages of inspections: announced by a form, noted on a phone, seen by the unit, opened from, listed and printed."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from flows.inspections import opening
from flows.inspections.models import Finding, Opened, Round, Seen, Visit
from hetang_flow.lib import clock
from tests.support import inspected, obstructed, supervised
from tests.support.inspected import FOUND, MATERIALS, OBJECTION

pytestmark = pytest.mark.django_db
MOST = 12


@pytest.fixture
def inspecting(district):
    return supervised.prepare(inspected.prepare(obstructed.prepare(district)))


def sheet(client, visit):
    return client.get(reverse("sheet", args=[visit.run.public_id])).content.decode()


def press(client, name, key, *more, **typed):
    return client.post(reverse(name, args=[key, *more]), typed)


def announcement(district, *projects, **more):
    """What the form sends, on the day it is."""
    today = clock.district_day(clock.now()).isoformat()
    words = {
        "kind": "review",
        "name": "演示·上半年评估督导",
        "wanted": "施工许可、监理日志",
        "inspectors": [district.posts["ma"].pk, district.posts["hao"].pk],
        "projects": [str(project.public_id) for project in projects],
    }
    return words | dict.fromkeys(("materials_due", "first_day", "last_day"), today) | more


def test_a_round_is_announced_by_the_form_and_stands_in_the_list_with_its_progress(inspecting, browser):
    first, second = inspecting.project(), inspecting.project()
    client = browser("ma")
    form = client.get(reverse("inspection-new")).content.decode()
    assert first.code in form
    assert "coordinating officer hao" in form
    assert "leadership leader zhao" not in form
    done = client.post(reverse("inspection-new"), announcement(inspecting, first, second))
    round_ = Round.objects.get()
    assert done["Location"] == reverse("inspection-round", args=[round_.public_id])
    assert "Being opened" in client.get(done["Location"]).content.decode()
    opening.open_visits(now=clock.now())
    page = client.get(done["Location"]).content.decode()
    assert "Being opened" not in page
    assert "lies with serving desk bai" in page
    assert "演示·上半年评估督导" in client.get(reverse("inspections")).content.decode().replace(
        '<span class="ht-demo">演示·</span>', "演示·"
    )


def test_what_is_wrong_with_an_announcement_comes_back_as_it_was_typed(inspecting, browser):
    client = browser("ma")
    typed = announcement(inspecting, last_day="2023-01-01")
    answer = client.post(reverse("inspection-new"), typed)
    text = answer.content.decode()
    assert answer.status_code == 422
    assert 'role="alert"' in text
    assert 'value="演示·上半年评估督导"' in text
    assert text.count(" checked") == 3, "the kind and both inspectors"
    for wrong in ({"first_day": "soon"}, {"inspectors": ["x"]}, {"projects": ["x"]}, {"name": "长" * 61}):
        assert client.post(reverse("inspection-new"), typed | wrong).status_code == 422
    assert not Round.objects.exists()


def test_the_desk_hands_in_on_the_sheet(inspecting, browser):
    visit = inspected.opened(inspecting)
    client = browser("bai")
    page = sheet(client, visit)
    assert reverse("visit-materials", args=[visit.public_id]) in page
    assert 'id="note"' not in page
    assert press(client, "visit-materials", visit.public_id, materials=MATERIALS).status_code == 302
    assert MATERIALS in sheet(client, visit)
    assert press(client, "visit-materials", visit.public_id, materials="已报").status_code == 422


def test_an_inspector_begins_with_the_camera_and_what_is_noted_stands_below(inspecting, browser):
    visit = inspected.handed(inspecting)
    client = browser("ma")
    page = sheet(client, visit)
    assert page.index('capture="environment"') < page.index('name="text"') < page.index("Materials due")
    typed = {"text": FOUND, "unit": inspecting.units["serving"].code, "is_serious": "1"}
    done = client.post(
        reverse("visit-note", args=[visit.public_id]),
        typed | {"file": [inspected.photo(), inspected.photo()]},
    )
    assert done.status_code == 302
    page = sheet(client, visit)
    assert FOUND in page
    assert page.count("in-photos") == 1
    assert page.count("photograph") >= 2
    assert 'name="nothing_found"' not in page, "something was found"
    finding = Finding.objects.get()
    assert finding.is_serious
    more = client.post(reverse("finding-photos", args=[finding.public_id]), {"file": inspected.photo()})
    assert (more.status_code, finding.photographs.count()) == (302, 3)
    assert client.post(reverse("finding-photos", args=[finding.public_id])).status_code == 422
    assert press(client, "finding-take-back", finding.public_id).status_code == 302
    assert 'name="nothing_found"' in sheet(client, visit)


def test_the_photographs_of_findings_are_not_listed_twice(inspecting, browser):
    inspected.photographed(inspecting, inspected.noted(inspecting))
    visit = inspected.reported(inspecting, Visit.objects.get())
    assert "现场.jpg" not in sheet(browser("bai"), visit).partition('id="op-')[0].partition("ht-line")[0]


def test_drafts_are_not_shown_to_the_unit_before_the_visit_is_handed_in(inspecting, browser):
    visit = inspected.noted(inspecting).visit
    for name in ("bai", "zhao", "gao", "ke"):
        assert FOUND not in sheet(browser(name), visit)
    assert FOUND in sheet(browser("ma"), visit)
    day = clock.district_day(clock.now()).isoformat()
    assert press(browser("ma"), "visit-report", visit.public_id, visited_on=day).status_code == 302
    for name in ("bai", "zhao", "gao", "ke"):
        assert FOUND in sheet(browser(name), visit)


def test_nothing_found_is_said_on_the_form(inspecting, browser):
    visit = inspected.handed(inspecting)
    client, day = browser("ma"), clock.district_day(clock.now()).isoformat()
    assert press(client, "visit-report", visit.public_id, visited_on=day).status_code == 422
    assert press(client, "visit-report", visit.public_id, visited_on="", nothing_found="1").status_code == 422
    done = press(client, "visit-report", visit.public_id, visited_on=day, nothing_found="1")
    assert done.status_code == 302
    assert "Nothing was found on site." in sheet(browser("bai"), visit)


def test_the_unit_signs_with_an_objection_that_everybody_reads(inspecting, browser):
    visit = inspected.reported(inspecting)
    client = browser("bai")
    assert reverse("visit-seen", args=[visit.public_id]) in sheet(client, visit)
    assert press(client, "visit-seen", visit.public_id, objection=OBJECTION).status_code == 302
    assert Seen.objects.get().objection == OBJECTION
    assert OBJECTION in sheet(browser("ma"), visit)
    page = browser("zhao").get(reverse("inspection-round", args=[visit.round.public_id])).content.decode()
    assert "with an objection" in page
    assert "concluded" in page


def test_a_finding_opens_an_obstacle_and_a_matter_of_supervision_and_both_are_linked(inspecting, browser):
    visit = inspected.reported(inspecting)
    finding = visit.findings.get()
    client = browser("ma")
    page = sheet(client, visit)
    for code, typed in (
        ("obstacle", {"kind": "utilities/水", "title": "现场防护不到位"}),
        ("slip", {"ground": "weak", "rung": "criticism", "title": "演示·防护缺失", "reason": FOUND}),
    ):
        where = reverse("finding-open", args=[finding.public_id, code])
        assert where in page
        assert FOUND in client.get(where).content.decode()
        wrong = client.post(where, typed | {"title": ""})
        assert (wrong.status_code, 'role="alert"' in wrong.content.decode()) == (422, True)
        assert client.post(where, typed).status_code == 302
        assert client.get(where).status_code == 409
    assert client.get(reverse("finding-open", args=[finding.public_id, "nothing"])).status_code == 404
    page = sheet(client, visit)
    obstacle, slip = Opened.objects.order_by("pk")
    assert reverse("sheet", args=[obstacle.key]) in page
    assert reverse("supervision-item", args=[slip.key]) in page
    named = client.get(reverse("sheet", args=[obstacle.key])).content.decode()
    assert visit.round.name in named
    assert reverse("sheet", args=[visit.run.public_id]) in named
    assert client.get(reverse("sheet-pdf", args=[obstacle.key])).status_code == 200


def test_an_inspector_without_the_office_is_offered_the_obstacle_only(inspecting, browser):
    visit = inspected.reported(inspecting)
    finding = visit.findings.get()
    page = sheet(browser("hao"), visit)
    assert reverse("finding-open", args=[finding.public_id, "obstacle"]) in page
    assert reverse("finding-open", args=[finding.public_id, "slip"]) not in page
    assert "finding-open" not in sheet(browser("bai"), visit)


def test_findings_are_narrowed_by_what_an_address_says(inspecting, browser):
    visit = inspected.reported(inspecting)
    other = inspected.handed(inspecting, inspected.opened(inspecting, name="演示·另一轮"))
    inspected.noted(inspecting, other, text="便道积水严重，车辆无法通行。", unit="leading")
    inspected.reported(inspecting, other)
    inspected.followed(inspecting, visit.findings.get(), "obstacle")
    client = browser("zhao")

    def shown(**asked):
        text = client.get(reverse("inspection-findings"), asked).content.decode()
        return (FOUND in text, "便道积水严重" in text)

    assert shown() == (True, True)
    assert shown(round=str(visit.round.public_id)) == (True, False)
    assert shown(project=str(other.project.public_id)) == (False, True)
    assert shown(unit=inspecting.units["leading"].code) == (False, True)
    assert shown(line="construction") == (True, True)
    assert shown(serious="1") == (True, False)
    assert shown(opened="yes") == (True, False)
    assert shown(opened="no") == (False, True)
    assert shown(round="nonsense", opened="perhaps", line="none") == (False, False)


def test_the_round_is_called_off_from_its_page(inspecting, browser):
    visit = inspected.opened(inspecting)
    where, key = reverse("inspection-round", args=[visit.round.public_id]), visit.round.public_id
    assert reverse("inspection-call-off", args=[key]) in browser("ma").get(where).content.decode()
    assert "call-off" not in browser("zhao").get(where).content.decode()
    assert press(browser("ma"), "inspection-call-off", key, reason="改期").status_code == 422
    done = press(browser("ma"), "inspection-call-off", key, reason="与上级督查重复，改期进行。")
    assert done.status_code == 302
    opening.open_visits(now=clock.now())
    assert "called off" in browser("zhao").get(where).content.decode()
    assert browser("bai").get(reverse("sheet", args=[visit.run.public_id])).status_code == 200


def test_the_paper_of_a_visit_says_what_was_found_and_who_has_seen_it(inspecting, browser):
    visit = inspected.seen(inspecting, objection=OBJECTION)
    for language in ("en", "zh-hans"):
        answer = browser("bai", language).get(reverse("sheet-pdf", args=[visit.run.public_id]))
        assert (answer.status_code, answer["Content-Type"]) == (200, "application/pdf")


def test_chinese_pages_are_complete(inspecting, browser):
    visit = inspected.reported(inspecting)
    client = browser("ma", "zh-hans")
    assert "发现问题" in sheet(client, visit)
    assert "部署督查" in client.get(reverse("inspections")).content.decode()
    assert "督查人员" in client.get(reverse("inspection-new")).content.decode()


def test_the_sheet_of_a_visit_costs_at_most_so_much(inspecting, browser):
    """At every step, however much was found."""
    waiting = inspected.opened(inspecting)
    on_site = inspected.photographed(inspecting, inspected.noted(inspecting)).visit
    for _each in range(3):
        inspected.noted(inspecting, on_site, unit="leading")
    seeing = inspected.reported(inspecting)
    inspected.followed(inspecting, seeing.findings.get(), "obstacle")
    done = inspected.seen(inspecting)
    spent = {}
    for name, visit in (("bai", waiting), ("ma", on_site), ("ma", seeing), ("bai", seeing), ("zhao", done)):
        client, where = browser(name), reverse("sheet", args=[visit.run.public_id])
        client.get(where)
        with CaptureQueriesContext(connection) as seen:
            assert client.get(where).status_code == 200
        spent[name, visit.run.code] = len(seen)
    assert max(spent.values()) <= MOST, spent
