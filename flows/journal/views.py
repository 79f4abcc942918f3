"""The seals of the record, for the audit administrator: whether it holds, and what to keep outside the house."""

import hashlib
import json

from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.http import content_disposition_header
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from flows.journal import rules, selectors
from flows.journal.operations import record, system_chain
from hetang_flow.lib.clock import district_day
from hetang_flow.lib.errors import NotFound
from permissions.asking import person

A_PAGE = 60
# No counts of chains or entries: they would tell that there is something one does not see.
HANDED_OUT = ("number", "previous", "root", "hash", "code")


@login_required
@never_cache
@require_GET
def record_seals(request: HttpRequest) -> HttpResponse:
    """The seals, the newest first, with the last look at the record."""
    by, _now = person(request)
    rules.may_see_seals(by).or_raise(NotFound)
    page = Paginator(selectors.seals(), A_PAGE).get_page(request.GET.get("page"))
    missed = rules.missed_days([seal.day for seal in page])
    return render(
        request, "journal/seals.html", {"page": page, "check": selectors.last_check(), "missed": missed}
    )


@login_required
@require_POST
def record_seals_export(request: HttpRequest) -> HttpResponse:
    """All seals as a file to be kept elsewhere; `verifier.py --seals` takes it. The record keeps who took it out."""
    by, now = person(request)
    rules.may_see_seals(by).or_raise(NotFound)
    seals = [
        {"day": seal.day.isoformat(), "made_at": rules.moment(seal.made_at)}
        | {name: getattr(seal, name) for name in HANDED_OUT}
        for seal in selectors.seals()
    ]
    data = json.dumps({"seals": seals}, ensure_ascii=False, indent=1).encode()
    day = district_day(now)
    number = f"{day:%Y%m%d}-{now:%H%M%S}-{by.user_id}"
    facts = {"list": "record seals", "number": number, "sha256": hashlib.sha256(data).hexdigest()}
    record("list.exported", chain_id=system_chain(), by=by, happened=now, now=now, facts=facts)
    response = HttpResponse(data, content_type="application/json")
    response["Content-Disposition"] = (
        content_disposition_header(True, f"record-seals-{day}.json") or "attachment"
    )
    response["Cache-Control"] = "private, no-store"
    response["X-Content-Type-Options"] = "nosniff"
    return response
