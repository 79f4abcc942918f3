"""The preview of branches, waits and sub-runs, on the trial flows: what it says is what then happens."""

from datetime import UTC, date, datetime, time

from django.utils import translation
from viewflow.workflow.status import STATUS

from flows.engine import operations as engine
from flows.engine.models import Run, Step
from flows.engine.preview import LOOK, preview
from tests.support.trial.flow import Inclusive, Parallel, Resting, Straight, Waiting
from tests.support.trial.stage import ask, begin

LIMITS = {
    "draft": 1,
    "left": 2,
    "left_again": 3,
    "right": 4,
    "aside": 1,
    "close": 5,
    "check": 2,
    "confirm": 2,
    "small": 2,
}
ASKED = {
    "draft": "chen", "left": "lin", "left_again": "luo", "right": "ke", "aside": "wang", "close": "zhao",
    "check": "lin", "confirm": "zhao", "small": "ke",
}  # fmt: skip


def timed(district, flow_class, title="演示事项"):
    """A trial whose steps all have limits."""
    for node, days in LIMITS.items():
        ask(f"trial.{node}", ASKED[node], limit_days=days)
    return begin(district, flow_class, title)


def look(trial, act=LOOK, share=None):
    with translation.override("en"):
        return preview(Run.objects.get(pk=trial.run.pk), at=trial.district.now, act=act, share=share)


def people(ahead):
    return [
        (item.node, [post.people for post in item.posts], item.due) for item in ahead if item.kind == "people"
    ]


def walk(trial):
    """Everybody agrees on the last day of each step, the earliest day first; every step that was open, with its day."""
    happened = {}
    while trial.outcome == "":
        steps = list(Step.objects.filter(process=trial.run, status=STATUS.NEW, policy__isnull=False))
        for step in steps:
            shares = step.assignments.filter(status__in=["open", "waiting"]).select_related("post")
            names = [(share.post.appointments.get().user.name,) for share in shares]
            happened[step.pk] = (step.flow_task.name, names, step.due_on)
        asleep = Step.objects.filter(process=trial.run, status=STATUS.NEW, wakes_on__isnull=False).first()
        if asleep is not None:
            trial.district.now = datetime.combine(asleep.wakes_on, time(1), UTC)
            engine.wake(asleep.pk, now=trial.district.now)
            continue
        step = min(steps, key=lambda step: (step.due_on, step.pk))
        trial.district.now = datetime.combine(step.due_on, time(1), UTC)
        trial.yes(ASKED[step.flow_task.name])
    return sorted(happened.values())


def test_branches_are_told_one_after_the_other_each_by_its_name(district):
    trial = timed(district, Parallel)
    told = [(item.node, item.kind, item.branches) for item in look(trial)]
    assert told == [
        ("draft", "people", ()),
        ("fork", "branch", ()),
        ("left", "people", ("发改部门初审",)),
        ("left_again", "people", ("发改部门初审",)),
        ("right", "people", ("自然资源部门审核",)),
        ("aside", "people", ("档案部门备案",)),
        ("filed", "end", ("档案部门备案",)),
        ("close", "people", ()),
        ("publish", "system", ()),
        ("end", "end", ()),
    ]
    assert look(trial)[1].how == "at the same time: 发改部门初审、自然资源部门审核、档案部门备案"


def test_what_happens_in_branches_is_what_was_said_and_the_join_waits_for_the_slowest(district):
    trial = timed(district, Parallel)
    foreseen = sorted(people(look(trial)))
    # draft by 2 June; 2 and 3 days in one branch, 4 in another, then 5
    assert {node: due for node, _people, due in foreseen}["close"] == date(2023, 6, 16)
    assert walk(trial) == foreseen


def test_within_a_branch_the_others_are_still_there(district):
    trial = timed(district, Parallel).yes("chen", "ke")
    assert trial.open == ["aside", "left", "meet"]
    told = look(trial)
    assert [(item.node, item.now) for item in told if item.kind == "people"] == [
        ("left", True),
        ("left_again", False),
        ("aside", True),
        ("close", False),
    ]
    assert told[0].branches == ("发改部门初审",)
    foreseen = sorted(people(told))
    assert walk(trial) == foreseen


def test_a_return_sweeps_the_other_branches_and_a_refusal_there_ends_the_matter(district):
    trial = timed(district, Parallel).yes("chen")
    back = look(trial, act="return", share=trial.share("lin").pk)
    assert [item.node for item in back[:3]] == ["draft", "fork", "left"]
    assert not any(item.now for item in back)
    stopped = look(trial, act="return", share=trial.share("ke").pk)
    assert [(item.node, item.kind) for item in stopped] == [("stopped", "end")]
    assert trial.back("lin").open == ["draft"]


def test_after_a_return_to_be_resumed_all_branches_go_on_where_they_were(district):
    trial = timed(district, Parallel).yes("chen", "lin")
    trial.back_to("luo", "draft", resume=True)
    told = [item.node for item in look(trial) if item.kind == "people"]
    assert told == ["draft", "left_again", "right", "aside", "close"]
    foreseen = sorted(people(look(trial)))
    assert walk(trial) == foreseen


def test_ways_under_conditions_are_told_as_things_stand_and_the_others_as_unless(district):
    told = look(begin(district, Inclusive, "涉及资金"))
    fork = next(item for item in told if item.node == "fork")
    assert fork.how == "as things stand: 涉及资金"
    assert fork.unless == (
        "unless “涉及用地”: on to “用地部门审核”",
        "unless none of it holds: on to “会签汇总”",
    )
    assert [item.branches for item in told if item.node == "audit"] == [("涉及资金", "审计意见")]
    quick = next(item for item in told if item.node == "quick")
    assert quick.unless == ("unless “免”: on to “不再汇总”",)


def test_a_way_straight_to_the_join_is_no_branch(district):
    told = [item.node for item in look(begin(district, Inclusive)) if item.kind != "branch"]
    assert told == ["draft", "close", "end"]


def test_a_choice_says_where_it_leads(district):
    route = next(item for item in look(begin(district, Straight, "演示事项（用印）")) if item.node == "route")
    assert (route.kind, route.how) == ("branch", "as things stand: 用印")
    assert route.unless == ("unless none of it holds: on to “归档”",)


def test_days_of_rest_count(district):
    trial = timed(district, Resting)
    told = look(trial)
    assert [(item.node, item.kind, item.due) for item in told[:3]] == [
        ("check", "people", date(2023, 6, 5)),
        ("pause", "wait", date(2023, 6, 8)),
        ("confirm", "people", date(2023, 6, 12)),
    ]
    foreseen = sorted(people(told))
    assert walk(trial) == foreseen


def test_an_open_rest_is_told_as_such(district):
    trial = timed(district, Resting).yes("lin")
    (pause, *_rest) = look(trial)
    assert (pause.node, pause.kind, pause.now, pause.due) == ("pause", "wait", True, date(2023, 6, 6))


def test_behind_a_sub_run_nobody_knows_a_day(district):
    trial = timed(district, Waiting)
    told = {item.node: item for item in look(trial)}
    assert [told[name].kind for name in ("near", "beside", "pause", "send")] == [
        "wait",
        "system",
        "wait",
        "system",
    ]
    assert told["near"].unless == ("unless it is returned: back to “起草”, and a new round begins",)
    assert (told["draft"].due, told["pause"].due, told["confirm"].due) == (date(2023, 6, 2), None, None)
    (near, *_rest) = look(trial.yes("chen"))
    assert (near.node, near.now) == ("near", True)
