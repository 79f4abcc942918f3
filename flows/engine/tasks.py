"""Jobs of the engine; found by procrastinate through the name of this module."""

from procrastinate import RetryStrategy
from procrastinate.contrib.django import app

from hetang_flow.lib import clock
from permissions.actors import SYSTEM

from .operations.people import begin_day
from .operations.reresolving import JOB, reresolve


@app.task(queue="people", name=JOB, retry=RetryStrategy(max_attempts=5, wait=60))
def reresolve_posts(post_ids: list[int], successors: list[list[int]]) -> int:
    """Bring to the open tasks what they missed while their run was busy; recorded as the system's act."""
    return reresolve(post_ids, by=SYSTEM, now=clock.now(), successors=dict(successors))


# Every hour, though a day begins once: the hour at which no worker ran is made up for by the next.
@app.periodic(cron="5 * * * *", periodic_id="people")
@app.task(
    queue="people",
    name="flows.engine.tasks.people_of_the_day",
    queueing_lock="engine.people_of_the_day",
    pass_context=False,
)
def people_of_the_day(timestamp: int) -> int:
    """Let appointments and substitutions that begin or end today reach the open tasks; safe to run twice."""
    return begin_day(now=clock.now())
