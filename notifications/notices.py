"""The one door through which people are told something.

The rows are the promise and stand or fall with the operation. Nothing leaves here: mail and chat are deliveries and
jobs written in the same transaction, and open pages get a hint after the commit.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import Any, NamedTuple
from uuid import UUID

from django.core.serializers.json import DjangoJSONEncoder
from django.db import connection, transaction

from notifications import catalogue, delivery, hints

KEY_LENGTH = 120
URL_LENGTH = 300


@dataclass(frozen=True, slots=True)
class Draft:
    """A notice before it has numbers; `key` makes telling the same person twice harmless.

    `to` holds user ids; `url` is a path on this site; `about` is the public id of a run; of a matter that is
    `confidential`, as of a kind that is, nothing but "a new task" leaves the house.
    """

    kind: str
    key: str
    to: Iterable[int]
    facts: Mapping[str, Any] = field(default_factory=dict)
    url: str = ""
    about: UUID | str | None = None
    copied: bool = False
    confidential: bool = False


class Written(NamedTuple):
    """A notice as the database numbered it; `reach` says how the person can be reached outside, if at all."""

    notice_id: int
    user_id: int
    number: int
    kind: str
    reach: str | None


def put(
    kind: str,
    *,
    key: str,
    to: Iterable[int],
    facts: Mapping[str, Any],
    url: str = "",
    about: UUID | str | None = None,
    copied: bool = False,
    confidential: bool = False,
    now: datetime,
) -> list[Written]:
    """Tell each of these people once, with that person's next number; see `put_many`."""
    return put_many([Draft(kind, key, to, facts, url, about, copied, confidential)], now=now)


def put_many(drafts: Sequence[Draft], *, now: datetime) -> list[Written]:
    """Write all notices of one operation in one statement; return those that are new.

    Two statements more (deliveries, jobs) when somebody is to be told outside the house. No recipients: no statement.
    Raises ValueError for an unknown kind, a missing fact or a key, url too long; TransactionManagementError outside
    a transaction, because the notice has to stand or fall with its cause.
    """
    rows = [row for row in map(_row, drafts) if row["to"]]
    if not rows:
        return []
    if not connection.in_atomic_block:
        raise transaction.TransactionManagementError("notices are put inside the transaction of their cause")
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT notice_id, user_id, number, kind, reach FROM notifications_put(%s::jsonb, %s)",
            [json.dumps(rows, cls=DjangoJSONEncoder), now],
        )
        written = [Written(*row) for row in cursor.fetchall()]
    outside = [
        delivery.Told(row.notice_id, row.user_id, row.kind, row.reach)
        for row in written
        if row.reach is not None
    ]
    if outside:
        delivery.write(outside, now=now)
    if written:
        # Rows come in the order of the numbers: the last one of a person is that person's newest.
        upto = {row.user_id: row.number for row in written}
        # robust: the operation has happened, whatever goes wrong with a hint.
        transaction.on_commit(partial(hints.send, upto), robust=True)
    return written


def _row(draft: Draft) -> dict[str, Any]:
    """A draft as the database function reads it; refuses what it could not store."""
    catalogue.checked(draft.kind, draft.facts)
    if not 0 < len(draft.key) <= KEY_LENGTH or len(draft.url) > URL_LENGTH:
        raise ValueError(
            f"notice {draft.kind!r}: key of 1 to {KEY_LENGTH}, url of at most {URL_LENGTH} characters"
        )
    return {
        "kind": draft.kind,
        "key": draft.key,
        "to": sorted({user_id for user_id in draft.to if user_id is not None}),
        "facts": catalogue.stored(draft.kind, draft.facts),
        "url": draft.url,
        "about": str(draft.about) if draft.about else None,
        "copied": draft.copied,
        "confidential": draft.confidential or catalogue.is_confidential(draft.kind),
    }
