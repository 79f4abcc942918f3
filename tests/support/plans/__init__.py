"""Plan files for tests: the notice's own, an invented one with every fault, and what becomes of either when changed."""

import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from flows.plan.document import Document, PlanRefused, read_plan, read_plan_bytes
from flows.plan.reading import read_file
from hetang_flow.lib.plan_file import Finding

NOTICE = Path(__file__).parents[3] / "plans" / "hetang-2023.yaml"
INVENTED = Path(__file__).parent / "qinglan-2031.yaml"

Change = Callable[[dict[str, Any]], Any]


def plain(path: Path) -> dict[str, Any]:
    """A plan file as plain values, to be changed."""
    return copy.deepcopy(read_file(path).value)


def changed(path: Path, *changes: Change) -> bytes:
    """The file with changes made to its plain values, as bytes (JSON is YAML)."""
    value = plain(path)
    for change in changes:
        change(value)
    return json.dumps(value, ensure_ascii=False, indent=1).encode()


def document(path: Path, *changes: Change) -> Document:
    """The checked document of a file, changed first if asked."""
    return read_plan_bytes(changed(path, *changes)) if changes else read_plan(path)


def edited(path: Path, old: str, new: str, count: int = 1) -> bytes:
    """The text of the file with one passage replaced; the passage must be there."""
    text = path.read_text(encoding="utf-8")
    assert old in text, f"{old!r} is not in {path.name}"
    return text.replace(old, new, count).encode()


def refused(data: bytes, name: str = "plan.yaml") -> list[Finding]:
    """The findings for which a plan is refused; fails when it is not."""
    try:
        read_plan_bytes(data, name)
    except PlanRefused as refusal:
        return refusal.findings
    raise AssertionError("the plan was accepted")


def line_of(data: bytes, passage: str) -> int:
    """The line in which a passage first stands."""
    return data.decode()[: data.decode().index(passage)].count("\n") + 1
