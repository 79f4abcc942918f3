"""What the engine's pages learn about timetables: the body of sheet and paper, who sees the runs, its words."""

from collections.abc import Mapping
from datetime import date, datetime

from django.utils.translation import gettext as _

from flows.engine import registry
from flows.engine.models import Run
from flows.engine.papers import day
from flows.engine.registry import Context, Said
from flows.engine.selectors_fields import Fields
from flows.engine.selectors_steps import node_asking
from flows.journal.selectors import Line
from flows.projects.registry import about_projects
from permissions.actors import Actor

from . import selectors
from .flow import TimetableFlow
from .models import Timetable


def context(run: Run, actor: Actor, now: datetime, fields: Fields) -> Mapping[str, object]:
    """The body of a timetable's sheet (three statements); the sheet decided who sees the run."""
    found = Timetable.objects.select_related("project", "unit", "base").get(run_id=run.pk)
    writing = found.state == Timetable.State.OPEN and node_asking(run, actor) == "write"
    return {"timetable": found, "nodes": selectors.compared(found), "writing": writing}


def rows(context: Context) -> list[tuple[str, str]]:
    """The version, why, and every node with its day, the one before and the one planned first."""
    found = context["timetable"]
    return [
        (_("Kind"), str(found.get_kind_display())),
        (_("Version"), str(found.number)),
        *([(_("Reason"), found.reason)] if found.reason else []),
        *[(node.name, _said(node)) for node in context["nodes"]],
    ]


def _said(node: selectors.Compared) -> str:
    if node.is_gone:
        return _("left out; was planned for %(day)s") % {"day": day(node.was)}
    parts = [day(node.planned)]
    if node.moved:
        parts.append(_("before %(day)s") % {"day": day(node.was)})
    if node.first and node.first != node.planned:
        parts.append(_("at first %(day)s") % {"day": day(node.first)})
    return "，".join(parts)


def _adopted(line: Line) -> Said:
    number = (line.after or {}).get("number")
    return Said(_("version %(number)s of the timetable takes effect") % {"number": number}, "yes")


def _written(line: Line) -> Said:
    return Said(_("wrote a timetable of %(count)s nodes") % {"count": line.facts.get("nodes")}, "add")


def _reported(line: Line) -> Said:
    said, words = line.facts.get("day"), line.personal.get("words", "")
    about = {"node": line.facts.get("node", "")}
    if not said:
        return Said(_("took back that “%(node)s” is done") % about, "back", words)
    about["day"] = day(date.fromisoformat(str(said)[:10]))
    return Said(_("“%(node)s” done on %(day)s") % about, "done", words)


about_projects(TimetableFlow.code, Timetable)
registry.sheet_context(TimetableFlow.code, context)
registry.paper_rows(TimetableFlow.code, rows)
registry.run_visibility(selectors.runs_of_visible, TimetableFlow.code)
registry.history_words("timetable.adopted", _adopted)
registry.history_words("timetable.written", _written)
registry.history_words("node.reported", _reported)
