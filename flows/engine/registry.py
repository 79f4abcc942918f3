"""What rooms above tell the engine's pages: the body of a sheet, who else sees a run, how an entry reads.

Each room registers in its AppConfig.ready; the engine never imports upward.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Q

from flows.journal.selectors import Line
from permissions.actors import Actor

from .models import Run
from .selectors_fields import Fields

Context = Mapping[str, Any]
SheetContext = Callable[[Run, Actor, datetime, Fields], Context]
PaperRows = Callable[[Context], Sequence[tuple[str, str]]]
Visibility = Callable[[Actor, datetime], Q]


@dataclass(frozen=True, slots=True)
class Said:
    """How an entry of the record reads in a run's history: what was done, its mark, and words to quote."""

    text: str
    mark: str = "done"
    quote: str = ""


Words = Callable[[Line], Said | None]


@dataclass(frozen=True, slots=True)
class Link:
    """A page of another room about a run: where it is and what it is called."""

    url: str
    text: str


Links = Callable[[Run, Actor], Iterable[Link]]

_CONTEXTS: dict[str, SheetContext] = {}
_PAPER_ROWS: dict[str, PaperRows] = {}
_VISIBILITIES: dict[str, Visibility] = {}
_WORDS: dict[str, Words] = {}
_LINKS: list[Links] = []


def sheet_context(code: str, function: SheetContext) -> None:
    """The facts a flow's `sheet_template` needs, without fields hidden from the reader; `code` is the flow's."""
    _CONTEXTS[code] = function


def paper_rows(code: str, function: PaperRows) -> None:
    """The facts a flow adds to its paper, as names and values; read from what its `sheet_context` found."""
    _PAPER_ROWS[code] = function


def run_visibility(function: Visibility, *codes: str) -> None:
    """More runs of these flows that a person sees, as a condition on Run; without joins to many (use subqueries)."""
    for code in codes:
        _VISIBILITIES[code] = function


def run_links(function: Links) -> None:
    """Pages about a run that this person finds on its sheet."""
    if function not in _LINKS:
        _LINKS.append(function)


def history_words(kind: str, function: Words) -> None:
    """How an entry of this kind reads in a run's history; None leaves it out, as unknown kinds are."""
    _WORDS[kind] = function


def context_of(code: str, run: Run, actor: Actor, now: datetime, fields: Fields) -> dict[str, Any]:
    """What the flow's own part of the sheet shows; nothing for a flow without one."""
    function = _CONTEXTS.get(code)
    return dict(function(run, actor, now, fields)) if function else {}


def rows_for_paper(code: str, context: Context) -> list[tuple[str, str]]:
    """What the flow's paper says of its matter; nothing for a flow without such facts."""
    function = _PAPER_ROWS.get(code)
    return list(function(context)) if function else []


def links_of(run: Run, actor: Actor) -> list[Link]:
    """The pages other rooms have about this run for this person."""
    return [link for function in _LINKS for link in function(run, actor)]


def more_visible(code: str, actor: Actor, at: datetime) -> Q | None:
    """The runs of a flow that its room lets this person see; None where no room speaks for it."""
    function = _VISIBILITIES.get(code)
    return function(actor, at) if function else None


def words_for(line: Line) -> Said | None:
    """The sentence another room gave for this entry, if any."""
    function = _WORDS.get(line.kind)
    return function(line) if function else None
