"""The projects' pages, as the cast sees them."""

import re
from datetime import timedelta
from decimal import Decimal
from io import BytesIO
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from guardian.shortcuts import assign_perm
from PIL import Image

from flows.campaigns.models import GroupUnit, LineUnit, WorkGroup
from flows.engine import operations as engine
from flows.projects import operations as projects
from flows.projects import selectors
from flows.projects.models import Evidence, Fact, Milestone, PhaseCorrection, Project, ProjectUnit
from permissions.models import Appointment, Organisation, OrganisationUserPermission
from tests.support.apart import together

HTMX = {"HX-Request": "true"}
EVERYTHING = {"zhao", "qian", "gao", "ma", "ke"}
BUDGET = 12


def address(project, name="project"):
    return reverse(name, args=[project.public_id])


def picture(name="permit.png", size=(60, 80)):
    kept = BytesIO()
    Image.new("RGB", size, "white").save(kept, "PNG")
    return SimpleUploadedFile(name, kept.getvalue(), content_type="image/png")


def seen(district, name):
    return set(selectors.visible_to(district.actor(name), district.now).values_list("code", flat=True))


def drafted(district, move="start"):
    """A milestone that asks for a permit, a figure and a date, being drafted by Chen."""
    milestone = district.milestone(district.project(phase="fulfilled"), move=move)
    return Milestone.objects.select_related("project", "run").get(pk=milestone.pk)


def attached(district, milestone, upload=None):
    return projects.attach_evidence(
        milestone.public_id, "permit", upload or picture(), by=district.actor("chen"), now=district.now
    )


# --- who sees what ---


def test_leaders_offices_and_the_coordination_group_see_the_whole_plan_others_their_part(district):
    project = district.project()
    for name in district.users:
        expected = {project.code} if name != "wang" else set()
        assert seen(district, name) == expected, name


def test_a_city_leader_a_serving_unit_and_an_owner_see_only_their_own(district):
    mine, other = district.project(), district.project()
    other.units.all().delete()
    other.leaders.all().delete()
    LineUnit.objects.filter(organisation=district.units["serving"]).delete()
    for name in ("sun", "chen", "bai"):
        assert seen(district, name) == {mine.code}, name
    for name in EVERYTHING | {"lin", "luo"}:
        assert seen(district, name) == {mine.code, other.code}, name


def test_member_units_of_the_lines_group_see_the_line_and_no_other(district):
    project = district.project()
    group = WorkGroup.objects.create(
        plan=district.plan, line=district.line, code="construction", name="组", order=1, clause=""
    )
    GroupUnit.objects.create(group=group, organisation=district.units["stranger"], role="member", order=0)
    assert seen(district, "wang") == {project.code}
    Project.objects.filter(pk=project.pk).update(
        line=district.plan.lines.create(code="funding", name="争资引项攻坚", order=1, clause="")
    )
    assert seen(district, "wang") == set()


def test_an_exceptional_grant_shows_one_project_and_a_unit_granted_to_act_for_shows_its_part(district):
    project, other = district.project(), district.project()
    other.units.all().delete()
    assign_perm("projects.follow_project", district.users["wang"], project)
    assert seen(district, "wang") == {project.code}
    grant = OrganisationUserPermission.objects.filter(user=district.users["wang"])
    assert not grant.exists()
    assign_perm("permissions.act_for_organisation", district.users["wang"], district.units["leading"])
    assert seen(district, "wang") == {project.code, other.code}


@pytest.mark.parametrize("administrator", ["system", "security", "audit"])
def test_the_three_administrators_see_no_project_even_with_a_grant(district, administrator):
    project = district.project()
    user = district.users["gao"]
    user.administrator = administrator
    with together():
        user.save()
    assign_perm("projects.follow_project", user, project)
    assert seen(district, "gao") == set()


def test_an_appointment_that_ends_takes_the_projects_away_at_once(district, browser):
    project = district.project()
    client = browser("zhao")
    assert client.get(address(project)).status_code == 200
    Appointment.objects.filter(user=district.users["zhao"]).update(until_day="2023-01-02")
    assert client.get(address(project)).status_code == 404
    assert "You hold no post at present" in client.get(reverse("projects")).content.decode()


def test_a_project_of_others_answers_exactly_like_one_that_does_not_exist(district, browser):
    project = district.project()
    client = browser("wang")
    for name in ("project", "milestone-new", "project-correct"):
        foreign = client.get(reverse(name, args=[project.public_id]))
        absent = client.get(reverse(name, args=[uuid4()]))
        assert foreign.status_code == absent.status_code == 404, name
        assert len(foreign.content) == len(absent.content), name


def test_whoever_is_signed_out_is_asked_to_sign_in(client, district):
    for where in (reverse("projects"), address(district.project())):
        answer = client.get(where)
        assert answer.status_code == 302
        assert reverse("account_login") in answer["Location"]


# --- the list ---


def test_the_list_is_narrowed_by_words_phase_line_unit_leader_and_own_part(district, browser):
    named = district.project(name="演示·冷链物流枢纽", phase="building")
    other = district.project()
    other.units.all().delete()
    other.leaders.all().delete()
    unit = district.units["serving"]
    unit.aliases = ["区交通局"]
    unit.save()
    client = browser("zhao")

    def codes(**query):
        body = client.get(reverse("projects"), query).content.decode()
        return set(re.findall(r'class="pj-code">([^<]+)<', body))

    assert codes() == {named.code, other.code}
    for query in (
        {"q": "冷链"},
        {"q": named.code.lower()},
        {"q": "区交通局"},
        {"phase": "building"},
        {"unit": unit.code},
        {"leader": district.posts["qian"].code},
        {"mine": "1"},
    ):
        assert codes(**query) == {named.code}, query
    assert codes(line="construction", phase="signed") == {other.code}
    assert codes(q="%") == set()
    assert codes(phase="no-such-phase") == {named.code, other.code}
    assert "Nothing matches" in client.get(reverse("projects"), {"q": "没有这样的项目"}).content.decode()


def test_every_project_is_on_exactly_one_page_and_back_leads_back(district, browser):
    made = {district.project().code for _ in range(selectors.PAGE * 2 + 3)}
    client, found, where = browser("gao"), [], reverse("projects")
    pages = []
    while where:
        body = client.get(where).content.decode()
        pages.append(re.findall(r'class="pj-code">([^<]+)<', body))
        found += pages[-1]
        later = re.search(r'href="([^"]+)" rel="next"', body)
        earlier = re.search(r'href="([^"]+)" rel="prev"', body)
        where = later.group(1).replace("&amp;", "&") if later else ""
    assert sorted(found) == sorted(made) and len(found) == len(made)
    body = client.get(earlier.group(1).replace("&amp;", "&")).content.decode()
    assert re.findall(r'class="pj-code">([^<]+)<', body) == pages[-2]


def test_htmx_gets_the_list_alone(district, browser):
    project = district.project()
    body = browser("gao").get(reverse("projects"), headers=HTMX).content.decode()
    assert project.name.removeprefix("演示·") in body
    assert "<html" not in body


def statements(client, where):
    client.get(where)  # what a process reads once is read
    with CaptureQueriesContext(
        connection,
    ) as caught:
        assert client.get(where).status_code == 200
    return [
        query["sql"] for query in caught.captured_queries if not query["sql"].startswith(("BEGIN", "COMMIT"))
    ]


@pytest.mark.parametrize("name", ["gao", "chen", "sun", "ke"])
def test_list_and_page_take_the_same_few_statements_with_one_project_and_with_many(district, browser, name):
    first = district.submitted().project
    attached(district, drafted(district))
    client = browser(name)
    few = [len(statements(client, where)) for where in (reverse("projects"), address(first))]
    for number in range(30):
        made = district.project()
        if number % 3 == 0:
            district.submitted(made)
    many = [len(statements(client, where)) for where in (reverse("projects"), address(first))]
    assert many == few
    assert max(many) <= BUDGET, many


# --- the page ---


def test_the_page_says_who_has_it_since_when_and_who_answers_for_it(district, browser):
    milestone = district.submitted()
    body = browser("zhao").get(address(milestone.project)).content.decode()
    assert re.search(r"Waiting for <b>leading-a? ?desk lin|Waiting for <b>leading desk lin", body)
    assert "who serves does not verify" in body, "the serving unit is a lead department as well"
    chain = re.search(r'<dl class="ht-list">(.*?)</dl>', body, re.DOTALL).group(1)
    for name in ("leading-a", "serving-a", "owner-a", "leadership leader zhao", "city city_leader sun"):
        assert name in chain, name
    assert "12.60" in body and "4.20" in body
    assert reverse("run-diagram", args=[milestone.run.public_id]) in body


def test_a_derived_phase_says_so_and_invents_no_history(district, browser):
    project = district.project(phase="building")
    body = browser("zhao").get(address(project)).content.decode()
    assert "was derived from the construction period" in body
    assert body.count("not on record") == 3


def test_the_strip_carries_the_day_each_phase_began(district, browser):
    milestone = district.submitted()
    for name in ("lin", "zhao", "qian"):
        share = district.share(milestone.run, name)
        engine.approve(milestone.run.public_id, share.pk, by=district.actor(name), now=district.now)
    sheet_body = browser("chen").get(address(milestone.project)).content.decode()
    strip = re.search(r'<ol class="ht-phases".*?</ol>', sheet_body, re.DOTALL).group(0)
    assert re.findall(r'data-s="(\w+)"', strip) == ["done", "now", "todo", "todo", "todo", "todo"]
    assert "since" in strip
    assert "project moved to" in sheet_body


def test_a_name_that_is_markup_is_shown_as_words(district, browser):
    project = district.project(name="<script>alert(1)</script>&amp;")
    client = browser("zhao")
    for where in (reverse("projects"), address(project), reverse("milestone-new", args=[project.public_id])):
        body = client.get(where).content.decode()
        assert "<script>alert" not in body
        assert "&lt;script&gt;alert(1)&lt;/script&gt;&amp;amp;" in body


def test_the_record_is_cut_at_fifty_with_a_way_to_all_of_it(district, browser):
    project = district.project()
    for number in range(30):
        run = district.milestone(project).run
        later = district.now + timedelta(minutes=number)
        engine.withdraw(run.public_id, by=district.actor("chen"), now=later, reason="材料待补，先行撤回。")
    client = browser("zhao")
    short = client.get(address(project)).content.decode()
    assert "11 more" in short, "thirty begun, thirty withdrawn, one opened"
    whole = client.get(address(project) + "?all=1").content.decode()
    assert whole.count("withdrew") == 30 > short.count("withdrew")


def test_figures_and_files_in_a_row_are_told_in_one_sentence(district, browser):
    milestone = drafted(district)
    attached(district, milestone)
    attached(district, milestone, picture("second.png"))
    for figure in (1000, 3000):
        projects.save_draft(
            milestone.public_id,
            values={"money": Decimal(figure)},
            note="",
            by=district.actor("chen"),
            now=district.now,
        )
    body = browser("zhao").get(address(milestone.project)).content.decode()
    assert "uploaded “施工许可证” ×2" in body
    assert body.count("reported 到位资金") == 1 and "到位资金 3,000 万元" in body


# --- starting a milestone ---


def test_the_officer_sees_the_checklist_and_why_other_moves_are_not_possible(district, browser):
    project = district.project(phase="fulfilled")
    client = browser("chen")
    assert reverse("milestone-new", args=[project.public_id]) in client.get(address(project)).content.decode()
    body = client.get(reverse("milestone-new", args=[project.public_id])).content.decode()
    assert "施工许可证" in body
    assert re.findall(r'name="move" value="(\w+)"', body) == ["start", "terminate"]
    assert "This cannot be started from the phase the project is in." in body
    answer = client.post(reverse("milestone-new", args=[project.public_id]), {"move": "start"})
    milestone = Milestone.objects.get(project=project)
    assert answer["Location"] == reverse("sheet", args=[milestone.run.public_id])
    again = client.get(reverse("milestone-new", args=[project.public_id])).content.decode()
    assert "Another milestone of this project is still open." in again
    assert 'name="move"' not in again


def test_a_leader_is_told_why_he_cannot_start_one_and_a_made_up_move_is_refused(district, browser):
    project = district.project()
    body = browser("zhao").get(reverse("milestone-new", args=[project.public_id])).content.decode()
    assert "Only an officer of a service department" in body and 'name="move"' not in body
    where = reverse("milestone-new", args=[project.public_id])
    assert browser("zhao").post(where, {"move": "fulfil"}).status_code == 403
    assert browser("chen").post(where, {"move": "fly"}).status_code == 422
    assert browser("chen").post(where, {"move": "review"}).status_code == 409
    assert not Milestone.objects.exists()


# --- the sheet of a milestone ---


def test_the_officer_fills_the_checklist_and_others_only_read_it(district, browser):
    milestone = drafted(district)
    sheet = reverse("sheet", args=[milestone.run.public_id])
    body = browser("chen").get(sheet).content.decode()
    for part in (
        'name="value-money"',
        'type="date"',
        'name="file"',
        "Still missing: 施工许可证、到位资金、完成日期",
    ):
        assert part in body, part
    for name in ("zhao", "bai", "lin"):
        other = browser(name).get(sheet).content.decode()
        assert 'name="file"' not in other and 'name="value-money"' not in other, name
        assert "missing" in other


def test_what_was_typed_is_kept_and_what_cannot_be_right_says_why(district, browser):
    milestone = drafted(district)
    where = reverse("milestone-draft", args=[milestone.public_id])
    client = browser("chen")
    answer = client.post(
        where, {"value-money": "3,000.5", "value-done-on": "2999-01-01", "note": "已开工。"}, headers=HTMX
    )
    body = answer.content.decode()
    assert answer.status_code == 422
    assert 'id="pj-e-done-on"' in body and "完成日期" in body
    assert "Still missing: 施工许可证、完成日期" in body
    milestone.refresh_from_db()
    assert milestone.note == "已开工。"
    assert list(Fact.objects.values_list("kind", "value")) == [("money", Decimal("3000.50"))]
    for typed in ("-1", "abc", "1e400", "NaN", "1.234"):
        assert client.post(where, {"value-money": typed}, headers=HTMX).status_code == 422, typed
    assert Fact.objects.count() == 1
    good = client.post(where, {"value-done-on": "2023-05-30"}, headers=HTMX)
    assert good.status_code == 200 and "Still missing: 施工许可证." in good.content.decode()
    milestone.refresh_from_db()
    assert milestone.note == "已开工。", "a note that was not sent stays"


def test_nobody_else_changes_a_draft_and_nobody_changes_what_was_submitted(district, browser):
    milestone = drafted(district)
    draft = reverse("milestone-draft", args=[milestone.public_id])
    evidence = reverse("milestone-evidence", args=[milestone.public_id])
    assert browser("zhao").post(draft, {"value-money": "1"}, headers=HTMX).status_code == 403
    assert browser("wang").post(draft, {"value-money": "1"}, headers=HTMX).status_code == 404
    assert browser("zhao").post(evidence, {"requirement": "permit", "file": picture()}).status_code == 403
    attached(district, milestone)
    district.submit(milestone)
    late = browser("chen")
    assert late.post(draft, {"value-money": "9"}, headers=HTMX).status_code == 409
    assert late.post(evidence, {"requirement": "permit", "file": picture()}, headers=HTMX).status_code == 409
    assert Evidence.objects.count() == 1


def test_files_come_in_one_by_one_and_a_refused_one_says_why_beside_its_line(district, browser):
    milestone = drafted(district)
    where = reverse("milestone-evidence", args=[milestone.public_id])
    fake = SimpleUploadedFile("scan.pdf", b"MZ this is a program", content_type="application/pdf")
    client = browser("chen")
    answer = client.post(where, {"requirement": "permit", "file": [picture(), fake]}, headers=HTMX)
    body = answer.content.decode()
    assert answer.status_code == 422
    assert "permit.png" in body and 'role="alert"' in body and 'id="pj-missing"' in body
    kept = Evidence.objects.get()
    assert (kept.name, kept.pages, kept.content_type) == ("permit.png", 1, "image/png")
    assert client.post(where, {"requirement": "permit"}, headers=HTMX).status_code == 422
    assert client.post(where, {"requirement": "no-such", "file": picture()}, headers=HTMX).status_code == 404
    away = client.post(reverse("evidence-withdraw", args=[kept.public_id]), headers=HTMX)
    assert away.status_code == 200 and "施工许可证" in away.content.decode()
    kept.refresh_from_db()
    assert kept.withdrawn_round == 1


def test_submitting_names_what_is_missing_and_goes_through_when_nothing_is(district, browser):
    milestone = drafted(district)
    where = reverse("work-complete", args=[milestone.run.public_id])
    mine = {"assignment": district.share(milestone.run, "chen").pk}
    client = browser("chen")
    refused = client.post(where, mine, headers=HTMX)
    assert refused.status_code == 409 and "施工许可证" in refused.content.decode()
    attached(district, milestone)
    draft = reverse("milestone-draft", args=[milestone.public_id])
    client.post(draft, {"value-money": "3000", "value-done-on": "2023-05-30"}, headers=HTMX)
    assert client.post(where, mine).status_code == 302
    assert district.share(milestone.run, "lin").status == "open"


# --- evidence ---


def test_evidence_is_read_in_the_page_and_downloaded_only_as_a_file(district, browser):
    kept = attached(district, drafted(district), picture("许可证 扫描.png", (900, 1200)))
    client = browser("zhao")
    page = client.get(reverse("evidence", args=[kept.public_id]))
    assert reverse("evidence-page", args=[kept.public_id, 1]) in page.content.decode()
    shown = client.get(reverse("evidence-page", args=[kept.public_id, 1]) + "?w=480")
    assert shown["Content-Type"] == "image/jpeg"
    assert Image.open(BytesIO(shown.content)).size == (480, 640)
    file = client.get(reverse("evidence-file", args=[kept.public_id]))
    assert file["Content-Disposition"].startswith("attachment; filename*=utf-8''")
    assert file["Content-Type"] == "image/png"
    for answer in (page, shown, file):
        assert "no-store" in answer["Cache-Control"] and "private" in answer["Cache-Control"]
        assert answer["X-Content-Type-Options"] == "nosniff"
    for asked in ("0", "2", "9" * 30):
        assert client.get(f"/evidence/{kept.public_id}/page/{asked}/").status_code == 404
    strange = client.get(reverse("evidence-page", args=[kept.public_id, 1]) + "?w=²")
    assert strange.status_code == 200


def test_evidence_of_others_answers_exactly_like_evidence_that_does_not_exist(district, browser):
    kept = attached(district, drafted(district))
    client = browser("wang")
    for name, more in (("evidence", []), ("evidence-page", [1]), ("evidence-file", [])):
        foreign = client.get(reverse(name, args=[kept.public_id, *more]))
        absent = client.get(reverse(name, args=[uuid4(), *more]))
        assert foreign.status_code == absent.status_code == 404
        assert len(foreign.content) == len(absent.content)
    assert client.post(reverse("evidence-withdraw", args=[kept.public_id])).status_code == 404
    kept.refresh_from_db()
    assert kept.withdrawn_round is None


def test_a_file_taken_out_after_a_return_stays_readable(district, browser):
    milestone = drafted(district)
    kept = attached(district, milestone)
    district.submit(milestone)
    share = district.share(milestone.run, "lin")
    engine.return_to_initiator(
        milestone.run.public_id,
        share.pk,
        by=district.actor("lin"),
        now=district.now,
        reason="缺少签章页，请补正。",
    )
    projects.withdraw_evidence(kept.public_id, by=district.actor("chen"), now=district.now)
    attached(district, milestone, picture("signed.png"))
    body = browser("lin").get(reverse("sheet", args=[milestone.run.public_id])).content.decode()
    assert "taken out in round 2" in body and "signed.png" in body
    assert browser("lin").get(reverse("evidence", args=[kept.public_id])).status_code == 200


# --- putting a phase right ---


def test_the_campaign_office_proposes_a_correction_and_nobody_else(district, browser):
    project = district.project(phase="building")
    where = reverse("project-correct", args=[project.public_id])
    assert "Only the project campaign office may do this." in browser("zhao").get(where).content.decode()
    assert (
        browser("zhao").post(where, {"to_phase": "started", "reason": "误录阶段，应为开工。"}).status_code
        == 403
    )
    office = browser("gao")
    assert where in office.get(address(project)).content.decode()
    assert office.post(where, {"to_phase": "suspended", "reason": "误录阶段，应为开工。"}).status_code == 422
    assert office.post(where, {"to_phase": "started", "reason": "误录"}).status_code == 422
    answer = office.post(where, {"to_phase": "started", "reason": "误录阶段，应为开工。"})
    correction = PhaseCorrection.objects.get()
    assert answer["Location"] == reverse("sheet", args=[correction.run.public_id])
    sheet = browser("ma").get(answer["Location"]).content.decode()
    assert "误录阶段，应为开工。" in sheet and "started" in sheet
    page = office.get(address(project)).content.decode()
    assert "hq-office desk ma" in page
    assert browser("wang").get(answer["Location"]).status_code == 404


def test_owners_of_other_projects_stay_apart(district, browser):
    project = district.project()
    ProjectUnit.objects.filter(project=project, role="owner").update(
        organisation=Organisation.objects.create(code="other-owner", name="other-owner", kind="outside")
    )
    post = district.posts["wang"]
    post.organisation = district.units["owner"]
    post.save()
    assert seen(district, "wang") == set()
