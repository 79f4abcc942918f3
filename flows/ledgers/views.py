"""Pages of ledgers: every view reads the clock once, makes the actor once and calls a selector or operation."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from hetang_flow.lib.errors import Invalid, NotFound, WrongState
from permissions.asking import person

from . import operations, rules, selectors, selectors_quota
from .models import LedgerKind


@login_required
@never_cache
@require_GET
def ledgers(request: HttpRequest) -> HttpResponse:
    """Every ledger with how it stands."""
    by, now = person(request)
    return render(request, "ledgers/ledgers.html", {"shelves": selectors_quota.shelves(by, now)})


@login_required
@never_cache
@require_GET
def ledger(request: HttpRequest, code: str) -> HttpResponse:
    """One ledger's rows."""
    by, now = person(request)
    filters = selectors.Filters.read(request.GET)
    page = selectors.ledger_page(code, by, now, filters)
    context: dict[str, Any] = {"page": page, "kind": page.kind, "filters": filters}
    _until, known_at = filters.moment(now)
    boards = selectors_quota.quota_boards(page.kind.plan, [page.kind], until=page.until, known_at=known_at)
    context["quota"] = boards.get(code)
    context["earlier"] = (
        filters.address(after=max(0, filters.after - selectors.PAGE)) if filters.after else None
    )
    context["later"] = filters.address(after=filters.after + selectors.PAGE) if page.more else None
    return render(request, "ledgers/ledger.html", context)


@login_required
@never_cache
@require_http_methods(["GET", "POST"])
def ledger_new(request: HttpRequest, code: str) -> HttpResponse:
    """A new row, by a form made of the ledger's columns."""
    by, now = person(request)
    if not rules.may_read(by):
        raise NotFound("no-such-ledger")
    kind = selectors.newest_kind(code)
    wrong: Mapping[str, Invalid] = {}
    there, status = None, 200
    if request.method == "POST":
        try:
            row = operations.add_row(code, request.POST.dict(), by=by, now=now)
        except Invalid as refused:
            wrong, status = _by_field(refused), 422
        except WrongState as refused:
            if refused.code != operations.THERE_ALREADY:
                raise
            there, status = refused, 409
        else:
            return redirect("ledger-row", row.row)
    context = {
        "kind": kind,
        "fields": _fields(kind, request.POST.dict(), wrong),
        "verdict": rules.may_keep(by, kind.owners),
        "there": there,
    }
    return render(request, "ledgers/row_form.html", context, status=status)


@login_required
@never_cache
@require_GET
def ledger_row(request: HttpRequest, row_id: UUID) -> HttpResponse:
    """One row and what it was before."""
    by, now = person(request)
    page = selectors.row_page(row_id, by, now)
    return render(request, "ledgers/row.html", {"page": page, "row": page.row, "kind": page.row.kind})


@login_required
@never_cache
@require_http_methods(["GET", "POST"])
def ledger_correct(request: HttpRequest, row_id: UUID) -> HttpResponse:
    """Correct a row: the next version, with a reason."""
    by, now = person(request)
    page = selectors.row_page(row_id, by, now)
    kind, wrong = page.row.kind, {}
    typed = {cell.column.code: _typed(cell.value) for cell in page.cells}
    if request.method == "POST":
        typed = request.POST.dict()
        try:
            operations.correct_row(
                row_id, typed, version=_version(request), reason=typed.get("reason", ""), by=by, now=now
            )
        except Invalid as refused:
            wrong = _by_field(refused)
        else:
            return redirect("ledger-row", row_id)
    context = {
        "kind": kind,
        "row": page.row,
        "fields": _fields(kind, typed, wrong),
        "verdict": page.may_change,
    }
    context |= {"reason": typed.get("reason", ""), "wrong": wrong}
    return render(request, "ledgers/row_form.html", context, status=422 if wrong else 200)


@login_required
@require_POST
def ledger_withdraw(request: HttpRequest, row_id: UUID) -> HttpResponse:
    """Take a row out, with a reason."""
    by, now = person(request)
    selectors.row_page(row_id, by, now)
    reason = request.POST.get("reason", "")
    operations.withdraw_row(row_id, version=_version(request), reason=reason, by=by, now=now)
    return redirect("ledger-row", row_id)


def _version(request: HttpRequest) -> int:
    said = request.POST.get("version", "")
    return int(said) if said.isascii() and said.isdigit() and len(said) < 9 else 0


def _typed(value: Any) -> str:
    """A kept value as a form holds it."""
    if isinstance(value, bool):
        return "是" if value else "否"
    return "" if value is None else str(value)


def _by_field(refused: Invalid) -> dict[str, Invalid]:
    """What is wrong, by the field it is wrong in."""
    cells = refused.facts.get("cells") or [refused]
    return {cell.facts.get("field", ""): Invalid(cell.code, cell.facts) for cell in cells}


def _fields(kind: LedgerKind, typed: Mapping[str, str], wrong: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The form's fields, with what was typed and what is wrong about it."""
    return [
        {"column": column, "value": typed.get(column.code, ""), "error": wrong.get(column.code)}
        for column in selectors.columns_of(kind)
    ]
