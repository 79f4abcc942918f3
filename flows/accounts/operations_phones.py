"""A known phone: registered with the password, opened with a PIN or a passkey, given up by its owner or by guessing.

Lock order: the phone's row, then the chain of the system.
"""

import secrets
from collections.abc import Callable
from datetime import datetime
from hashlib import sha256
from uuid import UUID

from django.conf import settings
from django.contrib.auth.hashers import check_password, make_password
from django.db import transaction
from django.db.models import F
from django.urls import reverse
from django.utils.crypto import constant_time_compare

from flows.journal.operations import record, system_chain
from hetang_flow.lib.errors import Invalid, NotAllowed, NotFound
from notifications import notices
from permissions.actors import SYSTEM, Actor
from permissions.models import User
from permissions.rules import needs_second_factor
from permissions.selectors import actor_for

from . import rules_phones as rules
from .models import KnownPhone

SECRET_BYTES = 32


def remember(
    user: User, *, name: str, pin: str, by_phone: bool, by: Actor, now: datetime
) -> tuple[KnownPhone, str]:
    """Register a phone; returns it and what its cookie holds, which is kept nowhere else.

    Raises NotAllowed for whoever needs a second factor and for a session that a phone opened, Invalid for the PIN.
    A fourth phone takes the place of the oldest.
    """
    rules.may_remember(by, by_phone=by_phone).or_raise(NotAllowed)
    rules.pin_is_good(pin).or_raise(Invalid)
    name = name.strip()
    if not name or len(name) > rules.LONGEST_NAME:
        raise Invalid("phone-name", {"field": "name", "most": rules.LONGEST_NAME})
    secret, encoded = secrets.token_urlsafe(SECRET_BYTES), make_password(pin)
    with transaction.atomic():
        known = KnownPhone.objects.select_for_update(no_key=True).filter(user=user, forgotten=None)
        for old in list(known.order_by("-made", "-pk"))[rules.MOST_PHONES - 1 :]:
            _forget(old, rules.REPLACED, by=by, now=now)
        phone = KnownPhone.objects.create(
            user=user,
            name=name,
            digest=_digest(secret),
            account=_account(user),
            pin=encoded,
            made=now,
            seen=now,
            ends=now + rules.days(settings.PHONE_DAYS),
        )
        _record("phone.remembered", phone, by=by, now=now)
    return phone, f"{phone.public_id}.{secret}"


def forget(public_id: UUID, *, by: Actor, now: datetime) -> KnownPhone:
    """Give up a phone of one's own. Raises NotFound for anybody else's and for one that is given up already."""
    with transaction.atomic():
        rows = KnownPhone.objects.select_for_update(no_key=True)
        phone = rows.filter(public_id=public_id, user_id=by.user_id, forgotten=None).first()
        if phone is None:
            raise NotFound("no-such-page")
        _forget(phone, rules.GIVEN_UP, by=by, now=now)
        return phone


def known(cookie: str, *, now: datetime) -> KnownPhone | None:
    """The phone that holds this cookie, if it is still known (one statement)."""
    return _known(cookie, now, lock=False)


def open_with_pin(cookie: str, pin: str, *, now: datetime) -> User | None:
    """Whose phone this is, for the right PIN; None counts as a guess, and after the last the phone is forgotten."""
    return _opened(cookie, lambda phone: check_password(pin, phone.pin), now=now)


def open_with_key(cookie: str, answers: Callable[[User], bool], *, now: datetime) -> User | None:
    """Whose phone this is, where `answers` says that its passkey did; otherwise as `open_with_pin`."""
    return _opened(cookie, lambda phone: answers(phone.user), now=now)


@transaction.atomic
def _opened(cookie: str, right: Callable[[KnownPhone], bool], *, now: datetime) -> User | None:
    """One guess at a time: the row is locked while it is looked at, so that guesses at once are counted each."""
    phone = _known(cookie, now, lock=True)
    if phone is None:
        return None
    if right(phone):
        KnownPhone.objects.filter(pk=phone.pk).update(failures=0, seen=now)
        return phone.user
    KnownPhone.objects.filter(pk=phone.pk).update(failures=F("failures") + 1)
    if phone.failures + 1 >= rules.MOST_GUESSES:
        _forget(phone, rules.GUESSED, by=SYSTEM, now=now)
        key = f"phone.guessed:{phone.public_id}"
        where = reverse("sessions")
        notices.put(
            "phone.guessed", key=key, to=[phone.user_id], facts={"name": phone.name}, url=where, now=now
        )
    return None


def _known(cookie: str, now: datetime, *, lock: bool) -> KnownPhone | None:
    key, _, secret = cookie.partition(".")
    try:
        public_id = UUID(key)
    except ValueError:
        return None
    rows = KnownPhone.objects.select_related("user").filter(public_id=public_id)
    phone = (rows.select_for_update(no_key=True, of=("self",)) if lock else rows).first()
    if phone is None or not constant_time_compare(phone.digest, _digest(secret)):
        return None
    still = rules.opens(
        forgotten=phone.forgotten is not None,
        ends=phone.ends,
        now=now,
        same_account=constant_time_compare(phone.account, _account(phone.user)),
        active=phone.user.is_active,
    )
    return phone if still and not needs_second_factor(actor_for(phone.user, at=now)) else None


def _forget(phone: KnownPhone, why: str, *, by: Actor, now: datetime) -> None:
    KnownPhone.objects.filter(pk=phone.pk).update(forgotten=now, why=why)
    _record("phone.guessed" if why == rules.GUESSED else "phone.forgotten", phone, by=by, now=now)


def _record(kind: str, phone: KnownPhone, *, by: Actor, now: datetime) -> None:
    facts = {"user": phone.user_id, "phone": str(phone.public_id)}
    who = {"person": str(phone.user), "name": phone.name}
    record(kind, chain_id=system_chain(), by=by, happened=now, now=now, facts=facts, personal=who)


def _digest(secret: str) -> str:
    return sha256(secret.encode()).hexdigest()


def _account(user: User) -> str:
    """A hash of what a session is bound to: another password, a closing, a post that came or went, and it differs."""
    return sha256(f"phone|{user.get_session_auth_hash()}".encode()).hexdigest()
