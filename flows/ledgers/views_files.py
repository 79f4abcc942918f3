"""Workbooks of ledgers: handed out, laid down, looked at, taken in."""

from typing import Any
from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from flows.files.handing_out import download
from hetang_flow.lib.errors import Invalid, NotFound
from permissions.actors import Actor
from permissions.asking import person

from . import exporting, importing, rules, selectors
from .models import LedgerImport

MOST_SHOWN = 100


@login_required
@never_cache
@require_GET
def ledger_template(request: HttpRequest, code: str) -> HttpResponse:
    """An empty table to fill."""
    by, _now = person(request)
    if not rules.may_read(by):
        raise NotFound("no-such-ledger")
    return _handed(exporting.blank(code))


@login_required
@require_POST
def ledger_export(request: HttpRequest, code: str) -> HttpResponse:
    """The rows the page shows, as a workbook."""
    by, now = person(request)
    if not rules.may_read(by):
        raise NotFound("no-such-ledger")
    return _handed(exporting.hand_out(code, selectors.Filters.read(request.POST), by=by, now=now))


@login_required
@never_cache
@require_http_methods(["GET", "POST"])
def ledger_upload(request: HttpRequest, code: str) -> HttpResponse:
    """Lay a workbook down to be looked at."""
    by, now = person(request)
    if not rules.may_read(by):
        raise NotFound("no-such-ledger")
    way, refused = importing.importer(code), None
    if request.method == "POST":
        try:
            laid = importing.upload(code, request.FILES.get("file"), by=by, now=now)
        except Invalid as error:
            refused = error
        else:
            return redirect("ledger-import", laid.public_id)
    context = {"code": code, "way": way, "verdict": way.may(by), "refused": refused}
    context["earlier"] = importing.laid_down_by(by, code)
    return render(request, "ledgers/upload.html", context, status=422 if refused else 200)


@login_required
@never_cache
@require_GET
def ledger_import(request: HttpRequest, import_id: UUID) -> HttpResponse:
    """How far the reading is, then what would come in and everything that is wrong."""
    by, now = person(request)
    context = _found(import_id, by)
    context["stalled"] = importing.is_stalled(context["laid"], now=now)
    partial = request.headers.get("HX-Request")
    return render(request, "ledgers/looked_at.html" if partial else "ledgers/import.html", context)


@login_required
@require_POST
def ledger_take(request: HttpRequest, import_id: UUID) -> HttpResponse:
    """Take in what was read."""
    by, now = person(request)
    words = {"only_good": request.POST.get("rows") == "good", "new_parties": request.POST.getlist("party")}
    importing.take(import_id, **words, by=by, now=now)
    return redirect("ledger-import", import_id)


@login_required
@never_cache
@require_GET
def ledger_report(request: HttpRequest, import_id: UUID) -> HttpResponse:
    """Every problem as a workbook."""
    by, _now = person(request)
    context = _found(import_id, by)
    return _handed(exporting.problem_report(context["laid"], context["problems"]))


def _found(import_id: UUID, by: Actor) -> dict[str, Any]:
    """An import of this person's own; others' are none of their business. Raises NotFound."""
    laid = (
        LedgerImport.objects.filter(public_id=import_id, uploaded_by_id=by.user_id)
        .defer("data", "reading")
        .first()
    )
    if laid is None or not rules.may_read(by):
        raise NotFound("no-such-import")
    problems = importing.problems_of(laid.problems)
    return {
        "laid": laid,
        "way": importing.importer(laid.code),
        "problems": problems,
        "shown": problems[:MOST_SHOWN],
        "more": laid.told.get("problems", 0) - MOST_SHOWN,
        "percent": laid.done // 10,
    }


def _handed(found: exporting.Download) -> HttpResponse:
    return download(found.name, found.data)
