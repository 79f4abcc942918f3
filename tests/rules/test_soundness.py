"""The soundness gate: each kind of fault in a small invented flow that has just that one, its path, and its cure."""

import time
from pathlib import Path

import pytest
from django.utils import translation

from flows.engine import soundness_texts
from flows.engine.pictures import all_flows, pictures_of
from flows.engine.rules import soundness
from flows.engine.rules.soundness import ERROR, Known, Policy, judge
from flows.engine.rules.soundness.tokens import game_faults
from flows.projects.flow import CorrectionFlow, MilestoneFlow
from tests.support.pictures import (
    KNOWN,
    choice,
    delay,
    effect,
    end,
    flow,
    found,
    join,
    judged,
    path_of,
    policies_for,
    sign,
    split,
    start,
    stop,
    sub_run,
    work,
)
from tests.support.trial.flow import Inclusive, Parallel, Small, Straight, Waiting

RULES = Path(soundness.__file__).parent


SOUND = flow(start=start("a"), a=work("b"), b=sign("z", "a"), z=end)

# --- the picture of a flow: what is wrong, where, and the same flow mended ---

PICTURES = {
    "a way that nobody named": (
        flow(start=start("a"), a=sign("z", ""), z=end),
        [("way-missing", "start > a")],
        flow(start=start("a"), a=sign("z", "n"), z=end, n=stop),
    ),
    "yes and no to one place": (
        flow(start=start("a"), a=sign("z", "z"), z=end),
        [("both-ways-same", "start > a > z")],
        flow(start=start("a"), a=sign("z", "n"), z=end, n=stop),
    ),
    "a choice without default": (
        flow(start=start("c"), c=choice("a", "b"), a=work("z"), b=work("z"), z=end),
        [("default-missing", "start > c")],
        flow(start=start("c"), c=choice("a", default="b"), a=work("z"), b=work("z"), z=end),
    ),
    "an inclusive split without default": (
        flow(start=start("s"), s=split(cases=("a", "b")), a=work("j"), b=work("j"), j=join("z"), z=end),
        [("default-missing", "start > s")],
        flow(start=start("s"), s=split(cases=("a",), default="b"), a=work("j"), b=work("j"), j=join("z"), z=end),
    ),
    "a default beside what is always taken": (
        flow(start=start("s"), s=split("a", cases=("c",), default="b"), a=work("j"), b=work("j"), c=work("j"),
             j=join("z"), z=end),
        [("default-never-taken", "start > s(default) > b")],
        flow(start=start("s"), s=split("a", cases=("c",)), a=work("j"), c=work("j"), j=join("z"), z=end),
    ),
    "a step that nothing leads to": (
        flow(start=start("a"), a=work("z"), lost=work("more"), more=work("z"), z=end),
        [("never-reached", "")],
        flow(start=start("a"), a=work("lost"), lost=work("more"), more=work("z"), z=end),
    ),
    "a step after which nothing ends": (
        flow(start=start("a"), a=sign("b", "z"), b=sign("c", "a"), c=work("d"), d=work("c"), z=end),
        [("no-way-out", "start > a > b > c")],
        flow(start=start("a"), a=sign("b", "z"), b=sign("c", "a"), c=work("d"), d=work("y"), z=end, y=end),
    ),
    "a choice into a dead end": (
        flow(start=start("c"), c=choice("a", default="z"), a=work("b"), b=work("a"), z=end),
        [("dead-branch", "start > c(to a) > a")],
        flow(start=start("c"), c=choice("a", default="z"), a=work("b"), b=work("z"), z=end),
    ),
    "a branch that never comes to the join": (
        flow(start=start("s"), s=split("a", "b"), a=work("j"), b=work("c"), c=work("b"), j=join("z"), z=end),
        [("dead-branch", "start > s > b")],
        flow(start=start("s"), s=split("a", "b"), a=work("j"), b=work("c"), c=work("j"), j=join("z"), z=end),
    ),
    "a branch straight to the join": (
        flow(start=start("s"), s=split("a", "j"), a=work("j"), j=join("z"), z=end),
        [("branch-without-step", "start > s > j")],
        flow(start=start("s"), s=split("a", "b"), a=work("j"), b=work("j"), j=join("z"), z=end),
    ),
    "a branch of effects only": (
        flow(start=start("s"), s=split("a", cases=("e",)), a=work("j"), e=effect("f"), f=effect("j"), j=join("z"), z=end),
        [("branch-without-step", "start > s(to e) > e > f > j")],
        flow(start=start("s"), s=split("a", cases=("e",)), a=work("j"), e=effect("f"), f=work("j"), j=join("z"), z=end),
    ),
    "a circle of conditions": (
        flow(start=start("e"), e=effect("c"), c=choice("z", default="e"), z=end),
        [("endless-circle", "start > e > c(default) > e > ...")],
        flow(start=start("e"), e=effect("c"), c=choice("z", default="a"), a=work("e"), z=end),
    ),
    "a circle that only waits": (
        flow(start=start("d"), d=delay("c"), c=choice("z", default="d"), z=end),
        [("endless-circle", "start > d > c(default) > d > ...")],
        flow(start=start("d"), d=delay("c"), c=choice("z", default="a"), a=sign("d", "z"), z=end),
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", PICTURES)
def test_a_fault_of_the_picture_is_named_with_its_path_and_gone_when_mended(name):
    broken, faults, mended = PICTURES[name]
    assert found(judged(broken)) == faults
    assert found(judged(mended)) == []


# --- the game of tokens ---

GAMES = {
    "a join outside any branch": (
        flow(start=start("a"), a=work("j"), j=join("z"), z=end),
        [("join-outside-split", "start > a > j")],
        flow(start=start("a"), a=work("z"), z=end),
    ),
    "a step inside and outside": (
        flow(start=start("s"), s=split("a", "b"), a=sign("j", "c"), b=work("j"), j=join("c"), c=work("z"), z=end),
        [("inside-and-outside", "start > s > a(refused) > c")],
        flow(start=start("s"), s=split("a", "b"), a=sign("j", "d"), d=work("j"), b=work("j"), j=join("c"),
             c=work("z"), z=end),
    ),
    "a join for branches of two depths": (
        flow(start=start("s"), s=split("t", "c"), t=split("a", "b"), a=work("j"), b=work("j"), c=work("j"),
             j=join("z"), z=end),
        [("join-mixed", "start > s > t > a > j")],
        flow(start=start("s"), s=split("t", "c"), t=split("a", "b"), a=work("i"), b=work("i"), i=join("d"),
             d=work("j"), c=work("j"), j=join("z"), z=end),
    ),
    "two joins that wait for each other": (
        flow(start=start("s"), s=split("a", "b"), a=work("j"), b=work("k"), j=join("z"), k=join("z"), z=end),
        [("joins-wait-for-each-other", "start > s > a > j > b > k")],
        flow(start=start("s"), s=split("a", "b"), a=work("j"), b=work("j"), j=join("z"), z=end),
    ),
    "branches that split inside themselves": (
        flow(start=start("s"), s=split("a", "b"), a=work("s"), b=work("j"), j=join("z"), z=end),
        [("split-in-itself", "start > s > a > s")],
        flow(start=start("s"), s=split("a", "b"), a=work("j"), b=work("j"), j=join("z"), z=end),
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", GAMES)
def test_a_fault_of_the_tokens_is_named_with_its_path_and_gone_when_mended(name):
    broken, faults, mended = GAMES[name]
    codes = dict(found(judged(broken)))
    assert codes.items() >= dict(faults).items()
    assert found(judged(mended)) == []


SOUND_BRANCHES = {
    "a default straight to the join": flow(
        start=start("s"), s=split(cases=("a",), default="j"), a=work("j"), j=join("z"), z=end
    ),
    "a step in a branch under a condition": flow(
        start=start("s"),
        s=split("a", "c"),
        a=work("j"),
        c=choice("b", default="j"),
        b=work("j"),
        j=join("z"),
        z=end,
    ),
    "a refusal inside a branch that ends the matter": flow(
        start=start("s"), s=split("a", "b"), a=sign("j", "n"), b=work("j"), j=join("z"), z=end, n=stop
    ),
    "a branch with an end of its own": flow(
        start=start("s"),
        s=split("a", "b", "c"),
        a=work("j"),
        b=work("y"),
        y=end,
        c=work("j"),
        j=join("d"),
        d=work("z"),
        z=end,
    ),
    "branches that all end by themselves": flow(
        start=start("s"), s=split("a", "b"), a=work("y"), y=end, b=work("z"), z=end
    ),
}


@pytest.mark.parametrize("name", SOUND_BRANCHES)
def test_what_the_engine_can_walk_is_no_fault(name):
    assert found(judged(SOUND_BRANCHES[name])) == []


CROSSED = {
    "one join for two splits": (
        flow(start=start("c"), c=choice("s", default="t"), s=split("a", "b"), t=split("d", "e"), a=work("j"),
             b=work("j"), d=work("j"), e=work("j"), j=join("z"), z=end),
        ("join-mixed", "start > c(default) > t > d > j"),
        flow(start=start("c"), c=choice("s", default="t"), s=split("a", "b"), t=split("d", "e"), a=work("j"),
             b=work("j"), d=work("k"), e=work("k"), j=join("z"), k=join("z"), z=end),
    ),
    "one join for a split and the one inside it": (
        flow(start=start("s"), s=split("a", "t"), a=work("j"), t=split("d", "e"), d=work("j"), e=work("j"),
             j=join("z"), z=end),
        ("join-mixed", "start > s > t > d > j"),
        flow(start=start("s"), s=split("a", "t"), a=work("j"), t=split("d", "e"), d=work("k"), e=work("k"),
             k=join("m"), m=work("j"), j=join("z"), z=end),
    ),
    "a split that ends in two joins": (
        flow(start=start("s"), s=split("a", "b"), a=work("c"), b=work("j"), c=choice("j", default="k"),
             j=join("z"), k=join("z"), z=end),
        ("joins-wait-for-each-other", "start > s > a > c(default) > k > b > j"),
        flow(start=start("s"), s=split("a", "b"), a=work("c"), b=work("j"), c=choice("d", default="j"),
             d=work("j"), j=join("z"), z=end),
    ),
    "a no out of a branch to where not every way has been": (
        flow(start=start("c"), c=choice("a", default="b"), a=work("s"), b=work("s"), s=split("x", "y"),
             x=sign("j", "a"), y=work("j"), j=join("z"), z=end),
        ("return-not-passed", "start > c(default) > b > s > x(refused) > a"),
        flow(start=start("p"), p=work("c"), c=choice("a", default="b"), a=work("s"), b=work("s"),
             s=split("x", "y"), x=sign("j", "p"), y=work("j"), j=join("z"), z=end),
    ),
    "a no into a branch of another split": (
        flow(start=start("s"), s=split("a", "b"), a=work("j"), b=work("j"), j=join("t"), t=split("x", "y"),
             x=sign("k", "a"), y=work("k"), k=join("z"), z=end),
        ("return-into-other-branch", "start > s > a > j > b > j > t > x(refused) > a"),
        flow(start=start("p"), p=work("s"), s=split("a", "b"), a=work("j"), b=work("j"), j=join("t"),
             t=split("x", "y"), x=sign("k", "p"), y=work("k"), k=join("z"), z=end),
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", CROSSED)
def test_branches_that_cross_are_named_with_the_path_that_crosses_and_are_sound_once_mended(name):
    crossed, fault, mended = CROSSED[name]
    assert fault in found(judged(crossed))
    assert found(judged(mended)) == []


def test_every_way_of_an_inclusive_split_is_tried():
    picture = flow(
        start=start("s"),
        s=split(cases=("a", "b"), default="c"),
        a=work("j"),
        b=work("j"),
        c=work("j"),
        j=join("z"),
        z=end,
    )
    states, faults = game_faults(picture)
    # a; b; c; a and b; then one of them with the other at the join; over
    assert (states, faults) == (7, [])


def test_a_return_out_of_a_branch_sweeps_the_others_and_the_game_goes_on():
    picture = flow(
        start=start("p"),
        p=work("s"),
        s=split("a", "b"),
        a=sign("c", "p"),
        c=sign("j", "a"),
        b=sign("j", "p"),
        j=join("d"),
        d=sign("z", "b"),
        z=end,
    )
    # p; a and b; c and b; b with a at the join; a with b at the join, c with b; d; b alone again; over
    assert game_faults(picture) == (9, [])


def test_too_large_a_flow_is_refused_instead_of_looked_at_for_ever():
    names = [f"b{n}" for n in range(9)]
    chains = {f"{name}{k}": work(f"{name}{k + 1}" if k < 2 else "j") for name in names for k in range(3)}
    wide = flow(start=start("s"), s=split(*(f"{name}0" for name in names)), **chains, j=join("z"), z=end)
    assert [code for code, _path in found(judged(wide))] == ["too-many-states"]


# --- sub-runs ---

CHILD = flow("child", start=start("ca"), ca=work("cz"), cz=end)


def parent(key="parent", sub="child", **more):
    return flow(key, start=start("r"), r=sub_run(sub, "z", "n", **more), z=end, n=stop)


def test_a_sub_run_of_its_own_flow_is_named():
    assert found(judged(parent(sub="parent"))) == [("sub-run-of-itself", "start > r")]
    assert found(judged(parent(), CHILD)) == []


def test_a_sub_run_of_a_sub_run_is_named():
    middle = parent("middle")
    assert found(judged(parent(sub="middle"), middle, CHILD)) == [("sub-run-too-deep", "start > r")]


def test_where_nobody_waits_for_a_sub_run_its_refusal_leads_nowhere():
    assert found(judged(parent(waits=False), CHILD)) == [("never-reached", "")]


def test_a_sub_run_without_people_makes_a_circle_without_people():
    silent = flow("silent", start=start("e"), e=effect("ez"), ez=end)
    picture = flow(
        "outer", start=start("r"), r=sub_run("silent", "c", "z"), c=choice("z", default="r"), z=end
    )
    assert found(judged(picture, silent)) == [("endless-circle", "start > r > c(default) > r > ...")]
    manned = flow("outer", start=start("r"), r=sub_run("child", "c", "z"), c=choice("z", default="r"), z=end)
    assert found(judged(manned, CHILD)) == []


# --- policies ---

LOOP = flow(start=start("a"), a=work("b"), b=sign("z", "a"), z=end)
FORTH = flow(start=start("b"), b=sign("c", "z"), c=choice("z", default="b"), z=end)


def test_returns_by_people_are_no_endless_circle():
    assert found(judged(LOOP)) == []
    assert found(judged(LOOP, b={"on_timeout": "reject"})) == [], "people submit again"


@pytest.mark.parametrize(
    "by_itself",
    [{"on_timeout": "approve"}, {"on_self": "skip"}, {"on_repeat": "all"}, {"on_repeat": "consecutive"}],
    ids=lambda policy: "-".join(policy),
)
def test_a_policy_that_decides_by_itself_closes_an_endless_circle(by_itself):
    assert found(judged(FORTH)) == []
    (fault,) = judged(FORTH, b=by_itself).faults
    assert (fault.code, path_of(fault)) == ("endless-circle", "start > b > c(default) > b > ...")


def test_a_return_by_time_to_work_that_time_completes_is_endless():
    timed = {"a": {"on_timeout": "approve"}, "b": {"on_timeout": "reject"}}
    assert found(judged(LOOP, **timed)) == [("endless-circle", "start > a > b(refused) > a > ...")]
    never_late = {"a": {"on_timeout": "approve", "limit_days": None}, "b": {"on_timeout": "reject"}}
    assert found(judged(LOOP, **never_late)) == [], "without a limit no time runs out"


def test_a_step_without_its_policy_is_named_unless_another_plan_has_it():
    policies = policies_for(SOUND)
    del policies["b"]
    assert found(judge([SOUND], policies, KNOWN)) == [("policy-missing", "start > a > b")]
    assert found(judge([SOUND], policies, KNOWN, complete=False)) == []


POLICIES = {
    "resolver-unknown": ({"resolver": "nobody.knows"}, {}),
    "recusal-unknown": ({"recuse": ("nobody.knows",)}, {"recuse": ("served",)}),
    "threshold-out-of-reach": (
        {"mode": "vote", "on_no": "count", "threshold": 101},
        {"mode": "vote", "on_no": "count", "threshold": 100},
    ),
    "vote-with-veto": ({"mode": "vote"}, {"mode": "vote", "on_no": "count"}),
    "weights-without-vote": (
        {"mode": "all_of", "weights": {"p": 2}},
        {"mode": "vote", "on_no": "count", "weights": {"p": 2}},
    ),
    "gate-signs-itself": ({"gate": True, "on_self": "allow"}, {"gate": True, "on_self": "to_head"}),
    "gate-decided-by-time": (
        {"gate": True, "on_timeout": "reject"},
        {"gate": True, "on_timeout": "escalate"},
    ),
    "transfer-to-nobody": ({"on_timeout": "transfer"}, {"on_timeout": "transfer", "alternate": "p"}),
    "stand-in-missing": ({"on_empty": "named"}, {"on_empty": "named", "stand_in": "p"}),
    "post-unknown": ({"alternate": "gone"}, {"alternate": "p"}),
    "limit-missing": ({"limit_days": 0}, {"limit_days": 1}),
}


@pytest.mark.parametrize("code", POLICIES)
def test_a_fault_of_a_policy_is_named_with_the_way_to_its_step(code):
    wrong, right = POLICIES[code]
    known = Known(KNOWN.resolvers, KNOWN.recusals, frozenset({"p"}))
    assert found(judged(SOUND, known=known, b=wrong)) == [(code, "start > a > b")]
    assert found(judged(SOUND, known=known, b=right)) == []


def test_only_a_decision_needs_a_limit():
    assert found(judged(SOUND, a={"limit_days": None})) == []


def test_limits_that_exceed_the_flow_are_named_with_the_longest_way():
    def picture(most):
        return flow(
            most_days=most,
            start=start("c"),
            c=choice("a", default="s"),
            a=work("z"),
            s=split("b", "d"),
            b=work("j"),
            d=delay("e", days=4),
            e=work("j"),
            j=join("z"),
            z=end,
        )

    assert found(judged(picture(7))) == []
    (fault,) = judged(picture(6)).faults
    assert (fault.code, fault.facts) == ("limits-too-long", {"days": "7", "most": "6"})
    assert path_of(fault) == "start > c(default) > s > d > e > j > z"


def test_the_days_of_a_sub_run_count_only_where_it_is_waited_for():
    waiting, walking_on = judged(parent(), CHILD), judged(parent(waits=False), CHILD)
    assert [report.days for report in waiting.flows] == [3, 3]
    assert [report.days for report in walking_on.flows] == [0, 3]


def test_a_way_on_that_goes_in_circles_is_measured_once_around():
    assert judged(FORTH).flows[0].days == 3


# --- the real flows, the trial flows, and the words ---


def test_every_flow_of_the_rooms_is_looked_at():
    assert {MilestoneFlow, CorrectionFlow} <= set(all_flows())
    assert MilestoneFlow.most_days == 60


def test_the_real_flows_are_sound_whatever_their_plain_policies():
    pictures = pictures_of([MilestoneFlow, CorrectionFlow])
    report = judged(*pictures)
    assert found(report) == []
    assert {each.flow.key: each.states for each in report.flows} == {"milestone": 4, "correction": 2}


def test_the_trial_flows_are_sound_but_for_the_one_with_a_sub_run_below_a_sub_run():
    pictures = pictures_of([Straight, Parallel, Inclusive, Small, Waiting])
    known = Known(KNOWN.resolvers, KNOWN.recusals)
    policies = {
        node.policy: Policy(node.policy, resolver="somebody", limit_days=1)
        for picture in pictures
        for node in picture.nodes.values()
    }
    report = judge(pictures, policies, known)
    assert [(fault.flow, fault.code) for fault in report.faults] == [("trial-waiting", "sub-run-too-deep")]


def test_every_sentence_belongs_to_a_fault():
    text = "".join(path.read_text() for path in RULES.glob("*.py"))
    assert [code for code in soundness_texts.SENTENCES if f'"{code}"' not in text] == []


def test_a_path_reads_as_a_sentence_with_the_names_that_people_know():
    broken = flow(
        start=start("a"), a=sign("c", "z"), c=choice("d", default="z"), d=work("d2"), d2=work("d"), z=end
    )
    report = judged(broken, a={"name": "Verify"})
    (fault,) = report.faults
    with translation.override("en"):
        text = soundness_texts.sentence(fault, report)
    assert text == (
        "d: no end can be reached from this branch. Path: start → Verify → c (to d) → d. (Conditions count as "
        "possible either way; whether data ever lead here is not looked at.)"
    )


def test_all_flows_take_less_than_five_seconds_by_far():
    pictures = pictures_of(all_flows())
    policies = {
        node.policy: Policy(node.policy, resolver="somebody", limit_days=1)
        for picture in pictures
        for node in picture.nodes.values()
    }
    began = time.perf_counter()
    report = judge(pictures, policies, KNOWN)
    assert not [fault for fault in report.faults if fault.severity == ERROR]
    assert time.perf_counter() - began < 5
