"""Rows in bulk: what a sweep writes, one statement for a whole batch. The rules have decided; nothing is decided here."""

import json
from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder
from django.db import connection
from django.db.models import QuerySet

from flows.campaigns.models import Plan

from .models import Climb, Item
from .sources import COLUMNS

ITEM_COLUMNS = {
    "public_id": "uuid", "plan_id": "bigint", "ladder_id": "bigint", "ground": "text", "source": "text",
    "source_key": "text", "unit_id": "bigint", "post_id": "bigint", "person_id": "bigint",
    "project_id": "bigint", "line_id": "bigint", "run_id": "bigint", "title": "text", "reason": "text",
    "due_on": "date", "first_due_on": "date", "since": "date", "how": "text", "began": "smallint",
    "follows_id": "bigint", "spared": "boolean", "rung": "smallint", "counts_from": "date", "next_on": "date",
    "at_once": "boolean", "held": "boolean", "opened": "timestamptz", "opened_by_id": "bigint",
    "moved": "timestamptz", "closed": "timestamptz", "closed_why": "text",
}  # fmt: skip
CLIMB_COLUMNS = {
    "item_id": "bigint", "rung": "smallint", "code": "text", "name": "text", "measure": "text",
    "due_on": "date", "told": "timestamptz", "inputs": "jsonb", "state": "text", "decided": "timestamptz",
    "decided_by_id": "bigint", "reason": "text",
}  # fmt: skip
MOVED_COLUMNS = {
    "id": "bigint", "rung": "smallint", "counts_from": "date", "next_on": "date", "at_once": "boolean",
    "held": "boolean", "moved": "timestamptz",
}  # fmt: skip

NEWLY_LATE = """
SELECT {columns}, unit.kind, before.id, before.rung, before.closed_why
  FROM ({late}) AS late
  JOIN permissions_organisation AS unit ON unit.id = late.late_unit
  LEFT JOIN projects_project AS project ON project.id = late.late_project
  LEFT JOIN LATERAL (
       SELECT item.id, item.rung, item.closed, item.closed_why FROM supervision_item AS item
        WHERE item.plan_id = %s AND item.source = %s AND item.source_key = late.late_key
        ORDER BY item.id DESC LIMIT 1) AS before ON true
 WHERE (before.id IS NULL OR before.closed IS NOT NULL)
   AND (%s OR unit.is_demo OR COALESCE(project.is_demo, false))
 ORDER BY late.late_due, late.late_key
 LIMIT %s
"""
NO_LONGER_LATE = """
SELECT item.id, item.source_key, item.public_id, item.rung FROM supervision_item AS item
 WHERE item.plan_id = %s AND item.source = %s AND item.closed IS NULL
   AND NOT EXISTS (SELECT 1 FROM ({late}) AS late WHERE late.late_key = item.source_key)
 ORDER BY item.id
 LIMIT %s
   FOR NO KEY UPDATE OF item SKIP LOCKED
"""


def newly_late(
    late: QuerySet, plan: Plan, source: str, *, in_real_use: bool, limit: int
) -> list[tuple[Any, ...]]:
    """The late rows of a source without an open matter, with the kind of their unit and the matter closed last.

    As long as nobody real works here only what is invented is supervised: no unit of the notice is ever shown late
    because a demonstration stood still.
    """
    query, values = late.query.sql_with_params()
    return _fetch(NEWLY_LATE, query, [*values, plan.pk, source, in_real_use, limit])


def no_longer_late(late: QuerySet, plan: Plan, source: str, *, limit: int) -> list[tuple[Any, ...]]:
    """The open matters of a source that are late no longer, locked; what another worker holds is left to it."""
    query, values = late.query.sql_with_params()
    return _fetch(NO_LONGER_LATE, query, [plan.pk, source, *values, limit])


def _fetch(statement: str, late: str, values: Sequence[Any]) -> list[tuple[Any, ...]]:
    columns = ", ".join(f"late.{name}" for name in COLUMNS)
    with connection.cursor() as cursor:
        cursor.execute(statement.format(late=late, columns=columns), values)
        return cursor.fetchall()


def insert_items(rows: Sequence[dict[str, Any]]) -> list[tuple[int, Any, str]]:
    """Write new matters; returns key, public id and source key of those that nobody was faster with."""
    returning = "ON CONFLICT DO NOTHING RETURNING id, public_id, source_key"
    return _insert(Item._meta.db_table, ITEM_COLUMNS, rows, returning)


def insert_climbs(rows: Sequence[dict[str, Any]]) -> None:
    """Write rungs that were told; a second one of a matter is the database's to refuse."""
    _insert(Climb._meta.db_table, CLIMB_COLUMNS, rows, "RETURNING id")


def move_items(rows: Sequence[dict[str, Any]]) -> None:
    """Write where the locked matters stand now."""
    columns = ", ".join(f"{name} = new.{name}" for name in MOVED_COLUMNS if name != "id")
    statement = f"UPDATE supervision_item AS item SET {columns} FROM {_records(MOVED_COLUMNS, 'new')} WHERE item.id = new.id"  # noqa: S608 - our own columns
    with connection.cursor() as cursor:
        cursor.execute(statement, [_payload(rows)])


def close_items(closings: Sequence[tuple[int, str]], *, now: datetime) -> None:
    """Close locked matters, each for its reason."""
    columns = {"id": "bigint", "closed_why": "text"}
    statement = (
        "UPDATE supervision_item AS item SET closed = %s, closed_why = new.closed_why, next_on = NULL "  # noqa: S608 - our own columns
        f"FROM {_records(columns, 'new')} WHERE item.id = new.id"
    )
    rows = [{"id": pk, "closed_why": why} for pk, why in closings]
    with connection.cursor() as cursor:
        cursor.execute(statement, [now, _payload(rows)])


def _insert(
    table: str, columns: dict[str, str], rows: Sequence[dict[str, Any]], ending: str
) -> list[tuple[Any, ...]]:
    names = ", ".join(columns)
    statement = f"INSERT INTO {table} ({names}) SELECT {names} FROM {_records(columns, 'new')} {ending}"  # noqa: S608 - our own columns
    with connection.cursor() as cursor:
        cursor.execute(statement, [_payload(rows)])
        return cursor.fetchall()


def _records(columns: dict[str, str], name: str) -> str:
    typed = ", ".join(f"{column} {kind}" for column, kind in columns.items())
    return f"jsonb_to_recordset(%s::jsonb) AS {name} ({typed})"


def _payload(rows: Sequence[dict[str, Any]]) -> str:
    return json.dumps(rows, default=_plain, ensure_ascii=False)


def _plain(value: Any) -> Any:
    """Days and moments as the database reads them, to the microsecond; the rest as Django writes it."""
    if isinstance(value, date | datetime):
        return value.isoformat()
    return DjangoJSONEncoder().default(value)
