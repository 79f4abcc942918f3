"""The approval sheet as a paper (PDF): everything on one sheet, every round, nothing folded; reads no database.

What it says is made here; how it looks is `templates/papers/sheet.typ`.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any

from django.utils.formats import date_format
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from hetang_flow.lib.clock import DISTRICT
from permissions.actors import Actor

from . import registry
from .models import Run
from .selectors_history import Event, Round
from .selectors_sheet import Sheet
from .selectors_signers import Signer
from .typesetting import Fact, fact_lines, kept_as, letters, pdf, printable

# A row stays whole unless it alone would fill a page.
NARROW, TALLEST = 28, 36


@dataclass(frozen=True, slots=True)
class Row:
    """The cells of a line of a table, each a list of lines; `tall` may break over pages."""

    cells: list[list[str]]
    tall: bool = False


@dataclass(frozen=True, slots=True)
class Part:
    """Rows under a title of their own, which returns at the head of each page."""

    title: str
    rows: list[Row]


@dataclass(frozen=True, slots=True)
class Table:
    """A table with its heads, in parts."""

    title: str
    heads: list[str]
    parts: list[Part]


def sheet_pdf(sheet: Sheet, *, by: Actor, at: datetime) -> bytes:
    """The sheet as a PDF in the language in use, printed by this person at this moment."""
    return pdf("sheet.typ", _paper(sheet, by, at), at=at)


def file_name(sheet: Sheet) -> str:
    """A name under which the paper can be kept on any system."""
    return kept_as(sheet.run.code, sheet.run.title, _label(sheet))


def day(value: date | None) -> str:
    """A day in full, for a paper is read in other years as well."""
    return date_format(value, "DATE_FORMAT") if value else ""


def moment(value: datetime | None) -> str:
    """A time in full, in the district."""
    local = value.astimezone(DISTRICT) if value else None
    return f"{day(local)} {local:%H:%M}" if local else ""


# --- what it says ---


def _paper(sheet: Sheet, by: Actor, at: datetime) -> dict[str, Any]:
    run = sheet.run
    return {
        "language": (get_language() or "zh")[:2],
        "title": _("Approval sheet"),
        "matter": [text for text in (printable(run.title), printable(_label(sheet))) if text],
        "facts": [[asdict(fact) for fact in line] for line in _about(sheet)],
        "tables": [asdict(table) for table in (_signed(sheet), _handled(sheet)) if table.parts],
        "code": printable(run.code),
        "pages": _("Page %(page)s of %(pages)s") % {"page": "{page}", "pages": "{pages}"},
        "printed": printable(_("Printed %(when)s by %(name)s") % {"when": moment(at), "name": by.name}),
    }


def _label(sheet: Sheet) -> str:
    return str(_(sheet.run.label)) if sheet.run.label else ""


def _about(sheet: Sheet) -> list[list[Fact]]:
    """What it is, whose it is and where it stands, then what the flow says of it."""
    run = sheet.run
    stands = [
        (_("Matter number"), run.code),
        (_("Kind of matter"), sheet.kind),
        (_("Started by"), _starter(run)),
        (_("Started on"), moment(run.created)),
        (_("Rounds"), str(run.round)),
        (_("State of handling"), _state(sheet)),
        (_("Due day"), _due(sheet)),
        (_("Now with"), _waiting(sheet)),
    ]
    return [*fact_lines(stands), *fact_lines(registry.rows_for_paper(run.flow_class.code, sheet.context))]


def _starter(run: Run) -> str:
    if run.initiator is None or run.initiator_post is None:
        return _("System")
    return f"{run.initiator_post.name}\n{run.initiator.name}"


def _state(sheet: Sheet) -> str:
    if sheet.over:
        return f"{sheet.ended}\n{moment(sheet.run.finished)}"
    if sheet.run.suspended_at:
        return _("Suspended since %(when)s") % {"when": moment(sheet.run.suspended_at)}
    return f"{_('Under way')}\n{sheet.step_title}"


def _waiting(sheet: Sheet) -> str:
    if sheet.over or not sheet.waiting:
        return ""
    since = _("since %(day)s")
    if sheet.days:
        since = ngettext(
            "since %(day)s, %(days)s working day so far",
            "since %(day)s, %(days)s working days so far",
            sheet.days,
        )
    return "、".join(sheet.waiting) + "\n" + since % {"day": moment(sheet.since), "days": sheet.days}


def _due(sheet: Sheet) -> str:
    step = sheet.step
    if sheet.over or step is None or step.due_on is None:
        return ""
    more = [_("provisional")] if step.due_provisional else []
    if sheet.days_late:
        late = ngettext("%(days)s working day overdue", "%(days)s working days overdue", sheet.days_late)
        more.append(late % {"days": sheet.days_late})
    return "\n".join([day(step.due_on), *more])


def _signed(sheet: Sheet) -> Table:
    """Who signed in the present round, step by step."""
    heads = [_("Post"), _("Opinion"), _("Signed by"), _("Time"), _("Result")]
    parts = [Part(step.title, [_signature(signer) for signer in step.signers]) for step in sheet.steps]
    return Table(_("Signatures of round %(number)s") % {"number": sheet.run.round}, heads, parts)


def _signature(signer: Signer) -> Row:
    handed = _("handed out to %(name)s") % {"name": signer.handed_to} if signer.handed_to else ""
    post = "\n".join([signer.post, handed, *signer.notes, signer.why])
    return _row(post, signer.opinion, signer.name, _two_lines(signer.when), signer.word)


def _handled(sheet: Sheet) -> Table:
    """Every round from the first, with everything that was done in it."""
    heads = [_("Time"), _("Post and name"), _("What was done"), _("Opinion or reason")]
    parts = [_round(one) for one in reversed(sheet.rounds)]
    return Table(_("Record of handling"), heads, [part for part in parts if part.rows])


def _round(one: Round) -> Part:
    # What has not happened yet is no record: who is still asked stands among the signers.
    rows = [_event(event) for event in one.events if event.when]
    return Part(_("Round %(number)s") % {"number": one.number}, rows)


def _event(event: Event) -> Row:
    return _row(_two_lines(event.when), f"{event.who}\n{event.name}", event.text, event.quote)


def _two_lines(value: datetime | None) -> str:
    return f"{day(value.astimezone(DISTRICT))}\n{value.astimezone(DISTRICT):%H:%M}" if value else ""


# --- rows ---


def _row(*texts: str) -> Row:
    cells = [printable(text).splitlines() for text in texts]
    return Row(cells, any(_height(cell) > TALLEST for cell in cells))


def _height(lines: Sequence[str]) -> int:
    """About how many lines it takes in a narrow column."""
    return sum(1 + letters(line) // NARROW for line in lines)
