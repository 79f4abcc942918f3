"""Pages of what recurs: every view reads the clock once, makes the actor once and calls one selector or operation."""

from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from hetang_flow.lib.errors import NotFound
from permissions.asking import person

from . import operations, selectors


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
