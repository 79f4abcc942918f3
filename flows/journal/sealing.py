"""The daily seal: one hash over the heads of all chains, bound to the one of the day before."""

import hashlib
from datetime import datetime

from django.db import connection, transaction

from flows.journal import rules
from flows.journal.models import Seal
from hetang_flow.lib.clock import district_day

ONE_AT_A_TIME = 0x68745F7365616C  # "ht_seal": the key of the lock under which a seal is made

# All heads of one instant; a chain that has not grown is held by the seal that holds its head.
WRITE_HEADS = """
WITH written AS (
    INSERT INTO journal_sealedhead (seal_id, chain_id, length, head)
    SELECT %s, c.id, c.length, c.head
      FROM journal_chain c
      LEFT JOIN LATERAL (
           SELECT h.length FROM journal_sealedhead h WHERE h.chain_id = c.id ORDER BY h.length DESC LIMIT 1
      ) held ON true
     WHERE c.length > coalesce(held.length, 0)
    RETURNING chain_id, length, head)
SELECT c.id, c.kind, c.public_id::text, w.head, w.length
  FROM written w JOIN journal_chain c ON c.id = w.chain_id
 ORDER BY c.id
"""


@transaction.atomic
def seal_record(*, now: datetime) -> Seal | None:
    """Seal everything recorded by now; None when today's seal is made already, by whichever worker.

    A day on which no worker ran has no seal: the next one holds what was recorded on it.
    """
    day = district_day(now)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [ONE_AT_A_TIME])
        last = Seal.objects.order_by("-number").first()
        if last is not None and last.day >= day:
            return None
        number, previous = (last.number + 1, last.hash) if last else (1, rules.GENESIS)
        root, heads = hashlib.sha256(), 0
        cursor.execute(WRITE_HEADS, [number])
        for row in cursor:
            chain = rules.Head(*row)
            root.update(rules.head_line(chain, chain.length, chain.head))
            heads += 1
    made = rules.seal_hash(number, day.isoformat(), rules.moment(now), heads, previous, root.hexdigest())
    seal = Seal(
        number=number,
        day=day,
        made_at=now,
        heads=heads,
        previous=previous,
        root=root.hexdigest(),
        hash=made,
        code=rules.short_code(made),
    )
    Seal.objects.bulk_create([seal])
    return seal
