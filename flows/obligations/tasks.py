"""The job that opens what is owed; only it reads the clock."""

from procrastinate.contrib.django import app

from hetang_flow.lib import clock

from .operations import open_due


# Every hour, though a day begins once: the hour at which no worker ran is made up for by the next.
@app.periodic(cron="15 * * * *", periodic_id="obligations")
@app.task(
    name="flows.obligations.tasks.open_obligations",
    queueing_lock="obligations.open",
    pass_context=False,
)
def open_obligations(timestamp: int) -> int:
    """Ask for what is owed by now; safe to run twice, late, and by several workers."""
    return open_due(now=clock.now())
