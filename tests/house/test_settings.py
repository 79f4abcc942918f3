"""The settings keep what the house promises about the database, the pages and the people."""

import os
import subprocess
import sys

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
