"""Awkward workbooks as offices send them, made by code so that each says what is awkward about it."""

import io
import zipfile
from collections.abc import Callable, Sequence
from datetime import date
from typing import Any

import xlsxwriter
import xlwt

HEAD = ("项目名称", "走访日期", "金额（万元）")
ROWS: tuple[Sequence[Any], ...] = (("甲项目", date(2023, 5, 9), 1200.5), ("乙项目", date(2023, 5, 10), 80))


def xlsx(
    build: Callable[[Any, Any], None] | None = None, *, head=HEAD, rows=ROWS, at: int = 0, **options
) -> bytes:
    """A workbook with the head in row `at` and the rows below; `build(book, sheet)` adds what is awkward."""
    data = io.BytesIO()
    with xlsxwriter.Workbook(data, options) as book:
        sheet = book.add_worksheet("台账")
        day = book.add_format({"num_format": "yyyy-mm-dd"})
        sheet.write_row(at, 0, head)
        for number, row in enumerate(rows, at + 1):
            for place, value in enumerate(row):
                if isinstance(value, date):
                    sheet.write_datetime(number, place, value, day)
                elif value is not None:
                    sheet.write(number, place, value)
        if build:
            build(book, sheet)
    return data.getvalue()


def xls(*, head=HEAD, rows=ROWS) -> bytes:
    """The same in the format of 1997."""
    book = xlwt.Workbook()
    sheet = book.add_sheet("台账")
    day = xlwt.easyxf(num_format_str="yyyy-mm-dd")
    for number, row in enumerate((head, *rows)):
        for place, value in enumerate(row):
            sheet.write(number, place, value, *([day] if isinstance(value, date) else []))
    data = io.BytesIO()
    book.save(data)
    return data.getvalue()


def ods(rows: Sequence[Sequence[str]]) -> bytes:
    """An OpenDocument table of texts."""
    cells = "".join(
        "<table:table-row>"
        + "".join(
            f'<table:table-cell office:value-type="string"><text:p>{cell}</text:p></table:table-cell>'
            for cell in row
        )
        + "</table:table-row>"
        for row in rows
    )
    names = " ".join(
        f'xmlns:{short}="urn:oasis:names:tc:opendocument:xmlns:{long}:1.0"'
        for short, long in (("office", "office"), ("table", "table"), ("text", "text"))
    )
    content = (
        f'<?xml version="1.0" encoding="UTF-8"?><office:document-content {names}><office:body><office:spreadsheet>'
        f'<table:table table:name="台账">{cells}</table:table></office:spreadsheet></office:body></office:document-content>'
    )
    kind = "application/vnd.oasis.opendocument.spreadsheet"
    manifest = (
        '<?xml version="1.0"?><manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0">'
        f'<manifest:file-entry manifest:full-path="/" manifest:media-type="{kind}"/></manifest:manifest>'
    )
    return zipped({"mimetype": kind, "META-INF/manifest.xml": manifest, "content.xml": content})


def zipped(parts: dict[str, str | bytes]) -> bytes:
    """An archive of these parts."""
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, part in parts.items():
            archive.writestr(name, part, zipfile.ZIP_STORED if name == "mimetype" else None)
    return data.getvalue()


def bomb(megabytes: int) -> bytes:
    """A small archive that would unpack to so much."""
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        archive.writestr("xl/workbook.xml", "<x/>")
        with archive.open("xl/worksheets/sheet1.xml", "w") as part:
            for _each in range(megabytes):
                part.write(bytes(1024 * 1024))
    return data.getvalue()


def changed(data: bytes, part: str, old: bytes, new: bytes) -> bytes:
    """A workbook in one part of which something stands differently."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    assert old in parts[part], "nothing to change"
    parts[part] = parts[part].replace(old, new)
    return zipped(parts)
