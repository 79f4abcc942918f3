"""Pages of the audit administrator: what was asked of the system and what its record says; reading alone."""

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from flows.files.handing_out import download, hand_out
from flows.journal.operations import system_chain
from hetang_flow.lib.errors import NotFound
from hetang_flow.lib.workbooks import Field
from permissions.asking import person

from . import rules, selectors_audit
from .selectors_audit import Asked

HEADS = (
    ("at", gettext_lazy("Time")),
    ("user", gettext_lazy("Account")),
    ("name", gettext_lazy("Name")),
    ("address", gettext_lazy("Network address")),
    ("method", gettext_lazy("Method")),
    ("target", gettext_lazy("Page or command")),
    ("path", gettext_lazy("Path")),
    ("status", gettext_lazy("Status")),
    ("refusal", gettext_lazy("Refused because of")),
)


@login_required
@never_cache
@require_GET
def audit_access(request: HttpRequest) -> HttpResponse:
    """The access log: every request and command, by person, day and outcome."""
    by, _now = person(request)
    rules.is_for(by, rules.AUDIT).or_raise(NotFound)
    asked = Asked.read(request.GET)
    context = {"asked": asked, "leaf": selectors_audit.access_page(asked), "address": _address(asked)}
    return render(request, "accounts/access.html", context)


@login_required
@require_POST
def audit_access_export(request: HttpRequest) -> HttpResponse:
    """The rows of the filter as a workbook; that it was taken out is on record with the file's hash."""
    by, now = person(request)
    rules.is_for(by, rules.AUDIT).or_raise(NotFound)
    asked = Asked.read(request.POST)
    title = _("Access log")
    data = hand_out(
        title,
        [Field(code, str(name)) for code, name in HEADS],
        selectors_audit.access_out(asked),
        chain_id=system_chain(),
        may=rules.is_for(by, rules.AUDIT),
        notes=[_("At most the newest %(most)s rows.") % {"most": selectors_audit.MOST_OUT}],
        by=by,
        now=now,
    )
    return download(title, data)


@login_required
@never_cache
@require_GET
def audit_journal(request: HttpRequest) -> HttpResponse:
    """The record of the system: who made, closed, appointed, released and took out what."""
    by, _now = person(request)
    rules.is_for(by, rules.AUDIT).or_raise(NotFound)
    asked = Asked.read(request.GET)
    context = {"asked": asked, "leaf": selectors_audit.journal_page(asked), "address": _address(asked)}
    return render(request, "accounts/journal.html", context)


def _address(asked: Asked) -> str:
    """The filter as an address says it, without the place."""
    said = {
        "words": asked.words,
        "first": asked.first.isoformat() if asked.first else "",
        "last": asked.last.isoformat() if asked.last else "",
        "outcome": asked.outcome,
    }
    return urlencode({name: text for name, text in said.items() if text})
