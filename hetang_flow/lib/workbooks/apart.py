"""Opens a workbook in a process of its own: a file made to hurt ends that process, not the one that asked.

A cell far out in an otherwise empty sheet makes a reader ask for more memory than there is, and that ends its process.
"""

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from hetang_flow.lib.workbooks.found import OVERFLOWS, Grid, Looked, NotAWorkbook

PATIENCE = 120
ROOT = Path(__file__).resolve().parents[3]
WORKER = "hetang_flow.lib.workbooks.worker"


def opened(data: bytes) -> list[Grid]:
    """The visible sheets of a file, opened apart. Raises NotAWorkbook, also for a file nobody can open in reason."""
    answer: dict[str, Any] = {"refused": OVERFLOWS}
    # Of what this process knows (passwords, addresses) the one that opens strangers' files gets nothing.
    environment = {"PYTHONPATH": str(ROOT), "PATH": os.environ.get("PATH", "")}
    try:
        done = subprocess.run(
            [sys.executable, "-m", WORKER],
            input=data,
            capture_output=True,
            timeout=PATIENCE,
            cwd=ROOT,
            env=environment,
        )
    except subprocess.TimeoutExpired:
        done = None
    if done is not None and done.returncode == 0:
        answer = json.loads(done.stdout)
    if "refused" in answer:
        raise NotAWorkbook(answer["refused"], answer.get("facts"))
    return [_grid(said) for said in answer["grids"]]


def _grid(said: Mapping[str, Any]) -> Grid:
    looked: dict[str, Any] = said["looked"]
    cells = {name: frozenset(each) for name, each in looked.items() if name != "hidden"}
    ranges = [(first, left, last, right) for first, left, last, right in said["merged"]]
    return Grid(said["name"], said["rows"], ranges, Looked(**cells, hidden=looked["hidden"]))
