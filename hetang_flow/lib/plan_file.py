"""What every room's section of the plan file is made of: findings, differences, strict fields; no Django.

A message is a msgid already marked for translation by the room that wrote it; `facts` fill it.
"""

import difflib
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Annotated, Any, Protocol

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, PlainSerializer
from pydantic_core import PydanticCustomError

Path = tuple[str | int, ...]

ERROR, WARNING, NOTE = "error", "warning", "note"
PRESET = "preset"


@dataclass(frozen=True, slots=True)
class Finding:
    """One sentence about the file: what is wrong or worth knowing at `path`, and what to do."""

    code: str
    message: Any
    facts: Mapping[str, Any] = field(default_factory=dict)
    path: Path = ()
    severity: str = ERROR
    clause: str = ""
    line: int = 0

    @property
    def text(self) -> str:
        """The sentence in the language of the moment."""
        return str(self.message) % self.facts

    @property
    def where(self) -> str:
        """The path as people write it: lines[2].leaders[0].convener."""
        return path_text(self.path)


@dataclass(frozen=True, slots=True)
class Change:
    """One difference between the file and what is stored, as it goes on record.

    `what` is created, changed or removed; `before` and `after` hold only what differs and nothing personal.
    """

    section: str
    what: str
    key: str
    name: str
    before: Mapping[str, Any] | None = None
    after: Mapping[str, Any] | None = None
    personal: Mapping[str, str] = field(default_factory=dict)


class Section(Protocol):
    """A room's part of the plan file: the model of its keys, its own rules, its loader."""

    name: str
    model: type[BaseModel]

    def check(self, document: Any) -> Iterable[Finding]:
        """Errors a schema cannot see: references, doubles, ambiguities; parts of `document` may be empty."""

    def load(self, document: Any, context: Any, *, by: Any, now: datetime, effective: date) -> None:
        """Write this section and add to `context` what differed; called inside the one transaction."""

    def lint(self, document: Any) -> Iterable[Finding]:
        """What cannot add up, in sentences with figures."""


def path_text(path: Sequence[str | int]) -> str:
    """Write a path with indices in brackets."""
    text = ""
    for part in path:
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else str(part)
    return text


def nearest(said: str, known: Iterable[str]) -> str:
    """The known names closest to what was said, at most three, as one text; empty when none is near."""
    return "、".join(difflib.get_close_matches(said, sorted(set(known)), n=3, cutoff=0.45))


def doubles(values: Iterable[Any]) -> Iterator[tuple[int, int]]:
    """Yield (index, first index) for every value that stood before; None never counts."""
    first: dict[Any, int] = {}
    for index, value in enumerate(values):
        if value is not None and first.setdefault(value, index) != index:
            yield index, first[value]


class PlanModel(BaseModel):
    """A strict part of the file: unknown keys and other types than the declared ones are errors."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)


# --- fields; numbers and days arrive as text so that they stay exact and a wrong one can be shown as written ---

_DAY = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})")
_PERIOD = re.compile(r"(\d{4})\.(\d{1,2})\s*[-—–~至]\s*(\d{4})\.(\d{1,2})")
_UNSTORABLE = re.compile("[\x00-\x1f\ud800-\udfff]")
_SLUG = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")


def _day(value: Any) -> date:
    if isinstance(value, date):
        return value
    match = _DAY.fullmatch(value) if isinstance(value, str) else None
    if match is None:
        raise PydanticCustomError("day-form", "not a day", {"said": str(value)})
    try:
        return date(*map(int, match.groups()))
    except ValueError as error:
        raise PydanticCustomError("day-impossible", "no such day", {"said": value}) from error


def _figure(value: Any) -> Decimal:
    if isinstance(value, bool) or not isinstance(value, str | int | Decimal):
        raise PydanticCustomError("figure-form", "not a figure", {"said": str(value)})
    try:
        figure = Decimal(value)
    except InvalidOperation as error:
        raise PydanticCustomError("figure-form", "not a figure", {"said": str(value)}) from error
    if not figure.is_finite():
        raise PydanticCustomError("figure-form", "not a figure", {"said": str(value)})
    if figure < 0:
        raise PydanticCustomError("figure-negative", "below zero", {"said": str(value)})
    if figure >= 10**8:
        raise PydanticCustomError("figure-too-large", "too large", {"said": str(value)})
    return figure


def _places(most: int) -> Any:
    def limit(figure: Decimal) -> Decimal:
        if figure != round(figure, most):
            raise PydanticCustomError(
                "figure-too-fine", "too many places", {"said": str(figure), "places": most}
            )
        return figure

    return AfterValidator(limit)


def _slug(value: str) -> str:
    if not _SLUG.fullmatch(value):
        raise PydanticCustomError("code-form", "not a code", {"said": value})
    return value


def _trimmed(value: str) -> str:
    if value != value.strip() or not value or _UNSTORABLE.search(value):
        raise PydanticCustomError("text-form", "empty or with blanks around it", {"said": value})
    return value


@dataclass(frozen=True, slots=True)
class Period:
    """A construction period by months: the first day of the first and the last day of the last."""

    first: date
    last: date

    def __str__(self) -> str:
        return f"{self.first.year}.{self.first.month}-{self.last.year}.{self.last.month}"


def _period(value: Any) -> Period:
    if isinstance(value, Period):
        return value
    match = _PERIOD.fullmatch(value.strip()) if isinstance(value, str) else None
    if match is None:
        raise PydanticCustomError("period-form", "not a period", {"said": str(value)})
    numbers = list(map(int, match.groups()))
    try:
        first, ends = date(numbers[0], numbers[1], 1), date(numbers[2], numbers[3], 1)
        after = date(ends.year + ends.month // 12, ends.month % 12 + 1, 1)
    except ValueError as error:
        raise PydanticCustomError("day-impossible", "no such month", {"said": value}) from error
    if ends < first:
        raise PydanticCustomError("period-backwards", "ends before it begins", {"said": value})
    return Period(first, date.fromordinal(after.toordinal() - 1))


Day = Annotated[date, BeforeValidator(_day)]
Figure = Annotated[Decimal, BeforeValidator(_figure), _places(4)]
YiYuan = Annotated[Decimal, BeforeValidator(_figure), _places(6)]  # 亿元; 6 places are 万元 with two
Months = Annotated[Any, BeforeValidator(_period), PlainSerializer(str)]
Slug = Annotated[str, Field(max_length=60), AfterValidator(_slug)]
ShortSlug = Annotated[str, Field(max_length=30), AfterValidator(_slug)]
Text = Annotated[str, Field(max_length=120), AfterValidator(_trimmed)]
LongText = Annotated[str, Field(max_length=300), AfterValidator(_trimmed)]
Name = Annotated[str, Field(max_length=80), AfterValidator(_trimmed)]
ShortName = Annotated[str, Field(max_length=40), AfterValidator(_trimmed)]
Unit = Annotated[str, Field(max_length=10), AfterValidator(_trimmed)]
Clause = Annotated[str, Field(max_length=60), AfterValidator(_trimmed)]
