"""Pages of line plans: every view reads the clock once, makes the actor once and calls a selector or operation."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from flows.engine.rules import LONGEST_TEXT, SHORTEST_REASON
from flows.engine.selectors_steps import node_asking
from permissions.asking import person

from . import operations_line_plans as operations
from . import selectors_line_plans as selectors
from .forms_line_plans import cells_typed
from .rules.line_plans import LONGEST_TEXT as LONGEST_PART
from .words import PARTS


@login_required
@never_cache
@require_GET
def line_plans(request: HttpRequest) -> HttpResponse:
    """The lines with the plan in force, and the one being filed."""
    by, now = person(request)
    return render(request, "targets/line_plans.html", {"rows": selectors.lines_for(by, now)})


@login_required
@never_cache
@require_http_methods(["GET", "POST"])
def line_plan_new(request: HttpRequest, line_id: int) -> HttpResponse:
    """Begin a line's plan, or a change of the one in force."""
    by, now = person(request)
    row = next((row for row in selectors.lines_for(by, now) if row.line.pk == line_id), None)
    if row is None:
        raise Http404
    if request.method == "POST":
        reason = request.POST.get("reason", "")
        found = operations.start_line_plan(line_id, reason=reason, by=by, now=now)
        return redirect("line-plan", found.public_id)
    context = {"row": row, "least": SHORTEST_REASON, "most": LONGEST_TEXT}
    return render(request, "targets/line_plan_new.html", context)


@login_required
@never_cache
@require_GET
def line_plan(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """One version of a line's plan: its parts, and each target with its units and quarters."""
    by, now = person(request)
    found = selectors.line_plan_for(public_id, by, now)
    context = {
        "line_plan": found,
        "run": found.run,
        "breakdown": selectors.breakdown_of(found),
        "texts": _texts(found),
        "writing": node_asking(found.run, by) == "write",
    }
    return render(request, "targets/line_plan.html", context)


@login_required
@never_cache
@require_http_methods(["GET", "POST"])
def line_plan_write(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Write the four parts of the plan."""
    by, now = person(request)
    found = selectors.line_plan_for(public_id, by, now)
    if request.method == "POST":
        operations.write_texts(public_id, request.POST.dict(), by=by, now=now)
        return redirect("line-plan", public_id)
    context = {
        "line_plan": found,
        "texts": _texts(found),
        "writing": node_asking(found.run, by) == "write",
        "most": LONGEST_PART,
    }
    return render(request, "targets/line_plan_write.html", context)


@login_required
@never_cache
@require_http_methods(["GET", "POST"])
def line_plan_share(request: HttpRequest, public_id: UUID, code: str) -> HttpResponse:
    """One target's card: which units take part, and what each takes on in each quarter."""
    by, now = person(request)
    found = selectors.line_plan_for(public_id, by, now)
    if request.method == "POST":
        typed, evenly = cells_typed(request.POST), "evenly" in request.POST
        operations.share_out(public_id, code, typed, evenly=evenly, by=by, now=now)
        return _after(request, public_id, code, evenly=evenly)
    breakdown = selectors.breakdown_of(found)
    part = breakdown.part(code)
    codes = [each.target.code for each in breakdown.parts]
    place = codes.index(code)
    context: dict[str, Any] = {
        "line_plan": found,
        "part": part,
        "card": selectors.card_of(part, breakdown.units),
        "place": place + 1,
        "count": len(codes),
        "before": codes[place - 1] if place else None,
        "after": codes[place + 1] if place + 1 < len(codes) else None,
        "writing": node_asking(found.run, by) == "write",
    }
    return render(request, "targets/line_plan_share.html", context)


def _after(request: HttpRequest, public_id: UUID, code: str, *, evenly: bool) -> HttpResponse:
    """Back to the card, on to the next one, or back to the plan, as the button said."""
    onward = request.POST.get("next", "")
    if evenly:
        messages.success(request, _("The empty cells are filled evenly."))
    elif onward:
        return redirect("line-plan-share", public_id, onward)
    elif "back" in request.POST:
        return redirect("line-plan", public_id)
    return redirect("line-plan-share", public_id, code)


def _texts(found: selectors.LinePlan) -> list[tuple[str, Any, str]]:
    return [(name, title, getattr(found, name)) for name, title in PARTS.items()]
