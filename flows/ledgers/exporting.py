"""What goes out: a ledger's template, its rows as the page shows them, the report of an import's problems."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.template.loader import render_to_string
from django.utils.translation import gettext as _

from flows.figures.rules import INVESTED, PROGRESS
from flows.files import handing_out
from flows.projects import annex
from hetang_flow.lib.errors import Refusal
from hetang_flow.lib.workbooks import Field, Page, Problem, report, template
from permissions.actors import Actor

from . import months, rules
from .importing import MONTHS, PROJECTS
from .models import LedgerImport, LedgerKind
from .selectors import Cell, Filters, cells_under, columns_of, newest_kind, rows_of

DATES = frozenset({"builds"})
FIGURES = frozenset({"total", "invested_before", "planned"})


@dataclass(frozen=True, slots=True)
class Download:
    """A workbook to be handed out."""

    name: str
    data: bytes


def fields_of(kind: LedgerKind) -> list[Field]:
    """The columns of a ledger as a workbook has them."""
    return [
        Field(c.code, c.name, c.kind, required=c.required, choices=c.choices, unit=c.unit)
        for c in columns_of(kind)
    ]


def blank(code: str) -> Download:
    """An empty table to fill, of a ledger, of the annex or of months. Raises NotFound."""
    if code == MONTHS:
        fields = [
            Field(
                c.code,
                c.name,
                "number" if c.code in (INVESTED, PROGRESS) else "text",
                c.code in months.REQUIRED,
                unit=c.unit,
            )
            for c in months.COLUMNS
        ]
        return Download(_("Figures of the month"), template(Page(_("Figures of the month"), fields)))
    if code == PROJECTS:
        fields = [
            Field(
                c.code, c.name, "number" if c.code in FIGURES else "text", c.code in annex.NEEDED, unit=c.unit
            )
            for c in annex.COLUMNS
        ]
        return Download(_("key projects"), template(Page(_("key projects"), fields)))
    kind = newest_kind(code)
    return Download(kind.name, template(Page(kind.name, fields_of(kind))))


@transaction.atomic
def hand_out(code: str, filters: Filters, *, by: Actor, now: datetime) -> Download:
    """The rows the page shows, by the one door out, with the day they are of.

    Raises NotFound, NotAllowed for whoever may not take it out.
    """
    kind = newest_kind(code)
    notes = []
    if filters.on:
        known = _("as known on that day") if filters.then else _("as known today")
        notes.append(_("As of") + f" {filters.on.isoformat()}, {known}")
    data = handing_out.hand_out(
        kind.name,
        [*fields_of(kind), Field("kept-by", _("Kept by"))],
        _said_rows(kind, filters, by=by, now=now),
        chain_id=kind.plan.chain_id,
        may=rules.may_export(by, kind.owners),
        notes=notes,
        by=by,
        now=now,
    )
    return Download(kind.name, data)


def _said_rows(kind: LedgerKind, filters: Filters, *, by: Actor, now: datetime) -> Iterator[dict[str, Any]]:
    columns = columns_of(kind)
    for row in rows_of(kind, by, now, filters).select_related("unit", "kind"):
        said = {cell.column.code: _said(cell) for cell in cells_under(columns, row)}
        yield said | {"kept-by": row.unit.name}


def problem_report(found: LedgerImport, problems: Sequence[Problem]) -> Download:
    """Every problem of a workbook by row and column."""
    heads = (_("Row number"), _("Cell"), _("Column"), _("What is wrong"))
    return Download(_("problems of %(name)s") % {"name": found.name}, report(problems, said(problems), heads))


def said(problems: Sequence[Problem | Refusal]) -> list[str]:
    """The sentence of every problem or refusal."""
    return [render_to_string("ledgers/sentence.txt", {"problem": problem}).strip() for problem in problems]


def _said(cell: Cell) -> Any:
    """A cell as what it is: a figure, a day, a text; a figure of another unit says its unit and is a text."""
    if cell.figure is not None:
        return f"{cell.value}{cell.other_unit}" if cell.other_unit else cell.figure
    return cell.day or cell.value
