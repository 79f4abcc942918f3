"""Pages of projects' months: every view reads the clock once, makes the actor once and calls a selector or operation."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from flows.files.handing_out import download, hand_out
from flows.projects.selectors import sees
from hetang_flow.lib.errors import Invalid, NotFound, Refusal, WrongState
from permissions.actors import Actor
from permissions.asking import person

from . import forms, operations, rules, selectors_pages

TYPED = {"longest_works": rules.LONGEST_WORKS, "longest_word": rules.LONGEST_WORD}


@login_required
@never_cache
@require_GET
def months(request: HttpRequest) -> HttpResponse:
    """A month of every project the reader's unit reports for, one card each."""
    by, now = person(request)
    page = selectors_pages.my_month(by, now, forms.month_named(request.GET.get("month", "")))
    return render(request, "figures/months.html", {"page": page, **TYPED})


@login_required
@never_cache
@require_GET
def months_board(request: HttpRequest) -> HttpResponse:
    """How every project the reader sees stood at a month's end."""
    by, now = person(request)
    filters = selectors_pages.Filters.read(request.GET)
    board = selectors_pages.board(by, now, filters)
    tabs = [(show, filters.address(show=show), count) for show, count in board.counts.items()]
    return render(request, "figures/board.html", {"board": board, "filters": filters, "tabs": tabs})


@login_required
@require_POST
@transaction.atomic
def months_export(request: HttpRequest) -> HttpResponse:
    """The board of a month as a workbook, the rows the page shows."""
    by, now = person(request)
    board = selectors_pages.board(by, now, selectors_pages.Filters.read(request.POST))
    if board.plan is None or board.month is None:
        raise NotFound("no-such-page")
    title = _("Board of the month %(month)s") % {"month": rules.named(board.month)}
    rows = selectors_pages.board_rows(board)
    return download(
        title,
        hand_out(title, selectors_pages.board_fields(), rows, chain_id=board.plan.chain_id, by=by, now=now),
    )


@login_required
@never_cache
@require_GET
def project_months(request: HttpRequest, project_id: UUID) -> HttpResponse:
    """All months of a project, with what was corrected and when."""
    by, now = person(request)
    sheet = selectors_pages.project_months(
        project_id, by, now, forms.month_named(request.GET.get("month", ""))
    )
    return render(request, "figures/project.html", {"sheet": sheet, **TYPED})


@login_required
@require_POST
def month_report(request: HttpRequest, project_id: UUID) -> HttpResponse:
    """Keep a month; one that cannot be right, or is not explained, comes back with what was typed."""
    by, now = person(request)
    month = forms.month_named(request.POST.get("month", ""))
    if month is None:
        raise Invalid("form-incomplete", {"field": "month"})
    if not sees(project_id, by, now):
        raise NotFound("no-such-project")
    try:
        typed = forms.month_typed(request.POST, month)
        operations.report_month(project_id, typed, seen=forms.seen(request.POST), by=by, now=now)
    except (Invalid, WrongState) as refused:
        if not request.headers.get("HX-Request"):
            raise
        return _card(request, project_id, month, by, now, refused)
    if not request.headers.get("HX-Request"):
        return redirect(f"{reverse('months')}?month={month:%Y-%m}")
    return _card(request, project_id, month, by, now, None)


def _card(
    request: HttpRequest, project_id: UUID, month: date, by: Actor, now: datetime, refused: Refusal | None
) -> HttpResponse:
    """One project's card as it is now; after a refusal with what was typed and why it was not kept."""
    entry = selectors_pages.entry(project_id, by, now, month)
    context: dict[str, Any] = {"entry": entry, "refused": refused, "kept": refused is None, **TYPED}
    if refused is not None:
        entry.typed = {name: request.POST.get(name, "") for name in (*rules.KINDS, "word")}
        entry.asks_word = refused.code == "month-unexplained" or bool(entry.typed["word"])
    return render(request, "figures/entry.html", context, status=422 if refused else 200)
