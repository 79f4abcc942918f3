"""How long is kept what nobody needs for ever: the access log, and the sessions that are over (hetang_flow/personal_data.yaml)."""

from datetime import datetime, timedelta

from django.conf import settings
from django.contrib.sessions.models import Session
from django.db import transaction

from flows.journal.operations import record, system_chain
from permissions.actors import SYSTEM
from permissions.models import Access

BATCH = 10_000


def remove_old(*, now: datetime) -> dict[str, int]:
    """Remove access rows older than ACCESS_LOG_DAYS and sessions that are over; what was removed goes on record, as counts.

    In batches, each its own transaction with its entry, so a worker that is killed loses no count. Run twice, it
    removes once.
    """
    removed = {"access": 0, "sessions": 0}
    oldest = now - timedelta(days=settings.ACCESS_LOG_DAYS)
    while count := _remove_access(oldest, now):
        removed["access"] += count
    removed["sessions"], _rows = Session.objects.filter(expire_date__lt=now).delete()
    return removed


@transaction.atomic
def _remove_access(before: datetime, now: datetime) -> int:
    rows = Access.objects.filter(at__lt=before).order_by("at", "pk").select_for_update(skip_locked=True)
    found = list(rows.values_list("pk", flat=True)[:BATCH])
    if not found:
        return 0
    count, _rows = Access.objects.filter(pk__in=found).delete()
    facts = {"count": count, "before": before}
    record("access.removed", chain_id=system_chain(), by=SYSTEM, happened=now, now=now, facts=facts)
    return count
