"""Jobs of the engine; found by procrastinate through the name of this module. Only they read the clock."""

import logging
from collections.abc import Callable
from datetime import datetime

from django.db.models import QuerySet
from procrastinate import BaseRetryStrategy, JobContext, RetryDecision, RetryStrategy
from procrastinate.contrib.django import app
from procrastinate.jobs import Job

from hetang_flow.lib import clock
from hetang_flow.lib.errors import Refusal
from permissions.actors import SYSTEM

from . import operations, selectors_steps
from .models import Step
from .operations.people import begin_day
from .operations.reresolving import JOB, reresolve
from .operations.waiting import TRIGGER_JOB

log = logging.getLogger(__name__)

BATCH = 200
SOON, LONGEST = 30, 6 * 60 * 60
TELL_AT = 5


# --- what the days bring ---


@app.periodic(cron="*/10 * * * *", periodic_id="engine.late")
@app.task(
    name="flows.engine.tasks.sweep_late",
    queueing_lock="engine.sweep_late",
    pass_context=False,
)
def sweep_late(timestamp: int) -> int:
    """Do what their policies say with the steps whose day has passed; return how many."""
    now = clock.now()
    return each(selectors_steps.late_steps(now), operations.time_out, now=now)


@app.periodic(cron="*/10 * * * *", periodic_id="engine.sleepers")
@app.task(
    name="flows.engine.tasks.wake_sleepers",
    queueing_lock="engine.wake_sleepers",
    pass_context=False,
)
def wake_sleepers(timestamp: int) -> int:
    """Let the delays pass whose day has come; return how many."""
    now = clock.now()
    return each(selectors_steps.sleeping_steps(now), operations.wake, now=now)


def each(found: QuerySet[Step], act: Callable[..., bool], *, now: datetime, batch: int = BATCH) -> int:
    """Act on every step, each in a transaction of its own, batch by batch; one that fails is logged and left alone."""
    done, last = 0, 0
    while keys := list(found.filter(pk__gt=last).values_list("pk", flat=True)[:batch]):
        for key in keys:
            try:
                done += act(key, now=now)
            except Refusal as refused:
                log.warning("%s of step %s is put off: %s", act.__name__, key, refused)
            except Exception:
                log.exception("%s of step %s failed", act.__name__, key)
        last = keys[-1]
    return done


# --- what happens outside ---


class KeepTrying(BaseRetryStrategy):
    """Twice as long each time, six hours at most, until it succeeds or nobody waits for it any more."""

    def get_retry_decision(self, *, exception: BaseException, job: Job) -> RetryDecision:
        """Return when to try again."""
        return RetryDecision(retry_in={"seconds": min(SOON * 2 ** min(job.attempts, 16), LONGEST)})


@app.task(name=TRIGGER_JOB, retry=KeepTrying(), pass_context=True)
def pull_trigger(context: JobContext, step_id: int) -> bool:
    """Do a trigger's work outside, then let its run go on; tells whether it did."""
    return pull(step_id, times=context.job.attempts + 1)


def pull(step_id: int, *, times: int = 1) -> bool:
    """Do a trigger's work, holding no lock, for the so-manieth time; safe to run twice.

    While the run is suspended nothing is done: resuming enqueues the job again.
    """
    step = selectors_steps.trigger_waiting(step_id)
    if step is None:
        return False
    try:
        step.flow_task.function(step.process.public_id, key=f"trigger:{step.pk}")
    except Exception:
        if times >= TELL_AT:
            operations.trigger_failed(step.pk, now=clock.now())
        raise
    return operations.trigger_done(step.pk, now=clock.now())


@app.periodic(cron="*/10 * * * *", periodic_id="engine.triggers")
@app.task(
    name="flows.engine.tasks.revive_triggers",
    queueing_lock="engine.revive_triggers",
    pass_context=False,
)
async def revive_triggers(timestamp: int) -> int:
    """Give back to the living the triggers whose worker was killed; return how many."""
    left = list(await app.job_manager.get_stalled_jobs(task_name=TRIGGER_JOB))
    for job in left:
        await app.job_manager.retry_job(job)
    return len(left)


# --- people who come and go ---


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
