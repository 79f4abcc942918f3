"""The annex table comes in as it is; what nobody knows is told with the nearest name, and nothing comes in by half."""

from datetime import date
from decimal import Decimal

import pytest
import yaml

from flows.campaigns.models import Plan
from flows.journal.models import Entry
from flows.journal.operations import open_chain
from flows.plan.operations import load_plan
from flows.projects.annex import COLUMNS, several, tidy
from flows.projects.annex_import import check_projects, import_projects
from flows.projects.models import Project
from hetang_flow.lib.errors import Invalid, NotAllowed
from hetang_flow.lib.workbooks import read
from permissions.actors import SYSTEM
from permissions.models import Organisation
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


def test_names_are_tidied_and_kept_apart():
    assert (
        several("区发展改革局 区科工信局")
        == several("区发展改革局、区科工信局")
        == several("区发展改革局\n区科工信局")
    )
    assert tidy("铁东路（规划 26 路—新华路）") == tidy("铁东路（规划26路－新华路）")


def test_the_annex_of_the_notice_comes_in_as_the_plan_has_it(db):
    """The notice's own table, typed by an office, brings what the plan file brings: parties, money, periods, phases."""
    load_plan(document(NOTICE), by=SYSTEM, now=NOW)
    said = yaml.safe_load(NOTICE.read_text())
    holders = {post["code"]: post.get("holder") or post["name"] for post in said["posts"]}
    wanted = {project.name: facts(project) for project in Project.objects.all()}
    rows = [
        [
            entry["row"], " ".join(holders[code] for code in entry["city_leaders"]),
            "\n".join(holders[code] for code in entry["district_leaders"]), entry["name"], entry["location"],
            entry["builds"], "、".join(entry["owners"]), " ".join(entry["service"]), entry["total"],
            entry["invested_before"], entry["planned"], "（联系人略）", "（联系人略）", entry["remark"],
        ]
        for entry in said["projects"]
    ]  # fmt: skip
    elsewhere = Plan.objects.create(
        code="elsewhere", year=2022, title="演示", effective_from=date(2022, 1, 1), effective_until=date(2022, 12, 31),
        chain=open_chain("plan", "elsewhere"),
    )  # fmt: skip
    found = check_projects(elsewhere.pk, read(annex_table(rows), COLUMNS), now=NOW)
    assert found.problems == []
    assert found.new_parties == []
    assert len(found.good) == 6
    assert {
        row.name: (row.total, row.invested_before, row.planned, row.begins, row.ends) for row in found.good
    } == wanted


def facts(project):
    """What of a project the table says."""
    return (
        project.total_investment, project.invested_before, project.planned_investment, project.builds_from,
        project.builds_until,
    )  # fmt: skip
