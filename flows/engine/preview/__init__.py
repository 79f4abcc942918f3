"""流程预测: what follows from where a run stands, who would be asked and when it would be due; reads only.

It assumes that everybody agrees and takes the whole limit; what else may happen stands in the "unless" sentences.
"""

from datetime import datetime

from viewflow.workflow.status import PROCESS

from ..models import Run
from .items import Ahead, Asked, Items
from .present import ACTS, LOOK, Present

__all__ = ["ACTS", "LOOK", "Ahead", "Asked", "preview"]


def preview(run: Run, *, at: datetime, act: str = "approve", share: int | None = None) -> list[Ahead]:
    """Return what follows, in order, once somebody has approved, rejected or returned; with act "look" as it stands.

    `share` is the assignment on which that somebody acts, the first open one if none is named. Nothing follows a
    run that is over. Statements: shares, steps, holders, names, and those of each resolver still to be asked.
    """
    if run.status != PROCESS.NEW or run.flow_class is None:
        return []
    return Items(Present(run, at=at, act=act, share=share)).listed()
