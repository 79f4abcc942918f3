"""Pure rules of timetables: back-scheduling in working days, what may be asked for, how late a node is."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from itertools import pairwise
from typing import Any

from flows.deadlines.rules import WorkCalendar, is_working_day, working_days_between
from hetang_flow.lib.verdicts import YES, Verdict

LAY, CHANGE, EXTEND = "lay", "change", "extend"
MOST_NODES, LONGEST_NAME, LONGEST_DAYS, LONGEST_WORDS = 40, 80, 1000, 200
EARLIEST, LATEST = date(2000, 1, 1), date(2060, 1, 1)
DONE, LATE, DUE, AHEAD = "done", "late", "due", "ahead"
SOON = 5  # working days before its day a node counts as due


@dataclass(frozen=True, slots=True)
class Step:
    """A node as a draft has it: `days` are the working days it takes after the node before it."""

    code: str
    name: str
    days: int
    planned: date | None = None
    post: int | None = None


# --- 倒排 ---


def on_or_before(day: date, calendar: WorkCalendar) -> date:
    """The last working day up to a day."""
    while not is_working_day(day, calendar):
        day -= timedelta(days=1)
    return day


def days_before(day: date, days: int, calendar: WorkCalendar) -> date:
    """The working day that lies so many working days before another."""
    day = on_or_before(day, calendar)
    for _each in range(days):
        day = on_or_before(day - timedelta(days=1), calendar)
    return day


def back_scheduled(steps: Sequence[Step], ends_on: date, calendar: WorkCalendar) -> list[Step]:
    """The same nodes with days counted back from the end date: each is done by the time the next one needs."""
    found: list[Step] = []
    day = on_or_before(ends_on, calendar)
    for step in reversed(steps):
        found.append(replace(step, planned=day))
        day = days_before(day, step.days, calendar)
    return found[::-1]


# --- what may be asked for ---


def may_begin(kind: str, *, has_one: bool, is_open: bool) -> Verdict:
    """Whether a first timetable, a change or an extension may be begun."""
    if is_open:
        return Verdict("timetable-open", {})
    if (kind == LAY) == has_one:
        return Verdict("timetable-there-already" if has_one else "no-timetable-yet", {})
    return YES


def nodes_fit(steps: Sequence[Step]) -> Verdict:
    """Whether a draft can be a timetable: named nodes, each with its day, in order of their days."""
    if not steps:
        return Verdict("timetable-empty", {})
    if len(steps) > MOST_NODES:
        return Verdict("too-many-nodes", {"most": MOST_NODES})
    for number, step in enumerate(steps, 1):
        about: dict[str, Any] = {"field": f"name-{number}", "row": number, "name": step.name}
        if not step.name.strip() or len(step.name) > LONGEST_NAME:
            return Verdict("node-without-name", about)
        if step.planned is None or not EARLIEST <= step.planned < LATEST:
            return Verdict("node-without-day", about | {"field": f"planned-{number}"})
        if not 0 <= step.days <= LONGEST_DAYS:
            return Verdict("node-days-implausible", about | {"field": f"days-{number}", "most": LONGEST_DAYS})
    for number, (one, two) in enumerate(pairwise(steps), 2):
        if one.planned is not None and two.planned is not None and two.planned < one.planned:
            about = {"field": f"planned-{number}", "row": number, "name": two.name, "before": one.name}
            return Verdict("nodes-out-of-order", about)
    return YES


def may_extend(
    steps: Sequence[Step], holding: Mapping[str, date], done: Mapping[str, date], today: date
) -> Verdict:
    """Whether an extension asks for no more than later days of nodes whose own day has not passed yet.

    `holding` are the days in force by node, `done` the nodes that are done. Asked on the day itself is in time.
    """
    asked = {step.code: step.planned for step in steps}
    if set(asked) != set(holding):
        return Verdict("extension-changes-nodes", {})
    moved = {code: day for code, day in asked.items() if day != holding[code]}
    names = {step.code: step.name for step in steps}
    if not moved:
        return Verdict("extension-moves-nothing", {})
    for code, day in moved.items():
        about = {"name": names[code], "day": holding[code]}
        if code in done:
            return Verdict("extension-of-done", about)
        if holding[code] < today:
            return Verdict("extension-too-late", about)
        if day is None or day < holding[code]:
            return Verdict("extension-is-earlier", about)
    return YES


def may_be_done(done_on: date | None, *, today: date, words: str) -> Verdict:
    """Whether a node may be reported as done on a day; none takes an earlier report back, with words."""
    if len(words) > LONGEST_WORDS:
        return Verdict("text-too-long", {"field": "words", "most": LONGEST_WORDS, "length": len(words)})
    if done_on is None:
        return YES if words.strip() else Verdict("node-undone-without-words", {"field": "words"})
    if done_on > today:
        return Verdict(
            "day-in-future", {"field": "done_on", "name": "done_on", "day": done_on, "today": today}
        )
    if done_on < EARLIEST:
        return Verdict(
            "day-implausible", {"field": "done_on", "day": done_on, "first": EARLIEST, "last": LATEST}
        )
    return YES


# --- how it stands ---


def standing(planned: date, done_on: date | None, today: date, calendar: WorkCalendar) -> tuple[str, int]:
    """How a node stands, and by how many working days: done (late by, negative when early), late, due soon, ahead."""
    if done_on is not None:
        return DONE, working_days_between(planned, done_on, calendar)
    days = working_days_between(today, planned, calendar)
    if planned < today:
        return LATE, -days
    return (DUE, days) if days <= SOON else (AHEAD, days)


def code_for(taken: Sequence[str]) -> str:
    """A code for a node somebody added, after those there are."""
    numbers = [int(found.group(1)) for code in taken if (found := re.fullmatch(r"own-(\d+)", code))]
    return f"own-{max(numbers, default=0) + 1}"
