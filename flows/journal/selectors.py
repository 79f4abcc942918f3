"""Read the record: a subject's history, what was known at a moment, and whether it is all still true."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from itertools import groupby
from operator import itemgetter
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db import connection, transaction
from django.db.models import OuterRef, Q, QuerySet
from django.db.models.functions import JSONObject

from flows.journal import rules
from flows.journal.models import Chain, Entry, EntryPersonal

FETCH = 2000


@dataclass(frozen=True, slots=True)
class Line:
    """An entry as it is read; `personal` holds the values still kept, `removed` the fields taken out."""

    id: int
    number: int
    kind: str
    happened: datetime
    recorded: datetime
    actor_id: int | None
    actor_post: str
    on_behalf_of_id: int | None
    on_behalf_post: str
    run_id: int | None
    facts: dict[str, Any]
    before: dict[str, Any] | None
    after: dict[str, Any] | None
    personal: dict[str, str]
    removed: frozenset[str]

    @property
    def actor_name(self) -> str:
        """The name as it was, or nothing once it has been removed."""
        return self.personal.get(rules.ACTOR_NAME, "")

    @property
    def on_behalf_name(self) -> str:
        """The name of the person acted for, as it was."""
        return self.personal.get(rules.ON_BEHALF_NAME, "")


def history(chain_id: int, *, run_id: int | None = None) -> list[Line]:
    """Return a subject's entries in their order, of one run if given; one statement."""
    entries = Entry.objects.filter(chain_id=chain_id)
    return _lines(entries if run_id is None else entries.filter(run_id=run_id))


def as_of(chain_id: int, moment: datetime, *, happened_until: datetime | None = None) -> list[Line]:
    """Return what was on record at `moment`, of facts that happened no later than `happened_until` if given.

    as_of(c, june_1) is what the board could show on 1 June; as_of(c, today, happened_until=june_1) is what we
    know today about the state on 1 June.
    """
    entries = Entry.objects.filter(chain_id=chain_id, recorded__lte=moment)
    return _lines(entries if happened_until is None else entries.filter(happened__lte=happened_until))


def newest(chain_id: int, condition: Q, most: int) -> list[Line]:
    """Return the last entries of a subject that meet a condition, the newest first; one statement."""
    numbers = (
        Entry.objects.filter(condition, chain_id=chain_id).order_by("-number").values("number").distinct()
    )
    return _lines(Entry.objects.filter(chain_id=chain_id, number__in=numbers[:most]))[::-1]


def _lines(entries: QuerySet[Entry]) -> list[Line]:
    values = EntryPersonal.objects.filter(entry=OuterRef("pk")).values(pair=JSONObject(f="field", v="value"))
    return [_line(entry) for entry in entries.order_by("number").annotate(kept=ArraySubquery(values))]


def _line(entry: Any) -> Line:
    personal = {pair["f"]: pair["v"] for pair in entry.kept}
    return Line(
        id=entry.pk,
        number=entry.number,
        kind=entry.kind,
        happened=entry.happened,
        recorded=entry.recorded,
        actor_id=entry.actor_id,
        actor_post=entry.actor_post,
        on_behalf_of_id=entry.on_behalf_of_id,
        on_behalf_post=entry.on_behalf_post,
        run_id=entry.run_id,
        facts=entry.facts,
        before=entry.before,
        after=entry.after,
        personal=personal,
        removed=frozenset(entry.commitments.keys() - personal.keys()),
    )


@dataclass(slots=True)
class Verification:
    """What a check of the record found; `broken` maps a chain's key to its findings."""

    chains: int = 0
    entries: int = 0
    broken: dict[int, list[rules.Finding]] = field(default_factory=dict)
    _gone: list[tuple[int, int, str]] = field(default_factory=list)

    def __bool__(self) -> bool:
        return not self.broken

    def counted(self, chain_id: int, entries: Iterable[rules.Sealed]) -> Iterator[rules.Sealed]:
        """Pass entries on, counting them and noting personal values that are no longer there."""
        for entry in entries:
            self.entries += 1
            self._gone.extend((chain_id, entry.number, name) for name in rules.gone(entry))
            yield entry

    def settle(self, forgotten: set[tuple[int, int, str]]) -> None:
        """Report the personal values that are gone although no entry says they were removed."""
        for chain_id, number, name in self._gone:
            if (chain_id, number, name) not in forgotten:
                finding = rules.Finding("personal-gone", number, number, name)
                self.broken.setdefault(chain_id, []).append(finding)


def verify(chain_id: int | None = None) -> Verification:
    """Check every chain, or one; reads as a stream, so memory stays small however long the record is."""
    result = Verification()
    with transaction.atomic():
        for (key, head, length), rows in groupby(_stored(chain_id), key=itemgetter(0, 1, 2)):
            entries = result.counted(key, (_sealed(row) for row in rows if row[3] is not None))
            findings = rules.verify_chain(entries, head, length)
            result.chains += 1
            if findings:
                result.broken[key] = findings
        # Asked last: a removal committed while we were reading is then known to be one.
        result.settle(_forgotten())
    return result


# Chains and entries in one statement, thus of one instant: appends may go on meanwhile. JSON columns come as
# one text, because one parse of it takes a third of the time of five.
STORED = """
SELECT c.id, c.head, c.length, e.number, e.kind,
       to_char(e.happened AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
       to_char(e.recorded AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
       e.actor_id, e.actor_post, e.on_behalf_of_id, e.on_behalf_post, e.run_id,
       concat('[', e.facts, ',', coalesce(e.before, 'null'), ',', coalesce(e.after, 'null'), ',',
              e.commitments, ',', coalesce(p.kept, '{}'), ']'),
       e.algorithm, e.digest, e.hash
  FROM journal_chain c
  LEFT JOIN journal_entry e ON e.chain_id = c.id
  LEFT JOIN LATERAL (
       SELECT jsonb_object_agg(field, jsonb_build_array(salt, value)) AS kept
         FROM journal_entrypersonal WHERE entry_id = e.id) p ON true
 WHERE %(chain)s::bigint IS NULL OR c.id = %(chain)s::bigint
 ORDER BY c.id, e.number
"""


def _stored(chain_id: int | None) -> Iterator[tuple[Any, ...]]:
    with connection.chunked_cursor() as cursor:
        cursor.execute(STORED, {"chain": chain_id})
        while rows := cursor.fetchmany(FETCH):
            yield from rows


def _sealed(row: tuple[Any, ...]) -> rules.Sealed:
    facts, before, after, commitments, personal = json.loads(row[12])
    content = {
        "algorithm": row[13],
        "chain": row[0],
        "kind": row[4],
        "happened": row[5],
        "recorded": row[6],
        "actor_id": row[7],
        "actor_post": row[8],
        "on_behalf_of_id": row[9],
        "on_behalf_post": row[10],
        "run_id": row[11],
        "facts": facts,
        "before": before,
        "after": after,
        "commitments": commitments,
    }
    return rules.Sealed(row[3], content, row[14], row[15], personal)


def _forgotten() -> set[tuple[int, int, str]]:
    removals = Entry.objects.filter(kind=rules.FORGOTTEN, chain__kind=Chain.Kind.SYSTEM).values_list(
        "facts", flat=True
    )
    return {(facts["chain"], facts["number"], facts["field"]) for facts in removals.iterator()}
