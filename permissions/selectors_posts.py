"""Finding a post by its name, its unit or who holds it."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Exists, OuterRef, Q, QuerySet

from permissions.actors import Actor, PostRef
from permissions.models import Appointment, Post
from permissions.selectors import current, post_ref, standing_in

MOST_FOUND = 10
WORDS = 4


@dataclass(frozen=True, slots=True)
class Found:
    """A post as it is offered for choosing: who answers for it, and the names that may be shown."""

    post: PostRef
    holders: tuple[int, ...]
    substitutes: tuple[int, ...]
    names: tuple[str, ...]


def posts_like(q: str, actor: Actor, *, at: datetime, most: int = MOST_FOUND) -> list[Found]:
    """The posts in which every word is found, in name, unit or holder, in the order of the roster (one statement).

    Names are those of accounts; whoever tries the demonstration is shown invented ones alone, and finds by those.
    """
    named = _named(actor, at)
    condition = Q()
    for word in q.split()[:WORDS]:
        condition &= (
            Q(name__icontains=word)
            | Q(organisation__name__icontains=word)
            | Q(organisation__short_name__icontains=word)
            | Exists(named.filter(post_id=OuterRef("pk"), user__name__icontains=word))
        )
    return _found(condition, actor, at, most) if condition else []


def posts_by_id(ids: Iterable[int], actor: Actor, *, at: datetime) -> list[Found]:
    """These posts, as they are shown when chosen (one statement; none for nothing)."""
    wanted = list(ids)
    return _found(Q(pk__in=wanted), actor, at, len(wanted)) if wanted else []


def _named(actor: Actor, at: datetime) -> QuerySet[Appointment]:
    held = Appointment.objects.filter(current(at))
    return held.filter(user__is_demo=True) if actor.is_demo else held


def _found(condition: Q, actor: Actor, at: datetime, most: int) -> list[Found]:
    here = {"post_id": OuterRef("pk")}
    holders = Appointment.objects.filter(current(at), **here).values("user_id")
    names = _named(actor, at).filter(**here).order_by("user__name").values("user__name")
    rows = (
        Post.objects.filter(condition)
        .select_related("organisation")
        .annotate(
            holder_ids=ArraySubquery(holders),
            substitute_ids=ArraySubquery(standing_in(at)),
            shown=ArraySubquery(names),
        )
        .order_by("order", "id")
    )
    return [
        Found(
            post_ref(post),
            tuple(sorted(set(post.holder_ids))),
            tuple(sorted(set(post.substitute_ids) - set(post.holder_ids))),
            tuple(dict.fromkeys(post.shown)),
        )
        for post in rows[:most]
    ]
