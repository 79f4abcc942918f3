"""The two commands as people use them: what they print, what they write, how they end."""

from io import StringIO

import pytest
from django.apps import apps
from django.core.management import CommandError, call_command

from flows.campaigns.models import PlanVersion
from flows.plan.management.commands import load_plan, plan_lint
from permissions.models import Appointment
from tests.support.plans import INVENTED, NOTICE, edited


def run(name, *words):
    """What a command printed, on both streams."""
    out = StringIO()
    call_command(name, *map(str, words), stdout=out, stderr=out)
    return out.getvalue()


def rows():
    return {model._meta.label: model.objects.count() for model in apps.get_models()}


@pytest.fixture
def changed_file(tmp_path):
    path = tmp_path / "supplement.yaml"
    path.write_bytes(edited(NOTICE, "holder: 苏智", "holder: 新任甲"))
    return path


def bad_files():
    text = NOTICE.read_text(encoding="utf-8")
    convener = "convener: true}\n      - {post: vice-mayor-1"
    yield (
        "unknown organisation",
        text.replace("service: [区交通局]", "service: [区交能局]").encode(),
        "projects[0].service[0]",
    )
    yield (
        "two conveners",
        text.replace(convener, f"{convener}, convener: true").encode(),
        "lines[0].leaders[1].convener",
    )
    yield "impossible date", text.replace("2023-12-31", "2023-02-30").encode(), "campaign.effective_until"
    yield "negative amount", text.replace("total: 184", "total: -184").encode(), "projects[0].total"
    yield "duplicate project", text.replace("code: HT2023-02", "code: HT2023-01").encode(), "projects[1].code"
    yield (
        "unknown post",
        text.replace("leaders: [vice-mayor-3]", "leaders: [vice-mayor-33]").encode(),
        "projects[0].district_leaders[0]",
    )
    yield (
        "unknown key",
        text.replace("    location: 荷塘区", "    place: 荷塘区", 1).encode(),
        "projects[0].place",
    )
    yield "broken yaml", text.replace("lines:\n", "lines: [\n", 1).encode(), ""
    yield "wrong encoding", text.encode("gb18030"), ""
    yield "empty file", b"", ""
    yield "50 MB", b"# " + b"x" * 50_000_000, ""
    yield (
        "alias of two",
        text.replace("aliases: [区交通局]", "aliases: [区交通局, 区财政局]").encode(),
        "organisations[18].aliases[1]",
    )


@pytest.mark.parametrize(
    ("data", "where"), [pytest.param(data, where, id=name) for name, data, where in bad_files()]
)
def test_a_bad_file_is_answered_with_file_line_and_path_and_loads_nothing(db, tmp_path, data, where):
    path = tmp_path / "bad.yaml"
    path.write_bytes(data)
    before = rows()
    told = StringIO()
    with pytest.raises(CommandError):
        call_command("load_plan", str(path), "--yes", stdout=told, stderr=told)
    lines = told.getvalue().splitlines()
    assert lines
    place = next(line for line in lines if where in line)
    name, line, *_rest = place.split(":")
    assert name == str(path)
    assert int(line) >= 1
    assert rows() == before


def test_check_shows_and_writes_nothing(db):
    before = rows()
    assert "HT2023-06" in run("load_plan", NOTICE, "--check")
    assert rows() == before


def test_a_load_prints_a_line_a_section_and_a_second_load_says_that_nothing_changed(db):
    first = run("load_plan", NOTICE)
    assert len(first.splitlines()) == 24
    assert PlanVersion.objects.count() == 1
    before = rows()
    second = run("load_plan", NOTICE)
    assert second.splitlines()[-1] != first.splitlines()[-1]
    assert rows() == before


def test_a_changed_file_is_shown_and_wants_an_answer(db, changed_file, monkeypatch):
    run("load_plan", NOTICE)
    with pytest.raises(CommandError):
        run("load_plan", changed_file)
    assert PlanVersion.objects.count() == 1
    monkeypatch.setattr(load_plan.sys.stdin, "isatty", lambda: True, raising=False)
    monkeypatch.setattr("builtins.input", lambda _question: "n")
    with pytest.raises(CommandError):
        run("load_plan", changed_file)
    assert PlanVersion.objects.count() == 1
    monkeypatch.setattr("builtins.input", lambda _question: "y")
    told = run("load_plan", changed_file)
    assert "苏智 → 新任甲" in told
    assert PlanVersion.objects.count() == 2


def test_yes_answers_beforehand_and_the_day_can_be_named(db, changed_file):
    run("load_plan", NOTICE)
    run("load_plan", changed_file, "--yes", "--effective", "2023-07-01")
    assert Appointment.objects.get(holder_name="新任甲").from_day.isoformat() == "2023-07-01"


@pytest.mark.parametrize("day", ["2999-01-01", "2023-02-30", "tomorrow"])
def test_a_day_in_the_future_or_none_at_all_is_refused(db, changed_file, day):
    run("load_plan", NOTICE)
    with pytest.raises(CommandError):
        run("load_plan", changed_file, "--yes", "--effective", day)
    assert PlanVersion.objects.count() == 1


def test_lint_needs_no_database_and_is_strict_when_asked():
    assert plan_lint.Command.needs_database is False
    told = run("plan_lint")
    assert "projects[5].invested_before" in told
    assert "hetang-2023.yaml:" in told
    with pytest.raises(CommandError) as ended:
        run("plan_lint", INVENTED, "--strict")
    assert ended.value.returncode == 1


def test_lint_of_a_file_with_errors_ends_with_one(tmp_path):
    path = tmp_path / "bad.yaml"
    path.write_bytes(edited(NOTICE, "total: 184", "total: -1"))
    with pytest.raises(CommandError) as ended:
        run("plan_lint", path)
    assert ended.value.returncode == 1
