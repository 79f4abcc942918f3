"""A year's arrangement as people paste it: a line a day or a stretch of days, off or worked, and its name; pure."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from flows.deadlines.rules import SATURDAY, MarkedDay

OFF = frozenset({"休", "放假", "假", "off"})
WORKED = frozenset({"班", "上班", "补班", "调休上班", "work"})
LONGEST_STRETCH = 31
MOST_LINES = 200
_DAY = r"(\d{4})[-./年](\d{1,2})[-./月](\d{1,2})日?"
_LINE = re.compile(rf"{_DAY}(?:\s*[~～至—–-]+\s*{_DAY})?[\s,，\t]+([^\s,，\t]+)[\s,，\t]+(.+?)")


@dataclass(frozen=True, slots=True)
class LineProblem:
    """What is wrong with a line, counted from 1; `code` names the sentence."""

    line: int
    code: str
    facts: Mapping[str, Any] = field(default_factory=dict)


def read_lines(text: str, year: int) -> tuple[tuple[MarkedDay, ...], list[LineProblem]]:
    """The marked days of a year as lines say them, in order, and everything that is wrong, line by line."""
    marks: dict[date, MarkedDay] = {}
    problems: list[LineProblem] = []
    lines = [(number, line.strip()) for number, line in enumerate(text.splitlines(), 1) if line.strip()]
    if len(lines) > MOST_LINES:
        return (), [LineProblem(lines[MOST_LINES][0], "calendar-too-many-lines", {"most": MOST_LINES})]
    for number, line in lines:
        for found in _read(number, line, year):
            if isinstance(found, LineProblem):
                problems.append(found)
            elif found.day in marks:
                problems.append(LineProblem(number, "calendar-line-twice", {"day": found.day}))
            else:
                marks[found.day] = found
    return tuple(sorted(marks.values())), problems


def _read(number: int, line: str, year: int) -> Iterator[MarkedDay | LineProblem]:
    match = _LINE.fullmatch(line)
    if match is None:
        yield LineProblem(number, "calendar-line-unreadable", {"said": line[:40]})
        return
    *parts, kind, name = match.groups()
    if kind not in OFF | WORKED:
        yield LineProblem(number, "calendar-line-kind", {"said": kind})
        return
    try:
        first = date(*map(int, parts[:3]))
        last = date(*map(int, parts[3:])) if parts[3] else first
    except ValueError:
        yield LineProblem(number, "calendar-line-no-day", {"said": line[:40]})
        return
    if not first <= last <= first + timedelta(days=LONGEST_STRETCH):
        yield LineProblem(number, "calendar-line-backwards", {"said": line[:40]})
        return
    if first.year != year or last.year != year:
        yield LineProblem(number, "calendar-line-other-year", {"said": line[:40], "year": year})
        return
    if kind in WORKED and (first != last or first.weekday() < SATURDAY):
        yield LineProblem(number, "calendar-line-work", {"said": line[:40]})
        return
    for shift in range((last - first).days + 1):
        yield MarkedDay(first + timedelta(days=shift), kind in WORKED, name.strip())


def as_lines(marks: tuple[MarkedDay, ...]) -> str:
    """The same days as lines, stretches of one name put together."""
    lines: list[str] = []
    stretch: list[MarkedDay] = []
    for mark in (*sorted(marks), None):
        joins = (
            mark is not None
            and stretch
            and not mark.is_workday
            and (mark.name, mark.is_workday) == (stretch[-1].name, stretch[-1].is_workday)
            and mark.day == stretch[-1].day + timedelta(days=1)
        )
        if stretch and not joins:
            lines.append(_line(stretch))
            stretch = []
        if mark is not None:
            stretch.append(mark)
    return "\n".join(lines)


def _line(stretch: list[MarkedDay]) -> str:
    first, last = stretch[0].day, stretch[-1].day
    days = first.isoformat() if first == last else f"{first.isoformat()}~{last.isoformat()}"
    return f"{days} {'班' if stretch[0].is_workday else '休'} {stretch[0].name}"
