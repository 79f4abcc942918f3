"""What follows in a flow when everybody agrees: in order, branch by branch, each join once."""

from flows.engine.rules.ahead import MOST, Front, walk_ahead
from flows.engine.rules.soundness import How
from tests.support.pictures import choice, delay, effect, end, flow, join, sign, split, start, stop, work


def first_way(node):
    return node.edges[:1]


def every_way(node):
    return node.edges


def default(node):
    return [edge for edge in node.edges if edge.how == How.DEFAULT]


def names(taken):
    return [passed.front.node for passed in taken]


STRAIGHT = flow(start=start("a"), a=work("b"), b=sign("e", "a"), e=effect("z"), z=end)
SPLIT = flow(
    start=start("a"), a=work("s"), s=split("b", "c"), b=sign("b2", "a"), b2=work("j"), c=work("j"),
    j=join("d"), d=sign("z", "n"), z=end, n=stop,
)  # fmt: skip


def test_a_straight_flow_is_walked_to_its_end():
    taken = walk_ahead(STRAIGHT, [Front("a", "start")], first_way)
    assert names(taken) == ["a", "b", "e", "z"]
    assert [passed.after for passed in taken] == [(), (0,), (1,), (2,)]


def test_it_begins_where_the_run_stands():
    assert names(walk_ahead(STRAIGHT, [Front("b", "start")], first_way)) == ["b", "e", "z"]


def test_branches_follow_each_other_and_the_join_waits_for_the_last_of_both():
    taken = walk_ahead(SPLIT, [Front("a", "start")], every_way)
    assert names(taken) == ["a", "s", "b", "b2", "c", "d", "z"]
    found = {passed.front.node: passed for passed in taken}
    assert found["b"].front.branches == found["b2"].front.branches == ("b",)
    assert found["c"].front.branches == ("c",)
    assert found["d"].front.branches == ()
    assert found["d"].front.token == "start"
    assert found["d"].after == (names(taken).index("b2"), names(taken).index("c"))


def test_two_open_branches_come_together():
    fronts = [Front("b2", "start/7_1", ("left",)), Front("c", "start/7_2", ("right",))]
    taken = walk_ahead(SPLIT, fronts, every_way)
    assert names(taken) == ["b2", "c", "d", "z"]
    assert taken[2].after == (0, 1)


def test_a_branch_inside_a_branch_is_closed_first():
    picture = flow(
        start=start("s"), s=split("t", "c"), t=split("a", "b"), a=work("i"), b=work("i"), i=join("x"),
        x=work("j"), c=work("j"), j=join("z"), z=end,
    )  # fmt: skip
    taken = walk_ahead(picture, [Front("s", "start")], every_way)
    assert names(taken) == ["s", "t", "a", "b", "c", "x", "z"]
    found = {passed.front.node: passed for passed in taken}
    assert found["a"].front.branches == ("t", "a")
    assert found["x"].front.branches == ("t",)
    assert found["z"].after == (names(taken).index("c"), names(taken).index("x"))


def test_a_choice_takes_the_way_that_holds():
    picture = flow(start=start("c"), c=choice("a", default="b"), a=work("z"), b=delay("z"), z=end)
    assert names(walk_ahead(picture, [Front("c", "start")], first_way)) == ["c", "a", "z"]
    assert names(walk_ahead(picture, [Front("c", "start")], default)) == ["c", "b", "z"]


def test_a_circle_is_told_once():
    picture = flow(start=start("a"), a=work("c"), c=choice("z", default="a"), z=end)
    taken = walk_ahead(picture, [Front("a", "start")], default)
    assert names(taken) == ["a", "c", "a"]
    assert [passed.again for passed in taken] == [False, False, True]


def test_a_step_may_lead_elsewhere_than_its_flow_says():
    taken = walk_ahead(STRAIGHT, [Front("a", "start")], first_way, {("a", "start"): [Front("e", "start")]})
    assert names(taken) == ["a", "e", "z"]


def test_a_list_nobody_would_read_is_cut():
    long = {f"w{n}": work(f"w{n + 1}") for n in range(MOST + 5)}
    picture = flow(start=start("w0"), **long, **{f"w{MOST + 5}": end})
    assert len(walk_ahead(picture, [Front("w0", "start")], first_way)) == MOST
