"""A flow as a picture: coloured by the latest step of each node; what leaves no row is told from its neighbours.

Served as an image, so that the page's content policy holds; colours are attributes, not styles.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from textwrap import wrap
from typing import Any
from uuid import UUID

from django.template.loader import render_to_string
from viewflow.workflow.base import Edge, Node
from viewflow.workflow.status import PROCESS, STATUS

from hetang_flow.lib.errors import NotFound
from permissions.actors import Actor

from . import rules
from .flows import Flow
from .gateways import Choice, Gateway, Join, Split
from .models import Run, Step
from .nodes import Effect, End, Human, Stop
from .rules.layout import Arrow, Box, Layout
from .visibility import visible_run
from .waits import Delay, SubRun, Trigger

MARGIN = 8
BOX_WIDTH, BOX_HEIGHT, PER_LINE, LINE_HEIGHT = 126, 72, 8, 18
MARK_WIDTH, MARK, PER_CAPTION, CAPTION_HEIGHT = 76, 40, 6, 15
LETTER = 12
PALETTES = {
    "light": {
        "ink": "#1a1e26", "soft": "#636b79", "paper": "#ffffff", "line": "#8a92a0", "accent": "#3350c4",
        "done": "#e9f5ee", "done_line": "#23915a", "now": "#eef1fc", "back": "#fdeeec", "back_line": "#d1382e",
    },
    "dark": {
        "ink": "#e8eaee", "soft": "#979fac", "paper": "#191d23", "line": "#7e8795", "accent": "#92a7fa",
        "done": "#17301f", "done_line": "#4cb580", "now": "#232b48", "back": "#3c1c1a", "back_line": "#f0665b",
    },
}  # fmt: skip
COLOURS = {
    "start": ("done", "done_line"),
    "done": ("done", "done_line"),
    "now": ("now", "accent"),
    "back": ("back", "back_line"),
    "stopped": ("paper", "soft"),
}
# How a node is drawn: boxes hold their title, marks have it below.
KINDS: tuple[tuple[type, str], ...] = (
    (Human, "task"),
    (Effect, "effect"),
    (SubRun, "sub-run"),
    (Delay, "delay"),
    (Trigger, "trigger"),
    (Choice, "choice"),
    (Split, "split"),
    (Join, "join"),
    (Stop, "stop"),
    (End, "end"),
)
BOXES = ("task", "effect", "sub-run", "delay", "trigger")


@dataclass(frozen=True, slots=True)
class Text:
    """One line of a title or a label."""

    text: str
    x: float
    y: float


# --- states ---


def run_svg(run_id: UUID, actor: Actor, at: datetime, *, theme: str = "light") -> str:
    """The flow of a run with its colours (two statements); NotFound unless this person sees the run."""
    run = visible_run(run_id, actor, at)
    if run.flow_class is None:
        raise NotFound("no-such-run")
    return flow_svg(run.flow_class, states_of(run), theme=theme)


def states_of(run: Run) -> dict[str, str]:
    """The state of each node by its name: done, now, back (returned) or stopped; a node not met is missing.

    Where several branches of one node's steps differ, what is open wins, then the latest.
    """
    states: dict[str, str] = {}
    for step in Step.objects.filter(process=run).order_by("pk"):
        node = step.flow_task
        if node is None or (states.get(node.name) == "now" and step.status != STATUS.NEW):
            continue
        if step.status == STATUS.NEW:
            states[node.name] = "now"
        elif step.status == STATUS.CANCELED:
            states[node.name] = "stopped"
        else:
            states[node.name] = "back" if step.outcome == rules.REFUSED else "done"
    _without_rows(run, states)
    return states


def _without_rows(run: Run, states: dict[str, str]) -> None:
    """Effects, gateways and ends leave no row: they were passed where a way that was taken leads into them and,
    for a gateway, something behind it was met. Which way a gateway sent the run, its conditions still say.
    """
    bare = [
        node for node in run.flow_class.instance.nodes() if isinstance(node, Effect | Gateway | Join | End)
    ]
    ends = [node for node in bare if type(node) is End]
    over = run.status != PROCESS.NEW
    for _round in bare:
        for node in bare:
            if node.name in states or not any(_took(edge, run, states) for edge in node._incoming()):
                continue
            if isinstance(node, Stop):
                passed = run.outcome == "refused"
            elif isinstance(node, End):
                passed = run.outcome == "completed" or len(ends) > 1
            else:
                passed = isinstance(node, Effect) or over or _met_behind(node, states)
            if passed:
                states[node.name] = "done"


def _took(edge: Edge, run: Run, states: dict[str, str]) -> bool:
    """Whether the run went along this edge, as far as its rows and conditions tell."""
    if states.get(edge.src.name) != ("back" if edge.edge_class == "cond_false" else "done"):
        return False
    if isinstance(edge.src, Gateway):
        chosen = edge.src.chosen(run)
        return edge.dst in (chosen[:1] if isinstance(edge.src, Choice) else chosen)
    return True


def _met_behind(node: Node, states: dict[str, str]) -> bool:
    """Whether something behind a gateway was met, looking through what leaves no row."""
    frontier, seen = [node], set()
    while frontier:
        for edge in frontier.pop()._outgoing():
            if edge.dst.name in states:
                return True
            if isinstance(edge.dst, Effect | Gateway | Join) and edge.dst not in seen:
                seen.add(edge.dst)
                frontier.append(edge.dst)
    return False


# --- drawing ---


def flow_svg(flow_class: type[Flow], states: dict[str, str] | None = None, *, theme: str = "light") -> str:
    """Draw a flow; `states` colours its nodes by name."""
    nodes, states, ink = list(flow_class.instance.nodes()), states or {}, PALETTES[theme]
    edges = [(edge, _arrow(flow_class, edge)) for node in nodes for edge in node._outgoing()]
    layout = _laid_out(nodes, [arrow for _edge, arrow in edges])
    drawn = [_edge(edge, arrow, layout, states, ink) for edge, arrow in edges]
    return render_to_string(
        "engine/diagram.svg",
        {
            "left": -MARGIN,
            "width": layout.width + 2 * MARGIN,
            "height": layout.height + 2 * MARGIN,
            "cells": [_cell(node, layout, states.get(node.name, ""), ink) for node in nodes],
            "edges": sorted(drawn, key=lambda each: each["walked"]),
            "ink": ink,
            "markers": [("arrow", ink["line"]), ("walked", ink["ink"]), ("sent-back", ink["back_line"])],
            "title": str(flow_class.process_title),
        },
    )


def _kind(node: Node) -> str:
    return next((kind for known, kind in KINDS if isinstance(node, known)), "start")


def _laid_out(nodes: Sequence[Node], arrows: Sequence[Arrow]) -> Layout:
    """Captions of gateways stand above them, out of the way of their branches, where no arrow ends there."""
    first = Layout([_box(node) for node in nodes], arrows)
    above = {
        node.name for node in nodes if isinstance(node, Gateway | Join) and not first.ends_above(node.name)
    }
    return Layout([_box(node, above=node.name in above) for node in nodes], arrows)


def _box(node: Node, *, above: bool = False) -> Box:
    if _kind(node) in BOXES:
        return Box(node.name, BOX_WIDTH, BOX_HEIGHT)
    high = len(_caption(node)) * CAPTION_HEIGHT
    return Box(node.name, MARK, MARK, small=True, wide=MARK_WIDTH, **{"above" if above else "below": high})


def _arrow(flow_class: type[Flow], edge: Edge) -> Arrow:
    no = edge.edge_class == "cond_false"
    back = no and any(
        r.back and (r.src, r.dst) == (edge.src.name, edge.dst.name) for r in flow_class.routes()
    )
    return Arrow(edge.src.name, edge.dst.name, no=no, back=back, room=_room(str(edge.label or "")))


def _room(label: str) -> int:
    return len(label) * (LETTER // 2 if label.isascii() else LETTER) + 20 if label else 0


def _lines(title: str, per_line: int) -> list[str]:
    """Chinese breaks after so many characters, in lines of like length; other writing between words."""
    if title.isascii():
        return wrap(title, per_line * 2)
    rows = -(-len(title) // per_line)
    step = -(-len(title) // rows) if rows else 1
    return [title[start : start + step] for start in range(0, len(title), step)]


def _caption(node: Node) -> list[str]:
    if _kind(node) == "start":
        return []
    return _lines(str(node.task_title or ""), PER_CAPTION)


def _cell(node: Node, layout: Layout, state: str, ink: dict[str, str]) -> dict[str, Any]:
    kind, (x, y) = _kind(node), layout.middle(node.name)
    if kind == "start":
        state = "start"
    if kind in BOXES:
        lines, height = _lines(str(node.task_title or ""), PER_LINE), LINE_HEIGHT
        top = y + 5 - (len(lines) - 1) * LINE_HEIGHT / 2
    else:
        lines, height, top = _caption(node), CAPTION_HEIGHT, y + MARK / 2 + 14
        if layout.boxes[node.name].above:
            top = y - MARK / 2 - 6 - (len(lines) - 1) * CAPTION_HEIGHT
    fill, stroke = COLOURS.get(state, ("paper", "line"))
    return {
        "kind": kind,
        "boxed": kind in BOXES,
        "state": state,
        "fill": ink[fill],
        "stroke": ink[stroke],
        "ink": ink["ink"] if state else ink["soft"],
        "x": x,
        "y": y,
        "left": x - BOX_WIDTH // 2,
        "top": y - BOX_HEIGHT // 2,
        "width": BOX_WIDTH,
        "height": BOX_HEIGHT,
        "lines": [Text(line, x, top + number * height) for number, line in enumerate(lines)],
    }


def _edge(
    edge: Edge, arrow: Arrow, layout: Layout, states: dict[str, str], ink: dict[str, str]
) -> dict[str, Any]:
    was = states.get(arrow.src)
    walked = bool(states) and (was == ("back" if arrow.no else "done") or _kind(edge.src) == "start")
    if isinstance(edge.src, Gateway):
        others = (other.dst.name for other in edge.src._outgoing() if other.dst is not edge.dst)
        known = not any(name in states for name in others) if edge.edge_class == "default" else True
        walked = walked and known and arrow.dst in states
    marker, colour = "arrow", "line"
    if walked:
        marker, colour = ("sent-back", "back_line") if arrow.no else ("walked", "ink")
    corners = layout.corners(arrow)
    return {
        "path": " ".join(f"{'L' if n else 'M'}{x},{y}" for n, (x, y) in enumerate(corners)),
        "label": Text(str(edge.label or ""), *_label_at(corners)),
        "refused": arrow.no,
        "walked": walked,
        "marker": marker,
        "colour": ink[colour],
    }


def _label_at(corners: Iterable[tuple[int, int]]) -> tuple[int, int]:
    """Above the first level stretch that goes forward, else beside the way down."""
    (x0, y0), (x1, y1), *more = corners
    if y0 == y1:
        return x0 + 5, y0 - 6
    forward = bool(more) and more[0][0] > x1 and len(more) == 1
    return (x1 + 6, y1 - 6) if forward else (x0 + 6, y0 + 12)
