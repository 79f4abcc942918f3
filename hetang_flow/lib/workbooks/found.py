"""What a file was found to be: its sheets as grids of text, what only the file itself shows, or why it is no workbook."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

MEGABYTE = 1024 * 1024
LARGEST = 20 * MEGABYTE
LARGEST_UNPACKED = 400 * MEGABYTE
MOST_ROWS = 100_000
MOST_COLUMNS = 200
OVERFLOWS = "workbook-overflows"
# What an office's program leaves behind and nobody sees: control signs, marks without width, fixed blanks.
_UNSEEN = dict.fromkeys(
    [*range(9), 11, 12, *range(14, 32), 0x7F, 0xAD, *range(0x200B, 0x2010), 0x2060, 0xFEFF]
) | {0xA0: " "}


class NotAWorkbook(Exception):
    """The file as a whole cannot be read; `code` and `facts` say why."""

    def __init__(self, code: str, facts: Mapping[str, Any] | None = None) -> None:
        super().__init__(code)
        self.code, self.facts = code, dict(facts or {})


@dataclass(frozen=True, slots=True)
class Looked:
    """What only the file itself shows, as cells such as C7, and how many rows are hidden.

    Formulas nobody calculated, cells in error, figures shown as per cent, long numbers that lost their last digits.
    """

    uncalculated: frozenset[str] = frozenset()
    errors: frozenset[str] = frozenset()
    percents: frozenset[str] = frozenset()
    lost: frozenset[str] = frozenset()
    hidden: int = 0


@dataclass(slots=True)
class Grid:
    """One sheet as rows of text; `merged` are ranges (first row, first column, last row, last column), from 0."""

    name: str
    rows: list[list[str]]
    merged: list[tuple[int, int, int, int]] = field(default_factory=list)
    looked: Looked = field(default_factory=Looked)


def letters(place: int) -> str:
    """The letters of a column, counted from 0: A, Z, AA."""
    text = ""
    place += 1
    while place:
        place, rest = divmod(place - 1, 26)
        text = chr(65 + rest) + text
    return text


def clean(text: str) -> str:
    """A text without what nobody sees in it, with line breaks of one kind."""
    return text.replace("\r\n", "\n").replace("\r", "\n").translate(_UNSEEN).strip()
