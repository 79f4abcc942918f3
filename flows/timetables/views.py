"""Pages of timetables: every view reads the clock once, makes the actor once and calls a selector or operation."""

from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from flows.engine.rules import LONGEST_TEXT, SHORTEST_REASON
from flows.engine.selectors_steps import node_asking
from flows.projects.selectors import sees
from hetang_flow.lib.errors import Invalid, NotFound
from permissions.asking import person

from . import forms, operations, rules, selectors
from .drafts import steps_of

SPARE_ROWS = 2


@login_required
@never_cache
@require_GET
def timetable(request: HttpRequest, project_id: UUID) -> HttpResponse:
    """A project's nodes as they stand, and what may be asked for."""
    by, now = person(request)
    page = selectors.timetable_page(project_id, by, now)
    context = {"page": page, "project": page.project, "least": SHORTEST_REASON, "most": LONGEST_TEXT}
    return render(request, "timetables/timetable.html", context)


@login_required
@require_POST
def timetable_begin(request: HttpRequest, project_id: UUID) -> HttpResponse:
    """Begin a first timetable, a change or an extension."""
    by, now = person(request)
    if not sees(project_id, by, now):
        raise NotFound("no-such-project")
    kind, reason = request.POST.get("kind", ""), request.POST.get("reason", "")
    found = operations.begin_timetable(project_id, kind, reason=reason, by=by, now=now)
    return redirect("timetable-write", found.public_id)


@login_required
@require_POST
def timetable_node(request: HttpRequest, project_id: UUID) -> HttpResponse:
    """Report a node as done, or take that back."""
    by, now = person(request)
    if not sees(project_id, by, now):
        raise NotFound("no-such-project")
    done_on = forms.day_typed(request.POST.get("done_on", ""))
    undo = request.POST.get("undo") == "1"
    if done_on is None and not undo:
        raise Invalid("day-unreadable", {"field": "done_on", "name": "done_on"})
    operations.report_node(
        project_id,
        request.POST.get("code", ""),
        None if undo else done_on,
        words=request.POST.get("words", ""),
        seen=forms.whole(request.POST.get("seen", "")),
        by=by,
        now=now,
    )
    return redirect("timetable", project_id)


@login_required
@never_cache
@require_http_methods(["GET", "POST"])
def timetable_write(request: HttpRequest, timetable_id: UUID) -> HttpResponse:
    """Write the nodes; “count back” fills their days from the end date."""
    by, now = person(request)
    found = selectors.timetable_for(timetable_id, by, now)
    if request.method == "POST":
        known = [step.code for step in steps_of(found)]
        steps = forms.nodes_typed(request.POST, known)
        ends_on = (
            forms.day_typed(request.POST.get("ends_on", "")) if request.POST.get("act") == "back" else None
        )
        found = operations.write_nodes(timetable_id, steps, ends_on=ends_on, by=by, now=now)
        if request.POST.get("act") == "done":
            return redirect("sheet", found.run.public_id)
        if not request.headers.get("HX-Request"):
            return redirect("timetable-write", timetable_id)
    steps = steps_of(found)
    context = {
        "timetable": found,
        "project": found.project,
        "steps": steps,
        "spare": range(len(steps) + 1, len(steps) + 1 + SPARE_ROWS),
        "posts": selectors.posts_for(found.project_id),
        "writing": node_asking(found.run, by) == "write",
        "fits": rules.nodes_fit(steps),
        "kept": now if request.method == "POST" else None,
    }
    name = "timetables/nodes.html" if request.headers.get("HX-Request") else "timetables/write.html"
    return render(request, name, context)
