"""The inbox and the sheet: every view reads the clock once, makes the actor once and calls one operation."""

from collections.abc import Callable
from datetime import datetime
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from hetang_flow.lib import clock
from hetang_flow.lib.errors import Invalid, NotFound
from notifications.operations import mark_about_read
from permissions.actors import Actor
from permissions.selectors import actor_for

from . import diagrams, operations, papers, rules, selectors
from .forms import HandOutForm, ReturnForm, SignForm, WithdrawForm
from .models import Run
from .selectors_sheet import Sheet, outcome_of, sheet

LISTS: dict[str, Callable[..., selectors.Page]] = {
    "todo": selectors.todo,
    "done": selectors.done,
    "mine": selectors.mine,
    "copied": selectors.copied,
}
MOST_PAGES = 1000
PAPER_POLICY = "default-src 'none'; object-src 'self'; style-src 'unsafe-inline'; frame-ancestors 'none'"
DIALOGS = ("return", "withdraw", "hand-out")


def person(request: HttpRequest) -> tuple[Actor, datetime]:
    """Who asks, and the one instant at which everything in this request is judged (one statement)."""
    now = clock.now()
    request.actor = actor_for(request.user, at=now)  # type: ignore[attr-defined, arg-type]
    return request.actor, now  # type: ignore[attr-defined]


# --- the inbox ---


@login_required
@never_cache
@require_GET
def inbox(request: HttpRequest) -> HttpResponse:
    """The four lists; beside them, on a desk, the sheet of the row chosen."""
    return render(request, "engine/inbox.html", _listing(request))


@login_required
@never_cache
@require_GET
def inbox_list(request: HttpRequest) -> HttpResponse:
    """The list alone, for a page that is already open."""
    return render(request, "engine/list.html", _listing(request))


@login_required
@never_cache
@require_GET
def inbox_badge(request: HttpRequest) -> HttpResponse:
    """The counts alone: for the navigation and the tabs of any open page."""
    by, now = person(request)
    return render(request, "engine/badge.html", {"counts": selectors.counts(by, now), "live": True})


def _listing(request: HttpRequest) -> dict[str, Any]:
    by, now = person(request)
    tab = request.GET.get("tab", "")
    tab = tab if tab in LISTS else "todo"
    q = request.GET.get("q", "").replace("\x00", "").strip()[:60]
    number = request.GET.get("page", "")
    readable = number.isdecimal() and number.isascii() and len(number) < 6
    page = min(max(int(number), 1), MOST_PAGES) if readable else 1
    words = {
        "todo": _("To do"),
        "done": _("Done"),
        "mine": _("Started by me"),
        "copied": _("For information"),
    }
    counts = selectors.counts(by, now)
    request.inbox_counts = counts  # type: ignore[attr-defined]
    return {
        "tab": tab,
        "q": q,
        "counts": counts,
        "tabs": [(name, words[name], counts[name]) for name in LISTS],
        "word": words[tab],
        "page": LISTS[tab](by, now, q, page),
        "chosen": request.GET.get("run", ""),
    }


# --- the sheet ---


@login_required
@never_cache
@require_GET
def work(request: HttpRequest, run_id: UUID) -> HttpResponse:
    """One run as its sheet: a page of its own, or the pane beside the list."""
    by, now = person(request)
    number = request.GET.get("as", "")
    found = sheet(run_id, by, now, int(number) if number.isdecimal() and len(number) < 19 else None)
    mark_about_read(run_id, by=by, now=now)
    beside = request.headers.get("HX-Target") == "sheet"
    template = "engine/sheet_pane.html" if beside else "engine/sheet.html"
    asked = request.GET.get("ask", "")
    shown = {"ask": asked if asked in DIALOGS else "", "beside": beside}
    return render(request, template, _shown(found) | shown)


@login_required
@never_cache
@require_GET
def work_pdf(request: HttpRequest, run_id: UUID) -> HttpResponse:
    """The sheet as a paper, for whoever sees the sheet."""
    by, now = person(request)
    found = sheet(run_id, by, now)
    response = HttpResponse(papers.sheet_pdf(found, by=by, at=now), content_type="application/pdf")
    response["Content-Disposition"] = content_disposition_header(False, papers.file_name(found))
    # The reader built into a browser is an object with a style of its own; nothing else may run.
    response["Content-Security-Policy"] = PAPER_POLICY
    return response


def _shown(found: Sheet) -> dict[str, Any]:
    phrases = (
        (_("Incomplete"), _("The material is incomplete. Please complete it and submit again.")),
        (_("Figures differ"), _("The figures differ from the ledger. Please check them and submit again.")),
        (_("No signature page"), _("The signed and sealed page is missing. Please add it and submit again.")),
    )
    return found.context | {
        "sheet": found,
        "run": found.run,
        "phrases": phrases,
        "least": rules.SHORTEST_REASON,
        "most": rules.LONGEST_TEXT,
    }


@login_required
@never_cache
@require_GET
def diagram(request: HttpRequest, run_id: UUID) -> HttpResponse:
    """The flow as a picture, coloured by where this run is; only for those who see the run."""
    by, now = person(request)
    theme = "dark" if request.GET.get("theme") == "dark" else "light"
    picture = diagrams.run_svg(run_id, by, now, theme=theme)
    return HttpResponse(picture, content_type="image/svg+xml")


# --- deciding ---


def person_at(request: HttpRequest, run_id: UUID) -> tuple[Actor, datetime]:
    """Who asks, and when; a run that is none of this person's business answers like one that does not exist."""
    by, now = person(request)
    if not selectors.runs_visible_to(by, now).filter(public_id=run_id).exists():
        raise NotFound("no-such-run")
    return by, now


@login_required
@require_POST
def approve(request: HttpRequest, run_id: UUID) -> HttpResponse:
    """同意."""
    by, now = person_at(request, run_id)
    given = _given(SignForm, request)
    run = operations.approve(run_id, given["assignment"], by=by, now=now, opinion=given["opinion"])
    return _done(request, run, _("Approved"))


@login_required
@require_POST
def send_back(request: HttpRequest, run_id: UUID) -> HttpResponse:
    """退回."""
    by, now = person_at(request, run_id)
    given = _given(ReturnForm, request)
    run = operations.return_to_initiator(run_id, given["assignment"], by=by, now=now, reason=given["reason"])
    return _done(request, run, _("Returned"))


@login_required
@require_POST
def complete(request: HttpRequest, run_id: UUID) -> HttpResponse:
    """报送."""
    by, now = person_at(request, run_id)
    given = _given(SignForm, request)
    run = operations.complete(run_id, given["assignment"], by=by, now=now, opinion=given["opinion"])
    return _done(request, run, _("Submitted"))


@login_required
@require_POST
def hand_out(request: HttpRequest, run_id: UUID) -> HttpResponse:
    """分办."""
    by, now = person_at(request, run_id)
    given = _given(HandOutForm, request)
    operations.hand_out(run_id, given["assignment"], to_user_id=given["to_user"], by=by, now=now)
    return _answer(request, run_id, _("Handed out."))


@login_required
@require_POST
def withdraw(request: HttpRequest, run_id: UUID) -> HttpResponse:
    """撤回."""
    by, now = person_at(request, run_id)
    given = _given(WithdrawForm, request)
    operations.withdraw(run_id, by=by, now=now, reason=given["reason"])
    return _answer(request, run_id, _("Withdrawn. Nothing was deleted."))


def _given(form_class: type[Form], request: HttpRequest) -> dict[str, Any]:
    """What was typed; a form that cannot be read is a refusal like any other."""
    form = form_class(request.POST)
    if form.is_valid():
        return form.cleaned_data
    for name in ("opinion", "reason"):
        if name in form.errors:
            length = len(request.POST.get(name, "").strip())
            raise Invalid("text-too-long", {"field": name, "most": rules.LONGEST_TEXT, "length": length})
    raise Invalid("form-incomplete", {"field": next(iter(form.errors))})


def _done(request: HttpRequest, run: Run, said: str) -> HttpResponse:
    """Say what was done and where the matter is now."""
    return _answer(request, run.public_id, _next_state(run, said))


def _next_state(run: Run, said: str) -> str:
    """One sentence: what was done, and who has it now."""
    state = outcome_of(run)
    if state["over"]:
        return _("%(said)s. The matter is completed.") % {"said": said}
    posts = state["posts"]
    if not posts:
        return _("%(said)s. The next post is empty; the campaign office has been told.") % {"said": said}
    who = "、".join(posts[:2])
    if len(posts) > 2:
        who = ngettext("%(who)s and %(more)s other", "%(who)s and %(more)s others", len(posts) - 2) % {
            "who": who,
            "more": len(posts) - 2,
        }
    return _("%(said)s. Now with %(who)s: %(step)s.") % {"said": said, "who": who, "step": state["step"]}


def _answer(request: HttpRequest, run_id: UUID, text: str) -> HttpResponse:
    """A page that is open is told, and fetches its sheet anew; a plain form is sent on to the sheet."""
    if not request.headers.get("HX-Request"):
        messages.success(request, text, extra_tags="yes")
        return redirect("sheet", run_id=run_id)
    response = render(request, "includes/toast.html", {"text": text, "kind": "yes"})
    response["HX-Retarget"], response["HX-Reswap"] = "#toasts", "beforeend"
    response["HX-Trigger"] = "notices, sheet-changed"
    return response
