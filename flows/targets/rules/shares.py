"""Pure rules of a breakdown (责任分解): what is typed must add up, a rest is filled evenly, and what a day expects."""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from itertools import product

from hetang_flow.lib.verdicts import Verdict

QUARTERS = (1, 2, 3, 4)
SPLIT_KINDS = frozenset({"count", "amount"})
NUMBER = re.compile(r"\d{1,8}(\.\d{1,4})?")
LONGEST_CELL = 16
EXACT = Decimal("0.0001")


@dataclass(frozen=True, slots=True)
class Goal:
    """A target as its breakdown sees it."""

    code: str
    name: str
    kind: str
    comparison: str
    value: Decimal | None = None
    unit: str = ""

    @property
    def splits(self) -> bool:
        """Whether figures are shared out; of growth, shares, ranks and deeds only the responsible units are named."""
        return self.kind in SPLIT_KINDS and self.value is not None

    @property
    def quarterly(self) -> bool:
        """Whether the figure is owed anew each quarter (次/季)."""
        return self.unit.endswith("/季")


@dataclass(frozen=True, slots=True)
class Row:
    """A unit's line in a breakdown: what was typed for each quarter."""

    unit: str
    name: str
    cells: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Share:
    """What a unit takes on: a figure in a quarter, or neither where it is responsible without a split."""

    unit: str
    quarter: int | None = None
    value: Decimal | None = None


def read(goal: Goal, rows: Sequence[Row], units: Collection[str]) -> tuple[list[Share], list[Verdict]]:
    """The shares of one target, and everything that is wrong with them, each by row and column."""
    wrong = [_about(goal, "unit-not-of-the-plan-line", row) for row in rows if row.unit not in units]
    if not rows:
        return [], [Verdict("target-without-units", {"target": goal.name})]
    if not goal.splits:
        return [Share(row.unit) for row in rows], wrong
    shares: list[Share] = []
    for row in rows:
        found, faults = _read_row(goal, row)
        shares += found
        wrong += faults
    return shares, wrong or _sums(goal, shares)


def _read_row(goal: Goal, row: Row) -> tuple[list[Share], list[Verdict]]:
    shares, wrong = [], []
    for quarter, typed in zip(QUARTERS, row.cells, strict=False):
        text = typed.strip()
        if not text:
            continue
        if not NUMBER.fullmatch(text):
            wrong.append(_about(goal, "share-not-a-figure", row, quarter=quarter, typed=text))
        elif goal.kind == "count" and Decimal(text) % 1:
            wrong.append(_about(goal, "share-not-whole", row, quarter=quarter, typed=text))
        else:
            shares.append(Share(row.unit, quarter, Decimal(text)))
    if not shares and not wrong:
        wrong.append(_about(goal, "unit-without-figure", row))
    return shares, wrong


def _sums(goal: Goal, shares: Sequence[Share]) -> list[Verdict]:
    """The whole is met by the year's end, or in every quarter where it is owed a quarter."""
    wanted = goal.value or Decimal()
    totals = by_quarter(shares)
    told = {"target": goal.name, "value": plain(wanted), "unit": goal.unit}
    if goal.quarterly:
        return [
            Verdict("quarter-misses-target", told | {"quarter": quarter, "total": plain(totals[quarter])})
            for quarter in QUARTERS
            if not _fits(totals[quarter], goal)
        ]
    total = sum(totals.values(), Decimal())
    if _fits(total, goal):
        return []
    code = "shares-below-target" if total < wanted else "shares-above-target"
    return [Verdict(code, told | {"total": plain(total), "gap": plain(abs(total - wanted))})]


def _fits(total: Decimal, goal: Goal) -> bool:
    wanted = goal.value or Decimal()
    return total >= wanted if goal.comparison == "at_least" else total == wanted


def _about(goal: Goal, code: str, row: Row, **more: object) -> Verdict:
    return Verdict(code, {"target": goal.name, "row": row.name, "field": row.unit} | more)


def by_quarter(shares: Sequence[Share]) -> dict[int, Decimal]:
    """What each quarter adds up to, every quarter named."""
    totals = dict.fromkeys(QUARTERS, Decimal())
    for share in shares:
        if share.quarter and share.value is not None:
            totals[share.quarter] += share.value
    return totals


def plain(value: Decimal) -> str:
    """A figure without idle zeros."""
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


# --- filling the rest evenly (平均分解) ---


def fill_evenly(value: Decimal, cells: Sequence[Decimal | None], *, step: Decimal) -> list[Decimal]:
    """The same cells, the empty ones filled so that all make the value; they differ by one step at most.

    The earlier cells get the step more; what is filled already is never changed.
    """
    blanks = sum(cell is None for cell in cells)
    rest = max(value - sum((cell for cell in cells if cell is not None), Decimal()), Decimal())
    steps = int(rest / step)
    each, more = divmod(steps, blanks or 1)
    filled, at = [], 0
    for cell in cells:
        if cell is not None:
            filled.append(cell)
            continue
        at += 1
        last = rest - steps * step if at == blanks else Decimal()
        filled.append(each * step + (step if at <= more else Decimal()) + last)
    return filled


def fill(goal: Goal, rows: Sequence[Row]) -> list[Row]:
    """The empty cells of these rows filled evenly; an earlier quarter gets what does not divide."""
    cells = [(list(row.cells) + [""] * 4)[:4] for row in rows]
    if not goal.splits or not rows:
        return list(rows)
    grid = [(index, quarter - 1) for quarter, index in product(QUARTERS, range(len(rows)))]
    parts = [grid[n : n + len(rows)] for n in range(0, len(grid), len(rows))] if goal.quarterly else [grid]
    for part in parts:
        typed = [_typed(cells[index][place]) for index, place in part]
        for (index, place), figure in zip(
            part, fill_evenly(goal.value or Decimal(), typed, step=_step(goal)), strict=True
        ):
            if not cells[index][place].strip():
                cells[index][place] = plain(figure)
    return [Row(row.unit, row.name, tuple(found)) for row, found in zip(rows, cells, strict=True)]


def _typed(text: str) -> Decimal | None:
    """What a cell counts for: nothing while it is empty, zero while it cannot be read."""
    text = text.strip()
    if not text:
        return None
    return Decimal(text) if NUMBER.fullmatch(text) else Decimal()


def _step(goal: Goal) -> Decimal:
    return Decimal(1) if goal.kind == "count" else Decimal("0.01")


# --- what a day expects ---


@dataclass(frozen=True, slots=True)
class Span:
    """The year of a plan and the days from and until which it holds."""

    year: int
    first: date
    last: date

    def windows(self) -> dict[int, tuple[date, date]]:
        """The days of each quarter within the plan; a quarter outside it counts on the plan's first or last day."""
        found = {}
        for quarter in QUARTERS:
            begins, ends = bounds(self.year, quarter)
            begins, ends = max(begins, self.first), min(ends, self.last)
            if begins > ends:
                begins = ends = self.first if ends < self.first else self.last
            found[quarter] = (begins, ends)
        return found

    def covered(self) -> list[int]:
        """The quarters that have days within the plan."""
        days = {quarter: bounds(self.year, quarter) for quarter in QUARTERS}
        return [q for q, (begins, ends) in days.items() if begins <= self.last and ends >= self.first]


def bounds(year: int, quarter: int) -> tuple[date, date]:
    """The first and the last day of a quarter."""
    month = 3 * quarter
    following = date(year + month // 12, month % 12 + 1, 1)
    return date(year, month - 2, 1), following - timedelta(days=1)


def owed(value: Decimal, shares: Mapping[int, Decimal], span: Span, *, quarterly: bool = False) -> Decimal:
    """What is owed by the plan's last day: the shares where there are any, else the value (once a quarter if so)."""
    if shares:
        return sum(shares.values(), Decimal())
    return value * len(span.covered()) if quarterly else value


def expected_by(
    value: Decimal, shares: Mapping[int, Decimal], day: date, span: Span, *, quarterly: bool = False
) -> Decimal:
    """What should be reached by a day: finished quarters in full, the running one by its days.

    `shares` are figures by quarter, of a unit or of all; without any the value is spread over the plan's days.
    """
    if not shares and quarterly:
        shares = dict.fromkeys(span.covered(), value)
    if not shares:
        return (value * _gone((span.first, span.last), day)).quantize(EXACT, ROUND_HALF_UP)
    windows = span.windows()
    parts = (figure * _gone(windows[quarter], day) for quarter, figure in shares.items())
    return sum(parts, Decimal()).quantize(EXACT, ROUND_HALF_UP)


def _gone(window: tuple[date, date], day: date) -> Decimal:
    begins, ends = window
    if day < begins:
        return Decimal()
    if day >= ends:
        return Decimal(1)
    return Decimal((day - begins).days + 1) / Decimal((ends - begins).days + 1)
