"""Pages of the pool: every view reads the clock once, makes the actor once and calls one selector or operation."""

from typing import Any
from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from flows.engine.rules import LONGEST_TEXT, SHORTEST_REASON
from flows.engine.selectors_steps import node_asking
from hetang_flow.lib.errors import NotAllowed, WrongState
from permissions.asking import person

from . import forms, operations, rules, selectors
from .models import Finding, Tier

REASON = {"least": SHORTEST_REASON, "most": LONGEST_TEXT}


@login_required
@never_cache
@require_GET
def pool(request: HttpRequest) -> HttpResponse:
    """The ladder: rungs with counts and sums, the proposals of the chosen one."""
    by, now = person(request)
    filters = selectors.Filters.read(request.GET)
    context = {
        "filters": filters,
        "ladder": selectors.ladder(by, now, filters),
        "may_propose": rules.may_propose(by),
    }
    return render(request, "pool/pool.html", context)


@login_required
@never_cache
@require_http_methods(["GET", "POST"])
def proposal_new(request: HttpRequest) -> HttpResponse:
    """Lay a project before the pool."""
    by, now = person(request)
    verdict = rules.may_propose(by)
    if request.method == "POST":
        verdict.or_raise(NotAllowed)
        form = forms.ProposalForm(request.POST)
        if form.is_valid():
            values = form.cleaned_data
            proposal = operations.propose(values["line"], values, by=by, now=now)
            return redirect("sheet", proposal.run.public_id)
    else:
        form = forms.ProposalForm()
    context = {"form": form, "verdict": verdict, "lines": selectors.lines_to_propose()}
    return render(request, "pool/proposal_form.html", context, status=422 if form.errors else 200)


@login_required
@never_cache
@require_GET
def proposal(request: HttpRequest, proposal_id: UUID) -> HttpResponse:
    """One proposal: what it is, what was found, on which rung it stands and why."""
    by, now = person(request)
    found = selectors.proposal_for(proposal_id, by, now)
    context = {"page": selectors.page_of(found, by), "proposal": found, "run": found.run}
    return render(request, "pool/proposal.html", context)


@login_required
@never_cache
@require_http_methods(["GET", "POST"])
def proposal_correct(request: HttpRequest, proposal_id: UUID) -> HttpResponse:
    """Change what a proposal says while it lies with whoever proposed it."""
    by, now = person(request)
    found = selectors.proposal_for(proposal_id, by, now)
    if request.method == "POST":
        form = forms.CorrectionForm(request.POST)
        if form.is_valid():
            operations.correct(proposal_id, form.cleaned_data, by=by, now=now)
            return redirect("sheet", found.run.public_id)
    else:
        form = forms.CorrectionForm({name: getattr(found, name) for name in operations.COLUMNS})
    context: dict[str, Any] = {"form": form, "proposal": found}
    context["mine"] = node_asking(found.run, by) == "propose"
    return render(request, "pool/proposal_form.html", context, status=422 if form.errors else 200)


@login_required
@never_cache
@require_http_methods(["GET", "POST"])
def proposal_findings(request: HttpRequest, proposal_id: UUID) -> HttpResponse:
    """What the institute found, question by question."""
    by, now = person(request)
    found = selectors.proposal_for(proposal_id, by, now)
    if request.method == "POST":
        operations.record_findings(proposal_id, forms.findings(request.POST), by=by, now=now)
        return redirect("sheet", found.run.public_id)
    node = node_asking(found.run, by)
    asked = [q for q in selectors.all_questions(found, found.run.round) if q.stage == node]
    context = {"proposal": found, "run": found.run, "questions": asked, "answers": Finding.Answer.choices}
    return render(request, "pool/findings.html", context)


@login_required
@never_cache
@require_http_methods(["GET", "POST"])
def proposal_tier(request: HttpRequest, proposal_id: UUID) -> HttpResponse:
    """Choose the rung on which it is taken in, or move it up or down later."""
    by, now = person(request)
    found = selectors.proposal_for(proposal_id, by, now)
    admitting = node_asking(found.run, by) == "admit"
    if request.method == "POST":
        typed = forms.given(forms.TierForm(request.POST))
        if admitting:
            operations.choose_tier(proposal_id, typed["tier"], by=by, now=now)
            return redirect("sheet", found.run.public_id)
        operations.change_tier(proposal_id, typed["tier"], reason=typed["reason"], by=by, now=now)
        return redirect("proposal", proposal_id)
    rights = selectors.rights_to(found, by)
    context = {"proposal": found, "rights": rights, "tiers": Tier.choices, "admitting": admitting} | REASON
    return render(request, "pool/tier.html", context)


@login_required
@never_cache
@require_http_methods(["GET", "POST"])
def proposal_promote(request: HttpRequest, proposal_id: UUID) -> HttpResponse:
    """Propose that it becomes one of the year's projects."""
    by, now = person(request)
    found = selectors.proposal_for(proposal_id, by, now)
    rights, choices = selectors.rights_to(found, by), selectors.promotion_choices(found)
    form = forms.PromotionForm(request.POST or None, leaders=choices.leaders)
    if request.method == "POST":
        verdict = rights.may_promote
        verdict.or_raise(NotAllowed if verdict.code in rules.PERSON_CODES else WrongState)
    if request.method == "POST" and form.is_valid():
        values = form.cleaned_data
        promotion = operations.start_promotion(proposal_id, values, reason=values["reason"], by=by, now=now)
        return redirect("sheet", promotion.run.public_id)
    context = {"proposal": found, "rights": rights, "choices": choices, "form": form} | REASON
    return render(request, "pool/promote.html", context, status=422 if form.errors else 200)
