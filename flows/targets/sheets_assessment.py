"""What the engine's pages learn about assessments: the body of sheet and paper, who sees the runs, its words."""

from django.utils.translation import gettext as _

from flows.engine import registry
from flows.engine.papers import day
from flows.engine.registry import Context, Said
from flows.journal.selectors import Line
from hetang_flow.lib.figures import number

from .flow import AssessmentFlow
from .selectors_assessment import context, runs_of_room


def rows(context: Context) -> list[tuple[str, str]]:
    """The day of the facts, and each unit with its total."""
    found = context["assessment"]
    return [
        (_("Facts up to"), day(found.gathered_on)),
        *([(_("Objections until"), day(found.objections_until))] if found.objections_until else []),
        *([(_("Published on"), day(found.published_on))] if found.published_on else []),
        *[(row.unit.name, number(row.total)) for row in context["units"]],
    ]


def _scored(line: Line) -> Said:
    return Said(_("decided %(count)s scores of a unit") % {"count": len(line.after or {})}, "add")


def _amended(line: Line) -> Said:
    text = _("changed %(count)s scores of a unit on its objection")
    return Said(text % {"count": len(line.after or {})}, "add")


def _answered(line: Line) -> Said:
    upheld = line.facts.get("upheld")
    return Said(_("upheld a unit's objection") if upheld else _("did not uphold a unit's objection"), "done")


registry.sheet_context(AssessmentFlow.code, context)
registry.paper_rows(AssessmentFlow.code, rows)
registry.run_visibility(runs_of_room, AssessmentFlow.code)
registry.history_words("assessment.scored", _scored)
registry.history_words("assessment.amended", _amended)
registry.history_words("assessment.answered", _answered)
registry.history_words("assessment.objected", lambda line: Said(_("a unit objected"), "no"))
registry.history_words("assessment.notified", lambda line: Said(_("told the units their scores"), "done"))
registry.history_words("assessment.published", lambda line: Said(_("published the assessment"), "yes"))
