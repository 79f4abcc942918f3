"""Writing who is who: accounts, appointments, the three administrators, the demonstration."""

from collections.abc import Iterable
from datetime import date, datetime

from django.contrib.auth.hashers import make_password
from django.db import transaction
from django.db.models import Exists, OuterRef, Q

from hetang_flow.lib.clock import district_day
from hetang_flow.lib.errors import Invalid, WrongState
from permissions.models import Administrator, Appointment, Post, Substitution, User
from permissions.operations_log_in import end_sessions
from permissions.selectors import current

DEMO_PREFIX = "demo-"
DEMO_NAME = "演示·"


def appoint(post: Post, user: User, *, from_day: date) -> Appointment:
    """Give a post to an account from a day on; whoever holds it signs in anew, and sees what is theirs now."""
    end_sessions([user.pk])
    return Appointment.objects.create(post=post, user=user, from_day=from_day)


def seat(post: Post, user: User, *, from_day: date) -> Appointment:
    """Give a post to an account; where a plan names its holder without an account, that appointment becomes theirs."""
    named = Appointment.objects.filter(post=post, user=None, holder_name=user.name, until_day=None).first()
    if named is None or not user.name:
        return appoint(post, user, from_day=from_day)
    named.user, named.from_day = user, min(named.from_day, from_day)
    named.save(update_fields=["user", "from_day"])
    return named


def end_appointment(appointment: Appointment, *, on: date) -> None:
    """The post is no longer held from this day (inclusive): its rights are gone at once."""
    Appointment.objects.filter(pk=appointment.pk).update(until_day=max(on, appointment.from_day))
    if appointment.user_id is not None:
        end_sessions([appointment.user_id])


def open_substitution(
    post_id: int,
    substitute_id: int,
    *,
    from_day: date,
    until_day: date,
    reason: str,
    made_by: int,
    made: datetime,
) -> Substitution:
    """Let one post stand in for another from a day until (exclusive) another."""
    return Substitution.objects.create(
        post_id=post_id,
        substitute_id=substitute_id,
        from_day=from_day,
        until_day=until_day,
        reason=reason,
        made_by_id=made_by,
        made=made,
    )


def end_substitution(substitution_id: int, *, ended_by: int, ended: datetime) -> None:
    """Nobody stands in any longer from this moment on; raises WrongState when it has been ended already."""
    rows = Substitution.objects.filter(pk=substitution_id, ended__isnull=True)
    if rows.update(ended=ended, ended_by_id=ended_by) != 1:
        raise WrongState("changed-meanwhile")


@transaction.atomic
def create_administrators(passwords: dict[str, str]) -> list[User]:
    """Make the three separated administrators, one account each; `passwords` by kind of administrator.

    Raises Invalid("administrators-exist") when any of the three is there already.
    """
    if User.objects.filter(administrator__in=Administrator.values).exists():
        raise Invalid("administrators-exist")
    return [
        User.objects.create(
            username=f"{kind.value}-admin",
            name=str(kind.label),
            administrator=kind.value,
            password=make_password(passwords[kind.value]),
            must_change_password=True,
        )
        for kind in Administrator
    ]


@transaction.atomic
def create_demonstration(password: str, *, now: datetime) -> list[User]:
    """Give every post without an account an invented one, named by the post and never by its holder.

    All share one password; a second call adds only what is missing. Returns the accounts opened: made, or closed
    by a removal before.
    """
    held = Appointment.objects.filter(current(now), post_id=OuterRef("pk"))
    posts = list(Post.objects.filter(~Exists(held)).order_by("order", "pk"))
    known = {user.username: user for user in User.objects.filter(is_demo=True)}
    encoded = make_password(password)
    fresh = [_demo_user(post, encoded) for post in posts if DEMO_PREFIX + post.code not in known]
    closed = [user for user in known.values() if not user.is_active]
    User.objects.filter(pk__in=[user.pk for user in known.values()]).update(is_active=True, password=encoded)
    accounts = known | {user.username: user for user in User.objects.bulk_create(fresh)}
    today = district_day(now)
    Appointment.objects.bulk_create(
        Appointment(post=post, user=accounts[DEMO_PREFIX + post.code], from_day=today) for post in posts
    )
    return fresh + closed


def _demo_user(post: Post, encoded: str) -> User:
    return User(username=DEMO_PREFIX + post.code, name=DEMO_NAME + post.name, password=encoded, is_demo=True)


@transaction.atomic
def remove_demonstration(*, now: datetime) -> int:
    """Take the invented accounts away: no log-in, no post; what they did stays in the record.

    Returns how many accounts were closed.
    """
    accounts = User.objects.filter(is_demo=True, is_active=True)
    Appointment.objects.filter(Q(until_day__isnull=True), user__in=accounts).update(
        until_day=district_day(now)
    )
    return accounts.update(is_active=False, password=make_password(None))


def demonstration_accounts(codes: Iterable[str]) -> list[User]:
    """The invented accounts of some posts, in the order asked."""
    names = [DEMO_PREFIX + code for code in codes]
    found = {user.username: user for user in User.objects.filter(username__in=names, is_active=True)}
    return [found[name] for name in names if name in found]
