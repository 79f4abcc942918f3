"""One PostgreSQL and one Valkey for a whole test run, started by the controller and used by its workers."""

import os
import shutil
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path

from hetang_flow import env
from hetang_flow.lib import local_services

HOUR = 3600


def start() -> ExitStack:
    """Start what the environment does not name; closing the result stops it and removes the folder."""
    _clear_up_after_killed_runs()
    stack = ExitStack()
    var = env.var()
    stack.callback(shutil.rmtree, var, ignore_errors=True)
    own_database, own_redis = not env.text("HETANG_DATABASE_URL"), not env.text("HETANG_REDIS_URL")
    stack.enter_context(local_services.use(var, database=own_database, redis=own_redis, fleeting=True))
    return stack


def _clear_up_after_killed_runs() -> None:
    for folder in Path(tempfile.gettempdir()).glob("ht-test-*"):
        try:
            state = folder.stat()
        except FileNotFoundError:  # another run has just put its own away
            continue
        if state.st_uid != os.geteuid() or folder == env.var():
            continue
        began = (folder / "postgres.users").exists() or time.time() - state.st_mtime > HOUR
        if began and local_services.put_away(folder):
            shutil.rmtree(folder, ignore_errors=True)
