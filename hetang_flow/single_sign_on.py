"""统一身份认证: another door for accounts that are here already; it makes none, and who may what stays ours.

The library speaks OpenID Connect; which account a subject opens, what is kept of it and what is on record is decided here.
"""

import logging
from collections.abc import Callable
from typing import Any

from allauth.core.exceptions import ImmediateHttpResponse
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.socialaccount.models import SocialAccount
from allauth.socialaccount.providers.openid_connect import views as openid_connect
from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db import transaction
from django.db.models.signals import post_delete, post_save, pre_save
from django.dispatch import receiver
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, resolve_url
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST
from requests import RequestException

from flows.accounts.views_phones import BY_PHONE
from flows.journal.operations import record, system_chain
from hetang_flow.lib import clock
from hetang_flow.refusal_texts import sentence
from permissions.selectors import actor_for

log = logging.getLogger(__name__)
PROVIDER = "oidc"
CONNECT = "connect"


class SocialAdapter(DefaultSocialAccountAdapter):  # type: ignore[misc]
    """Nobody signs up through another house, and nothing it says of a person changes who they are here."""

    def is_open_for_signup(self, request: HttpRequest, sociallogin: Any) -> bool:
        """Accounts are given out."""
        return False

    def can_authenticate_by_email(self, login: Any, email: str) -> bool:
        """A subject that was linked, never an address that somebody else may have."""
        return False

    def pre_social_login(self, request: HttpRequest, sociallogin: Any) -> None:
        """Only a subject that is linked opens an account; only somebody who signed in with the password links one."""
        sociallogin.email_addresses = []
        if sociallogin.state.get("process") == CONNECT:
            if not request.user.is_authenticated or request.session.get(BY_PHONE):
                raise ImmediateHttpResponse(door("sso-needs-password", request))
            if sociallogin.is_existing and sociallogin.user != request.user:
                raise ImmediateHttpResponse(refused("sso-linked-elsewhere", request))
        elif not sociallogin.is_existing or not sociallogin.user.is_active:
            raise ImmediateHttpResponse(door("sso-unknown", request))

    def on_authentication_error(self, request: HttpRequest, provider: Any, **more: Any) -> None:
        """Cancelled, refused or away: the other door is open."""
        raise ImmediateHttpResponse(door("sso-failed", request))

    def get_connect_redirect_url(self, request: HttpRequest, socialaccount: Any) -> str:
        """Back to where it was asked for."""
        return reverse("sessions")

    def send_notification_mail(self, *args: Any, **more: Any) -> None:
        """Links are on record; no mail leaves for them."""


def door(why: str, request: HttpRequest) -> HttpResponseRedirect:
    """The door of the password, with the reason."""
    request.refusal_code = why  # type: ignore[attr-defined]
    return HttpResponseRedirect(f"{resolve_url(settings.LOGIN_URL)}?password=1&why={why}")


def refused(why: str, request: HttpRequest) -> HttpResponseRedirect:
    """Back to one's own page, with the reason."""
    request.refusal_code = why  # type: ignore[attr-defined]
    messages.error(request, sentence(why, {}))
    return HttpResponseRedirect(reverse("sessions"))


@receiver(pre_save, sender=SocialAccount)
def nothing_else_is_kept(sender: Any, instance: SocialAccount, **more: Any) -> None:
    """Of what the other house says, only the subject is kept."""
    instance.extra_data = {}


@receiver(post_save, sender=SocialAccount)
def linked(sender: Any, instance: SocialAccount, created: bool, **more: Any) -> None:
    """On record, in the same transaction."""
    if created:
        _record("account.linked", instance)


@receiver(post_delete, sender=SocialAccount)
def unlinked(sender: Any, instance: SocialAccount, **more: Any) -> None:
    """On record, in the same transaction."""
    _record("account.unlinked", instance)


def _record(kind: str, about: SocialAccount) -> None:
    now = clock.now()
    by = actor_for(about.user, at=now)
    facts, who = {"user": about.user_id, "provider": about.provider}, {"person": by.name}
    with transaction.atomic():
        record(kind, chain_id=system_chain(), by=by, happened=now, now=now, facts=facts, personal=who)


@login_required
@require_POST
def unlink(request: HttpRequest) -> HttpResponse:
    """Take one's own link away; the password stays."""
    with transaction.atomic():
        for row in SocialAccount.objects.select_for_update().filter(user=request.user):
            row.delete()
            messages.success(request, _("The single sign-on is no longer linked."), extra_tags="yes")
    return redirect("sessions")


def offered() -> bool:
    """Whether this copy knows another house."""
    return bool(settings.OIDC_ISSUER)


@never_cache
def begin(request: HttpRequest) -> HttpResponse:
    """Off to the other house, by a form of ours alone; not there unless one is named."""
    if not offered():
        raise Http404
    if request.method != "POST":
        return redirect("account_login")
    return _answered(request, openid_connect.login, PROVIDER)


@never_cache
def come_back(request: HttpRequest, provider_id: str) -> HttpResponse:
    """Back from it, with what it says."""
    if not offered() or provider_id != PROVIDER:
        raise Http404
    return _answered(request, openid_connect.callback, provider_id)


def _answered(request: HttpRequest, view: Callable[..., HttpResponse], provider_id: str) -> HttpResponse:
    """What the library answers; another house that is away or says nonsense leaves the other door open."""
    try:
        return view(request, provider_id)
    except (RequestException, KeyError) as trouble:
        log.warning("single sign-on: %s", type(trouble).__name__)
        return door("sso-failed", request)
