"""Pure rules of ledgers: what a cell may hold, who keeps a ledger, what of its rows counts, how a quota stands.

A value is kept as JSON: text and choices as they are, figures as exact text, days as 2023-05-31, yes and no as true.
"""

import json
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from hetang_flow.lib.verdicts import YES, Verdict
from hetang_flow.lib.workbooks import Problem, Reading
from hetang_flow.lib.workbooks.reading import EVERY, Progress
from permissions.actors import OUTSIDE, Actor, PostRef

TEXT, NUMBER, WHOLE, DATE, CHOICE, YES_NO = "text", "number", "whole", "date", "choice", "yes_no"
KINDS = (TEXT, NUMBER, WHOLE, DATE, CHOICE, YES_NO)
KEEPING = frozenset({"officer", "desk"})
# An owner's contact sees their own project, and the institute that screens proposals sees those.
OUTSIDE_UNITS = frozenset({"screening-institute"})
LONGEST = 500
SHORTEST_REASON = 4
LARGEST = Decimal("999999999999.99")
EARLIEST, LATEST = date(1990, 1, 1), date(2100, 1, 1)
SAID_YES, SAID_NO = (
    frozenset({"是", "有", "yes", "y", "true", "1", "√"}),
    frozenset({"否", "无", "no", "n", "false", "0"}),
)
FULL_WIDTH = str.maketrans("０１２３４５６７８９．－，　", "0123456789.-, ")
_DAY = re.compile(r"(\d{4})\s*[-./年]\s*(\d{1,2})\s*[-./月]\s*(\d{1,2})\s*日?")


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a ledger, as data says it."""

    code: str
    name: str
    kind: str = TEXT
    required: bool = False
    choices: tuple[str, ...] = ()
    unit: str = ""

    @classmethod
    def of(cls, said: Mapping[str, Any]) -> "Column":
        """A column as the plan keeps it."""
        return cls(**{**said, "choices": tuple(said.get("choices", ()))})


def read_cell(column: Column, typed: str, *, today: date) -> tuple[Any, Verdict]:
    """The value a cell holds, and whether it can be right; an empty one is None. Facts name field and column."""
    about: dict[str, Any] = {"field": column.code, "name": column.name}
    said = typed.replace("\x00", "").strip()
    if not said:
        return None, Verdict("cell-missing", about) if column.required else YES
    match column.kind:
        case "number" | "whole":
            return _figure(said, column, about)
        case "date":
            return _day(said, about, today)
        case "choice":
            if said in column.choices:
                return said, YES
            return None, Verdict(
                "cell-not-a-choice", about | {"value": said[:40], "known": "、".join(column.choices)}
            )
        case "yes_no":
            if said.lower() in SAID_YES | SAID_NO:
                return said.lower() in SAID_YES, YES
            return None, Verdict("cell-not-yes-or-no", about | {"value": said[:40]})
    if len(said) > LONGEST:
        return None, Verdict("text-too-long", about | {"most": LONGEST, "length": len(said)})
    return said, YES


def _figure(said: str, column: Column, about: dict[str, Any]) -> tuple[Any, Verdict]:
    try:
        value = Decimal(said.translate(FULL_WIDTH).replace(",", "").replace(" ", ""))
    except InvalidOperation:
        return None, Verdict("figure-unreadable", about)
    if not value.is_finite():
        return None, Verdict("figure-unreadable", about)
    if value < 0:
        return None, Verdict("figure-negative", about | {"value": value})
    if value > LARGEST:
        return None, Verdict("figure-too-large", about | {"most": LARGEST})
    if column.kind == WHOLE and value != value.to_integral_value():
        return None, Verdict("figure-not-whole", about | {"value": value})
    if value != value.quantize(Decimal("0.01")):
        return None, Verdict("figure-too-fine", about | {"value": value})
    return f"{value.normalize():f}", YES


def _day(said: str, about: dict[str, Any], today: date) -> tuple[Any, Verdict]:
    found = _DAY.fullmatch(said.translate(FULL_WIDTH))
    try:
        day = date(*map(int, found.groups())) if found else None
    except ValueError:
        day = None
    if day is None:
        return None, Verdict("day-unreadable", about)
    if not EARLIEST <= day < LATEST:
        return None, Verdict("day-implausible", about | {"day": day, "first": EARLIEST, "last": LATEST})
    return day.isoformat(), YES


def read_row(
    columns: Sequence[Column],
    typed: Mapping[str, str],
    *,
    day: str,
    today: date,
    stages: Sequence[Mapping[str, str]] = (),
) -> tuple[dict[str, Any], list[Verdict]]:
    """The values of a row and everything that is wrong with it; `day` is the column that says when it happened.

    No day of a stage lies ahead or before that of an earlier stage, and its figure and its day come together.
    """
    values, wrong = {}, []
    past = {day, *(stage["day"] for stage in stages)}
    for column in columns:
        value, verdict = read_cell(column, typed.get(column.code, ""), today=today)
        if not verdict:
            wrong.append(verdict)
        elif value is not None:
            values[column.code] = value
        if column.code in past and value is not None and date.fromisoformat(value) > today:
            about = {"field": column.code, "name": column.name}
            wrong.append(Verdict("day-in-future", about | {"day": date.fromisoformat(value), "today": today}))
    failed = {verdict.facts["field"] for verdict in wrong}
    wrong += [verdict for verdict in _stages(stages, columns, values) if verdict.facts["field"] not in failed]
    return values, wrong


def _stages(
    stages: Sequence[Mapping[str, str]], columns: Sequence[Column], values: Mapping[str, Any]
) -> Iterator[Verdict]:
    names = {column.code: column.name for column in columns}
    earlier: tuple[str, str] | None = None
    for stage in stages:
        reached, amount = values.get(stage["day"]), stage.get("amount", "")
        day = {"field": stage["day"], "name": names[stage["day"]]}
        if reached is None and amount in values:
            yield Verdict("stage-without-day", day | {"amount": names[amount]})
        if reached is None:
            continue
        if amount and amount not in values:
            yield Verdict(
                "stage-without-figure", {"field": amount, "name": names[amount], "day": names[stage["day"]]}
            )
        if earlier and reached < earlier[0]:
            yield Verdict(
                "stage-before-earlier", day | {"earlier": earlier[1], "day": date.fromisoformat(earlier[0])}
            )
        earlier = (reached, names[stage["day"]])


def stage_of(stages: Sequence[Mapping[str, str]], values: Mapping[str, Any]) -> str:
    """The last stage a row has reached; nothing in a ledger without stages."""
    return next((stage["name"] for stage in reversed(stages) if stage["day"] in values), "")


def may_read(actor: Actor) -> bool:
    """Whether ledgers are this person's business: everybody with a post in the district, no owner's contact."""
    return actor.has_business and any(_is_ours(post) for post in actor.posts)


def _is_ours(post: PostRef) -> bool:
    return post.duty not in OUTSIDE and post.organisation_code not in OUTSIDE_UNITS


def may_keep(actor: Actor, owners: Collection[str]) -> Verdict:
    """Whether this person writes a ledger: an officer or the desk of a unit that keeps it, of any unit where none is named."""
    if actor.administrator or keeping_post(actor, owners) is None:
        return Verdict("not-ledger-keeper", {})
    return YES


def keeping_post(actor: Actor, owners: Collection[str]) -> PostRef | None:
    """The post a person keeps a ledger in: the acting one if it fits, else the first that does, or None."""
    fitting = [
        post
        for post in actor.posts
        if post.duty in KEEPING and (post.organisation_code in owners if owners else _is_ours(post))
    ]
    if actor.acting in fitting:
        return actor.acting
    return fitting[0] if fitting else None


def reason_given(reason: str) -> Verdict:
    """Whether a correction or withdrawal says why."""
    length = len(reason.strip())
    if length < SHORTEST_REASON:
        return Verdict("reason-too-short", {"field": "reason", "least": SHORTEST_REASON, "length": length})
    return YES


# --- many rows at once ---


def same(values: Mapping[str, Any]) -> str:
    """What two rows have in common that say the very same."""
    return json.dumps(values, ensure_ascii=False, sort_keys=True)


@dataclass(slots=True)
class Sifted:
    """What becomes of a table's rows: the values of good ones, how many are there already, everything wrong."""

    good: list[dict[str, Any]] = field(default_factory=list)
    there: int = 0
    problems: list[Problem] = field(default_factory=list)


def judge_rows(
    columns: Sequence[Column],
    reading: Reading,
    *,
    day: str,
    today: date,
    stages: Sequence[Mapping[str, str]] = (),
    there: Collection[str] = (),
    on_progress: Progress | None = None,
) -> Sifted:
    """The values of every row without fault that is not `there` already, and everything that is wrong, by row and column.

    A row that says the very same as one above it is wrong too: nobody knows whether it was meant.
    """
    found = Sifted(problems=list(reading.problems))
    good, problems = found.good, found.problems
    unread = {(problem.row, problem.cell) for problem in problems}
    bad = {problem.row for problem in problems}
    seen: dict[str, int] = {}
    for done, row in enumerate(reading.rows, 1):
        values, wrong = read_row(columns, row.cells, day=day, today=today, stages=stages)
        for verdict in wrong:
            where = (row.number, reading.cell(row.number, verdict.facts["field"]))
            told = verdict.code == "cell-missing" and not where[1] and not reading.is_complete
            if where not in unread and not told:
                problems.append(Problem(*where, str(verdict.facts["name"]), verdict.code, verdict.facts))
        if not wrong and row.number not in bad:
            said = same(values)
            first = seen.setdefault(said, row.number)
            if said in there:
                found.there += 1
            elif first != row.number:
                problems.append(Problem(row.number, "", "", "row-twice-in-file", {"row": first}))
            else:
                good.append(values)
        if on_progress is not None and (done % EVERY == 0 or done == len(reading.rows)):
            on_progress(done, len(reading.rows))
    problems.sort(key=lambda problem: (problem.row, len(problem.cell), problem.cell))
    return found


def may_export(actor: Actor, owners: Collection[str]) -> Verdict:
    """Whether this person takes a ledger out: who keeps it, the campaign office and the headquarters office."""
    offices = any(actor.holds(code, *KEEPING) for code in ("campaign-office", "hq-office"))
    if offices and not actor.administrator:
        return YES
    return may_keep(actor, owners)


# --- what counts ---


@dataclass(frozen=True, slots=True)
class Counted:
    """What a row adds to an indicator from which day: 1 where rows are counted, else a column's figure with its unit."""

    indicator: str
    amount: Decimal
    unit: str
    day: date


def counts(shape: Any, columns: Sequence[Column], values: Mapping[str, Any]) -> Iterator[Counted]:
    """What a row adds to which indicators, by the counting rules of its ledger (its `counts`, `stages` and `day`).

    A rule names an indicator, a column to add up (none: rows are counted), what other columns must hold, and the
    stage that must be reached: then the row counts from that day, else from the day it happened.
    """
    units = {column.code: column.unit for column in columns}
    days = {stage["name"]: stage["day"] for stage in shape.stages}
    for rule in shape.counts:
        if any(values.get(code) not in wanted for code, wanted in rule.get("where", {}).items()):
            continue
        day = values.get(days[rule["stage"]] if "stage" in rule else shape.day)
        if day is None:
            continue
        column = rule.get("column")
        if column is None:
            yield Counted(rule["indicator"], Decimal(1), "", date.fromisoformat(day))
        elif values.get(column) is not None:
            amount, unit = Decimal(values[column]), units.get(column, "")
            yield Counted(rule["indicator"], amount, unit, date.fromisoformat(day))


# --- quotas ---

MET, MISSED, PRESSING, OPEN, AHEAD = "met", "missed", "pressing", "open", "ahead"
SILENT = "silent"
QUARTERS = (1, 2, 3, 4)


def quota_conditions(counting: Sequence[Mapping[str, Any]]) -> Mapping[str, Sequence[Any]]:
    """What a row must hold to count for the quota of its ledger: what its first rule that counts rows asks for."""
    return next((rule.get("where", {}) for rule in counting if "column" not in rule), {})


def quota_standing(quota: int, done: int, quarter: int, year: int, today: date) -> str:
    """How the quota of a quarter stands on a day: met, else missed afterwards, pressing in its last month, or open."""
    if done >= quota:
        return MET
    last = (year, quarter * 3)
    now = (today.year, today.month)
    if now > last:
        return MISSED
    if now == last:
        return PRESSING
    return OPEN if now >= (year, quarter * 3 - 2) else AHEAD


def quota_year(quota: int, done: Mapping[int, int], year: int, today: date) -> list[tuple[int, int, str]]:
    """Each quarter of a year: how much was done and how that stands.

    Of a unit that wrote nothing down at all nobody knows that it did nothing: its past quarters are silent.
    """
    found = []
    for quarter in QUARTERS:
        amount = done.get(quarter, 0)
        state = quota_standing(quota, amount, quarter, year, today)
        found.append((quarter, amount, SILENT if state == MISSED and not any(done.values()) else state))
    return found
