"""Lists of accounts as administrators send them, and the three who deal with them."""

from django.core.files.uploadedfile import SimpleUploadedFile

from flows.accounts import operations
from flows.accounts.models import AccountList
from flows.accounts.rules import JOINING, LEAVING
from hetang_flow.lib import clock
from permissions.actors import Actor
from permissions.models import LogInCount, User
from permissions.selectors import actor_for
from tests.support import cast
from tests.support.workbooks import xlsx


def administrators() -> dict[str, User]:
    """One of each kind, made where they are missing."""
    found = {user.administrator: user for user in User.objects.exclude(administrator="").order_by("-pk")}
    for kind in ("system", "security", "audit"):
        if kind not in found:
            found[kind] = User.objects.create(
                username=f"{kind}-admin", name=f"{kind.title()} Admin", administrator=kind, is_demo=True
            )
    return found


def actor(kind: str) -> Actor:
    """This administrator as an actor."""
    return actor_for(administrators()[kind], at=clock.now())


def workbook(kind: str, *rows) -> SimpleUploadedFile:
    """A workbook of one kind with these rows."""
    columns = JOINING if kind == "joining" else LEAVING
    data = xlsx(head=[column.name for column in columns], rows=rows)
    return SimpleUploadedFile("名册.xlsx", data)


def checked(kind: str, *rows) -> AccountList:
    """A list without fault."""
    return operations.check(kind, workbook(kind, *rows), by=actor("system"), now=clock.now())


def handed_in(kind: str, *rows) -> AccountList:
    """A list that waits for the second person."""
    return operations.hand_in(checked(kind, *rows).public_id, by=actor("system"), now=clock.now())


def newcomer(district: cast.District, username: str = "newcomer", post: str = "wang") -> tuple:
    """A row of somebody new who is to hold a post."""
    seat = district.posts[post]
    return (username, "新来的同志", seat.organisation.name, seat.name, None)


def locked_out(user: User) -> LogInCount:
    """A lock of this account from one address."""
    now = clock.now()
    return LogInCount.objects.create(
        kind="pair",
        key=f"{user.pk:064d}",
        failures=5,
        last=now,
        user=user,
        address="198.51.100.7",
        recorded=now,
    )
