"""Where a token may go: within its branch, to a step of people, never past a gate that nobody has signed."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flows.engine.rules import Matter, Route
from flows.policies.rules import Chart, branches, may_move_token

# submit → verify → copy → approve → advance, and a way back from both sign-offs
LINE = (
    Route("start", "submit"),
    Route("submit", "verify"),
    Route("verify", "copy"),
    Route("verify", "submit", back=True),
    Route("copy", "approve"),
    Route("approve", "advance"),
    Route("approve", "submit", back=True),
)
PEOPLE = {name: name for name in ("submit", "verify", "approve")}
# start → first → fork → (left → deep, right) → meet → last
FORK = (
    Route("start", "first"),
    Route("first", "fork"),
    Route("fork", "left"),
    Route("fork", "right"),
    Route("left", "deep"),
    Route("deep", "meet"),
    Route("right", "meet"),
    Route("meet", "last"),
)
FORKED = {name: name for name in ("first", "left", "deep", "right", "last")}
# start → choose → (a → b, c) → end
CHOICE = (
    Route("start", "choose"),
    Route("choose", "a"),
    Route("choose", "c"),
    Route("a", "b"),
    Route("b", "end"),
    Route("c", "end"),
)


def chart(routes=LINE, titles=PEOPLE, gates=(), splits=(), joins=()):
    return Chart(routes, titles, branches(routes, splits=splits, joins=joins), {gate: gate for gate in gates})


def code(found, here, target, **more):
    return may_move_token(found, here, target, **{"matter": Matter()} | more).code


def test_a_token_goes_on_or_back_where_no_gate_is_passed():
    assert code(chart(), "submit", "approve") == ""
    assert code(chart(), "approve", "submit") == ""
    assert code(chart(gates=["verify"]), "submit", "verify") == ""
    assert code(chart(gates=["verify", "approve"]), "approve", "submit") == "", "going back passes nothing"


@pytest.mark.parametrize(
    ("gates", "here"), [(["verify"], "submit"), (["verify"], "verify"), (["submit", "verify"], "submit")]
)
def test_a_gate_nobody_has_signed_is_never_passed_not_even_the_open_one(gates, here):
    verdict = may_move_token(chart(gates=gates), here, "approve", matter=Matter())
    assert verdict.code == "gate-not-passed"
    assert verdict.facts["gates"] == gates


def test_a_token_stays_in_its_branch():
    found = chart(FORK, FORKED, splits=["fork"], joins=["meet"])
    assert found.branch["left"] == found.branch["deep"] == ("fork/left",)
    assert found.branch["first"] == found.branch["last"] == found.branch["meet"] == ()
    assert code(found, "left", "deep") == code(found, "first", "last") == code(found, "last", "first") == ""
    for here, target in (("left", "right"), ("left", "last"), ("first", "deep"), ("right", "first")):
        assert code(found, here, target) == "other-branch"


def test_a_gate_in_any_branch_that_would_be_jumped_counts():
    found = chart(FORK, FORKED, gates=["right"], splits=["fork"], joins=["meet"])
    assert code(found, "first", "last") == "gate-not-passed"


def test_moving_sideways_counts_what_leads_to_the_target_only():
    titles = {name: name for name in ("a", "b", "c")}
    assert code(chart(CHOICE, titles, gates=["a"]), "c", "b") == "gate-not-passed"
    assert code(chart(CHOICE, titles, gates=["c"]), "a", "b") == "", (
        "the way not taken was never to be signed"
    )
    assert code(chart(CHOICE, titles, gates=["a", "b"]), "a", "c") == ""


@pytest.mark.parametrize(
    ("target", "more", "said"),
    [
        ("approve", {"matter": Matter(over=True)}, "task-closed"),
        ("approve", {"matter": Matter(suspended=True)}, "run-suspended"),
        ("approve", {"proposed": True}, "move-proposed"),
        ("copy", {}, "no-step-of-people"),
        ("nowhere", {}, "no-step-of-people"),
        ("verify", {}, "stands-there"),
    ],
)
def test_whatever_else_stands_in_the_way_is_said(target, more, said):
    assert code(chart(), "verify", target, **more) == said


NODES = [f"n{number}" for number in range(7)]


@st.composite
def flows(draw):
    """A flow without circles: edges lead from an earlier to a later node, every node is on some way."""
    pairs = {(one, other) for one, other in pairwise(NODES)}
    more = st.tuples(st.sampled_from(NODES), st.sampled_from(NODES)).filter(lambda pair: pair[0] < pair[1])
    return tuple(Route(*pair) for pair in pairs | draw(st.sets(more, max_size=8)))


def ways(routes, here, target):
    """Every way from one node to another, as the nodes on it."""
    if here == target:
        yield [here]
    for route in routes:
        if route.src == here:
            for rest in ways(routes, route.dst, target):
                yield [here, *rest]


@given(flows(), st.sets(st.sampled_from(NODES)), st.sampled_from(NODES), st.sampled_from(NODES))
def test_no_way_from_here_to_where_a_token_may_go_leads_through_an_unsigned_gate(routes, gates, here, target):
    verdict = may_move_token(
        chart(routes, {name: name for name in NODES}, gates=gates), here, target, matter=Matter()
    )
    passed = {node for way in ways(routes, here, target) for node in way[:-1]}
    if here != target:
        assert bool(verdict) == (not passed & gates)
