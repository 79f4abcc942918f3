"""What cannot add up: the notice's own contradictions with their figures, and the same kinds in an invented plan."""

import pytest

from flows.plan.lint import lint_plan
from tests.support.plans import INVENTED, NOTICE, document


@pytest.fixture(scope="module")
def notice():
    return lint_plan(document(NOTICE))


def of(findings, code):
    return [finding for finding in findings if finding.code == code]


def facts(findings, code):
    return [finding.facts for finding in of(findings, code)]


def test_sixty_key_projects_stand_against_six_rows_of_another_list(notice):
    (found,) = of(notice, "annex-is-another-list")
    assert found.facts == {"count": "60", "rows": 6, "planned": "61.9", "target": "106.7", "share": "58.01"}
    assert found.clause == "三（四）1"
    assert all(figure in found.text for figure in ("60", "6", "61.9", "106.7"))


def test_three_rows_need_a_faster_pace_after_the_year(notice):
    found = {entry["row"]: entry for entry in facts(notice, "pace-too-slow")}
    assert {row: (entry["rest"], entry["years"], entry["needed"]) for row, entry in found.items()} == {
        1: ("149.4", "4", "37.35"),
        2: ("68", "2.83", "24"),
        4: ("90", "2", "45"),
    }
    assert found[1]["times"] == "2.08"


def test_names_that_mean_one_organisation(notice):
    aliases = {entry["name"]: entry["aliases"] for entry in facts(notice, "alias")}
    assert aliases["区交通运输局"] == "区交通局"
    assert aliases["区文旅体局"] == "区文旅体育局"
    assert aliases["金城集团"] == "株洲金城投资控股集团"


def test_two_people_of_the_annexes_are_not_on_the_roster(notice):
    assert [entry["who"] for entry in facts(notice, "leader-off-roster")] == ["张宇晨"]
    assert [entry["who"] for entry in facts(notice, "head-off-roster")] == ["蔡群英"]


def test_one_lead_department_has_no_head(notice):
    assert [entry["unit"] for entry in facts(notice, "lead-without-head")] == ["区招商办"]
    (others,) = facts(notice, "units-without-head")
    assert others["count"] == 5


def test_responsible_units_and_member_units_are_counted_against_each_other(notice):
    counts = {
        entry["line"]: (entry["responsible"], entry["missing_count"], entry["members"], entry["added_count"])
        for entry in facts(notice, "responsible-not-members")
    }
    assert counts == {
        "争资引项攻坚": (10, 0, 27, 17),
        "项目招引攻坚": (10, 0, 37, 27),
        "项目裂变攻坚": (10, 0, 31, 21),
        "项目建设攻坚": (15, 0, 33, 18),
        "项目管理攻坚": (10, 0, 31, 21),
    }


def test_indicators_set_two_ways(notice):
    assert [finding.path for finding in of(notice, "set-two-ways")] == [("targets", 51), ("targets", 52)]
    names = [entry["said"] for entry in facts(notice, "named-two-ways")]
    assert any("全区工业投资增速" in said and "全区工业投资增长" in said for said in names)
    assert [entry["whole"] for entry in facts(notice, "part-in-other-unit")] == ["孵化市场主体"]


def test_money_spent_before_the_works_begin(notice):
    (entry,) = facts(notice, "money-before-start")
    assert (entry["row"], entry["start"], entry["done"]) == (6, "2023.6", "0.2")
    assert [entry["row"] for entry in facts(notice, "new-but-begun")] == [3, 5]


def test_a_unit_that_would_verify_what_it_serves(notice):
    found = [(entry["row"], entry["units"], entry["instead"]) for entry in facts(notice, "verifies-itself")]
    assert found == [(2, "区发展改革局", "荷塘产业开发区"), (4, "区发展改革局", "荷塘产业开发区")]


def test_a_leader_who_would_judge_an_own_case(notice):
    assert [(entry["row"], entry["who"]) for entry in facts(notice, "judges-own-project")] == [(3, "李小冬")]
    (line,) = facts(notice, "judges-own-line")
    assert (line["line"], line["who"], line["higher"]) == ("项目管理攻坚", "李小冬", "株洲市纪委监委")


def test_heads_and_deputies_that_differ_between_text_and_annex(notice):
    assert [entry["who"] for entry in facts(notice, "head-from-elsewhere")] == ["黎婷"]
    (deputies,) = facts(notice, "deputies-differ")
    assert deputies["roster"] == "李小冬、方芳、文丽、肖昊昕、王荣"
    assert (deputies["text_count"], deputies["roster_count"], str(deputies["text"])) == (7, 12, "无")
    assert not of(notice, "leaders-differ")
    assert not of(notice, "leads-differ")


def test_the_notice_does_not_say_what_a_second_on_a_weekend_becomes(notice):
    found = {
        entry["name"]: (entry["day"], entry["resting"], entry["count"])
        for entry in facts(notice, "roll-not-said")
    }
    assert found == {"攻坚任务完成情况及存在问题月报": (2, 4, 12), "攻坚方案报送": (15, 0, 1)}


def test_every_finding_has_a_line_a_clause_and_a_whole_sentence(notice):
    for finding in notice:
        assert finding.line > 1
        assert finding.clause
        assert finding.severity in ("warning", "note")
        assert "%(" not in finding.text


# --- an invented plan: the same kinds of fault under other names, each gone when it is mended ---


def leader(value, line, post, **marks):
    next(item for item in value["lines"] if item["code"] == line)["leaders"].append({"post": post, **marks})


def target(value, code):
    return next(item for item in value["targets"] if item["code"] == code)


def post_of(value, code):
    return next(item for item in value["posts"] if item["code"] == code)


def as_published(value):
    for gate in value["gates"]:
        gate["clause"] = "办法一"


def policies_as_published(value):
    for policy in value["policies"]:
        policy["clause"] = "办法二"


def give_heads(value):
    for code in ("trade", "parks"):
        name = next(item["name"] for item in value["organisations"] if item["code"] == code)
        post = {"code": f"{code}-head", "organisation": name, "name": f"{name}主任", "duty": "head"}
        value["posts"].append(post | {"holder": f"壬{code}", "clause": "附一"})


def another_commission(value):
    value["projects"][0]["district_leaders"] = ["stranger"]


def other_line_lead(value):
    value["lines"][1]["lead"] = ["青岚区水务局"]
    value["lines"][1]["leaders"] = [{"post": "mayor-2"}]


MENDED = {
    "alias": lambda v: (v["organisations"][7].pop("aliases"), mend_alias_use(v)),
    "title-missing": lambda v: post_of(v, "harbour-head").update(name="青岚港务中心主任"),
    "deputies-differ": lambda v: v["office"].update(roster_deputies=["mayor-2"]),
    "lead-without-head": give_heads,
    "units-without-head": give_heads,
    "judges-own-line": other_line_lead,
    "head-from-elsewhere": lambda v: v["groups"][1]["heads"].pop(0),
    "head-off-roster": lambda v: v["groups"][1]["heads"].pop(1),
    "lead-and-member": lambda v: v["groups"][1]["members"].pop(0),
    "responsible-not-members": lambda v: v["groups"][1].update(members=list(v["lines"][0]["responsible"])),
    "leads-differ": lambda v: v["groups"][1].update(lead=list(v["lines"][0]["lead"])),
    "leaders-differ": lambda v: v["groups"][1].update(leaders=list(v["lines"][0]["leaders"])),
    "roll-not-said": lambda v: v["obligations"][0].update(roll_clause="四"),
    "set-two-ways": lambda v: target(v, "growth-b").update(comparison="at_least"),
    "named-two-ways": lambda v: target(v, "jobs-b").update(name="新增岗位"),
    "parts-exceed-whole": lambda v: target(v, "berths").update(value=12),
    "part-in-other-unit": lambda v: target(v, "firms-good").update(unit="家"),
    "annex-is-another-list": lambda v: target(v, "key-projects").update(value=3),
    "pace-too-slow": lambda v: v["projects"][0].update(planned=30),
    "money-left-at-end": lambda v: v["projects"][1].update(planned="6.75"),
    "money-before-start": lambda v: v["projects"][1].update(invested_before=0),
    "money-exceeds-total": lambda v: v["projects"][2].update(total=3),
    "new-but-begun": lambda v: v["projects"][0].update(remark=None),
    "verifies-itself": lambda v: v["projects"][0].update(service=["青岚区水务局"]),
    "judges-own-project": another_commission,
    "leader-off-roster": lambda v: v["projects"][0].update(district_leaders=["mayor-1"]),
    "preset-policies": policies_as_published,
    "preset-gates": as_published,
    "preset-criteria": lambda v: v["assessment"]["criteria"][0].update(clause="五"),
    "task-force-headless": lambda v: v["task_forces"][0].update(head="harbour-head"),
    "preset-lights": lambda v: v["lights"].update(clause="五"),
    "preset-discipline": lambda v: v["discipline"]["dispositions"][0].update(clause="五"),
    "preset-ladder": lambda v: v["ladder"].update(clause="五"),
    "preset-obstacles": lambda v: v["obstacle_levels"][0].update(clause="五"),
}


def mend_alias_use(value):
    value["lines"][0]["responsible"][0] = "青岚港务中心"
    value["projects"][1]["service"] = ["青岚港务中心"]


@pytest.fixture(scope="module")
def invented():
    return lint_plan(document(INVENTED))


@pytest.mark.parametrize("code", MENDED)
def test_an_invented_plan_has_the_fault_and_a_mended_one_has_not(invented, code):
    assert of(invented, code)
    assert not of(lint_plan(document(INVENTED, MENDED[code])), code)


def test_no_other_kind_of_fault_is_found_than_those_that_can_be_mended(invented, notice):
    assert {finding.code for finding in [*invented, *notice]} <= set(MENDED)


def test_plans_that_do_not_reach_the_target_are_told_when_the_lists_agree():
    (entry,) = facts(lint_plan(document(INVENTED, MENDED["annex-is-another-list"])), "plans-below-target")
    assert (entry["rows"], entry["planned"], entry["target"]) == (3, "9.25", "40")


def test_figures_of_the_invented_plan_are_its_own(invented):
    (pace,) = facts(invented, "pace-too-slow")
    assert (pace["rest"], pace["years"], pace["needed"], pace["pace"]) == ("50", "2", "25", "5.5")
    (verifies,) = facts(invented, "verifies-itself")
    assert (verifies["units"], verifies["instead"]) == ("青岚区规划局", "青岚区外经办")
    (parts,) = facts(invented, "parts-exceed-whole")
    assert (parts["whole"], parts["total"]) == ("新建泊位", "12")


def test_where_no_lead_department_is_free_the_coordination_group_verifies():
    def alone(value):
        value["lines"][0]["lead"] = ["青岚区规划局"]
        value["projects"][0]["service"] = ["青岚区规划局"]

    (entry,) = facts(lint_plan(document(INVENTED, alone)), "verifies-itself")
    assert entry["instead"] == "青岚区水务局、东山镇"
