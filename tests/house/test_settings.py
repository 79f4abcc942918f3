"""The settings keep what the house promises about the database, the pages and the people."""

import os
import re
import subprocess
import sys

import pytest
from django.conf import settings
from django.core import signing
from django.db import connection

from notifications import sealing


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
    "HETANG_FIELD_KEYS": "".join(f"{number:x}y" for number in range(40)),
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
        ("HETANG_FIELD_KEYS", None),
        ("HETANG_FIELD_KEYS", "short"),
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


def test_a4_38_yesterdays_secret_still_opens_and_signs_nothing_new(settings):
    signed, sealed = signing.dumps("who"), sealing.seal("https://bot.example.test/?key=1")
    settings.SECRET_KEY_FALLBACKS, settings.SECRET_KEY = [settings.SECRET_KEY], "another-secret-of-tomorrow"
    assert signing.loads(signed) == "who"
    assert sealing.unseal(sealed) == "https://bot.example.test/?key=1"
    new_signed, new_sealed = signing.dumps("who"), sealing.seal("x")
    settings.SECRET_KEY_FALLBACKS = []
    assert signing.loads(new_signed) == "who"
    assert sealing.unseal(new_sealed) == "x"
    with pytest.raises(signing.BadSignature):
        signing.loads(signed)
    assert sealing.unseal(sealed) is None


def test_a4_38_the_old_secrets_are_read_from_the_environment():
    code = "from hetang_flow.settings import prod; print(prod.SECRET_KEY_FALLBACKS)"
    environment = os.environ | GOOD | {"HETANG_SECRET_KEY_OLD": "one-before, two-before"}
    said = subprocess.run(
        [sys.executable, "-c", code], cwd=settings.BASE_DIR, env=environment, capture_output=True, text=True
    )
    assert said.stdout == "['one-before', 'two-before']\n"


SECRETS = {
    "a private key": r"-----BEGIN (?:[A-Z]+ )?PRIVATE K[E]Y-----",
    "a key of a cloud": r"\b(?:AKI[A]|LTA[I]|AKI[D])[0-9A-Za-z]{12,}",
    "a token of a forge": r"\bgh[pousr]_[0-9A-Za-z]{30,}|\bglpa[t]-[0-9A-Za-z_-]{20,}",
    "a password in an address": r"://[^/\s:@{}$\"'<>]+:(?!password@|PASSWORD@|pass@|secret@|\*)[^/\s:@{}$\"'<>]{6,}@",
}


def test_a4_38_no_secret_stands_in_the_repository():
    listing = subprocess.run(
        ["git", "ls-files", "-z"], cwd=settings.BASE_DIR, capture_output=True, check=True
    )
    found = []
    for name in filter(None, listing.stdout.decode().split("\0")):
        content = (settings.BASE_DIR / name).read_bytes() if (settings.BASE_DIR / name).is_file() else b""
        if b"\0" in content[:8000]:
            continue
        text = content.decode(errors="replace")
        found += [f"{name}: {what}" for what, pattern in SECRETS.items() if re.search(pattern, text)]
    assert found == []
    assert not [
        each for each in ("secret-key", "demo-password", ".env") if (settings.BASE_DIR / each).exists()
    ]
