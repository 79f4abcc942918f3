"""The pages of those who act for others: substitutes, and handing over on leaving."""

from datetime import datetime, timedelta

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from hetang_flow.lib.clock import district_day
from hetang_flow.lib.errors import Invalid, NotAllowed, Refusal, WrongState
from permissions import rules as who
from permissions.actors import Actor
from permissions.asking import person

from . import operations
from . import selectors_people as selectors
from .forms_people import HandOverForm, SubstituteForm


@login_required
@never_cache
@require_http_methods(["GET", "POST"])
def substitutes(request: HttpRequest) -> HttpResponse:
    """Who stands in for me and for whom I do; a form to name one for a post that is mine to settle."""
    by, now = person(request)
    if request.method == "GET":
        first = {"post": by.acting.id if by.acting else "", "first_day": district_day(now).isoformat()}
        return _substitutes(request, SubstituteForm(initial=first), by, now)
    form = SubstituteForm(request.POST)
    if not form.is_valid():
        return _substitutes(request, form, by, now, status=422)
    typed = form.cleaned_data
    try:
        operations.substitute(typed["post"], typed["substitute"], **form.words(), by=by, now=now)
    except (Invalid, WrongState) as refusal:
        return _substitutes(request, form, by, now, refusal)
    messages.success(request, _("The substitute is named; both sides have been told."), extra_tags="yes")
    return redirect("substitutes")


def _substitutes(
    request: HttpRequest,
    form: Form,
    by: Actor,
    now: datetime,
    refusal: Refusal | None = None,
    *,
    status: int = 200,
) -> HttpResponse:
    today = district_day(now)
    context = {
        "found": selectors.substitutes(by, now),
        "form": form,
        "refusal": refusal,
        "today": today,
        "latest": today + timedelta(days=2 * who.LONGEST_ABSENCE),
        "longest": who.LONGEST_ABSENCE,
        "most": who.LONGEST_REASON,
    }
    return render(request, "engine/substitutes.html", context, status=_refused(request, refusal) or status)


@login_required
@require_POST
def end_substitution(request: HttpRequest, substitution_id: int) -> HttpResponse:
    """End one before its last day."""
    by, now = person(request)
    found = selectors.substitution_for(substitution_id, by)
    operations.end_substitution(found.pk, by=by, now=now)
    messages.success(request, _("The substitution is over; both sides have been told."), extra_tags="yes")
    return redirect("substitutes")


@login_required
@never_cache
@require_http_methods(["GET", "POST"])
def hand_over(request: HttpRequest) -> HttpResponse:
    """离职转办: choose who leaves, see what would go, choose who takes over."""
    by, now = person(request)
    if request.method == "GET":
        return _hand_over(request, HandOverForm(), by, now, request.GET.get("leaver", ""))
    if not who.powers(by):
        raise NotAllowed("administrator" if by.administrator else "no-power")
    form = HandOverForm(request.POST)
    leaver = request.POST.get("leaver", "")
    if not form.is_valid():
        return _hand_over(request, form, by, now, leaver, status=422)
    typed = form.cleaned_data
    try:
        posts = operations.hand_over(
            typed["leaver"], typed["successor"], reason=typed["reason"], by=by, now=now
        )
    except (Invalid, WrongState) as refusal:
        return _hand_over(request, form, by, now, leaver, refusal)
    said = ngettext("%(count)s post handed over.", "%(count)s posts handed over.", len(posts))
    messages.success(request, said % {"count": len(posts)}, extra_tags="yes")
    return redirect("hand-over")


def _hand_over(
    request: HttpRequest,
    form: Form,
    by: Actor,
    now: datetime,
    leaver: str,
    refusal: Refusal | None = None,
    *,
    status: int = 200,
) -> HttpResponse:
    context: dict = {"form": form, "refusal": refusal, "most": who.LONGEST_REASON, "powers": who.powers(by)}
    if context["powers"]:
        units, free = selectors.people_with_posts(by, now)
        own = {held.organisation_name for held in context["powers"]}
        everywhere = who.has_power_everywhere(by)
        context["leavers"] = [unit for unit in units if everywhere or unit[0] in own]
        if leaver.isdecimal() and len(leaver) < 19:
            context["leaving"] = selectors.leaving(int(leaver), by, now)
            context["units"], context["free"] = units, free
    return render(request, "engine/hand_over.html", context, status=_refused(request, refusal) or status)


def _refused(request: HttpRequest, refusal: Refusal | None) -> int:
    """The status of a form that comes back with its refusal; the access log keeps the code."""
    if refusal is None:
        return 0
    request.refusal_code = refusal.code  # type: ignore[attr-defined]
    return 422 if isinstance(refusal, Invalid) else 409
