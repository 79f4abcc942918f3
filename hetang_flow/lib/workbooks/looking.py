"""What an .xlsx shows beside its values: read from its parts by pattern, for the values themselves hide it."""

import html
import re
import zipfile
from collections.abc import Iterable

from hetang_flow.lib.workbooks.found import Looked

PERCENT = {b"9", b"10"}  # the number formats every program knows as per cent
_CELL = rb"<(?:\w+:)?c (?=[^>]*?\br=\"([A-Z]+[0-9]+)\")"
_FORMULA = re.compile(
    _CELL + rb"([^>]*)>\s*<(?:\w+:)?f(?:[^>]*/>|[^>]*>[^<]*</(?:\w+:)?f>)\s*"
    rb"(<(?:\w+:)?v\s*/>|<(?:\w+:)?v>\s*</(?:\w+:)?v>)?\s*</(?:\w+:)?c>"
)
_ERROR = re.compile(_CELL + rb"(?=[^>]*?\bt=\"e\")")
_HIDDEN = re.compile(rb'<(?:\w+:)?row [^>]*hidden="(?:1|true)"')
_SHEET = re.compile(rb"<(?:\w+:)?sheet ([^>]*)>")
_RELATION = re.compile(rb"<(?:\w+:)?Relationship ([^>]*)>")
_FORMAT = re.compile(rb"<(?:\w+:)?numFmt ([^>]*)>")
_STYLES = re.compile(rb"<(?:\w+:)?cellXfs[ >].*?</(?:\w+:)?cellXfs>", re.DOTALL)
_STYLE = re.compile(rb"<(?:\w+:)?xf ([^>]*)>")
_SAID = re.compile(rb'([\w:]+)="([^"]*)"')
_LITERAL = re.compile(r'"[^"]*"|\\.')


def looked_through(archive: zipfile.ZipFile) -> dict[str, Looked]:
    """What every sheet shows beside its values, by the sheet's name."""
    names = set(archive.namelist())
    percents = _percent_styles(archive.read("xl/styles.xml")) if "xl/styles.xml" in names else []
    parts = _parts(archive) if "xl/_rels/workbook.xml.rels" in names else {}
    return {name: _looked_at(archive.read(part), percents) for name, part in parts.items() if part in names}


def _parts(archive: zipfile.ZipFile) -> dict[str, str]:
    """Where in the archive each sheet lies, by its name."""
    targets = {}
    for relation in _RELATION.findall(archive.read("xl/_rels/workbook.xml.rels")):
        said = dict(_SAID.findall(relation))
        if b"Id" in said and b"Target" in said:
            target = said[b"Target"].decode("utf-8", "replace").lstrip("/")
            targets[said[b"Id"]] = target if target.startswith("xl/") else f"xl/{target}"
    found = {}
    for sheet in _SHEET.findall(archive.read("xl/workbook.xml")):
        said = dict(_SAID.findall(sheet))
        key = next((value for name, value in said.items() if name.endswith(b":id")), b"")
        if key in targets:
            found[html.unescape(said.get(b"name", b"").decode("utf-8", "replace"))] = targets[key]
    return found


def _percent_styles(part: bytes) -> list[bytes]:
    """The numbers of the styles that show a figure a hundred times as large, with a per cent sign."""
    formats = set(PERCENT)
    for each in _FORMAT.findall(part):
        said = dict(_SAID.findall(each))
        code = html.unescape(said.get(b"formatCode", b"").decode("utf-8", "replace"))
        if "%" in _LITERAL.sub("", code):
            formats.add(said.get(b"numFmtId", b""))
    section = _STYLES.search(part)
    styles = _STYLE.findall(section.group()) if section else []
    return [
        str(number).encode()
        for number, style in enumerate(styles)
        if dict(_SAID.findall(style)).get(b"numFmtId") in formats
    ]


def _looked_at(part: bytes, percents: list[bytes]) -> Looked:
    """A formula whose value is the empty text (`t="str"`) was calculated; one that keeps no value was not."""
    formulas = _FORMULA.findall(part) if b"f>" in part or b"f " in part else []
    empty = [cell for cell, said, value in formulas if not (value and b't="str"' in said)]
    errors = _ERROR.findall(part) if b't="e"' in part else []
    shown = (
        re.findall(_CELL + rb'(?=[^>]*?\bs="(?:' + b"|".join(percents) + rb')")', part) if percents else []
    )
    return Looked(
        uncalculated=_cells(empty),
        errors=_cells(errors),
        percents=_cells(shown),
        hidden=len(_HIDDEN.findall(part)),
    )


def _cells(found: Iterable[bytes]) -> frozenset[str]:
    return frozenset(cell.decode() for cell in found)
