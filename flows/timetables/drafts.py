"""What a timetable's draft holds: kept as JSON while it is written, read as steps."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from .models import Timetable
from .rules import Step


def steps_of(found: Timetable) -> list[Step]:
    """A draft as steps."""
    return [_step(each) for each in found.draft]


def kept(steps: Sequence[Step]) -> list[dict[str, Any]]:
    """Steps as a draft keeps them."""
    return [
        {
            "code": step.code,
            "name": step.name,
            "days": step.days,
            "planned": step.planned.isoformat() if step.planned else None,
            "post": step.post,
        }
        for step in steps
    ]


def _step(said: Mapping[str, Any]) -> Step:
    planned = date.fromisoformat(said["planned"]) if said["planned"] else None
    return Step(said["code"], said["name"], said["days"], planned, said["post"])
