"""Signing in: wrong passwords counted in the database, so the count holds across processes and restarts; sessions ended."""

import hashlib
from collections.abc import Iterable
from datetime import datetime

from django.db import transaction
from django.db.models import F

from hetang_flow.lib.errors import NotFound, WrongState
from permissions.models import LogInCount, User
from permissions.rules_log_in import Count, after_failure, folded, is_locked, just_locked
from permissions.signals import sessions_ended


def key_of(kind: str, username: str, address: str) -> str:
    """What is counted, unreadable: people type passwords into the wrong field."""
    said = {"pair": f"{folded(username)}|{address}", "account": folded(username), "address": address}[kind]
    return hashlib.sha256(said.encode("utf-8", "replace")).hexdigest()


@transaction.atomic
def try_log_in(username: str, address: str, *, now: datetime) -> bool:
    """Count an attempt as failed before the password is looked at, so that guesses at the same instant all count.

    False where too many have failed already; then nothing is counted. `succeeded` takes the count back.
    """
    rows = _locked_rows(username, address, now)
    if any(is_locked(row.kind, Count(row.failures, row.last), now) for row in rows):
        return False
    for row in rows:
        counted = after_failure(row.kind, Count(row.failures, row.last), now)
        row.failures, row.last = counted.failures, counted.last
    LogInCount.objects.bulk_update(rows, ["failures", "last"])
    return True


@transaction.atomic
def succeeded(username: str, address: str) -> None:
    """Take the attempt back: one off what all share, and this account's own count from here is forgotten."""
    keys = {kind: key_of(kind, username, address) for kind in ("account", "address")}
    for kind, key in keys.items():
        LogInCount.objects.filter(kind=kind, key=key, failures__gt=0).update(failures=F("failures") - 1)
    LogInCount.objects.filter(kind="pair", key=key_of("pair", username, address)).delete()


@transaction.atomic
def failed(username: str, address: str) -> list[LogInCount]:
    """Which counts this failure has brought to their limit: they go on record."""
    keys = [key_of(kind, username, address) for kind in ("pair", "account", "address")]
    rows = LogInCount.objects.filter(key__in=keys)
    reached = [row for row in rows if just_locked(row.kind, Count(row.failures, row.last))]
    known = User.objects.filter(username__iexact=username.strip()).first()
    return [row for row in reached if _told_first(row, known, address)]


def _told_first(row: LogInCount, known: User | None, address: str) -> bool:
    """Write who and from where, unless somebody who failed at the same instant has done so."""
    row.user = known if row.kind != LogInCount.Kind.ADDRESS else None
    row.address = None if row.kind == LogInCount.Kind.ACCOUNT else address
    untold = LogInCount.objects.filter(pk=row.pk).exclude(recorded=row.last)
    return bool(untold.update(user=row.user, address=row.address, recorded=row.last))


@transaction.atomic
def release(count_id: int, *, now: datetime) -> LogInCount:
    """Open a lock before its time. Raises NotFound, WrongState("not-locked") when it is open already."""
    row = LogInCount.objects.select_for_update().filter(pk=count_id).first()
    if row is None:
        raise NotFound("not-found")
    if not is_locked(row.kind, Count(row.failures, row.last), now):
        raise WrongState("not-locked")
    LogInCount.objects.filter(pk=row.pk).update(failures=0)
    return row


def end_sessions(user_ids: Iterable[int]) -> None:
    """End every session of these people at once, on every device; their open pages hear it after the commit."""
    ids = sorted(set(user_ids))
    if ids and User.objects.filter(pk__in=ids).update(epoch=F("epoch") + 1):
        sessions_ended.send(sender=User, user_ids=ids)


def _locked_rows(username: str, address: str, now: datetime) -> list[LogInCount]:
    """The three counts, made where missing and locked in one order."""
    keys = {kind: key_of(kind, username, address) for kind in ("account", "address", "pair")}
    LogInCount.objects.bulk_create(
        [LogInCount(kind=kind, key=key, failures=0, last=now) for kind, key in keys.items()],
        ignore_conflicts=True,
    )
    wanted = LogInCount.objects.filter(key__in=list(keys.values())).order_by("kind", "key")
    return [row for row in wanted.select_for_update() if keys[row.kind] == row.key]
