"""Sessions that end: left idle, too long, too many; and a password that has to be changed before anything else."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from allauth.account.signals import password_changed
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib.auth import logout
from django.contrib.auth.signals import user_logged_in, user_logged_out
from django.dispatch import receiver
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, resolve_url

from hetang_flow.errors_http import refusal
from hetang_flow.lib import clock
from permissions.rules_log_in import MOST_SESSIONS, NOTED_EVERY, is_expired, session_is_over
from permissions.signals import sessions_ended

BEGAN, SEEN = "began", "seen"
# Asked by an open page itself: no sign that somebody sits before it.
BY_ITSELF = frozenset({"inbox-badge", "inbox-list"})
WITH_AN_OLD_PASSWORD = frozenset(
    {"account_change_password", "account_logout", "account_login", "account_reauthenticate", "set_language"}
)


class SessionMiddleware:
    """Ends what has lasted too long, and leads whoever must change the password there; no statement of its own but one in five minutes."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, view: Any, args: Any, kwargs: Any) -> HttpResponse | None:
        """Before any page of somebody signed in."""
        if not request.user.is_authenticated:
            return None
        name = request.resolver_match.url_name if request.resolver_match else ""
        if why := _over(request, clock.now(), counts=name not in BY_ITSELF):
            request.refusal_code = why  # type: ignore[attr-defined]
            logout(request)
            if request.headers.get("HX-Request"):
                return refusal(request, "signed-out", {}, 401)
            return redirect(f"{resolve_url(settings.LOGIN_URL)}?next={request.path}&why={why}")
        if name not in WITH_AN_OLD_PASSWORD and must_change(request.user):
            if request.headers.get("HX-Request"):
                return refusal(request, "password-due", {}, 403)
            return redirect("account_change_password")
        return None


def must_change(user: Any) -> bool:
    """Whether the password was given by somebody else, or is older than PASSWORD_DAYS."""
    return user.must_change_password or is_expired(
        user.password_set_at, clock.now(), days=settings.PASSWORD_DAYS
    )


def _over(request: HttpRequest, now: datetime, *, counts: bool) -> str:
    """Why this session is over; otherwise note, now and then, that somebody is there."""
    session = request.session
    try:
        began, seen = (datetime.fromisoformat(session[key]) for key in (BEGAN, SEEN))
    except (KeyError, ValueError):
        session[BEGAN] = session[SEEN] = now.isoformat()
        return ""
    why = session_is_over(began, seen, now)
    if not why and counts and now - seen > NOTED_EVERY:
        session[SEEN] = now.isoformat()
    return why


@receiver(user_logged_in)
def begin(sender: Any, request: HttpRequest, user: Any, **more: Any) -> None:
    """A session begins; the oldest beyond MOST_SESSIONS end."""
    request.session[BEGAN] = request.session[SEEN] = clock.now().isoformat()
    old = UserSession.objects.filter(user=user).order_by("-created_at", "-pk")[MOST_SESSIONS - 1 :]
    for session in list(old):
        session.end()


@receiver(password_changed)
def changed(sender: Any, request: HttpRequest, user: Any, **more: Any) -> None:
    """Other devices are out at once: their open pages look again."""
    sessions_ended.send(sender=type(user), user_ids=[user.pk])


@receiver(user_logged_out)
def left(sender: Any, request: HttpRequest, user: Any, **more: Any) -> None:
    """The pages of this session look again, and the list of sessions is told."""
    if user is not None:
        UserSession.objects.filter(session_key=request.session.session_key).delete()
        sessions_ended.send(sender=type(user), user_ids=[user.pk])
