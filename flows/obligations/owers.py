"""Who owes what the plan file says in a word: lead departments, conveners, contact leaders, an office, a line."""

from collections.abc import Iterator
from dataclasses import dataclass

from flows.campaigns.models import CampaignLine, LineLeader, LineUnit, Obligation
from flows.projects.models import ProjectLeader
from flows.targets.selectors import line_of_target
from permissions.models import Post


@dataclass(frozen=True, slots=True)
class Ower:
    """A post that is asked, for which part of the campaign, under a key that stays the same from run to run."""

    key: str
    post_id: int
    line_id: int | None = None
    name: str = ""


def owers(obligation: Obligation) -> list[Ower]:
    """Everybody who owes this obligation now (at most three statements); a role nobody knows owes nothing."""
    said, lines = obligation.owed_by, CampaignLine.objects.filter(plan=obligation.plan_id)
    match said:
        case "lead_departments":
            return list(_departments(lines, (LineUnit.Role.LEAD,), Post.Duty.DESK))
        case "lead_leaders":
            return list(_conveners(lines))
        case "contact_leaders":
            return list(_contact_leaders(obligation))
        case "department_heads":
            line = line_of_target(obligation.plan_id, obligation.cadence.get("quota", ""))
            both = (LineUnit.Role.LEAD, LineUnit.Role.RESPONSIBLE)
            return list(_departments(lines.filter(pk=line), both, Post.Duty.HEAD)) if line else []
    if said.startswith("line:"):
        return list(_departments(lines.filter(code=said[5:]), (LineUnit.Role.LEAD,), Post.Duty.DESK))[:1]
    desks = Post.objects.filter(organisation__code=said, duty=Post.Duty.DESK)
    return [
        Ower(f"unit:{said}", key, name=name) for key, name in desks.values_list("pk", "organisation__name")
    ]


def _departments(lines, roles, duty: str) -> Iterator[Ower]:
    """The units of these lines, each asked at its desk or its head; a unit without a head is asked at its desk."""
    units = LineUnit.objects.filter(line__in=lines, role__in=roles).order_by("line__order", "role", "order")
    rows = list(
        units.values_list(
            "line_id", "line__code", "organisation_id", "organisation__code", "organisation__name"
        )
    )
    posts: dict[tuple[int, str], int] = {}
    asked = Post.objects.filter(
        organisation_id__in={row[2] for row in rows}, duty__in=(duty, Post.Duty.DESK)
    ).order_by("-order", "-pk")
    for key, unit, found in asked.values_list("pk", "organisation_id", "duty"):
        posts[unit, found] = key
    for line_id, line, unit_id, unit, name in rows:
        post = posts.get((unit_id, duty)) or posts.get((unit_id, Post.Duty.DESK.value))
        if post:
            yield Ower(f"{line}/{unit}", post, line_id, name)


def _conveners(lines) -> Iterator[Ower]:
    leaders = LineLeader.objects.filter(line__in=lines, is_convener=True).order_by("line__order")
    for line_id, code, post, name in leaders.values_list("line_id", "line__code", "post_id", "line__name"):
        yield Ower(code, post, line_id, name)


def _contact_leaders(obligation: Obligation) -> Iterator[Ower]:
    """Each contact leader once, however many projects they have; invented projects owe nothing real."""
    found = ProjectLeader.objects.filter(
        project__plan=obligation.plan_id, project__is_demo=False, level=ProjectLeader.Level.DISTRICT
    )
    rows = found.order_by("post_id").values_list("post_id", "post__code", "post__name").distinct("post_id")
    for post, code, name in rows:
        yield Ower(f"post:{code}", post, name=name)
