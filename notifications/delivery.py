"""Carrying notices outside. The state of a Delivery row decides; a job is only the occasion to look at it.

An attempt is claimed by compare-and-set, made outside any transaction, and its outcome written. A worker killed
between sending and writing repeats the letter under the same Message-ID; one killed before sending loses nothing.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import F, Min
from django.utils import translation
from procrastinate.contrib.django import app

from notifications import rules
from notifications.adapters import PermanentFailure, TemporaryFailure, mail
from notifications.models import Delivery

LEASE = timedelta(minutes=5)
FORGOTTEN = timedelta(minutes=15)
MAIL_JOB = "notifications.tasks.deliver_mail"
ERROR_LENGTH = 300


def enqueue_mail(notice_ids: Sequence[int], *, now: datetime) -> None:
    """Write one delivery for each notice and one job for all of them, in the caller's transaction."""
    made = Delivery.objects.bulk_create(
        Delivery(notice_id=notice_id, channel=Delivery.Channel.MAIL, not_before=now)
        for notice_id in notice_ids
    )
    defer_mail([delivery.pk for delivery in made])


def defer_mail(delivery_ids: Sequence[int]) -> None:
    """Enqueue the job that carries these deliveries, in the caller's transaction."""
    app.configure_task(MAIL_JOB, queue="mail").defer(delivery_ids=list(delivery_ids))


def carry_mail(delivery_ids: Iterable[int], *, now: datetime) -> datetime | None:
    """Try every delivery that is due; return the hour at which to come back, or None when all is settled."""
    wanted = list(delivery_ids)
    for pk in wanted:
        if claim(pk, now=now):
            _attempt(pk, now=now)
    waiting = Delivery.objects.filter(pk__in=wanted, state=Delivery.State.TODO)
    return waiting.aggregate(next=Min("not_before"))["next"]


def claim(pk: int, *, now: datetime) -> bool:
    """Take the right to try once; False when it is settled, too early, or another worker is at it."""
    return bool(
        Delivery.objects.filter(pk=pk, state=Delivery.State.TODO, not_before__lte=now).update(
            attempts=F("attempts") + 1, not_before=now + LEASE
        )
    )


def forgotten(*, now: datetime, limit: int = 500) -> list[int]:
    """Deliveries whose job should have come long ago: its worker was killed, or the job was lost."""
    overdue = Delivery.objects.filter(state=Delivery.State.TODO, not_before__lt=now - FORGOTTEN)
    return list(overdue.order_by("not_before").values_list("pk", flat=True)[:limit])


def _attempt(pk: int, *, now: datetime) -> None:
    delivery = Delivery.objects.select_related("notice__user").get(pk=pk)
    notice, person = delivery.notice, delivery.notice.user
    if not (person.is_active and person.email):
        return _settle(pk, Delivery.State.FAILED, error="no address any more")
    with translation.override(settings.LANGUAGE_CODE):
        letter = mail.Letter(f"notice-{notice.pk}", person.email, notice.title, notice.url)
        try:
            mail.send(letter)
        except PermanentFailure as error:
            return _settle(pk, Delivery.State.FAILED, error=str(error))
        except TemporaryFailure as error:
            return _postpone(delivery, str(error), now=now)
    return _settle(pk, Delivery.State.SENT, sent_at=now)


def _postpone(delivery: Delivery, error: str, *, now: datetime) -> None:
    again = rules.next_attempt(delivery.attempts, now=now)
    if again is None:
        return _settle(delivery.pk, Delivery.State.PARKED, error=error)
    todo = Delivery.objects.filter(pk=delivery.pk, state=Delivery.State.TODO)
    todo.update(not_before=again, last_error=error[:ERROR_LENGTH])
    return None


def _settle(pk: int, state: str, *, error: str = "", sent_at: datetime | None = None) -> None:
    todo = Delivery.objects.filter(pk=pk, state=Delivery.State.TODO)
    todo.update(state=state, last_error=error[:ERROR_LENGTH], sent_at=sent_at)
