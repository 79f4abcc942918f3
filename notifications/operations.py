"""What somebody may do with the notices received: read them. One statement each."""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from django.db.models import QuerySet

from notifications.models import Delivery, Notice
from permissions.actors import Actor


def mark_read(notice_ids: Iterable[int], *, by: Actor, now: datetime) -> int:
    """Mark these as read; others' notices are left alone. Returns how many changed."""
    return _unread_of(by).filter(pk__in=list(notice_ids)).update(read_at=now)


def mark_all_read(*, by: Actor, now: datetime, upto: int | None = None) -> int:
    """Mark everything as read, at most up to the number the reader has seen. Returns how many changed."""
    unread = _unread_of(by)
    if upto is not None:
        unread = unread.filter(number__lte=upto)
    return unread.update(read_at=now)


def mark_about_read(about: UUID | str, *, by: Actor, now: datetime) -> int:
    """Mark what concerns one run as read, when its page is opened. Returns how many changed."""
    return _unread_of(by).filter(about=about).update(read_at=now)


def hold_restored_deliveries() -> int:
    """After a restore: nothing that was waiting in the copy is ever sent. Returns how many were held."""
    return Delivery.objects.filter(state=Delivery.State.TODO).update(state=Delivery.State.RESTORED)


def _unread_of(by: Actor) -> QuerySet[Notice]:
    return Notice.objects.filter(user_id=by.user_id, read_at=None)
