"""A table found in a grid: its header wherever it stands, its rows by column, everything wrong cell by cell.

What a cell may hold is for the room that asked to say; here is only said what cannot be read at all.
"""

import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import Any

from hetang_flow.lib.workbooks.apart import opened
from hetang_flow.lib.workbooks.grids import ERRORS, LONG_DIGITS, Grid, NotAWorkbook

LOOKED_THROUGH = 30  # rows from the top in which a header may stand
EVERY = 1000  # rows between two reports of progress
TOTALS = ("合计", "总计", "小计", "共计", "总合计")
FOOTERS = ("注", "备注", "填表", "制表", "说明", "审核", "填报")
# What a figure of the header's unit is in the column's unit.
UNITS: Mapping[tuple[str, str], Decimal] = {
    ("亿元", "万元"): Decimal(10000),
    ("元", "万元"): Decimal("0.0001"),
    ("万元", "亿元"): Decimal("0.0001"),
    ("公顷", "亩"): Decimal(15),
}
KNOWN_UNITS = frozenset(unit for pair in UNITS for unit in pair) | {
    "平方米",
    "万美元",
    "%",
    "个",
    "家",
    "人",
    "亩",
}
_OVER_ALL = re.compile(r"(?:金额)?单位:\s*(亿元|万元|元)")
_BRACKETS = re.compile(r"[（(【\[]([^（()）】\]]*)[）)】\]]")
_NOISE = re.compile(r"[\s“”\"'、，。：:*＊·_/\\-]+")

Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Column:
    """A column that is looked for by its name or one of its other names; figures come in its unit."""

    code: str
    name: str
    aliases: tuple[str, ...] = ()
    unit: str = ""


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
    """What was read: rows in the file's order, problems in the same, columns nobody asked for, rows left out."""

    sheet: str = ""
    rows: list[Row] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    ignored: list[str] = field(default_factory=list)
    left_out: int = 0
    hidden: int = 0
    places: Mapping[str, int] = field(default_factory=dict)

    def cell(self, row: int, code: str) -> str:
        """The address of a cell as the office's program names it; nothing for a column that is not there."""
        return f"{letters(self.places[code])}{row}" if code in self.places else ""


def letters(place: int) -> str:
    """The letters of a column, counted from 0: A, Z, AA."""
    text = ""
    place += 1
    while place:
        place, rest = divmod(place - 1, 26)
        text = chr(65 + rest) + text
    return text


def read(data: bytes, columns: Sequence[Column], *, on_progress: Progress | None = None) -> Reading:
    """Read the table of a file; a file that is none comes back as one problem. `on_progress(done, of)` is told.

    The sheet is the visible one whose header names most of the columns.
    """
    try:
        sheets = opened(data)
    except NotAWorkbook as error:
        return Reading(problems=[Problem(0, "", "", error.code, error.facts)])
    heads = [(_header(grid, columns), grid) for grid in sheets]
    head, grid = max(heads, key=lambda each: len(each[0].places))
    if len(head.places) < min(2, len(columns)):
        wanted = "、".join(column.name for column in columns)
        return Reading(problems=[Problem(0, "", "", "header-not-found", {"columns": wanted})])
    found = Reading(grid.name, hidden=grid.looked.hidden, places=head.places, ignored=head.ignored)
    factors = _factors(grid, head, columns, found)
    _read_rows(grid, head, columns, factors, found, on_progress)
    return found


# --- the header ---


@dataclass(slots=True)
class _Head:
    """Where the header ends, where each column stands, its unit as the header writes it, and what is not known."""

    last: int = -1
    places: dict[str, int] = field(default_factory=dict)
    units: dict[str, str] = field(default_factory=dict)
    ignored: list[str] = field(default_factory=list)
    texts: frozenset[str] = frozenset()


def plain(text: str) -> str:
    """A name as it is compared: without brackets and what is in them, blanks and marks, one width."""
    text = unicodedata.normalize("NFKC", text)
    return _NOISE.sub("", _BRACKETS.sub("", text)).lower()


def _header(grid: Grid, columns: Sequence[Column]) -> _Head:
    names = {plain(name): column.code for column in columns for name in (*column.aliases, column.name)}
    rows = grid.rows[:LOOKED_THROUGH]
    single = [_head(number, row, names) for number, row in enumerate(rows)]
    double = [_head(number + 1, _joined(grid, number), names) for number in range(len(rows) - 1)]
    return max((*single, *double), key=lambda head: len(head.places), default=_Head())


def _joined(grid: Grid, number: int) -> list[str]:
    """Two header rows as one: below what spans several columns stands its part, and the part is what counts."""
    upper, lower = grid.rows[number], grid.rows[number + 1]
    wide = {
        place
        for first, left, last, right in grid.merged
        if first <= number <= last and right > left
        for place in range(left, right + 1)
    }
    width = max(len(upper), len(lower))
    above = [*upper, *[""] * (width - len(upper))]
    below = [*lower, *[""] * (width - len(lower))]
    return [
        b if place in wide and b else a or b for place, (a, b) in enumerate(zip(above, below, strict=True))
    ]


def _head(last: int, row: Sequence[str], names: Mapping[str, str]) -> _Head:
    head = _Head(last)
    for place, text in enumerate(row):
        code = names.get(plain(text)) if text else None
        if code is None or code in head.places:
            if text:
                head.ignored.append(" ".join(text.split()))
            continue
        head.places[code] = place
        unit = next((said for said in _BRACKETS.findall(unicodedata.normalize("NFKC", text)) if said), "")
        head.units[code] = unit.strip().removeprefix("单位:").strip()
    head.texts = frozenset(plain(text) for text in row if text)
    return head


def _factors(grid: Grid, head: _Head, columns: Sequence[Column], found: Reading) -> dict[str, Decimal]:
    """By what a figure has to be multiplied; a unit that cannot be turned into the column's is a problem.

    A unit written above the table (单位：亿元) is that of every amount whose own header names none.
    """
    factors = {}
    above = unicodedata.normalize("NFKC", " ".join(" ".join(row) for row in grid.rows[: head.last]))
    over_all = _OVER_ALL.search(above)
    for column in columns:
        said = head.units.get(column.code, "") or (
            over_all.group(1) if over_all and column.unit == "万元" else ""
        )
        if not column.unit or not said or said == column.unit or said not in KNOWN_UNITS:
            continue
        factor = UNITS.get((said, column.unit))
        if factor is None:
            where = found.cell(head.last + 1, column.code)
            facts = {"unit": said, "wanted": column.unit}
            found.problems.append(Problem(head.last + 1, where, column.name, "unit-differs", facts))
        else:
            factors[column.code] = factor
    return factors


# --- the rows ---


def _read_rows(
    grid: Grid,
    head: _Head,
    columns: Sequence[Column],
    factors: Mapping[str, Decimal],
    found: Reading,
    on_progress: Progress | None,
) -> None:
    _fill_down(grid, head)
    of = len(grid.rows) - head.last - 1
    for done, row in enumerate(grid.rows[head.last + 1 :], 1):
        if on_progress is not None and (done % EVERY == 0 or done == of):
            on_progress(done, of)
        number = head.last + 1 + done
        if not any(row):
            continue
        if _is_aside(row, head):
            found.left_out += 1
            continue
        cells = {}
        for column in columns:
            place = head.places.get(column.code)
            text = row[place] if place is not None and place < len(row) else ""
            where = found.cell(number, column.code)
            problem = _unreadable(text, where, grid)
            if problem:
                facts = {"name": column.name, "value": text[:40]}
                found.problems.append(Problem(number, where, column.name, problem, facts))
            elif text:
                cells[column.code] = _in_unit(text, factors.get(column.code))
        found.rows.append(Row(number, cells))


def _fill_down(grid: Grid, head: _Head) -> None:
    """A cell merged over several rows says the same of each of them."""
    for first, left, last, right in grid.merged:
        if first <= head.last or left != right or left not in head.places.values():
            continue
        for number in range(first + 1, min(last, len(grid.rows) - 1) + 1):
            row = grid.rows[number]
            if any(row) and left < len(row) and not row[left]:
                row[left] = grid.rows[first][left]


def _is_aside(row: Sequence[str], head: _Head) -> bool:
    """A total, a note below the table, or the header once more at the top of a page."""
    filled = [plain(text) for text in row if text]
    first = filled[0] if filled else ""
    if first in TOTALS:
        return True
    if len(filled) <= 2 and first.startswith(FOOTERS):
        return True
    return len(filled) > 1 and set(filled) <= head.texts


def _unreadable(text: str, where: str, grid: Grid) -> str:
    if text.upper() in ERRORS or where in grid.looked.errors:
        return "cell-is-error"
    if where in grid.looked.uncalculated and text in ("", "0"):
        return "formula-uncalculated"
    if (
        text.isascii()
        and text.isdigit()
        and len(text) > 15
        and text.endswith("0")
        and int(text) >= LONG_DIGITS
    ):
        return "digits-lost"
    return ""


def _in_unit(text: str, factor: Decimal | None) -> str:
    if factor is None:
        return text
    try:
        value = Decimal(unicodedata.normalize("NFKC", text).replace(",", "").replace(" ", ""))
    except InvalidOperation:
        return text
    return f"{(value * factor).normalize():f}" if value.is_finite() else text
