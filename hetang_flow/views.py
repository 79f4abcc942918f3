"""Pages that belong to no room: the door inward, the person's own page, the language."""

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from hetang_flow.lib import clock
from permissions.rules import powers
from permissions.selectors import actor_for


@login_required
def home(request: HttpRequest) -> HttpResponse:
    """Work begins with what waits for me."""
    return redirect("inbox")


@login_required
@never_cache
@require_GET
def me(request: HttpRequest) -> HttpResponse:
    """My posts, my language, light or dark, and the way out."""
    now = clock.now()
    request.actor = actor_for(request.user, at=now)  # type: ignore[attr-defined, arg-type]
    names = {"zh-hans": "简体中文", "en": "English"}
    languages = [(code, names.get(code, code)) for code, _name in settings.LANGUAGES]
    actor = request.actor  # type: ignore[attr-defined]
    context = {"actor": actor, "languages": languages, "powers": powers(actor)}
    return render(request, "account/me.html", context)
