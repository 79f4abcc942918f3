"""Pages of lights: every view reads the clock once, makes the actor once and calls a selector or operation."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from flows.policies.rules import may_propose
from hetang_flow.lib.clock import district_day
from hetang_flow.lib.errors import Invalid, NotAllowed, NotFound, Refusal, WrongState
from permissions.asking import person

from . import forms, operations_schemes, presets, rules, selectors, words
from .models import LightScheme, StatusLight

COLOURS = [(value, label) for value, label in StatusLight.Colour.choices if value != rules.GREY]


@login_required
@never_cache
@require_GET
def lights(request: HttpRequest) -> HttpResponse:
    """The lights of a day, the gravest first, each with its sentence."""
    by, now = person(request)
    filters = selectors.Filters.read(request.GET)
    board = selectors.board(by, now, filters)
    tabs = [("", "", filters.address(colour=""), sum(board.counts.values()))]
    tabs += [
        (value, label, filters.address(colour=value), board.counts.get(value, 0))
        for value, label in StatusLight.Colour.choices
    ]
    rows = [_said(light) for light in board.rows]
    context = {"board": board, "filters": filters, "tabs": tabs, "rows": rows}
    return render(request, "lights/board.html", context)


@login_required
@never_cache
@require_GET
def project_lights(request: HttpRequest, project_id: UUID) -> HttpResponse:
    """One project's lights, month by month, and where each comes from."""
    by, now = person(request)
    page = selectors.history(project_id, by, now)
    today = _said(page.today) if page.today else None
    months = [{"month": each, **_said(each.last)} for each in page.months]
    return render(request, "lights/project.html", {"page": page, "today": today, "months": months})


def _said(light: StatusLight) -> dict[str, Any]:
    """A light with its sentence and what speaks for the project."""
    known = light.known
    return {
        "light": light,
        "why": words.explain(light),
        "excuses": [words.excuse_words(each) for each in known.excuses],
        "late": district_day(light.judged) > light.day,
        "ratio": known.ratio,
    }


@login_required
@never_cache
@require_GET
def light_schemes(request: HttpRequest) -> HttpResponse:
    """The rules in force in words, what is proposed, and every version."""
    by, now = person(request)
    page = selectors.schemes(by, now)
    proposed = page.proposed
    may = rules.may_confirm(by, proposer=proposed.proposed_by_id) if proposed else None
    context = {
        "page": page,
        "in_force": _in_words(page.in_force) if page.in_force else [],
        "proposed": _in_words(proposed) if proposed else [],
        "may_confirm": may,
        "mine": proposed is not None and proposed.proposed_by_id == by.user_id,
        "may_propose": may_propose(by, real=False),
    }
    return render(request, "lights/schemes.html", context)


def _in_words(scheme: LightScheme) -> list[dict[str, Any]]:
    """Each rule as people read it."""
    return [
        {
            "rule": rule,
            "label": StatusLight.Colour(rule.colour).label,
            "conditions": [words.condition_words(each) for each in rule.conditions],
            "unless": [words.EXCUSES[each] for each in rule.unless],
        }
        for rule in scheme.scheme.rules
    ]


@login_required
@never_cache
@require_http_methods(["GET", "POST"])
def light_scheme_change(request: HttpRequest) -> HttpResponse:
    """Write other rules, try them on the past quarter, propose them; what is wrong comes back as it was typed."""
    by, now = person(request)
    may_propose(by, real=False).or_raise(NotAllowed)
    page = selectors.schemes(by, now)
    if page.plan is None:
        raise NotFound("no-such-plan")
    if request.method == "GET":
        begun = presets.preset(request.GET.get("preset", ""))
        base = begun.body if begun else page.in_force.body if page.in_force else []
        name = begun.name if begun else page.in_force.name if page.in_force else ""
        source = begun.source if begun else page.in_force.source if page.in_force else ""
        return _editor(request, page, base, {"name": name, "source": source})
    body = forms.typed_body(request.POST)
    wrong = rules.faults(body)
    if wrong or "try" in request.POST:
        tried = None if wrong else selectors.trial(page.plan, rules.scheme_of("", body), district_day(now))
        return _editor(request, page, body, request.POST, wrong=wrong, tried=tried)
    posted = request.POST
    try:
        operations_schemes.propose_scheme(
            page.plan.pk,
            body,
            name=posted.get("name", ""),
            source=posted.get("source", ""),
            base_number=_whole(posted.get("base", "")),
            reason=posted.get("reason", ""),
            by=by,
            now=now,
        )
    except (Invalid, WrongState) as refused:
        return _editor(request, page, body, request.POST, refused=refused)
    return redirect("light-schemes")


def _editor(
    request: HttpRequest,
    page: selectors.Schemes,
    body: Sequence[Any],
    typed: Any,
    *,
    wrong: Sequence[rules.Fault] = (),
    refused: Refusal | None = None,
    tried: Sequence[selectors.Replayed] | None = None,
) -> HttpResponse:
    """The form; with what is wrong, or with what the past quarter would have looked like."""
    newest = max((row.number for row in page.versions), default=0)
    changed = [each for each in tried or () if each.colour != each.light.colour]
    context = {
        "page": page,
        "rows": forms.rows_of(body),
        "typed": typed,
        "base": newest,
        "presets": presets.presets(),
        "facts": words.FACTS.items(),
        "operators": words.OPERATORS.items(),
        "excuses": words.EXCUSES.items(),
        "colours": COLOURS,
        "faults": [str(words.fault_words(each)) % {"rule": each.rule, **each.facts} for each in wrong],
        "refused": refused,
        "tried": tried,
        "changed": [(each, StatusLight.Colour(each.colour).label) for each in changed],
    }
    status = 409 if isinstance(refused, WrongState) else 422 if wrong or refused else 200
    return render(request, "lights/change.html", context, status=status)


@login_required
@require_POST
def light_scheme_confirm(request: HttpRequest, scheme_id: UUID) -> HttpResponse:
    """复核: they hold from tomorrow."""
    by, now = person(request)
    if not rules.sees_schemes(by):
        raise NotFound("no-such-scheme")
    operations_schemes.confirm_scheme(scheme_id, by=by, now=now)
    return redirect("light-schemes")


@login_required
@require_POST
def light_scheme_decline(request: HttpRequest, scheme_id: UUID) -> HttpResponse:
    """They are not taken, or taken back."""
    by, now = person(request)
    if not rules.sees_schemes(by):
        raise NotFound("no-such-scheme")
    operations_schemes.decline_scheme(scheme_id, reason=request.POST.get("reason", ""), by=by, now=now)
    return redirect("light-schemes")


def _whole(text: str) -> int:
    return int(text) if text.isdecimal() and len(text) < 9 else 0
