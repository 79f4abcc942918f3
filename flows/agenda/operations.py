"""Make, replace and revoke the private address of one's deadlines; each is on record, the secret itself nowhere."""

from dataclasses import dataclass
from datetime import datetime
from secrets import token_urlsafe

from django.db import transaction

from flows.journal import operations as journal
from hetang_flow.lib.errors import NotFound, WrongState
from permissions.actors import Actor

from . import rules
from .models import FeedAddress


@dataclass(frozen=True, slots=True)
class Made:
    """An address with its secret, which is known here for the last time."""

    address: FeedAddress
    secret: str


@transaction.atomic
def make_address(*, replaces: str = "", by: Actor, now: datetime) -> Made:
    """Make a private address; `replaces` names the living one (by its public key), which ends at this moment.

    Raises NotAllowed for whoever has no business here, WrongState where the living address is another one than the
    page spoke of: of two presses at once the slower is told.
    """
    chain = journal.lock_system_chain()
    rules.may_have_address(by).or_raise()
    old = _living(by)
    rules.is_the_living(replaces, str(old.public_id) if old else "").or_raise(WrongState)
    if old is not None:
        FeedAddress.objects.filter(pk=old.pk, ended=None).update(ended=now)
    secret = token_urlsafe(rules.SECRET_BYTES)
    address = FeedAddress.objects.create(user_id=by.user_id, digest=rules.digest(secret), made=now)
    facts = {"address": str(address.public_id)} | ({"replaces": replaces} if old else {})
    _record(chain, "agenda.address_replaced" if old else "agenda.address_made", facts, by=by, now=now)
    return Made(address, secret)


@transaction.atomic
def revoke_address(address: str, *, by: Actor, now: datetime) -> None:
    """End the living address: from now on it answers like one that never was.

    Raises NotFound where there is none, WrongState where it is another one than the page spoke of.
    """
    chain = journal.lock_system_chain()
    living = _living(by)
    if living is None:
        raise NotFound("no-such-feed")
    rules.is_the_living(address, str(living.public_id)).or_raise(WrongState)
    FeedAddress.objects.filter(pk=living.pk, ended=None).update(ended=now)
    _record(chain, "agenda.address_revoked", {"address": address}, by=by, now=now)


def _living(by: Actor) -> FeedAddress | None:
    return FeedAddress.objects.filter(user_id=by.user_id, ended=None).first()


def _record(chain: int, kind: str, facts: dict[str, str], *, by: Actor, now: datetime) -> None:
    journal.record(kind, chain_id=chain, by=by, happened=now, now=now, facts=facts, personal={})
