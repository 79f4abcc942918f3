"""Who stands aside, and the cases that are never decided in the district; the 2023 plan says which those are."""

from datetime import date

import pytest

from flows.campaigns.models import CampaignLine, LineUnit, Plan
from flows.discipline import opening, operations, rules, selectors
from flows.discipline.models import Case, Commission, Disposition, Letter
from flows.engine import operations as engine
from flows.journal.models import Entry
from flows.plan.operations import load_plan
from flows.projects.models import Project, ProjectLeader
from flows.projects.operations import open_project
from hetang_flow.lib.errors import Invalid, NotFound
from notifications.models import Notice
from permissions.actors import SYSTEM
from permissions.models import Appointment, Organisation, Post, User
from permissions.selectors import actor_for
from tests.support.cast import NOW
from tests.support.confided import (
    CITY,
    COMMISSION,
    REASON,
    accepted,
    asked,
    at,
    furnish,
    led_by,
    proposed,
    referred,
)
from tests.support.plans import NOTICE, document

pytestmark = pytest.mark.django_db
DISTRICT = ("shu", "dep", "yin", "xu", "jin", "desk", "gao", "ma", "tao", "zhao")


@pytest.fixture
def confided(district):
    """The district with a commission."""
    return furnish(district)


def is_at_the_city(district, case, why):
    """Handed over with letter, entry and notice, and closed to everybody in the district."""
    case.refresh_from_db()
    assert (case.state, case.city_why, case.run.status) == ("handed", why, "DONE")
    letter = Letter.objects.get(case=case)
    assert (letter.kind, letter.addressee.code) == ("transfer", CITY)
    assert case.dossier.number in letter.text
    entry = Entry.objects.get(chain=case.chain, kind="discipline.handed")
    assert entry.facts["why"] == why
    for name in DISTRICT:
        assert not selectors.sees_case(district.actor(name), case, district.now), name
        assert selectors.cases_visible_to(district.actor(name), district.now) == []
        with pytest.raises(NotFound):
            at(district, case, operations.add_supplement, name, text=REASON, in_favour=True)
    assert selectors.cases_visible_to(district.actor("cheng"), district.now) == [case]
    told = Notice.objects.filter(about=case.run.public_id, kind="discipline.todo")
    assert [notice.user_id for notice in told] == [district.users["cheng"].pk]


# --- to the city at once ---


def test_a_case_about_the_commission_goes_to_the_city(confided):
    case = referred(confided, unit=COMMISSION)
    is_at_the_city(confided, case, "about-commission")
    assert not Notice.objects.filter(user=confided.users["yin"], about=case.run.public_id).exists()


def test_so_does_one_about_somebody_who_also_sits_there(confided):
    Appointment.objects.create(
        post=confided.posts["wang"], user=confided.users["jin"], from_day=date(2023, 1, 1)
    )
    case = opening.enter_clue(
        confided.plan.code,
        unit=confided.units["stranger"].code,
        person=confided.users["jin"].pk,
        text=REASON,
        by=confided.actor("xu"),
        now=confided.now,
    )
    is_at_the_city(confided, case, "about-commission")


def test_so_does_one_of_a_line_that_the_commission_leads(confided):
    LineUnit.objects.create(
        line=confided.line, organisation=confided.units[COMMISSION], role=LineUnit.Role.LEAD, order=9
    )
    is_at_the_city(confided, referred(confided), "own-line")


def test_so_does_one_of_a_project_whose_contact_leader_heads_it(confided):
    project = led_by(confided, "shu")
    is_at_the_city(confided, referred(confided, project=project.public_id), "head-aside")


def test_any_other_case_is_decided_here(confided):
    case = referred(confided)
    assert (case.state, case.city_why, asked(case)) == ("open", "", ["yin"])
    assert selectors.cases_visible_to(confided.actor("cheng"), confided.now) == []


def test_whoever_confirmed_reads_the_same_of_one_that_went_to_the_city(confided):
    referred(confided, unit=COMMISSION)
    notice = Notice.objects.filter(user=confided.users["tao"]).latest("number")
    assert notice.title == "您确认移送的事项已办理：演示·推进专班会议连续缺席"


# --- who stands aside while the district decides ---


def test_below_a_deputy_who_leads_the_project_nobody_is_left(confided):
    project = led_by(confided, "dep")
    is_at_the_city(confided, referred(confided, project=project.public_id), "nobody-left")


def test_an_inspector_who_approved_on_the_project_is_out_and_another_handles_it(confided):
    milestone = confided.submitted()
    share = confided.share(milestone.run, "lin")
    Appointment.objects.create(
        post=confided.posts["lin"], user=confided.users["xu"], from_day=date(2023, 1, 1)
    )
    engine.approve(milestone.run.public_id, share.pk, by=confided.actor("xu"), now=confided.now)
    case = referred(confided, project=milestone.project.public_id)
    assert selectors.aside(case, confided.now).people[confided.users["xu"].pk] == rules.APPROVED
    with pytest.raises(Invalid, match="handler-not-free"):
        accepted(confided, case, "xu")
    accepted(confided, case, "jin")
    assert asked(case) == ["jin"]


def test_who_works_in_the_unit_concerned_is_out(confided):
    Appointment.objects.create(
        post=confided.posts["wang"], user=confided.users["xu"], from_day=date(2023, 1, 1)
    )
    case = referred(confided)
    with pytest.raises(Invalid, match="handler-not-free"):
        accepted(confided, case, "xu")
    accepted(confided, case, "jin")


# --- judged anew at every step ---


def test_a_handler_who_must_stand_aside_later_sees_and_does_nothing_more(confided):
    case = accepted(confided, referred(confided), "xu", "jin")
    assert selectors.sees_case(confided.actor("xu"), case, confided.now)
    Appointment.objects.create(
        post=confided.posts["wang"], user=confided.users["xu"], from_day=date(2023, 1, 1)
    )
    assert not selectors.sees_case(confided.actor("xu"), case, confided.now)
    with pytest.raises(NotFound):
        proposed(confided, case, by="xu")
    before = Notice.objects.filter(user=confided.users["xu"]).count()
    proposed(confided, case, by="jin")
    at(confided, case, operations.agree, "dep", opinion=REASON)
    assert Notice.objects.filter(user=confided.users["xu"]).count() == before
    assert asked(case) == ["jin"]


def test_a_case_whose_leader_must_stand_aside_later_goes_to_the_city_at_the_next_touch(confided):
    case = proposed(confided, accepted(confided, referred(confided)))
    ProjectLeader.objects.create(
        project=case.project, post=confided.posts["shu"], level=ProjectLeader.Level.DISTRICT, order=9
    )
    with pytest.raises(NotFound):
        at(confided, case, operations.agree, "dep", opinion=REASON)
    is_at_the_city(confided, case, "head-aside")


def test_every_morning_it_is_judged_anew_and_twice_is_once(confided):
    case = accepted(confided, referred(confided))
    assert operations.recuse_anew(now=confided.now) == 0
    ProjectLeader.objects.create(
        project=case.project, post=confided.posts["shu"], level=ProjectLeader.Level.DISTRICT, order=9
    )
    assert operations.recuse_anew(now=confided.now) == 1
    assert operations.recuse_anew(now=confided.now) == 0
    is_at_the_city(confided, case, "head-aside")


def test_a_vacant_intake_waits_and_tells_nobody_outside(confided):
    Appointment.objects.filter(post=confided.posts["yin"]).delete()
    case = referred(confided)
    assert case.state == "open"
    assert not Notice.objects.filter(about=case.run.public_id).exists()


# --- the 2023 plan ---


@pytest.fixture
def notice(db):
    """The notice of 2023 as it is, with invented people in the posts of the two commissions."""
    load_plan(document(NOTICE), by=SYSTEM, now=NOW)
    for post in Post.objects.filter(organisation__code__in=(COMMISSION, CITY)):
        user = User.objects.create(username=f"in-{post.code}", name=f"演示{post.order}", is_demo=True)
        Appointment.objects.update_or_create(
            post=post, until_day=None, defaults={"user": user, "from_day": date(2023, 1, 1)}
        )
    return Plan.objects.get(code="hetang-2023")


def judged(plan, *, unit="development-zone", row=None, line=None):
    """Who would stand aside; nothing is opened on a real project."""
    project = Project.objects.get(plan=plan, row=row).pk if row else None
    place = CampaignLine.objects.get(plan=plan, code=line).pk if line else None
    subject = Organisation.objects.get(code=unit).pk
    return rules.recusal(selectors.facts_about(plan.pk, unit=subject, project=project, line=place, now=NOW))


def test_by_the_2023_plan_line_five_row_three_and_the_commission_itself_go_to_the_city(notice):
    assert judged(notice, unit=COMMISSION).city == "about-commission"
    assert judged(notice, line="management").city == "own-line"
    assert judged(notice, row=3).city == "head-aside"


@pytest.mark.parametrize("line", ["funding", "attraction", "fission", "construction"])
def test_by_the_2023_plan_the_other_lines_are_decided_here(notice, line):
    assert judged(notice, line=line).city == ""


def test_by_the_2023_plan_of_the_annexs_rows_only_the_third_goes_to_the_city(notice):
    rows = Project.objects.filter(plan=notice).order_by("row").values_list("row", flat=True)
    assert {row: judged(notice, row=row).city for row in rows} == {
        row: "head-aside" if row == 3 else "" for row in rows
    }


def test_before_anybody_has_an_account_the_posts_alone_say_so(notice):
    Appointment.objects.filter(post__organisation__code=COMMISSION).update(user=None)
    assert judged(notice, row=3).city == "head-aside"


def test_on_the_2023_plan_such_a_case_is_handed_over_and_no_inspector_opens_it(notice):
    project = Project.objects.get(plan=notice, row=3)
    invented = open_project(
        {
            "code": "DEMO-2023-003",
            "name": "演示·附件三行同样联系领导的项目",
            "plan": notice,
            "line": project.line,
            "total_investment": project.total_investment,
            "planned_investment": project.planned_investment,
            "is_demo": True,
        },
        owners=[],
        services=[],
        city_leaders=[],
        district_leaders=list(
            ProjectLeader.objects.filter(project=project, level="district").values_list("post_id", flat=True)
        ),
        by=SYSTEM,
        now=NOW,
    )
    inspectors = [
        actor_for(User.objects.get(username=f"in-{code}"), at=NOW)
        for code in (
            "discipline-intake",
            "discipline-handler-1",
            "discipline-handler-2",
            "discipline-secretary",
        )
    ]
    case = opening.enter_clue(
        "hetang-2023",
        unit="development-zone",
        project=invented.code,
        text="演示：反映该项目推进不力。",
        by=inspectors[1],
        now=NOW,
    )
    assert (case.state, case.city_why) == ("handed", "head-aside")
    assert Case.objects.count() == 1
    for actor in inspectors:
        with pytest.raises(NotFound):
            selectors.case_for(case.public_id, actor, NOW)
    city = actor_for(User.objects.get(username="in-city-discipline-intake"), at=NOW)
    assert selectors.case_for(case.public_id, city, NOW) == case


def test_the_2023_plan_names_posts_dispositions_and_their_leaders(notice):
    row = Commission.objects.get(plan=notice)
    assert (row.intake.code, row.city.code) == ("discipline-intake", "city-discipline-intake")
    found = Disposition.objects.filter(plan=notice).values_list("name", "days", "approver__code", "clause")
    assert list(found) == [
        ("谈话函询", 30, "discipline-deputy", "preset"),
        ("初步核实", 60, "discipline-secretary", "preset"),
        ("暂存待查", 60, "discipline-deputy", "preset"),
        ("予以了结", 10, "discipline-secretary", "preset"),
    ]
