"""How a ladder reads: its rungs, who is told, what may enter."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from . import rules
from .models import Climb, Item

AUDIENCE: Mapping[str, Any] = {
    "holder": gettext_lazy("whoever has it"),
    "desk": gettext_lazy("the unit's desk"),
    "officer": gettext_lazy("the unit's officers"),
    "head": gettext_lazy("the unit's head"),
    "lead_departments": gettext_lazy("the lead departments"),
    "contact_leaders": gettext_lazy("the contact leaders"),
    "line_leader": gettext_lazy("the convener of the line"),
    "campaign_office": gettext_lazy("the campaign office"),
    "hq_office": gettext_lazy("the headquarters office"),
}
COLOURS: Mapping[str, Any] = {
    "blue": gettext_lazy("blue"),
    "yellow": gettext_lazy("yellow"),
    "red": gettext_lazy("red"),
}
MARKS: Mapping[str, Any] = {
    "task": gettext_lazy("an overdue task"),
    "node": gettext_lazy("an overdue node"),
    "light": gettext_lazy("a light"),
    "light-red": gettext_lazy("a red light"),
    "light-yellow": gettext_lazy("a yellow light"),
    "light-blue": gettext_lazy("a blue light"),
}


@dataclass(frozen=True, slots=True)
class RungWords:
    """A rung as people read it."""

    rung: rules.Rung
    measure: str
    colour: str
    wait: str
    days: str
    tell: Sequence[str]
    enters: Sequence[str]


def rungs(ladder: rules.Ladder) -> list[RungWords]:
    """Every rung in words, the lowest first."""
    return [_words(rung) for rung in ladder.rungs]


def _words(rung: rules.Rung) -> RungWords:
    return RungWords(
        rung,
        str(Climb.Measure(rung.measure).label),
        str(COLOURS.get(rung.colour, "")),
        _wait(rung),
        _for(rung.days),
        [str(AUDIENCE.get(who, who)) for who in rung.tell],
        [mark(each) for each in sorted(rung.enters)],
    )


def _wait(rung: rules.Rung) -> str:
    if rung.wait is None:
        return _("only where a person found the rung before it grave")
    text = ngettext(
        "%(days)s working day after the due day", "%(days)s working days after the due day", rung.wait
    )
    if rung.order > 1:
        text = ngettext(
            "%(days)s working day after the rung before it was told",
            "%(days)s working days after the rung before it was told",
            rung.wait,
        )
    return text % {"days": rung.wait}


def _for(days: int | None) -> str:
    if days is None:
        return ""
    text = ngettext("to be answered in %(days)s working day", "to be answered in %(days)s working days", days)
    return text % {"days": days}


def mark(said: str) -> str:
    """What may enter a rung directly: a source, a colour of a light, a ground."""
    grounds = dict(Item.Ground.choices)
    return str(MARKS.get(said) or grounds.get(said) or said)


def marks(known: Iterable[str]) -> list[tuple[str, str]]:
    """Every mark with its words."""
    return [(each, mark(each)) for each in known]


def closings() -> list[tuple[str, str]]:
    """Why a matter may close, with its words."""
    return [(value, str(label)) for value, label in Item.Closing.choices]
