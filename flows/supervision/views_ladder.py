"""Pages of the ladder: in words for everybody, changed by two offices after a trial on the past quarter."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from hetang_flow.lib.clock import district_day
from hetang_flow.lib.errors import Invalid, NotAllowed, NotFound, Refusal, WrongState
from permissions.asking import person

from . import forms_ladder, ladder_faults, operations_ladder, replay, rules, selectors_pages, words
from .models import Climb

QUARTER = timedelta(days=92)


@login_required
@never_cache
@require_GET
def ladder(request: HttpRequest) -> HttpResponse:
    """The rungs in force, what is proposed, every version."""
    by, now = person(request)
    page = selectors_pages.ladder_page(by, now)
    drafted = page.proposed
    context = {
        "page": page,
        "rungs": words.rungs(page.in_force.rules) if page.in_force else [],
        "drafted": words.rungs(drafted.rules) if drafted else [],
        "may_publish": rules.may_publish(by, proposed_by=drafted.proposed_by_id) if drafted else None,
        "mine": drafted is not None and drafted.proposed_by_id == by.user_id,
        "may_propose": rules.may_propose(by),
    }
    return render(request, "supervision/ladder.html", context)


@login_required
@never_cache
@require_http_methods(["GET", "POST"])
def ladder_change(request: HttpRequest) -> HttpResponse:
    """Write another version, try it on the past quarter, propose it; what is wrong comes back as it was typed."""
    by, now = person(request)
    rules.may_propose(by).or_raise(NotAllowed)
    page = selectors_pages.ladder_page(by, now)
    if page.plan is None:
        raise NotFound("no-such-plan")
    base: Mapping[str, Any] = page.in_force.body if page.in_force else {}
    if request.method == "GET":
        return _editor(request, page, base, {})
    body = forms_ladder.typed_body(request.POST, base)
    try:
        operations_ladder.checked(body)
        if "try" in request.POST:
            today = min(district_day(now), page.plan.effective_until)
            read = rules.ladder_of(body, 0)
            tried = replay.otherwise(read, today - QUARTER, today, plan_id=page.plan.pk)
            return _editor(request, page, body, request.POST, tried=tried)
        reason = request.POST.get("reason", "")
        operations_ladder.propose_ladder(page.plan.code, body, reason=reason, by=by, now=now)
    except (Invalid, WrongState) as refused:
        return _editor(request, page, body, request.POST, refused=refused)
    return redirect("supervision-ladder")


def _editor(
    request: HttpRequest,
    page: selectors_pages.LadderPage,
    body: Mapping[str, Any],
    typed: Mapping[str, Any],
    *,
    refused: Refusal | None = None,
    tried: Sequence[replay.Otherwise] | None = None,
) -> HttpResponse:
    named = {row["confirm"] for row in body.get("rungs", ()) if row.get("confirm")}
    context = {
        "page": page,
        "body": body,
        "confirmers": selectors_pages.confirmers(named),
        "rows": forms_ladder.rows_of(body),
        "typed": typed,
        "refused": refused,
        "tried": tried,
        "changed": [each for each in tried or () if each.differs],
        "measures": Climb.Measure.choices,
        "colours": words.COLOURS.items(),
        "audience": words.AUDIENCE.items(),
        "marks": words.marks(ladder_faults.marks()),
        "closings": words.closings(),
    }
    status = 409 if isinstance(refused, WrongState) else 422 if refused else 200
    return render(request, "supervision/ladder_change.html", context, status=status)


@login_required
@require_POST
def ladder_publish(request: HttpRequest, version: int) -> HttpResponse:
    """复核: in force from tomorrow; what is under way keeps its version."""
    by, now = person(request)
    page = selectors_pages.ladder_page(by, now)
    if page.proposed is None or page.proposed.version != version:
        raise NotFound("no-such-ladder")
    from_day = page.today + timedelta(days=1)
    operations_ladder.publish_ladder(page.proposed.pk, from_day=from_day, by=by, now=now)
    return redirect("supervision-ladder")


@login_required
@require_POST
def ladder_drop(request: HttpRequest, version: int) -> HttpResponse:
    """It is not taken up, or taken back."""
    by, now = person(request)
    page = selectors_pages.ladder_page(by, now)
    if page.proposed is None or page.proposed.version != version:
        raise NotFound("no-such-ladder")
    operations_ladder.drop_ladder(page.proposed.pk, reason=request.POST.get("reason", ""), by=by, now=now)
    return redirect("supervision-ladder")
