"""Write to the record: one statement per append, numbered and hashed under the chain's lock."""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from json.encoder import encode_basestring as quoted
from typing import Any

from django.db import connection, transaction

from flows.journal import rules
from flows.journal.models import Chain, Entry, EntryPersonal
from hetang_flow.lib.errors import Invalid, NotFound
from permissions.actors import Actor


@dataclass(frozen=True, slots=True)
class Draft:
    """An entry to be; `happened` is when the fact came about, `now` when it is recorded (both with a zone).

    Names, opinions and reasons belong in `personal` (field -> text), which can be removed later; nothing
    personal belongs in `facts`, `before` or `after`. Decimals, days and times may stand there, floats not.
    """

    kind: str
    by: Actor
    happened: datetime
    now: datetime
    facts: Mapping[str, Any] = field(default_factory=dict)
    before: Mapping[str, Any] | None = None
    after: Mapping[str, Any] | None = None
    personal: Mapping[str, str] = field(default_factory=dict)
    on_behalf_of: Actor | None = None
    run_id: int | None = None


@dataclass(frozen=True, slots=True)
class Recorded:
    """An entry's place in its chain; `key` names it for notices and jobs that must happen once."""

    id: int
    number: int
    hash: str

    @property
    def key(self) -> str:
        return f"entry:{self.id}"


def open_chain(kind: str, name: str) -> Chain:
    """Begin the record of one subject; the name says whose it is and holds nothing personal or secret."""
    return Chain.objects.create(kind=Chain.Kind(kind), name=name)


def system_chain() -> int:
    """Return the key of the one system chain, which is opened when first needed."""
    found = Chain.objects.filter(kind=Chain.Kind.SYSTEM).values_list("pk", flat=True).first()
    if found is None:
        Chain.objects.bulk_create([Chain(kind=Chain.Kind.SYSTEM, name="system")], ignore_conflicts=True)
        found = Chain.objects.values_list("pk", flat=True).get(kind=Chain.Kind.SYSTEM)
    return found


def lock_system_chain() -> int:
    """Lock the system chain until the transaction ends, and return its key.

    For what must be judged one at a time on all there is and is recorded there: who stands in for whom.
    """
    return Chain.objects.select_for_update(no_key=True).values_list("pk", flat=True).get(pk=system_chain())


def record(
    kind: str,
    *,
    chain_id: int,
    by: Actor,
    happened: datetime,
    now: datetime,
    facts: Mapping[str, Any] | None = None,
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
    personal: Mapping[str, str] | None = None,
    on_behalf_of: Actor | None = None,
    run_id: int | None = None,
) -> Recorded:
    """Append one entry; see Draft for what belongs where, and `append` for what is raised."""
    draft = Draft(kind, by, happened, now, facts or {}, before, after, personal or {}, on_behalf_of, run_id)
    return append(chain_id, [draft])[0]


def append(chain_id: int, drafts: Sequence[Draft]) -> list[Recorded]:
    """Append entries in the order given, in one statement; locks the chain until the transaction ends.

    Raise Invalid("text-not-storable") for a text with a NUL or half a character, TypeError for a float,
    IntegrityError for an unknown chain.
    """
    if not drafts:
        return []
    try:
        payload = f"[{','.join(_prepared(chain_id, draft) for draft in drafts)}]"
    except rules.Unstorable as error:
        raise Invalid("text-not-storable") from error
    with connection.cursor() as cursor:
        cursor.execute("SELECT id, number, hash FROM journal_append(%s, %s::jsonb)", [chain_id, payload])
        return [Recorded(*row) for row in cursor.fetchall()]


@transaction.atomic
def forget_personal(entry_id: int, field: str, *, by: Actor, now: datetime, reason: str) -> Recorded:
    """Remove one personal value for good; the chain stays whole, and the removal itself goes on record.

    Raise Invalid("reason-missing") without a reason, NotFound("nothing-to-forget") when none is kept.
    """
    if not reason.strip():
        raise Invalid("reason-missing")
    removed, _rows = EntryPersonal.objects.filter(entry_id=entry_id, field=field).delete()
    if not removed:
        raise NotFound("nothing-to-forget")
    chain_id, number = Entry.objects.values_list("chain_id", "number").get(pk=entry_id)
    facts = {"entry": entry_id, "chain": chain_id, "number": number, "field": field}
    return record(
        rules.FORGOTTEN,
        chain_id=system_chain(),
        by=by,
        happened=now,
        now=now,
        facts=facts,
        personal={"reason": reason},
    )


def _prepared(chain_id: int, draft: Draft) -> str:
    """The row journal_append expects, as JSON: hashed content, its digest, and the salted personal values."""
    # 128 random bits each: a removed value cannot be found again by trying names against its commitment.
    personal = [
        {"field": rules.text(name), "salt": secrets.token_hex(16), "value": rules.text(value)}
        for name, value in _personal(draft).items()
    ]
    other = draft.on_behalf_of
    content = {
        "algorithm": rules.ALGORITHM,
        "chain": rules.plain(chain_id),
        "kind": rules.plain(draft.kind),
        "happened": rules.moment(draft.happened),
        "recorded": rules.moment(draft.now),
        "actor_id": draft.by.user_id,
        "actor_post": rules.text(draft.by.capacity),
        "on_behalf_of_id": other.user_id if other else None,
        "on_behalf_post": rules.text(other.capacity) if other else "",
        "run_id": draft.run_id,
        "facts": rules.plain(draft.facts),
        "before": rules.plain(draft.before),
        "after": rules.plain(draft.after),
        "commitments": {row["field"]: rules.commit(row["salt"], row["value"]) for row in personal},
    }
    # The text that was hashed is the text that is sent: what follows the content stands behind it.
    written, digest = rules.sealed(content)
    rows = ",".join(_quoted(row) for row in personal)
    return f'{written[:-1]},"digest":"{digest}","personal":[{rows}]}}'


def _quoted(row: Mapping[str, str]) -> str:
    """A flat row of texts as JSON."""
    return "{" + ",".join(f"{quoted(name)}:{quoted(value)}" for name, value in row.items()) + "}"


def _personal(draft: Draft) -> dict[str, str]:
    """Everything personal in a draft; the names of the two persons are always among it."""
    names = {rules.ACTOR_NAME: draft.by.name}
    if draft.on_behalf_of:
        names[rules.ON_BEHALF_NAME] = draft.on_behalf_of.name
    return {**draft.personal, **names}
