"""What somebody may do with the notices received (read them), with how they come, and with letters set aside."""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet
from django.utils import translation

from hetang_flow.lib.errors import Invalid, NotFound
from notifications import channels, delivery, notices, registry, rules, sealing
from notifications.models import Bot, ChatAddress, Delivery, Notice, Preference
from notifications.selectors import SET_ASIDE
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


def _unread_of(by: Actor) -> QuerySet[Notice]:
    return Notice.objects.filter(user_id=by.user_id, read_at=None)


# --- how one is told ---


def save_wishes(wishes: rules.Wishes, *, by: Actor, now: datetime) -> None:
    """Keep how this person wishes to be told; it holds for everything that has not gone out yet."""
    rules.are_wishes(wishes).or_raise(Invalid)
    values = {name: getattr(wishes, name) for name in wishes.__dataclass_fields__}
    Preference.objects.update_or_create(user_id=by.user_id, defaults=values | {"saved_at": now})


@transaction.atomic
def save_chat_address(bot: str, typed: str, secret: str, *, by: Actor, now: datetime) -> None:
    """Keep where this person's bot speaks, in the place of any before; a first notice goes there to try it.

    Raises Invalid("no-such-bot") for a bot this site does not offer, Invalid("not-a-bot-address") for what cannot be
    an address of it.
    """
    if bot not in channels.offered():
        raise Invalid("no-such-bot")
    try:
        address = channels.BOTS[Bot(bot)].address(typed, secret)
    except ValueError as error:
        raise Invalid("not-a-bot-address") from error
    kept = {"bot": bot, "sealed": sealing.seal(address), "saved_at": now}
    ChatAddress.objects.update_or_create(user_id=by.user_id, defaults=kept)
    registry.record("notices.address_saved", by=by, now=now, facts={"channel": bot}, personal={})
    with translation.override("en"):  # kept as a message id and spoken in the reader's language
        label = str(Bot(bot).label)
    notices.put(
        "address.saved",
        key=f"address:{bot}:{now:%Y%m%d%H%M%S%f}",
        to=[by.user_id] if by.user_id else [],
        facts={"label": label},
        now=now,
    )


@transaction.atomic
def remove_chat_address(*, by: Actor, now: datetime) -> None:
    """Forget where this person's bot speaks; what was to go there is not sent any more."""
    rows = ChatAddress.objects.select_for_update().filter(user_id=by.user_id)
    bot = rows.values_list("bot", flat=True).first()
    if bot is None:
        raise NotFound("no-such-address")
    rows.delete()
    waiting = Delivery.objects.filter(user_id=by.user_id, channel=bot, state=Delivery.State.TODO)
    waiting.update(state=Delivery.State.SPARE)
    registry.record("notices.address_removed", by=by, now=now, facts={"channel": bot}, personal={})


# --- letters that were set aside ---


@transaction.atomic
def retry_letter(letter: UUID, *, reason: str, by: Actor, now: datetime) -> None:
    """Give a letter that was set aside all its attempts again, under the same key; recorded with the reason."""
    rows = _set_aside(letter, reason, by)
    _record("notices.letter_retried", rows, reason, by=by, now=now)
    keys = [row.pk for row in rows]
    Delivery.objects.filter(pk__in=keys).update(state=Delivery.State.TODO, attempts=0, not_before=now)
    delivery.defer([(row.pk, row.channel) for row in rows])


@transaction.atomic
def drop_letter(letter: UUID, *, reason: str, by: Actor, now: datetime) -> None:
    """Leave a letter that was set aside unsent for good; recorded with the reason. The notice itself stays."""
    rows = _set_aside(letter, reason, by)
    _record("notices.letter_dropped", rows, reason, by=by, now=now)
    Delivery.objects.filter(pk__in=[row.pk for row in rows]).update(state=Delivery.State.DROPPED)


def hold_restored_deliveries() -> int:
    """After a restore: nothing that was waiting in the copy is ever sent. Returns how many were held."""
    return Delivery.objects.filter(state=Delivery.State.TODO).update(state=Delivery.State.RESTORED)


def _set_aside(letter: UUID, reason: str, by: Actor) -> list[Delivery]:
    """The deliveries of a letter that was set aside, locked; judged before anything is looked up."""
    rules.may_look_after_letters(by).or_raise(NotFound)
    rules.is_reason(reason).or_raise(Invalid)
    found = Delivery.objects.select_for_update(of=("self",), no_key=True).filter(
        letter=letter, state__in=SET_ASIDE
    )
    rows = list(found.select_related("notice", "user").order_by("pk"))
    if not rows:
        raise NotFound("no-such-letter")
    return rows


def _record(kind: str, rows: list[Delivery], reason: str, *, by: Actor, now: datetime) -> None:
    """Who did what with which letter and why; whose it was and what is in it is not part of the facts."""
    first = rows[0]
    facts = {
        "letter": str(first.letter),
        "channel": first.channel,
        "state": first.state,
        "attempts": first.attempts,
        "kinds": sorted({row.notice.kind for row in rows}),
        "notices": len(rows),
        "error": first.last_error,
    }
    personal = {"reason": reason.strip(), "person": str(first.user)}
    registry.record(kind, by=by, now=now, facts=facts, personal=personal)
