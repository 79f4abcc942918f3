"""What the papers say is there is there: commands, options, paths, links, variables, names; both READMEs say the same."""

import re
import subprocess
from functools import cache
from pathlib import Path

import pytest
from django.core.management import get_commands, load_command_class

ROOT = Path(__file__).resolve().parents[2]
PAPERS = [
    "README.md",
    "README.zh.md",
    "CONTRIBUTING.md",
    *sorted(str(path.relative_to(ROOT)) for path in ROOT.glob("docs/**/*.md")),
]
MADE_BY_RUNNING = ("var/", ".venv/", "/")
ENDINGS = "css|in|js|md|mo|po|py|svg|toml|txt|yaml"
PATH = re.compile(rf"^/?[\w.*-]+(/[\w.*-]+)*(/|\.({ENDINGS}))$")
VARIABLE = re.compile(r"\bHETANG_[A-Z_]+\b")
READ_BY_TESTS_ALONE = {"HETANG_TEST_VAR"}

paper = pytest.mark.parametrize("name", PAPERS)


@cache
def text_of(name):
    return (ROOT / name).read_text(encoding="utf-8")


@cache
def tracked():
    done = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True)
    return done.stdout.splitlines() or [str(path.relative_to(ROOT)) for path in ROOT.rglob("*.*")]


def code_in(name):
    """Every line of a code block and every span in backticks."""
    blocks = re.findall(r"^```\w*\n(.*?)^```", text_of(name), re.S | re.M)
    spans = re.findall(r"`([^`\n]+)`", re.sub(r"^```.*?^```", "", text_of(name), flags=re.S | re.M))
    return [line for block in blocks for line in block.splitlines()] + spans


def headings(name):
    bare = re.sub(r"^```.*?^```", "", text_of(name), flags=re.S | re.M)
    return [len(marks) for marks in re.findall(r"^(#+) ", bare, re.M)]


def links(name):
    return re.findall(r"\]\(([^)\s]+)\)", text_of(name))


def exists(path):
    """A file, a folder or a pattern of the project; a bare name may lie in any room."""
    if any(ROOT.glob(path.rstrip("/"))):
        return True
    return "/" not in path and any(Path(file).name == path for file in tracked())


@paper
def test_every_link_leads_somewhere(name):
    inside = [link.split("#")[0] for link in links(name) if "://" not in link]
    assert [link for link in inside if not ((ROOT / name).parent / link).exists()] == []


@paper
def test_every_make_target_exists(name):
    targets = set(re.findall(r"^([a-z][\w-]*):", text_of("Makefile"), re.M))
    named = {found for code in code_in(name) for found in re.findall(r"\bmake ([a-z][\w-]*)", code)}
    assert named - targets == set()


@paper
def test_every_command_and_each_of_its_options_exist(name):
    for code in code_in(name):
        found = re.search(r"\bmanage\.py ([a-z]\w*)(.*)", code)
        if not found:
            continue
        command, rest = found.groups()
        assert command in get_commands(), code
        loaded = load_command_class(get_commands()[command], command)
        known = loaded.create_parser("manage.py", command)._option_string_actions
        assert set(re.findall(r"(?<![\w-])--[a-z-]+", rest)) <= known.keys(), code


@paper
def test_every_path_exists(name):
    named = {word for code in code_in(name) for word in code.split() if PATH.match(word)}
    missing = {path for path in named if not path.startswith(MADE_BY_RUNNING) and not exists(path)}
    assert missing == set()


def test_the_variables_in_the_papers_are_those_the_code_reads():
    read = set()
    for file in tracked():
        if file.endswith(".py") and file.startswith(("hetang_flow/", "tools/")):
            read |= set(VARIABLE.findall(text_of(file)))
    assert set(VARIABLE.findall(text_of("docs/operations.md"))) == read - READ_BY_TESTS_ALONE
    for name in PAPERS:
        assert set(VARIABLE.findall(text_of(name))) <= read, name


def test_every_name_in_the_glossary_is_used_by_the_code():
    words = set()
    for file in tracked():
        if file.endswith((".py", ".yaml")) and not file.startswith("tests/"):
            words |= set(re.findall(r"[\w-]+", text_of(file)))
    for row in re.findall(r"^\| [^|]+ \| [^|]+ \| ([^|]+) \|", text_of("docs/glossary.md"), re.M):
        for name in re.findall(r"`([^`]+)`", row):
            parts = re.findall(r"[\w-]+", name)
            assert set(parts) <= words, name


def test_a_term_has_one_row_in_the_glossary():
    terms = re.findall(r"^\| ([^|a-z]+) \| [a-z]", text_of("docs/glossary.md"), re.M)
    assert len(terms) > 60
    assert sorted(set(terms)) == sorted(terms)


def test_both_readmes_have_the_same_sections_links_and_commands():
    english, chinese = "README.md", "README.zh.md"
    assert headings(english) == headings(chinese)
    assert set(links(english)) - {chinese} == set(links(chinese)) - {english}
    assert chinese in links(english)
    assert english in links(chinese)

    def commands(name):
        return {
            found for code in code_in(name) for found in re.findall(r"(?:make|manage\.py) [a-z][\w-]*", code)
        }

    assert commands(english) == commands(chinese)
    assert set(VARIABLE.findall(text_of(english))) == set(VARIABLE.findall(text_of(chinese)))


def test_the_makefile_explains_each_target_people_call():
    explained = set(re.findall(r"^#   make ([\w-]+)", text_of("Makefile"), re.M))
    phony = set(re.search(r"^\.PHONY: (.+)$", text_of("Makefile"), re.M).group(1).split())
    assert phony - {"browser"} == explained
