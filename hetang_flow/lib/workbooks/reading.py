"""A table found in a grid: its header wherever it stands, its rows by column, everything wrong cell by cell.

What a cell may hold is for the room that asked to say; here is only said what cannot be read at all.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from hetang_flow.lib.workbooks import cells as say
from hetang_flow.lib.workbooks.apart import opened
from hetang_flow.lib.workbooks.found import MOST_ROWS, Grid, NotAWorkbook, letters
from hetang_flow.lib.workbooks.headers import Column, Head, factors, head_of, plain
from hetang_flow.lib.workbooks.separated import is_scientific

NO_COLUMN = "column-missing"
PRIVATE = "telephone-not-kept"
EVERY = 1000  # rows between two reports of progress
DIGITS, LETTERS = "0123456789", "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
ERRORS = frozenset({"#REF!", "#N/A", "#VALUE!", "#DIV/0!", "#NAME?", "#NULL!", "#NUM!", "#SPILL!"})
_TOTAL = re.compile(r"(本页|本表|本月|分类)?(合计|总计|小计|共计|累计|总合计)(\d+[个项家]?(项目)?)?")
_SECTION = re.compile(r"([一二三四五六七八九十]+、|[（(][一二三四五六七八九十]+[)）])")
_SUM = re.compile(r"-?[\d,]+(\.\d+)?[%％]?")
_FOOTER = re.compile(
    r"(注|备注|说明|填表说明|(填表|制表|审核|填报|联系|负责)(人|单位|时间|日期|部门)?)\s*[:：]"
)

Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Row:
    """One row of the table: its number in the file, and by column the text of its cells."""

    number: int
    cells: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Problem:
    """Something wrong: where (row number, cell such as C7, column name), a code, and facts for the sentence."""

    row: int
    cell: str
    column: str
    code: str
    facts: Mapping[str, Any] = field(default_factory=dict)


@dataclass(slots=True)
class Reading:
    """What was read: rows in the file's order, problems in the same, columns nobody asked for, rows left out.

    `unread` are other sheets that hold a table of the same kind.
    """

    sheet: str = ""
    rows: list[Row] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    ignored: list[str] = field(default_factory=list)
    left_out: int = 0
    hidden: int = 0
    places: Mapping[str, int] = field(default_factory=dict)
    unread: list[str] = field(default_factory=list)

    @property
    def is_complete(self) -> bool:
        """Whether every column that is needed stands in the table."""
        return not any(problem.code == NO_COLUMN for problem in self.problems)

    def cell(self, row: int, code: str) -> str:
        """The address of a cell as the office's program names it; nothing for a column that is not there."""
        return f"{letters(self.places[code])}{row}" if code in self.places else ""


def read(data: bytes, columns: Sequence[Column], *, on_progress: Progress | None = None) -> Reading:
    """Read the table of a file; a file that is none comes back as one problem. `on_progress(done, of)` is told.

    The sheet is the visible one whose header names most of the columns, the first of several.
    """
    try:
        sheets = opened(data)
    except NotAWorkbook as error:
        return Reading(problems=[Problem(0, "", "", error.code, error.facts)])
    heads = [(head_of(grid, columns), grid) for grid in sheets]
    head, grid = max(heads, key=lambda each: len(each[0].places))
    if len(head.places) < min(2, len(columns)):
        wanted = "、".join(column.name for column in columns)
        return Reading(problems=[Problem(0, "", "", "header-not-found", {"columns": wanted})])
    found = Reading(grid.name, hidden=grid.looked.hidden, places=head.places, ignored=head.ignored)
    found.unread = [
        other.name
        for same, other in heads
        if other is not grid
        and len(same.places) == len(head.places)
        and any(map(any, other.rows[same.last + 1 :]))
    ]
    times = _of_the_header(grid, head, columns, found)
    _Table(grid, head, columns, times).read(found, on_progress)
    return found


def _of_the_header(grid: Grid, head: Head, columns: Sequence[Column], found: Reading) -> dict[str, Decimal]:
    """By what figures have to be multiplied; a unit that cannot be turned, a column that stands there twice or not at all is told."""
    number, times = head.last + 1, {}
    for column, unit, factor in factors(grid, head, columns):
        if factor is None:
            facts = {"unit": unit, "wanted": column.unit}
            where = (number, found.cell(number, column.code), column.name)
            found.problems.append(Problem(*where, "unit-differs", facts))
        else:
            times[column.code] = factor
    names = {column.code: column.name for column in columns}
    for code, place in head.twice:
        facts = {"name": names[code], "first": found.cell(number, code)}
        found.problems.append(
            Problem(number, f"{letters(place)}{number}", names[code], "column-twice", facts)
        )
    for column in columns:
        if column.required and column.code not in head.places:
            found.problems.append(Problem(number, "", column.name, NO_COLUMN, {"name": column.name}))
    return times


class _Table:
    """The rows below a header."""

    def __init__(
        self, grid: Grid, head: Head, columns: Sequence[Column], times: Mapping[str, Decimal]
    ) -> None:
        self.grid, self.head, self.times = grid, head, times
        self.columns = [
            (column, head.places[column.code], letters(head.places[column.code]))
            for column in columns
            if column.code in head.places
        ]
        self.trouble = self._rows_with_trouble()
        self.titles = {top for top, left, _last, right in grid.merged if right > left}

    def read(self, found: Reading, on_progress: Progress | None) -> None:
        """Every row that says something, or in which something is wrong."""
        self._fill_down()
        below = self.head.last + 1
        of = max(len(self.grid.rows), min(max(self.trouble, default=0), MOST_ROWS)) - below
        for done in range(1, of + 1):
            number = below + done
            row = self.grid.rows[number - 1] if number <= len(self.grid.rows) else []
            if self._is_aside(number, row):
                found.left_out += 1
            elif any(row) or number in self.trouble:
                self._read_row(number, row, found)
            if on_progress is not None and (done % EVERY == 0 or done == of):
                on_progress(done, of)

    def _read_row(self, number: int, row: Sequence[str], found: Reading) -> None:
        cells = {}
        for column, place, letter in self.columns:
            text, where = row[place] if place < len(row) else "", f"{letter}{number}"
            problem = self._unreadable(column, text, where)
            if problem:
                facts = {"name": column.name} | ({} if problem == PRIVATE else {"value": text[:40]})
                found.problems.append(Problem(number, where, column.name, problem, facts))
            elif text and (said := self._said(column, text, where)):
                cells[column.code] = said
        found.rows.append(Row(number, cells))

    def _said(self, column: Column, text: str, where: str) -> str:
        """The cell as its column wants it."""
        if column.is_figure:
            percent = where in self.grid.looked.percents
            return say.figure(text, column.unit, self.times.get(column.code), percent=percent)
        match column.kind:
            case "date":
                return say.day(text)
            case "yes_no":
                return say.yes_or_no(text)
            case "choice":
                return say.choice(text, column.choices)
        return text

    def _unreadable(self, column: Column, text: str, where: str) -> str:
        looked = self.grid.looked
        if where in looked.errors or text.upper() in ERRORS:
            return "cell-is-error"
        if text in ("", "0") and where in looked.uncalculated:
            return "formula-uncalculated"
        if not column.is_figure and (where in looked.lost or is_scientific(text)):
            return "digits-lost"
        if column.without_numbers and say.has_telephone(text):
            return PRIVATE
        return ""

    def _rows_with_trouble(self) -> set[int]:
        """The rows in which a cell that is asked for shows nothing because something is wrong with it."""
        asked = {letter for _column, _place, letter in self.columns}
        cells = self.grid.looked.uncalculated | self.grid.looked.errors
        return {int(cell.lstrip(LETTERS)) for cell in cells if cell.rstrip(DIGITS) in asked}

    def _fill_down(self) -> None:
        """A cell merged over several rows says the same of each of them; a figure is that of the first alone."""
        said = {place for column, place, _letter in self.columns if not column.is_figure}
        rows = self.grid.rows
        for first, left, last, right in self.grid.merged:
            if first <= self.head.last or left != right or left not in said or first >= len(rows):
                continue
            for row in rows[first + 1 : last + 1]:
                if any(row) and left < min(len(row), len(rows[first])) and not row[left]:
                    row[left] = rows[first][left]

    def _is_aside(self, number: int, row: Sequence[str]) -> bool:
        """A total, the title of a section, a note below the table, or the header once more at the top of a page."""
        first, *others = [text for text in row if text] or [""]
        if _TOTAL.fullmatch(plain(first)) or (len(others) < 2 and _FOOTER.match(first)):
            return True
        if _SECTION.match(first) and all(_SUM.fullmatch(text) for text in others):
            return True
        if not others:
            return bool(first) and number - 1 in self.titles
        return {plain(text) for text in (first, *others)} <= self.head.texts


__all__ = ["EVERY", "Column", "Problem", "Progress", "Reading", "Row", "letters", "plain", "read"]
