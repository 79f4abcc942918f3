"""Writing the access log: one row for each request, socket and command, refusals included."""

import ipaddress
import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from django.db import Error, OperationalError, connection

from hetang_flow.lib import clock
from hetang_flow.lib.unsaid import unsaid
from permissions.models import Access

log = logging.getLogger(__name__)

DONE, FAILED, INTERRUPTED = 0, 1, 130
LENGTHS = {"method": 10, "target": 200, "path": 300, "refusal": 60}


def record(
    *,
    at: datetime,
    method: str,
    target: str,
    status: int,
    path: str = "",
    user_id: int | None = None,
    address: str | None = None,
    refusal: str = "",
    milliseconds: int = 0,
) -> bool:
    """Write one row with one statement; False and a loud line in the log when the database refuses it.

    A private address in it is cut down to its mark.
    Never raises for the database's sake: what was done is done, and the answer belongs to the person.
    """
    texts = {"method": method, "target": target, "path": path, "refusal": refusal}
    try:
        Access.objects.create(
            at=at,
            user_id=user_id,
            address=address,
            status=status,
            milliseconds=max(milliseconds, 0),
            **{name: unsaid(storable(text))[: LENGTHS[name]] for name, text in texts.items()},
        )
    except Error:
        log.critical(
            "access log not written: %s %s by user %s, status %s",
            method,
            target,
            user_id,
            status,
            exc_info=True,
        )
        return False
    return True


def asked_since(user_id: int, target: str, since: datetime) -> int:
    """How often this person asked for this page since then; what was refused counts too (one statement)."""
    return Access.objects.filter(user_id=user_id, target=target, at__gt=since).count()


def record_command(
    name: str, status: int = DONE, *, at: datetime | None = None, milliseconds: int = 0
) -> bool:
    """Leave a row for a management command; `status` is its exit code, `at` when it began (default: now)."""
    return record(
        at=at or clock.now(), method="COMMAND", target=name, status=abs(status), milliseconds=milliseconds
    )


@contextmanager
def command(name: str) -> Iterator[None]:
    """Leave a row with the exit status when what is inside ends, in whichever way; never in its way itself."""
    at, began, status = clock.now(), time.monotonic(), DONE
    try:
        yield
    except BaseException as end:
        status = status_of(end)
        raise
    finally:
        try:
            connection.close()  # a long command's connection may have died; a restored database is another one
            if _table_is_there():
                record_command(name, status, at=at, milliseconds=int((time.monotonic() - began) * 1000))
        except Error as error:
            # A database that does not answer is the command's own trouble and told there; where it broke says nothing.
            silent = isinstance(error, OperationalError)
            log.warning("access log not written: command %s, status %s", name, status, exc_info=not silent)


def status_of(end: BaseException) -> int:
    """The exit status with which the interpreter leaves because of this exception."""
    if isinstance(end, KeyboardInterrupt):
        return INTERRUPTED
    if not isinstance(end, SystemExit):
        return FAILED
    if end.code is None:
        return DONE
    return end.code if isinstance(end.code, int) else FAILED


def _table_is_there() -> bool:
    """Before the first migration there is no log to write."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT to_regclass(%s)", [Access._meta.db_table])
        return cursor.fetchone() != (None,)


def storable(text: str) -> str:
    """The text without what PostgreSQL cannot hold: NUL and halves of surrogate pairs."""
    return text.replace("\x00", "\ufffd").encode("utf-8", "replace").decode("utf-8")


def address_of(remote: str, forwarded: str, trusted: list[str] | tuple[str, ...]) -> str | None:
    """The address a request came from, or None when there is none (a socket file).

    `forwarded` (X-Forwarded-For) is believed only where `remote` is one of our own proxies; from the right, the
    first address that is not ours is the one our proxy saw with its own eyes.
    """
    networks = [ipaddress.ip_network(entry, strict=False) for entry in trusted]
    nearest_first = [remote, *reversed(forwarded.split(","))]
    seen = None
    for text in nearest_first:
        try:
            address = ipaddress.ip_address(text.strip())
        except ValueError:
            return seen
        seen = str(address)
        if not any(address in network for network in networks):
            return seen
    return seen
