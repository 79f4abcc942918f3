"""A file as grids of text: what kind of file it is says its content, never its name."""

import csv
import io
import re
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from python_calamine import CalamineError, CalamineWorkbook, PasswordError, SheetTypeEnum, SheetVisibleEnum

MEGABYTE = 1024 * 1024
LARGEST = 20 * MEGABYTE
LARGEST_UNPACKED = 400 * MEGABYTE
MOST_ROWS = 100_000
MOST_COLUMNS = 200
LONG_DIGITS = 10**15
OVERFLOWS = "workbook-overflows"
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
ERRORS = frozenset(
    {"#REF!", "#N/A", "#VALUE!", "#DIV/0!", "#NAME?", "#NULL!", "#NUM!"}
)  # as text files have them
DELIMITERS = ",\t;，"
_WEB = re.compile(rb"^\s*(<!doctype|<html|<table|<\?xml|<workbook)", re.IGNORECASE)
_FORMULA = re.compile(
    rb'<c [^>]*?r="([A-Z]+[0-9]+)"[^>]*>\s*<f(?:[^>]*/>|[^>]*>[^<]*</f>)\s*(?:<v\s*/>|<v>\s*</v>)?\s*</c>'
)
_ERROR = re.compile(rb'<c (?=[^>]*?\bt="e")[^>]*?r="([A-Z]+[0-9]+)"')
_HIDDEN = re.compile(rb'<row [^>]*hidden="(?:1|true)"')
_SHEET = re.compile(rb'<(?:\w+:)?sheet [^>]*?name="([^"]*)"[^>]*?r:id="([^"]*)"')
_RELATION = re.compile(rb"<Relationship [^>]*>")


class NotAWorkbook(Exception):
    """The file as a whole cannot be read; `code` and `facts` say why."""

    def __init__(self, code: str, facts: Mapping[str, Any] | None = None) -> None:
        super().__init__(code)
        self.code, self.facts = code, dict(facts or {})


@dataclass(frozen=True, slots=True)
class Looked:
    """What only the file itself shows: cells whose formula nobody calculated, cells in error, rows that are hidden."""

    uncalculated: frozenset[str] = frozenset()
    errors: frozenset[str] = frozenset()
    hidden: int = 0


@dataclass(slots=True)
class Grid:
    """One sheet as rows of text; `merged` are ranges (first row, first column, last row, last column), from 0."""

    name: str
    rows: list[list[str]]
    merged: list[tuple[int, int, int, int]] = field(default_factory=list)
    looked: Looked = field(default_factory=Looked)


def grids(data: bytes) -> list[Grid]:
    """The visible sheets of a file. Raises NotAWorkbook for one that is none, is locked, broken, empty or too large."""
    if not data.strip():
        raise NotAWorkbook("workbook-empty")
    if len(data) > LARGEST:
        raise NotAWorkbook("workbook-too-large", {"most": LARGEST // MEGABYTE})
    if data.startswith(b"PK"):
        return _packed(data)
    if data.startswith(OLE):
        return _calamine(data, {})
    if _WEB.match(data.removeprefix(b"\xef\xbb\xbf")):
        raise NotAWorkbook("workbook-is-web-page")
    return [Grid("", list(_separated(data)))]


# --- workbooks ---


def _packed(data: bytes) -> list[Grid]:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            sizes = [part.file_size for part in archive.infolist()]
            names = set(archive.namelist())
            if sum(sizes) > LARGEST_UNPACKED:
                raise NotAWorkbook("workbook-too-large", {"most": LARGEST_UNPACKED // MEGABYTE})
            if not names & {"xl/workbook.xml", "xl/workbook.bin", "content.xml"}:
                raise NotAWorkbook("workbook-unknown")
            parts = _parts(archive) if "xl/workbook.xml" in names else {}
            seen = {name: _looked_at(archive.read(part)) for name, part in parts.items() if part in names}
    except (zipfile.BadZipFile, EOFError, OSError, NotImplementedError, RuntimeError, ValueError) as error:
        raise NotAWorkbook("workbook-broken") from error
    return _calamine(data, seen)


def _parts(archive: zipfile.ZipFile) -> dict[str, str]:
    """Where in the archive each sheet lies, by its name."""
    try:
        relations = archive.read("xl/_rels/workbook.xml.rels")
    except KeyError:
        return {}
    targets = {}
    for relation in _RELATION.findall(relations):
        said = dict(re.findall(rb'(\w+)="([^"]*)"', relation))
        if b"Id" in said and b"Target" in said:
            target = said[b"Target"].decode("utf-8", "replace").lstrip("/")
            targets[said[b"Id"]] = target if target.startswith("xl/") else f"xl/{target}"
    sheets = _SHEET.findall(archive.read("xl/workbook.xml"))
    return {_unescaped(name): targets[key] for name, key in sheets if key in targets}


def _unescaped(name: bytes) -> str:
    text = name.decode("utf-8", "replace")
    for sign, said in (("&lt;", "<"), ("&gt;", ">"), ("&quot;", '"'), ("&apos;", "'"), ("&amp;", "&")):
        text = text.replace(sign, said)
    return text


def _looked_at(part: bytes) -> Looked:
    formulas = _FORMULA.findall(part) if b"<f" in part else []
    errors = _ERROR.findall(part) if b't="e"' in part else []
    return Looked(_cells(formulas), _cells(errors), len(_HIDDEN.findall(part)))


def _cells(found: Sequence[bytes]) -> frozenset[str]:
    return frozenset(cell.decode() for cell in found)


def _calamine(data: bytes, seen: Mapping[str, Looked]) -> list[Grid]:
    try:
        book = CalamineWorkbook.from_filelike(io.BytesIO(data))
        found = []
        for about in book.sheets_metadata:
            if about.typ != SheetTypeEnum.WorkSheet or about.visible != SheetVisibleEnum.Visible:
                continue
            sheet = book.get_sheet_by_name(about.name)
            if sheet.total_height > MOST_ROWS + 100:
                raise NotAWorkbook("workbook-too-many-rows", {"most": MOST_ROWS})
            if sheet.total_width > MOST_COLUMNS * 10:
                raise NotAWorkbook("workbook-too-many-columns", {"most": MOST_COLUMNS})
            rows = [
                [_text(value) for value in row[:MOST_COLUMNS]]
                for row in sheet.to_python(skip_empty_area=False)
            ]
            merged = [(*first, *last) for first, last in sheet.merged_cell_ranges or ()]
            found.append(Grid(about.name, rows, merged, seen.get(about.name, Looked())))
    except PasswordError as error:
        raise NotAWorkbook("workbook-locked") from error
    except (CalamineError, OSError, ValueError, OverflowError) as error:
        locked = b"E\x00n\x00c\x00r\x00y\x00p\x00t\x00e\x00d\x00P" in data
        raise NotAWorkbook("workbook-locked" if locked else "workbook-broken") from error
    if not any(any(row) for grid in found for row in grid.rows):
        raise NotAWorkbook("workbook-empty")
    return found


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
    return str(value).strip()


# --- text files ---


def _separated(data: bytes) -> Iterator[list[str]]:
    text = _decoded(data)
    sample = "\n".join(text.splitlines()[:20])
    mark = max(DELIMITERS, key=sample.count)
    if mark not in sample:
        raise NotAWorkbook("workbook-unknown")
    if mark == "，":
        text, mark = text.replace("，", ","), ","
    try:
        for number, row in enumerate(csv.reader(io.StringIO(text), delimiter=mark)):
            if number > MOST_ROWS + 100:
                raise NotAWorkbook("workbook-too-many-rows", {"most": MOST_ROWS})
            yield [cell.strip() for cell in row[:MOST_COLUMNS]]
    except csv.Error as error:
        raise NotAWorkbook("workbook-broken") from error


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
