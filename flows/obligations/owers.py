"""Who owes what the plan file says in a word: lead departments, conveners, contact leaders, an office, a line.

The roster is read once, whatever the number of obligations; who owes each of them is then told from it.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import OuterRef
from django.db.models.functions import JSONObject

from flows.campaigns.models import CampaignLine, LineLeader, LineUnit, Obligation
from flows.projects.models import ProjectLeader
from flows.targets.selectors import codes_of_line
from permissions.models import Post

POST = JSONObject(id="pk", name="name", duty="duty")


@dataclass(frozen=True, slots=True)
class Ower:
    """A post that is asked, for which part of the campaign, under a key that stays the same from run to run."""

    key: str
    post_id: int
    line_id: int | None = None
    name: str = ""
    post: str = ""
    unit_id: int | None = None


@dataclass(frozen=True, slots=True)
class Roster:
    """The lines with their units, leaders and targets, the contact leaders by plan, the desks by unit."""

    lines: list[Any]
    contacts: Mapping[int, list[Ower]]
    desks: Mapping[str, list[Ower]]

    def of_plan(self, plan_id: int, code: str = "") -> list[Any]:
        """The lines of a plan in their order, or the one of this code."""
        return [line for line in self.lines if line.plan_id == plan_id and code in ("", line.code)]

    def lines_of(self, units: Iterable[int]) -> set[int]:
        """The lines in which one of these units has a part."""
        wanted = set(units)
        return {line.pk for line in self.lines if wanted & {unit["unit"] for unit in line.with_units}}


def roster() -> Roster:
    """Everybody who may owe something (three statements)."""
    posts = Post.objects.filter(
        organisation_id=OuterRef("organisation_id"), duty__in=(Post.Duty.HEAD, Post.Duty.DESK)
    ).order_by("order", "pk")
    units = LineUnit.objects.filter(line_id=OuterRef("pk")).order_by("role", "order")
    unit = JSONObject(
        role="role",
        unit="organisation_id",
        code="organisation__code",
        name="organisation__name",
        posts=ArraySubquery(posts.values(j=POST)),
    )
    leader = JSONObject(id="post_id", name="post__name", unit="post__organisation_id")
    conveners = LineLeader.objects.filter(line_id=OuterRef("pk"), is_convener=True).order_by("order")
    lines = CampaignLine.objects.order_by("plan_id", "order").annotate(
        with_units=ArraySubquery(units.values(j=unit)),
        with_conveners=ArraySubquery(conveners.values(j=leader)),
        with_targets=ArraySubquery(codes_of_line("pk")),
    )
    return Roster(list(lines), _contacts(), _desks())


def _contacts() -> dict[int, list[Ower]]:
    """Each contact leader once a plan, however many projects they have; invented projects owe nothing real."""
    found = ProjectLeader.objects.filter(project__is_demo=False, level=ProjectLeader.Level.DISTRICT)
    rows = found.order_by("project__plan_id", "post_id").distinct("project__plan_id", "post_id")
    contacts: dict[int, list[Ower]] = {}
    columns = ("project__plan_id", "post_id", "post__code", "post__name", "post__organisation_id")
    for plan, post, code, name, unit in rows.values_list(*columns):
        contacts.setdefault(plan, []).append(Ower(f"post:{code}", post, name=name, post=name, unit_id=unit))
    return contacts


def _desks() -> dict[str, list[Ower]]:
    rows = Post.objects.filter(duty=Post.Duty.DESK).order_by("order", "pk")
    desks: dict[str, list[Ower]] = {}
    columns = ("pk", "name", "organisation_id", "organisation__code", "organisation__name")
    for post, post_name, unit_id, code, name in rows.values_list(*columns):
        desks.setdefault(code, []).append(
            Ower(f"unit:{code}", post, name=name, post=post_name, unit_id=unit_id)
        )
    return desks


def owers(obligation: Obligation, known: Roster) -> list[Ower]:
    """Everybody who owes this obligation by a roster; a role nobody knows owes nothing."""
    said, lines = obligation.owed_by, known.of_plan(obligation.plan_id)
    match said:
        case "lead_departments":
            return list(_departments(lines, (LineUnit.Role.LEAD,), Post.Duty.DESK))
        case "lead_leaders":
            return list(_conveners(lines))
        case "contact_leaders":
            return list(known.contacts.get(obligation.plan_id, ()))
        case "department_heads":
            quota = obligation.cadence.get("quota", "")
            counted = [line for line in lines if quota in line.with_targets]
            return list(_departments(counted, LineUnit.Role.values, Post.Duty.HEAD))
    if said.startswith("line:"):
        named = known.of_plan(obligation.plan_id, said[5:])
        return list(_departments(named, (LineUnit.Role.LEAD,), Post.Duty.DESK))[:1]
    return list(known.desks.get(said, ()))


def _departments(lines: Iterable[Any], roles: Iterable[str], duty: str) -> Iterator[Ower]:
    """The units of these lines, each asked at its desk or its head; a unit without a head is asked at its desk."""
    wanted = tuple(roles)
    for line in lines:
        for unit in line.with_units:
            asked = [post for post in unit["posts"] if post["duty"] == duty]
            asked += [post for post in unit["posts"] if post["duty"] == Post.Duty.DESK]
            if asked and unit["role"] in wanted:
                key = f"{line.code}/{unit['code']}"
                yield Ower(key, asked[0]["id"], line.pk, unit["name"], asked[0]["name"], unit["unit"])


def _conveners(lines: Iterable[Any]) -> Iterator[Ower]:
    for line in lines:
        for leader in line.with_conveners:
            yield Ower(line.code, leader["id"], line.pk, line.name, leader["name"], leader["unit"])
