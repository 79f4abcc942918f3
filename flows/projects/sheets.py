"""What the engine's pages learn from this room: the body of its sheets, who else sees its runs, its words."""

from flows.engine import registry

from . import selectors, selectors_milestone, timeline
from .flow import CorrectionFlow, MilestoneFlow

registry.sheet_context(MilestoneFlow.code, selectors_milestone.milestone_context)
registry.sheet_context(CorrectionFlow.code, selectors_milestone.correction_context)
registry.run_visibility(selectors.runs_of_visible)
for kind in ("project.moved", "project.corrected"):
    registry.history_words(kind, timeline.moved_words)
