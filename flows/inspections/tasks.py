"""Jobs of inspection rounds; found by procrastinate through the name of this module. Only they read the clock."""

from procrastinate.contrib.django import app

from hetang_flow.lib import clock

from .opening import open_visits
from .operations import OPEN_JOB


@app.task(name=OPEN_JOB, pass_context=False)
def open_visits_of_round(round_id: int) -> int:
    """Open the visits of a round that was announced, or close those of one that was called off."""
    return open_visits(now=clock.now(), round_id=round_id)


# What a killed worker left is made up for.
@app.periodic(cron="*/10 * * * *", periodic_id="inspections.visits")
@app.task(
    name="flows.inspections.tasks.open_what_waits",
    queueing_lock="inspections.open_what_waits",
    pass_context=False,
)
def open_what_waits(timestamp: int) -> int:
    """Open whatever still waits for its run; returns how many."""
    return open_visits(now=clock.now())
