"""Loading a plan: whole or not at all, twice as once, a changed file from a day on, everything on record."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from django.apps import apps

from flows.campaigns.models import (
    CampaignLine,
    GroupPost,
    GroupUnit,
    LineLeader,
    Obligation,
    Plan,
    PlanVersion,
)
from flows.engine.models import Policy
from flows.journal.models import Entry
from flows.obstacles.models import ObstacleKind, ObstacleLevel, PermitBaseline
from flows.plan.operations import compare_plan, load_plan
from flows.projects.models import Gate, Project, ProjectUnit
from flows.targets.models import AssessmentScheme, Target
from hetang_flow.lib.errors import Invalid, WrongState
from permissions.actors import SYSTEM
from permissions.models import Appointment, Organisation, Post, User
from tests.support.plans import INVENTED, NOTICE, document

JUNE = datetime(2023, 6, 1, 1, 30, tzinfo=UTC)
JULY = datetime(2023, 7, 3, 1, 30, tzinfo=UTC)


def load(*changes, path=NOTICE, now=JUNE, effective=None, **more):
    return load_plan(document(path, *changes), by=SYSTEM, now=now, effective=effective, **more)


def rows():
    """How many rows every table has."""
    return {model._meta.label: model.objects.count() for model in apps.get_models()}


def post_of(value, code):
    return next(item for item in value["posts"] if item["code"] == code)


def new_finance_head(value):
    post_of(value, "finance-head")["holder"] = "新任甲"


@pytest.fixture
def loaded(db):
    return load()


# --- the notice as rows ---


def test_the_notice_makes_five_lines_six_groups_and_six_projects(loaded):
    assert loaded.first
    assert loaded.effective == date(2023, 1, 1)
    assert CampaignLine.objects.count() == 5
    assert [group.code for group in Plan.objects.get().groups.filter(line=None)] == ["coordination"]
    assert Project.objects.count() == 6
    assert (Target.objects.count(), Obligation.objects.count()) == (63, 8)
    assert Gate.objects.count() == 8
    assert Policy.objects.filter(version=1).count() == 40
    levels, kinds = ObstacleLevel.objects.all(), ObstacleKind.objects.all()
    assert (levels.count(), kinds.count(), PermitBaseline.objects.count()) == (4, 5, 4)


def test_each_line_has_one_convener_and_groups_keep_their_executive_heads(loaded):
    conveners = LineLeader.objects.filter(is_convener=True).values_list("line__code", "post__code")
    assert dict(conveners) == {
        "funding": "executive-vice-mayor",
        "attraction": "vice-mayor-6",
        "fission": "development-zone-secretary",
        "construction": "executive-vice-mayor",
        "management": "discipline-secretary",
    }
    executive = GroupPost.objects.filter(is_executive=True).values_list("group__code", "post__code")
    assert dict(executive) == {
        "funding-group": "finance-head",
        "construction-group": "development-reform-head",
        "management-group": "development-reform-head",
    }
    assert GroupUnit.objects.filter(group__code="coordination", organisation__kind="town").count() == 7


def test_every_district_organisation_has_a_desk_and_an_officer_post(loaded):
    district = Organisation.objects.filter(kind__in=["bureau", "town", "company", "office"])
    for duty in ("desk", "officer"):
        assert Post.objects.filter(duty=duty).count() == district.count()
    assert Post.objects.get(code="development-reform-desk").name == "区发展改革局综合岗"
    assert not Post.objects.filter(
        duty="desk", organisation__kind__in=["city", "outside", "leadership"]
    ).exists()


def test_each_convener_has_a_secretary_who_is_nobody_yet(loaded):
    secretaries = Post.objects.filter(duty="secretary")
    conveners = LineLeader.objects.filter(is_convener=True).values_list("post__code", flat=True)
    assert {post.serves.code for post in secretaries} == set(conveners)
    assert not secretaries.exclude(on_roster=False).exists()
    assert not Appointment.objects.filter(post__in=secretaries).exists()


def test_a_secretary_may_come_to_serve_another(loaded):
    def moved(value):
        post_of(value, "vice-mayor-6-secretary")["serves"] = "vice-mayor-7"

    result = load(moved, now=JULY, effective=date(2023, 7, 1))
    assert Post.objects.get(code="vice-mayor-6-secretary").serves.code == "vice-mayor-7"
    (change,) = result.differences
    assert (change.before, change.after) == ({"serves": "vice-mayor-6"}, {"serves": "vice-mayor-7"})


def test_one_person_may_hold_two_posts_and_no_account_is_made(loaded):
    held = Appointment.objects.filter(holder_name="唐斌").values_list("post__code", flat=True)
    assert set(held) == {"development-reform-head", "hq-executive-deputy"}
    assert not User.objects.exists()
    assert not Appointment.objects.exclude(user=None).exists()
    assert set(Appointment.objects.values_list("from_day", flat=True)) == {date(2023, 1, 1)}
    assert Post.objects.filter(on_roster=False, duty__in=["leader", "deputy"]).count() == 2


def test_six_projects_open_in_derived_phases_with_exact_money(loaded):
    found = {project.row: project for project in Project.objects.all()}
    assert {row: project.phase for row, project in found.items()} == {
        1: "building",
        2: "building",
        3: "building",
        4: "building",
        5: "building",
        6: "fulfilled",
    }
    assert all(project.phase_derived for project in found.values())
    assert sum(project.planned_investment for project in found.values()) == Decimal("619000")
    assert sum(project.total_investment for project in found.values()) == Decimal("4887000")
    assert sum(project.invested_before for project in found.values()) == Decimal("1169000")
    assert [row for row, project in found.items() if project.is_new] == [3, 5, 6]
    assert (found[6].builds_from, found[6].builds_until) == (date(2023, 6, 1), date(2024, 8, 31))
    assert found[1].phase_since == datetime(2022, 12, 31, 16, tzinfo=UTC)
    assert found[1].in_park is None


def test_a_project_names_its_parties_in_the_order_of_the_annex(loaded):
    second = Project.objects.get(row=2)
    parties = ProjectUnit.objects.filter(project=second).values_list("organisation__name", "role")
    assert list(parties) == [
        ("株洲莞深产业发展有限公司", "owner"),
        ("金城集团", "owner"),
        ("区发展改革局", "service"),
        ("区科工信局", "service"),
    ]
    sixth = Project.objects.get(row=6)
    leaders = sixth.leaders.values_list("post__code", "level")
    assert list(leaders) == [
        ("city-leader-5", "city"),
        ("contact-leader-off-roster", "district"),
        ("vice-mayor-7", "district"),
    ]


def test_the_cadence_of_the_notice_is_kept(loaded):
    report = Obligation.objects.get(code="monthly-report")
    said = {"every": "monthly", "day": 2, "covers": "previous", "opens": 3}
    assert (report.cadence, report.roll) == (said, "following")
    assert (report.owed_by, report.owed_to) == ("lead_departments", "campaign-office")
    assert Obligation.objects.get(code="visits-to-ministries").cadence["quota"] == "quota-visits"


def test_the_record_holds_every_difference_and_no_name_of_a_person(loaded):
    plan = Plan.objects.get()
    entries = Entry.objects.filter(chain=plan.chain).order_by("number")
    assert entries[0].kind == "plan.loaded"
    assert entries[0].facts["differences"] == len(loaded.differences) == entries.count() - 1
    assert entries[0].happened == datetime(2022, 12, 31, 16, tzinfo=UTC)
    assert entries[0].recorded == JUNE
    for entry in entries:
        assert "陈柏文" not in f"{entry.facts}{entry.before}{entry.after}"
    appointed = entries.get(
        kind="plan.entry_created", facts__key="executive-vice-mayor", facts__section="appointments"
    )
    assert appointed.personal_values.get(field="holder_after").value == "陈柏文"
    opened = Entry.objects.filter(kind="project.opened", facts__derived=True)
    assert opened.count() == 6
    assert set(opened.values_list("chain_id", flat=True)) == set(
        Project.objects.values_list("chain_id", flat=True)
    )


# --- twice as once ---


def test_a_second_load_changes_nothing_and_writes_nothing(loaded, django_assert_max_num_queries):
    before = rows()
    with django_assert_max_num_queries(54) as queries:
        again = load(now=JULY)
    assert again.nothing
    assert (again.created, again.changed, again.version) == ({}, {}, 1)
    assert again.unchanged["projects"] == 6
    assert rows() == before
    written = ("INSERT", "UPDATE", "DELETE")
    assert not [query for query in queries.captured_queries if query["sql"].startswith(written)]


def test_a_load_takes_few_statements_and_one_more_for_each_new_project(db, django_assert_max_num_queries):
    document(NOTICE)
    with django_assert_max_num_queries(102):
        load()


def test_comparing_writes_nothing(db):
    before = rows()
    result = compare_plan(document(NOTICE), by=SYSTEM, now=JUNE)
    assert result.created["projects"] == 6
    assert rows() == before


def test_two_plans_stand_side_by_side(loaded):
    before = Project.objects.count()
    load(path=INVENTED, now=datetime(2031, 2, 1, tzinfo=UTC))
    assert Plan.objects.count() == 2
    assert Project.objects.count() == before + 3
    assert Policy.objects.filter(key="milestone.approve").count() == 2


# --- a supplementary notice in mid-year ---


def test_a_new_holder_takes_over_on_the_day(loaded):
    result = load(new_finance_head, now=JULY, effective=date(2023, 7, 1))
    (change,) = result.differences
    assert (change.section, change.what, change.key) == ("appointments", "changed", "finance-head")
    held = Appointment.objects.filter(post__code="finance-head").order_by("from_day")
    assert list(held.values_list("holder_name", "from_day", "until_day")) == [
        ("苏智", date(2023, 1, 1), date(2023, 7, 1)),
        ("新任甲", date(2023, 7, 1), None),
    ]
    version = PlanVersion.objects.get(number=2)
    assert version.effective_from == date(2023, 7, 1)
    entry = Entry.objects.get(kind="plan.entry_changed", facts__key="finance-head")
    assert entry.happened == datetime(2023, 6, 30, 16, tzinfo=UTC)
    assert entry.personal_values.get(field="holder_before").value == "苏智"


def test_an_appointment_made_by_hand_is_left_alone(loaded):
    person = User.objects.create(username="a", name="A")
    post = Post.objects.get(code="finance-head")
    by_hand = Appointment.objects.create(post=post, user=person, from_day=date(2023, 2, 1))
    load(new_finance_head, now=JULY)
    by_hand.refresh_from_db()
    assert by_hand.until_day is None


def test_a_post_left_out_of_the_file_loses_its_holder_but_stays(loaded):
    load(lambda value: value["posts"].remove(post_of(value, "petitions-head")), now=JULY)
    post = Post.objects.get(code="petitions-head")
    assert post.appointments.get().until_day == date(2023, 7, 3)


def test_today_is_the_day_when_none_is_named(loaded):
    assert load(new_finance_head, now=JULY).effective == date(2023, 7, 3)


def test_a_living_project_keeps_its_phase_and_tells_what_changed(loaded):
    project = Project.objects.get(row=1)
    project.phase_left = ""
    Project.objects.filter(pk=project.pk).update(phase="completed")

    def more_money(value):
        value["projects"][0]["total"] = "190.5"
        value["projects"][0]["district_leaders"] = ["vice-mayor-2"]

    result = load(more_money, now=JULY)
    (change,) = result.differences
    assert change.before == {
        "total_investment": Decimal(1840000),
        "leaders": ["city-leader-1 city", "vice-mayor-3 district"],
    }
    assert change.after["leaders"] == ["city-leader-1 city", "vice-mayor-2 district"]
    project.refresh_from_db()
    assert (project.phase, project.total_investment) == ("completed", Decimal(1905000))
    entry = Entry.objects.get(chain=project.chain, kind="project.plan_changed")
    assert entry.after["total_investment"] == "1905000.0"


def test_a_new_project_of_a_supplement_opens_derived(loaded):
    def one_more(value):
        extra = dict(value["projects"][5], code="HT2023-07", row=7, name="补充项目", builds="2022.3-2024.12")
        value["projects"].append(extra)

    result = load(one_more, now=JULY, effective=date(2023, 7, 1))
    assert result.created == {"projects": 1}
    project = Project.objects.get(row=7)
    assert (project.phase, project.phase_derived) == ("building", True)
    assert project.phase_since == datetime(2023, 6, 30, 16, tzinfo=UTC)


def test_changed_policies_and_gates_become_new_versions(loaded):
    def stricter(value):
        value["policies"][1]["limit_days"] = 2
        value["gates"][1]["requirements"].append({"code": "loan", "name": "贷款合同", "kind": "document"})

    result = load(stricter, now=JULY)
    assert result.changed == {"policies": 1, "gates": 1}
    verify = Policy.objects.filter(key="milestone.verify").order_by("version")
    assert list(verify.values_list("version", "limit_days")) == [(1, 3), (2, 2)]
    gates = Gate.objects.filter(move="start").order_by("version")
    assert [gate.requirements.count() for gate in gates] == [4, 5]
    assert load(stricter, now=JULY).nothing


def test_conveners_change_places(loaded):
    def swap(value):
        leaders = value["lines"][0]["leaders"]
        leaders[0].pop("convener")
        leaders[1]["convener"] = True

    result = load(swap, now=JULY)
    assert result.changed == {"lines": 1}
    assert LineLeader.objects.get(line__code="funding", is_convener=True).post.code == "vice-mayor-1"


def test_a_target_left_out_is_removed_and_the_record_says_so(loaded):
    result = load(lambda value: value["targets"].pop(), now=JULY)
    assert [(change.what, change.key) for change in result.differences] == [
        ("removed", "management-shorter-approval")
    ]
    assert Target.objects.count() == 62


def test_a_change_of_wording_alone_is_a_version_too(loaded):
    result = load(lambda value: value["projects"][0].update(clause="附件2第一行"), now=JULY)
    assert result.changed == {"projects": 1}
    result = load(
        lambda value: value["projects"][0].update(clause="附件2第一行"),
        lambda value: post_of(value, "finance-head").update(clause="附件1（补）"),
        now=JULY,
    )
    assert [(change.section, change.key) for change in result.differences] == [("wording", "posts")]
    assert PlanVersion.objects.count() == 3


# --- refusals leave everything as it was ---


@pytest.mark.parametrize(
    ("code", "changes", "effective"),
    [
        ("plan-effective-in-future", [new_finance_head], date(2023, 7, 4)),
        ("plan-effective-too-early", [new_finance_head], date(2022, 12, 31)),
        ("plan-entry-missing", [lambda value: value["projects"].pop()], None),
        ("plan-entry-missing", [lambda value: value["groups"].pop()], None),
    ],
)
def test_what_cannot_be_done_is_refused_and_nothing_is_written(loaded, code, changes, effective):
    before = rows()
    with pytest.raises(Invalid) as refusal:
        load(*changes, now=JULY, effective=effective)
    assert refusal.value.code == code
    assert rows() == before


def test_no_day_before_the_version_in_force(loaded):
    load(new_finance_head, now=JULY, effective=date(2023, 7, 1))
    with pytest.raises(Invalid) as refusal:
        load(now=JULY, effective=date(2023, 6, 30))
    assert refusal.value.facts["floor"] == date(2023, 7, 1)


def test_an_organisation_made_by_hand_in_the_way_is_told(db):
    Organisation.objects.create(code="other", name="区财政局", kind="bureau")
    before = rows()
    with pytest.raises(Invalid) as refusal:
        load()
    assert refusal.value.code == "plan-conflict"
    assert rows() == before


def test_a_difference_nobody_has_seen_is_not_loaded(loaded):
    shown = compare_plan(document(NOTICE, new_finance_head), by=SYSTEM, now=JULY)
    Target.objects.filter(code="h-signed").update(value=30)
    with pytest.raises(WrongState) as refusal:
        load(new_finance_head, now=JULY, agreed=shown.differences)
    assert refusal.value.code == "plan-changed-meanwhile"
    assert Appointment.objects.get(post__code="finance-head").holder_name == "苏智"


def test_the_scheme_of_the_assessment_is_loaded_and_changed_like_the_rest(loaded):
    scheme = AssessmentScheme.objects.get(plan__code="hetang-2023")
    assert sum(each["weight"] for each in scheme.criteria) == 100
    assert loaded.created["assessment"] == 1
    result = load(lambda value: value["assessment"].update(objection_days=7), now=JULY)
    assert result.changed == {"assessment": 1}
    load(lambda value: value.pop("assessment"), now=JULY)
    assert not AssessmentScheme.objects.exists()
