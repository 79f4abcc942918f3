"""Who holds an obstacle at its level of coordination: read with it, so that a list costs no statement a row."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import OuterRef, QuerySet
from django.db.models.functions import JSONObject

from flows.campaigns.models import LineLeader, LineUnit
from flows.projects.models import ProjectLeader
from permissions.models import Post

from .models import Obstacle, ObstacleLevel

ANSWERING = (Post.Duty.HEAD, Post.Duty.DESK)
POST = JSONObject(id="pk", name="name", duty="duty", unit="organisation_id")
POST_OF = JSONObject(id="post_id", name="post__name")


@dataclass(frozen=True, slots=True)
class Holder:
    """A post that coordinates."""

    id: int
    name: str


def with_holders(obstacles: QuerySet[Obstacle]) -> QuerySet[Obstacle]:
    """Obstacles with everybody who may hold them at one level or another."""
    posts = Post.objects.filter(duty__in=ANSWERING).order_by("order", "pk")
    leading = LineUnit.objects.filter(
        line_id=OuterRef(OuterRef("project__line_id")), role=LineUnit.Role.LEAD
    ).values("organisation_id")
    leaders = ProjectLeader.objects.filter(
        project_id=OuterRef("project_id"), level=ProjectLeader.Level.DISTRICT
    )
    conveners = LineLeader.objects.filter(line_id=OuterRef("project__line_id"), is_convener=True)
    return obstacles.select_related("level", "kind", "unit", "project").annotate(
        unit_posts=ArraySubquery(posts.filter(organisation_id=OuterRef("unit_id")).values(j=POST)),
        lead_posts=ArraySubquery(posts.filter(organisation_id__in=leading).values(j=POST)),
        leader_posts=ArraySubquery(leaders.order_by("order").values(j=POST_OF)),
        convener_posts=ArraySubquery(conveners.order_by("order").values(j=POST_OF)),
    )


def holders(obstacle: Any, level: ObstacleLevel | None = None) -> list[Holder]:
    """The posts that hold an obstacle read `with_holders`, at its own level or at another; nobody before it is sorted."""
    level = level or obstacle.level
    if level is None:
        return []
    if level.holder == ObstacleLevel.Holder.LEADER:
        return [Holder(**post) for post in obstacle.leader_posts]
    if level.holder == ObstacleLevel.Holder.CONVENER:
        return [Holder(**post) for post in obstacle.convener_posts]
    is_unit = level.holder == ObstacleLevel.Holder.UNIT
    return _answering(obstacle.unit_posts if is_unit else obstacle.lead_posts)


def _answering(posts: Sequence[dict[str, Any]]) -> list[Holder]:
    """The heads of the units; the desk of a unit without a post for its head."""
    with_head = {post["unit"] for post in posts if post["duty"] == Post.Duty.HEAD}
    return [
        Holder(post["id"], post["name"])
        for post in posts
        if post["duty"] == Post.Duty.HEAD or post["unit"] not in with_head
    ]
