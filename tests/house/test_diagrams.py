"""The drawings in docs/ are those of the code, and a person can read them."""

import re
from xml.etree import ElementTree

import pytest
from django.utils import translation

from flows.engine.diagrams import BOX_WIDTH, flow_svg
from flows.engine.pictures import all_flows
from hetang_flow.management.commands.diagrams import DOCS, drawings
from tests.support.trial import flow as trial

TRIALS = [
    trial.Straight, trial.Parallel, trial.Inclusive, trial.Waiting, trial.Joint, trial.Middle, trial.Resting,
    trial.Small,
]  # fmt: skip
FLOWS = [*all_flows(), *TRIALS]
SVG = "{http://www.w3.org/2000/svg}"

every_flow = pytest.mark.parametrize("flow_class", FLOWS, ids=lambda each: each.code)


def drawn(flow_class, states=None):
    with translation.override("zh-hans"):
        return ElementTree.fromstring(flow_svg(flow_class, states))  # noqa: S314 - our own picture


def words(picture):
    return [text.text for text in picture.iter(f"{SVG}text")]


@pytest.mark.parametrize("path", [*drawings()], ids=lambda path: path.name)
def test_every_drawing_in_docs_is_what_the_code_says(path):
    assert path.read_text(encoding="utf-8") == drawings()[path], (
        "run `manage.py diagrams` and commit the result"
    )


def test_no_drawing_is_left_of_a_flow_that_is_gone():
    assert {path.name for path in DOCS.glob("diagrams/*.svg")} == {f"{flow.code}.svg" for flow in all_flows()}


@every_flow
def test_every_title_stands_in_the_picture_in_chinese_and_fits_its_box(flow_class):
    picture = drawn(flow_class)
    said = "".join(words(picture))
    with translation.override("zh-hans"):
        titles = [str(node.task_title) for node in flow_class.instance.nodes() if node.task_type != "START"]
    for title in titles:
        assert title in said, title
        assert not title.isascii(), title
    for text in picture.iter(f"{SVG}text"):
        assert len(text.text) * int(text.get("font-size")) <= BOX_WIDTH or text.get("text-anchor") is None


@every_flow
def test_every_edge_is_drawn_and_every_condition_has_its_words(flow_class):
    picture = drawn(flow_class)
    edges = [edge for node in flow_class.instance.nodes() for edge in node._outgoing()]
    arrows = [path for path in picture.iter(f"{SVG}path") if path.get("marker-end")]
    assert len(arrows) == len(edges)
    refused = [path for path in arrows if path.get("stroke-dasharray")]
    assert len(refused) == sum(edge.edge_class == "cond_false" for edge in edges)
    with translation.override("zh-hans"):
        labels = [str(edge.label) for edge in edges if edge.label]
    said = words(picture)
    assert all(said.count(label) >= labels.count(label) for label in labels)


@every_flow
def test_colours_are_attributes_so_that_the_pages_policy_holds(flow_class):
    text = flow_svg(flow_class, {"draft": "now"})
    assert not re.search(r"<style|style=|<script|href=\"http", text)


def test_gateways_waits_and_sub_runs_have_signs_of_their_own():
    kinds = {"gateway": 2, "sub-run": 3}
    parallel, waiting = drawn(trial.Parallel), drawn(trial.Waiting)
    diamonds = [p for p in parallel.iter(f"{SVG}path") if p.get("d").startswith("M0,-20 L20,0")]
    assert len(diamonds) == kinds["gateway"]
    heavy = [r for r in waiting.iter(f"{SVG}rect") if r.get("stroke-width") == "3"]
    assert len(heavy) == kinds["sub-run"]
    round_ends = [r for r in waiting.iter(f"{SVG}rect") if r.get("rx") == "36"]
    assert len(round_ends) == 2, "a delay and a trigger"
