"""The jobs of the house itself; only they read the clock."""

from procrastinate import JobContext, builtin_tasks
from procrastinate.contrib.django import app

from hetang_flow.keeping import remove_old
from hetang_flow.lib import clock


@app.periodic(cron="20 3 * * *", periodic_id="keeping")
@app.task(name="hetang_flow.tasks.keep_no_longer", queueing_lock="keeping", pass_context=False)
def keep_no_longer(timestamp: int) -> dict[str, int]:
    """Remove what has been kept long enough."""
    return remove_old(now=clock.now())


@app.periodic(cron="50 3 * * *", periodic_id="jobs")
@app.task(name="hetang_flow.tasks.forget_jobs", queueing_lock="jobs.forget", pass_context=True)
async def forget_jobs(context: JobContext, timestamp: int) -> None:
    """Forget jobs that were done a month ago; a table that only grows slows every worker's start."""
    await builtin_tasks.remove_old_jobs(context, max_hours=30 * 24, remove_failed=False)
