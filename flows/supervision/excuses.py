"""What speaks for whoever is late, as known at a moment: obstacles that were reported, extensions that were approved."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from datetime import date, datetime
from typing import Any, NamedTuple

from django.db.models import Q

from flows.obstacles.models import Obstacle
from flows.timetables.models import Timetable
from hetang_flow.lib.clock import district_day

from . import rules

EXTENSION = "extension"
MOST = 5


class Reported(NamedTuple):
    """Something that speaks for a project: what, since which day, what it is called, and its own run."""

    kind: str
    day: date
    title: str
    run_id: int


def known(project_ids: Collection[int], at: datetime) -> dict[int, list[Reported]]:
    """The obstacles open then and the extensions in force then, of each project (two statements, none without)."""
    found: dict[int, list[Reported]] = defaultdict(list)
    if not project_ids:
        return found
    obstacles = Obstacle.objects.filter(
        Q(closed=None) | Q(closed__gt=at), project_id__in=project_ids, opened__lte=at
    ).order_by("opened", "pk")
    for project, opened, title, run in obstacles.values_list("project_id", "opened", "title", "run_id"):
        found[project].append(Reported(rules.OBSTACLE, district_day(opened), title, run))
    extensions = Timetable.objects.filter(
        project_id__in=project_ids, kind=Timetable.Kind.EXTEND, adopted__lte=at
    ).order_by("number")
    for project, adopted, number, run in extensions.values_list("project_id", "adopted", "number", "run_id"):
        found[project].append(Reported(EXTENSION, district_day(adopted), str(number), run))
    return found


def of(found: Mapping[int, list[Reported]], project_id: int | None, run_id: int | None) -> list[Reported]:
    """What speaks for a matter: all that is known of its project, but not the matter itself."""
    if project_id is None:
        return []
    return [each for each in found.get(project_id, ()) if each.run_id != run_id]


def spoken(reported: Collection[Reported], due_on: date) -> list[dict[str, Any]]:
    """How they stand beside a rung: each with its day, and whether it came in time."""
    return [
        {
            "kind": each.kind,
            "title": each.title,
            "since": each.day.isoformat(),
            "in_time": rules.reported_in_time(each.day, due_on),
        }
        for each in list(reported)[:MOST]
    ]


def holding(reported: Collection[Reported], due_on: date) -> set[str]:
    """The kinds of excuse a ladder may wait for: obstacles reported before the day was over."""
    return {
        each.kind
        for each in reported
        if each.kind == rules.OBSTACLE and rules.reported_in_time(each.day, due_on)
    }
