"""A known phone at the door, and its owner's pages about it."""

from typing import Any
from urllib.parse import quote
from uuid import UUID

from allauth.core import context as library
from allauth.mfa.models import Authenticator
from allauth.mfa.webauthn.forms import AuthenticateWebAuthnForm
from allauth.mfa.webauthn.internal import auth as webauthn
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import login
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render, resolve_url
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST

from hetang_flow.lib import clock
from hetang_flow.lib.errors import Refusal
from permissions.asking import person
from permissions.models import User

from . import operations_phones as operations
from . import rules_phones as rules
from . import selectors
from .models import KnownPhone

BACKEND = "allauth.account.auth_backends.AuthenticationBackend"
LONGEST_ADDRESS = 2000
BY_PHONE = "by-phone"  # in the session: a phone opened it, not a password


@sensitive_post_parameters("pin")
@never_cache
@require_http_methods(["GET", "POST"])
def phone(request: HttpRequest) -> HttpResponse:
    """The door of a known phone: a PIN or a passkey; a phone that is not known goes to the other door."""
    cookie, now = request.COOKIES.get(settings.PHONE_COOKIE, ""), clock.now()
    onward = _onward(request)
    if request.user.is_authenticated:
        return HttpResponseRedirect(onward or settings.LOGIN_REDIRECT_URL)
    found = operations.known(cookie, now=now)
    if found is None:
        return _unknown(onward)
    if request.method == "GET":
        return _door(request, found, onward)
    if request.POST.get("credential"):
        user = operations.open_with_key(cookie, lambda whose: _key_answers(request, whose), now=now)
    else:
        user = operations.open_with_pin(cookie, request.POST.get("pin", "")[: rules.PIN_LENGTH + 1], now=now)
    if user is None:
        left = operations.known(cookie, now=now)
        request.refusal_code = "pin-wrong"  # type: ignore[attr-defined]
        return _door(request, left, onward, wrong=True) if left else _unknown(onward, guessed=True)
    login(request, user, backend=BACKEND)
    request.session[BY_PHONE] = True
    return HttpResponseRedirect(onward or settings.LOGIN_REDIRECT_URL)


def _door(request: HttpRequest, found: KnownPhone, onward: str, *, wrong: bool = False) -> HttpResponse:
    context: dict[str, Any] = {"phone": found, "next": onward, "wrong": ""}
    if wrong:
        left = rules.MOST_GUESSES - found.failures
        said = ngettext(
            "That was not right. %(count)s try left.", "That was not right. %(count)s tries left.", left
        )
        context["wrong"] = said % {"count": left}
    if Authenticator.objects.filter(user=found.user, type=Authenticator.Type.WEBAUTHN).exists():
        context["js_data"] = {"request_options": webauthn.begin_authentication(found.user)}
    return render(request, "accounts/phone.html", context, status=422 if wrong else 200)


def _key_answers(request: HttpRequest, whose: User) -> bool:
    with library.request_context(request):
        return AuthenticateWebAuthnForm(request.POST, user=whose).is_valid()


def _unknown(onward: str, *, guessed: bool = False) -> HttpResponse:
    where = f"{resolve_url(settings.LOGIN_URL)}?password=1&next={quote(onward)}"
    response = redirect(where + ("&why=phone-guessed" if guessed else ""))
    response.delete_cookie(settings.PHONE_COOKIE, samesite="Lax")
    return response


def _onward(request: HttpRequest) -> str:
    """Where somebody wanted to go, if it is a page of ours; what is longer than any of our addresses is none."""
    where = request.POST.get("next") or request.GET.get("next") or ""
    if not where.startswith("/") or len(where) > LONGEST_ADDRESS:
        return ""
    hosts = {request.get_host()}
    return where if url_has_allowed_host_and_scheme(where, hosts, require_https=request.is_secure()) else ""


@sensitive_post_parameters("pin", "again")
@login_required
@never_cache
@require_http_methods(["GET", "POST"])
def phones(request: HttpRequest) -> HttpResponse:
    """My known phones, and this one to be made known."""
    by, now = person(request)
    user: Any = request.user
    by_phone = bool(request.session.get(BY_PHONE))
    may = rules.may_remember(by, by_phone=by_phone)
    context: dict[str, Any] = {"days": settings.PHONE_DAYS, "most": rules.LONGEST_NAME, "may": may}
    status = 200
    if request.method == "POST":
        pin, typed = request.POST.get("pin", ""), request.POST.get("name", "")
        context["typed"] = typed[: rules.LONGEST_NAME]
        if may and pin != request.POST.get("again", ""):
            context["twice"] = True
        else:
            try:
                made, cookie = operations.remember(
                    user, name=typed, pin=pin, by_phone=by_phone, by=by, now=now
                )
            except Refusal as refused:
                context["refused"] = refused
            else:
                return _remembered(request, made, cookie)
        status = 422
        request.refusal_code = context["refused"].code if "refused" in context else "pin-twice"  # type: ignore[attr-defined]
    context["phones"] = selectors.phones_of(user.pk, now)
    context["this"] = _this(request)
    context["here"] = context["this"] in {str(each.public_id) for each in context["phones"]}
    return render(request, "accounts/phones.html", context, status=status)


def _this(request: HttpRequest) -> str:
    return request.COOKIES.get(settings.PHONE_COOKIE, "").partition(".")[0]


def _remembered(request: HttpRequest, made: KnownPhone, cookie: str) -> HttpResponse:
    messages.success(request, _("This phone is known now: it opens with your PIN."), extra_tags="yes")
    response = redirect("phones")
    response.set_cookie(
        settings.PHONE_COOKIE,
        cookie,
        max_age=settings.PHONE_DAYS * 24 * 3600,
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )
    return response


@login_required
@require_POST
def phone_forget(request: HttpRequest, phone_id: UUID) -> HttpResponse:
    """Give up one of my phones."""
    by, now = person(request)
    operations.forget(phone_id, by=by, now=now)
    messages.success(request, _("The phone is no longer known."), extra_tags="yes")
    response = redirect("phones")
    if _this(request) == str(phone_id):
        response.delete_cookie(settings.PHONE_COOKIE, samesite="Lax")
    return response
