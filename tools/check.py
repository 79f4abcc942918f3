"""Every check that needs no test: runs them all, shows what failed, exits 1 if anything did."""

import os
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BIN = ROOT / ".venv" / "bin"
COMMANDS = ROOT / "hetang_flow" / "management" / "commands"

STRICT = [
    "hetang_flow/lib",
    "permissions/actors.py",
    *sorted(str(path.relative_to(ROOT)) for room in ("flows/*", "permissions", "notifications") for name in ("rules.py", "rules") for path in ROOT.glob(f"{room}/{name}")),
]  # fmt: skip

CHECKS: list[tuple[str, list[str]]] = [
    ("format", [str(BIN / "ruff"), "format", "--check", "."]),
    ("lint", [str(BIN / "ruff"), "check", "."]),
    ("strict types", [sys.executable, "-m", "mypy", "--strict", *STRICT]),
    ("import contracts", [str(BIN / "lint-imports")]),
    ("system check", [sys.executable, "manage.py", "check", "--fail-level", "WARNING"]),
    ("migrations", [sys.executable, "manage.py", "makemigrations", "--check", "--dry-run"]),
    ("catalogue", [sys.executable, "tools/catalogue.py", "--check"]),
    ("flows", [sys.executable, "manage.py", "check_flows", "--file", "plans/hetang-2023.yaml"]),
    ("diagrams", [sys.executable, "manage.py", "diagrams", "--check"]),
    ("hosts, paths, telephone numbers", [sys.executable, "tools/leaks.py"]),
]


def main() -> int:
    """Run the named checks, or all; print one line each and the output of those that failed."""
    wanted = set(sys.argv[1:])
    failed = []
    for name, command in CHECKS:
        if (wanted and name not in wanted) or (
            name == "diagrams" and not (COMMANDS / "diagrams.py").exists()
        ):
            continue
        began = time.monotonic()
        done = subprocess.run(
            command,
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
        )
        print(
            f"{'ok    ' if done.returncode == 0 else 'FAILED'} {name} ({time.monotonic() - began:.1f} s)",
            flush=True,
        )
        if done.returncode:
            failed.append(name)
            print(done.stdout, flush=True)
    print(f"check: {len(failed)} failed: {', '.join(failed)}" if failed else "check: everything holds")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
