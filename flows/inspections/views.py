"""Pages of inspections: every view reads the clock once, makes the actor once and calls one selector or operation."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from flows.files import serving
from flows.files.operations import keeping
from flows.projects.lifecycle import Move
from hetang_flow.lib import clock
from hetang_flow.lib.errors import Invalid, NotAllowed, NotFound
from permissions.asking import person

from . import (
    following,
    forms,
    operations,
    operations_visit,
    registry,
    rules,
    selectors,
    selectors_findings,
    selectors_pages,
)

# --- rounds ---


@login_required
@never_cache
@require_GET
def inspections(request: HttpRequest) -> HttpResponse:
    """The rounds, the newest first, each with how far it is."""
    by, now = person(request)
    return render(request, "inspections/rounds.html", {"page": selectors.rounds(by, now)})


@login_required
@never_cache
@require_GET
def inspection_round(request: HttpRequest, round_id: UUID) -> HttpResponse:
    """One round: every project with its materials, its visit, what was found and what that opened."""
    by, now = person(request)
    page = selectors.round_for(round_id, by, now)
    today = clock.district_day(now)
    return render(request, "inspections/round.html", {"page": page, "round": page.round, "today": today})


@login_required
@never_cache
@require_http_methods(["GET", "POST"])
def inspection_new(request: HttpRequest) -> HttpResponse:
    """Announce a round; what is wrong comes back as it was typed."""
    by, now = person(request)
    rules.may_announce(by, invented=True).or_raise(NotAllowed)
    form = selectors_pages.announce_form(by, now)
    if form.plan is None:
        raise NotFound("no-such-plan")
    if request.method == "GET":
        return render(request, "inspections/new.html", _announcing(form, {}))
    try:
        round_ = operations.announce_round(form.plan.code, forms.announced(request.POST), by=by, now=now)
    except Invalid as refused:
        context = _announcing(form, request.POST) | {"refused": refused}
        for name in ("inspectors", "projects", "lines"):
            context[f"chosen_{name}"] = set(request.POST.getlist(name))
        return render(request, "inspections/new.html", context, status=422)
    return redirect("inspection-round", round_.public_id)


def _announcing(form: selectors_pages.AnnounceForm, typed: Mapping[str, str]) -> dict[str, Any]:
    limits = {"longest_name": rules.LONGEST_NAME, "longest_text": rules.LONGEST_TEXT}
    return {"form": form, "typed": typed, **limits}


@login_required
@require_POST
def inspection_call_off(request: HttpRequest, round_id: UUID) -> HttpResponse:
    """Call a round off."""
    by, now = person(request)
    selectors.round_for(round_id, by, now)
    operations.call_off_round(round_id, reason=request.POST.get("reason", ""), by=by, now=now)
    return redirect("inspection-round", round_id)


@login_required
@never_cache
@require_GET
def inspection_findings(request: HttpRequest) -> HttpResponse:
    """What was found, across rounds."""
    by, now = person(request)
    filters = selectors_findings.Filters.read(request.GET)
    context = {"page": selectors_findings.findings(by, now, filters), "filters": filters}
    return render(request, "inspections/findings.html", context)


# --- acts on a visit, from its sheet ---


@login_required
@require_POST
def visit_materials(request: HttpRequest, visit_id: UUID) -> HttpResponse:
    """报送材料."""
    by, now = person(request)
    visit = selectors.visit_for(visit_id, by, now)
    typed = forms.given(forms.MaterialsForm(request.POST))
    operations_visit.hand_in_materials(visit_id, text=typed["materials"], by=by, now=now)
    return redirect("sheet", visit.run.public_id)


@login_required
@require_POST
def visit_note(request: HttpRequest, visit_id: UUID) -> HttpResponse:
    """Note something found, with its photographs."""
    by, now = person(request)
    visit = selectors.visit_for(visit_id, by, now)
    said = operations_visit.Noted(**forms.given(forms.FindingForm(request.POST)))
    with keeping(serving.uploads(request, required=False)) as kept:
        operations_visit.note_finding(visit_id, said, by=by, now=now, kept=kept)
    return redirect("sheet", visit.run.public_id)


@login_required
@require_POST
def visit_report(request: HttpRequest, visit_id: UUID) -> HttpResponse:
    """Hand the visit in."""
    by, now = person(request)
    visit = selectors.visit_for(visit_id, by, now)
    typed = forms.given(forms.ReportForm(request.POST))
    operations_visit.report_visit(visit_id, **typed, by=by, now=now)
    return redirect("sheet", visit.run.public_id)


@login_required
@require_POST
def visit_seen(request: HttpRequest, visit_id: UUID) -> HttpResponse:
    """签阅."""
    by, now = person(request)
    visit = selectors.visit_for(visit_id, by, now)
    operations_visit.sign_seen(visit_id, **forms.given(forms.SeenForm(request.POST)), by=by, now=now)
    return redirect("sheet", visit.run.public_id)


# --- acts on a finding ---


@login_required
@require_POST
def finding_photos(request: HttpRequest, finding_id: UUID) -> HttpResponse:
    """More photographs of a finding."""
    by, now = person(request)
    finding = selectors.finding_for(finding_id, by, now)
    with keeping(serving.uploads(request)) as kept:
        operations_visit.add_photographs(finding_id, kept, by=by, now=now)
    return redirect("sheet", finding.visit.run.public_id)


@login_required
@require_POST
def finding_take_back(request: HttpRequest, finding_id: UUID) -> HttpResponse:
    """Take back what was noted."""
    by, now = person(request)
    finding = selectors.finding_for(finding_id, by, now)
    operations_visit.take_back_finding(finding_id, by=by, now=now)
    return redirect("sheet", finding.visit.run.public_id)


@login_required
@never_cache
@require_http_methods(["GET", "POST"])
def finding_open(request: HttpRequest, finding_id: UUID, code: str) -> HttpResponse:
    """Open an obstacle or a matter of supervision of a finding; what is wrong comes back as it was typed."""
    by, now = person(request)
    finding = selectors.finding_for(finding_id, by, now)
    kind = registry.kind(code)
    if kind is None:
        raise NotFound("no-such-page")
    following.judged(finding, kind, by)
    context: dict[str, Any] = {"finding": finding, "kind": kind, "moves": Move.choices}
    context |= kind.choices(finding, by, now)
    if request.method == "GET":
        return render(request, "inspections/open.html", context)
    try:
        following.open_from_finding(finding_id, code, request.POST, by=by, now=now)
    except Invalid as refused:
        context |= {"typed": request.POST, "refused": refused}
        return render(request, "inspections/open.html", context, status=422)
    return redirect("sheet", finding.visit.run.public_id)
