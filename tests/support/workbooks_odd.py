"""Workbooks in formats no common library writes, and ones that hide something from whoever reads only the values."""

import io
import struct
import zipfile
from collections.abc import Sequence

import xlwt

from tests.support.workbooks import changed, ods, zipped

RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006/relationships"
CALC = b'xmlns:calcext="urn:org:documentfoundation:names:experimental:calc:xmlns:calcext:1.0"'


def xlsb(rows: Sequence[Sequence[str | float]]) -> bytes:
    """A workbook in the binary format of 2007: texts and figures."""
    body = b""
    for number, row in enumerate(rows):
        body += _record(0, struct.pack("<II", number, 0) + bytes(9))
        for place, value in enumerate(row):
            if isinstance(value, str):
                body += _record(6, struct.pack("<II", place, 0) + _wide(value))
            else:
                body += _record(5, struct.pack("<IId", place, 0, value))
    size = struct.pack("<IIII", 0, len(rows) - 1, 0, len(rows[0]) - 1)
    sheet = struct.pack("<II", 0, 1) + _wide("rId1") + _wide("台账")
    return zipped(
        {
            "xl/workbook.bin": b"".join(
                [_record(131), _record(143), _record(156, sheet), _record(144), _record(132)]
            ),
            "xl/worksheets/sheet1.bin": b"".join(
                [_record(129), _record(148, size), _record(145), body, _record(146), _record(130)]
            ),
            "xl/_rels/workbook.bin.rels": (
                f'<?xml version="1.0"?><Relationships xmlns="{PACKAGE}"><Relationship Id="rId1" '
                f'Type="{RELATIONS}/worksheet" Target="worksheets/sheet1.bin"/></Relationships>'
            ),
        }
    )


def _record(kind: int, said: bytes = b"") -> bytes:
    name = bytes([kind]) if kind < 128 else bytes([kind & 0x7F | 0x80, kind >> 7])
    length, left = b"", len(said)
    while left > 0x7F:
        length, left = length + bytes([left & 0x7F | 0x80]), left >> 7
    return name + length + bytes([left]) + said


def _wide(text: str) -> bytes:
    return struct.pack("<I", len(text)) + text.encode("utf-16-le")


def old(head: Sequence[str], *, rows: int = 1) -> bytes:
    """An .xls whose second row is in error, whose third is hidden and whose fourth column is shown as per cent."""
    book = xlwt.Workbook()
    sheet = book.add_sheet("台账")
    percent = xlwt.easyxf(num_format_str="0.0%")
    for place, name in enumerate(head):
        sheet.write(0, place, name)
    for number in range(1, rows + 1):
        sheet.write(number, 0, f"项目{number}")
        sheet.row(number).set_cell_error(2, "#REF!") if number == 1 else sheet.write(number, 2, number)
        sheet.write(number, 3, 0.125, percent)
    sheet.row(2).hidden = True
    data = io.BytesIO()
    book.save(data)
    return data.getvalue()


def old_locked() -> bytes:
    """An .xls that says of itself that a password protects it."""
    data = old(("项目名称",))
    interface = struct.pack("<HH", 0x00E1, 2)
    assert interface in data, "nothing to change"
    return data.replace(interface, struct.pack("<HH", 0x002F, 2), 1)


def old_document() -> bytes:
    """A document of 1997 that is no workbook."""
    name = "Workbook".encode("utf-16-le")
    return old(("项目名称",)).replace(name, "WordDocu".encode("utf-16-le"))


def open_in_error(head: Sequence[str], row: Sequence[str], place: int) -> bytes:
    """An OpenDocument table in which one cell of the second row is in error."""
    data = ods([head, [*row[:place], "@@", *row[place + 1 :]]])
    data = changed(
        data, "content.xml", b"<office:document-content ", b"<office:document-content " + CALC + b" "
    )
    return changed(
        data, "content.xml", b'<table:table-cell office:value-type="string"><text:p>@@</text:p>',
        b'<table:table-cell table:formula="of:=1/0" office:value-type="string" office:string-value="" '
        b'calcext:value-type="error"><text:p>#DIV/0!</text:p>',
    )  # fmt: skip


def open_percent(head: Sequence[str], figure: str) -> bytes:
    """An OpenDocument table whose last column is shown as per cent, its row hidden by a filter."""
    data = ods([head, [*["甲"] * (len(head) - 1), "@@"]])
    old_cell = b'<table:table-row><table:table-cell office:value-type="string"><text:p>' + "甲".encode()
    data = changed(
        data, "content.xml", old_cell, old_cell.replace(b"<table:table-row>", b'<table:table-row table:visibility="filter">')
    )  # fmt: skip
    return changed(
        data, "content.xml", b'<table:table-cell office:value-type="string"><text:p>@@</text:p>',
        f'<table:table-cell office:value-type="percentage" office:value="{figure}"><text:p>x</text:p>'.encode(),
    )  # fmt: skip


def without(data: bytes, part: str, what: bytes) -> bytes:
    """A workbook in one part of which something is missing."""
    return changed(data, part, what, b"")


def parts_of(data: bytes) -> dict[str, bytes]:
    """The parts of an archive."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}
