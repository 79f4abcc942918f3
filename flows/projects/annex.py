"""The annex of key projects as offices keep it, read into rows: what each cell says, and what is wrong with it.

Nothing here looks anything up: names of units and leaders stay names. Contacts and their numbers are never read.
"""

import re
import unicodedata
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal, InvalidOperation

from pydantic import TypeAdapter, ValidationError

from hetang_flow.lib.plan_file import Months, Period
from hetang_flow.lib.workbooks import Column, Problem, Reading
from hetang_flow.lib.workbooks.cells import narrow

NEEDED = ("name", "builds", "owners", "service", "total", "planned")
BUILDS = ("建设起止年限", "建设年限", "建设工期", "起止年限", "建设起止时间")


def _said(code: str, name: str, *aliases: str) -> Column:
    """A column of words; people's telephone numbers are not taken in with them."""
    return Column(code, name, aliases, required=code in NEEDED, without_numbers=True)


def _money(code: str, name: str, *aliases: str) -> Column:
    return Column(code, name, aliases, unit="万元", required=code in NEEDED)


COLUMNS = (
    Column("row", "序号"),
    _said("city_leaders", "联系市领导", "市领导", "联系市级领导"),
    _said("district_leaders", "联系区领导", "区领导", "联系领导", "联系区级领导"),
    _said("name", "项目名称", "项目", "建设项目名称"),
    _said("location", "所在地", "建设地点", "项目所在地", "地点"),
    Column("builds", "建设期", BUILDS, required=True),
    _said("owners", "业主单位/牵头单位", "业主单位", "项目业主", "项目单位", "建设单位", "业主"),
    _said("service", "服务责任部门", "责任部门", "服务部门", "责任单位", "服务责任单位"),
    _money("total", "总投资", "总投资额", "计划总投资"),
    _money("invested_before", "累计完成投资", "已完成投资", "累计投资"),
    _money(
        "planned",
        "年度计划投资",
        "计划投资",
        "投资计划",
        "年度投资计划",
        "本年计划投资",
        "当年计划投资",
        "年度计划",
    ),
    _said("remark", "备注"),
)
NAMES = {column.code: column.name for column in COLUMNS}
PERSONAL = re.compile("联系人|联系方式|联系电话|电话|手机|号码")
_APART = re.compile(r"[、,，;；/]+")
_PART = re.compile(r"[（(](牵头|主责|配合|执行|召集人|责任单位|牵头单位)[）)]$")
_UNIT_ENDS = re.compile(
    r"(公司|集团|局|委|办|处|厂|院|学校|大学|中心|镇|乡|街道|协会|商会|银行|合作社|指挥部|政府|开发区)([（(].*[）)])?$"
)
_MONTH = r"(\d{4})(?:[.年/-](\d{1,2})(?:[.月/]\d{1,2}日?)?)?[年月]?"
_PERIOD = re.compile(rf"{_MONTH}(?:[-~至到]+{_MONTH})?(?:\(.*\))?")
_TIGHT = re.compile(r"(\d{4})(\d{2})[-~至到]+(\d{4})(\d{2})")
_FULL_WIDTH = {
    0xFF00 + sign - 0x20: sign for sign in (*range(0x30, 0x3A), *range(0x41, 0x5B), *range(0x61, 0x7B))
}
LONGEST_NAME, LONGEST_PLACE, LONGEST_REMARK = 160, 60, 120
LONGEST_PARTY = 80
LARGEST = Decimal(10**8)
MONTHS: TypeAdapter[Period] = TypeAdapter(Months)


@dataclass(slots=True)
class AnnexRow:
    """One project as the table says it; money in 万元."""

    number: int
    name: str = ""
    location: str = ""
    builds: Period | None = None
    total: Decimal = Decimal(0)
    invested_before: Decimal = Decimal(0)
    planned: Decimal = Decimal(0)
    remark: str = ""
    row: int | None = None
    owners: list[str] = field(default_factory=list)
    service: list[str] = field(default_factory=list)
    city_leaders: list[str] = field(default_factory=list)
    district_leaders: list[str] = field(default_factory=list)

    @property
    def begins(self) -> date | None:
        """The first day of the construction period."""
        return self.builds.first if self.builds else None

    @property
    def ends(self) -> date | None:
        """The last day of the construction period."""
        return self.builds.last if self.builds else None


def left_out(reading: Reading) -> list[str]:
    """The columns that hold people's names or numbers and are never taken in."""
    return [name for name in reading.ignored if PERSONAL.search(name)]


def tidy(text: str) -> str:
    """A name as it is kept: digits and letters of one width, Chinese brackets and dashes, no blanks beside Chinese."""
    text = " ".join(text.translate(_FULL_WIDTH).split())
    if not text.isascii():
        text = re.sub("[－―─﹣–—]{1,2}", "—", text).translate({ord("("): "（", ord(")"): "）"})
    return re.sub(r"(?<=[^\x00-\x7f])\s+|\s+(?=[^\x00-\x7f])", "", text)


def same(name: str) -> str:
    """What two spellings of one name have in common: its letters and figures alone."""
    return re.sub(r"[\W_]", "", unicodedata.normalize("NFKC", name)).lower()


def units_in(cell: str, known: Collection[str]) -> list[str]:
    """The units a cell names, however they are kept apart; `known` are spellings as `same` gives them."""
    return _names_in(cell, known, lambda text: bool(_UNIT_ENDS.search(text)))


def people_in(cell: str, known: Collection[str]) -> list[str]:
    """The people a cell names: a blank stands between two of them, or inside a name of two signs (张　璐)."""
    return _names_in(cell, known, lambda text: len(text) > 1)


def _names_in(cell: str, known: Collection[str], is_whole: Callable[[str], bool]) -> list[str]:
    """Blanks and line breaks stand between names as well as inside of them: what is known decides, then `is_whole`."""
    names = []
    for part in _APART.split(cell):
        words, held = part.split(), ""
        while words:
            length = _known_words(words, known)
            said = tidy(" ".join(words[: length or 1]))
            del words[: length or 1]
            if length:
                names += [held, said]
                held = ""
            else:
                held = tidy(f"{held} {said}")
                if is_whole(held):
                    names.append(held)
                    held = ""
        names.append(held)
    return list(dict.fromkeys(name for name in (_PART.sub("", each) for each in names) if name))


def _known_words(words: Sequence[str], known: Collection[str]) -> int:
    """How many of the first words together are a known name, the most of them; 0 for none."""
    lengths = range(len(words), 0, -1)
    return next((n for n in lengths if same(_PART.sub("", tidy(" ".join(words[:n])))) in known), 0)


def rows_of(
    reading: Reading, units: Collection[str], city: Collection[str], district: Collection[str]
) -> Iterator[tuple[AnnexRow, list[Problem]]]:
    """Every row with everything that is wrong with it; known units and leaders are spelled as `same` gives them."""
    unread = {(problem.row, problem.column) for problem in reading.problems}
    for row in reading.rows:
        found = AnnexRow(row.number)
        missing = [
            code
            for code in NEEDED
            if code in reading.places and not row.cells.get(code) and (row.number, NAMES[code]) not in unread
        ]
        wrong = [_problem(reading, row.number, code, "cell-missing") for code in missing]
        wrong += _texts(found, row.cells, reading)
        wrong += _figures(found, row.cells, reading)
        found.owners = units_in(row.cells.get("owners", ""), units)
        found.service = units_in(row.cells.get("service", ""), units)
        found.city_leaders = people_in(row.cells.get("city_leaders", ""), city)
        found.district_leaders = people_in(row.cells.get("district_leaders", ""), district)
        yield found, wrong


def period(text: str) -> Period | None:
    """A construction period however it was typed, by months; whole years are read as theirs. None where it is none."""
    said = re.sub(r"\s", "", narrow(text))
    found = _TIGHT.fullmatch(said) or _PERIOD.fullmatch(said)
    if found is None:
        return None
    year, month, last_year, last_month = found.groups()
    if last_year is None and month is not None:
        return None
    try:
        return MONTHS.validate_python(f"{year}.{month or 1}-{last_year or year}.{last_month or 12}")
    except ValidationError:
        return None


def _problem(reading: Reading, number: int, code: str, what: str, **facts: object) -> Problem:
    about = {"field": code, "name": NAMES[code]} | facts
    return Problem(number, reading.cell(number, code), NAMES[code], what, about)


def _texts(found: AnnexRow, cells: Mapping[str, str], reading: Reading) -> Iterator[Problem]:
    found.name = tidy(cells.get("name", ""))
    found.location = tidy(cells.get("location", ""))
    found.remark = tidy(cells.get("remark", ""))
    for code, most in (("name", LONGEST_NAME), ("location", LONGEST_PLACE), ("remark", LONGEST_REMARK)):
        if len(getattr(found, code)) > most:
            length = len(getattr(found, code))
            yield _problem(reading, found.number, code, "text-too-long", most=most, length=length)
    said = cells.get("builds", "")
    found.builds = period(said)
    if said and found.builds is None:
        yield _problem(reading, found.number, "builds", "period-unreadable", value=said[:40])


def _figures(found: AnnexRow, cells: Mapping[str, str], reading: Reading) -> Iterator[Problem]:
    for code in ("total", "invested_before", "planned"):
        said = unicodedata.normalize("NFKC", cells.get(code, "")).replace(",", "").replace(" ", "")
        if not said or said in "—-–/":
            continue
        try:
            value = Decimal(said)
        except InvalidOperation:
            value = Decimal("NaN")
        if not value.is_finite():
            yield _problem(reading, found.number, code, "figure-unreadable", value=said[:40])
        elif value < 0:
            yield _problem(reading, found.number, code, "figure-negative", value=value)
        elif value >= LARGEST:
            yield _problem(reading, found.number, code, "figure-too-large", most=LARGEST)
        elif value != round(value, 2):
            yield _problem(reading, found.number, code, "figure-too-fine", value=value)
        else:
            setattr(found, code, value)
    number = cells.get("row", "")
    found.row = int(number) if number.isascii() and number.isdigit() and len(number) < 5 else None
    if found.total and found.planned > found.total:
        yield _problem(
            reading, found.number, "planned", "planned-above-total", value=found.planned, most=found.total
        )
