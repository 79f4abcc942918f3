"""A project's record as sentences: what happened, who did it in which post, newest last."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from itertools import groupby
from typing import Any

from django.utils.translation import gettext as _

from flows.engine.registry import Said, words_for
from flows.journal.selectors import Line

from .lifecycle import Phase

GATHERED = frozenset({"evidence.attached", "fact.recorded"})


@dataclass(frozen=True, slots=True)
class Event:
    """A line of the history; `mark` chooses its sign: sub, yes, back, add, done, wait."""

    who: str
    text: str
    mark: str
    when: datetime
    quote: str = ""


def events(lines: Sequence[Line], labels: Mapping[int, str], names: Mapping[str, str]) -> list[Event]:
    """Turn entries into sentences in the record's order; uploads or figures in a row become one sentence.

    `labels` names the milestone of a run by its key, `names` a figure or date by its code.
    Kinds nobody has words for are left out: the record keeps them, the page does not guess.
    """
    found = []
    for (kind, run, _actor, post, _number), group in groupby(lines, key=_together):
        same = list(group)
        if kind in GATHERED:
            said: Said | None = _gathered(kind, same, names)
        else:
            label = same[0].facts.get("label") or labels.get(run or 0, "")
            said = words(same[0]) or _run_words(same[0], str(_(label)) if label else "") or words_for(same[0])
        if said:
            who = post or same[0].actor_name or _("System")
            found.append(Event(who, said.text, said.mark, same[-1].happened, said.quote))
    return found


def _together(line: Line) -> tuple[str, int | None, int | None, str, int]:
    """Entries with the same answer that follow each other are told in one sentence."""
    alone = 0 if line.kind in GATHERED else line.number
    return line.kind, line.run_id, line.actor_id, line.actor_post, alone


def _gathered(kind: str, lines: Sequence[Line], names: Mapping[str, str]) -> Said:
    """One sentence for everything uploaded, or reported, in one go; each thing once, as it was said last."""
    if kind == "evidence.attached":
        items = Counter(str(line.facts.get("item", "")) for line in lines)
        named = (_("“%(item)s”") % {"item": item} + (f" ×{n}" if n > 1 else "") for item, n in items.items())
        return Said(_("uploaded %(items)s") % {"items": "".join(named)}, "done")
    told = {line.facts.get("fact", ""): _reported(line.facts, names) for line in lines}
    return Said(_("reported %(what)s") % {"what": _(", ").join(told.values())}, "done")


def phase_name(phase: str) -> str:
    """A phase as people read it; what is unknown stays as it is."""
    return str(Phase(phase).label) if phase in Phase.values else phase


def _phase_in(state: Mapping[str, Any] | None) -> str:
    return phase_name((state or {}).get("phase", ""))


def moved_words(line: Line) -> Said | None:
    """What a run's own sheet tells besides the engine's entries: that the project moved."""
    return words(line) if line.kind in ("project.moved", "project.corrected") else None


def words(line: Line) -> Said | None:
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
            return Said(_("project moved to “%(phase)s”") % {"phase": _phase_in(line.after)}, "yes")
        case "project.corrected":
            text = _("phase put right from “%(was)s” to “%(phase)s”")
            return Said(
                text % {"was": _phase_in(line.before), "phase": _phase_in(line.after)}, "add", opinion
            )
        case "evidence.withdrawn":
            return Said(_("took a file out again"), "done")
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
