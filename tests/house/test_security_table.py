"""The table of docs/security.md names tests that exist, and every numbered test stands in it."""

import re
from pathlib import Path

import pytest
from django.conf import settings

ROOT = Path(settings.BASE_DIR)
ROW = re.compile(r"^\| (\d+) \| (.+?) \| (.+) \| (.+?) \|$")
NAMED = re.compile(r"`([\w/]+\.py)::(\w+)`")


def table() -> dict[int, tuple[list[tuple[str, str]], str]]:
    """Line -> (tests it names, its result)."""
    found = {}
    for line in (ROOT / "docs" / "security.md").read_text(encoding="utf-8").splitlines():
        if match := ROW.match(line):
            number, _asked, proof, result = match.groups()
            assert int(number) not in found, f"line {number} stands twice"
            found[int(number)] = (NAMED.findall(proof), result)
    return found


def written(path: Path) -> set[str]:
    """The tests of a module."""
    return set(re.findall(r"^(?:async )?def (test_\w+)", path.read_text(encoding="utf-8"), re.MULTILINE))


def test_every_line_of_the_checklist_has_its_answer():
    assert sorted(table()) == list(range(1, 41))
    assert all(result for _tests, result in table().values())


def test_every_test_the_table_names_exists():
    for number, (tests, _result) in table().items():
        for name, test in tests:
            path = ROOT / "tests" / name
            assert path.is_file(), f"line {number}: {name}"
            assert test in written(path), f"line {number}: {name}::{test}"


@pytest.mark.parametrize("kind", ["a4", "line"])
def test_every_numbered_test_stands_in_its_line(kind):
    rows = table()
    for path in (ROOT / "tests").rglob("test_*.py"):
        for test in written(path):
            if match := re.match(rf"test_{kind}_(\d\d)_", test):
                named = {name for _file, name in rows[int(match[1])][0]}
                place = {name for name, _test in rows[int(match[1])][0]}
                here = str(path.relative_to(ROOT / "tests"))
                assert test in named or here in place, f"line {match[1]} does not name {here} ({test})"
