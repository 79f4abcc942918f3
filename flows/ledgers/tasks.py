"""The jobs that read a workbook and throw old ones away; only they read the clock."""

from procrastinate.contrib.django import app

from hetang_flow.lib import clock

from .importing import READ_JOB, forget_old, look_at


@app.task(name=READ_JOB, pass_context=False)
def read_workbook(import_id: int) -> None:
    """Read and judge a workbook that was laid down."""
    look_at(import_id, now=clock.now())


@app.periodic(cron="40 3 * * *", periodic_id="ledger-imports")
@app.task(name="flows.ledgers.tasks.forget_workbooks", queueing_lock="ledgers.forget", pass_context=False)
def forget_workbooks(timestamp: int) -> int:
    """Throw away what was read and never taken in."""
    return forget_old(now=clock.now())
