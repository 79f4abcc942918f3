"""The base of every flow: our tables, a blocking lock, and what the pages need to know about it."""

from collections.abc import Iterator

from viewflow.workflow import flow, lock

from .models import Run, Step
from .nodes import Human


class Flow(flow.Flow):
    """A whole flow fits on one screen; rows of policy data say who signs each of its steps."""

    process_class, task_class = Run, Step
    lock_impl = lock.SelectForUpdateLock(nowait=False, attempts=1)

    code = ""
    sheet_template = ""

    def begin(self, activation, *, move, on_saved=None, **fields):
        """Fill and save the new run; the start node calls this before the first step opens."""
        run = activation.process
        for name, value in fields.items():
            setattr(run, name, value)
        run.save(force_insert=True)
        activation.task.process = run
        if on_saved:
            on_saved(run)
        move.adopt(run)
        return run

    def on_closed(self, move) -> None:
        """What a flow does when its run is withdrawn; nothing unless it says so."""

    @classmethod
    def policy_keys(cls) -> Iterator[str]:
        """The policy rows that this flow's steps name."""
        for node in cls.instance.nodes():
            if isinstance(node, Human):
                yield node.policy_key
