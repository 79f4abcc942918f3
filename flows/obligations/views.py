"""Pages of what recurs: every view reads the clock once, makes the actor once and calls one selector or operation."""

from datetime import date
from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from hetang_flow.lib import clock
from hetang_flow.lib.errors import NotFound
from permissions.asking import person

from . import operations, selectors, selectors_month

MOST_YEARS = 10


@login_required
@never_cache
@require_GET
def obligations(request: HttpRequest) -> HttpResponse:
    """What is owed, by how it stands."""
    by, now = person(request)
    filters = selectors.Filters.read(request.GET)
    found = selectors.listed(by, now, filters)
    tabs = [(state, found.counts[state], filters.address(state=state)) for state in selectors.STATES]
    context = {"filters": filters, "listed": found, "tabs": tabs}
    return render(request, "obligations/obligations.html", context)


@login_required
@never_cache
@require_GET
def obligation_month(request: HttpRequest) -> HttpResponse:
    """A month of what is owed: by whom, when due, when handed in, how late; `month` of the address names it."""
    by, now = person(request)
    mine = request.GET.get("mine") == "1"
    found = selectors_month.month(by, now, _month(request, clock.district_day(now)), mine=mine)
    return render(request, "obligations/month.html", {"found": found, "mine": mine, "here": "month"})


@login_required
@never_cache
@require_GET
def obligations_ahead(request: HttpRequest) -> HttpResponse:
    """What comes due and nobody has been asked for yet, reckoned from the cadence."""
    by, now = person(request)
    mine = request.GET.get("mine") == "1"
    days = selectors_month.coming(by, now, mine=mine)
    return render(request, "obligations/ahead.html", {"days": days, "mine": mine, "here": "ahead"})


def _month(request: HttpRequest, today: date) -> date:
    """The first day of the month an address names; this month if it names none that makes sense."""
    try:
        first = date.fromisoformat(f"{request.GET.get('month', '')}-01")
    except ValueError:
        return today.replace(day=1)
    return first if abs(first.year - today.year) <= MOST_YEARS else today.replace(day=1)


@login_required
@require_POST
def obligation_report(request: HttpRequest, occurrence_id: UUID) -> HttpResponse:
    """Keep what is to be handed in."""
    by, now = person(request)
    if not selectors.visible_to(by, now).filter(public_id=occurrence_id).exists():
        raise NotFound("no-such-occurrence")
    found = operations.write_report(occurrence_id, request.POST.get("report", ""), by=by, now=now)
    if request.headers.get("HX-Request"):
        return render(request, "obligations/kept.html", {"occurrence": found, "now": now})
    return redirect("sheet", found.run.public_id)
