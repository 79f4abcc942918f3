"""The annex of key projects as offices keep it, read into rows: what each cell says, and what is wrong with it.

Nothing here looks anything up: names of units and leaders stay names. Contacts and their numbers are never read.
"""

import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal, InvalidOperation

from pydantic import TypeAdapter, ValidationError

from hetang_flow.lib.plan_file import Months, Period
from hetang_flow.lib.workbooks import Column, Problem, Reading

COLUMNS = (
    Column("row", "序号"),
    Column("city_leaders", "联系市领导", aliases=("市领导", "联系市级领导")),
    Column("district_leaders", "联系区领导", aliases=("区领导", "联系领导", "联系区级领导")),
    Column("name", "项目名称", aliases=("项目", "建设项目名称")),
    Column("location", "所在地", aliases=("建设地点", "项目所在地", "地点")),
    Column("builds", "建设期", aliases=("建设起止年限", "建设年限", "建设工期", "起止年限")),
    Column("owners", "业主单位/牵头单位", aliases=("业主单位", "项目业主", "建设单位", "业主")),
    Column("service", "服务责任部门", aliases=("责任部门", "服务部门", "责任单位", "服务责任单位")),
    Column("total", "总投资", aliases=("总投资额", "计划总投资"), unit="万元"),
    Column("invested_before", "累计完成投资", aliases=("已完成投资", "累计投资"), unit="万元"),
    Column(
        "planned",
        "年度计划投资",
        aliases=("年度投资计划", "本年计划投资", "2023年计划投资", "年度计划"),
        unit="万元",
    ),
    Column("remark", "备注"),
)
NAMES = {column.code: column.name for column in COLUMNS}
NEEDED = ("name", "builds", "owners", "service", "total", "planned")
PERSONAL = re.compile("联系人|联系方式|联系电话|电话|手机|号码")
SEVERAL = re.compile(r"[、,，;；/\n\r]+|\s{1,}")
LONGEST_NAME, LONGEST_PLACE, LONGEST_REMARK = 160, 60, 120
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


def several(cell: str) -> list[str]:
    """The names of a cell that holds several, however they are kept apart."""
    return [part for part in (tidy(each) for each in SEVERAL.split(cell)) if part]


def tidy(text: str) -> str:
    """A name without blanks around and inside Chinese, with dashes and brackets of one kind."""
    text = re.sub(r"[－—–─﹣-]{1,2}", "—" if re.search(r"[\u4e00-\u9fff]\s*[－—–─﹣-]", text) else "-", text)
    return re.sub(r"(?<=[^\x00-\x7f])\s+|\s+(?=[^\x00-\x7f])", "", " ".join(text.split()))


def rows_of(reading: Reading) -> Iterator[tuple[AnnexRow, list[Problem]]]:
    """Every row with everything that is wrong with it."""
    for row in reading.rows:
        found = AnnexRow(row.number)
        wrong = [
            _problem(reading, row.number, code, "cell-missing") for code in NEEDED if not row.cells.get(code)
        ]
        wrong += _texts(found, row.cells, reading)
        wrong += _figures(found, row.cells, reading)
        yield found, wrong


def _problem(reading: Reading, number: int, code: str, what: str, **facts: object) -> Problem:
    about = {"field": code, "name": NAMES[code]} | facts
    return Problem(number, reading.cell(number, code), NAMES[code], what, about)


def _texts(found: AnnexRow, cells: Mapping[str, str], reading: Reading) -> Iterator[Problem]:
    found.name = tidy(cells.get("name", ""))
    found.location = tidy(cells.get("location", ""))
    found.remark = tidy(cells.get("remark", ""))
    for code in ("owners", "service", "city_leaders", "district_leaders"):
        setattr(found, code, several(cells.get(code, "")))
    for code, most in (("name", LONGEST_NAME), ("location", LONGEST_PLACE), ("remark", LONGEST_REMARK)):
        if len(getattr(found, code)) > most:
            length = len(getattr(found, code))
            yield _problem(reading, found.number, code, "text-too-long", most=most, length=length)
    said = unicodedata.normalize("NFKC", cells.get("builds", ""))
    if said:
        plain = re.sub(r"\s", "", said).replace("年", ".").replace("月", "").replace("/", ".")
        try:
            found.builds = MONTHS.validate_python(plain)
        except ValidationError:
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
