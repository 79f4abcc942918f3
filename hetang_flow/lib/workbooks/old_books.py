"""What an .xls of 1997 shows beside its values: cells in error, per cent, hidden rows, a password.

The file is a small file system (compound file) whose stream `Workbook` is a sequence of records. Only records that
say what the values hide are looked at; whatever is not as it should be is left to the reader of the values.
"""

import struct
from collections.abc import Iterator, Sequence

from hetang_flow.lib.workbooks.found import Looked, NotAWorkbook, letters

STREAM = 2  # the kind of an entry that is a stream
SECTORS = (512, 4096)
FREE = 0xFFFFFFFA  # from here on a sector number is a mark
BOF, EOF, FILEPASS, BOUNDSHEET, FORMAT, XF, ROW = 0x809, 0x0A, 0x2F, 0x85, 0x41E, 0xE0, 0x208
FORMULA, NUMBER, RK, MULRK, BOOLERR = 0x06, 0x203, 0x27E, 0xBD, 0x205
PERCENT = {9, 10}


def looked_into(data: bytes) -> dict[str, Looked]:
    """What every sheet shows beside its values, by the sheet's name.

    Raises NotAWorkbook for a file that holds another kind of document, or is locked by a password.
    """
    try:
        streams = dict(_streams(data))
    except (struct.error, IndexError, OverflowError, ValueError):
        return {}
    if "EncryptedPackage" in streams:
        raise NotAWorkbook("workbook-locked")
    book = streams.get("Workbook") or streams.get("Book")
    if book is None:
        raise NotAWorkbook("workbook-unknown" if streams else "workbook-broken")
    try:
        return _sheets(book)
    except (struct.error, IndexError):
        return {}


# --- the small file system ---


def _streams(data: bytes) -> Iterator[tuple[str, bytes]]:
    """The streams by name."""
    size, small = (1 << shift for shift in struct.unpack_from("<HH", data, 30))
    if size not in SECTORS:
        raise ValueError(size)
    tables, directory, cutoff, small_table, more = struct.unpack_from("<II4xII4xI", data, 44)
    sectors, page = list(struct.unpack_from("<109I", data, 76)), f"<{size // 4}I"
    while more < FREE and len(sectors) < len(data) // size:
        *next_ones, more = struct.unpack_from(page, data, (more + 1) * size)
        sectors += next_ones
    table: list[int] = []
    for sector in sectors[:tables]:
        if sector < FREE:
            table += struct.unpack_from(page, data, (sector + 1) * size)
    body = data[size:]
    entries = _chain(body, directory, table, size)
    mini = _chain(body, struct.unpack_from("<I", entries, 116)[0], table, size)
    mini_table = [number for (number,) in struct.iter_unpack("<I", _chain(body, small_table, table, size))]
    for start in range(0, len(entries) - 127, 128):
        length, kind = struct.unpack_from("<HB", entries, start + 64)
        first, whole = struct.unpack_from("<II", entries, start + 116)
        if kind == STREAM and length >= 2:
            name = entries[start : start + length - 2].decode("utf-16-le", "replace")
            is_small = whole < cutoff
            yield (
                name,
                _chain(mini, first, mini_table, small)[:whole]
                if is_small
                else _chain(body, first, table, size)[:whole],
            )


def _chain(data: bytes, sector: int, table: Sequence[int], size: int) -> bytes:
    """What lies in the sectors of a chain; one that runs in a circle ends after its table's length."""
    parts, left = [], len(table)
    while sector < FREE and left:
        parts.append(data[sector * size : (sector + 1) * size])
        sector, left = table[sector], left - 1
    return b"".join(parts)


# --- the records ---


def _records(book: bytes, start: int) -> Iterator[tuple[int, bytes]]:
    """The records from a place on, to the end of that part of the stream."""
    while start + 4 <= len(book):
        kind, length = struct.unpack_from("<HH", book, start)
        yield kind, book[start + 4 : start + 4 + length]
        if kind == EOF:
            return
        start += 4 + length


def _sheets(book: bytes) -> dict[str, Looked]:
    sheets, formats, styles = {}, set(PERCENT), []
    for kind, said in _records(book, 0):
        if kind == FILEPASS:
            raise NotAWorkbook("workbook-locked")
        if kind == BOUNDSHEET:
            wide = said[7] & 1
            name = said[8:].decode("utf-16-le" if wide else "latin-1", "replace")
            sheets[name] = struct.unpack_from("<I", said)[0]
        elif kind == FORMAT and b"%" in said[5:]:
            formats.add(struct.unpack_from("<H", said)[0])
        elif kind == XF:
            styles.append(struct.unpack_from("<H", said, 2)[0])
    percents = {number for number, style in enumerate(styles) if style in formats}
    return {name: _looked_at(book, start, percents) for name, start in sheets.items()}


def _looked_at(book: bytes, start: int, percents: set[int]) -> Looked:
    errors, shown, hidden = set(), set(), 0
    for kind, said in _records(book, start):
        if kind == ROW:
            hidden += bool(said[12] & 0x20)
        elif kind in (NUMBER, RK, FORMULA, BOOLERR):
            row, column, style = struct.unpack_from("<HHH", said)
            cell = f"{letters(column)}{row + 1}"
            if (kind == BOOLERR and said[7]) or (
                kind == FORMULA and said[12:14] == b"\xff\xff" and said[6] == 2
            ):
                errors.add(cell)
            elif style in percents:
                shown.add(cell)
        elif kind == MULRK:
            row, column = struct.unpack_from("<HH", said)
            for place in range((len(said) - 6) // 6):
                if struct.unpack_from("<H", said, 4 + place * 6)[0] in percents:
                    shown.add(f"{letters(column + place)}{row + 1}")
    return Looked(errors=frozenset(errors), percents=frozenset(shown), hidden=hidden)
