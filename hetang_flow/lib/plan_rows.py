"""Bring the rows of a table to what a file says, in a fixed number of statements; the models are arguments."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

Values = Mapping[str, Any]
Labels = Mapping[str, Mapping[Any, str]]


def difference(before: Values, after: Values) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the parts of two pictures that differ, as they were and as they are."""
    keys = [key for key in after if key not in before or before[key] != after[key]]
    return {key: before.get(key) for key in keys}, {key: after[key] for key in keys}


def write_rows(
    model: Any, wanted: Mapping[Any, Values], stored: Mapping[Any, Any], *, labels: Labels | None = None
) -> dict[Any, tuple[dict[str, Any] | None, dict[str, Any]]]:
    """Create and update rows by key; return key -> (before or None, after) for what differed.

    `labels` turns the ids of a column into codes for the record. Rows that `wanted` does not name stay.
    """
    shown = labels or {}
    written: dict[Any, tuple[dict[str, Any] | None, dict[str, Any]]] = {}
    fresh, altered = list[Any](), list[Any]()
    columns = set[str]()
    for key, values in wanted.items():
        row = stored.get(key)
        if row is None:
            fresh.append(model(**values))
            written[key] = (None, _labelled(values, shown))
            continue
        old, new = difference({column: getattr(row, column) for column in values}, values)
        if new:
            for column, value in new.items():
                setattr(row, column, value)
            altered.append(row)
            columns.update(new)
            written[key] = (_labelled(old, shown), _labelled(new, shown))
    if fresh:
        model.objects.bulk_create(fresh)
    if altered:
        model.objects.bulk_update(altered, sorted(column.removesuffix("_id") for column in columns))
    return written


def write_children(
    model: Any, parent: str, columns: Sequence[str], wanted: Mapping[int, Sequence[tuple[Any, ...]]]
) -> dict[int, tuple[list[tuple[Any, ...]], list[tuple[Any, ...]]]]:
    """Make the ordered children of each parent those wanted; return parent -> (before, after) where they differed.

    Children of a parent that differs are written anew, so nothing else may refer to them.
    """
    found: dict[int, list[tuple[Any, ...]]] = {key: [] for key in wanted}
    rows = model.objects.filter(**{f"{parent}__in": list(wanted)}).order_by(parent, "order", "pk")
    for key, *values in rows.values_list(parent, *columns):
        found[key].append(tuple(values))
    differing = {key: (found[key], list(rows)) for key, rows in wanted.items() if found[key] != list(rows)}
    stale = [key for key, (before, _after) in differing.items() if before]
    if stale:
        model.objects.filter(**{f"{parent}__in": stale}).delete()
    fresh = [
        model(**{parent: key, "order": order, **dict(zip(columns, values, strict=True))})
        for key, (_before, after) in differing.items()
        for order, values in enumerate(after)
    ]
    if fresh:
        model.objects.bulk_create(fresh)
    return differing


def by_key(rows: Iterable[Any], column: str = "code") -> dict[Any, Any]:
    """Return rows by the value of a column."""
    return {getattr(row, column): row for row in rows}


def _labelled(values: Values, labels: Labels) -> dict[str, Any]:
    return {
        column.removesuffix("_id"): labels[column].get(value, value) if column in labels else value
        for column, value in values.items()
        if column != "plan_id"  # every row of a plan has it, and a number says nothing in the record
    }
