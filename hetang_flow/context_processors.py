"""What the frame around every page knows: who looks, which place this is, and whether the data are invented."""

from typing import Any

from django.conf import settings
from django.core.cache import cache
from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from flows.deadlines.selectors_pages import missing_year as missing_year_of_calendar
from flows.discipline.rules import is_of_the_commission
from flows.engine.selectors import frame_counts
from flows.policies.rules import sees
from hetang_flow.lib import clock
from hetang_flow.refusal_texts import sentence
from hetang_flow.sessions import must_change
from permissions.actors import Actor
from permissions.selectors import actor_for, demonstration_running

DEMO_KEY, GAP_KEY = "shell:demonstration", "shell:calendar-gap"
DEMO_SECONDS = 10
SESSION_ENDS = (
    "session-idle",
    "session-long",
    "phone-guessed",
    "sso-unknown",
    "sso-failed",
    "sso-needs-password",
)
THEMES = ("light", "dark")


def demonstration() -> bool:
    """Whether invented accounts exist; asked once in a few seconds, so that a page costs no statement."""
    known = cache.get(DEMO_KEY)
    if known is None:
        known = demonstration_running()
        cache.set(DEMO_KEY, known, DEMO_SECONDS)
    return bool(known)


def calendar_gap() -> int | None:
    """From 1 December the next year while nobody has published it; asked once in a few seconds, only in December."""
    today = clock.district_day(clock.now())
    if today.month != 12:
        return None
    known = cache.get(GAP_KEY)
    if known is None:
        known = missing_year_of_calendar(today) or 0
        cache.set(GAP_KEY, known, DEMO_SECONDS)
    return known or None


def shell(request: HttpRequest) -> dict[str, Any]:
    """The frame's own facts; everything that costs a statement is asked only when a template shows it."""
    match = request.resolver_match
    theme = request.COOKIES.get("ht-theme", "")

    def me() -> Actor | None:
        user = getattr(request, "user", None)
        if user is None or not user.is_authenticated:
            return None
        return getattr(request, "actor", None) or actor_for(user, at=clock.now())

    lazy_me = SimpleLazyObject(me)

    def missing_year() -> int | None:
        if not lazy_me or not (lazy_me.administrator == "system" or sees(lazy_me)):
            return None
        return calendar_gap()

    def counts() -> dict[str, int]:
        known = getattr(request, "inbox_counts", None)
        if known is None:
            known = frame_counts(lazy_me, at=clock.now()) if lazy_me else {"todo": 0, "upto": 0}
        return known

    return {
        "shell": {
            "place": match.url_name if match else "",
            "tab": request.GET.get("tab", ""),
            "sso": settings.OIDC_NAME if settings.OIDC_ISSUER else "",
            "theme": theme if theme in THEMES else "",
            "demonstration": SimpleLazyObject(demonstration),
            "me": lazy_me,
            "sees_rules": SimpleLazyObject(lambda: bool(lazy_me) and sees(lazy_me)),
            "case_desk": SimpleLazyObject(lambda: bool(lazy_me) and is_of_the_commission(lazy_me)),
            "missing_year": missing_year,
            "why": sentence(why) if (why := request.GET.get("why", "")) in SESSION_ENDS else "",
            "password_due": lambda: bool(lazy_me) and must_change(request.user),
            "counts": SimpleLazyObject(counts),
        }
    }
