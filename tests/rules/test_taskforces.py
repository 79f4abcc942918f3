"""When a task force is at work, whose business it is, and what a plan file may say of one."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flows.taskforces.rules import AHEAD, AT_WORK, OVER, sees_lines, standing
from permissions.actors import Actor, PostRef
from tests.support.plans import INVENTED, NOTICE, changed, document, refused

DAYS = st.dates(date(2020, 1, 1), date(2030, 1, 1))
LENGTHS = st.integers(0, 400)


def in_post(duty: str, administrator: str = "") -> Actor:
    post = PostRef(1, "seat", "某岗", duty, 1, "unit", "某单位")
    return Actor(user_id=1, name="某人", posts=(post,), administrator=administrator)


@given(DAYS, LENGTHS, DAYS)
def test_it_is_at_work_from_its_first_day_to_its_last_both_included(first, length, today):
    last = first + timedelta(days=length)
    wanted = AHEAD if today < first else OVER if today > last else AT_WORK
    assert standing(first, last, today) == wanted


@given(DAYS, LENGTHS)
def test_without_a_last_day_it_never_ends(first, later):
    assert standing(first, None, first + timedelta(days=later)) == AT_WORK


def test_a_lines_task_force_is_no_business_of_an_owners_contact_nor_of_an_administrator():
    assert sees_lines(in_post("officer"))
    assert not sees_lines(in_post("contact"))
    assert not sees_lines(in_post("officer", administrator="system"))
    assert not sees_lines(Actor(user_id=1, name="某人"))


# --- the plan file ---


def forced(**values):
    """The invented task force, said otherwise; None leaves a key out."""

    def change(plan):
        entry = plan["task_forces"][0]
        entry.update(values)
        for key in [key for key, value in values.items() if value is None]:
            del entry[key]

    return change


def twice(plan):
    plan["task_forces"].append(dict(plan["task_forces"][0]))


def test_the_notice_names_two_task_forces_and_asks_one_of_each_other_line():
    forces = document(NOTICE).task_forces
    assert [force.line for force in forces] == [
        "funding",
        "attraction",
        "fission",
        "construction",
        "management",
    ]
    assert {force.name for force in forces if force.clause != "四（二）"} == {
        "招商攻坚专班",
        "项目全生命周期管理工作专班",
    }
    assert not any(force.head for force in forces), "the notice names no head, so none is invented"


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (twice, "code-twice"),
        (forced(project=None), "task-force-whose"),
        (forced(line="works"), "task-force-whose"),
        (forced(project=None, line="work"), "line-unknown"),
        (forced(project="QL-9"), "task-force-project-unknown"),
        (forced(head="harbour-hed"), "post-unknown"),
        (forced(posts=["planning-head", "planning-head"]), "post-listed-twice"),
        (forced(posts=["nobody"]), "post-unknown"),
        (forced(lead=["青岚区港务局"]), "unit-unknown"),
        (forced(members=["各乡"]), "unit-unknown"),
        (forced(until_day="2031-02-28"), "task-force-backwards"),
        (forced(from_day="2032-01-01"), "task-force-backwards"),
        (forced(tasks=""), "text-form"),
    ],
)
def test_what_cannot_be_is_said(change, code):
    assert code in {finding.code for finding in refused(changed(INVENTED, change))}
