"""Pages of supervision: every view reads the clock once, makes the actor once and calls a selector or operation."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from hetang_flow.lib.errors import Invalid, NotAllowed, NotFound, WrongState
from permissions.asking import person

from . import operations, rules, selectors, selectors_pages


@login_required
@never_cache
@require_GET
def supervision(request: HttpRequest) -> HttpResponse:
    """What is late, why it stands where it stands, what comes next and when."""
    by, now = person(request)
    asked = selectors_pages.Asked.read(request.GET)
    page = selectors_pages.board_page(by, now, asked)
    return render(request, "supervision/board.html", {"page": page, "asked": asked})


@login_required
@never_cache
@require_GET
def supervision_item(request: HttpRequest, item_id: UUID) -> HttpResponse:
    """One matter with every rung it was told."""
    by, now = person(request)
    page = selectors.item_for(item_id, by, now)
    item = page.row.item
    may_settle = rules.may_settle(by, ground=item.ground, is_open=item.closed is None, unit=item.unit_id)
    context = {
        "page": page,
        "row": page.row,
        "may_settle": may_settle,
        "reason": rules.reads_reason(by, item.unit_id),
    }
    return render(request, "supervision/item.html", context)


@login_required
@never_cache
@require_http_methods(["GET", "POST"])
def supervision_new(request: HttpRequest) -> HttpResponse:
    """工作不力、敷衍懈怠: entered by the headquarters office with reasons; what is wrong comes back as it was typed."""
    by, now = person(request)
    if not by.holds(rules.HEADQUARTERS_OFFICE, *rules.SERVING):
        raise NotAllowed("not-headquarters", {"who": by.name})
    form = selectors_pages.entry_form(by, now)
    if form.plan is None:
        raise NotFound("no-such-plan")
    if request.method == "GET":
        return render(request, "supervision/new.html", {"form": form, "typed": request.GET})
    try:
        item = operations.enter_ground(form.plan.code, _entered(request.POST), by=by, now=now)
    except (Invalid, WrongState) as refused:
        context = {"form": form, "typed": request.POST, "refused": refused}
        return render(request, "supervision/new.html", context, status=_status(refused))
    return redirect("supervision-item", item.public_id)


def _entered(posted: Mapping[str, str]) -> operations.Entered:
    """What was typed; a project is named by its public id."""
    project = None
    if posted.get("project"):
        try:
            project = UUID(posted["project"])
        except ValueError as error:
            raise Invalid("no-such-project", {"field": "project"}) from error
    return operations.Entered(
        ground=posted.get("ground", ""),
        unit=posted.get("unit", "")[:80],
        title=posted.get("title", ""),
        reason=posted.get("reason", ""),
        rung=posted.get("rung", "")[:40],
        project=project,
    )


def _status(refused: Invalid | WrongState) -> int:
    return 422 if isinstance(refused, Invalid) else 409


@login_required
@require_POST
def supervision_settle(request: HttpRequest, item_id: UUID) -> HttpResponse:
    """What was entered by hand is settled, or withdrawn."""
    by, now = person(request)
    selectors.item_for(item_id, by, now)
    said: dict[str, Any] = {
        "reason": request.POST.get("reason", ""),
        "withdrawn": "withdrawn" in request.POST,
    }
    operations.settle_item(item_id, **said, by=by, now=now)
    return redirect("supervision-item", item_id)


@login_required
@require_POST
def slip_answer(request: HttpRequest, slip_id: UUID) -> HttpResponse:
    """反馈."""
    by, now = person(request)
    run = selectors_pages.run_of_slip(slip_id, by, now)
    operations.answer_slip(slip_id, answer=request.POST.get("answer", ""), by=by, now=now)
    return redirect("sheet", run)


@login_required
@require_POST
def measure_weigh(request: HttpRequest, measure_id: UUID) -> HttpResponse:
    """研判."""
    by, now = person(request)
    run = selectors_pages.run_of_measure(measure_id, by, now)
    posted = request.POST
    if posted.get("verdict") not in (rules.CONFIRMED, rules.DECLINED):
        raise Invalid("verdict-missing", {"field": "verdict"})
    confirm = posted["verdict"] == rules.CONFIRMED
    gravity, reason = posted.get("gravity", ""), posted.get("reason", "")
    operations.weigh_measure(measure_id, gravity=gravity, confirm=confirm, reason=reason, by=by, now=now)
    return redirect("sheet", run)
