"""Workbooks that are handed out: a template to fill, rows as they stand, a report of what was wrong.

Nothing that was typed becomes a formula or a link: every text is written as text.
"""

import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

import xlsxwriter

from hetang_flow.lib.workbooks.found import letters
from hetang_flow.lib.workbooks.reading import Problem

ROWS_TO_FILL = 2000
LONGEST_LIST = 255  # characters a drop-down can hold
FONT = {"font_name": "宋体", "font_size": 11, "valign": "vcenter"}
PLAIN = {
    "strings_to_formulas": False,
    "strings_to_urls": False,
    "strings_to_numbers": False,
    "in_memory": True,
}
TEXT, NUMBER, WHOLE, DATE, CHOICE, YES_NO = "text", "number", "whole", "date", "choice", "yes_no"


@dataclass(frozen=True, slots=True)
class Field:
    """A column as it is written: its name, what it takes (text, number, whole, date, choice, yes_no), its unit."""

    code: str
    name: str
    kind: str = TEXT
    required: bool = False
    choices: tuple[str, ...] = ()
    unit: str = ""

    @property
    def head(self) -> str:
        """What stands above the column."""
        return f"{self.name}（{self.unit}）" if self.unit else self.name


@dataclass(frozen=True, slots=True)
class Page:
    """A sheet: its title, its columns, the lines below the table (who, when, which number)."""

    title: str
    fields: Sequence[Field]
    footer: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Words:
    """The words a template explains itself with."""

    explanation: str = "填表说明"
    heads: tuple[str, str, str, str] = ("列名", "是否必填", "填写要求", "单位")
    required: str = "必填"
    optional: str = "选填"
    kinds: Mapping[str, str] | None = None
    yes: str = "是"
    no: str = "否"
    lists: str = "选项"

    def kind(self, field: Field) -> str:
        """What a column takes, in words."""
        said = self.kinds or {
            TEXT: "文字，500 字以内",
            NUMBER: "数字，最多两位小数",
            WHOLE: "整数",
            DATE: "日期，如 2023-05-31",
            CHOICE: "从下拉列表中选择：{choices}",
            YES_NO: "填“是”或“否”",
        }
        return said[field.kind].format(choices="、".join(field.choices))


WORDS = Words()


def template(page: Page, words: Words = WORDS) -> bytes:
    """An empty table with drop-downs and checks, and a second sheet that explains every column."""
    data = io.BytesIO()
    with xlsxwriter.Workbook(data, PLAIN) as book:
        sheet, formats = _table(book, page)
        lists = _Lists(book, words.lists)
        for place, column in enumerate(page.fields):
            checked = _validation(column, words, lists)
            if checked:
                sheet.data_validation(2, place, ROWS_TO_FILL, place, checked)
            if column.kind in (DATE, NUMBER, WHOLE):
                sheet.set_column(place, place, _width(column), formats[column.kind])
            elif column.kind == TEXT:
                sheet.set_column(place, place, _width(column), formats["as text"])
        help_sheet = book.add_worksheet(words.explanation)
        help_sheet.set_column(0, 0, 24)
        help_sheet.set_column(1, 1, 10)
        help_sheet.set_column(2, 2, 70)
        help_sheet.write_row(0, 0, words.heads, formats["head"])
        for number, column in enumerate(page.fields, 1):
            needed = words.required if column.required else words.optional
            help_sheet.write_row(
                number, 0, [column.name, needed, words.kind(column), column.unit], formats["cell"]
            )
    return data.getvalue()


def export(page: Page, rows: Iterable[Mapping[str, Any]]) -> bytes:
    """Rows by column code: figures as Decimal, days as date, yes and no as bool, the rest as text."""
    data = io.BytesIO()
    with xlsxwriter.Workbook(data, PLAIN) as book:
        sheet, formats = _table(book, page)
        number = 1
        for number, row in enumerate(rows, 2):
            for place, column in enumerate(page.fields):
                _write(sheet, number, place, row.get(column.code), column, formats)
        for line in page.footer:
            number += 1
            sheet.write_string(number, 0, f"注：{line}", formats["note"])
        # The same mark where nobody looks: whoever cuts the last lines off leaves it in the file, and on every print.
        mark = " ".join(page.footer)
        book.set_properties({"title": page.title, "comments": mark})
        sheet.set_footer(f"&L&8{mark.replace('&', '&&')}"[:200])
    return data.getvalue()


def report(problems: Sequence[Problem], sentences: Sequence[str], heads: tuple[str, str, str, str]) -> bytes:
    """Every problem as a row: where, in which column, what; `sentences` say the problems in their order."""
    data = io.BytesIO()
    with xlsxwriter.Workbook(data, PLAIN) as book:
        sheet = book.add_worksheet()
        head, cell = (
            book.add_format(FONT | {"bold": True, "bottom": 1}),
            book.add_format(FONT | {"text_wrap": True}),
        )
        sheet.freeze_panes(1, 0)
        sheet.set_column(0, 1, 10)
        sheet.set_column(2, 2, 24)
        sheet.set_column(3, 3, 80)
        sheet.write_row(0, 0, heads, head)
        for number, (problem, said) in enumerate(zip(problems, sentences, strict=True), 1):
            sheet.write_number(number, 0, problem.row, cell)
            for place, text in enumerate((problem.cell, problem.column, said), 1):
                sheet.write_string(number, place, text, cell)
    return data.getvalue()


def _table(book: Any, page: Page) -> tuple[Any, dict[str, Any]]:
    """A sheet with its title and header row."""
    formats = {
        "title": book.add_format(FONT | {"bold": True, "font_size": 16, "align": "center"}),
        "head": book.add_format(FONT | {"bold": True, "bottom": 1, "text_wrap": True, "bg_color": "#F2F3F7"}),
        "cell": book.add_format(FONT | {"text_wrap": True}),
        "as text": book.add_format(FONT | {"num_format": "@", "text_wrap": True}),
        "note": book.add_format(FONT | {"font_color": "#666666", "font_size": 10}),
        DATE: book.add_format(FONT | {"num_format": "yyyy-mm-dd"}),
        NUMBER: book.add_format(FONT | {"num_format": "#,##0.00"}),
        WHOLE: book.add_format(FONT | {"num_format": "#,##0"}),
    }
    sheet = book.add_worksheet()
    sheet.freeze_panes(2, 0)
    sheet.set_row(0, 30)
    last = len(page.fields) - 1
    if last > 0:
        sheet.merge_range(0, 0, 0, last, "", formats["title"])
    sheet.write_string(0, 0, page.title, formats["title"])
    for place, column in enumerate(page.fields):
        sheet.set_column(place, place, _width(column))
        sheet.write_string(1, place, column.head, formats["head"])
    return sheet, formats


def _width(column: Field) -> int:
    return max(12, min(40, len(column.head) * 2 + 4)) if column.kind != TEXT else 28


def _write(sheet: Any, row: int, place: int, value: Any, column: Field, formats: Mapping[str, Any]) -> None:
    if value is None or value == "":
        return
    if isinstance(value, bool):
        sheet.write_string(row, place, WORDS.yes if value else WORDS.no, formats["cell"])
    elif isinstance(value, Decimal | int | float):
        sheet.write_number(row, place, value, formats[WHOLE if column.kind == WHOLE else NUMBER])
    elif isinstance(value, date):
        sheet.write_datetime(row, place, value, formats[DATE])
    else:
        sheet.write_string(row, place, str(value), formats["as text"])


class _Lists:
    """Choices too many for one cell stand on a hidden sheet of their own."""

    def __init__(self, book: Any, name: str) -> None:
        self.book, self.name, self.used = book, name, 0
        self.sheet: Any = None

    def source(self, choices: Sequence[str]) -> list[str] | str:
        """Where a drop-down finds its choices."""
        if len(",".join(choices)) <= LONGEST_LIST and not any("," in choice for choice in choices):
            return list(choices)
        if self.sheet is None:
            self.sheet = self.book.add_worksheet(self.name)
            self.sheet.hide()
        for number, choice in enumerate(choices):
            self.sheet.write_string(number, self.used, choice)
        column = letters(self.used)
        self.used += 1
        return f"='{self.name}'!${column}$1:${column}${len(choices)}"


def _validation(column: Field, words: Words, lists: _Lists) -> dict[str, Any]:
    if column.kind == YES_NO:
        return {"validate": "list", "source": [words.yes, words.no]}
    if column.kind == CHOICE and column.choices:
        return {"validate": "list", "source": lists.source(column.choices)}
    if column.kind == DATE:
        return {
            "validate": "date",
            "criteria": "between",
            "minimum": date(1990, 1, 1),
            "maximum": date(2099, 12, 31),
        }
    if column.kind in (NUMBER, WHOLE):
        return {"validate": "decimal" if column.kind == NUMBER else "integer", "criteria": ">=", "value": 0}
    return {}
