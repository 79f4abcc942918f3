"""Pure rules of accounts: which administrator may what, what a list of people may say, how a one-time code looks."""

import re
import secrets
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from hetang_flow.lib.verdicts import YES, Verdict
from hetang_flow.lib.workbooks import Column, Problem, Reading, Row
from permissions.actors import Actor

SYSTEM, SECURITY, AUDIT = "system", "security", "audit"
MOST_ROWS = 500
LONGEST_NAME, LONGEST_REASON = 60, 200
ACCOUNT_NAME = re.compile(r"[A-Za-z0-9一-鿿][A-Za-z0-9一-鿿._-]{1,59}")
# A list without a unit may name one of these instead of a post.
ADMINISTRATORS = {"系统管理员": SYSTEM, "安全管理员": SECURITY, "审计管理员": AUDIT}

# Sixty random bits, without signs that are taken for one another on paper.
SIGNS, CODE_LENGTH, GROUP = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ", 12, 4
CODE_HOLDS = timedelta(days=7)
MOST_TRIES = 5

JOINING = (
    Column("username", "账号", ("登录名", "用户名"), required=True, without_numbers=True),
    Column("name", "姓名", required=True),
    Column("unit", "单位", ("所在单位", "部门")),
    Column("post", "岗位", ("职务", "职位")),
    Column("from_day", "任职起始日", ("起始日期",), kind="date"),
)
LEAVING = (
    Column("username", "账号", ("登录名", "用户名"), required=True, without_numbers=True),
    Column("successor", "接手人账号", ("接手账号", "接手人"), without_numbers=True),
    Column("reason", "原因", ("离岗原因",), required=True),
)


# --- who may what ---


def is_for(by: Actor, *kinds: str) -> Verdict:
    """Whether this page is one of theirs: an administrator's of one of these kinds."""
    return YES if by.administrator in kinds else Verdict("no-such-page", {})


def may_close(by: Actor, *, user_id: int, active: bool, administrator: str, others: int) -> Verdict:
    """Whether an account may be closed: never one's own, never the last administrator of its kind."""
    if user_id == by.user_id:
        return Verdict("own-account", {})
    if not active:
        return Verdict("account-closed-already", {})
    return Verdict("last-administrator", {}) if administrator and not others else YES


def may_issue_code(by: Actor, *, user_id: int, active: bool) -> Verdict:
    """Whether somebody may get a code: not from themselves, and not while the account is closed."""
    if user_id == by.user_id:
        return Verdict("own-account", {})
    return YES if active else Verdict("receiver-inactive", {})


# --- codes ---


def new_code() -> str:
    """A random code, in groups as it is printed."""
    signs = "".join(secrets.choice(SIGNS) for _each in range(CODE_LENGTH))
    return "-".join(signs[place : place + GROUP] for place in range(0, CODE_LENGTH, GROUP))


def typed_code(text: str) -> str:
    """A code as it is compared, however it was typed."""
    return re.sub(r"[\s\-－—]+", "", text).upper()


# --- lists ---


@dataclass(frozen=True, slots=True)
class Known:
    """An account that exists, as a list's rows are judged by."""

    id: int
    name: str
    administrator: str = ""
    active: bool = True
    is_demo: bool = False


@dataclass(frozen=True, slots=True)
class Seats:
    """The posts there are: units by every name they go by, posts by unit and name."""

    units: Mapping[str, int]
    posts: Mapping[tuple[int, str], int]


@dataclass(frozen=True, slots=True)
class Joining:
    """One row of newcomers: an account, and the post it is to hold."""

    row: int
    username: str
    name: str
    unit: str = ""
    post: str = ""
    post_id: int | None = None
    administrator: str = ""
    from_day: str = ""
    exists: bool = False


@dataclass(frozen=True, slots=True)
class Leaving:
    """One row of leavers: whose account is closed, and who takes over."""

    row: int
    user_id: int
    username: str
    name: str
    reason: str
    successor_id: int | None = None
    successor: str = ""


def judge_joining(
    reading: Reading, *, people: Mapping[str, Known], seats: Seats, today: date
) -> tuple[list[Joining], list[Problem]]:
    """What a list of newcomers would bring, and everything that is wrong with it, cell by cell."""
    good: list[Joining] = []
    problems, names = list(_of_the_file(reading)), dict[str, str]()
    kinds = dict[str, str]()
    seen = dict[tuple[str, int | None, str], int]()
    for row in reading.rows:
        made, wrong = _joining(row, people, seats, today)
        key = made.username.casefold()
        if not wrong and names.setdefault(key, made.name) != made.name:
            wrong = [("name", "account-name-differs", {"known": names[key]})]
        if not wrong and kinds.setdefault(key, made.administrator) != made.administrator:
            wrong = [("post", "receiver-administrator", {})]
        first = seen.setdefault((key, made.post_id, made.administrator), row.number)
        if not wrong and first != row.number:
            wrong = [("username", "row-twice-in-file", {"row": first})]
        problems += _problems(reading, row, JOINING, wrong)
        good.append(made)
    return good, problems


Wrong = tuple[str, str, Mapping[str, object]]


def _joining(row: Row, people: Mapping[str, Known], seats: Seats, today: date) -> tuple[Joining, list[Wrong]]:
    cells = {
        code: row.cells.get(code, "").strip() for code in ("username", "name", "unit", "post", "from_day")
    }
    username, name, unit, post, day = cells.values()
    wrong: list[Wrong] = []
    known = people.get(username.casefold())
    if not ACCOUNT_NAME.fullmatch(username) or username.isdecimal():
        wrong.append(("username", "account-name-odd", {}))
    elif known:
        wrong += _of_known(known, name)
    if not name or len(name) > LONGEST_NAME:
        wrong.append(
            (
                "name",
                "cell-missing" if not name else "account-person-too-long",
                {"name": "姓名", "most": LONGEST_NAME},
            )
        )
    kind, post_id = "", None
    if not unit and post in ADMINISTRATORS:
        kind = ADMINISTRATORS[post]
        if known:
            wrong.append(("post", "account-exists", {}))
    elif unit or post:
        found = seats.units.get(unit)
        post_id = seats.posts.get((found, post)) if found else None
        if not unit or not post:
            wrong.append(("post" if unit else "unit", "account-half-a-post", {}))
        elif found is None:
            wrong.append(("unit", "account-unit-unknown", {"value": unit}))
        elif post_id is None:
            wrong.append(("post", "account-post-unknown", {"value": post, "unit": unit}))
    wrong += _of_the_day(day, today)
    return Joining(row.number, username, name, unit, post, post_id, kind, day, bool(known)), wrong


def _of_the_day(text: str, today: date) -> Iterator[Wrong]:
    """Until when nobody could have begun, and what is no day at all."""
    try:
        if text and date.fromisoformat(text) < today:
            yield "from_day", "day-gone", {"day": date.fromisoformat(text)}
    except ValueError:
        yield "from_day", "day-unreadable", {"name": "任职起始日"}


def _of_known(known: Known, name: str) -> Iterator[Wrong]:
    if known.administrator:
        yield "username", "receiver-administrator", {}
    elif not known.active:
        yield "username", "receiver-inactive", {}
    elif known.is_demo:
        yield "username", "account-invented", {}
    elif known.name != name:
        yield "name", "account-name-differs", {"known": known.name}


def judge_leaving(reading: Reading, *, people: Mapping[str, Known]) -> tuple[list[Leaving], list[Problem]]:
    """What a list of leavers would close, and everything that is wrong with it."""
    good: list[Leaving] = []
    problems, seen = list(_of_the_file(reading)), dict[str, int]()
    going = {row.cells.get("username", "").strip().casefold() for row in reading.rows}
    for row in reading.rows:
        made, wrong = _leaving(row, people, going)
        first = seen.setdefault(row.cells.get("username", "").strip().casefold(), row.number)
        if not wrong and first != row.number:
            wrong = [("username", "row-twice-in-file", {"row": first})]
        problems += _problems(reading, row, LEAVING, wrong)
        if made:
            good.append(made)
    return good, problems


def _leaving(
    row: Row, people: Mapping[str, Known], going: Collection[str]
) -> tuple[Leaving | None, list[Wrong]]:
    username, successor, reason = (
        row.cells.get(code, "").strip() for code in ("username", "successor", "reason")
    )
    leaver, heir = people.get(username.casefold()), people.get(successor.casefold())
    wrong: list[Wrong] = []
    if leaver is None:
        wrong.append(("username", "account-unknown", {"value": username}))
    elif leaver.administrator:
        wrong.append(("username", "account-of-administrator", {}))
    elif not leaver.active:
        wrong.append(("username", "account-closed-already", {}))
    if not reason or len(reason) > LONGEST_REASON:
        wrong.append(
            (
                "reason",
                "reason-missing" if not reason else "text-too-long",
                {"most": LONGEST_REASON, "length": len(reason)},
            )
        )
    if successor and heir is None:
        wrong.append(("successor", "account-unknown", {"value": successor}))
    elif successor and successor.casefold() in going:
        wrong.append(("successor", "successor-leaves-too", {}))
    elif heir and (heir.administrator or not heir.active):
        code = "receiver-administrator" if heir.administrator else "receiver-inactive"
        wrong.append(("successor", code, {}))
    if leaver is None:
        return None, wrong
    heir_id, heir_name = (heir.id, heir.name) if heir else (None, "")
    return Leaving(row.number, leaver.id, username, leaver.name, reason, heir_id, heir_name), wrong


def _of_the_file(reading: Reading) -> Iterable[Problem]:
    yield from reading.problems
    if len(reading.rows) > MOST_ROWS:
        yield Problem(0, "", "", "workbook-too-many-rows", {"most": MOST_ROWS})
    if not reading.rows and not reading.problems:
        yield Problem(0, "", "", "account-list-empty")


def _problems(
    reading: Reading, row: Row, columns: Iterable[Column], wrong: Iterable[Wrong]
) -> Iterator[Problem]:
    """What is wrong with a row, cell by cell; a cell that could not be read has been told already."""
    told = {problem.cell for problem in reading.problems if problem.row == row.number}
    names = {column.code: column.name for column in columns}
    for code, what, facts in wrong:
        cell = reading.cell(row.number, code)
        if cell not in told:
            yield Problem(row.number, cell, names[code], what, facts)
