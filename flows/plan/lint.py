"""Everything that cannot add up in a plan: each room's rules, and those that look across rooms."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext_lazy as _

from flows.plan.sections import SECTIONS
from flows.projects.plan_lint import yi
from hetang_flow.lib.plan_file import ERROR, NOTE, WARNING, Finding

# Indicators that the product derives from facts; a plan uses these codes for them.
KEY_PROJECTS, INVESTED = "key-projects", "invested"
ORDER = {ERROR: 0, WARNING: 1, NOTE: 2}


def lint_plan(document: Any) -> list[Finding]:
    """Return every finding with its line, the weightiest first, then in the order of the file."""
    found = [finding for section in SECTIONS for finding in section.lint(document)]
    found += _annex_against_targets(document)
    placed = [document.placed(finding) for finding in found]
    return sorted(placed, key=lambda finding: (ORDER[finding.severity], finding.line))


def _annex_against_targets(document: Any) -> Iterator[Finding]:
    """Hold the number of key projects and the year's investment against the projects that the plan lists."""
    rows = [entry for entry in document.projects if entry.row is not None]
    planned = sum((entry.planned for entry in rows), Decimal())
    counted = _first(document, KEY_PROJECTS)
    invested = _first(document, INVESTED)
    facts = {"rows": len(rows), "planned": yi(planned), "target": "-", "share": "-"}
    if invested is not None and invested[1].value:
        target = invested[1].value
        facts |= {"target": yi(target), "share": yi(planned / target * 100)}
    if counted is not None and counted[1].value != len(rows):
        index, entry = counted
        message = _(
            "The notice speaks of %(count)s key projects, its annex lists %(rows)s (another list); their plans for the "
            "year make %(planned)s of the %(target)s 亿元, %(share)s%%. The list of the others is still needed."
        )
        facts["count"] = f"{entry.value.normalize():f}"
        yield Finding("annex-is-another-list", message, facts, ("targets", index), WARNING, entry.clause)
    elif invested is not None and invested[1].value and planned < invested[1].value:
        index, entry = invested
        message = _(
            "The %(rows)s projects listed plan %(planned)s of the %(target)s 亿元 for the year, %(share)s%%. "
            "Say where the rest is to come from."
        )
        yield Finding("plans-below-target", message, facts, ("targets", index), WARNING, entry.clause)


def _first(document: Any, indicator: str) -> tuple[int, Any] | None:
    return next(
        ((i, entry) for i, entry in enumerate(document.targets) if entry.indicator == indicator), None
    )
