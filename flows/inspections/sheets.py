"""What the engine's pages learn from this room: the body of its sheets and papers, who sees its runs, its words."""

from django.utils.translation import gettext as _

from flows.engine import registry
from flows.engine.registry import Said
from flows.files.registry import takes_files
from flows.journal.selectors import Line
from flows.projects.registry import about_projects

from . import opens, papers, selectors, selectors_sheet  # noqa: F401 - what a finding may open
from . import registry as openings
from .flow import InspectionFlow
from .models import Visit


def noted_words(line: Line) -> Said:
    """Something was noted on site; what, the sheet shows once the visit is handed in."""
    return Said(_("noted finding %(number)s") % {"number": line.facts.get("finding")}, "add")


def taken_back_words(line: Line) -> Said:
    """What was noted is taken back."""
    return Said(_("took back finding %(number)s") % {"number": line.facts.get("finding")}, "back")


def reported_words(line: Line) -> Said:
    """The visit was handed in."""
    facts = line.facts
    if not facts.get("findings"):
        return Said(_("visited the site, nothing found"), "yes")
    about = {"count": facts["findings"], "serious": facts.get("serious", 0)}
    return Said(_("visited the site, findings: %(count)s, serious ones: %(serious)s") % about, "done")


def objected_words(line: Line) -> Said:
    """A unit says what it has against it."""
    text = _("%(unit)s objects") % {"unit": line.facts.get("unit")}
    return Said(text, "no", line.personal.get("opinion", ""))


def opened_words(line: Line) -> Said:
    """A finding opened an obstacle or a matter of supervision."""
    kind = openings.kind(str(line.facts.get("what")))
    about = {"number": line.facts.get("finding"), "what": kind.label if kind else "—"}
    return Said(_("finding %(number)s opened: %(what)s") % about, "add")


takes_files(InspectionFlow.code)
about_projects(InspectionFlow.code, Visit)
registry.sheet_context(InspectionFlow.code, selectors_sheet.visit_context)
registry.paper_rows(InspectionFlow.code, papers.visit_rows)
registry.run_visibility(selectors.runs_of_visible, InspectionFlow.code)
registry.history_words("inspection.noted", noted_words)
registry.history_words("inspection.taken_back", taken_back_words)
registry.history_words("inspection.reported", reported_words)
registry.history_words("inspection.objected", objected_words)
registry.history_words("inspection.opened", opened_words)
