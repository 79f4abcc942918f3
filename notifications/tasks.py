"""Jobs of the notices; found by procrastinate through the name of this module."""

from datetime import datetime

from django.db import transaction
from procrastinate import BaseRetryStrategy, RetryDecision
from procrastinate.contrib.django import app
from procrastinate.jobs import Job

from hetang_flow.lib import clock
from notifications import carrying, delivery

CRASHES = 5


class LetterWaits(Exception):
    """Some letter was not taken yet; `until` is the hour of its next attempt, read from its row."""

    def __init__(self, until: datetime) -> None:
        super().__init__(f"next attempt at {until:%Y-%m-%d %H:%M:%S %Z}")
        self.until = until


class ComeBack(BaseRetryStrategy):
    """Follow the rows: come back at their hour. Anything unforeseen is tried again a few times."""

    def get_retry_decision(self, *, exception: BaseException, job: Job) -> RetryDecision | None:
        """Return when to try again, or None to give the job up (the sweep still finds its rows)."""
        if isinstance(exception, LetterWaits):
            return RetryDecision(retry_at=exception.until)
        if job.attempts >= CRASHES:
            return None
        return RetryDecision(retry_in={"seconds": 30 * (job.attempts + 1)})


@app.task(queue=delivery.MAIL_QUEUE, name=delivery.JOB, retry=ComeBack())
def deliver(delivery_ids: list[int]) -> None:
    """Send what is due; safe to run twice or on two workers at once."""
    until = carrying.carry(delivery_ids, now=clock.now())
    if until is not None:
        raise LetterWaits(until)


@app.periodic(cron="*/5 * * * *", periodic_id="mail")
@app.task(
    queue=delivery.MAIL_QUEUE,
    name="notifications.tasks.sweep_deliveries",
    queueing_lock="notifications.sweep_deliveries",
    pass_context=False,
)
def sweep_deliveries(timestamp: int) -> int:
    """Give new jobs to the deliveries whose worker was killed; return how many there were."""
    with transaction.atomic():
        left = delivery.forgotten(now=clock.now())
        delivery.defer(left)
    return len(left)
