"""流程预测: what follows from where a run stands, as a part of its sheet or as a page of its own."""

from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from flows.deadlines.selectors import version_query
from permissions.asking import person

from .models import Run
from .preview import ACTS, LOOK, look_ahead
from .visibility import visible_run


@login_required
@never_cache
@require_GET
def run_preview(request: HttpRequest, run_id: UUID) -> HttpResponse:
    """What follows as it stands, or with `?act=` once it is approved, rejected or returned; only who sees the run."""
    by, now = person(request)
    run = visible_run(run_id, by, now, Run.objects.annotate(version=version_query()))
    asked = request.GET.get("act", "")
    act = asked if asked in ACTS else LOOK
    found = look_ahead(run, at=now, act=act, by=by)
    words = {
        LOOK: _("As it stands"),
        "approve": _("Once it is approved") if found.judges else _("Once it is handed in"),
        "reject": _("After a no"),
        "return": _("After a return"),
    }
    shown = {
        "run": run,
        "ahead": found.ahead,
        "act": act,
        "acts": [(name, words[name]) for name in (LOOK, *found.acts)],
    }
    part = request.headers.get("HX-Request")
    return render(request, "engine/preview.html" if part else "engine/preview_page.html", shown)
