"""Deliveries on their way: written with their notices in one statement, and the jobs that are to look at them.

Everything here belongs to the transaction of an operation; nothing leaves the house (see `carrying`).
"""

import json
from collections.abc import Callable, Iterable, Sequence
from datetime import date, datetime, timedelta
from functools import cache
from typing import NamedTuple

from django.db import connection
from procrastinate.contrib.django import app
from procrastinate.jobs import Job

from notifications import catalogue, registry, rules
from notifications.models import Delivery

JOB = "notifications.tasks.deliver"
MAIL_QUEUE, CHAT_QUEUE = "mail", "chat"
IN_A_JOB = 100
FORGOTTEN = timedelta(minutes=15)

WRITE = """
INSERT INTO notifications_delivery
       (notice_id, user_id, channel, not_before, daily, state, attempts, last_error)
SELECT *, 'todo', 0, '' FROM unnest(%s::bigint[], %s::bigint[], %s::text[], %s::timestamptz[], %s::boolean[])
RETURNING id, channel
"""


class Told(NamedTuple):
    """A notice that was written: its key, whose it is, of which kind, and how that person can be reached outside."""

    notice_id: int
    user_id: int
    kind: str
    reach: str


def write(told: Iterable[Told], *, now: datetime) -> None:
    """Write the deliveries of these notices and the jobs that carry them: at most two statements.

    One statement more when somebody is told once a day, for the calendar.
    """
    calendar = cache(registry.working_days)  # asked for only when somebody is told once a day, and then once
    rows = _rows(told, now=now, is_working=lambda day: calendar()(day))
    if not rows:
        return
    with connection.cursor() as cursor:
        cursor.execute(WRITE, [list(column) for column in zip(*rows, strict=True)])
        defer(cursor.fetchall())


def _rows(
    told: Iterable[Told], *, now: datetime, is_working: Callable[[date], bool]
) -> list[tuple[int, int, str, datetime, bool]]:
    """A row for each notice and channel; people with the same wishes are thought about once a kind."""
    ways: dict[tuple[str, str], list[rules.Going]] = {}
    rows = []
    for notice_id, user_id, kind, reach in told:
        if (kind, reach) not in ways:
            someone, urgency = rules.reach(json.loads(reach)), catalogue.urgency(kind)
            ways[kind, reach] = rules.goings(urgency, someone, now=now, is_working=is_working)
        rows += [(notice_id, user_id, way.channel, way.not_before, way.daily) for way in ways[kind, reach]]
    return rows


def defer(deliveries: Sequence[tuple[int, str]]) -> None:
    """Enqueue the jobs that carry these (key and channel), in the caller's transaction and one statement.

    Mail and each bot have jobs of their own, so that one that does not answer holds up nobody else's.
    """
    by_channel: dict[str, list[int]] = {}
    for pk, channel in deliveries:
        by_channel.setdefault(channel, []).append(pk)
    jobs = [
        Job(
            queue=MAIL_QUEUE if channel == rules.MAIL else CHAT_QUEUE,
            task_name=JOB,
            lock=None,
            queueing_lock=None,
            task_kwargs={"delivery_ids": keys[start : start + IN_A_JOB]},
        )
        for channel, keys in sorted(by_channel.items())
        for start in range(0, len(keys), IN_A_JOB)
    ]
    if jobs:
        app.job_manager.batch_defer_jobs(jobs)


def forgotten(*, now: datetime, limit: int = 5000) -> list[tuple[int, str]]:
    """Deliveries (key and channel) whose job should have come long ago: its worker was killed, or the job was lost."""
    overdue = Delivery.objects.filter(state=Delivery.State.TODO, not_before__lt=now - FORGOTTEN)
    return list(overdue.order_by("not_before").values_list("pk", "channel")[:limit])
