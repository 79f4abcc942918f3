"""Lists of people who come and who leave: checked, handed in by the system administrator, confirmed by security.

Closing is done at once when a list of leavers is handed in; posts, codes and hand-overs wait for the second person.
"""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.contrib.auth.hashers import make_password
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction

from flows.engine import operations as engine
from flows.files import scanning
from flows.journal.operations import lock_system_chain, record
from hetang_flow.lib.clock import district_day
from hetang_flow.lib.errors import Invalid, NotAllowed, NotFound, Refusal, WrongState
from hetang_flow.lib.verdicts import Verdict
from hetang_flow.lib.workbooks import Problem, read
from hetang_flow.lib.workbooks.found import LARGEST, MEGABYTE
from permissions.actors import SYSTEM, Actor
from permissions.models import User

from . import rules, selectors
from .closing import close
from .models import AccountList
from .operations_codes import Slip, issue

Kind, State = AccountList.Kind, AccountList.State
NAME_LENGTH = 160


class WrongList(Exception):
    """A workbook in which something is wrong; nothing of it was kept."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__(f"{len(problems)} problems")
        self.problems = list(problems)


def check(kind: str, file: UploadedFile | None, *, by: Actor, now: datetime) -> AccountList:
    """Look at a workbook (演练): its rows are kept for the next step, and nothing else is done.

    Raises NotAllowed, Invalid for a file that is none, WrongList with everything that is wrong, cell by cell.
    """
    rules.is_for(by, rules.SYSTEM).or_raise(NotAllowed)
    data = _content(file)
    if kind == Kind.JOINING:
        reading = read(data, rules.JOINING)
        people = selectors.known(row.cells.get("username", "") for row in reading.rows)
        rows, problems = rules.judge_joining(
            reading, people=people, seats=selectors.seats(), today=district_day(now)
        )
    else:
        reading = read(data, rules.LEAVING)
        names = [row.cells.get(code, "") for row in reading.rows for code in ("username", "successor")]
        rows, problems = rules.judge_leaving(reading, people=selectors.known(names))
    if problems:
        raise WrongList(problems)
    kept: list[dict[str, Any]] = [asdict(row) for row in rows]
    name = ((file.name if file else "") or "")[-NAME_LENGTH:]
    return AccountList.objects.create(kind=kind, name=name, rows=kept, made=now, made_by_id=by.user_id)


def _content(file: UploadedFile | None) -> bytes:
    if file is None:
        raise Invalid("file-missing", {"field": "file"})
    if (file.size or 0) > LARGEST:
        raise Invalid("workbook-too-large", {"field": "file", "most": LARGEST // MEGABYTE})
    data = file.read()
    scanning.scan([data], name=file.name or "")
    return data


def drop(public_id: UUID, *, by: Actor, now: datetime) -> AccountList:
    """What was checked is not handed in. Raises NotFound, WrongState when something was done already."""
    return _settled(public_id, State.CHECKED, State.DROPPED, by=by, now=now)


def hand_in(public_id: UUID, *, by: Actor, now: datetime) -> AccountList:
    """Make the accounts, without a password, a post or a right; of a list of leavers, close the accounts at once.

    Raises NotFound, NotAllowed, WrongState when it is done already or the accounts have changed since it was checked.
    """
    rules.is_for(by, rules.SYSTEM).or_raise(NotAllowed)
    with transaction.atomic():
        chain = lock_system_chain()
        found = _locked(public_id, State.CHECKED, by)
        if found.kind == Kind.JOINING:
            touched = _made(found)
            left: list[int] = []
        else:
            touched = [row["user_id"] for row in found.rows]
            left = close(
                touched, by=by, chain=chain, now=now, reasons={r["user_id"]: r["reason"] for r in found.rows}
            )
        needs = found.kind == Kind.JOINING or any(row["successor_id"] for row in found.rows)
        found.state = State.HANDED_IN if needs else State.CONFIRMED
        found.save(update_fields=["state", "rows"])
        facts = {"list": str(found.public_id), "kind": found.kind, "accounts": sorted(set(touched))}
        record("accounts.handed_in", chain_id=chain, by=by, happened=now, now=now, facts=facts)
    if left:
        engine.reresolve(left, by=SYSTEM, now=now)
    return found


def _made(found: AccountList) -> list[int]:
    """The accounts of a list: those that are missing are made, those that are there have to be as they were."""
    known = selectors.known(row["username"] for row in found.rows)
    for row in found.rows:
        account = known.get(row["username"].casefold())
        if bool(account) != row["exists"] or (account and (account.administrator or not account.active)):
            raise WrongState("changed-meanwhile")
    fresh = {row["username"].casefold(): row for row in found.rows if not row["exists"]}
    closed = make_password(None)
    made = User.objects.bulk_create(
        User(username=row["username"], name=row["name"], password=closed) for row in fresh.values()
    )
    keys = {user.username.casefold(): user.pk for user in made}
    keys |= {name: account.id for name, account in known.items()}
    for row in found.rows:
        row["user_id"] = keys[row["username"].casefold()]
    return [row["user_id"] for row in found.rows]


def confirm(public_id: UUID, *, by: Actor, now: datetime) -> list[Slip]:
    """The second person: newcomers get their posts and a code each, leavers' posts go to whoever takes over.

    Returns the slips to be printed, of new accounts. Raises NotFound, NotAllowed, WrongState when it is settled.
    """
    rules.is_for(by, rules.SECURITY).or_raise(NotAllowed)
    with transaction.atomic():
        chain = lock_system_chain()
        found = _locked(public_id, State.HANDED_IN, by)
        found.state, found.settled, found.settled_by_id = State.CONFIRMED, now, by.user_id
        found.save(update_fields=["state", "settled", "settled_by"])
        facts = {"list": str(found.public_id), "kind": found.kind, "rows": len(found.rows)}
        record("accounts.confirmed", chain_id=chain, by=by, happened=now, now=now, facts=facts)
        slips = _seated(found, by=by, now=now) if found.kind == Kind.JOINING else []
    if found.kind == Kind.JOINING:
        engine.reresolve([row["post_id"] for row in found.rows if row["post_id"]], by=SYSTEM, now=now)
    else:
        for row in found.rows:
            _passed_on(row, by=by, now=now)
    return slips


def _seated(found: AccountList, *, by: Actor, now: datetime) -> list[Slip]:
    today = district_day(now)
    for row in found.rows:
        if row["administrator"]:
            User.objects.filter(pk=row["user_id"]).update(administrator=row["administrator"])
    slips = issue([row["user_id"] for row in found.rows if not row["exists"]], by=by, now=now)
    wanted = [
        (row["post_id"], row["user_id"], date.fromisoformat(row["from_day"]) if row["from_day"] else today)
        for row in found.rows
        if row["post_id"]
    ]
    engine.appoint_listed([(post, user, max(day, today)) for post, user, day in wanted], by=by, now=now)
    return slips


def _passed_on(row: dict[str, Any], *, by: Actor, now: datetime) -> None:
    """A leaver's posts go to the successor; where that cannot be any more, the page shows that they still lie there."""
    if not row["successor_id"]:
        return
    try:
        engine.hand_over_closed(row["user_id"], row["successor_id"], by=by, now=now, reason=row["reason"])
    except Refusal as refused:
        row["refused"] = refused.code


def decline(public_id: UUID, *, reason: str, by: Actor, now: datetime) -> AccountList:
    """The second person says no: new accounts that nobody has used are closed again; leavers stay closed."""
    rules.is_for(by, rules.SECURITY).or_raise(NotAllowed)
    if not reason.strip() or len(reason) > rules.LONGEST_REASON:
        raise Invalid(
            "reason-missing" if not reason.strip() else "text-too-long",
            {"most": rules.LONGEST_REASON, "length": len(reason)},
        )
    with transaction.atomic():
        chain = lock_system_chain()
        found = _locked(public_id, State.HANDED_IN, by)
        if found.kind == Kind.JOINING:
            fresh = [row["user_id"] for row in found.rows if not row["exists"]]
            User.objects.filter(pk__in=fresh, last_login=None).update(is_active=False)
        found.state, found.settled, found.settled_by_id = State.DECLINED, now, by.user_id
        found.reason = reason.strip()
        found.save(update_fields=["state", "settled", "settled_by", "reason"])
        facts = {"list": str(found.public_id), "kind": found.kind, "rows": len(found.rows)}
        words = {"reason": reason.strip()}
        record("accounts.declined", chain_id=chain, by=by, happened=now, now=now, facts=facts, personal=words)
    return found


def _settled(public_id: UUID, expected: str, state: str, *, by: Actor, now: datetime) -> AccountList:
    rules.is_for(by, rules.SYSTEM).or_raise(NotAllowed)
    with transaction.atomic():
        found = _locked(public_id, expected, by)
        found.state, found.settled, found.settled_by_id = state, now, by.user_id
        found.rows = []
        found.save(update_fields=["state", "settled", "settled_by", "rows"])
    return found


def _locked(public_id: UUID, expected: str, by: Actor) -> AccountList:
    """The list under its lock, in the state that is expected."""
    selectors.list_for(public_id, by)
    found = AccountList.objects.select_for_update(no_key=True).filter(public_id=public_id).first()
    if found is None:
        raise NotFound("no-such-list")
    Verdict("" if found.state == expected else "list-settled", {}).or_raise(WrongState)
    return found
