"""Reading who acts for whom, for the pages: substitutes, what a leaver would hand over, and how the record says it."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import groupby

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from flows.journal.selectors import Line
from hetang_flow.lib.clock import district_day
from hetang_flow.lib.errors import NotFound
from permissions import rules as who
from permissions.actors import Actor, PostRef
from permissions.models import Appointment, Organisation, Post, Substitution, User
from permissions.selectors import current, post_ref

from . import rules
from .models import Assignment
from .registry import Said

Group = tuple[str, list[PostRef]]


# --- substitutes ---


@dataclass(frozen=True, slots=True)
class Standing:
    """One substitution as the page shows it, and whether this person may end it."""

    about: Substitution
    begun: bool
    may_end: bool

    @property
    def last_day(self) -> date:
        """The last day on which it holds."""
        return self.about.until_day - timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Substitutes:
    """Those for my posts, those in which I stand in, and others that are mine to settle; and the posts to choose."""

    mine: list[Standing]
    standing_in: list[Standing]
    others: list[Standing]
    posts: list[Group]
    substitutes: list[Group]


def substitutes(actor: Actor, at: datetime) -> Substitutes:
    """Everything the page of substitutes shows (two statements)."""
    today = district_day(at)
    rows = _seen_by(actor).filter(ended__isnull=True, until_day__gt=today).order_by("from_day", "pk")
    found: dict[str, list[Standing]] = {"mine": [], "standing_in": [], "others": []}
    for row in rows:
        may_end = bool(who.may_end(actor, post_ref(row.post), over=False))
        place = "others"
        if row.post_id in actor.post_ids:
            place = "mine"
        elif row.substitute_id in actor.post_ids:
            place = "standing_in"
        found[place].append(Standing(row, row.from_day <= today, may_end))
    posts = _posts(actor)
    return Substitutes(
        **found,
        posts=_grouped(actor, [post for post in posts if who.may_dispose(actor, post)]),
        substitutes=_grouped(actor, [post for post in posts if post.duty not in who.NEVER_STAND_IN]),
    )


def substitution_for(substitution_id: int, actor: Actor) -> Substitution:
    """A substitution this person has to do with; NotFound otherwise."""
    found = _seen_by(actor).filter(pk=substitution_id).first()
    if found is None:
        raise NotFound("no-such-substitution")
    return found


def _seen_by(actor: Actor) -> QuerySet[Substitution]:
    """Those of posts held, those in which a post held stands in, and those this person may settle."""
    rows = Substitution.objects.select_related("post__organisation", "substitute__organisation")
    if not actor.has_business:
        return rows.none()
    if who.has_power_everywhere(actor):
        return rows
    units = [held.organisation_id for held in who.powers(actor)]
    own = Q(post_id__in=actor.post_ids) | Q(substitute_id__in=actor.post_ids)
    return rows.filter(own | Q(post__organisation_id__in=units))


def _posts(actor: Actor) -> list[PostRef]:
    """Every post inside the district's offices, for those who have business here."""
    if not actor.has_business:
        return []
    rows = Post.objects.select_related("organisation").exclude(organisation__kind=Organisation.Kind.OUTSIDE)
    return [post_ref(post) for post in rows.order_by("organisation_id", "order", "pk")]


def _grouped(actor: Actor, posts: Iterable[PostRef]) -> list[Group]:
    """Posts by unit, one's own units first."""
    units = [(name, list(group)) for name, group in groupby(posts, key=lambda post: post.organisation_name)]
    return sorted(units, key=lambda unit: unit[1][0].organisation_id not in actor.organisation_ids)


# --- leaving ---


@dataclass(frozen=True, slots=True)
class Leaving:
    """What a leaver would hand over: the posts this person has power over, and how many open tasks lie there."""

    person: User
    posts: list[PostRef]
    tasks: int


def leaving(user_id: int, actor: Actor, at: datetime) -> Leaving:
    """What would go to a successor (three statements); NotFound for somebody this person has no power over."""
    rows = [row for row in held_by(user_id, at) if who.power_over(actor, post_ref(row.post))]
    person = User.objects.filter(pk=user_id).first()
    if not rows or person is None:
        raise NotFound("no-such-person")
    posts = list({row.post_id: post_ref(row.post) for row in rows}.values())
    return Leaving(person, posts, open_with(user_id, posts).count())


def held_by(user_id: int, at: datetime) -> list[Appointment]:
    """What this account holds or will hold, even when the account is closed already."""
    still = Q(until_day__isnull=True) | Q(until_day__gt=district_day(at))
    rows = Appointment.objects.filter(still, user_id=user_id).select_related("post__organisation")
    return list(rows.order_by("post__order", "pk"))


def open_with(user_id: int, posts: Iterable[PostRef]) -> QuerySet[Assignment]:
    """The open tasks that lie with a person through these posts, or in person in their units."""
    units, ids = {post.organisation_id for post in posts}, {post.id for post in posts}
    through = Q(post_id__in=ids, handed_to__isnull=True)
    in_person = Q(handed_to_id=user_id, post__organisation_id__in=units)
    asked = Assignment.objects.filter(through | in_person, status__in=[rules.OPEN, rules.WAITING])
    return asked.filter(run__confidential=False)


@dataclass(frozen=True, slots=True)
class Holder:
    """A person with the post to tell them by."""

    id: int
    name: str
    post: str


def people_with_posts(actor: Actor, at: datetime) -> tuple[list[tuple[str, list[Holder]]], list[User]]:
    """Everybody who holds a post, by unit, one's own units first; and those without one yet (two statements)."""
    rows = (
        Appointment.objects.filter(current(at))
        .select_related("user", "post__organisation")
        .order_by("post__organisation_id", "post__order", "post_id")
    )
    units = [
        (unit, [Holder(row.user_id, str(row.user), row.post.name) for row in group])
        for (_id, unit), group in groupby(
            rows, key=lambda row: (row.post.organisation_id, row.post.organisation.name)
        )
    ]
    own = {post.organisation_name for post in actor.posts}
    free = User.objects.filter(is_active=True, administrator="").exclude(
        pk__in=Appointment.objects.filter(current(at)).values("user_id")
    )
    return sorted(units, key=lambda unit: unit[0] not in own), list(free.order_by("name", "pk"))


# --- the record ---


def reresolved_words(line: Line) -> Said:
    """How a re-resolution reads in a run's history."""
    posts = "、".join(post["name"] for post in line.facts.get("posts", []))
    empty = line.facts.get("waits_for")
    if empty:
        return Said(_("people changed; nobody holds %(post)s; it waits") % {"post": empty}, "wait")
    return Said(_("people changed; asked again: %(posts)s") % {"posts": posts}, "add")
