"""What the engine's pages learn about line plans: the body of sheet and paper, who sees the runs, its words."""

from collections.abc import Mapping
from datetime import datetime

from django.utils.translation import gettext as _

from flows.engine import registry
from flows.engine.models import Run
from flows.engine.papers import day
from flows.engine.registry import Context, Said
from flows.engine.selectors_fields import Fields
from flows.engine.selectors_steps import node_asking
from flows.journal.selectors import Line
from permissions.actors import Actor

from .flow import LinePlanFlow
from .models import LinePlan
from .rules import line_plans, shares
from .selectors_line_plans import Part, breakdown_of, runs_of_room
from .words import PARTS, figure


def context(run: Run, actor: Actor, now: datetime, fields: Fields) -> Mapping[str, object]:
    """The body of a line plan's sheet (four statements); the sheet decided who sees the run."""
    found = LinePlan.objects.select_related("line", "unit", "plan").get(run_id=run.pk)
    return {
        "line_plan": found,
        "breakdown": breakdown_of(found),
        "texts": [(PARTS[name], getattr(found, name)) for name in line_plans.TEXTS],
        "node": node_asking(run, actor),
    }


def rows(context: Context) -> list[tuple[str, str]]:
    """The plan's parts, and each target with its units and quarters."""
    found = context["line_plan"]
    return [
        (_("Campaign line"), found.line.name),
        (_("Filed by"), found.unit.name),
        (_("Version"), str(found.number)),
        *([(_("Holds from"), day(found.holds_from))] if found.holds_from else []),
        *([(_("Why it is changed"), found.reason)] if found.reason else []),
        *[(str(name), text) for name, text in context["texts"] if text],
        *[(part.target.name, _said(part)) for part in context["breakdown"].parts],
    ]


def _said(part: Part) -> str:
    """A target's figure, then each unit with its quarters."""
    units = []
    for row in part.rows:
        cells = [
            _("Q%(quarter)s %(value)s") % {"quarter": quarter, "value": cell}
            for quarter, cell in zip(shares.QUARTERS, row.cells, strict=False)
            if cell
        ]
        units.append(f"{row.name}：{'，'.join(cells)}" if cells else row.name)
    return "\n".join([figure(part.target), *units])


def _written(line: Line) -> Said:
    names = "、".join(str(PARTS[name]) for name in line.facts.get("parts", ()) if name in PARTS)
    return Said(_("wrote %(parts)s") % {"parts": names}, "add")


def _shared_out(line: Line) -> Said:
    units = len((line.facts or {}).get("after", {}))
    return Said(_("shared a target out to %(count)s units") % {"count": units}, "add")


def _adopted(line: Line) -> Said:
    return Said(_("version %(number)s takes effect") % {"number": (line.after or {}).get("number")}, "yes")


registry.sheet_context(LinePlanFlow.code, context)
registry.paper_rows(LinePlanFlow.code, rows)
registry.run_visibility(runs_of_room, LinePlanFlow.code)
registry.history_words("line_plan.written", _written)
registry.history_words("line_plan.shared_out", _shared_out)
registry.history_words("line_plan.adopted", _adopted)
