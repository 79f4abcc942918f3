"""Rules of lights as they are typed: a fixed number of rows, an empty sentence leaves a row out; rules judge, not forms."""

import re
from collections.abc import Mapping, Sequence
from decimal import Decimal, InvalidOperation
from typing import Any

from django.http import QueryDict

from . import rules

ROWS = rules.MOST_RULES
CODE = re.compile(r"[a-z0-9-]{1,40}")


def typed_body(posted: QueryDict) -> list[dict[str, Any]]:
    """The rules typed; what is not a number stays as it is, for the rules to name."""
    found = []
    for row in range(ROWS):
        name = posted.get(f"name-{row}", "").strip()
        if not name:
            continue
        code = posted.get(f"code-{row}", "")
        colour = posted.get(f"colour-{row}", "")
        found.append(
            {
                "code": code if CODE.fullmatch(code) else f"{colour or 'rule'}-{row + 1}",
                "colour": colour,
                "name": name,
                "all": [
                    said for cell in range(rules.MOST_CONDITIONS) if (said := _condition(posted, row, cell))
                ],
                "unless": [each for each in posted.getlist(f"unless-{row}") if each in rules.EXCUSES],
            }
        )
    return found


def _condition(posted: QueryDict, row: int, cell: int) -> dict[str, Any]:
    def said(name: str) -> str:
        return posted.get(f"{name}-{row}-{cell}", "").strip()

    if not said("fact"):
        return {}
    found: dict[str, Any] = {"fact": said("fact")}
    limit, of = _number(said("limit")), _number(said("of"))
    if said("operator") in rules.OPERATORS and limit is not None:
        found[said("operator")] = limit
    if of is not None:
        found["of"] = int(of)
    return found


def _number(text: str) -> int | str | None:
    """A limit as it is kept: whole where it is whole, exact text otherwise; None for what is no figure."""
    try:
        value = Decimal(text)
    except InvalidOperation:
        return None
    if not value.is_finite() or abs(value) > 10_000:
        return None
    return int(value) if value == int(value) else str(value)


def rows_of(body: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The rules as rows of the form, with two empty ones behind them."""
    rows = [_row(entry) for entry in body][:ROWS]
    return rows + [_row({}) for _each in range(min(2, ROWS - len(rows)))]


def _row(entry: Mapping[str, Any]) -> dict[str, Any]:
    said = [_cell(each) for each in entry.get("all", ())][: rules.MOST_CONDITIONS]
    empty = rules.MOST_CONDITIONS - len(said) if not entry else min(1, rules.MOST_CONDITIONS - len(said))
    return {**entry, "cells": said + [{} for _each in range(empty if entry else 1)]}


def _cell(condition: Mapping[str, Any]) -> dict[str, Any]:
    operator = next((name for name in rules.OPERATORS if name in condition), "")
    return {
        "fact": condition.get("fact"),
        "operator": operator,
        "limit": condition.get(operator, ""),
        "of": condition.get("of", ""),
    }
