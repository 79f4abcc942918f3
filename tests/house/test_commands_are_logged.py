"""Every command that uses the database leaves a row with its exit status; the log is never in a command's way."""

import os
import subprocess
import sys
from pathlib import Path
from urllib.parse import quote

import pytest
from django.db import connection

from hetang_flow import postgres_tools
from hetang_flow.lib import clock
from permissions import access
from permissions.models import Access

ROOT = Path(__file__).resolve().parents[2]


def manage(*words, database=None):
    """A finished `manage.py`, run on the tests' own server."""
    at = connection.settings_dict
    host = quote(at["HOST"], safe="")
    name = database or at["NAME"]
    kept = {key: value for key, value in os.environ.items() if not key.startswith("DJANGO_")}
    addresses = {
        "HETANG_DATABASE_URL": f"postgresql://{at['USER']}:{quote(at['PASSWORD'])}@:{at['PORT']}/{name}?host={host}",
        "HETANG_REDIS_URL": kept.get("HETANG_REDIS_URL", "redis://localhost:1/0"),
    }
    return subprocess.run(
        [sys.executable, "manage.py", *words],
        cwd=ROOT,
        env=kept | addresses,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=60,
    )


@pytest.fixture
def empty_database(django_db_setup, django_db_blocker):
    """The name of a database without a single table."""
    name = f"{connection.settings_dict['NAME']}_bare"
    with django_db_blocker.unblock():
        postgres_tools.drop(name)
        postgres_tools.create(name)
        yield name
        postgres_tools.drop(name)


def test_a_command_leaves_its_name_and_its_exit_status(transactional_db):
    before = clock.now()
    assert manage("due_day", "2023-09-22", "5").returncode == 0
    assert manage("due_day", "tomorrow", "5").returncode == 2
    rows = list(Access.objects.order_by("pk"))
    assert [(row.method, row.target, row.status) for row in rows] == [
        ("COMMAND", "due_day", 0),
        ("COMMAND", "due_day", 2),
    ]
    assert all(before <= row.at <= clock.now() and row.milliseconds > 0 for row in rows)


def test_a_command_without_a_database_and_a_call_for_help_leave_nothing(transactional_db):
    assert manage("plan_lint").returncode == 0
    assert manage("journal_verify", "--help").returncode == 0
    assert manage("check_flows", "--file", "plans/hetang-2023.yaml").returncode == 0
    assert not Access.objects.exists()


def test_looking_at_the_stored_flows_leaves_a_row_with_its_verdict(transactional_db):
    assert manage("check_flows").returncode == 1, "no policy is stored yet"
    (row,) = Access.objects.all()
    assert (row.method, row.target, row.status) == ("COMMAND", "check_flows", 1)


def test_a_database_without_tables_breaks_no_command(empty_database):
    done = manage("due_day", "2023-09-22", "5", database=empty_database)
    assert done.returncode == 0
    assert done.stdout.startswith("2023-10-07\n")
    assert "Traceback" not in done.stderr
    assert "access log" not in done.stderr


def test_a_log_that_cannot_be_written_changes_nothing(transactional_db):
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE permissions_access RENAME TO elsewhere")
        cursor.execute("CREATE TABLE permissions_access (nothing int)")
    try:
        done = manage("due_day", "2023-09-22", "5")
    finally:
        with connection.cursor() as cursor:
            cursor.execute("DROP TABLE permissions_access")
            cursor.execute("ALTER TABLE elsewhere RENAME TO permissions_access")
    assert done.returncode == 0
    assert "access log not written" in done.stderr


def test_the_status_is_the_one_the_interpreter_leaves_with():
    ends = {
        SystemExit(): 0,
        SystemExit(3): 3,
        SystemExit("words"): 1,
        KeyboardInterrupt(): 130,
        RuntimeError(): 1,
    }
    assert [access.status_of(end) for end in ends] == list(ends.values())


def test_a_database_without_tables_is_told_in_one_sentence_with_what_to_do(empty_database):
    done = manage("check_flows", database=empty_database)
    assert done.returncode == 1
    assert done.stderr.strip().splitlines()[-1].endswith("manage.py migrate。")
    assert "Traceback" not in done.stderr


def test_a_server_that_does_not_answer_is_told_in_one_sentence_with_what_to_do():
    nowhere = "postgresql://nobody@127.0.0.1:9/none"
    words = [sys.executable, "manage.py", "check_flows"]
    kept = os.environ | {"HETANG_DATABASE_URL": nowhere, "HETANG_REDIS_URL": "redis://localhost:1/0"}
    done = subprocess.run(words, cwd=ROOT, env=kept, capture_output=True, text=True, timeout=60)
    assert done.returncode == 1
    assert done.stderr.strip().splitlines()[-1].endswith("HETANG_DATABASE_URL。")
    assert "Traceback" not in done.stderr
