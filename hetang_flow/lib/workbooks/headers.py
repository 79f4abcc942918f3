"""Where a table's header stands in a grid, and in which unit it says each figure comes."""

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from hetang_flow.lib.units import KINDS, factor, unit_of
from hetang_flow.lib.workbooks.found import Grid

LOOKED_THROUGH = 30  # rows from the top in which a header may stand
MONEY = KINDS[0]
_OVER_ALL = re.compile(r"单位:[个家人项亩户%、,/和 ]*(亿元|千万元|百万元|万元|千元|元)")
_BRACKETS = re.compile(r"[（(【\[]([^（()）】\]]*)[）)】\]]")
_NOISE = re.compile(r"[\s“”\"'、，。：:*＊·_/\\?!;-]+")
_YEAR = re.compile(r"^20\d{2}年度?")
_BARE = re.compile(
    rf"[/,、\s]*({'|'.join(sorted((unit for kind in KINDS[:4] for unit in kind), key=len, reverse=True))})$"
)


@dataclass(frozen=True, slots=True)
class Column:
    """A column that is looked for by its name or one of its other names.

    Figures come in its unit; what `kind` is none of (number, whole, date, choice, yes_no) stays as it was typed.
    A table without a column that is `required` is told once, and has no good row.
    In a column `without_numbers` a telephone number is a problem, and the cell that holds it is not read.
    """

    code: str
    name: str
    aliases: tuple[str, ...] = ()
    unit: str = ""
    kind: str = "text"
    choices: tuple[str, ...] = ()
    required: bool = False
    without_numbers: bool = False

    @property
    def is_figure(self) -> bool:
        """Whether figures stand in it."""
        return bool(self.unit) or self.kind in ("number", "whole")


@dataclass(slots=True)
class Head:
    """Where the header ends, where each column stands, what units it names, what is not known or stands there twice."""

    last: int = -1
    places: dict[str, int] = field(default_factory=dict)
    units: dict[str, str] = field(default_factory=dict)
    ignored: list[str] = field(default_factory=list)
    twice: list[tuple[str, int]] = field(default_factory=list)
    texts: frozenset[str] = frozenset()


def plain(text: str) -> str:
    """A name as it is compared: without brackets and what is in them, blanks and marks, one width."""
    text = unicodedata.normalize("NFKC", text)
    return _NOISE.sub("", _BRACKETS.sub("", text)).lower()


def head_of(grid: Grid, columns: Sequence[Column]) -> Head:
    """The row, or the two rows, near the top that name the most columns."""
    names = {plain(name): column.code for column in columns for name in (*column.aliases, column.name)}
    rows = grid.rows[:LOOKED_THROUGH]
    single = [_head(number, row, names) for number, row in enumerate(rows)]
    double = [_head(number + 1, _joined(grid, number), names) for number in range(len(rows) - 1)]
    return max((*single, *double), key=lambda head: len(head.places), default=Head())


def factors(
    grid: Grid, head: Head, columns: Sequence[Column]
) -> Iterator[tuple[Column, str, Decimal | None]]:
    """For each column whose header names another unit: that unit, and by what its figures are multiplied, or None.

    A unit written above the table (单位：亿元) is that of every amount of money whose own header names none.
    """
    above = unicodedata.normalize("NFKC", " ".join(" ".join(row) for row in grid.rows[: head.last]))
    over_all = _OVER_ALL.search(above)
    for column in columns:
        said = head.units.get(column.code, "")
        if not said and over_all and column.unit in MONEY:
            said = over_all.group(1)
        if column.unit and said and said != column.unit and column.code in head.places:
            yield column, said, factor(said, column.unit)


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


def _head(last: int, row: Sequence[str], names: Mapping[str, str]) -> Head:
    head = Head(last)
    for place, text in enumerate(row):
        code, unit = _named(text, names) if text else ("", "")
        if code and code not in head.places:
            head.places[code], head.units[code] = place, unit
        elif code:
            head.twice.append((code, place))
        elif text:
            head.ignored.append(" ".join(text.split()))
    head.texts = frozenset(plain(text) for text in row if text)
    return head


def _named(text: str, names: Mapping[str, str]) -> tuple[str, str]:
    """The column a header cell names, and the unit it says: in brackets, or bare behind the name.

    The year before a name (2023年计划投资) is the table's, not the column's.
    """
    narrow = unicodedata.normalize("NFKC", text)
    unit = next((named for said in _BRACKETS.findall(narrow) if (named := unit_of(said))), "")
    name = plain(text)
    bare = _BARE.search(" ".join(narrow.split()))
    for said in dict.fromkeys((name, _YEAR.sub("", name))):
        if said in names:
            return names[said], unit
    if bare:
        shorter = plain(narrow[: narrow.rindex(bare.group(1))])
        for said in dict.fromkeys((shorter, _YEAR.sub("", shorter))):
            if said in names:
                return names[said], bare.group(1)
    return "", ""
