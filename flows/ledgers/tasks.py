"""The job that reads a workbook; only it reads the clock."""

from procrastinate.contrib.django import app

from hetang_flow.lib import clock

from .importing import READ_JOB, look_at


@app.task(name=READ_JOB, pass_context=False)
def read_workbook(import_id: int) -> None:
    """Read and judge a workbook that was laid down."""
    look_at(import_id, now=clock.now())
