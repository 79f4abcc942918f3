"""The second factor: asked of administrators and inspectors before any page of theirs, offered to everybody.

The library keeps secrets and speaks with authenticators; who must, how often may be guessed, that a code works once
across all processes, and the record are ours.
"""

from collections.abc import Callable
from typing import Any

from allauth.account.adapter import get_adapter as account_adapter
from allauth.account.internal.flows.login import get_authentication_records
from allauth.core import context
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.base.forms import AuthenticateForm, ReauthenticateForm
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value, yield_hotp_counters_from_time
from allauth.mfa.utils import decrypt
from allauth.mfa.webauthn.forms import AuthenticateWebAuthnForm
from django.contrib.auth import logout
from django.contrib.auth.signals import user_logged_in
from django.db import transaction
from django.db.models.signals import post_delete, post_save
from django.dispatch import receiver
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from flows.journal.operations import record, system_chain
from hetang_flow.errors_http import refusal
from hetang_flow.lib import clock
from notifications.sealing import seal, unseal
from permissions import operations_log_in
from permissions.rules import needs_second_factor
from permissions.selectors import actor_for

FACTOR = "second-factor"  # in the session: done, due, or none is needed
DONE, DUE, NOT_NEEDED = "done", "due", "not-needed"
KEYS = (Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN)
# Where somebody may go who has to set the second factor up first.
ON_THE_WAY = frozenset(
    {
        "mfa_index",
        "mfa_activate_totp",
        "mfa_add_webauthn",
        "account_reauthenticate",
        "account_change_password",
        "account_logout",
        "account_login",
        "set_language",
    }
)


class SecondFactorMiddleware:
    """Leads whoever needs a second factor and has not shown it to where it is set up; reads the session alone."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, view: Any, args: Any, kwargs: Any) -> HttpResponse | None:
        """Before any page of somebody signed in."""
        if not request.user.is_authenticated:
            return None
        if FACTOR not in request.session:
            request.session[FACTOR] = standing(request, request.user)
        if request.session[FACTOR] != DUE:
            return None
        name = request.resolver_match.url_name if request.resolver_match else ""
        if has_key(request.user):
            # A key is there and was not asked for: whatever way in this was, it is not one.
            logout(request)
            return redirect("account_login")
        if name in ON_THE_WAY:
            return None
        if request.headers.get("HX-Request"):
            return refusal(request, "second-factor-due", {}, 403)
        return redirect("mfa_index")


def standing(request: HttpRequest, user: Any) -> str:
    """Whether this session needs a second factor, and has shown it."""
    if any(each.get("method") == "mfa" for each in get_authentication_records(request, user)):
        return DONE
    # A right that begins or ends ends the session, so this holds as long as the session does.
    return DUE if needs_second_factor(actor_for(user, at=clock.now())) else NOT_NEEDED


def has_key(user: Any) -> bool:
    """Whether something is there that could be asked for."""
    return Authenticator.objects.filter(user_id=user.pk, type__in=KEYS).exists()


@receiver(user_logged_in)
def signed_in(sender: Any, request: HttpRequest, user: Any, **more: Any) -> None:
    """Settle it once for the session."""
    request.session[FACTOR] = standing(request, user)


@receiver(post_save, sender=Authenticator)
def added(sender: Any, instance: Authenticator, created: bool, **more: Any) -> None:
    """Whoever sets one up has shown it; on record in the same transaction."""
    request = context.request
    if created and instance.type in KEYS and _is_own(request, instance):
        request.session[FACTOR] = DONE
        _record("account.factor_added", instance)


@receiver(post_delete, sender=Authenticator)
def removed(sender: Any, instance: Authenticator, **more: Any) -> None:
    """On record; what a reset removes is in the reset's own entry."""
    if instance.type in KEYS and _is_own(context.request, instance):
        _record("account.factor_removed", instance)


def _is_own(request: HttpRequest | None, about: Authenticator) -> bool:
    """Whether its owner does this on a page of theirs."""
    user = getattr(request, "user", None)
    return user is not None and user.is_authenticated and user.pk == about.user_id


def _record(kind: str, about: Authenticator) -> None:
    now = clock.now()
    by = actor_for(about.user, at=now)
    facts = {"user": about.user_id, "type": str(about.type)}
    personal = {"person": by.name}
    record(kind, chain_id=system_chain(), by=by, happened=now, now=now, facts=facts, personal=personal)


class MFAAdapter(DefaultMFAAdapter):  # type: ignore[misc]
    """Secrets are sealed, and the last key of somebody who needs one stays."""

    def encrypt(self, text: str) -> str:
        """Sealed under the site's secret: a copy of the database alone signs nobody in."""
        return seal(text)

    def decrypt(self, encrypted_text: str) -> str:
        """The text again; what was sealed under another secret fits no code."""
        return unseal(encrypted_text) or ""

    def can_delete_authenticator(self, authenticator: Authenticator) -> bool:
        """Not the last key of an administrator or an inspector: only the security administrator resets those."""
        if authenticator.type not in KEYS:
            return True
        others = Authenticator.objects.filter(user_id=authenticator.user_id, type__in=KEYS)
        if others.exclude(pk=authenticator.pk).exists():
            return True
        return not needs_second_factor(actor_for(authenticator.user, at=clock.now()))

    def get_totp_issuer(self) -> str:
        """What the authenticator calls this site."""
        return _("Hetang Flow")

    def get_totp_label(self, user: Any) -> str:
        """The account as it signs in."""
        return str(user.username)


class _Counted:
    """A form whose codes are guessed as seldom as passwords are, and work once across all processes."""

    user: Any
    cleaned_data: dict[str, Any]

    def counted(self, clean: Callable[[], Any]) -> Any:
        """Run `clean` under this account's count of failures."""
        request, adapter = context.request, account_adapter()
        address = adapter.get_client_ip(request)
        if not operations_log_in.try_log_in(self.user.username, address, now=clock.now()):
            request.refusal_code = "locked-out"
            raise adapter.validation_error("too_many_login_attempts")
        try:
            said = clean()
        except Exception:
            adapter.authentication_failed(request, username=self.user.username)
            raise
        operations_log_in.succeeded(self.user.username, address)
        return said


def used_before(totp: Authenticator, code: str) -> bool:
    """Whether this code, or a later one, was used already; notes it otherwise. Called under the row's lock."""
    secret = decrypt(totp.data["secret"])
    counters = (
        c for c in yield_hotp_counters_from_time() if format_hotp_value(hotp_value(secret, c)) == code
    )
    counter = next(counters, None)
    if counter is None or counter <= totp.data.get("last", -1):
        return True
    totp.data["last"] = counter
    totp.save(update_fields=["data"])
    return False


class _OnceOnly(_Counted):
    def clean_code(self) -> str:
        """The library's judgement, under our count and our lock."""
        return str(self.counted(self._once))

    def _once(self) -> str:
        with transaction.atomic():
            rows = Authenticator.objects.select_for_update().filter(user=self.user)
            totp = next((row for row in rows if row.type == Authenticator.Type.TOTP), None)
            code = super().clean_code()  # type: ignore[misc]
            told = "".join(sign for sign in code if sign.isdigit())
            if totp and self.authenticator.type == totp.type and used_before(totp, told):  # type: ignore[attr-defined]
                raise account_adapter().validation_error("incorrect_code")
            return str(code)


class CodeForm(_OnceOnly, AuthenticateForm):  # type: ignore[misc]
    """The code at the door."""


class AgainForm(_OnceOnly, ReauthenticateForm):  # type: ignore[misc]
    """The code asked for once more before the account is changed."""


class KeyForm(_Counted, AuthenticateWebAuthnForm):  # type: ignore[misc]
    """A passkey at the door."""

    def clean_credential(self) -> Any:
        """The library's judgement, under our count."""
        return self.counted(super().clean_credential)
