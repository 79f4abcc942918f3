"""One table from refusals to answers: a page for people, a fragment for a page that is already open."""

import sys
from collections.abc import Callable

from django.conf import settings
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render, resolve_url
from django.template import loader
from django.urls import reverse
from django_fsm import TransitionNotAllowed
from psycopg.errors import DeadlockDetected, LockNotAvailable

from hetang_flow.lib.errors import Invalid, NotAllowed, NotFound, Refusal, Unavailable, WrongState
from hetang_flow.refusal_texts import sentence

STATUS: dict[type[Exception], int] = {
    NotAllowed: 403,
    NotFound: 404,
    WrongState: 409,
    TransitionNotAllowed: 409,
    Invalid: 422,
    Unavailable: 503,
}
WRITTEN = ("opinion", "reason", "note")
SECONDS_TO_RETURN = 5


def status_of(error: Exception) -> int:
    """The HTTP status of a refusal; 0 for anything that is no refusal."""
    return next((status for kind, status in STATUS.items() if isinstance(error, kind)), 0)


class RefusalMiddleware:
    """Answers refusals; everything else stays an error."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Pass the request on; a fragment must never be answered with the login page inside it."""
        response = self.get_response(request)
        is_login = response.status_code == 302 and response["Location"].startswith(
            resolve_url(settings.LOGIN_URL)
        )
        if is_login and request.headers.get("HX-Request"):
            return refusal(request, "signed-out", {}, 401)
        return response

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        """Turn a refusal into its page or fragment; a lock that is not had in time reads "busy"."""
        if isinstance(error, OperationalError) and isinstance(
            error.__cause__, LockNotAvailable | DeadlockDetected
        ):
            error = WrongState("busy")
        status = status_of(error)
        if not status:
            return None
        code, facts = ("changed-meanwhile", {})
        if isinstance(error, Refusal):
            code, facts = error.code, error.facts
        return refusal(request, code, facts, status)


def refusal(request: HttpRequest, code: str, facts: dict, status: int) -> HttpResponse:
    """The answer "no": why, and the way out. What was written comes back on the page, so nothing is lost."""
    request.refusal_code = code  # type: ignore[attr-defined]
    hidden = status == 404
    context = {
        "sentence": sentence("not-found" if hidden else code, facts),
        "code": code,
        "status": status,
        "refresh": _way_out(request),
    }
    if request.headers.get("HX-Request"):
        response = render(request, "includes/refusal.html", context, status=status)
        response["HX-Retarget"], response["HX-Reswap"] = "#toasts", "beforeend"
        return response
    if hidden:
        return render(request, "404.html", status=404)
    context["written"] = [text for name in WRITTEN if (text := request.POST.get(name, "").strip())]
    return render(request, "refusal.html", context, status=status)


def _way_out(request: HttpRequest) -> str:
    """Where the matter can be seen as it is now."""
    match = request.resolver_match
    if request.user.is_anonymous:
        return resolve_url(settings.LOGIN_URL)
    if match and "run_id" in match.kwargs:
        return reverse("sheet", kwargs={"run_id": match.kwargs["run_id"]})
    if request.method == "GET":
        return request.get_full_path()
    return "/"


def broken(request: HttpRequest) -> HttpResponse:
    """The answer to what nobody foresaw: 500, or 503 where the database is away; needs neither it nor a session."""
    away = isinstance(sys.exc_info()[1], OperationalError | InterfaceError)
    page = HttpResponse(
        loader.render_to_string("503.html" if away else "500.html"), status=503 if away else 500
    )
    if away:
        page["Retry-After"] = str(SECONDS_TO_RETURN)
    return page
