"""A picture of a flow: nothing stands on anything else, and no arrow crosses a box that is not its own."""

from itertools import combinations, pairwise

import pytest

from flows.engine.diagrams import _arrow, _laid_out
from flows.engine.rules.layout import GAP_X, Arrow, Box, Layout
from flows.projects.flow import CorrectionFlow, MilestoneFlow
from tests.support.trial import flow

FLOWS = [
    MilestoneFlow, CorrectionFlow, flow.Straight, flow.Parallel, flow.Inclusive, flow.Waiting, flow.Joint,
    flow.Resting, flow.Small,
]  # fmt: skip


def drawn(flow_class):
    nodes = list(flow_class.instance.nodes())
    arrows = [_arrow(flow_class, edge) for node in nodes for edge in node._outgoing()]
    return _laid_out(nodes, arrows)


def outline(layout, name):
    """Left, top, right and bottom of a box with its caption."""
    box, (x, y) = layout.boxes[name], layout.middle(name)
    wide = max(box.width, box.wide) // 2
    return x - wide, y - box.height // 2 - box.above, x + wide, y + box.height // 2 + box.below


def body(layout, name):
    """A box without its caption: a way from a gateway may run beside its words."""
    box, (x, y) = layout.boxes[name], layout.middle(name)
    return x - box.width // 2, y - box.height // 2, x + box.width // 2, y + box.height // 2


def crosses(outline, one, other):
    (left, top, right, bottom), (x0, y0), (x1, y1) = outline, one, other
    return max(x0, x1) > left and min(x0, x1) < right and max(y0, y1) > top and min(y0, y1) < bottom


@pytest.mark.parametrize("flow_class", FLOWS, ids=lambda each: each.code)
def test_no_two_boxes_touch_and_all_lie_within_the_picture(flow_class):
    layout = drawn(flow_class)
    outlines = [outline(layout, name) for name in layout.boxes]
    for one, other in combinations(outlines, 2):
        apart = one[2] < other[0] or other[2] < one[0] or one[3] < other[1] or other[3] < one[1]
        assert apart
    assert min(o[0] for o in outlines) >= 0 and min(o[1] for o in outlines) >= 0
    assert max(o[2] for o in outlines) <= layout.width and max(o[3] for o in outlines) <= layout.height


@pytest.mark.parametrize("flow_class", FLOWS, ids=lambda each: each.code)
def test_every_arrow_is_of_level_and_upright_parts_and_crosses_no_box(flow_class):
    layout = drawn(flow_class)
    for arrow in layout.arrows:
        corners = layout.corners(arrow)
        for one, other in pairwise(corners):
            assert one[0] == other[0] or one[1] == other[1]
            assert one != other
            for name in layout.boxes:
                assert not crosses(body(layout, name), one, other), (arrow, name)
        assert all(0 <= x <= layout.width and 0 <= y <= layout.height for x, y in corners)


def test_ways_back_to_one_box_share_a_lane_and_others_do_not():
    boxes = [Box(name, 100, 60) for name in "abcd"]
    ahead = [Arrow("a", "b"), Arrow("b", "c"), Arrow("c", "d")]
    back = [Arrow("d", "a", no=True, back=True), Arrow("c", "a", no=True, back=True)]
    other = Arrow("d", "b", no=True, back=True)
    layout = Layout(boxes, [*ahead, *back, other])
    levels = {layout.corners(arrow)[1][1] for arrow in back}
    assert len(levels) == 1
    assert layout.corners(other)[1][1] not in levels
    assert layout.lanes["h", 0] == ["a", "b"]


def test_a_long_label_pushes_the_next_column_away():
    boxes = [Box(name, 100, 60) for name in "ab"]
    for room in (0, 90):
        layout = Layout(boxes, [Arrow("a", "b", room=room)])
        (x0, _y0), (x1, _y1) = layout.corners(layout.arrows[0])
        assert x1 - x0 == max(room, GAP_X)


def test_a_step_that_is_jumped_over_is_gone_round():
    boxes = [Box(name, 100, 60) for name in "abc"]
    layout = Layout(boxes, [Arrow("a", "b"), Arrow("b", "c"), Arrow("a", "c")])
    corners = layout.corners(layout.arrows[2])
    assert corners[1][1] > layout.middle("b")[1] + 30
    assert corners[-1] == (layout.middle("c")[0], layout.middle("c")[1] + 30)
