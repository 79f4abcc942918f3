"""Reading private addresses: one's own, with when it was fetched last, and whose an address is."""

from datetime import datetime

from django.db.models import OuterRef, Subquery

from permissions.access import asked_since
from permissions.actors import Actor
from permissions.models import Access, User
from permissions.selectors import actor_for

from . import rules
from .models import FeedAddress

FEED = "agenda-feed"  # its URL name, by which the access log counts


def living_address(actor: Actor) -> FeedAddress | None:
    """This person's living address with `fetched`, when it was asked for last (one statement)."""
    fetched = Access.objects.filter(
        user_id=OuterRef("user_id"), target=FEED, status=200, at__gte=OuterRef("made")
    )
    found = FeedAddress.objects.filter(user_id=actor.user_id, ended=None)
    return found.annotate(fetched=Subquery(fetched.order_by("-at").values("at")[:1])).first()


def owner_of(secret: str) -> User | None:
    """Whose a living address is; None for one that is not known, or of an account that is closed (one statement)."""
    found = FeedAddress.objects.select_related("user").filter(digest=rules.digest(secret), ended=None).first()
    return found.user if found and found.user.is_active else None


def reader(user: User, at: datetime) -> Actor | None:
    """The person for whom an address is answered; None once they hold no post any more (one statement)."""
    actor = actor_for(user, at=at)
    return actor if rules.may_have_address(actor) else None


def fetched_too_often(user: User, at: datetime) -> bool:
    """Whether an address was asked for as often as is allowed (one statement)."""
    return asked_since(user.pk, FEED, at - rules.FETCHES_WITHIN) >= rules.MOST_FETCHES
