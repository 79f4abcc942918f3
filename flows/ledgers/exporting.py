"""What goes out: a ledger's template, its rows as the page shows them, the report of an import's problems."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.template.loader import render_to_string
from django.utils.translation import gettext as _

from flows.figures.rules import INVESTED, PROGRESS
from flows.journal.operations import record
from flows.projects import annex
from hetang_flow.lib.clock import district_day
from hetang_flow.lib.errors import NotAllowed, Refusal
from hetang_flow.lib.workbooks import Field, Page, Problem, export, report, template
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
    """The rows the page shows, with who took them out, when, and a number; the record keeps the file's hash.

    Raises NotFound, NotAllowed for whoever may not take it out.
    """
    kind = newest_kind(code)
    rules.may_export(by, kind.owners).or_raise(NotAllowed)
    day = district_day(now)
    number = f"{day:%Y%m%d}-{now:%H%M%S}-{by.user_id}"
    about = {"who": by.capacity or by.name, "day": day.isoformat(), "number": number}
    footer = [_("taken out by %(who)s on %(day)s, number %(number)s") % about]
    if filters.on:
        known = _("as known on that day") if filters.then else _("as known today")
        footer.append(_("As of") + f" {filters.on.isoformat()}, {known}")
    page = Page(kind.name, [*fields_of(kind), Field("kept-by", _("Kept by"))], footer)
    rows = rows_of(kind, by, now, filters).select_related("unit", "kind")
    columns = columns_of(kind)
    said_rows = [
        {cell.column.code: _said(cell) for cell in cells_under(columns, row)} | {"kept-by": row.unit.name}
        for row in rows
    ]
    data = export(page, said_rows)
    facts = {
        "ledger": kind.name,
        "code": kind.code,
        "number": number,
        "sha256": hashlib.sha256(data).hexdigest(),
    }
    record("ledger.exported", chain_id=kind.plan.chain_id, by=by, happened=now, now=now, facts=facts)
    return Download(kind.name, data)


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
