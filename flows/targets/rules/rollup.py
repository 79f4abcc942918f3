"""Pure rules of actuals: what facts add up to, how a target stands, what a report may say."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from hetang_flow.lib.units import factor
from hetang_flow.lib.verdicts import YES, Verdict

REACHED, ON_TIME, BEHIND, UNKNOWN = "reached", "on-time", "behind", "unknown"
ADDS_UP = frozenset({"count", "amount"})
YES_OR_NO = frozenset({"rank", "done"})
EXACT = Decimal("0.0001")
CENT_OF_YI = Decimal("0.000001")  # a hundredth of 万元 in 亿元: nothing is lost where amounts are turned
ABOUT = Decimal("0.9")  # from this part of the figure on, “about” is reached
LONGEST_WORDS, SHORTEST_SOURCE, LONGEST_SOURCE = 300, 2, 120
LARGEST = Decimal("9999999999")


@dataclass(frozen=True, slots=True)
class Contribution:
    """What one fact adds to an indicator: how much, when, of which units of the district, and where it stands."""

    indicator: str
    source: str
    label: str
    units: tuple[int, ...]
    day: date
    amount: Decimal
    unit: str
    url: str


def in_unit(amount: Decimal, said: str, wanted: str) -> Decimal:
    """An amount of one unit in another; one that cannot be turned stays, as rows that are counted do."""
    return amount * (factor(said, wanted) or Decimal(1))


def total(parts: Iterable[Contribution], unit: str) -> Decimal:
    """What contributions add up to, in a unit."""
    return sum((in_unit(part.amount, part.unit, unit) for part in parts), Decimal(0)).quantize(CENT_OF_YI)


def growth(amount: Decimal, base: Decimal) -> Decimal:
    """By how many per cent an amount is above its base."""
    return ((amount / base - 1) * 100).quantize(EXACT, ROUND_HALF_UP)


def state(
    kind: str,
    comparison: str,
    *,
    value: Decimal | None,
    actual: Decimal | None,
    expected: Decimal | None,
    reached: bool | None,
) -> str:
    """How a target stands: reached, on time, behind the time, or not known.

    `value` is what is owed in the end, `expected` what should be by now; both empty where a target is a yes or no.
    """
    if kind in YES_OR_NO:
        return UNKNOWN if reached is None else REACHED if reached else BEHIND
    if actual is None or value is None:
        return UNKNOWN
    least = value * ABOUT if comparison == "about" else value
    if actual >= least:
        return REACHED
    return ON_TIME if expected is not None and actual >= expected else BEHIND


def may_say(
    kind: str, *, value: Decimal | None, reached: bool | None, day: date, today: date, source: str, words: str
) -> Verdict:
    """Whether a report says what its target asks for: a figure, or reached or not; with its day and its source."""
    checks: Sequence[tuple[bool, str, str, dict[str, Any]]] = (
        (kind in YES_OR_NO and reached is None, "report-says-nothing", "reached", {}),
        (kind not in YES_OR_NO and value is None, "report-says-nothing", "value", {}),
        (value is not None and abs(value) > LARGEST, "figure-too-large", "value", {"most": LARGEST}),
        (value is not None and value != round(value, 4), "figure-too-fine", "value", {"value": value}),
        (value is not None and value < 0 and kind in ADDS_UP, "figure-negative", "value", {"value": value}),
        (day > today, "day-in-future", "day", {"day": day, "today": today}),
        (len(source.strip()) < SHORTEST_SOURCE, "report-without-source", "source", {}),
        (
            len(source) > LONGEST_SOURCE,
            "text-too-long",
            "source",
            {"most": LONGEST_SOURCE, "length": len(source)},
        ),
        (len(words) > LONGEST_WORDS, "text-too-long", "words", {"most": LONGEST_WORDS, "length": len(words)}),
    )
    for wrong, code, field, facts in checks:
        if wrong:
            return Verdict(code, {"field": field, "name": field} | facts)
    return YES


# --- what a project counts into ---

YI, FIFTY_MILLION, BILLION = Decimal(10_000), Decimal(5_000), Decimal(100_000)
TOP_500 = "500强"


@dataclass(frozen=True, slots=True)
class ProjectYear:
    """What of a project counts in a plan's year; money in 万元, days only where it happened."""

    total: Decimal
    invested: Decimal
    invested_on: date | None
    signed_on: date | None
    fulfilled_on: date | None
    started_on: date | None
    completed_on: date | None
    in_park: bool = False
    investor: str = ""
    key_level: str = ""
    opened_on: date | None = None


def project_counts(year: ProjectYear, first: date, last: date) -> dict[str, tuple[date, Decimal, str]]:
    """What a project adds to which indicator between two days: the day, the amount, its unit (个 or 万元)."""
    found: dict[str, tuple[date | None, bool]] = {
        "signed-hundred-million": (year.signed_on, year.total >= YI),
        "signed-top500": (year.signed_on, TOP_500 in year.investor.replace(" ", "")),
        "park-billion": (year.signed_on, year.in_park and year.total >= BILLION),
        "fulfilled": (year.fulfilled_on, True),
        "started-fifty-million": (year.started_on, year.total >= FIFTY_MILLION),
        "completed-fifty-million": (year.completed_on, year.total >= FIFTY_MILLION),
    }
    counted = {
        indicator: (day, Decimal(1), "个")
        for indicator, (day, counts) in found.items()
        if counts and day is not None and first <= day <= last
    }
    if year.invested and year.invested_on is not None:
        counted["invested"] = (year.invested_on, year.invested, "万元")
    if year.key_level in ("province", "city"):
        counted["key-projects"] = (year.opened_on or first, Decimal(1), "个")
    return counted


OF_PROJECTS = (
    "signed-hundred-million",
    "signed-top500",
    "park-billion",
    "fulfilled",
    "started-fifty-million",
    "completed-fifty-million",
    "invested",
    "key-projects",
)
