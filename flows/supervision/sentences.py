"""Why a rung is the rung: one sentence for people, in the language that is active, from what was known then."""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from django.utils.translation import gettext as _

from flows.deadlines.sentences import full_day

from . import rules
from .models import Climb, Item


def explain(climb: Climb, ladder: rules.Ladder) -> str:
    """One sentence: ladder and version, dates, waits, calendar, what speaks for whoever is late, who decided."""
    said = climb.inputs
    facts = {
        "ladder": ladder.name,
        "version": said["ladder"],
        "rung": climb.name,
        "order": climb.rung,
        "why": _why(climb, said),
        "calendar": said["calendar"],
        "provisional": _(", provisional") if said["provisional"] else "",
        "excuses": _excuses(said["excuses"]),
        "held": _("; it had waited for an obstacle") if said["was_held"] else "",
        "decision": _decision(climb),
    }
    return (
        _(
            "Rung %(order)s “%(rung)s” of “%(ladder)s” version %(version)s: %(why)s"
            " (working calendar %(calendar)s%(provisional)s)%(held)s%(excuses)s%(decision)s."
        )
        % facts
    )


def _why(climb: Climb, said: Mapping[str, Any]) -> str:
    facts = {
        "due": full_day(_day(said["due_on"])),
        "moved": _moved(said),
        "from": said["from"],
        "counted": full_day(_day(said["counts_from"])),
        "wait": said["wait"],
        "over": full_day(climb.due_on),
    }
    if said["wait"] is None and said["how"] == rules.ENTERED:
        return _("it enters here, on %(counted)s") % facts
    if said["wait"] is None:
        return _("the rung before it was found grave, on %(counted)s") % facts
    if said["from"]:
        return (
            _(
                "due on %(due)s%(moved)s and not done; “%(from)s” on %(counted)s, then %(wait)s working days, over on"
                " %(over)s"
            )
            % facts
        )
    return _("due on %(due)s%(moved)s and not done, then %(wait)s working days, over on %(over)s") % facts


def _moved(said: Mapping[str, Any]) -> str:
    first = said["first_due_on"]
    if not first or first == said["due_on"]:
        return ""
    return _(" (first for %(day)s)") % {"day": full_day(_day(first))}


def _excuses(excuses: Iterable[Mapping[str, Any]]) -> str:
    words = {
        (rules.OBSTACLE, True): _("; an obstacle was reported in time: %(title)s"),
        (rules.OBSTACLE, False): _("; an obstacle was reported, but late: %(title)s"),
    }
    extended = _("; an extension was approved on %(since)s")
    return "".join(words.get((each["kind"], each["in_time"]), extended) % each for each in excuses)


def _decision(climb: Climb) -> str:
    words = {
        Climb.State.PROPOSED: _("; proposed only, a person decides"),
        Climb.State.CONFIRMED: _("; confirmed by a person with reasons"),
        Climb.State.DECLINED: _("; declined by a person with reasons"),
    }
    return words.get(Climb.State(climb.state), "")


def ahead(item: Item, step: rules.Step | None) -> str:
    """What happens next and when, in a few words."""
    if item.closed is not None:
        return _("closed: %(why)s") % {"why": item.get_closed_why_display()}
    if step is None:
        return _("waits for a person") if _open_proposal(item) else _("nothing more by time")
    facts = {"rung": step.rung.name, "day": full_day(item.next_on or step.due_on)}
    if item.held:
        return _("“%(rung)s” waits for an obstacle; looked at again on %(day)s") % facts
    if step.rung.confirm:
        return _("“%(rung)s” is proposed on %(day)s; a person decides") % facts
    return _("“%(rung)s” on %(day)s") % facts


def _open_proposal(item: Item) -> bool:
    proposal = getattr(item, "proposal", None)
    return proposal == Climb.State.PROPOSED


def _day(text: str) -> date:
    return date.fromisoformat(text)
