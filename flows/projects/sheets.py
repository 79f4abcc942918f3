"""What the engine's pages learn from this room: the body of its sheets and papers, who else sees its runs, its words."""

from flows.engine import registry

from . import papers, selectors, selectors_milestone, timeline
from .flow import CorrectionFlow, MilestoneFlow

registry.sheet_context(MilestoneFlow.code, selectors_milestone.milestone_context)
registry.sheet_context(CorrectionFlow.code, selectors_milestone.correction_context)
registry.paper_rows(MilestoneFlow.code, papers.milestone_rows)
registry.paper_rows(CorrectionFlow.code, papers.correction_rows)
registry.run_visibility(selectors.runs_of_visible, MilestoneFlow.code, CorrectionFlow.code)
for kind in ("project.moved", "project.corrected"):
    registry.history_words(kind, timeline.moved_words)
