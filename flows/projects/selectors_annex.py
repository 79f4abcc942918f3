"""What a table of the annex would bring: its names looked up, unknown ones told with the nearest, doubles found."""

import difflib
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from hetang_flow.lib.clock import district_day
from hetang_flow.lib.workbooks import Problem, Reading
from permissions.models import Appointment, Organisation, Post

from . import annex
from .annex import LONGEST_PARTY, NAMES, AnnexRow
from .models import Project

OF_THE_DISTRICT = re.compile("^(区|荷塘)|街道|镇$")
SHORTEST_PARTY = 4
MOST_NEAREST = 500  # unknown names in one table; more are told without the nearest


@dataclass(slots=True)
class AnnexResult:
    """What a table would bring: projects to open, problems, owners nobody knows yet, columns that are left out."""

    good: list[AnnexRow] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    new_parties: list[str] = field(default_factory=list)
    left_out: list[str] = field(default_factory=list)


class Known:
    """Who and what there is, by every name it goes by, spelled as `annex.same` gives it (three statements)."""

    def __init__(self, plan_id: int, now: datetime) -> None:
        self.units: dict[str, int] = {}
        self.shown: dict[str, str] = {}
        for unit in Organisation.objects.order_by("pk"):
            for name in (unit.name, unit.short_name, *unit.aliases):
                self._know(self.units, name, unit.pk)
        self.city: dict[str, int] = {}
        self.district: dict[str, int] = {}
        self._know_leaders(now)
        projects = Project.objects.filter(plan_id=plan_id).values_list("name", "code")
        self.projects = {annex.same(name): code for name, code in projects}
        self._near: dict[str, str] = {}

    def _know(self, names: dict[str, int], name: str, key: int) -> None:
        if name:
            names.setdefault(annex.same(name), key)
            self.shown.setdefault(annex.same(name), name)

    def _know_leaders(self, now: datetime) -> None:
        """Posts of leaders by their own name and by that of whoever holds them; the first post counts."""
        day = district_day(now)
        duties = {Post.Duty.CITY_LEADER: self.city, Post.Duty.LEADER: self.district}
        held = Appointment.objects.filter(post__duty__in=duties, from_day__lte=day)
        rows = held.exclude(until_day__lte=day).order_by("post__order", "post_id")
        for post in Post.objects.filter(duty__in=duties).order_by("order", "pk"):
            self._know(duties[Post.Duty(post.duty)], post.name, post.pk)
        for post_id, duty, name, account in rows.values_list(
            "post_id", "post__duty", "holder_name", "user__name"
        ):
            for said in (name, account):
                self._know(duties[Post.Duty(duty)], said or "", post_id)

    def near(self, name: str, names: Mapping[str, int]) -> str:
        """The known names closest to an unknown one, at most three."""
        if name not in self._near and len(self._near) < MOST_NEAREST:
            found = difflib.get_close_matches(annex.same(name), names, n=3, cutoff=0.4)
            self._near[name] = "、".join(dict.fromkeys(self.shown[each] for each in found))
        return self._near.get(name) or "—"


def check_projects(plan_id: int, reading: Reading, *, now: datetime) -> AnnexResult:
    """What the table would bring into a plan; writes nothing (four statements)."""
    return judged(Known(plan_id, now), reading)


def judged(known: Known, reading: Reading) -> AnnexResult:
    """What the table would bring, by what is known."""
    result = AnnexResult(problems=list(reading.problems), left_out=annex.left_out(reading))
    bad = {problem.row for problem in reading.problems}
    offered: set[str] = set()
    complete = reading.is_complete
    seen: dict[str, int] = {}
    for row, wrong in annex.rows_of(reading, known.units, known.city, known.district):
        wrong += [*_names(row, known, reading, offered), *_doubles(row, known, reading, seen)]
        result.problems += wrong
        if not wrong and row.number not in bad and complete:
            result.good.append(row)
    owners = {name for row in result.good for name in row.owners}
    result.new_parties = sorted(offered & owners)
    result.problems.sort(key=lambda problem: (problem.row, len(problem.cell), problem.cell))
    return result


def _names(row: AnnexRow, known: Known, reading: Reading, offered: set[str]) -> list[Problem]:
    wrong = []
    places = (
        ("owners", row.owners, known.units, "unit-unknown"),
        ("service", row.service, known.units, "unit-unknown"),
        ("city_leaders", row.city_leaders, known.city, "leader-unknown"),
        ("district_leaders", row.district_leaders, known.district, "leader-unknown"),
    )
    for code, said, names, what in places:
        where = (row.number, reading.cell(row.number, code), NAMES[code])
        about = {"field": code, "name": NAMES[code]}
        for name in said:
            if annex.same(name) in names:
                continue
            if code == "owners" and len(name) > LONGEST_PARTY:
                wrong.append(
                    Problem(*where, "text-too-long", about | {"most": LONGEST_PARTY, "length": len(name)})
                )
            elif code == "owners" and _may_be_new(name):
                offered.add(name)
            else:
                facts = {"value": name[:40], "near": known.near(name, names)}
                wrong.append(Problem(*where, what, about | facts))
    return wrong


def _may_be_new(name: str) -> bool:
    """Whether an unknown owner can be a party from outside; units of the district are all known."""
    return len(name) >= SHORTEST_PARTY and not OF_THE_DISTRICT.search(name)


def _doubles(row: AnnexRow, known: Known, reading: Reading, seen: dict[str, int]) -> list[Problem]:
    same = annex.same(row.name)
    about = {"field": "name", "name": NAMES["name"], "value": row.name}
    where = (row.number, reading.cell(row.number, "name"), NAMES["name"])
    if not same:
        return []
    if same in known.projects:
        return [Problem(*where, "project-there-already", about | {"code": known.projects[same]})]
    first = seen.setdefault(same, row.number)
    return [Problem(*where, "project-twice-in-file", about | {"row": first})] if first != row.number else []
