"""Pages of the assessment: every view reads the clock once, makes the actor once and calls a selector or operation."""

from typing import Any
from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from hetang_flow.lib.errors import Invalid, NotFound, Refusal, WrongState
from permissions.asking import person

from . import operations_assessment as operations
from . import selectors_assessment as selectors
from .rules.assessment import SHORTEST_TEXT


@login_required
@never_cache
@require_GET
def assessments(request: HttpRequest) -> HttpResponse:
    """The scheme, and the units with their totals."""
    by, now = person(request)
    return render(request, "targets/assessment.html", {"page": selectors.overview(by, now)})


@login_required
@require_POST
def assessment_start(request: HttpRequest) -> HttpResponse:
    """Gather the facts of the newest plan's units up to today."""
    by, now = person(request)
    page = selectors.overview(by, now)
    if page.plan is None:
        raise NotFound("no-such-plan")
    operations.start_assessment(page.plan.pk, by=by, now=now)
    return redirect("assessments")


@login_required
@never_cache
@require_GET
def assessment_unit(request: HttpRequest, public_id: UUID, code: str) -> HttpResponse:
    """One unit: facts, scores, its objection."""
    by, now = person(request)
    return render(
        request, "targets/assessment_unit.html", _unit(selectors.unit_page(public_id, code, by, now))
    )


@login_required
@require_POST
def assessment_score(request: HttpRequest, public_id: UUID, code: str) -> HttpResponse:
    """Decide a unit's scores."""
    by, now = person(request)
    page = selectors.unit_page(public_id, code, by, now)
    try:
        operations.score_unit(public_id, code, _typed(request.POST), by=by, now=now)
    except (Invalid, WrongState) as refused:
        return _refused(request, page, "score", refused)
    return redirect("assessment-unit", public_id, code)


@login_required
@require_POST
def assessment_object(request: HttpRequest, public_id: UUID, code: str) -> HttpResponse:
    """Object for one's unit."""
    by, now = person(request)
    page = selectors.unit_page(public_id, code, by, now)
    try:
        operations.raise_objection(public_id, code, request.POST.get("text", ""), by=by, now=now)
    except (Invalid, WrongState) as refused:
        return _refused(request, page, "object", refused)
    return redirect("assessment-unit", public_id, code)


@login_required
@require_POST
def assessment_answer(request: HttpRequest, public_id: UUID, code: str) -> HttpResponse:
    """Answer a unit's objection."""
    by, now = person(request)
    page = selectors.unit_page(public_id, code, by, now)
    posted = request.POST
    said = {"upheld": posted.get("upheld") == "yes", "typed": _typed(posted)}
    try:
        operations.answer_objection(public_id, code, posted.get("answer", ""), **said, by=by, now=now)
    except (Invalid, WrongState) as refused:
        return _refused(request, page, "answer", refused)
    return redirect("assessment-unit", public_id, code)


def _unit(page: selectors.UnitPage, **more: Any) -> dict[str, Any]:
    """What a unit's page is made of."""
    return {"page": page, "least": SHORTEST_TEXT, **more}


def _refused(request: HttpRequest, page: selectors.UnitPage, form: str, refused: Refusal) -> HttpResponse:
    """The page once more, with what was typed into this form and why it was not kept."""
    posted = request.POST
    for each in page.criteria:
        each.typed = {name: posted.get(f"{name}-{each.row.criterion}", "") for name in ("score", "reason")}
    context = _unit(page, refused=refused, form=form, typed=posted)
    status = 422 if isinstance(refused, Invalid) else 409
    return render(request, "targets/assessment_unit.html", context, status=status)


def _typed(posted: QueryDict) -> dict[str, tuple[str, str]]:
    """The scores typed, by criterion, each with its reason; an empty one is left out."""
    codes = [key.removeprefix("score-") for key in posted if key.startswith("score-")]
    return {
        code: (posted[f"score-{code}"], posted.get(f"reason-{code}", ""))
        for code in codes
        if posted[f"score-{code}"].strip()
    }
