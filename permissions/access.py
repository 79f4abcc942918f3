"""Writing the access log: one row for each request, socket and command, refusals included."""

import ipaddress
import logging
from datetime import datetime

from django.db import Error

from hetang_flow.lib import clock
from permissions.models import Access

log = logging.getLogger(__name__)

DONE = 0
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
            **{name: storable(text)[: LENGTHS[name]] for name, text in texts.items()},
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


def record_command(
    name: str, status: int = DONE, *, at: datetime | None = None, milliseconds: int = 0
) -> bool:
    """Leave a row for a management command; `status` is its exit code, `at` when it began (default: now)."""
    return record(
        at=at or clock.now(), method="COMMAND", target=name, status=abs(status), milliseconds=milliseconds
    )


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
