"""Known vulnerabilities in what we did not write. Green only where every package was looked up.

python tools/audit.py [--without-npm]

A source that cannot be reached, or that does not know a package, is as red as a fault: silence is no answer. Exit 0:
looked up and clean; 1: faults are known; 2: something was not looked up.
"""

import argparse
import json
import os
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from shutil import which
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
LOCKS = ("runtime.txt", "dev.txt", "browser.txt")
LONGEST_WAIT = 600


@dataclass
class Answer:
    """What one source said."""

    about: str
    asked: int = 0
    faults: list[str] = field(default_factory=list)
    unasked: list[str] = field(default_factory=list)


def of_pip(about: str, said: str) -> Answer:
    """The answer of pip-audit; a package that was skipped was not looked up."""
    answer = Answer(about)
    rows = _json(said).get("dependencies")
    if not rows:
        answer.unasked.append("no answer")
        return answer
    for row in rows:
        name = f"{row['name']} {row.get('version', '')}".strip()
        if "skip_reason" in row:
            answer.unasked.append(row["name"])
            continue
        answer.asked += 1
        answer.faults += [
            f"{name}: {fault['id']} {', '.join(fault.get('aliases', ()))}, "
            f"mended in {', '.join(fault.get('fix_versions', ())) or 'no release'}"
            for fault in row.get("vulns", ())
        ]
    return answer


def of_npm(about: str, said: str) -> Answer:
    """The answer of npm audit; an error is no answer."""
    answer, found = Answer(about), _json(said)
    counted = found.get("metadata", {}).get("dependencies", {}).get("total")
    if "error" in found or not counted:
        answer.unasked.append("no answer")
        return answer
    answer.asked = counted
    answer.faults += [
        f"{name}: {row.get('severity', 'unknown')}" for name, row in found.get("vulnerabilities", {}).items()
    ]
    return answer


def _json(said: str) -> dict[str, Any]:
    """What was printed as JSON; nothing where it is none."""
    try:
        found = json.loads(said)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def ask(command: Sequence[str]) -> str:
    """What a program prints; nothing where it is missing or does not come back."""
    try:
        done = subprocess.run(
            command, cwd=ROOT, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=LONGEST_WAIT
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout


def answers(*, npm: bool) -> list[Answer]:
    """Ask about every lock."""
    own = Path(sys.executable).parent / "pip-audit"
    flags = ["--require-hashes", "--disable-pip", "--format=json", "--progress-spinner=off"]
    service = ["--vulnerability-service", os.environ.get("HETANG_AUDIT_SERVICE", "osv")]
    found = [
        of_pip(lock, ask([str(own), *flags, *service, "--requirement", f"requirements/{lock}"]))
        for lock in LOCKS
    ]
    if npm:
        program = which("npm") or "npm"
        found.append(of_npm("package-lock.json", ask([program, "audit", "--package-lock-only", "--json"])))
    return found


def told(found: Sequence[Answer]) -> tuple[list[str], int]:
    """The lines to print, and the exit code."""
    lines = []
    for each in found:
        state = "FAULTS" if each.faults else "NOT LOOKED UP" if each.unasked else "clean"
        lines.append(f"{state:14}{each.about}: {each.asked} packages looked up, {len(each.faults)} faults")
        lines += [f"              {fault}" for fault in each.faults]
        if each.unasked:
            lines.append(f"              not looked up: {', '.join(each.unasked)}")
    if any(each.faults for each in found):
        return [
            *lines,
            "audit: faults are known; take newer packages (make lock), or say why they do not apply.",
        ], 1
    if any(each.unasked for each in found):
        why = "audit: this is no all-clear. The source could not be reached or does not know these packages; ask again "
        return [*lines, why + "where there is one (HETANG_AUDIT_SERVICE=osv or pypi)."], 2
    return [*lines, "audit: every package was looked up, no fault is known."], 0


def main() -> int:
    """Ask, print, and leave with the answer."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--without-npm", action="store_true", help="leave out what browsers get")
    lines, code = told(answers(npm=not parser.parse_args().without_npm))
    print("\n".join(lines))
    return code


if __name__ == "__main__":
    sys.exit(main())
