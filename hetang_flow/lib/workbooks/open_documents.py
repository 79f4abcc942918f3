"""What an .ods shows beside its values: cells in error, per cent, hidden rows."""

import io
from collections.abc import Iterator
from dataclasses import dataclass, field
from xml.etree import ElementTree

from hetang_flow.lib.workbooks.found import MOST_COLUMNS, Looked, letters

MOST_REPEATED = 1000  # a row that stands there more often says nothing
HIDDEN = frozenset({"collapse", "filter"})


def looked_into(part: bytes) -> dict[str, Looked]:
    """What every sheet shows beside its values, by the sheet's name; a broken part shows nothing."""
    found: dict[str, _Sheet] = {}
    sheet = _Sheet()
    try:
        # Opened apart, with little memory and time: see apart.py.
        for event, element in ElementTree.iterparse(io.BytesIO(part), ("start", "end")):  # noqa: S314
            name = _name(element.tag)
            if event == "start" and name == "table":
                sheet = found.setdefault(_said(element).get("name", ""), _Sheet())
            elif event == "end" and name == "table-row":
                sheet.look_at(element)
                element.clear()
    except (ElementTree.ParseError, LookupError, ValueError):
        return {}
    return {name: sheet.looked for name, sheet in found.items()}


@dataclass(slots=True)
class _Sheet:
    """What was seen of a sheet so far."""

    rows: int = 0
    hidden: int = 0
    errors: set[str] = field(default_factory=set)
    percents: set[str] = field(default_factory=set)

    def look_at(self, row: ElementTree.Element) -> None:
        """The next row, which may stand for many."""
        said = _said(row)
        times = int(said.get("number-rows-repeated", 1))
        told = min(times, MOST_REPEATED)
        if said.get("visibility") in HIDDEN:
            self.hidden += told
        for place, cell in _cells(row):
            kinds = _types(cell)
            if kinds & {"error", "percentage"}:
                where = {f"{letters(place)}{self.rows + each}" for each in range(1, told + 1)}
                (self.errors if "error" in kinds else self.percents).update(where)
        self.rows += times

    @property
    def looked(self) -> Looked:
        """What it shows."""
        return Looked(errors=frozenset(self.errors), percents=frozenset(self.percents), hidden=self.hidden)


def _cells(row: ElementTree.Element) -> Iterator[tuple[int, ElementTree.Element]]:
    """The cells of a row with their places, one that is repeated at each of its own."""
    place = 0
    for cell in row:
        times = int(_said(cell).get("number-columns-repeated", 1))
        for each in range(place, min(place + times, MOST_COLUMNS)):
            yield each, cell
        place += times


def _types(cell: ElementTree.Element) -> set[str]:
    """What a cell's value is, by each vocabulary that says so."""
    return {value for key, value in cell.attrib.items() if _name(key) == "value-type"}


def _said(element: ElementTree.Element) -> dict[str, str]:
    return {_name(key): value for key, value in element.attrib.items()}


def _name(tag: str) -> str:
    return tag.rpartition("}")[2]
