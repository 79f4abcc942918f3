"""Staffing at the soundness gate: the notice's own plan, and each fault of staffing with its cure."""

from dataclasses import replace

import pytest

from flows.engine.rules import Asking
from flows.engine.rules.soundness import ERROR, NOTE, WARNING, Policy
from flows.engine.rules.soundness.people import fill
from flows.engine.soundness import check_document
from tests.support.pictures import OFFICE, found, path_of, roster, staffed
from tests.support.plans import INVENTED, NOTICE, changed, document, line_of, refused

# --- the notice's plan ---

SERVED_BY_A_LEAD = ("长株潭先进硬质材料产业园项目", "三一集团产业基地")  # annex rows 2 and 4


@pytest.fixture(scope="module")
def notice():
    return check_document(document(NOTICE))


def policy_of(value, key):
    return next(entry for entry in value["policies"] if entry["key"] == key)


def project_of(value, row):
    return next(entry for entry in value["projects"] if entry["row"] == row)


def of(report, code):
    """The faults of a kind in the approval of milestones, on which the annex's projects depend."""
    return [fault for fault in report.faults if (fault.code, fault.flow) == (code, "milestone")]


def test_the_notice_passes_and_the_only_lead_department_without_a_head_is_named(notice):
    assert notice.sound
    (fault,) = of(notice, "unit-without-head-but")
    assert fault.facts == {"unit": "区招商办", "posts": "区招商办综合岗", "instead": "admin"}
    assert fault.severity == NOTE
    assert path_of(fault) == "start > submit > verify(区招商办综合岗)"
    (subject,) = fault.subjects
    assert "项目招引攻坚" in subject


def unsaid(value):
    policy_of(value, "milestone.verify")["on_empty"] = "block"


def test_it_would_not_pass_if_the_policy_did_not_say_who_answers():
    data = changed(NOTICE, unsaid)
    (finding,) = refused(data)
    assert finding.code == "unit-without-head"
    assert "区招商办" in finding.text
    assert "报送节点材料 → 牵头部门核验" in finding.text
    assert finding.where == "policies[1]"
    assert finding.line == line_of(data, '"key": "milestone.verify"') - 1


def test_a_head_for_it_makes_the_policy_needless():
    def with_head(value):
        unsaid(value)
        head = dict(value["posts"][-1], code="promotion-head", organisation="区招商办", name="区招商办主任")
        value["posts"].append(head | {"duty": "head", "holder": "某人", "serves": None})

    assert not of(check_document(document(NOTICE, with_head)), "unit-without-head")


def test_rows_whose_lead_department_served_are_verified_by_one_that_did_not(notice):
    (fault,) = of(notice, "stands-aside")
    assert [name in subject for name, subject in zip(SERVED_BY_A_LEAD, fault.subjects, strict=True)] == [
        True,
        True,
    ]
    assert fault.facts == {"units": "区发展改革局", "posts": "荷塘产业开发区综合岗"}


def test_where_every_lead_department_served_the_coordination_group_verifies():
    def both_served(value):
        project_of(value, 2)["service"] = ["区发展改革局", "荷塘产业开发区"]

    report = check_document(document(NOTICE, both_served))
    assert report.sound
    shown = {fault.facts["units"]: fault.facts["posts"] for fault in of(report, "stands-aside")}
    # 区发展改革局 leads the coordination group too, so its members verify.
    assert shown["荷塘产业开发区、区发展改革局"].startswith(
        "区委宣传部综合岗、区政府办公室综合岗、区科工信局综合岗"
    )


def test_an_alternate_who_is_the_very_contact_leader_is_named(notice):
    (fault,) = of(notice, "alternate-is-the-same")
    assert fault.severity == WARNING
    assert (fault.facts["who"], fault.facts["alternate"]) == ("陈柏文", "项目攻坚组组长")


def test_a_contact_leaders_empty_post_is_named_and_a_policy_for_it_lets_the_plan_pass():
    def vacant(value):
        next(post for post in value["posts"] if post["code"] == "vice-mayor-3")["holder"] = None

    def with_stand_in(value):
        vacant(value)
        for key in ("milestone.approve", "timetable.approve"):
            policy_of(value, key).update(on_empty="named", stand_in="campaign-office-head")

    findings = refused(changed(NOTICE, vacant))
    assert [finding.code for finding in findings] == ["post-empty"] * 2, "his approvals of both kinds"
    for finding in findings:
        assert "区人民政府副区长（三）" in finding.text
        assert "京港澳及沪昆高速扩容（东线）" in finding.text
    (note,) = of(check_document(document(NOTICE, with_stand_in)), "post-empty-but")
    assert note.facts["instead"] == "项目攻坚组组长"


def test_what_a_file_leaves_to_an_earlier_plan_is_missed_by_the_gate_alone():
    plan = document(INVENTED)
    report = check_document(plan)
    assert {fault.policy for fault in report.faults if fault.code == "policy-missing"} >= {
        "milestone.verify",
        "correction.confirm",
    }
    assert check_document(plan, complete=False).sound


# --- small invented staff ---

PEOPLE = {
    "officer": ("service", "officer", "chen"),
    "desk": ("lead", "desk", "lin"),
    "lead_head": ("lead", "head", "head"),
    "leader": ("leadership", "leader", "zhao"),
    "other": ("leadership", "leader", "qian"),
    "office_desk": (OFFICE, "desk", "gao"),
    "office_head": (OFFICE, "leader", "boss"),
}
ASKED = {"run.initiator": ["officer"], "first": ["desk"], "second": ["leader"]}


def report(people=(), asked=(), **more):
    return staffed(roster(**(PEOPLE | dict(people))), ASKED | dict(asked), **more)


def test_a_staffed_matter_has_no_fault():
    assert found(report()) == []


FAULTS = {
    "post-empty": (
        {"people": {"leader": ("leadership", "leader", "")}},
        "start > submit > first > second(leader)",
        {"people": {"leader": ("leadership", "leader", "zhao")}},
    ),
    "nobody-asked": ({"asked": {"second": []}}, "start > submit > first > second", {"asked": {"second": ["other"]}}),
    "unit-without-head": (
        {"people": {"lead_head": ("lead", "head", "")}},
        "start > submit > first(desk)",
        {"people": {"lead_head": ("lead", "leader", "somebody")}},
    ),
    "only-recused": (
        {"recused": "lead", "first": {"recuse": ("served",)}},
        "start > submit > first(desk)",
        {"recused": "service", "first": {"recuse": ("served",)}},
    ),
    "verifies-itself": ({"served": "lead"}, "start > submit > first(desk)", {"served": "service"}),
    "only-the-initiator": (
        {"asked": {"run.initiator": ["desk"]}},
        "start > submit > first(desk)",
        {"asked": {"run.initiator": ["desk"]}, "first": {"alternate": "other"}},
    ),
    "same-person-twice": (
        {"people": {"leader": ("leadership", "leader", "lin")}},
        "start > submit > first > second(leader)",
        {"people": {"leader": ("leadership", "leader", "lin")}, "second": {"alternate": "other"}},
    ),
    "vote-out-of-reach": (
        {
            "people": {"other": ("leadership", "leader", "")},
            "asked": {"second": ["leader", "other"]},
            "second": {"mode": "vote", "on_no": "count", "weights": {"other": 2}, "on_empty": "admin"},
        },
        "start > submit > first > second(other)",
        {
            "asked": {"second": ["leader", "other"]},
            "second": {"mode": "vote", "on_no": "count", "weights": {"other": 2}},
        },
    ),
}  # fmt: skip


@pytest.mark.parametrize("code", FAULTS)
def test_a_fault_of_staffing_is_named_with_its_path_and_gone_when_mended(code):
    broken, path, mended = FAULTS[code]
    wrong = report(**broken)
    assert (code, path) in found(wrong)
    assert {fault.code for fault in wrong.faults if fault.severity == ERROR} == {code}
    assert all(fault.subjects == ("the matter",) for fault in wrong.faults)
    assert report(**mended).sound


def test_whoever_belongs_to_a_recused_unit_stands_aside_in_another_units_post_as_well():
    people = {"desk": ("lead", "desk", "lin"), "second_post": ("service", "officer", "lin")}
    aside = {"recused": "service", "first": {"recuse": ("served",)}}
    assert ("first", True) in {
        (fault.node, fault.severity == ERROR) for fault in report(people, **aside).faults
    }
    two = people | {"desk": ("lead", "desk", "lin luo")}
    assert report(two, **aside).sound


def test_two_empty_posts_of_which_one_has_a_parent_unit_wait_for_the_other():
    who = roster(**PEOPLE | {"desk": ("lead", "desk", ""), "leader": ("leadership", "leader", "")})
    seats = [who.seats["desk"], who.seats["leader"]]
    parented = replace(who, parents={seats[0].unit: who.codes[OFFICE]})
    filled = fill(Policy("p", on_empty="parent_unit"), parented, seats, Asking())
    assert [seat.code for seat in filled.asked] == ["office_desk"]
    assert [seat.code for seat in filled.empty] == ["leader"]


def test_an_empty_post_among_several_is_no_fault_where_any_may_sign():
    people, asked = {"other": ("leadership", "leader", "")}, {"second": ["leader", "other"]}
    (note,) = report(people, asked).faults
    assert (note.code, note.severity, note.facts) == (
        "post-empty-but",
        NOTE,
        {"posts": "other", "instead": "leader"},
    )
    assert not report(people, asked, second={"mode": "all_of"}).sound
    assert report(people, asked, second={"mode": "all_of", "on_empty": "admin"}).sound


def test_where_nobody_is_asked_the_campaign_office_may_sign_by_the_policy():
    (note,) = report(asked={"second": []}, second={"on_empty": "admin"}).faults
    assert (note.code, note.facts) == ("nobody-asked-but", {"instead": "office_desk"})


def test_the_office_that_proposed_does_not_stand_in_for_who_confirms():
    proposed = report(
        people={"leader": ("leadership", "leader", "")}, served=OFFICE, second={"on_empty": "admin"}
    )
    assert ("verifies-itself", "start > submit > first > second(office_desk)") in found(proposed)


def test_an_escalation_nobody_would_hear_is_a_fault():
    unmanned = {"office_desk": (OFFICE, "desk", ""), "office_head": (OFFICE, "leader", "")}
    timed = {"on_timeout": "escalate"}
    assert report(unmanned, first=timed).sound, "the unit has a head"
    assert report(second=timed).sound, "the campaign office hears of it"
    assert found(report(unmanned, second=timed)) == [
        ("escalation-unheard", "start > submit > first > second(leader)")
    ]


def test_a_second_level_keeps_the_same_person_only_where_nobody_surely_signed_before():
    people = {"leader": ("leadership", "leader", "lin"), "desk": ("lead", "desk", "lin luo")}
    assert report(people).sound, "luo may sign at the first level"
    one_duty = {"first": {"duty": "check"}, "second": {"duty": "check"}}
    assert report({"leader": ("leadership", "leader", "lin")}, **one_duty).sound, (
        "within one duty nobody is barred"
    )


def test_an_alternate_who_is_the_person_replaced_helps_nobody():
    people = {"leader": ("leadership", "leader", "lin"), "other": ("leadership", "deputy", "lin")}
    codes = [code for code, _path in found(report(people, second={"alternate": "other"}))]
    assert codes == ["alternate-is-the-same", "same-person-twice"]


def test_a_weight_for_a_post_that_is_not_asked_is_said():
    vote = {"mode": "vote", "on_no": "count", "weights": {"other": 2}}
    assert [code for code, _path in found(report(second=vote))] == ["weight-for-nobody"]


def test_the_head_signs_for_an_initiator_where_the_policy_says_so():
    by_the_desk = {"run.initiator": ["desk"]}
    assert not report(asked=by_the_desk).sound
    assert report(asked=by_the_desk, first={"on_self": "to_head"}).sound
    headless = {"lead_head": ("lead", "leader", "chief")}
    assert not report(headless, by_the_desk, first={"on_self": "to_head"}).sound
