"""Jobs of obstacles; found by procrastinate through the name of this module. Only they read the clock."""

import logging

from procrastinate.contrib.django import app

from hetang_flow.lib import clock
from hetang_flow.lib.errors import Refusal

from . import climbing, selectors

log = logging.getLogger(__name__)


@app.periodic(cron="*/10 * * * *", periodic_id="obstacles.levels")
@app.task(
    name="flows.obstacles.tasks.raise_levels",
    queueing_lock="obstacles.raise_levels",
    pass_context=False,
)
def raise_levels(timestamp: int) -> int:
    """Take a level up every obstacle whose days there are over; safe with many workers, twice is once."""
    now, done = clock.now(), 0
    for obstacle in selectors.overdue_at_level(now):
        try:
            done += climbing.raise_by_time(obstacle, now=now)
        except Refusal as refused:
            log.warning("obstacle %s stays at its level for now: %s", obstacle, refused)
        except Exception:
            log.exception("raising obstacle %s failed", obstacle)
    return done
