"""Writing ledgers: a row, its correction, its withdrawal, many rows at once."""

import uuid
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from flows.journal.operations import record
from hetang_flow.lib.clock import district_day
from hetang_flow.lib.errors import Invalid, NotAllowed, NotFound, WrongState
from permissions.actors import Actor

from . import rules
from .models import LedgerKind, LedgerRow
from .selectors import columns_of, newest_kind, rows_of_unit

BATCH = 2000
THERE_ALREADY = "ledger-row-there-already"


@transaction.atomic
def add_row(code: str, typed: Mapping[str, str], *, by: Actor, now: datetime) -> LedgerRow:
    """A new row of the ledger as it stands in the newest plan; pressed twice, it is written once.

    Raises NotFound, NotAllowed for whoever does not keep it, Invalid with every cell that is wrong in `cells`,
    WrongState for a row of this unit that says the very same already.
    """
    kind = newest_kind(code)
    by = _keeping(kind, by)
    values = _values(kind, typed, now)
    lock_kind(kind)
    there = rows_of_unit(kind, by.acting.organisation_id, by.is_demo).filter(values=values).first()
    if there is not None:
        raise WrongState(THERE_ALREADY, {"row": there.row})
    row = _row(kind, values, by=by, now=now)
    row.save(force_insert=True)
    _record("ledger.added", row, by=by, now=now)
    return row


@transaction.atomic
def correct_row(
    row_id: UUID, typed: Mapping[str, str], *, version: int, reason: str, by: Actor, now: datetime
) -> LedgerRow:
    """The next version of a row, with a reason; the versions before stay readable.

    `version` is the one that was corrected: WrongState names who was faster.
    """
    old, by = _standing(row_id, version, reason, by)
    kind = newest_kind(old.kind.code, plan_id=old.kind.plan_id)
    values = _values(kind, typed, now)
    if values == old.values:
        return old
    row = _next(old, kind, values, by=by, now=now, reason=reason)
    _record("ledger.corrected", row, by=by, now=now, before=old.values)
    return row


@transaction.atomic
def withdraw_row(row_id: UUID, *, version: int, reason: str, by: Actor, now: datetime) -> LedgerRow:
    """Take a row out of the ledger, with a reason; it counts no more and stays readable."""
    old, by = _standing(row_id, version, reason, by)
    row = _next(old, old.kind, old.values, by=by, now=now, reason=reason, withdrawn=True)
    _record("ledger.withdrawn", row, by=by, now=now, before=old.values)
    return row


@transaction.atomic
def add_rows(code: str, rows: Sequence[Mapping[str, Any]], *, sha256: str, by: Actor, now: datetime) -> int:
    """Many rows that were read and judged already, in one transaction and one entry that names the file's hash."""
    kind = newest_kind(code)
    by = _keeping(kind, by)
    made = [_row(kind, values, by=by, now=now) for values in rows]
    LedgerRow.objects.bulk_create(made, batch_size=BATCH)
    facts = {"ledger": kind.name, "rows": len(made), "sha256": sha256}
    record("ledger.imported", chain_id=kind.plan.chain_id, by=by, happened=now, now=now, facts=facts)
    return len(made)


def lock_kind(kind: LedgerKind) -> None:
    """Hold a ledger until the transaction ends: one writer of new rows at a time."""
    LedgerKind.objects.select_for_update(no_key=True).get(pk=kind.pk)


def _keeping(kind: LedgerKind, by: Actor) -> Actor:
    rules.may_keep(by, kind.owners).or_raise(NotAllowed)
    return by.in_post(rules.keeping_post(by, kind.owners).id)


def _values(kind: LedgerKind, typed: Mapping[str, str], now: datetime) -> dict[str, Any]:
    values, wrong = rules.read_row(
        columns_of(kind), typed, day=kind.day, today=district_day(now), stages=kind.stages
    )
    if wrong:
        raise Invalid(
            "ledger-row-wrong", {"cells": wrong, "field": wrong[0].facts["field"], "count": len(wrong)}
        )
    return values


def _row(kind: LedgerKind, values: Mapping[str, Any], *, by: Actor, now: datetime, **more: Any) -> LedgerRow:
    return LedgerRow(
        **{"row": uuid.uuid4(), "version": 1, "unit_id": by.acting.organisation_id} | more,
        kind=kind,
        happened_on=date.fromisoformat(values[kind.day]),
        values=values,
        recorded=now,
        recorded_by_id=by.user_id,
        is_demo=by.is_demo,
    )


def _standing(row_id: UUID, version: int, reason: str, by: Actor) -> tuple[LedgerRow, Actor]:
    """The row as it stands, under the lock of its first version, and the person in the post that keeps it."""
    if _first(row_id) is None:
        raise NotFound("no-such-row")
    old = LedgerRow.objects.select_related("kind__plan", "recorded_by").filter(row=row_id).latest("version")
    by = _keeping(old.kind, by)
    if by.is_demo and not old.is_demo:
        raise NotAllowed("demonstration-only")
    if old.unit_id not in by.organisation_ids:
        raise NotAllowed("ledger-row-of-another-unit")
    if old.withdrawn:
        raise WrongState("ledger-row-withdrawn", {"who": old.recorded_by.name, "when": old.recorded})
    if old.version != version:
        raise WrongState("ledger-row-changed", {"who": old.recorded_by.name, "when": old.recorded})
    rules.reason_given(reason).or_raise(Invalid)
    return old, by


def _first(row_id: UUID) -> LedgerRow | None:
    """The first version of a row under its lock: who changes the row holds it."""
    return LedgerRow.objects.select_for_update(no_key=True).filter(row=row_id, version=1).first()


def _next(
    old: LedgerRow,
    kind: LedgerKind,
    values: Mapping[str, Any],
    *,
    by: Actor,
    now: datetime,
    reason: str,
    withdrawn: bool = False,
) -> LedgerRow:
    more = {"row": old.row, "version": old.version + 1, "unit_id": old.unit_id, "withdrawn": withdrawn}
    row = _row(kind, values, by=by, now=now, reason=reason.strip()[:200], **more)
    row.save(force_insert=True)
    return row


def _record(
    what: str, row: LedgerRow, *, by: Actor, now: datetime, before: Mapping[str, Any] | None = None
) -> None:
    facts = {"ledger": row.kind.name, "code": row.kind.code, "row": str(row.row), "version": row.version}
    record(
        what,
        chain_id=row.kind.plan.chain_id,
        by=by,
        happened=now,
        now=now,
        facts=facts,
        before=dict(before) if before else None,
        after=None if row.withdrawn else dict(row.values),
        personal={"reason": row.reason} if row.reason else {},
    )
