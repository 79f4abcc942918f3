"""Pages of targets: every view reads the clock once, makes the actor once and calls a selector or operation."""

from datetime import datetime

from django.contrib.auth.decorators import login_required
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from flows.campaigns.selectors import newest_plan
from flows.files.handing_out import download, hand_out
from hetang_flow.lib.errors import Invalid, NotFound, Refusal, WrongState
from permissions.actors import Actor
from permissions.asking import person

from . import forms_reports, operations_reports, selectors_board, selectors_contest
from .rules.rollup import YES_OR_NO


@login_required
@never_cache
@require_GET
def targets(request: HttpRequest) -> HttpResponse:
    """How all targets stand on a day."""
    by, now = person(request)
    filters = selectors_board.Filters.read(request.GET)
    board = selectors_board.board(by, now, filters)
    tabs = [(state, filters.address(show=state), count) for state, count in board.counts.items()]
    day = {"on": filters.on.isoformat() if filters.on else "", "then": "1" if filters.then else ""}
    context = {
        "board": board,
        "filters": filters,
        "tabs": tabs,
        "query": filters.address(line="", show=""),
        "day": day,
    }
    return render(request, "targets/board.html", context)


@login_required
@require_POST
@transaction.atomic
def targets_export(request: HttpRequest) -> HttpResponse:
    """The scoreboard as a workbook, the rows the page shows."""
    by, now = person(request)
    board = selectors_board.board(by, now, selectors_board.Filters.read(request.POST))
    if board.plan is None:
        raise NotFound("no-such-page")
    title = _("Scoreboard as of %(day)s") % {"day": board.on.isoformat()}
    rows = selectors_board.board_rows(board)
    fields = selectors_board.board_fields()
    return download(title, hand_out(title, fields, rows, chain_id=board.plan.chain_id, by=by, now=now))


@login_required
@never_cache
@require_GET
def contest(request: HttpRequest) -> HttpResponse:
    """The building contest, with the formula and every input."""
    by, now = person(request)
    filters = selectors_board.Filters.read(request.GET)
    page = selectors_contest.contest_page(by, now, filters)
    return render(request, "targets/contest.html", {"page": page, "filters": filters})


@login_required
@never_cache
@require_GET
def target(request: HttpRequest, code: str) -> HttpResponse:
    """One target and every fact behind it."""
    by, now = person(request)
    return _target(request, code, by, now)


@login_required
@require_POST
def target_report(request: HttpRequest, code: str) -> HttpResponse:
    """Report what no fact tells; what cannot be right comes back with what was typed."""
    by, now = person(request)
    plan = newest_plan() if by.is_of_the_district else None
    if plan is None:
        raise NotFound("no-such-target")
    try:
        operations_reports.report_target(plan.pk, code, **forms_reports.said(request.POST), by=by, now=now)
    except (Invalid, WrongState) as refused:
        return _target(request, code, by, now, refused)
    return redirect("target", code)


def _target(
    request: HttpRequest, code: str, by: Actor, now: datetime, refused: Refusal | None = None
) -> HttpResponse:
    """A target's page; after a refusal with what was typed and why it was not kept."""
    filters = selectors_board.Filters.read(request.GET)
    page = selectors_board.target_page(code, by, now, filters)
    context = {"page": page, "standing": page.standing, "target": page.standing.target, "filters": filters}
    context |= {"yes_or_no": page.standing.target.kind in YES_OR_NO, "refused": refused}
    context["typed"] = request.POST
    status = 422 if isinstance(refused, Invalid) else 409
    return render(request, "targets/target.html", context, status=status if refused else 200)
