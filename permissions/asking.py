"""Who stands behind a request: read once, at one instant, for everything that is judged while it is answered."""

from datetime import datetime

from django.http import HttpRequest

from hetang_flow.lib import clock

from .actors import Actor
from .selectors import actor_for


def person(request: HttpRequest) -> tuple[Actor, datetime]:
    """Who asks, and the one instant at which everything in this request is judged (one statement)."""
    now = clock.now()
    request.actor = actor_for(request.user, at=now)  # type: ignore[attr-defined, arg-type]
    return request.actor, now  # type: ignore[attr-defined]
