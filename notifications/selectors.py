"""What somebody has been told: the badge, the list, the copies; how they are told; which letters were set aside."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING
from uuid import UUID

from django.contrib.postgres.aggregates import ArrayAgg
from django.db.models import Count, Max, Min, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce

from notifications import catalogue, rules
from notifications.models import Bot, ChatAddress, Delivery, Notice, NoticeCounter, Preference

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


# --- how they are told ---


def wishes_of(user_id: int | None) -> rules.Wishes:
    """How somebody wishes to be told outside the house; the defaults until they say otherwise."""
    kept = Preference.objects.filter(user_id=user_id).first()
    return kept.wishes if kept else rules.Wishes()


@dataclass(frozen=True, slots=True)
class ChatKept:
    """That a bot's address is kept, and since when; never the address."""

    bot: Bot
    saved_at: datetime


def chat_kept(user_id: int | None) -> ChatKept | None:
    """Which bot speaks to somebody, if any."""
    found = ChatAddress.objects.filter(user_id=user_id).values_list("bot", "saved_at").first()
    return ChatKept(Bot(found[0]), found[1]) if found else None


# --- letters that were set aside ---

SET_ASIDE = (Delivery.State.FAILED, Delivery.State.PARKED)
MOST_LETTERS = 100


@dataclass(frozen=True, slots=True)
class SetAside:
    """A letter nobody took, as whoever looks after letters may see it: nothing of what it says."""

    letter: UUID
    channel: str
    person: str
    state: str
    kinds: tuple[str, ...]
    notices: int
    attempts: int
    error: str
    since: datetime


def letters_set_aside() -> tuple[list[SetAside], int]:
    """The newest letters that were set aside, and how many there are in all (two statements)."""
    rows = Delivery.objects.filter(state__in=SET_ASIDE, letter__isnull=False)
    # That there was something confidential to tell somebody is itself confidential; it stands among their notices.
    rows = rows.filter(notice__confidential=False)
    found = (
        rows.values("letter", "channel", "state", "user__name", "user__username")
        .annotate(
            kinds=ArrayAgg("notice__kind", distinct=True),
            notices=Count("pk"),
            most=Max("attempts"),
            error=Max("last_error"),
            since=Min("notice__created"),
            last=Max("pk"),
        )
        .order_by("-last")[:MOST_LETTERS]
    )
    letters = [
        SetAside(
            row["letter"],
            str(Delivery.Channel(row["channel"]).label),
            row["user__name"] or row["user__username"],
            row["state"],
            tuple(map(catalogue.shape, row["kinds"])),
            row["notices"],
            row["most"],
            row["error"],
            row["since"],
        )
        for row in found
    ]
    return letters, rows.values("letter").distinct().count()
