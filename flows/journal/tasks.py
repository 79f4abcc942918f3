"""The jobs of the record: the seal of the day, then the look at everything; only they read the clock."""

from procrastinate.contrib.django import app

from flows.journal.operations_checks import check_due
from flows.journal.sealing import seal_record
from hetang_flow.lib import clock


# Every hour, though a day has one seal: the hour at which no worker ran is made up for by the next.
@app.periodic(cron="2 * * * *", periodic_id="journal.seal")
@app.task(name="flows.journal.tasks.make_seal", queueing_lock="journal.seal", pass_context=False)
def make_seal(timestamp: int) -> int:
    """Make today's seal; safe to run twice, late, and by several workers. Returns its number, or 0."""
    made = seal_record(now=clock.now())
    return made.number if made else 0


@app.periodic(cron="42 * * * *", periodic_id="journal.check")
@app.task(
    name="flows.journal.tasks.check_record",
    lock="journal.check",
    queueing_lock="journal.check",
    pass_context=False,
)
def check_record(timestamp: int) -> bool:
    """Look at the whole record once a day; returns whether it was looked at and does not hold."""
    checked = check_due(now=clock.now())
    return checked is not None and not checked.holds
