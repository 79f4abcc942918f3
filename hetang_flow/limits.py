"""How often one person may ask for what costs much: the access log is the counter, so it holds across all processes."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django.http import HttpRequest, HttpResponse

from hetang_flow.errors_http import refusal
from hetang_flow.lib import clock
from permissions.access import asked_since

MINUTE, TEN_MINUTES = timedelta(minutes=1), timedelta(minutes=10)
SEARCHING, TAKING_OUT = (120, MINUTE), (30, TEN_MINUTES)
PRINTING, BRINGING = (60, TEN_MINUTES), (120, TEN_MINUTES)
LIMITS: dict[str, tuple[int, timedelta]] = {
    "posts-search": SEARCHING,
    "projects-export": TAKING_OUT,
    "months-export": TAKING_OUT,
    "ledger-export": TAKING_OUT,
    "ledger-report": TAKING_OUT,
    "targets-export": TAKING_OUT,
    "obstacles-export": TAKING_OUT,
    "audit-access-export": TAKING_OUT,
    "account-list-new": BRINGING,
    "account-code-issue": PRINTING,
    "sheet-pdf": PRINTING,
    "project-card-pdf": PRINTING,
    "files-add": BRINGING,
    "milestone-evidence": BRINGING,
    "finding-photos": BRINGING,
    "ledger-upload": BRINGING,
}


class LimitMiddleware:
    """Answers 429 to whoever has asked for one of LIMITS as often as allowed; one statement, and only for those."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: Callable[..., HttpResponse], args: Any, kwargs: Any
    ) -> HttpResponse | None:
        """Count this person's own rows of this page; what was refused counts too."""
        name = request.resolver_match.view_name if request.resolver_match else ""
        limit = LIMITS.get(name)
        if limit is None or not request.user.is_authenticated:
            return None
        most, window = limit
        since = clock.now() - window
        if asked_since(request.user.pk, name, since) < most:
            return None
        minutes = int(window.total_seconds() // 60)
        response = refusal(request, "too-often", {"most": most, "minutes": minutes}, 429)
        response["Retry-After"] = "60"
        return response
