"""Tests: the same middle, quick passwords, mail in a list, a cache per process."""

import os
import tempfile
from pathlib import Path

# Each run has a state folder of its own; its workers inherit the name.
if "HETANG_TEST_VAR" not in os.environ:
    os.environ["HETANG_TEST_VAR"] = tempfile.mkdtemp(prefix="ht-test-")
    # PostgreSQL runs under another account than root and has to get in.
    Path(os.environ["HETANG_TEST_VAR"]).chmod(0o711)
os.environ["HETANG_VAR"] = os.environ["HETANG_TEST_VAR"]

from hetang_flow.settings.base import *  # noqa: F403
from hetang_flow.settings.base import CHANNEL_LAYERS, INSTALLED_APPS, STORAGES, VAR_DIR

DEBUG = False
INSTALLED_APPS += ["tests.support.trial"]
SECRET_KEY = "only-for-tests"  # noqa: S105 - guards nothing
ALLOWED_HOSTS = ["localhost", "127.0.0.1", "[::1]", "testserver"]

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}

# Workers of one run share a Valkey: each speaks under its own name, and keeps its own files.
WORKER = os.environ.get("PYTEST_XDIST_WORKER", "main")
CHANNEL_LAYERS["default"]["CONFIG"]["prefix"] = f"hetang-test-{WORKER}"
EVIDENCE_ROOT = VAR_DIR / f"evidence-{WORKER}"
STORAGES["default"]["OPTIONS"]["location"] = EVIDENCE_ROOT

WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = True
LOG_LEVEL = "WARNING"
