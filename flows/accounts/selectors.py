"""Reading accounts for those who look after them: no page here shows anything of the campaign."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Count, Q, QuerySet
from django.db.models.functions import Lower

from hetang_flow.lib.clock import district_day
from hetang_flow.lib.errors import NotFound
from permissions.actors import Actor
from permissions.models import Appointment, LogInCount, Organisation, Post, User
from permissions.rules_log_in import Count as Failures
from permissions.rules_log_in import is_locked
from permissions.selectors import current

from . import rules
from .models import AccountList, KnownPhone, OneTimeCode

PAGE = 50
SHOWS = ("", "closed", "unused", "administrators")


@dataclass(frozen=True, slots=True)
class People:
    """A page of accounts, how many there are, and whether more follow."""

    rows: list[User]
    count: int
    number: int

    @property
    def more(self) -> bool:
        """Whether another page follows."""
        return self.number * PAGE < self.count


def accounts(words: str, show: str, number: int) -> People:
    """Accounts by name or login name (two statements)."""
    rows = User.objects.order_by("-is_active", "name", "pk")
    if words:
        rows = rows.filter(Q(name__icontains=words) | Q(username__icontains=words))
    if show == "closed":
        rows = rows.filter(is_active=False)
    elif show == "unused":
        rows = rows.filter(last_login=None, is_active=True)
    elif show == "administrators":
        rows = rows.exclude(administrator="")
    first = (number - 1) * PAGE
    return People(list(rows[first : first + PAGE]), rows.count(), number)


def account_for(user_id: int) -> User:
    """An account by its key; NotFound otherwise."""
    found = User.objects.filter(pk=user_id).first()
    if found is None:
        raise NotFound("no-such-person")
    return found


def posts_of(user_id: int, at: datetime) -> list[Appointment]:
    """The posts an account holds, or would hold were it open (one statement)."""
    rows = Appointment.objects.filter(
        Q(until_day__isnull=True) | Q(until_day__gt=district_day(at)), user_id=user_id
    )
    return list(rows.select_related("post__organisation").order_by("post__order", "pk"))


def open_code(user_id: int, at: datetime) -> OneTimeCode | None:
    """The code that was given out and can still be used."""
    return OneTimeCode.objects.filter(user_id=user_id, void=False, used__isnull=True, expires__gt=at).first()


def phones_of(user_id: int, at: datetime) -> list[KnownPhone]:
    """The phones of a person that open with a PIN (one statement)."""
    return list(
        KnownPhone.objects.filter(user_id=user_id, forgotten=None, ends__gt=at).order_by("-made", "-pk")
    )


def other_administrators(user: User) -> int:
    """How many others of the same kind can sign in."""
    same = User.objects.filter(administrator=user.administrator, is_active=True)
    return same.exclude(pk=user.pk).count() if user.administrator else 0


# --- lists ---


def lists(by: Actor) -> list[AccountList]:
    """The last lists, the newest first; what is only checked is its maker's."""
    rows = AccountList.objects.exclude(state=AccountList.State.DROPPED)
    checked = Q(state=AccountList.State.CHECKED)
    return list(rows.filter(~checked | Q(made_by_id=by.user_id)).defer("rows").order_by("-made")[:PAGE])


def list_for(public_id: UUID, by: Actor) -> AccountList:
    """A list, for those who make and confirm them; NotFound otherwise."""
    found = AccountList.objects.filter(public_id=public_id).select_related("made_by", "settled_by").first()
    unseen = found and found.state == AccountList.State.CHECKED and found.made_by_id != by.user_id
    if found is None or unseen or not rules.is_for(by, rules.SYSTEM, rules.SECURITY):
        raise NotFound("no-such-list")
    return found


def known(usernames: Iterable[str]) -> dict[str, rules.Known]:
    """The accounts of these names, whatever their case (one statement)."""
    names = {name.casefold() for name in usernames if name}
    rows = User.objects.annotate(plain=Lower("username")).filter(plain__in=names)
    return {
        row.username.casefold(): rules.Known(row.pk, row.name, row.administrator, row.is_active, row.is_demo)
        for row in rows
    }


def seats() -> rules.Seats:
    """Every unit by the names it goes by, and its posts (two statements)."""
    units: dict[str, int] = {}
    for unit in Organisation.objects.order_by("pk"):
        for name in filter(None, (*unit.aliases, unit.short_name)):
            units.setdefault(name, unit.pk)
    units |= dict(Organisation.objects.values_list("name", "pk"))
    rows = Post.objects.exclude(organisation__kind=Organisation.Kind.CITY)
    return rules.Seats(
        units, {(unit, name): pk for unit, name, pk in rows.values_list("organisation_id", "name", "pk")}
    )


def post_names() -> list[tuple[str, str]]:
    """Unit and post, as a list's rows may name them."""
    rows = Post.objects.exclude(organisation__kind=Organisation.Kind.CITY)
    return list(rows.order_by("organisation_id", "order", "pk").values_list("organisation__name", "name"))


def counts(at: datetime) -> dict[str, Any]:
    """What an administrator's first look wants to know: how many accounts, how many unused, closed, without a post."""
    held = Appointment.objects.filter(current(at)).values("user_id")
    return User.objects.aggregate(
        open=Count("pk", filter=Q(is_active=True)),
        closed=Count("pk", filter=Q(is_active=False)),
        unused=Count("pk", filter=Q(is_active=True, last_login=None)),
        idle=Count("pk", filter=Q(is_active=True, administrator="") & ~Q(pk__in=held)),
    )


def waiting() -> QuerySet[AccountList]:
    """Lists that wait for the security administrator."""
    return AccountList.objects.filter(state=AccountList.State.HANDED_IN)


def still_held(found: AccountList, at: datetime) -> set[int]:
    """The leavers of a list whose posts have not gone to anybody yet (one statement)."""
    if found.kind != AccountList.Kind.LEAVING:
        return set()
    users = [row["user_id"] for row in found.rows]
    still = Q(until_day__isnull=True) | Q(until_day__gt=district_day(at))
    return set(Appointment.objects.filter(still, user_id__in=users).values_list("user_id", flat=True))


def locks(at: datetime) -> list[LogInCount]:
    """What is locked after too many wrong passwords, the latest first (one statement)."""
    rows = LogInCount.objects.filter(recorded__isnull=False).select_related("user").order_by("-last")
    return [row for row in rows if is_locked(row.kind, Failures(row.failures, row.last), at)]
