"""A ladder as it is typed: a row a rung, an empty name leaves one out; the rules judge it, not the form."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from django.http import QueryDict

from . import rules

MOST = 12
CODE = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
CLOSINGS = tuple(rules.CLOSINGS)


def typed_body(posted: QueryDict, base: Mapping[str, Any]) -> dict[str, Any]:
    """The body typed; whom it spares and what holds it stay as in the version it begins with."""
    rungs = [_rung(posted, row) for row in range(MOST) if posted.get(f"name-{row}", "").strip()]
    return {
        "name": posted.get("name", "").strip(),
        "word": posted.get("word", "").strip(),
        "clause": "preset",
        "rungs": rungs,
        "resets": [each for each in posted.getlist("resets") if each in CLOSINGS],
        "spares": list(base.get("spares", ())),
        "holds": list(base.get("holds", ())),
    }


def _rung(posted: QueryDict, row: int) -> dict[str, Any]:
    def said(name: str) -> str:
        return posted.get(f"{name}-{row}", "").strip()

    code, measure = said("code"), said("measure")
    return {
        "code": code if CODE.fullmatch(code) else f"{measure or 'rung'}-{row + 1}",
        "name": said("name"),
        "measure": measure,
        "colour": said("colour") or None,
        "wait": _days(said("wait")),
        "days": _days(said("days")),
        "confirm": said("confirm") or None,
        "tell": posted.getlist(f"tell-{row}"),
        "enters": posted.getlist(f"enters-{row}"),
    }


def _days(text: str) -> int | None:
    return int(text) if text.isdecimal() and len(text) < 4 else None


def rows_of(body: Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
    """The rungs as rows of the form, with an empty one behind them."""
    rungs = list(body.get("rungs", ()))[:MOST]
    return rungs + ([{}] if len(rungs) < MOST else [])
