"""Pages that belong to no room: the door inward, the person's own page, the language."""

from allauth.account import views as account
from allauth.socialaccount.models import SocialAccount
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from hetang_flow.lib import clock
from permissions.rules import powers
from permissions.selectors import actor_for
from permissions.signals import sessions_ended

LONGEST_NUMBER = 12
LONGEST_QUERY = 3000
APPS = (
    ("DingTalk", "钉钉"),
    ("wxwork", "企业微信"),
    ("MicroMessenger", "微信"),
    ("Lark", "飞书"),
    ("Edg", "Edge"),
    ("Firefox", "Firefox"),
    ("Chrome", "Chrome"),
    ("Safari", "Safari"),
)


@never_cache
def login(request: HttpRequest) -> HttpResponse:
    """The door: a phone that may be known is asked for its PIN, unless its owner wants to type the password."""
    known = settings.PHONE_COOKIE in request.COOKIES and not request.GET.get("password")
    if request.method == "GET" and known and not request.user.is_authenticated:
        query = request.GET.urlencode()
        return redirect(f"{reverse('phone')}?{query}" if len(query) <= LONGEST_QUERY else "phone")
    return account.login(request)


@login_required
def home(request: HttpRequest) -> HttpResponse:
    """Work begins with what waits for me; an administrator's with their own pages."""
    kind = request.user.administrator  # type: ignore[union-attr]
    return redirect({"": "inbox", "audit": "audit-access"}.get(kind, "accounts"))


@login_required
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def sessions(request: HttpRequest) -> HttpResponse:
    """Where I am signed in; one of them, or all others, can be ended."""
    rows = UserSession.objects.filter(user=request.user).order_by("-created_at", "-pk")
    mine = request.session.session_key
    if request.method == "POST":
        ended = rows.exclude(session_key=mine)
        if (which := request.POST.get("session", "")) != "others":
            ended = (
                ended.filter(pk=which) if which.isdecimal() and len(which) < LONGEST_NUMBER else ended.none()
            )
        for row in list(ended):
            row.end()
        sessions_ended.send(sender=UserSession, user_ids=[request.user.pk])
        return redirect("sessions")
    found = [(row, row.session_key == mine, device(row.user_agent)) for row in rows if not row.purge()]
    request.actor = actor_for(request.user, at=clock.now())  # type: ignore[attr-defined, arg-type]
    context = {"sessions": found, "others": len(found) - 1}
    if settings.OIDC_ISSUER:
        context["linked"] = SocialAccount.objects.filter(user=request.user).exists()
    return render(request, "account/sessions.html", context)


def device(agent: str) -> str:
    """What people call the device whose browser says this of itself."""
    phone = any(word in agent for word in ("Mobile", "Android", "iPhone"))
    app = next((name for sign, name in APPS if sign in agent), "")
    return " · ".join(filter(None, (_("phone") if phone else _("computer"), app)))


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
