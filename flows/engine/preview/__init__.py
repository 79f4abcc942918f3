"""流程预测: what follows from where a run stands, who would be asked and when it would be due; reads only.

It assumes that everybody agrees and takes the whole limit; what else may happen stands in the "unless" sentences.
"""

from dataclasses import dataclass
from datetime import datetime

from viewflow.workflow.status import PROCESS

from permissions.actors import Actor

from ..models import Policy, Run
from ..selectors_policy import policy_by_id
from .items import Ahead, Asked, Items
from .present import ACTS, LOOK, Present

__all__ = ["ACTS", "LOOK", "Ahead", "Asked", "Look", "look_ahead", "preview"]


@dataclass(frozen=True, slots=True)
class Look:
    """What follows, and the acts that would make a difference on the share looked at."""

    ahead: tuple[Ahead, ...] = ()
    acts: tuple[str, ...] = ()
    judges: bool = False


def preview(run: Run, *, at: datetime, act: str = "approve", share: int | None = None) -> list[Ahead]:
    """Return what follows, in order, once somebody has approved, rejected or returned; with act "look" as it stands.

    `share` is the assignment on which that somebody acts, the first open one if none is named. Nothing follows a
    run that is over. Statements: shares, steps, holders, names, and those of each resolver still to be asked.
    """
    return [*look_ahead(run, at=at, act=act, share=share).ahead]


def look_ahead(
    run: Run, *, at: datetime, act: str, share: int | None = None, by: Actor | None = None
) -> Look:
    """The same with the acts to choose from; of several open shares `by` acts on their own."""
    if run.status != PROCESS.NEW or run.flow_class is None:
        return Look()
    present = Present(run, at=at, act=act, share=share, by=by)
    mine = present.mine
    if mine is None:
        return Look(tuple(Items(present).listed()))
    judges = present.judges(mine)
    counted = policy_by_id(mine.step.policy_id).on_no == Policy.OnNo.COUNT
    acts = ("approve", *(("reject",) if counted else ()), "return") if judges else ("approve",)
    return Look(tuple(Items(present).listed()), acts, judges)
