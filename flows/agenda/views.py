"""The page of one's own deadlines, its private address, and the calendar that is fetched there without signing in."""

from datetime import datetime
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST, require_safe

from hetang_flow.lib import clock
from permissions.actors import Actor
from permissions.asking import person

from . import operations, rules, selectors, selectors_address
from .feed import calendar_of


@login_required
@never_cache
@require_GET
def agenda(request: HttpRequest) -> HttpResponse:
    """What is due of me, by when; and the private address of it."""
    by, now = person(request)
    return render(request, "agenda/agenda.html", _page(request, by, now))


@login_required
@never_cache
@require_POST
def address_make(request: HttpRequest) -> HttpResponse:
    """Make a private address, or another in its place; this answer is the only one that ever shows it."""
    by, now = person(request)
    made = operations.make_address(replaces=request.POST.get("replaces", "")[:36], by=by, now=now)
    where = settings.PUBLIC_URL + reverse("agenda-feed", args=[made.secret])
    context = _page(request, by, now) | {"shown_once": where, "webcal": _webcal(where)}
    return render(request, "agenda/agenda.html", context, status=201)


@login_required
@require_POST
def address_revoke(request: HttpRequest) -> HttpResponse:
    """Revoke it."""
    by, now = person(request)
    operations.revoke_address(request.POST.get("address", "")[:36], by=by, now=now)
    messages.success(request, _("Revoked. The address answers nobody any more."), extra_tags="yes")
    return redirect("agenda")


def _page(request: HttpRequest, by: Actor, now: datetime) -> dict[str, Any]:
    kind = request.GET.get("kind", "")
    return {
        "page": selectors.page(by, now, kind if kind in rules.KINDS else ""),
        "address": selectors_address.living_address(by),
        "may_have_address": bool(rules.may_have_address(by)),
        "most": rules.MOST_SHOWN,
    }


def _webcal(where: str) -> str:
    """The same address under the scheme by which phones and desks open their calendar."""
    return f"webcal:{where.partition(':')[2]}"


# --- the calendar, without a session ---


@require_safe
def feed(request: HttpRequest, secret: str) -> HttpResponse:
    """The calendar at a private address; 404 for whatever is no living address of somebody with a post."""
    now = clock.now()
    owner = selectors_address.owner_of(secret)
    if owner is None:
        return _refused(request, "no-such-feed", 404)
    request.answered_for = owner  # type: ignore[attr-defined]
    if selectors_address.fetched_too_often(owner, now):
        return _refused(request, "too-often", 429)
    by = selectors_address.reader(owner, now)
    if by is None:
        return _refused(request, "no-such-feed", 404)
    found, _more = selectors.deadlines(by, now, rules.MOST_FED)
    body = calendar_of(found, now)
    return _kept_nowhere(HttpResponse(body, content_type="text/calendar; charset=utf-8"))


def _refused(request: HttpRequest, code: str, status: int) -> HttpResponse:
    """A bare "no": what never was, was revoked or lost its post answers alike; a program reads no page."""
    request.refusal_code = code  # type: ignore[attr-defined]
    answer = _kept_nowhere(HttpResponse(status=status, content_type="text/plain; charset=utf-8"))
    if status == 429:
        answer["Retry-After"] = "600"
    return answer


def _kept_nowhere(answer: HttpResponse) -> HttpResponse:
    """Neither on the way nor in an index, and no page that follows learns where it came from."""
    answer["Cache-Control"] = "private, no-store"
    answer["X-Robots-Tag"] = "noindex, nofollow, noarchive"
    answer["Referrer-Policy"] = "no-referrer"
    return answer
