"""The settings keep what the house promises about the database, the pages and the people."""

import os
import subprocess
import sys

import pytest
from django.conf import settings
from django.db import connection


def test_every_connection_has_its_time_limits(db):
    with connection.cursor() as cursor:
        limits = {}
        for name in settings.DATABASE_LIMITS:
            cursor.execute(f"SHOW {name}")
            limits[name] = cursor.fetchone()[0]
    assert limits == {
        "lock_timeout": "2s",
        "statement_timeout": "30s",
        "idle_in_transaction_session_timeout": "1min",
    }


def test_pages_run_no_inline_script_and_no_inline_style():
    directives = settings.CONTENT_SECURITY_POLICY["DIRECTIVES"]
    assert directives["script-src"] == directives["style-src"] == ["'self'"]
    assert directives["frame-ancestors"] == ["'none'"]


def test_the_access_log_believes_the_proxies_that_the_environment_names():
    code = "from hetang_flow.settings import dev; print(dev.TRUSTED_PROXY)"
    environment = os.environ | {"HETANG_TRUSTED_PROXY": "10.0.0.0/8, ::1"}
    said = subprocess.run(
        [sys.executable, "-c", code], cwd=settings.BASE_DIR, env=environment, capture_output=True, text=True
    )
    assert said.stdout == "['10.0.0.0/8', '::1']\n"
    assert settings.TRUSTED_PROXY == []


GOOD = {
    "DJANGO_SETTINGS_MODULE": "hetang_flow.settings.prod",
    "HETANG_DATABASE_URL": "postgresql://somebody@db.example.test/hetang",
    "HETANG_REDIS_URL": "redis://cache.example.test/0",
    "HETANG_SECRET_KEY": "".join(f"{number:x}z" for number in range(40)),
    "HETANG_ALLOWED_HOSTS": "flow.example.test",
}


def production(**changes):
    """`check --deploy` with production settings; a change of None takes a variable away."""
    # A browser test in the same process leaves DJANGO_ names behind.
    environment = {
        name: value for name, value in os.environ.items() if not name.startswith(("HETANG_", "DJANGO_"))
    }
    environment |= {name: value for name, value in (GOOD | changes).items() if value is not None}
    command = [sys.executable, "manage.py", "check", "--deploy", "--fail-level", "WARNING"]
    return subprocess.run(command, cwd=settings.BASE_DIR, env=environment, capture_output=True, text=True)


def test_production_as_documented_has_nothing_to_complain_about():
    done = production()
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("HETANG_DATABASE_URL", None),
        ("HETANG_REDIS_URL", None),
        ("HETANG_SECRET_KEY", None),
        ("HETANG_SECRET_KEY", "short"),
        ("HETANG_SECRET_KEY", "ab" * 40),
        ("HETANG_ALLOWED_HOSTS", None),
        ("HETANG_ALLOWED_HOSTS", "*"),
        ("HETANG_DEBUG", "1"),
        ("HETANG_PUBLIC_URL", "http://flow.example.test"),
        ("HETANG_BEHIND_PROXY", "1"),
        ("HETANG_HSTS_SECONDS", "0"),
    ],
)
def test_what_is_unsafe_in_production_does_not_start(name, value):
    done = production(**{name: value})
    assert done.returncode != 0
    assert name.removeprefix("HETANG_").split("_")[0] in done.stderr
