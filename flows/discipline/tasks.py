"""Jobs of the compartment: every morning it is judged anew who stands aside."""

from procrastinate.contrib.django import app

from hetang_flow.lib import clock

from . import operations


@app.periodic(cron="5 0 * * *")
@app.task(name="flows.discipline.tasks.recuse_anew", queueing_lock="discipline-recuse", pass_context=False)
def recuse_anew(timestamp: int) -> None:
    """Hand over the cases that the district may not decide any more; safe to run twice."""
    operations.recuse_anew(now=clock.now())
