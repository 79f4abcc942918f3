"""The settings keep what the house promises about the database, the pages and the people."""

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
