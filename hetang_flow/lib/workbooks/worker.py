"""The process that opens a workbook: the file is its input, its sheets as JSON are its output. See apart.py."""

import json
import resource
import sys
from dataclasses import asdict
from typing import Any

from hetang_flow.lib.workbooks.found import OVERFLOWS, Grid, NotAWorkbook
from hetang_flow.lib.workbooks.grids import grids

MEMORY = 2 * 1024**3
SECONDS = 60
MOST_SAID = 100 * 1024**2


def main() -> int:
    """Open the file and say what is in it, or why it cannot be opened."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS + 1))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    try:
        found = [_said(grid) for grid in grids(sys.stdin.buffer.read())]
        said = json.dumps({"grids": found}, default=sorted, ensure_ascii=False)
        if len(said.encode()) > MOST_SAID:
            raise MemoryError
    except NotAWorkbook as refused:
        said = json.dumps({"refused": refused.code, "facts": refused.facts})
    except MemoryError:
        said = json.dumps({"refused": OVERFLOWS})
    except BaseException:  # a reader's panic has no better name, and the file is at fault
        said = json.dumps({"refused": "workbook-broken"})
    sys.stdout.buffer.write(said.encode())
    return 0


def _said(grid: Grid) -> dict[str, Any]:
    return {"name": grid.name, "rows": grid.rows, "merged": grid.merged, "looked": asdict(grid.looked)}


if __name__ == "__main__":
    sys.exit(main())
