"""Reading who is who: appointments that hold on a day, who stands in for whom, and the actor they make."""

from collections.abc import Iterable
from datetime import date, datetime
from typing import NamedTuple

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Exists, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce

from hetang_flow.lib.clock import district_day
from permissions.actors import Actor, PostRef
from permissions.models import Appointment, Organisation, Post, Substitution, User
from permissions.rules import Cover


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
    held = Appointment.objects.filter(current(at), user=user)
    near, far = _stood_in_from(held.values("post_id"), at)
    own = near.filter(post_id=OuterRef("pk")).values("substitute_id")
    next_own = near.filter(post_id=OuterRef("substitute_id")).values("substitute_id")
    further = far.filter(post_id=OuterRef("pk")).values(own=Subquery(next_own[:1]))
    rows = (
        Post.objects.filter(
            Q(pk__in=held.values("post_id"))
            | Q(pk__in=near.values("post_id"))
            | Q(pk__in=far.values("post_id"))
        )
        .select_related("organisation")
        .annotate(
            is_held=Exists(held.filter(post_id=OuterRef("pk"))),
            through=Coalesce(Subquery(own[:1]), Subquery(further[:1])),
        )
        .order_by("order", "pk")
    )
    mine = [row for row in rows if row.is_held]
    others = [row for row in rows if not row.is_held]
    posts = tuple(map(post_ref, mine))
    actor = Actor(
        user_id=user.pk,
        name=user.name or user.username,
        posts=posts,
        administrator=user.administrator,
        acting=posts[0] if posts else None,
        is_demo=user.is_demo,
        standing_in=tuple(map(post_ref, others)),
        through=tuple((row.pk, row.through) for row in others),
        prepares_for=frozenset(row.serves_id for row in mine if row.serves_id),
    )
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


class Seat(NamedTuple):
    """A post with the accounts that hold it and those that stand in for them, each in ascending order.

    `about` is what the post was asked for, where several things were.
    """

    post: PostRef
    holders: tuple[int, ...]
    substitutes: tuple[int, ...]
    about: tuple[int, ...] = ()


def posts_with_holders(condition: Q, *, at: datetime, about: QuerySet | None = None) -> list[Seat]:
    """Return the posts that meet a condition with the people who answer for them (one statement).

    `about` yields keys for the outer post: each post then says which of them it belongs to, and one without any
    is left out. It is asked once for each post that meets the condition, so the condition should name few.
    """
    holders = Appointment.objects.filter(current(at), post_id=OuterRef("pk")).values("user_id")
    rows = (
        Post.objects.filter(condition)
        .select_related("organisation")
        .annotate(holder_ids=ArraySubquery(holders), substitute_ids=ArraySubquery(standing_in(at)))
        .order_by("order", "id")
    )
    if about is not None:
        rows = rows.annotate(about_ids=ArraySubquery(about))
    return [
        Seat(
            post_ref(post),
            tuple(sorted(set(post.holder_ids))),
            tuple(sorted(set(post.substitute_ids) - set(post.holder_ids))),
            tuple(sorted(set(post.about_ids))) if about is not None else (),
        )
        for post in rows
        if about is None or post.about_ids
    ]


# --- who stands in for whom ---


def running(at: datetime) -> Q:
    """The condition under which a substitution holds at this moment: begun, not over, not ended early."""
    day = district_day(at)
    return Q(from_day__lte=day, until_day__gt=day) & (Q(ended__isnull=True) | Q(ended__gt=at))


def _stood_in_from(own: QuerySet, at: datetime) -> tuple[QuerySet[Substitution], QuerySet[Substitution]]:
    """The substitutions by which these posts stand in for others: directly, and for posts stood in for."""
    near = Substitution.objects.filter(running(at), substitute_id__in=own)
    return near, Substitution.objects.filter(running(at), substitute_id__in=near.values("post_id"))


def standing_in(at: datetime) -> QuerySet:
    """The accounts that act for the outer row's post, directly or one post further on."""
    near = Substitution.objects.filter(running(at), post_id=OuterRef(OuterRef("pk")))
    via = Substitution.objects.filter(running(at), post_id=OuterRef(OuterRef(OuterRef("pk"))))
    far = Substitution.objects.filter(running(at), post_id__in=via.values("substitute_id"))
    return Appointment.objects.filter(
        current(at),
        Q(post_id__in=near.values("substitute_id")) | Q(post_id__in=far.values("substitute_id")),
    ).values("user_id")


def acts_for(user_id: int | None, post: str, *, at: datetime) -> Exists:
    """An annotation: may this account act for the outer row's post by substitution? Read like `holds_post`."""
    own = Appointment.objects.filter(current(at), user_id=user_id).values("post_id")
    near, far = _stood_in_from(own, at)
    return Exists(
        Substitution.objects.filter(
            Q(pk__in=near.values("pk")) | Q(pk__in=far.values("pk")), post_id=OuterRef(post)
        )
    )


def substitutes_of(post_ids: Iterable[int], *, at: datetime) -> dict[int, list[int]]:
    """Return the accounts that stand in for each post at this moment; a post without any is missing."""
    seats = posts_with_holders(Q(pk__in=list(post_ids)), at=at)
    return {seat.post.id: list(seat.substitutes) for seat in seats if seat.substitutes}


def posts_stood_in_from(post_ids: Iterable[int], *, at: datetime) -> set[int]:
    """The posts for which these stand in now, at one or two hops."""
    near, far = _stood_in_from(Post.objects.filter(pk__in=list(post_ids)).order_by().values("pk"), at)
    return set(near.values_list("post_id", flat=True).union(far.values_list("post_id", flat=True)))


def covers(at: datetime) -> list[Cover]:
    """Every substitution that runs or is to come, as the rules see it."""
    rows = Substitution.objects.filter(ended__isnull=True, until_day__gt=district_day(at))
    return [Cover(*row) for row in rows.values_list("post_id", "substitute_id", "from_day", "until_day")]


def posts_changing(days: Iterable[date]) -> set[int]:
    """The posts whose holders or substitutes begin or end on one of these days."""
    on = list(days)
    turns = Q(from_day__in=on) | Q(until_day__in=on)
    held = Appointment.objects.filter(turns).order_by().values_list("post_id", flat=True)
    return set(held.union(Substitution.objects.filter(turns).values_list("post_id", flat=True)))


def beginning(day: date) -> QuerySet[Substitution]:
    """The substitutions that begin on this day and have not been ended."""
    return Substitution.objects.filter(from_day=day, ended__isnull=True).order_by("pk")


# --- people ---


def members_of(organisation_ids: Iterable[int], *, at: datetime) -> dict[int, set[int]]:
    """The accounts that hold a post in each of these organisations now."""
    found: dict[int, set[int]] = {}
    rows = Appointment.objects.filter(current(at), post__organisation_id__in=list(organisation_ids))
    for unit_id, user_id in rows.values_list("post__organisation_id", "user_id"):
        found.setdefault(unit_id, set()).add(user_id)
    return found


def organisations_of(user_ids: Iterable[int], *, at: datetime) -> dict[int, set[int]]:
    """The organisations in which each of these accounts holds a post now."""
    found: dict[int, set[int]] = {}
    rows = Appointment.objects.filter(current(at), user_id__in=list(user_ids))
    for user_id, unit_id in rows.values_list("user_id", "post__organisation_id"):
        found.setdefault(user_id, set()).add(unit_id)
    return found


def names_of(user_ids: Iterable[int]) -> str:
    """The names of these accounts as one text."""
    return "、".join(map(str, User.objects.filter(pk__in=list(user_ids)).order_by("pk")))


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


def in_real_use(at: datetime) -> bool:
    """Whether anybody real holds a post: what invented accounts decide then reaches beyond the demonstration."""
    return Appointment.objects.filter(current(at), user__is_demo=False).exists()


def organisations_by_code() -> dict[str, Organisation]:
    """All organisations by code (one statement)."""
    return {unit.code: unit for unit in Organisation.objects.all()}
