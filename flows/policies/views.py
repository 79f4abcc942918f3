"""The back office of the rules of approval: every view reads the clock once and makes the actor once."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from flows.engine.rules import LONGEST_TEXT, SHORTEST_REASON
from permissions.actors import Actor
from permissions.asking import person
from permissions.selectors import in_real_use

from . import forms, operations, rules, selectors, words
from .rehearsal import rehearse
from .sound import sound
from .versions import all_posts, values_of

REASON = {"least": SHORTEST_REASON, "most": LONGEST_TEXT}


@login_required
@never_cache
@require_GET
def policies(request: HttpRequest) -> HttpResponse:
    """Every rule of approval in words, with who still goes on under which version."""
    by, _now = person(request)
    return render(request, "policies/policies.html", {"rules": selectors.listed(by)})


@login_required
@never_cache
@require_GET
def policy(request: HttpRequest, key: str) -> HttpResponse:
    """One rule: what it says, all its versions and what each changed."""
    by, now = person(request)
    rule, posts = selectors.rule_for(key, by), all_posts()
    context = {
        "rule": rule,
        "described": words.described(values_of(rule.newest), posts.names),
        "versions": selectors.versions(rule, posts.names),
        "verdict": _may_propose(by, now),
    }
    return render(request, "policies/policy.html", context)


@login_required
@never_cache
@require_http_methods(["GET", "POST"])
def policy_change(request: HttpRequest, key: str) -> HttpResponse:
    """Type a version; what is wrong is said at its column, a sound one is rehearsed."""
    by, now = person(request)
    rule, posts = selectors.rule_for(key, by), all_posts()
    verdict, base = _may_propose(by, now), rule.newest
    context: dict[str, Any] = {"rule": rule, "verdict": verdict, "posts": posts.names.items()}
    if request.method == "GET":
        context["rows"] = forms.rows(values_of(base), posts.names)
        return render(request, "policies/change.html", context)
    verdict.or_raise()
    again = "values" in request.POST
    values = forms.kept(request.POST["values"]) if again else forms.read(request.POST, key, posts.names)
    findings = sound(values, posts, base=base, at=now)
    if again or findings:
        context |= {"rows": forms.rows(values, posts.names, findings), "findings": findings}
        context["general"] = [finding.text for finding in findings if not finding.path]
        return render(request, "policies/change.html", context, status=422 if findings and not again else 200)
    context["rehearsal"] = rehearse(base, values, posts=posts, now=now)
    context |= {"packed": forms.packed(values), "most_runs": rules.MOST_RUNS} | REASON
    return render(request, "policies/rehearsal.html", context)


@login_required
@require_POST
def policy_propose(request: HttpRequest, key: str) -> HttpResponse:
    """Propose a rehearsed version; the headquarters office confirms it."""
    by, now = person(request)
    selectors.open_to(by)
    typed = forms.given(forms.ProposalForm(request.POST))
    change = operations.propose_change(
        key,
        forms.kept(request.POST.get("values", "")),
        base_version=typed["base"],
        runs=forms.chosen_runs(request.POST),
        reason=typed["reason"],
        by=by,
        now=now,
    )
    return redirect("sheet", change.run.public_id)


@login_required
@never_cache
@require_http_methods(["GET", "POST"])
def work_move(request: HttpRequest, run_id: UUID) -> HttpResponse:
    """跳转: propose that a matter goes on at another step; every step says whether it may be."""
    by, now = person(request)
    found = selectors.moving(run_id, by, now)
    if request.method == "POST":
        typed = forms.given(forms.MoveForm(request.POST))
        move = operations.propose_move(
            run_id, typed["step"], typed["to"], reason=typed["reason"], by=by, now=now
        )
        return redirect("sheet", move.run.public_id)
    starter = found.run.initiator
    real = by.is_demo and not (starter and starter.is_demo)
    context = {"moving": found, "run": found.run, "verdict": rules.may_propose(by, real=real)} | REASON
    return render(request, "policies/move.html", context)


def _may_propose(by: Actor, now: datetime) -> Any:
    return rules.may_propose(by, real=by.is_demo and in_real_use(now))
