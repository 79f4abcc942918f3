"""Pages of projects: every view reads the clock once, makes the actor once and calls one selector or operation."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from flows.campaigns.selectors import newest_plan
from flows.files import serving
from flows.files.handing_out import download, hand_out
from hetang_flow.lib import clock
from hetang_flow.lib.errors import Invalid, NotFound
from permissions.actors import Actor
from permissions.asking import person

from . import operations, rules, selectors, selectors_milestone, selectors_project
from .forms import CorrectionForm, DraftForm, StartForm
from .lifecycle import PATH, Phase
from .models import Requirement
from .operations_annex import may_import


def is_fragment(request: HttpRequest) -> bool:
    """Whether a page that is already open asks for a part of itself."""
    return bool(request.headers.get("HX-Request"))


# --- projects ---


@login_required
@never_cache
@require_GET
def projects(request: HttpRequest) -> HttpResponse:
    """The list of projects; alone, for a page that is already open, when htmx asks."""
    by, now = person(request)
    filters = selectors.Filters.read(request.GET)
    context: dict[str, Any] = {
        "filters": filters,
        "page": selectors.listed(by, now, filters),
        "has_post": by.posts,
    }
    context["here"], context["cap"] = filters.address(), selectors.CAP
    for name in ("after", "before"):
        key = getattr(context["page"], name)
        context[f"address_{name}"] = filters.address(**{name: key}) if key else ""
    if is_fragment(request):
        return render(request, "projects/list.html", context)
    context |= {"choices": selectors.choices(by, now), "may_import": may_import(by)}
    return render(request, "projects/projects.html", context)


@login_required
@require_POST
@transaction.atomic
def projects_export(request: HttpRequest) -> HttpResponse:
    """The list of projects as a workbook: all rows that fit the filters, not one page of them."""
    by, now = person(request)
    plan = newest_plan()
    if plan is None or not by.has_business:
        raise NotFound("no-such-page")
    rows = selectors.every_row(by, now, selectors.Filters.read(request.POST))
    title = _("Project list")
    return download(
        title, hand_out(title, selectors.list_fields(), rows, chain_id=plan.chain_id, by=by, now=now)
    )


@login_required
@never_cache
@require_GET
def project(request: HttpRequest, project_id: UUID) -> HttpResponse:
    """One project: what it is, who has it now, since when, and what happened."""
    by, now = person(request)
    everything = request.GET.get("all") == "1"
    sheet = selectors_project.project_sheet(project_id, by, now, all_events=everything)
    return render(request, "projects/project.html", {"sheet": sheet, "project": sheet.project})


@login_required
@never_cache
@require_http_methods(["GET", "POST"])
def milestone_new(request: HttpRequest, project_id: UUID) -> HttpResponse:
    """Choose a move with its checklist; the others say why not."""
    by, now = person(request)
    found, choices = selectors_milestone.start_choices(project_id, by, now)
    if request.method == "POST":
        form = StartForm(request.POST)
        if not form.is_valid():
            raise Invalid("form-incomplete")
        milestone = operations.start_milestone(project_id, form.cleaned_data["move"], by=by, now=now)
        return redirect("sheet", milestone.run.public_id)
    return render(request, "projects/milestone_new.html", {"project": found, "choices": choices})


@login_required
@never_cache
@require_http_methods(["GET", "POST"])
def project_correct(request: HttpRequest, project_id: UUID) -> HttpResponse:
    """The campaign office proposes to put a phase right; the headquarters office confirms it."""
    by, now = person(request)
    found = selectors_project.project_for(project_id, by, now)
    running = found.milestone_open or found.correction_open
    if request.method == "POST":
        form = CorrectionForm(request.POST)
        if not form.is_valid():
            raise Invalid("form-incomplete")
        typed = form.cleaned_data
        correction = operations.propose_correction(
            project_id, typed["to_phase"], reason=typed["reason"], by=by, now=now
        )
        return redirect("sheet", correction.run.public_id)
    verdict = rules.may_propose_correction(
        by, phase=found.phase, to_phase=None, path=PATH, running=running, invented=found.is_demo
    )
    phases = [(phase, Phase(phase).label) for phase in PATH if phase != found.phase]
    context = {"project": found, "verdict": verdict, "phases": phases}
    return render(request, "projects/correct.html", context)


# --- a milestone being drafted ---


@login_required
@require_POST
def milestone_draft(request: HttpRequest, milestone_id: UUID) -> HttpResponse:
    """Keep what was typed so far; a line that cannot be right says why, the others are kept."""
    by, now = person(request)
    sheet = selectors_milestone.milestone_sheet(milestone_id, by, now)
    form = DraftForm(sheet, request.POST, today=clock.district_day(now))
    form.read(*selectors_milestone.not_before(sheet.milestone))
    if form.errors and not is_fragment(request):
        raise Invalid("form-incomplete")
    operations.save_draft(milestone_id, values=form.values, note=form.note, by=by, now=now)
    if not is_fragment(request):
        return redirect("sheet", sheet.milestone.run.public_id)
    kept = selectors_milestone.milestone_sheet(milestone_id, by, now)
    for item in sheet.values:
        kept.item(item.need.code).errors = item.errors
    context = {"ms": kept, "saved": now, "errors": form.errors}
    return render(request, "projects/draft_saved.html", context, status=422 if form.errors else 200)


@login_required
@require_POST
def milestone_evidence(request: HttpRequest, milestone_id: UUID) -> HttpResponse:
    """Lay files before the approvers; each one is looked at by itself, a refused one does not stop the others."""
    uploads = serving.uploads(request)
    by, now = person(request)
    sheet = selectors_milestone.milestone_sheet(milestone_id, by, now)
    code = request.POST.get("requirement", "")
    sheet.item(code)
    refused = []
    for upload in uploads:
        try:
            operations.attach_evidence(milestone_id, code, upload, by=by, now=now)
        except Invalid as error:
            refused.append(error)
    if not is_fragment(request):
        if refused:
            raise refused[0]
        return redirect("sheet", sheet.milestone.run.public_id)
    return _item_again(request, milestone_id, code, by, now, refused)


@login_required
@require_POST
def evidence_withdraw(request: HttpRequest, evidence_id: UUID) -> HttpResponse:
    """Take a file out of this round; what approvers saw earlier stays readable."""
    by, now = person(request)
    file = selectors_milestone.evidence_for(evidence_id, by, now)
    operations.withdraw_evidence(evidence_id, by=by, now=now)
    if not is_fragment(request):
        return redirect("sheet", file.milestone.run.public_id)
    return _item_again(request, file.milestone.public_id, file.requirement.code, by, now, [])


def _item_again(
    request: HttpRequest, milestone_id: UUID, code: str, by: Actor, now: datetime, refused: list[Invalid]
) -> HttpResponse:
    """One line of the checklist as it is now, and with it what is still missing."""
    sheet = selectors_milestone.milestone_sheet(milestone_id, by, now)
    item = sheet.item(code)
    item.errors = list(refused)
    status = 422 if refused else 200
    return render(request, "projects/item_again.html", {"ms": sheet, "item": item}, status=status)


# --- evidence: only for those who see the project, never kept by anything on the way ---


@login_required
@serving.kept_private
@require_GET
def evidence(request: HttpRequest, evidence_id: UUID) -> HttpResponse:
    """The pages of a file as pictures, to be read on a phone."""
    by, now = person(request)
    found = selectors_milestone.reading(evidence_id, by, now)
    context = {"reading": found, "file": found.file, "widths": serving.WIDTHS}
    context["is_pdf"] = found.file.content_type == serving.PDF
    context["figure"] = Requirement.Kind.FIGURE
    return render(request, "projects/evidence.html", context)


@login_required
@serving.kept_private
@require_GET
def evidence_page(request: HttpRequest, evidence_id: UUID, page: int) -> HttpResponse:
    """One page as a picture; `w` is the width in pixels that would do."""
    by, now = person(request)
    return serving.page(request, selectors_milestone.evidence_for(evidence_id, by, now), page)


@login_required
@serving.kept_private
@require_GET
def evidence_file(request: HttpRequest, evidence_id: UUID) -> Any:
    """The file itself, as it came in, always as a download."""
    by, now = person(request)
    return serving.download(selectors_milestone.evidence_for(evidence_id, by, now))
