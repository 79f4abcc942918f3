"""What the engine's pages and the projects learn from this room."""

from datetime import date

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from flows.engine import registry
from flows.engine.papers import day
from flows.engine.registry import Said
from flows.files.registry import takes_files
from flows.journal.selectors import Line
from flows.projects import registry as projects
from flows.targets.sources import register_source

from . import effects, papers, selectors, selectors_figures, selectors_sheet
from .flow import ObstacleFlow


def _day(said: object) -> str:
    """A day among the facts, as people read it."""
    return day(date.fromisoformat(str(said)[:10])) if said else "—"


def sorted_words(line: Line) -> Said:
    """It was sorted: kind, level, and whether it stops the work."""
    facts = line.facts
    text = _("sorted as %(kind)s, %(level)s") % {"kind": facts.get("sort"), "level": facts.get("level")}
    return Said(text + (_("; stops the work") if facts.get("stops") else ""), "done")


def assigned_words(line: Line) -> Said:
    """It was given to a unit."""
    about = {"unit": line.facts.get("unit"), "day": _day(line.facts.get("due"))}
    return Said(_("assigned to %(unit)s, due %(day)s") % about, "done")


def raised_words(line: Line) -> Said:
    """It went up a level."""
    after = line.after or {}
    about = {"level": after.get("level"), "holders": after.get("holders") or "—"}
    text = (
        _("time ran out: raised to %(level)s, now held by %(holders)s")
        if line.facts.get("by_time")
        else _("raised to %(level)s, now held by %(holders)s")
    )
    return Said(text % about, "add", line.personal.get("opinion", ""))


def struck_off_words(line: Line) -> Said:
    """It is over."""
    return Said(_("struck off after %(days)s days") % {"days": line.facts.get("days")}, "yes")


def reported_words(line: Line) -> Said:
    """A stage or a figure was reported, or corrected."""
    facts = line.facts
    value = f" {facts['value']} {facts.get('unit', '')}".rstrip() if facts.get("value") is not None else ""
    about = {"what": f"{facts.get('what')}{value}", "day": _day(facts.get("happened_on"))}
    text = (
        _("corrected %(what)s (%(day)s)") if facts.get("replaces") else _("reported %(what)s (%(day)s)")
    ) % about
    return Said(text, "done", line.personal.get("opinion", ""))


def resumed_words(line: Line) -> Said:
    """The project goes on, and with it the levels of its obstacles."""
    count = line.facts.get("obstacles", 0)
    text = ngettext(
        "the level days of %(count)s obstacle go on",
        "the level days of %(count)s obstacles go on",
        count,
    )
    return Said(text % {"count": count}, "done")


takes_files(ObstacleFlow.code)
registry.history_words("obstacles.resumed", resumed_words)
projects.on_resumption(effects.go_on_with_project)
registry.sheet_context(ObstacleFlow.code, selectors_sheet.obstacle_context)
registry.paper_rows(ObstacleFlow.code, papers.obstacle_rows)
registry.run_visibility(selectors.runs_of_visible, ObstacleFlow.code)
registry.history_words("obstacle.sorted", sorted_words)
registry.history_words("obstacle.assigned", assigned_words)
registry.history_words("obstacle.raised", raised_words)
registry.history_words("obstacle.struck_off", struck_off_words)
registry.history_words("obstacle.reported", reported_words)
projects.obstacle_source(selectors.in_the_way)
register_source(selectors_figures.counting)
