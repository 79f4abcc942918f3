"""The whole record as a stream: checked in place, or written into a file that is checked elsewhere."""

import json
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from datetime import datetime
from itertools import groupby
from operator import itemgetter
from typing import Any

from django.db import connection, transaction

from flows.journal import registry, rules, verifier
from flows.journal.models import Chain, Entry, Seal

FETCH = 2000
Row = tuple[Any, ...]

# Chains and entries in one statement, thus of one instant: appends may go on meanwhile. JSON columns come as
# one text, because one parse of it takes a third of the time of five.
STORED = """
SELECT c.id, c.kind, c.public_id::text, c.head, c.length, e.number, e.kind,
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
MARKS = """
SELECT chain_id, seal_id, length, head FROM journal_sealedhead
 WHERE seal_id <= %(newest)s AND (%(chain)s::bigint IS NULL OR chain_id = %(chain)s::bigint)
 ORDER BY chain_id, length
"""
FACTS = slice(5, 18)


def verify(chain_id: int | None = None, known: Iterable[str] = ()) -> rules.Check:
    """Check every chain and seal, or one chain; memory stays small however long the record is.

    `known` are codes of seals that somebody has on paper.
    """
    result = rules.Check()
    with ExitStack() as stack:
        seals = _open(stack)
        for chain, marks, entries in _chains(stack, chain_id, seals, result):
            result.chain(chain, entries, marks)
        # Asked last: a removal committed while we were reading is then known to be one.
        result.forgotten |= _forgotten()
        result.close(seals if chain_id is None else (), known)
    return result


def export(*, now: datetime, with_personal: bool = True) -> Iterator[str]:
    """The whole record as lines of JSON for `verifier.py`; without personal values their commitments stay."""
    counted = rules.Check()
    with ExitStack() as stack:
        seals = _open(stack)
        yield _line(
            {
                "is": "record",
                "format": verifier.FORMAT,
                "made_at": rules.moment(now),
                "personal": with_personal,
            }
        )
        for seal in seals:
            yield _line({"is": "seal"} | seal._asdict())
        for chain, marks, entries in _chains(stack, None, seals, counted):
            yield _line({"is": "chain", **chain._asdict(), "marks": marks})
            counted.chains += 1
            for entry in entries:
                counted.entries += 1
                personal = entry.personal if with_personal else {}
                yield _line(
                    {"n": entry.number, "c": entry.content, "d": entry.digest, "h": entry.hash, "p": personal}
                )
        for chain_id in counted.broken:
            yield _line({"is": "lost", "id": chain_id})
        yield _line({"is": "end", "chains": counted.chains, "entries": counted.entries, "seals": len(seals)})


def _line(row: dict[str, Any]) -> str:
    return json.dumps(row, ensure_ascii=False, separators=(",", ":")) + "\n"


def _open(stack: ExitStack) -> list[rules.SealRow]:
    """Begin to read. The seals come first: what they hold is older than the entries read after them."""
    stack.enter_context(transaction.atomic())
    seals = Seal.objects.order_by("number")
    return [
        rules.SealRow(
            seal.number,
            seal.day.isoformat(),
            rules.moment(seal.made_at),
            seal.heads,
            seal.previous,
            seal.root,
            seal.hash,
            seal.code,
        )
        for seal in seals
    ]


def _chains(
    stack: ExitStack, chain_id: int | None, seals: list[rules.SealRow], check: rules.Check
) -> Iterator[tuple[rules.Head, list[rules.Mark], Iterator[rules.Sealed]]]:
    """Each chain by rising key with what the seals hold of it; chains that only seals know are noted as lost."""
    asked = {"chain": chain_id, "newest": seals[-1].number if seals else 0}
    held = groupby(_stream(stack, MARKS, asked), key=itemgetter(0))
    next_held = next(held, None)
    subjects = registry.subjects()
    for key, rows in groupby(_stream(stack, STORED, asked), key=itemgetter(0, 1, 2, 3, 4)):
        while next_held and next_held[0] < key[0]:
            check.lost(next_held[0])
            next_held = next(held, None)
        marks = []
        if next_held and next_held[0] == key[0]:
            marks = [rules.Mark(*row[1:]) for row in next_held[1]]
            next_held = next(held, None)
        chain = rules.Head(*key, subject=subjects.get(key[0]))
        yield chain, marks, (_sealed(key[0], row) for row in rows if row[5] is not None)
    while next_held:
        check.lost(next_held[0])
        next_held = next(held, None)


def _stream(stack: ExitStack, statement: str, asked: dict[str, Any]) -> Iterator[Row]:
    """The rows of a statement, which begins now and is read while others are."""
    cursor = stack.enter_context(connection.chunked_cursor())
    cursor.execute(statement, asked)

    def rows() -> Iterator[Row]:
        while found := cursor.fetchmany(FETCH):
            yield from found

    return rows()


def _sealed(chain_id: int, row: Row) -> rules.Sealed:
    number, kind, happened, recorded, actor, post, other, other_post, run, texts, algorithm, digest, place = (
        row[FACTS]
    )
    facts, before, after, commitments, personal = json.loads(texts)
    content = {
        "algorithm": algorithm,
        "chain": chain_id,
        "kind": kind,
        "happened": happened,
        "recorded": recorded,
        "actor_id": actor,
        "actor_post": post,
        "on_behalf_of_id": other,
        "on_behalf_post": other_post,
        "run_id": run,
        "facts": facts,
        "before": before,
        "after": after,
        "commitments": commitments,
    }
    return rules.Sealed(number, content, digest, place, personal)


def _forgotten() -> set[tuple[int, int, str]]:
    removals = Entry.objects.filter(kind=rules.FORGOTTEN, chain__kind=Chain.Kind.SYSTEM).values_list(
        "facts", flat=True
    )
    return {(facts["chain"], facts["number"], facts["field"]) for facts in removals.iterator()}
