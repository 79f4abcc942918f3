"""The job that follows a change of the calendar; only it reads the clock."""

from procrastinate import RetryStrategy
from procrastinate.contrib.django import app

from flows.deadlines import registry
from flows.deadlines.operations import REDATE_JOB
from hetang_flow.lib import clock


@app.task(name=REDATE_JOB, lock="deadlines.redate", retry=RetryStrategy(max_attempts=20, wait=30))
def redate(before: int) -> int:
    """Reckon every day anew that rests on the calendar; what is being worked on is tried again."""
    return registry.redate(before=before, now=clock.now())
