"""What we did not write: listed whole, never older than the mended releases, and never called clean unasked."""

import json
import os
import re
import subprocess
import sys
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

import pytest
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
from django.core.checks import run_checks

from hetang_flow import minimum
from tests.house.test_settings import GOOD
from tools import audit, sbom

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def bill():
    return sbom.bill()


def pinned(lock):
    """The releases of a lock; a package may stand there twice, for two Pythons."""
    return set(re.findall(r"^([\w.-]+)==([^\s;]+)", (ROOT / "requirements" / lock).read_text(), re.MULTILINE))


# --- the bill of materials ---


def test_a4_39_the_bill_lists_every_locked_package_once_with_its_hashes(bill):
    listed = [part for part in json.loads(bill)["components"] if part["purl"].startswith("pkg:pypi/")]
    wanted = pinned("dev.txt") | pinned("browser.txt") | pinned("runtime.txt")
    assert {(part["name"], part["version"]) for part in listed} == wanted
    assert len(listed) == len(wanted)
    for part in listed:
        text = (ROOT / "requirements" / "dev.txt").read_text() + (
            ROOT / "requirements" / "browser.txt"
        ).read_text()
        assert part["hashes"]
        assert all(f"sha256:{each['content']}" in text for each in part["hashes"]), part["name"]


def test_a4_39_what_a_server_needs_is_told_from_what_development_needs(bill):
    on_a_server = {part["name"] for part in json.loads(bill)["components"] if part["scope"] == "required"}
    assert on_a_server == {*dict(pinned("runtime.txt")), "@tabler/core", "@popperjs/core", "htmx.org"}


def test_a4_39_whatever_is_installed_says_its_licence(bill):
    without = [part["name"] for part in json.loads(bill)["components"] if "licenses" not in part]
    assert [name for name in without if is_installed(name)] == []


def is_installed(name):
    try:
        distribution(name)
    except PackageNotFoundError:
        return False
    return True


def test_a4_39_the_bill_is_valid_and_the_same_whenever_it_is_made(bill):
    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(bill) is None
    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(bill.replace('"library"', '"book"'))
    assert sbom.bill() == bill


# --- least versions ---


def test_a4_39_nothing_installed_or_locked_is_older_than_it_may_be():
    assert minimum.too_old() == []
    for lock in ("runtime.txt", "dev.txt"):
        locked = dict(pinned(lock))
        assert minimum.too_old(locked.__getitem__) == []
    assert [message for message in run_checks() if message.id == "hetang_flow.E001"] == []


@pytest.mark.parametrize("name", minimum.AT_LEAST)
def test_a4_39_the_release_before_is_named_with_its_fault(name):
    least, why = minimum.AT_LEAST[name]
    *front, last = minimum.parts(least)
    before = ".".join(map(str, [*front, last - 1])) if last else f"{front[0]}.{front[1] - 1}.99"
    said = minimum.too_old(lambda each: before if each == name else minimum.AT_LEAST[each][0])
    assert said == [f"{name} {before} is too old: {least} or newer is needed ({why})."]


def test_a4_39_a_candidate_is_older_than_its_release():
    assert minimum.parts("5.2rc1") < minimum.parts("5.2.1")
    assert minimum.parts("10.0") > minimum.parts("9.9.9")
    assert minimum.parts("unknown") == ()


def test_a4_39_production_does_not_start_on_a_package_that_is_too_old():
    code = "from hetang_flow import minimum; {} import hetang_flow.settings.prod"
    environment = {
        name: text for name, text in os.environ.items() if not name.startswith(("HETANG_", "DJANGO_"))
    }
    for change, started in (("", True), ("minimum.AT_LEAST['django'] = ('99.0', 'a fault');", False)):
        done = subprocess.run(
            [sys.executable, "-c", code.format(change)],
            cwd=ROOT,
            env=environment | GOOD,
            capture_output=True,
            text=True,
        )
        assert (done.returncode == 0) is started, done.stderr
        assert ("99.0 or newer is needed (a fault)" in done.stderr) is not started


# --- known vulnerabilities ---

CLEAN = {"name": "django", "version": "5.2.19", "vulns": []}
FAULTY = {
    "name": "daphne",
    "version": "4.0",
    "vulns": [{"id": "X-1", "aliases": ["CVE-1"], "fix_versions": ["4.2.2"]}],
}
SKIPPED = {"name": "typst", "skip_reason": "not found"}


@pytest.mark.parametrize(
    ("rows", "code", "words"),
    [
        ([CLEAN], 0, "no fault is known"),
        ([CLEAN, FAULTY], 1, "daphne 4.0: X-1 CVE-1, mended in 4.2.2"),
        ([CLEAN, SKIPPED], 2, "not looked up: typst"),
        ([FAULTY, SKIPPED], 1, "not looked up: typst"),
        ([], 2, "not looked up: no answer"),
    ],
)
def test_a4_39_an_audit_is_green_only_where_everything_was_looked_up(rows, code, words):
    lines, left = audit.told([audit.of_pip("runtime.txt", json.dumps({"dependencies": rows}))])
    assert left == code
    assert words in "\n".join(lines)


@pytest.mark.parametrize("said", ["", "[]", "no json", '{"error": {"code": "405"}}', '{"metadata": {}}'])
def test_a4_39_an_answer_that_is_none_is_no_all_clear(said):
    assert audit.told([audit.of_pip("runtime.txt", said)])[1] == 2
    assert audit.told([audit.of_npm("package-lock.json", said)])[1] == 2


def test_a4_39_what_browsers_get_is_looked_up_too():
    row = {"metadata": {"dependencies": {"total": 3}}, "vulnerabilities": {}}
    assert audit.told([audit.of_npm("package-lock.json", json.dumps(row))])[1] == 0
    row["vulnerabilities"] = {"htmx.org": {"severity": "high"}}
    lines, code = audit.told([audit.of_npm("package-lock.json", json.dumps(row))])
    assert code == 1
    assert "htmx.org: high" in "\n".join(lines)


def test_a4_39_without_a_source_the_audit_is_red():
    nowhere = dict.fromkeys(("HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy"), "http://127.0.0.1:9")
    done = subprocess.run(
        [sys.executable, "tools/audit.py", "--without-npm"],
        cwd=ROOT,
        env=os.environ | nowhere | {"NO_PROXY": "", "no_proxy": ""},
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 2, done.stdout + done.stderr
    assert "this is no all-clear" in done.stdout
