"""The base of every flow: our tables, a blocking lock, and what the pages need to know about it."""

from collections.abc import Collection, Iterator
from functools import cache

from django.urls import reverse
from viewflow.workflow import flow, lock

from flows.deadlines.rules import DueDay
from hetang_flow.lib.verdicts import YES, Verdict

from .models import Run, Step
from .nodes import Human
from .rules import Route, downstream
from .waits import SubRun


class Flow(flow.Flow):
    """A whole flow fits on one screen; rows of policy data say who signs each of its steps."""

    process_class, task_class = Run, Step
    lock_impl = lock.SelectForUpdateLock(nowait=False, attempts=1)

    code = label = ""
    sheet_template = ""
    # Its runs stand in no list, count, search or page of the house but those of its own room, and of them nothing
    # but "a new task" leaves it.
    confidential = False
    most_days: int | None = None  # the working days that the limits along the longest way may add up to

    def begin(self, activation, *, move, on_saved=None, **fields):
        """Fill and save the new run; the start node calls this before the first step opens."""
        run = activation.process
        for name, value in fields.items():
            setattr(run, name, value)
        run.confidential = self.confidential
        run.save(force_insert=True)
        activation.task.process = run
        move.adopt(run)
        if on_saved:
            on_saved(run)
        return run

    def on_closed(self, move) -> None:
        """What a flow does when its run is withdrawn or terminated; nothing unless it says so."""

    def due_of(self, run, node) -> DueDay | None:
        """The day a step is due where the matter itself has one; None leaves it to the policy's limit."""
        return None

    def may_reopen(self, run) -> Verdict:
        """Whether a finished run of this flow can come back; a flow whose effects stand says why not."""
        return YES if run.outcome != "completed" else Verdict("effects-stand", {})

    def on_reopened(self, move) -> None:
        """What a flow does when its run comes back; nothing unless it says so."""

    def on_resumed(self, move, since) -> None:
        """What goes on with a run that was suspended since then; nothing unless the flow says so."""

    def admits(self, run, by, now) -> bool:
        """Whether this person may know of a run at all; asked of confidential flows before every operation."""
        return not self.confidential

    def audience(self, run, people: Collection[int], now) -> Collection[int]:
        """Which of these people a notice about the run reaches."""
        return people

    def address(self, run) -> str:
        """The page a notice leads to."""
        return reverse("sheet", args=[run.public_id])

    def on_people(self, move) -> bool:
        """What a flow does when people of its posts change; true where that is all there is to do."""
        return False

    def on_calendar(self, move) -> None:
        """What of the matter itself is reckoned anew when the calendar has changed; nothing unless the flow says so."""

    @classmethod
    @cache
    def routes(cls) -> list[Route]:
        """The edges between the flow's nodes, by name; a refusal to a node that lies before it leads back."""
        edges = [edge for node in cls.instance.nodes() for edge in node._outgoing()]
        forward = [Route(e.src.name, e.dst.name) for e in edges if e.edge_class != "cond_false"]
        return forward + [
            Route(e.src.name, e.dst.name, e.src.name in downstream(forward, e.dst.name) | {e.dst.name})
            for e in edges
            if e.edge_class == "cond_false"
        ]

    @classmethod
    @cache
    def has_sub_runs(cls) -> bool:
        """Whether a step of this flow is another run."""
        return any(isinstance(node, SubRun) for node in cls.instance.nodes())

    @classmethod
    def policy_keys(cls) -> Iterator[str]:
        """The policy rows that this flow's steps name."""
        for node in cls.instance.nodes():
            if isinstance(node, Human):
                yield node.policy_key
