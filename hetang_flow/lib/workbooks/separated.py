"""Text files as rows: in UTF-8, UTF-16 or GB18030, kept apart by whatever sign makes the most even table."""

import csv
import io
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from itertools import islice
from typing import Literal

from hetang_flow.lib.workbooks.found import (
    MOST_COLUMNS,
    MOST_ROWS,
    Grid,
    Looked,
    NotAWorkbook,
    clean,
    letters,
)

Quoting = Literal[0, 3]  # as csv names them: QUOTE_MINIMAL, QUOTE_NONE
MARKS = ",\t;|，"
SAMPLE = 50
EXACT = 15  # digits an office's program keeps of a number
_SCIENTIFIC = re.compile(r"\d(?:\.\d+)?[eE]\+(\d{2})")


def separated(data: bytes) -> Grid:
    """The one sheet of a text file. Raises NotAWorkbook for a text that is no table or has too many rows."""
    text = _decoded(data)
    mark = _mark("\n".join(text.splitlines()[:SAMPLE]))
    rows = [[clean(cell) for cell in row[:MOST_COLUMNS]] for row in _rows(text, mark)]
    if len(rows) > MOST_ROWS + 100:
        raise NotAWorkbook("workbook-too-many-rows", {"most": MOST_ROWS})
    lost = {
        f"{letters(place)}{number}"
        for number, row in enumerate(rows, 1)
        for place, cell in enumerate(row)
        if _has_zeros_behind(cell)
    }
    return Grid("", rows, looked=Looked(lost=frozenset(lost)))


def is_scientific(text: str) -> bool:
    """Whether a text is a long number as a program shows it: 4.30204E+17."""
    found = _SCIENTIFIC.fullmatch(text) if "+" in text else None
    return found is not None and int(found.group(1)) >= EXACT


def _has_zeros_behind(text: str) -> bool:
    """Whether a long number was kept as a figure before it was written: nothing but zeros after the 15th digit."""
    return text.isascii() and text.isdigit() and len(text) > EXACT and not text[EXACT:].strip("0")


def _decoded(data: bytes) -> str:
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        encodings: Sequence[str] = ("utf-16",)
    elif b"\x00" in data:
        raise NotAWorkbook("workbook-unknown")
    else:
        encodings = ("utf-8-sig", "gb18030")
    for encoding in encodings:
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise NotAWorkbook("workbook-unknown")


def _mark(sample: str) -> str:
    """The sign that keeps the columns apart: commas inside of sentences give rows of uneven width."""
    even = {mark: _even_rows(sample, mark) for mark in MARKS if mark in sample}
    if not any(even.values()):
        raise NotAWorkbook("workbook-unknown")
    return max(even, key=lambda mark: even[mark])


def _even_rows(sample: str, mark: str) -> int:
    try:
        widths = Counter(len(row) for row in csv.reader(io.StringIO(sample, newline=""), delimiter=mark))
    except csv.Error:
        return 0
    return max((count for width, count in widths.items() if width > 1), default=0)


def _rows(text: str, mark: str) -> list[list[str]]:
    """The rows; a quotation mark that is never closed is a sign like any other and swallows nothing."""
    try:
        return _read(text, mark, quoting=csv.QUOTE_MINIMAL, strict=True)
    except csv.Error as error:
        closed = "unexpected end of data" not in str(error)
    try:
        return _read(text, mark, quoting=csv.QUOTE_MINIMAL if closed else csv.QUOTE_NONE, strict=False)
    except csv.Error as error:
        raise NotAWorkbook("workbook-broken") from error


def _read(text: str, mark: str, *, quoting: Quoting, strict: bool) -> list[list[str]]:
    rows: Iterable[list[str]] = csv.reader(
        io.StringIO(text, newline=""), delimiter=mark, quoting=quoting, strict=strict
    )
    return list(islice(rows, MOST_ROWS + 101))
