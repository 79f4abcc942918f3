"""Jobs of supervision; found by procrastinate through the name of this module. They read the database's clock, once."""

from datetime import datetime

from procrastinate.contrib.django import app

from .opening import open_runs
from .operations_sweep import help_climb, sweep
from .selectors import database_now


# Every hour, though waits are days: the hour at which no worker ran is made up for by the next.
@app.periodic(cron="25 * * * *", periodic_id="supervision.sweep")
@app.task(
    name="flows.supervision.tasks.sweep_supervision",
    queueing_lock="supervision.sweep",
    pass_context=False,
)
def sweep_supervision(timestamp: int) -> int:
    """Close, open and climb, then open the runs that the rungs need; returns how many climbed."""
    now = database_now()
    climbed = sweep(now=now, call_help=_call_help).climbed
    open_runs(now=now)
    return climbed


@app.task(name="flows.supervision.tasks.help_climb")
def climb_too(at: str) -> int:
    """Climb beside the sweep of that moment on a worker that has nothing else to do; returns how many."""
    return help_climb(at=datetime.fromisoformat(at)).climbed


def _call_help(at: datetime) -> None:
    climb_too.defer(at=at.isoformat())


@app.periodic(cron="*/10 * * * *", periodic_id="supervision.runs")
@app.task(
    name="flows.supervision.tasks.open_supervision_runs",
    queueing_lock="supervision.open_runs",
    pass_context=False,
)
def open_supervision_runs(timestamp: int) -> int:
    """Open what a rung that was told or proposed in between still needs; returns how many."""
    return open_runs(now=database_now())
