"""The job that judges the day; only it reads the clock."""

from procrastinate.contrib.django import app

from hetang_flow.lib import clock

from .operations import judge_due


# Every hour, though a day begins once: the hour at which no worker ran is made up for by the next.
@app.periodic(cron="25 * * * *", periodic_id="lights")
@app.task(name="flows.lights.tasks.judge_lights", queueing_lock="lights.judge", pass_context=False)
def judge_lights(timestamp: int) -> int:
    """Judge the days that have not been judged; safe to run twice, late, and by several workers."""
    return judge_due(now=clock.now())
