"""The annex table comes in as it is; what nobody knows is told with the nearest name, and nothing comes in by half."""

from datetime import date
from decimal import Decimal

import pytest
import yaml

from flows.campaigns.models import CampaignLine, Plan
from flows.journal.models import Entry
from flows.journal.operations import open_chain
from flows.plan.operations import load_plan
from flows.projects.annex import COLUMNS
from flows.projects.models import Project
from flows.projects.operations_annex import import_projects
from flows.projects.selectors_annex import check_projects
from hetang_flow.lib.errors import Invalid, NotAllowed, NotFound
from hetang_flow.lib.workbooks import read
from permissions.actors import SYSTEM
from permissions.models import Appointment, Organisation, Post, User
from permissions.selectors import actor_for
from tests.support.annex import HEAD, annex_table, row
from tests.support.cast import NOW
from tests.support.plans import NOTICE, document

pytestmark = pytest.mark.django_db


def check(district, *rows, head=HEAD):
    return check_projects(district.plan.pk, read(annex_table(rows, head), COLUMNS), now=district.now)


def take(district, *rows, by="gao", new_parties=(), only_good=False):
    reading = read(annex_table(rows), COLUMNS)
    words = {"new_parties": new_parties, "only_good": only_good}
    return import_projects(district.plan.pk, reading, **words, by=district.actor(by), now=district.now)


def test_a_sound_table_opens_its_projects(district):
    (project,) = take(district, row())
    assert (project.name, project.phase) == ("演示·高端装备产业园", "building")
    assert (project.total_investment, project.planned_investment) == (Decimal(126000), Decimal(35000))
    assert [unit.organisation.code for unit in project.units.all()] == ["owner-a", "serving-a"]
    assert [leader.post_id for leader in project.leaders.all()] == [district.posts["zhao"].pk]
    entry = Entry.objects.filter(chain=district.plan.chain_id).latest("pk")
    assert (entry.kind, entry.facts["projects"]) == ("projects.imported", 1)


def test_contacts_and_their_numbers_are_left_out(district):
    found = check(district, row())
    assert found.left_out == ["业主单位/牵头单位联系人及联系方式", "服务责任单位及联系方式"]
    assert found.problems == []


def test_a_check_writes_nothing(district):
    before = Project.objects.count(), Entry.objects.count(), Organisation.objects.count()
    check(district, row(), row(name="演示·另一个", owners="株洲某某新材料有限公司"))
    assert (Project.objects.count(), Entry.objects.count(), Organisation.objects.count()) == before


def test_an_unknown_firm_is_offered_as_a_new_party_and_taken_only_when_named(district):
    one = row(owners="株洲某某新材料有限公司")
    assert check(district, one).new_parties == ["株洲某某新材料有限公司"]
    with pytest.raises(Invalid) as refused:
        take(district, one)
    assert refused.value.facts["names"] == ["株洲某某新材料有限公司"]
    assert not Project.objects.exists()
    take(district, one, new_parties=["株洲某某新材料有限公司"])
    assert Organisation.objects.get(name="株洲某某新材料有限公司").kind == "outside"


def test_an_unknown_unit_of_the_district_is_an_error_with_the_nearest_names(district):
    Organisation.objects.create(code="transport-x", name="区交通运输局", kind="bureau", aliases=["区交通局"])
    (problem,) = check(district, row(service="区交通运轮局")).problems
    assert (problem.cell, problem.code) == ("H4", "unit-unknown")
    assert "区交通运输局" in problem.facts["near"]
    assert check(district, row(service="区交通局")).problems == []
    (problem,) = check(district, row(owners="区城建局")).problems
    assert problem.code == "unit-unknown"


@pytest.mark.parametrize(
    ("said", "cell", "code"),
    [
        ({"name": None}, "D4", "cell-missing"),
        ({"builds": "2026.10-2022.1"}, "F4", "period-unreadable"),
        ({"builds": "近期"}, "F4", "period-unreadable"),
        ({"total": "约12亿"}, "I4", "figure-unreadable"),
        ({"total": -1}, "I4", "figure-negative"),
        ({"planned": 99}, "K4", "planned-above-total"),
        ({"leaders": "某人"}, "C4", "leader-unknown"),
        ({"name": "项" * 161}, "D4", "text-too-long"),
    ],
)
def test_a_wrong_cell_is_named(district, said, cell, code):
    found = check(district, row(**said))
    assert [(problem.cell, problem.code) for problem in found.problems] == [(cell, code)]
    assert found.good == []


def test_a_table_without_a_needed_column_brings_nothing(district):
    head = [name.replace("建设期", "工期说明") for name in HEAD]
    found = check(district, row(), row(name="演示·乙"), head=head)
    assert [(problem.row, problem.column, problem.code) for problem in found.problems] == [
        (3, "建设期", "column-missing")
    ]
    assert found.good == []


def test_a_project_comes_in_once(district):
    take(district, row())
    (problem,) = check(district, row(name="演示 · 高端装备 产业园")).problems
    assert problem.code == "project-there-already"
    (problem,) = check(district, row(name="演示·甲"), row(name="演示·甲")).problems
    assert (problem.row, problem.code, problem.facts["row"]) == (5, "project-twice-in-file", 4)


def test_everything_or_nothing_unless_only_the_good_rows_are_asked_for(district):
    rows = row(), row(name="演示·乙", total="?")
    with pytest.raises(Invalid) as refused:
        take(district, *rows)
    assert refused.value.code == "import-has-problems"
    assert not Project.objects.exists()
    assert [project.name for project in take(district, *rows, only_good=True)] == ["演示·高端装备产业园"]


@pytest.mark.parametrize("who", ["chen", "zhao", "ma", "lin"])
def test_only_the_campaign_office_takes_it_in(district, who):
    with pytest.raises(NotAllowed):
        take(district, row(), by=who)


def test_a_telephone_number_is_told_and_never_kept(district):
    number = "1" + "39" + "12345678"
    found = check(
        district, row(owners=f"owner-a 某某 {number}"), row(name="演示·乙", remark=f"联系 {number}")
    )
    assert [(problem.cell, problem.code) for problem in found.problems] == [
        ("G4", "telephone-not-kept"), ("N5", "telephone-not-kept")
    ]  # fmt: skip
    reading = read(annex_table([row(owners=f"owner-a 某某 {number}")]), COLUMNS)
    assert number not in repr(reading)


def test_two_names_of_one_unit_are_one_party(district):
    Organisation.objects.filter(code="owner-a").update(aliases=["甲业主集团"])
    (project,) = take(district, row(owners="owner-a、甲业主集团"))
    assert [unit.organisation.code for unit in project.units.all()] == ["owner-a", "serving-a"]


def test_who_was_taken_in_as_a_new_party_is_on_record(district):
    take(district, row(owners="株洲某某新材料有限公司"), new_parties=["株洲某某新材料有限公司"])
    entry = Entry.objects.get(kind="projects.imported")
    assert entry.facts["new_parties"] == ["株洲某某新材料有限公司"]


def test_a_party_whose_name_is_too_long_is_told(district):
    (problem,) = check(district, row(owners="株洲" + "某" * 80 + "有限公司")).problems
    assert (problem.cell, problem.code) == ("G4", "text-too-long")


def test_a_plan_without_the_line_is_refused(district):
    plan = Plan.objects.create(
        code="no-lines", year=2024, title="演示", effective_from=date(2024, 1, 1), effective_until=date(2024, 12, 31),
        chain=open_chain("plan", "no-lines"),
    )  # fmt: skip
    with pytest.raises(NotFound):
        import_projects(
            plan.pk, read(annex_table([row()]), COLUMNS), by=district.actor("gao"), now=district.now
        )


def test_the_number_in_the_annex_is_kept_where_it_is_free(district):
    rows = row(number=7), row(number=7, name="演示·乙"), row(number="", name="演示·丙")
    assert [project.row for project in take(district, *rows)] == [7, None, None]


# --- the notice's own table ---

OTHER_HEAD = (
    "序号", "项目名称", "建设地点", "建设起止\n年限", "总投资（亿元）", "累计完成\n投资（亿元）", "2023年计划投资（万元）",
    "建设内容", "联系市领导", "联系区领导", "业主单位", "服务责任部门", "联系人/联系电话", "备注",
)  # fmt: skip


@pytest.fixture
def notice(db):
    """The plan of the notice, loaded; its entries; who holds which post."""
    load_plan(document(NOTICE), by=SYSTEM, now=NOW)
    said = yaml.safe_load(NOTICE.read_text())
    return said, {post["code"]: post.get("holder") or post["name"] for post in said["posts"]}


@pytest.fixture
def empty(notice):
    """The same plan without a project, to be filled by the table; and what the plan file brought."""
    wanted = {project.name: facts(project) for project in Project.objects.all()}
    plan = Plan.objects.get(code="hetang-2023")
    later = Plan.objects.create(
        code="from-the-table", year=2023, title="演示", effective_from=plan.effective_from,
        effective_until=plan.effective_until, chain=open_chain("plan", "from-the-table"),
    )  # fmt: skip
    CampaignLine.objects.create(plan=later, code="construction", name="项目建设攻坚", order=4)
    return later, wanted


def as_published(said, holders):
    """The rows as the notice prints them, several units in a cell."""
    return [
        [
            entry["row"], " ".join(holders[code] for code in entry["city_leaders"]),
            "\n".join(holders[code] for code in entry["district_leaders"]), entry["name"], entry["location"],
            entry["builds"], "、".join(entry["owners"]), " ".join(entry["service"]), entry["total"],
            entry["invested_before"], entry["planned"], "（联系人略）", "（联系人略）", entry["remark"],
        ]
        for entry in said["projects"]
    ]  # fmt: skip


def as_kept(said, holders):
    """The same as an office keeps it: other columns, blanks inside of names, breaks inside of firms, full width."""

    def spaced(name):
        return f"{name[0]}　{name[1]}" if len(name) == 2 else name

    return [
        [
            entry["row"], entry["name"].replace("—", "－").replace("10000", "１００００"), f" {entry['location']}　",
            entry["builds"].replace("-", "—").replace(".", "年") if entry["row"] == 1 else entry["builds"],
            entry["total"], f"{entry['invested_before']} 亿元", f"{entry['planned'] * 10000:,.0f}", "（略）",
            "　".join(spaced(holders[code]) for code in entry["city_leaders"]) or "/",
            "\n".join(spaced(holders[code]) for code in entry["district_leaders"]),
            "\n".join(name.replace("有限", "\n有限") for name in entry["owners"]),
            "，".join(f"{name}（牵头）" if place == 0 else name for place, name in enumerate(entry["service"])),
            "（联系人略）", entry["remark"],
        ]
        for entry in said["projects"]
    ]  # fmt: skip


@pytest.mark.parametrize(("shape", "head"), [(as_published, HEAD), (as_kept, OTHER_HEAD)])
def test_the_annex_of_the_notice_comes_in_as_the_plan_file_has_it(notice, empty, shape, head):
    """Typed by an office it brings what the plan file brings: parties, leaders, money, periods, phases, remarks."""
    plan, wanted = empty
    reading = read(annex_table(shape(*notice), head), COLUMNS)
    found = check_projects(plan.pk, reading, now=NOW)
    assert found.problems == []
    assert found.new_parties == []
    assert len(found.left_out) == (2 if head is HEAD else 1)
    officer = campaign_officer()
    made = import_projects(plan.pk, reading, by=officer, now=NOW)
    assert {project.name: facts(project) for project in made} == wanted
    opened = Entry.objects.filter(kind="project.opened", chain__in=[project.chain_id for project in made])
    assert opened.count() == len(made) == 6


def test_sent_again_every_project_is_there_already(notice):
    plan = Plan.objects.get(code="hetang-2023")
    found = check_projects(plan.pk, read(annex_table(as_kept(*notice), OTHER_HEAD), COLUMNS), now=NOW)
    assert [problem.code for problem in found.problems] == ["project-there-already"] * 6
    assert found.good == []


def facts(project):
    """What of a project the table says."""
    units = [(unit.role, unit.order, unit.organisation.code) for unit in project.units.all()]
    leaders = [(leader.level, leader.order, leader.post.code) for leader in project.leaders.all()]
    return {
        "money": (project.total_investment, project.invested_before, project.planned_investment),
        "builds": (project.builds_from, project.builds_until),
        "said": (project.row, project.location, project.remark or "", project.phase, project.phase_derived),
        "units": [(role, code) for role, _order, code in sorted(units)],
        "leaders": [(level, code) for level, _order, code in sorted(leaders)], "line": project.line.code,
    }  # fmt: skip


def campaign_officer():
    """Somebody who holds the campaign office's own post."""
    post = Post.objects.get(organisation__code="campaign-office", duty="officer")
    user = User.objects.create(username="campaign-officer", name="演示经办")
    Appointment.objects.create(post=post, user=user, from_day=date(2023, 1, 1))
    return actor_for(user, at=NOW)
