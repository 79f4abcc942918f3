"""One-time codes: given out by the security administrator, on paper, and used once to set a password."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount
from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.contrib.auth.password_validation import validate_password
from django.db import transaction
from django.db.models import Case, F, QuerySet, When
from django.utils.crypto import constant_time_compare, salted_hmac

from flows.journal.operations import Draft, append, lock_system_chain
from hetang_flow.lib.errors import Invalid, NotAllowed
from permissions.actors import SYSTEM, Actor
from permissions.models import User
from permissions.operations_log_in import end_sessions
from permissions.selectors import actor_for

from . import rules
from .models import OneTimeCode

SALT = "flows.accounts.code"


@dataclass(frozen=True, slots=True)
class Slip:
    """What is printed for one person: nothing else ever shows the code."""

    user: User
    code: str
    expires: datetime


def issue(user_ids: Sequence[int], *, by: Actor, now: datetime) -> list[Slip]:
    """Give each account a new code; its password, its sessions and any earlier code are void from now on.

    Raises NotAllowed for one's own account and for a closed one; then nobody gets a code.
    """
    rules.is_for(by, rules.SECURITY).or_raise(NotAllowed)
    with transaction.atomic():
        chain = lock_system_chain()
        users = list(User.objects.select_for_update(no_key=True).filter(pk__in=user_ids).order_by("pk"))
        for user in users:
            rules.may_issue_code(by, user_id=user.pk, active=user.is_active).or_raise(NotAllowed)
        return _issued(users, chain, by=by, now=now)


@transaction.atomic
def issue_by_the_machine(username: str, *, now: datetime) -> Slip:
    """A code for an administrator who can be helped by nobody else: at the machine itself, with a command.

    Raises Invalid for an account that is none of the three or is closed.
    """
    chain = lock_system_chain()
    user = User.objects.select_for_update(no_key=True).filter(username=username, is_active=True).first()
    if user is None or not user.administrator:
        raise Invalid("administrators-only")
    return _issued([user], chain, by=SYSTEM, now=now)[0]


def _issued(users: list[User], chain: int, *, by: Actor, now: datetime) -> list[Slip]:
    fresh = [user.pk for user in users if user.last_login is None and not user.has_usable_password()]
    OneTimeCode.objects.filter(user__in=users, used__isnull=True).update(void=True)
    slips = [Slip(user, rules.new_code(), now + rules.CODE_HOLDS) for user in users]
    purpose = OneTimeCode.Purpose
    OneTimeCode.objects.bulk_create(
        OneTimeCode(
            user=slip.user,
            purpose=purpose.ACTIVATION if slip.user.pk in fresh else purpose.RESET,
            digest=_digest(slip.code, settings.SECRET_KEY),
            made=now,
            made_by_id=by.user_id,
            expires=slip.expires,
        )
        for slip in slips
    )
    User.objects.filter(pk__in=[user.pk for user in users]).update(password=make_password(None))
    lost = Authenticator.objects.filter(user__in=users)
    SocialAccount.objects.filter(user__in=users).delete()
    without = set(lost.values_list("user_id", flat=True))
    lost.delete()
    end_sessions(user.pk for user in users)
    drafts = [
        Draft(
            "account.code_issued",
            by,
            now,
            now,
            facts={
                "user": user.pk,
                "purpose": "activation" if user.pk in fresh else "reset",
                "second_factor_removed": user.pk in without,
            },
            personal={"person": str(user)},
        )
        for user in users
    ]
    append(chain, drafts)
    return slips


def use_code(username: str, code: str, password: str, *, now: datetime) -> User | None:
    """Set a password with a code, once; None where account, code or both are not right, and the try is counted.

    Raises django's ValidationError for a password that cannot be; the code can be used again then.
    """
    # Whoever guesses waits for nothing and holds nothing up: the chain is locked for a right code alone.
    if _open_code(username, code, now) is None:
        _counted(username)
        return None
    with transaction.atomic():
        chain = lock_system_chain()
        found = _open_code(username, code, now)
        if found is None:
            return None
        user = found.user
        validate_password(password, user)
        user.set_password(password)
        user.save(update_fields=["password"])
        OneTimeCode.objects.filter(pk=found.pk).update(used=now)
        end_sessions([user.pk])
        facts = {"user": user.pk, "purpose": found.purpose}
        append(chain, [Draft("account.code_used", actor_for(user, at=now), now, now, facts=facts)])
        return user


def _open_code(username: str, code: str, now: datetime) -> OneTimeCode | None:
    """The open code of this account if it is this one. Every other answer takes the same steps."""
    # Codes given out under yesterday's secret are still good.
    digests = [_digest(code, secret) for secret in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)]
    found = _codes_of(username).select_related("user").first()
    kept = found.digest if found else "0" * 64
    same = [
        constant_time_compare(kept, digest) for digest in digests
    ]  # each is compared, whatever the first says
    right = any(same)
    return found if found and right and found.expires > now else None


def _counted(username: str) -> None:
    """One try less; after the last the code is void."""
    tries = F("tries") + 1
    _codes_of(username).update(
        tries=tries, void=Case(When(tries__gte=rules.MOST_TRIES - 1, then=True), default=False)
    )


def _codes_of(username: str) -> QuerySet[OneTimeCode]:
    account = User.objects.filter(username__iexact=username.strip(), is_active=True)
    return OneTimeCode.objects.filter(user__in=account, void=False, used__isnull=True)


def _digest(code: str, secret: str) -> str:
    return salted_hmac(SALT, rules.typed_code(code), secret=secret, algorithm="sha256").hexdigest()
