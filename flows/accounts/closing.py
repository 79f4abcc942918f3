"""Closing accounts: no log-in from this instant, every session ended, open tasks follow to who is left."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from django.db import transaction
from django.urls import reverse

from flows.engine import operations as engine
from flows.journal.operations import Draft, append, lock_system_chain, record
from hetang_flow.lib.errors import Invalid, NotAllowed, WrongState
from notifications import notices
from permissions.actors import SYSTEM, Actor
from permissions.models import Appointment, User
from permissions.operations_log_in import end_sessions, release
from permissions.rules import reason_is_given
from permissions.selectors import current

from . import rules, selectors
from .models import OneTimeCode

IN_THE_WAY = frozenset({"account-closed-already", "last-administrator"})


def close_account(user_id: int, *, reason: str, by: Actor, now: datetime) -> User:
    """Close one account. Raises NotFound, Invalid without a reason, NotAllowed for one's own, WrongState for the last
    administrator of a kind and for one that is closed."""
    rules.is_for(by, rules.SYSTEM).or_raise(NotAllowed)
    reason_is_given(reason).or_raise(Invalid)
    with transaction.atomic():
        chain = lock_system_chain()
        user = selectors.account_for(user_id)
        verdict = rules.may_close(
            by,
            user_id=user.pk,
            active=user.is_active,
            administrator=user.administrator,
            others=selectors.other_administrators(user),
        )
        verdict.or_raise(WrongState if verdict.code in IN_THE_WAY else NotAllowed)
        left = close([user.pk], by=by, chain=chain, now=now, reasons={user.pk: reason.strip()})
    engine.reresolve(left, by=SYSTEM, now=now)
    return user


def close(
    user_ids: Sequence[int], *, by: Actor, chain: int, now: datetime, reasons: Mapping[int, str]
) -> list[int]:
    """Close these accounts under the chain's lock; returns the posts they hold, whose open tasks have to follow.

    The heads and desks of their units are told that somebody left; whoever is closed meanwhile is left as it is.
    """
    users = list(
        User.objects.select_for_update(no_key=True).filter(pk__in=user_ids, is_active=True).order_by("pk")
    )
    held = list(
        Appointment.objects.filter(current(now), user__in=users).select_related("post").order_by("pk")
    )
    User.objects.filter(pk__in=[user.pk for user in users]).update(is_active=False)
    OneTimeCode.objects.filter(user__in=users, used__isnull=True).update(void=True)
    end_sessions(user.pk for user in users)
    append(
        chain,
        [
            Draft(
                "account.closed",
                by,
                now,
                now,
                facts={"user": user.pk},
                personal={"person": str(user), "reason": reasons.get(user.pk, "")},
            )
            for user in users
        ],
    )
    _tell(users, held, now)
    return sorted({row.post_id for row in held})


def _tell(users: Sequence[User], held: Sequence[Appointment], now: datetime) -> None:
    """Heads and desks of a leaver's units hear of it: their open tasks may have to be handed over."""
    units = {row.post.organisation_id for row in held}
    powers = Appointment.objects.filter(
        current(now), post__organisation_id__in=units, post__duty__in=("head", "desk")
    ).exclude(user__in=users)
    told: dict[int, set[int]] = {}
    for unit, user in powers.values_list("post__organisation_id", "user_id"):
        told.setdefault(unit, set()).add(user)
    names = {user.pk: str(user) for user in users}
    drafts = [
        notices.Draft(
            "account.closed",
            key=f"account.closed:{row.pk}:{now:%Y%m%d%H%M%S}",
            to=told.get(row.post.organisation_id, ()),
            facts={"who": names[row.user_id or 0], "post": row.post.name},
            url=reverse("hand-over"),
        )
        for row in held
    ]
    notices.put_many(drafts, now=now)


@transaction.atomic
def open_account(user_id: int, *, by: Actor, now: datetime) -> User:
    """Open a closed account again; it has no password until the security administrator gives it a code.

    Raises NotFound, NotAllowed, WrongState when it is open.
    """
    rules.is_for(by, rules.SYSTEM).or_raise(NotAllowed)
    chain = lock_system_chain()
    user = selectors.account_for(user_id)
    if user.is_active:
        raise WrongState("account-open-already")
    user.is_active = True
    user.set_unusable_password()
    user.save(update_fields=["is_active", "password"])
    who = {"person": str(user)}
    record(
        "account.opened", chain_id=chain, by=by, happened=now, now=now, facts={"user": user.pk}, personal=who
    )
    return user


@transaction.atomic
def end_all_sessions(user_id: int, *, by: Actor, now: datetime) -> User:
    """Sign an account out everywhere. Raises NotFound, NotAllowed."""
    rules.is_for(by, rules.SECURITY).or_raise(NotAllowed)
    chain = lock_system_chain()
    user = selectors.account_for(user_id)
    end_sessions([user.pk])
    who = {"person": str(user)}
    facts = {"user": user.pk}
    record("account.sessions_ended", chain_id=chain, by=by, happened=now, now=now, facts=facts, personal=who)
    return user


@transaction.atomic
def unmask_email(user_id: int, *, reason: str, by: Actor, now: datetime) -> str:
    """A mail address whole, for somebody with a reason: every look is in the record, with it.

    Raises NotFound, NotAllowed, Invalid without a reason, WrongState where there is no address.
    """
    rules.is_for(by, rules.SYSTEM).or_raise(NotAllowed)
    reason_is_given(reason).or_raise(Invalid)
    chain = lock_system_chain()
    user = selectors.account_for(user_id)
    if not user.email:
        raise WrongState("no-mail-address")
    facts = {"user": user.pk, "field": "email"}
    who = {"person": str(user), "reason": reason.strip()}
    record("account.unmasked", chain_id=chain, by=by, happened=now, now=now, facts=facts, personal=who)
    return user.email


@transaction.atomic
def release_lock(count_id: int, *, by: Actor, now: datetime) -> None:
    """Open a lock before its time. Raises NotFound, NotAllowed, WrongState when it is open already."""
    rules.is_for(by, rules.SECURITY).or_raise(NotAllowed)
    chain = lock_system_chain()
    row = release(count_id, now=now)
    facts = {"count": row.pk, "of": row.kind, "user": row.user_id}
    who = {"person": str(row.user)} if row.user else {}
    record("account.released", chain_id=chain, by=by, happened=now, now=now, facts=facts, personal=who)
