"""A project's record as sentences: what happened, who did it in which post, newest last."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from django.utils.translation import gettext as _

from flows.engine.registry import Said
from flows.journal.selectors import Line

from .lifecycle import Phase


@dataclass(frozen=True, slots=True)
class Event:
    """A line of the history; `mark` chooses its sign: sub, yes, back, add, done, wait."""

    who: str
    text: str
    mark: str
    when: datetime
    quote: str = ""


def events(lines: Sequence[Line], labels: Mapping[int, str], names: Mapping[str, str]) -> list[Event]:
    """Turn entries into sentences in the record's order.

    `labels` names the milestone of a run by its key, `names` a figure or date by its code.

    Kinds nobody has words for are left out: the record keeps them, the page does not guess.
    """
    found = []
    for line in lines:
        label = line.facts.get("label") or labels.get(line.run_id or 0, "")
        said = words(line, names) or _run_words(line, str(_(label)) if label else "")
        if said:
            who = line.actor_post or line.actor_name or _("System")
            found.append(Event(who, said.text, said.mark, line.happened, said.quote))
    return found


def phase_name(phase: str) -> str:
    """A phase as people read it; what is unknown stays as it is."""
    return str(Phase(phase).label) if phase in Phase.values else phase


def moved_words(line: Line) -> Said | None:
    """What a run's own sheet tells besides the engine's entries: that the project moved."""
    return words(line, {}) if line.kind in ("project.moved", "project.corrected") else None


def words(line: Line, names: Mapping[str, str]) -> Said | None:
    """The sentences of this room's own entries; None for others."""
    facts, opinion = line.facts, line.personal.get("opinion", "")
    match line.kind:
        case "project.opened":
            text = _("entered in the plan in the phase “%(phase)s”") % {
                "phase": phase_name(facts.get("phase", ""))
            }
            return Said(
                text, "add", _("derived from the construction period") if facts.get("derived") else ""
            )
        case "project.moved":
            return Said(_("project moved to “%(phase)s”") % {"phase": phase_name(facts.get("to", ""))}, "yes")
        case "project.corrected":
            text = _("phase put right from “%(was)s” to “%(phase)s”")
            names = {"was": phase_name(facts.get("from", "")), "phase": phase_name(facts.get("to", ""))}
            return Said(text % names, "add", opinion)
        case "evidence.attached":
            return Said(_("uploaded “%(item)s”") % {"item": facts.get("item", "")}, "add")
        case "evidence.withdrawn":
            return Said(_("took a file out again"), "back")
        case "fact.recorded":
            return Said(_("reported %(what)s") % {"what": _reported(facts, names)}, "add")
    return None


def _reported(facts: Mapping[str, Any], names: Mapping[str, str]) -> str:
    name = names.get(facts.get("fact", "")) or _("a figure")
    if facts.get("day"):
        day = date.fromisoformat(str(facts["day"])[:10])
        return f"{name} {day.year}-{day.month:02d}-{day.day:02d}"
    try:
        value = f"{Decimal(str(facts.get('value'))).normalize():,f}"
    except InvalidOperation:
        return str(name)
    return f"{name} {value} {facts.get('unit', '')}".strip()


def _run_words(line: Line, label: str) -> Said | None:
    """The engine's entries, told with the milestone they belong to."""
    about, opinion = {"label": label}, line.personal.get("opinion", "")
    verifies = line.facts.get("node") == "verify"
    match line.kind:
        case "run.started":
            return Said(_("began “%(label)s”") % about, "add")
        case "work.done":
            return Said(_("submitted “%(label)s”") % about, "sub", opinion)
        case "share.approved":
            text = _("verified “%(label)s”") if verifies else _("approved “%(label)s”")
            return Said(text % about, "yes", opinion)
        case "step.returned":
            return Said(_("returned “%(label)s”") % about, "back", opinion)
        case "step.waits":
            return Said(
                _("nobody holds %(post)s; it waits") % {"post": line.facts.get("waits_for", "")}, "wait"
            )
        case "run.withdrawn_by":
            return Said(_("withdrew “%(label)s”") % about, "back", opinion)
        case "run.refused":
            return Said(_("“%(label)s” was not passed") % about, "back")
    return None
