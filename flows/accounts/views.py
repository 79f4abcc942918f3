"""Pages of the system and the security administrator: accounts, lists of people, codes. None shows business."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from flows.files.handing_out import download
from hetang_flow.lib.errors import Invalid, NotFound, Refusal
from permissions.actors import Actor
from permissions.asking import person

from . import closing, operations, operations_codes, papers, rules, selectors, workbooks
from .models import AccountList
from .operations_codes import Slip

MOST_SHOWN = 100
LONGEST_WORDS = 60


def _asked(request: HttpRequest, *kinds: str) -> tuple[Actor, datetime]:
    """Who asks and when; NotFound for whoever is none of these administrators."""
    by, now = person(request)
    rules.is_for(by, *kinds).or_raise(NotFound)
    return by, now


@login_required
@never_cache
@require_GET
def accounts(request: HttpRequest) -> HttpResponse:
    """Every account, searched by name; for the system and the security administrator."""
    by, now = _asked(request, rules.SYSTEM, rules.SECURITY)
    words = request.GET.get("words", "").replace("\x00", "").strip()[:LONGEST_WORDS]
    show = request.GET.get("show", "")
    show = show if show in selectors.SHOWS else ""
    page = request.GET.get("page", "")
    number = max(int(page), 1) if page.isdecimal() and page.isascii() and len(page) < 6 else 1
    found = selectors.accounts(words, show, number)
    context = {"by": by, "found": found, "words": words, "show": show, "numbers": selectors.counts(now)}
    context["waiting"] = selectors.waiting().count()
    return render(request, "accounts/accounts.html", context)


@login_required
@never_cache
@require_GET
def account(request: HttpRequest, user_id: int) -> HttpResponse:
    """One account: what it holds, how it signs in, and what this administrator may do with it."""
    by, now = _asked(request, rules.SYSTEM, rules.SECURITY)
    return _account(request, user_id, by, now)


def _account(
    request: HttpRequest,
    user_id: int,
    by: Actor,
    now: datetime,
    refused: Refusal | None = None,
    *,
    refused_act: str = "close",
    address: str = "",
) -> HttpResponse:
    found = selectors.account_for(user_id)
    context = {
        "by": by,
        "account": found,
        "posts": selectors.posts_of(user_id, now),
        "code": selectors.open_code(user_id, now),
        "own": found.pk == by.user_id,
        "refused": refused,
        "refused_act": refused_act if refused else "",
        "address": address,
        "most": rules.LONGEST_REASON,
    }
    if refused:
        request.refusal_code = refused.code  # type: ignore[attr-defined]
    return render(request, "accounts/account.html", context, status=422 if refused else 200)


@login_required
@require_POST
def account_close(request: HttpRequest, user_id: int) -> HttpResponse:
    """Close an account at once."""
    by, now = _asked(request, rules.SYSTEM)
    try:
        closing.close_account(user_id, reason=request.POST.get("reason", ""), by=by, now=now)
    except Invalid as refused:
        return _account(request, user_id, by, now, refused)
    messages.success(request, _("The account is closed; its sessions have ended."), extra_tags="yes")
    return redirect("account", user_id)


@login_required
@never_cache
@require_POST
def account_unmask(request: HttpRequest, user_id: int) -> HttpResponse:
    """The mail address whole, once, for a reason that is recorded; a page that is asked again shows it masked."""
    by, now = _asked(request, rules.SYSTEM)
    try:
        address = closing.unmask_email(user_id, reason=request.POST.get("reason", ""), by=by, now=now)
    except Invalid as refused:
        return _account(request, user_id, by, now, refused, refused_act="unmask")
    return _account(request, user_id, by, now, address=address)


@login_required
@require_POST
def account_open(request: HttpRequest, user_id: int) -> HttpResponse:
    """Open an account again."""
    by, now = _asked(request, rules.SYSTEM)
    closing.open_account(user_id, by=by, now=now)
    messages.success(
        request, _("The account is open; the security administrator gives it a code."), extra_tags="yes"
    )
    return redirect("account", user_id)


@login_required
@require_POST
def account_sessions(request: HttpRequest, user_id: int) -> HttpResponse:
    """Sign an account out everywhere."""
    by, now = _asked(request, rules.SECURITY)
    closing.end_all_sessions(user_id, by=by, now=now)
    messages.success(request, _("Signed out everywhere."), extra_tags="yes")
    return redirect("account", user_id)


@login_required
@require_POST
def account_code_issue(request: HttpRequest, user_id: int) -> HttpResponse:
    """A new one-time code, as a slip to be printed; the password it replaces is void."""
    by, now = _asked(request, rules.SECURITY)
    found = selectors.account_for(user_id)
    slips = operations_codes.issue([found.pk], by=by, now=now)
    return _printed(slips, by, now)


def _printed(slips: list[Slip], by: Actor, now: datetime) -> HttpResponse:
    """The slips as a paper that is kept nowhere on the way."""
    posts = {
        slip.user.pk: "、".join(held.post.name for held in selectors.posts_of(slip.user.pk, now))
        for slip in slips
    }
    response = HttpResponse(papers.slips_pdf(slips, posts, by=by, at=now), content_type="application/pdf")
    response["Content-Disposition"] = workbooks.attachment(papers.file_name(now))
    response["Cache-Control"] = "private, no-store"
    return response


@login_required
@never_cache
@require_GET
def locks(request: HttpRequest) -> HttpResponse:
    """What is locked after wrong passwords, for the security administrator."""
    _by, now = _asked(request, rules.SECURITY)
    return render(request, "accounts/locks.html", {"locks": selectors.locks(now)})


@login_required
@require_POST
def lock_release(request: HttpRequest, count_id: int) -> HttpResponse:
    """Open one before its time."""
    by, now = _asked(request, rules.SECURITY)
    closing.release_lock(count_id, by=by, now=now)
    messages.success(request, _("The lock is open; kept in the record."), extra_tags="yes")
    return redirect("locks")


# --- lists ---


@login_required
@never_cache
@require_GET
def account_lists(request: HttpRequest) -> HttpResponse:
    """The lists of newcomers and leavers, with how far each is."""
    by, _now = _asked(request, rules.SYSTEM, rules.SECURITY)
    return render(request, "accounts/lists.html", {"by": by, "lists": selectors.lists(by)})


@login_required
@never_cache
@require_http_methods(["GET", "POST"])
def account_list_new(request: HttpRequest, kind: str) -> HttpResponse:
    """Lay a workbook down: everything that is wrong comes back cell by cell, and nothing is done yet."""
    by, now = _asked(request, rules.SYSTEM)
    if kind not in AccountList.Kind.values:
        raise NotFound("no-such-page")
    context: dict[str, Any] = {"kind": kind}
    if request.method == "POST":
        try:
            made = operations.check(kind, request.FILES.get("file"), by=by, now=now)
        except Invalid as refused:
            context["refused"] = refused
            request.refusal_code = refused.code  # type: ignore[attr-defined]
        except operations.WrongList as wrong:
            context |= {"problems": wrong.problems[:MOST_SHOWN], "how_many": len(wrong.problems)}
            request.refusal_code = "account-list-wrong"  # type: ignore[attr-defined]
        else:
            return redirect("account-list", made.public_id)
    return render(request, "accounts/upload.html", context, status=422 if len(context) > 1 else 200)


@login_required
@never_cache
@require_GET
def account_list_template(request: HttpRequest, kind: str) -> HttpResponse:
    """An empty table to fill, with the posts there are to choose from."""
    _asked(request, rules.SYSTEM)
    if kind not in AccountList.Kind.values:
        raise NotFound("no-such-page")
    return download(*workbooks.blank(kind))


@login_required
@never_cache
@require_GET
def account_list(request: HttpRequest, list_id: UUID) -> HttpResponse:
    """One list: its rows, how far it is, and what this administrator may do next."""
    by, now = _asked(request, rules.SYSTEM, rules.SECURITY)
    return _list(request, list_id, by, now)


def _list(
    request: HttpRequest, list_id: UUID, by: Actor, now: datetime, refused: Refusal | None = None
) -> HttpResponse:
    found = selectors.list_for(list_id, by)
    context: Mapping[str, Any] = {
        "by": by,
        "list": found,
        "still": selectors.still_held(found, now),
        "refused": refused,
        "most": rules.LONGEST_REASON,
    }
    return render(request, "accounts/list.html", context, status=422 if refused else 200)


@login_required
@require_POST
def account_list_hand_in(request: HttpRequest, list_id: UUID) -> HttpResponse:
    """Make the accounts of a list, or close those of its leavers; or drop what was only checked."""
    by, now = _asked(request, rules.SYSTEM)
    if request.POST.get("drop"):
        operations.drop(list_id, by=by, now=now)
        return redirect("account-lists")
    operations.hand_in(list_id, by=by, now=now)
    return redirect("account-list", list_id)


@login_required
@require_POST
def account_list_confirm(request: HttpRequest, list_id: UUID) -> HttpResponse:
    """The second person's yes: of newcomers the slips come back to be printed."""
    by, now = _asked(request, rules.SECURITY)
    slips = operations.confirm(list_id, by=by, now=now)
    return _printed(slips, by, now) if slips else redirect("account-list", list_id)


@login_required
@require_POST
def account_list_decline(request: HttpRequest, list_id: UUID) -> HttpResponse:
    """The second person's no, with a reason."""
    by, now = _asked(request, rules.SECURITY)
    try:
        operations.decline(list_id, reason=request.POST.get("reason", ""), by=by, now=now)
    except Invalid as refused:
        return _list(request, list_id, by, now, refused)
    return redirect("account-list", list_id)
