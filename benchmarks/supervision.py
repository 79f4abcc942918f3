"""Rungs a second: python -m benchmarks.supervision [HOW MANY]. Promised: 5,000 a second with record and notices by
the two workers of a small server, and at least 15 times as fast as one worker that takes the same matters one by one.

It makes a database of its own on the private server (or the one HETANG_DATABASE_URL names), invents matters of sixty
units, and drops it again. Each matter has two people who are told, none of them with an e-mail address.
"""

import multiprocessing
import os
import shutil
import sys
import time
from contextlib import ExitStack
from datetime import UTC, date, datetime

HOW_MANY, ONE_BY_ONE, WORKERS = 100_000, 1_500, 2
UNITS, PROJECTS = 60, 200
PROMISED_RATE, PROMISED_RATIO = 5_000, 15.0
DUE, LATE = date(2023, 6, 1), datetime(2023, 6, 20, 1, 0, tzinfo=UTC)
RUNG = {"measure": "remind", "wait": 1, "tell": ["desk", "officer"]}
BODY = {
    "name": "演示", "word": "演督",
    "rungs": [{"code": f"rung-{n}", "name": f"第{n}级", **RUNG} for n in range(1, 5)],
    "resets": [], "spares": [], "holds": ["obstacle"],
}  # fmt: skip


def main() -> int:
    """Print the rates; exit 1 when a promise is not kept."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "hetang_flow.settings.test")
    import django

    django.setup()  # first: these settings choose the state folder
    from hetang_flow import env
    from hetang_flow.lib import local_services

    own_database, own_redis = not env.text("HETANG_DATABASE_URL"), not env.text("HETANG_REDIS_URL")
    with ExitStack() as stack:
        stack.callback(shutil.rmtree, env.var(), ignore_errors=True)
        stack.enter_context(local_services.use(env.var(), database=own_database, redis=own_redis))
        from django.test.utils import setup_databases, teardown_databases

        made = setup_databases(verbosity=0, interactive=False)
        try:
            return measure(int(sys.argv[1]) if len(sys.argv) > 1 else HOW_MANY)
        finally:
            teardown_databases(made, verbosity=0)


def measure(how_many: int) -> int:
    """One by one over some matters, the sweep over the same ones, then the sweep over all."""
    from flows.supervision.climbing import Pass, climb_batch, due
    from flows.supervision.models import Item

    invent(ONE_BY_ONE)
    keys = list(Item.objects.order_by("pk").values_list("pk", flat=True))
    began = time.perf_counter()
    for key in keys:
        at = Pass(LATE)
        assert climb_batch(due(at.today, at.now).filter(pk=key), at, batch=1) == (1, 1, 0)
    one_by_one = len(keys) / (time.perf_counter() - began)

    # The same matters again by one worker, a rung higher and a few days later.
    together = rate(ONE_BY_ONE, LATE.replace(day=27), workers=1)
    ratio = together / one_by_one
    print(
        f"one by one: {one_by_one:,.0f} a second; the sweep over the same: {together:,.0f} ({ratio:.1f} times)"
    )

    invent(how_many)
    all_of_them = rate(how_many, LATE.replace(day=21), workers=WORKERS)
    print(f"{how_many:,} matters: {all_of_them:,.0f} rungs a second by {WORKERS}, with record and notices")
    kept = ratio >= PROMISED_RATIO and all_of_them >= PROMISED_RATE
    return 0 if kept else 1


def rate(how_many: int, now: datetime, *, workers: int) -> float:
    """Climb everything that is due, batch by batch, by so many processes; returns how many a second."""
    from django.db import connections

    from flows.journal.models import Entry
    from notifications.models import Notice

    entries, told = Entry.objects.count(), Notice.objects.count()
    connections.close_all()  # each process has a connection of its own
    fork = multiprocessing.get_context("fork")
    all_ready, counts = fork.Barrier(workers + 1), fork.SimpleQueue()
    processes = [fork.Process(target=climb_all, args=(now, all_ready, counts)) for _ in range(workers)]
    for process in processes:
        process.start()
    all_ready.wait(60)
    began = time.perf_counter()
    for process in processes:
        process.join()
    seconds = time.perf_counter() - began
    climbed = sum(counts.get() for _ in processes)
    assert climbed == how_many, (climbed, how_many)
    assert Entry.objects.count() - entries == how_many
    assert Notice.objects.count() - told == 2 * how_many
    return how_many / seconds


def climb_all(now: datetime, all_ready, counts) -> None:
    """One worker's part."""
    from django.db import connection

    from flows.supervision.climbing import Pass, climb_batch, due

    connection.ensure_connection()
    all_ready.wait(60)
    climbed, at = 0, Pass(now)
    while (found := climb_batch(due(at.today, at.now), at))[0]:
        climbed += found[1]
    counts.put(climbed)


def invent(how_many: int) -> None:
    """So many matters that are due, of sixty units with a desk and an officer each."""
    from django.db import connection

    from flows.supervision import store
    from flows.supervision.models import Item, Ladder

    ladder, units = stage()
    before = Item.objects.count()
    for start in range(0, how_many, 5000):
        rows = [
            {
                "public_id": f"00000000-0000-4000-8000-{before + n:012d}",
                "plan_id": ladder.plan_id, "ladder_id": ladder.pk, "ground": "overdue", "source": "task",
                "source_key": f"bench:{before + n}", "unit_id": units[n % len(units)], "title": f"演示·事项{n}",
                "reason": "", "due_on": DUE, "since": "2023-06-02", "how": "bottom", "began": 0,
                "spared": False, "rung": 0, "counts_from": DUE, "next_on": "2023-06-02", "at_once": False,
                "held": False, "opened": LATE, "closed_why": "",
            }
            for n in range(start, min(start + 5000, how_many))
        ]  # fmt: skip
        store.insert_items(rows)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    assert Ladder.objects.count() == 1


def stage():
    """The plan, its ladder, and the units with their people; made once."""
    from flows.campaigns.models import Plan
    from flows.journal.operations import open_chain
    from flows.supervision.models import Ladder
    from permissions.models import Appointment, Organisation, Post, User

    found = Ladder.objects.first()
    if found is None:
        plan = Plan.objects.create(
            code="bench", year=2023, title="演示", effective_from=date(2023, 1, 1),
            effective_until=date(2023, 12, 31), chain=open_chain("plan", "bench"),
        )  # fmt: skip
        found = Ladder.objects.create(
            plan=plan, version=1, name="演示", body=BODY, clause="preset", state="published",
            from_day=date(2023, 1, 1), proposed=LATE, published=LATE,
        )  # fmt: skip
        for n in range(UNITS):
            unit = Organisation.objects.create(code=f"unit-{n}", name=f"演示单位{n}", kind="bureau")
            for duty in ("desk", "officer"):
                post = Post.objects.create(
                    code=f"{duty}-{n}", organisation=unit, name=f"{duty} {n}", duty=duty
                )
                user = User.objects.create(username=f"{duty}-{n}", name=f"{duty} {n}")
                Appointment.objects.create(post=post, user=user, from_day=date(2023, 1, 1))
    return found, list(Organisation.objects.order_by("pk").values_list("pk", flat=True))


if __name__ == "__main__":
    sys.exit(main())
