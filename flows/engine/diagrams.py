"""A flow as a picture: the library lays it out, we colour it by the latest step of each node and draw it.

Served as an image, so that the page's content policy holds; colours are attributes, not styles.
"""

from dataclasses import dataclass
from datetime import datetime
from textwrap import wrap
from typing import Any
from uuid import UUID

from django.template.loader import render_to_string
from viewflow.workflow import chart
from viewflow.workflow.status import PROCESS, STATUS

from hetang_flow.lib.errors import NotFound
from permissions.actors import Actor

from . import rules
from .flows import Flow
from .models import Run, Step
from .nodes import Effect, End, Human, Stop
from .visibility import runs_visible_to

PER_LINE = 8
LINE_HEIGHT = 18
INSET = 12
LANE = 14
BOXES = ("task", "effect")
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


@dataclass(frozen=True, slots=True)
class Text:
    """One line of a box's title."""

    text: str
    x: float
    y: float


def run_svg(run_id: UUID, actor: Actor, at: datetime, *, theme: str = "light") -> str:
    """The flow of a run with its colours (two statements); NotFound unless this person sees the run."""
    run = runs_visible_to(actor, at).filter(public_id=run_id).first()
    if run is None or run.flow_class is None:
        raise NotFound("no-such-run")
    return flow_svg(run.flow_class, states_of(run), theme=theme)


def states_of(run: Run) -> dict[str, str]:
    """The state of each node by its name: done, now, back (returned) or stopped; a node not met is missing."""
    states: dict[str, str] = {}
    for step in Step.objects.filter(process=run).order_by("pk"):
        node = step.flow_task
        if node is None:
            continue
        if step.status == STATUS.NEW:
            states[node.name] = "now"
        elif step.status == STATUS.CANCELED:
            states[node.name] = "stopped"
        else:
            states[node.name] = "back" if step.outcome == rules.REFUSED else "done"
    _effects(run, states)
    return states


def _effects(run: Run, states: dict[str, str]) -> None:
    """Effects and ends leave no row; they have happened where the step before them was granted and stays so."""
    nodes = list(run.flow_class.instance.nodes())
    for _round in nodes:
        for node in nodes:
            if not isinstance(node, Effect | End) or node.name in states:
                continue
            before = [
                states.get(edge.src.name) for edge in node._incoming() if edge.edge_class != "cond_false"
            ]
            if isinstance(node, Stop):
                before = ["done"] if run.outcome == "refused" else []
            if "done" in before and (not isinstance(node, End) or run.status != PROCESS.NEW):
                states[node.name] = "done"


def flow_svg(flow_class: type[Flow], states: dict[str, str] | None = None, *, theme: str = "light") -> str:
    """Draw a flow; `states` colours its nodes by name."""
    grid = chart.calc_layout_data(flow_class)
    states, ink = states or {}, PALETTES[theme]
    cells = [_cell(cell, states.get(cell.node.name, ""), ink) for cell in grid.cells]
    edges, lane = [], 0
    for edge in sorted(grid.edges, key=lambda edge: grid[edge.src].col):
        is_back = grid[edge.dst].col <= grid[edge.src].col and grid[edge.dst].row == grid[edge.src].row
        lane += is_back
        edges.append(_edge(edge, states, ink, lane + 1 if is_back else 0))
    return render_to_string(
        "engine/diagram.svg",
        {
            "width": grid.width + 12,
            "height": grid.height + 12 + LANE * lane,
            "cells": cells,
            "edges": edges,
            "ink": ink,
            "markers": [("arrow", ink["line"]), ("walked", ink["ink"]), ("sent-back", ink["back_line"])],
            "title": str(flow_class.process_title),
        },
    )


def _cell(cell: Any, state: str, ink: dict[str, str]) -> dict[str, Any]:
    title, shape = str(cell.node.task_title or ""), cell.shape
    kind = "task" if isinstance(cell.node, Human) else "effect" if isinstance(cell.node, Effect) else "end"
    if cell.node.task_type == "START":
        kind = state = "start"
    lines = _lines(title) if kind in BOXES else []
    top = shape.height / 2 - (len(lines) - 1) * LINE_HEIGHT / 2 + 5
    fill, stroke = COLOURS.get(state, ("paper", "line"))
    inset = INSET if kind in BOXES else 0
    return {
        "kind": kind,
        "state": state,
        "fill": ink[fill],
        "stroke": ink[stroke],
        "ink": ink["ink"] if state else ink["soft"],
        "x": shape.x + inset,
        "y": shape.y,
        "width": shape.width - 2 * inset,
        "height": shape.height,
        "middle": shape.width / 2 - inset,
        "centre": shape.height / 2,
        "radius": shape.width / 2 - (6 if kind == "start" else 3),
        "lines": [Text(line, shape.width / 2 - inset, top + n * LINE_HEIGHT) for n, line in enumerate(lines)],
    }


def _lines(title: str) -> list[str]:
    """Chinese breaks after eight characters, other writing between words."""
    if title.isascii():
        return wrap(title, PER_LINE * 2)
    return [title[start : start + PER_LINE] for start in range(0, len(title), PER_LINE)]


def _edge(edge: Any, states: dict[str, str], ink: dict[str, str], lane: int) -> dict[str, Any]:
    """An edge with room for its label: boxes are drawn narrower, ways back run in lanes below the boxes."""
    refused = edge.edge_class == "cond_false"
    was = states.get(edge.src.name)
    walked = bool(states) and (was == ("back" if refused else "done") or edge.src.task_type == "START")
    marker, colour = "arrow", "line"
    if walked:
        marker, colour = ("sent-back", "back_line") if refused else ("walked", "ink")
    points = [list(point) for point in edge.segments]
    # Rounding leaves a step of a pixel between circles and boxes.
    level = len(points) == 2 and abs(points[0][1] - points[1][1]) <= 2
    if level:
        points[1][1] = points[0][1]
        points[0][0] -= 5 if edge.src.task_type == "START" else 0
        points[0][0] -= INSET if isinstance(edge.src, Human | Effect) else 0
        points[1][0] += INSET if isinstance(edge.dst, Human | Effect) else 0
    elif lane:
        for point in points[1:3]:
            point[1] = points[0][1] + LANE * lane
    at = (points[0][0] + 5, points[0][1] - 6) if level else (points[0][0] + 6, points[0][1] + 14)
    return {
        "path": " ".join(f"{'L' if n else 'M'}{x},{y}" for n, (x, y) in enumerate(points)),
        "label": str(edge.label or ""),
        "at": at,
        "refused": refused,
        "walked": walked,
        "marker": marker,
        "colour": ink[colour],
    }
