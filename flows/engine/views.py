"""The inbox and the sheet: every view reads the clock once and makes the actor once."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from notifications.operations import mark_about_read
from permissions.actors import Actor
from permissions.asking import person

from . import actions, diagrams, operations, papers, rules, selectors
from .selectors_sheet import Sheet, sheet
from .sending import sent

LISTS: dict[str, Callable[..., selectors.Page]] = {
    "todo": selectors.todo,
    "pool": selectors.unclaimed,
    "done": selectors.done,
    "mine": selectors.mine,
    "copied": selectors.copied,
}
MOST_PAGES = 1000
CLAIMING = ("officer", "deputy", "head")


def number_of(text: str) -> int | None:
    """A key in an address, if it can be one."""
    return int(text) if text.isdecimal() and text.isascii() and len(text) < 19 else None


# --- the inbox ---


@login_required
@never_cache
@require_GET
def inbox(request: HttpRequest) -> HttpResponse:
    """The lists; beside them, on a desk, the sheet of the row chosen."""
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
        "pool": _("To be claimed"),
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
        "tabs": [(name, words[name], counts[name]) for name in LISTS if _has_list(by, name, tab, counts)],
        "word": words[tab],
        "page": LISTS[tab](by, now, q, page),
        "chosen": request.GET.get("run", ""),
        "bulk": tab == "todo" and request.GET.get("bulk") == "1",
    }


def _has_list(by: Actor, name: str, tab: str, counts: dict[str, int]) -> bool:
    """What is to be claimed concerns people of a unit who do not sit at its desk."""
    claims = any(p.duty in CLAIMING and not by.holds(p.organisation_code, "desk") for p in by.posts)
    return name != "pool" or tab == name or bool(counts[name]) or claims


# --- the sheet ---


@login_required
@never_cache
@require_GET
def work(request: HttpRequest, run_id: UUID) -> HttpResponse:
    """One run as its sheet: a page of its own, or the pane beside the list."""
    by, now = person(request)
    found = sheet(run_id, by, now, number_of(request.GET.get("as", "")))
    if found.run.unread:
        mark_about_read(run_id, by=by, now=now)
    if any(share.seen_at is None for share in found.seen.mine):
        operations.mark_opened(run_id, by=by, now=now)
    beside = request.headers.get("HX-Target") == "sheet"
    template = "engine/sheet_pane.html" if beside else "engine/sheet.html"
    context = {"sheet": found, "run": found.run, "beside": beside, "most": rules.LONGEST_TEXT}
    context["bar"] = actions.menu(found.seen, votes=found.votes)
    context["words"] = _words(found, request.GET.get("adopt", ""))
    return render(request, template, found.context | context)


def _words(found: Sheet, adopted: str) -> str:
    """What stands in the field for an opinion: a secretary's that is taken over, else what was written so far.

    Sending it is another touch.
    """
    number = number_of(adopted)
    taken = (draft.text for draft in found.prepared if number and draft.author_id == number)
    return next(taken, found.draft.text if found.draft else "")


@login_required
@never_cache
@require_GET
def work_pdf(request: HttpRequest, run_id: UUID) -> HttpResponse:
    """The sheet as a paper, for whoever sees the sheet."""
    by, now = person(request)
    found = sheet(run_id, by, now)
    return sent(papers.sheet_pdf(found, by=by, at=now), papers.file_name(found))


@login_required
@never_cache
@require_GET
def diagram(request: HttpRequest, run_id: UUID) -> HttpResponse:
    """The flow as a picture, coloured by where this run is; only for those who see the run."""
    by, now = person(request)
    theme = "dark" if request.GET.get("theme") == "dark" else "light"
    picture = diagrams.run_svg(run_id, by, now, theme=theme)
    return HttpResponse(picture, content_type="image/svg+xml")
