"""Carrying notices outside. The state of a Delivery row decides; a job is only the occasion to look at it.

What is due for one person on one channel is judged and claimed in one transaction; then each letter is sent outside
any transaction and its outcome written. A worker killed between sending and writing repeats the letter, with all that
it held, under the same key; one killed before sending loses nothing.
"""

import logging
import time
import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import F, Max, Min, Q, QuerySet
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from notifications import channels, rules
from notifications.adapters import Letter, PermanentFailure, TemporaryFailure
from notifications.models import ChatAddress, Delivery, Preference
from permissions.models import User

log = logging.getLogger(__name__)

LEASE = timedelta(minutes=5)
PATIENCE = 30.0  # seconds; then a job lays the rest back, so that other work gets its turn
AT_ONCE = 500
MOST_TITLES = {Delivery.Channel.MAIL: 50}
FEW_TITLES, LONGEST_LINE = 8, 50  # the narrowest bot takes 2048 bytes
ERROR_LENGTH = 300
NO_ADDRESS = "no address any more"


@dataclass(frozen=True, slots=True)
class Somebody:
    """A person as the channels see one: the address of this channel, if there is one, and the wishes."""

    address: str
    wishes: rules.Wishes


def carry(delivery_ids: Iterable[int], *, now: datetime) -> datetime | None:
    """Try every delivery that is due; return the hour at which to come back, or None when all is settled."""
    wanted, began = list(delivery_ids), time.monotonic()
    waiting = Delivery.objects.filter(pk__in=wanted, state=Delivery.State.TODO)
    due = waiting.filter(not_before__lte=now).order_by("user_id", "channel")
    for user_id, channel in due.values_list("user_id", "channel").distinct():
        for letter in claim(user_id, channel, now=now):
            send(letter, channel, now=now)
        if time.monotonic() - began > PATIENCE:
            break
    return waiting.aggregate(next=Min("not_before"))["next"]


# --- claiming ---


@transaction.atomic
def claim(user_id: int, channel: str, *, now: datetime) -> list[Letter]:
    """Take the right to try, once, what is due for this person on this channel; the letters to be sent.

    Two workers take turns here, and the second finds nothing. What is held back, spared or has no address any more is
    settled at once.
    """
    of_person = Delivery.objects.filter(user_id=user_id, channel=channel, state=Delivery.State.TODO)
    due_now = of_person.filter(not_before__lte=now)
    first = due_now.filter(letter=None).order_by("pk").values("pk")[:AT_ONCE]
    rows = list(
        due_now.filter(Q(letter__isnull=False) | Q(pk__in=first))  # a letter that was tried is never cut
        .select_for_update(of=("self",), no_key=True)
        .select_related("notice")
        .order_by("pk")
    )
    if not rows:
        return []
    someone = _somebody(user_id, channel)
    if not someone.address:
        _set_aside(rows)
        return []
    judged = [
        rules.Due(r.pk, r.notice.urgency, r.daily, r.notice.read_at is not None, r.letter) for r in rows
    ]
    found = rules.sort(judged, channel, someone.wishes, now=now)
    for until, keys in found.held.items():
        of_person.filter(pk__in=keys).update(not_before=until)
    of_person.filter(pk__in=found.spare).update(state=Delivery.State.SPARE)
    letters = found.again | {uuid.uuid4(): keys for keys in found.fresh}
    by_key = {row.pk: row for row in rows}
    for letter, keys in letters.items():
        of_person.filter(pk__in=keys).update(
            attempts=F("attempts") + 1, not_before=now + LEASE, letter=letter
        )
    with translation.override(settings.LANGUAGE_CODE):
        return [
            _written(str(letter), someone.address, [by_key[pk] for pk in keys])
            for letter, keys in letters.items()
        ]


def _somebody(user_id: int, channel: str) -> Somebody:
    person = User.objects.select_related("notice_preference", "chat_address").get(pk=user_id)
    preference: Preference | None = getattr(person, "notice_preference", None)
    chat: ChatAddress | None = getattr(person, "chat_address", None)
    wishes = preference.wishes if preference else rules.Wishes()
    return Somebody(channels.address_of(person, channel, chat), wishes)


def _set_aside(rows: list[Delivery]) -> None:
    """Refuse for good what goes nowhere; each is a letter of its own for whoever looks after them."""
    for row in rows:
        row.state, row.last_error, row.letter = Delivery.State.FAILED, NO_ADDRESS, row.letter or uuid.uuid4()
    Delivery.objects.bulk_update(rows, ["state", "last_error", "letter"])


def _written(key: str, address: str, rows: list[Delivery]) -> Letter:
    """The letter that these deliveries make: a notice by itself, or how many there are and what they are called."""
    said = [" ".join(row.notice.said_outside.split()) for row in rows]
    if len(rows) == 1 and not rows[0].daily:
        notice = rows[0].notice
        return Letter(key, address, said[0][:200], "/" if notice.confidential else notice.url)
    count = len(rows)
    title = ngettext("%(count)s notice for you", "%(count)s notices for you", count) % {"count": count}
    most = MOST_TITLES.get(Delivery.Channel(rows[0].channel), FEW_TITLES)
    titles = [text[:LONGEST_LINE] for text in said[:most]]
    if count > most:
        titles.append(_("and %(count)s more") % {"count": count - most})
    return Letter(key, address, title, "/", tuple(titles))


# --- sending ---


def send(letter: Letter, channel: str, *, now: datetime) -> None:
    """Make one attempt, outside any transaction, and write what became of it."""
    with translation.override(settings.LANGUAGE_CODE):
        try:
            channels.ADAPTERS[channel].send(letter)
        except PermanentFailure as error:
            _settle(letter, Delivery.State.FAILED, error=str(error))
        except TemporaryFailure as error:
            _postpone(letter, error, now=now)
        except Exception as error:
            # A letter that breaks its channel must not hold up the others, and ends like any that is not taken.
            log.exception("letter %s broke its channel %s", letter.key, channel)
            _postpone(letter, TemporaryFailure(type(error).__name__), now=now)
        else:
            _settle(letter, Delivery.State.SENT, sent_at=now)


def _postpone(letter: Letter, error: TemporaryFailure, *, now: datetime) -> None:
    rows = _waiting(letter)
    attempts = rows.aggregate(most=Max("attempts"))["most"] or 0
    again = rules.next_attempt(attempts, now=now, asked=error.wait)
    if again is None:
        return _settle(letter, Delivery.State.PARKED, error=str(error))
    rows.update(not_before=again, last_error=str(error)[:ERROR_LENGTH])
    return None


def _settle(letter: Letter, state: str, *, error: str = "", sent_at: datetime | None = None) -> None:
    _waiting(letter).update(state=state, last_error=error[:ERROR_LENGTH], sent_at=sent_at)


def _waiting(letter: Letter) -> QuerySet[Delivery]:
    return Delivery.objects.filter(letter=letter.key, state=Delivery.State.TODO)
