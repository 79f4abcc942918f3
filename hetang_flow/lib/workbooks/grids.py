"""A file as grids of text: what kind of file it is says its content, never its name."""

import io
import re
import zipfile
from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from python_calamine import (
    CalamineError,
    CalamineSheet,
    CalamineWorkbook,
    PasswordError,
    SheetTypeEnum,
    SheetVisibleEnum,
)

from hetang_flow.lib.workbooks import old_books, open_documents
from hetang_flow.lib.workbooks.found import (
    LARGEST,
    LARGEST_UNPACKED,
    MEGABYTE,
    MOST_COLUMNS,
    MOST_ROWS,
    Grid,
    Looked,
    NotAWorkbook,
    clean,
    letters,
)
from hetang_flow.lib.workbooks.looking import looked_through
from hetang_flow.lib.workbooks.separated import separated

LONG_DIGITS = 10**15  # a figure of more digits has lost its last ones
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_WEB = re.compile(rb"^\s*(<!doctype|<html|<table|<\?xml|<workbook)", re.IGNORECASE)


def grids(data: bytes) -> list[Grid]:
    """The visible sheets of a file. Raises NotAWorkbook for one that is none, is locked, broken, empty or too large."""
    if not data.strip():
        raise NotAWorkbook("workbook-empty")
    if len(data) > LARGEST:
        raise NotAWorkbook("workbook-too-large", {"most": LARGEST // MEGABYTE})
    if data.startswith(b"PK"):
        return _packed(data)
    if data.startswith(OLE):
        return _calamine(data, old_books.looked_into(data))
    if _WEB.match(data.removeprefix(b"\xef\xbb\xbf")):
        raise NotAWorkbook("workbook-is-web-page")
    return [separated(data)]


def _packed(data: bytes) -> list[Grid]:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            sizes = [part.file_size for part in archive.infolist()]
            names = set(archive.namelist())
            if sum(sizes) > LARGEST_UNPACKED:
                raise NotAWorkbook("workbook-too-large", {"most": LARGEST_UNPACKED // MEGABYTE})
            if not names & {"xl/workbook.xml", "xl/workbook.bin", "content.xml"}:
                raise NotAWorkbook("workbook-unknown")
            seen = looked_through(archive) if "xl/workbook.xml" in names else {}
            if "content.xml" in names:
                seen = open_documents.looked_into(archive.read("content.xml"))
    except (zipfile.BadZipFile, EOFError, OSError, NotImplementedError, RuntimeError, ValueError) as error:
        raise NotAWorkbook("workbook-broken") from error
    return _calamine(data, seen)


def _calamine(data: bytes, seen: Mapping[str, Looked]) -> list[Grid]:
    try:
        book = CalamineWorkbook.from_filelike(io.BytesIO(data))
        found = [
            _grid(book.get_sheet_by_name(about.name), seen.get(about.name, Looked()))
            for about in book.sheets_metadata
            if about.typ == SheetTypeEnum.WorkSheet and about.visible == SheetVisibleEnum.Visible
        ]
    except PasswordError as error:
        raise NotAWorkbook("workbook-locked") from error
    except (CalamineError, OSError, ValueError, OverflowError) as error:
        locked = b"E\x00n\x00c\x00r\x00y\x00p\x00t\x00e\x00d\x00P" in data
        raise NotAWorkbook("workbook-locked" if locked else "workbook-broken") from error
    if not any(any(row) for grid in found for row in grid.rows):
        raise NotAWorkbook("workbook-empty")
    return found


def _grid(sheet: CalamineSheet, looked: Looked) -> Grid:
    """A sheet as text. Raises NotAWorkbook for one with too many rows or columns."""
    if sheet.total_height > MOST_ROWS + 100:
        raise NotAWorkbook("workbook-too-many-rows", {"most": MOST_ROWS})
    if sheet.total_width > MOST_COLUMNS * 10:
        raise NotAWorkbook("workbook-too-many-columns", {"most": MOST_COLUMNS})
    rows, lost = [], set()
    for number, row in enumerate(sheet.to_python(skip_empty_area=False), 1):
        values = row[:MOST_COLUMNS]
        rows.append([_text(value) for value in values])
        for place, value in enumerate(values):
            if isinstance(value, int | float) and abs(value) >= LONG_DIGITS:
                lost.add(f"{letters(place)}{number}")
    merged = [(*first, *last) for first, last in sheet.merged_cell_ranges or ()]
    return Grid(sheet.name, rows, merged, replace(looked, lost=frozenset(lost)))


def _text(value: Any) -> str:
    """A cell as people would type it: days as 2023-05-31, figures without exponent, yes and no in Chinese."""
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, int):
        return str(value)
    if isinstance(value, float):
        return f"{Decimal(repr(value)).normalize():f}"
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time() == time() else value.isoformat(" ", "minutes")
    if isinstance(value, date | time):
        return value.isoformat()
    if isinstance(value, timedelta):
        return str(value)
    return clean(str(value))
