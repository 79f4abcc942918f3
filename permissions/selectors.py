"""Reading who is who: appointments that hold on a day, and the actor they make of an account."""

from collections.abc import Iterable
from datetime import datetime

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Exists, OuterRef, Q, QuerySet

from hetang_flow.lib.clock import district_day
from permissions.actors import Actor, PostRef
from permissions.models import Appointment, Organisation, Post, User


def current(at: datetime, prefix: str = "") -> Q:
    """The condition under which an appointment holds at this moment: begun, not ended, account alive.

    None of the three separated administrators holds a post, whatever the appointments say.
    """
    day = district_day(at)
    return (
        Q(**{f"{prefix}from_day__lte": day})
        & (Q(**{f"{prefix}until_day__isnull": True}) | Q(**{f"{prefix}until_day__gt": day}))
        & Q(**{f"{prefix}user__is_active": True, f"{prefix}user__administrator": ""})
    )


def post_ref(post: Post) -> PostRef:
    """The pure picture of a post; its organisation must be loaded."""
    unit = post.organisation
    return PostRef(post.id, post.code, post.name, post.duty, unit.id, unit.code, unit.name)


def actor_for(user: User, *, at: datetime, post_id: int | None = None) -> Actor:
    """Return the actor this account is at this moment, acting in `post_id` if it is held (one statement)."""
    held = (
        Appointment.objects.filter(current(at), user=user)
        .select_related("post__organisation")
        .order_by("post__order", "post_id")
    )
    posts = tuple(post_ref(appointment.post) for appointment in held)
    name, first = user.name or user.username, posts[0] if posts else None
    actor = Actor(user.pk, name, posts, user.administrator, first, user.is_demo)
    return actor.in_post(post_id) if post_id else actor


def holders_of(post_ids: Iterable[int], *, at: datetime) -> dict[int, list[int]]:
    """Return the accounts that hold each post at this moment; an empty post is missing from the answer."""
    found: dict[int, list[int]] = {}
    rows = Appointment.objects.filter(current(at), post_id__in=list(post_ids)).order_by("user_id")
    for post_id, user_id in rows.values_list("post_id", "user_id"):
        found.setdefault(post_id, []).append(user_id)
    return found


def holds_post(user_id: int | None, post: str, *, at: datetime) -> Exists:
    """An annotation: does this account hold the outer row's post now? Read under the caller's lock."""
    return Exists(Appointment.objects.filter(current(at), user_id=user_id, post_id=OuterRef(post)))


def posts_with_holders(condition: Q, *, at: datetime) -> list[tuple[PostRef, list[int]]]:
    """Return the posts that meet a condition with the accounts holding them (one statement)."""
    holders = Appointment.objects.filter(current(at), post_id=OuterRef("pk")).values("user_id")
    rows = (
        Post.objects.filter(condition)
        .select_related("organisation")
        .annotate(holder_ids=ArraySubquery(holders))
        .order_by("order", "id")
    )
    return [(post_ref(post), sorted(post.holder_ids)) for post in rows]


def colleagues(organisation_id: int, *, at: datetime) -> QuerySet[User]:
    """The people who hold a post in this organisation now: those a desk may hand work out to."""
    held = Appointment.objects.filter(
        current(at), user_id=OuterRef("pk"), post__organisation_id=organisation_id
    )
    return User.objects.filter(Exists(held)).order_by("name", "pk")


def invented_people() -> QuerySet[User]:
    """The invented accounts that can sign in; none where there is no demonstration."""
    return User.objects.filter(is_demo=True, is_active=True).order_by()


def demonstration_running() -> bool:
    """Whether invented accounts exist: every page then says so."""
    return invented_people().exists()


def organisations_by_code() -> dict[str, Organisation]:
    """All organisations by code (one statement)."""
    return {unit.code: unit for unit in Organisation.objects.all()}
