"""Where what is late comes from: a room registers a source, the sweep opens and closes matters by it.

A source is a query: it answers with the rows that are late on a day, and the sweep compares them with the open
matters inside the database, whatever their number.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import BigIntegerField, CharField, DateField, F, QuerySet, Value
from django.db.models.functions import Cast, Concat, Left

from flows.campaigns.models import Plan

from . import rules

MANUAL = "manual"
# The columns of a late row, in the order in which the sweep reads them.
COLUMNS = (
    "late_key", "late_unit", "late_post", "late_project", "late_line", "late_run", "late_title", "late_due",
    "late_first_due", "late_mark",
)  # fmt: skip

Late = Callable[[Plan, date, datetime], QuerySet]
Why = Callable[[Sequence[str], date, datetime], Mapping[str, str]]


@dataclass(frozen=True, slots=True)
class Source:
    """A source of late matters; `why` says for keys no longer late which closing it was, `done` where it is silent."""

    code: str
    late: Late
    why: Why | None = None
    marks: frozenset[str] = frozenset()

    def closings(self, keys: Sequence[str], day: date, now: datetime) -> dict[str, str]:
        """Why each of these is no longer late."""
        said = self.why(keys, day, now) if self.why and keys else {}
        return {key: said.get(key, rules.DONE) for key in keys}


_SOURCES: dict[str, Source] = {}


def register(code: str, function: Late, *, why: Why | None = None, marks: Iterable[str] = ()) -> None:
    """Make a source known: `function(plan, day, now)` answers with `rows(...)` of what is late on that day.

    `why(keys, day, now)` says why keys are no longer late; `marks` are what its rows may be told apart by on a ladder.
    """
    _SOURCES[code] = Source(code, function, why, frozenset({code, *marks}))


def registered() -> list[Source]:
    """The sources there are, by code."""
    return [_SOURCES[code] for code in sorted(_SOURCES)]


def marks() -> set[str]:
    """Every mark a ladder may name under `enters`."""
    return {mark for source in _SOURCES.values() for mark in source.marks}


def rows(
    late: QuerySet,
    *,
    key: Any,
    unit: Any,
    title: Any,
    due_on: Any,
    mark: Any,
    post: Any = None,
    project: Any = None,
    line: Any = None,
    run: Any = None,
    first_due_on: Any = None,
) -> QuerySet:
    """A query as a source answers it: every column an expression, or a name, over the rows of `late`."""
    numbers = {"late_post": post, "late_project": project, "late_line": line, "late_run": run}
    columns: dict[str, Any] = {
        "late_key": Cast(key, CharField()),
        "late_unit": Cast(unit, BigIntegerField()),
        "late_title": Left(Cast(title, CharField()), rules.LONGEST_TITLE),
        "late_due": Cast(due_on, DateField()),
        "late_first_due": _or_null(first_due_on, DateField()),
        "late_mark": Cast(Value(mark) if isinstance(mark, str) else mark, CharField()),
    }
    columns |= {name: _or_null(said, BigIntegerField()) for name, said in numbers.items()}
    return late.annotate(**columns).values(*COLUMNS)


def key(*parts: str) -> Any:
    """A key made of these columns, as text with colons between."""
    texts: list[Any] = []
    for part in parts:
        texts += [Value(":"), Cast(F(part), CharField())]
    return Concat(*texts[1:], output_field=CharField())


def _or_null(said: Any, field: Any) -> Any:
    return Cast(Value(None) if said is None else said, field)
