"""Pages of the compartment: every view reads the clock once, makes the actor once and calls a selector or operation."""

from collections.abc import Callable, Iterable
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from flows.engine.sending import sent
from hetang_flow.lib.errors import Invalid, NotFound
from permissions.asking import person

from . import opening, operations, papers, rules, selectors, selectors_pages
from .models import Letter


@login_required
@never_cache
@require_GET
def discipline(request: HttpRequest) -> HttpResponse:
    """My cases; a page for the people of a commission, whether or not they have one."""
    by, now = person(request)
    _inside(by)
    page = selectors.my_cases(by, now)
    may_enter = bool(rules.may_enter_clue(by))
    return render(request, "discipline/cases.html", {"page": page, "may_enter": may_enter})


@login_required
@never_cache
@require_http_methods(["GET", "POST"])
def discipline_new(request: HttpRequest) -> HttpResponse:
    """A clue is entered; the answer does not say whether the district or the city decides."""
    by, now = person(request)
    if not rules.may_enter_clue(by):
        raise NotFound("no-such-case")
    form = selectors_pages.clue_form(by)
    context: dict[str, Any] = {"form": form, "typed": request.POST, "longest": rules.LONGEST_TEXT}
    if request.method == "GET":
        return render(request, "discipline/new.html", context)
    posted = request.POST
    try:
        opening.enter_clue(
            form.plan.code,
            unit=posted.get("unit", "")[:80],
            project=posted.get("project", "").strip()[:40],
            text=posted.get("text", ""),
            by=by,
            now=now,
        )
    except Invalid as refused:
        return render(request, "discipline/new.html", context | {"refused": refused}, status=422)
    messages.success(request, _("The clue is entered."))
    return redirect("discipline")


@login_required
@never_cache
@require_GET
def discipline_case(request: HttpRequest, case_id: UUID) -> HttpResponse:
    """One case, for and against side by side."""
    by, now = person(request)
    return _page(request, selectors_pages.case_page(case_id, by, now))


def _page(request: HttpRequest, page: selectors_pages.Page, **more: Any) -> HttpResponse:
    context = {"page": page, "case": page.case, "typed": request.POST, "longest": rules.LONGEST_TEXT}
    return render(request, "discipline/case.html", context | more, status=422 if more else 200)


def _inside(by: Any) -> None:
    if not rules.is_of_the_commission(by):
        raise NotFound("no-such-case")


def _does(operation: Callable[..., Any], read: Callable[[Any], dict[str, Any]]) -> Any:
    """A view that performs an operation with what a form says; what was typed wrong comes back as it was typed."""

    @login_required
    @require_POST
    def view(request: HttpRequest, case_id: UUID) -> HttpResponse:
        by, now = person(request)
        _inside(by)
        try:
            operation(case_id, **read(request.POST), by=by, now=now)
        except Invalid as refused:
            return _page(request, selectors_pages.case_page(case_id, by, now), refused=refused)
        return redirect("discipline-case", case_id)

    return view


def _named(chosen: Iterable[str]) -> list[tuple[int, int]]:
    """Handlers as the form names them: post and person."""
    found = []
    for each in chosen:
        post, _colon, user = each.partition(":")
        if not (post.isdecimal() and user.isdecimal() and len(each) < 30):
            raise Invalid("handler-not-free", {"field": "handlers"})
        found.append((int(post), int(user)))
    return found


case_take_in = _does(
    operations.take_in,
    lambda posted: {
        "accept": posted.get("accept") == "1",
        "handlers": _named(posted.getlist("handlers")) if posted.get("accept") == "1" else (),
        "reason": posted.get("reason", ""),
    },
)
case_propose = _does(
    operations.propose,
    lambda posted: {"disposition": posted.get("disposition", "")[:30], "reason": posted.get("reason", "")},
)
case_agree = _does(operations.agree, lambda posted: {"opinion": posted.get("opinion", "")})
case_send_back = _does(operations.send_back, lambda posted: {"reason": posted.get("opinion", "")})
case_conclude = _does(operations.conclude, lambda posted: {"text": posted.get("text", "")})
case_assign = _does(
    operations.assign_anew,
    lambda posted: {"handlers": _named(posted.getlist("handlers")), "reason": posted.get("reason", "")},
)
case_letter = _does(
    operations.write_letter,
    lambda posted: {
        "kind": posted.get("kind", "")[:10],
        "unit": posted.get("unit", "")[:80],
        "text": posted.get("text", ""),
    },
)
case_supplement = _does(
    operations.add_supplement,
    lambda posted: {"text": posted.get("text", ""), "in_favour": posted.get("side") == "for"},
)


@login_required
@never_cache
@require_GET
def case_dossier_paper(request: HttpRequest, case_id: UUID) -> HttpResponse:
    """The dossier as a paper, with its number and its hash."""
    by, now = person(request)
    page = selectors_pages.case_page(case_id, by, now)
    return sent(papers.dossier_pdf(page, by=by, at=now), papers.name_of(page.dossier.number, "dossier"))


@login_required
@never_cache
@require_GET
def case_closing_paper(request: HttpRequest, case_id: UUID) -> HttpResponse:
    """The closing sheet, once the case is over."""
    by, now = person(request)
    page = selectors_pages.case_page(case_id, by, now)
    if page.is_open:
        raise NotFound("no-such-case")
    return sent(papers.closing_pdf(page, by=by, at=now), papers.name_of(page.case.number, "closing"))


@login_required
@never_cache
@require_GET
def case_letter_paper(request: HttpRequest, case_id: UUID, letter_id: UUID) -> HttpResponse:
    """A letter as a paper."""
    by, now = person(request)
    letter: Letter = selectors_pages.letter_for(case_id, letter_id, by, now)
    return sent(papers.letter_pdf(letter, by=by, at=now), papers.name_of(letter.number, letter.kind))
