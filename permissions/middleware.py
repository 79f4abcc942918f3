"""The access log: every request leaves one row, whatever became of it."""

import time
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from hetang_flow.lib import clock
from permissions import access

HEALTH = "/health/"  # asked by machines every few seconds: a row each would bury what people do


class AccessLogMiddleware:
    """Writes one Access row after the view has answered, outside the view's transaction.

    Stands first in MIDDLEWARE, so that refusals of the others are seen too. The path is kept without its query,
    which may hold names; `request.refusal_code` is set where refusals become statuses.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response
        self.trusted = tuple(getattr(settings, "TRUSTED_PROXY", ()))
        self.static = "/" + settings.STATIC_URL.lstrip("/")

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.path.startswith((self.static, HEALTH)):
            return self.get_response(request)
        at, began = clock.now(), time.perf_counter()
        response = self.get_response(request)
        match = request.resolver_match
        access.record(
            at=at,
            method=request.method or "",
            target=match.view_name if match else "",
            path=request.path,
            status=response.status_code,
            user_id=_user_id(request),
            address=access.address_of(
                request.META.get("REMOTE_ADDR", ""),
                request.META.get("HTTP_X_FORWARDED_FOR", ""),
                self.trusted,
            ),
            refusal=getattr(request, "refusal_code", "") or "",
            milliseconds=round((time.perf_counter() - began) * 1000),
        )
        return response

    def process_view(self, request: HttpRequest, view: Any, args: Any, kwargs: Any) -> None:
        """Remember who asked: signing out replaces the request's user."""
        request.asked_by = getattr(request, "user", None)  # type: ignore[attr-defined]


def _user_id(request: HttpRequest) -> int | None:
    """Who the request belongs to after it was answered; before it, for somebody who signed out.

    `answered_for` is set by a page whose address says whose it is, whoever is signed in there.
    """
    named = (getattr(request, name, None) for name in ("answered_for", "user", "asked_by"))
    for user in named:
        if user is not None and user.is_authenticated:
            return user.pk
    return None
