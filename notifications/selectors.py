"""What somebody has been told: the badge, the list, the copies."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import TYPE_CHECKING
from uuid import UUID

from django.db.models import Count, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce

from notifications.models import Notice, NoticeCounter

if TYPE_CHECKING:
    from permissions.models import User


@dataclass(frozen=True, slots=True)
class Badge:
    """The newest number, and how many notices wait to be read; `copied` is the part "for information"."""

    upto: int = 0
    unread: int = 0
    copied: int = 0


def badge(user: "User | int") -> Badge:
    """All counts of the badge in one statement."""
    unread = Notice.objects.filter(user=OuterRef("user"), read_at=None).order_by().values("user")
    row = (
        NoticeCounter.objects.filter(user=user)
        .annotate(
            unread=Coalesce(Subquery(unread.annotate(n=Count("id")).values("n")), 0),
            unread_copied=Coalesce(
                Subquery(unread.annotate(n=Count("id", filter=Q(copied=True))).values("n")), 0
            ),
        )
        .values_list("last", "unread", "unread_copied")
        .first()
    )
    return Badge(*row) if row else Badge()


def upto(user: "User | int") -> int:
    """The number of the newest notice; 0 before the first."""
    return NoticeCounter.objects.filter(user=user).values_list("last", flat=True).first() or 0


def unread_count(user: "User | int") -> int:
    """How many notices wait to be read, copies included."""
    return Notice.objects.filter(user=user, read_at=None).count()


def notices_for(user: "User | int", after: int | None = None, limit: int = 50) -> QuerySet[Notice]:
    """The newest notices first; with `after`, only those with a greater number."""
    found = Notice.objects.filter(user=user)
    if after is not None:
        found = found.filter(number__gt=after)
    return found.order_by("-number")[:limit]


def copied_to(user: "User | int", read: bool | None = None) -> QuerySet[Notice]:
    """What was sent for information, newest first; all, only the read, or only the unread."""
    found = Notice.objects.filter(user=user, copied=True)
    if read is not None:
        found = found.filter(read_at__isnull=not read)
    return found.order_by("-number")


def told_already(people: Collection[int], *, about: UUID, prefix: str) -> set[tuple[str, int]]:
    """What of a run these people were told under keys that begin so, as pairs of key and person (one statement)."""
    found = Notice.objects.filter(user__in=people, about=about, key__startswith=prefix)
    return set(found.order_by().values_list("key", "user_id"))
