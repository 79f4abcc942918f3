"""Jobs of the compartment: every hour it is judged anew who stands aside."""

from procrastinate.contrib.django import app

from hetang_flow.lib import clock

from . import opening, operations


# Its answer is kept with the job, so it says nothing of how many there were.
@app.periodic(cron="5 * * * *", periodic_id="discipline")
@app.task(name="flows.discipline.tasks.look_anew", queueing_lock="discipline.look_anew", pass_context=False)
def look_anew(timestamp: int) -> None:
    """Open what waited for a commission, hand over what the district may not decide any more; safe to run twice."""
    now = clock.now()
    opening.open_waiting(now=now)
    operations.recuse_anew(now=now)
