"""Pure rules of a project's months: which may be reported, what cannot be right, what has to be explained.

Money is in 万元 and exact, progress in per cent, a month is named by its first day; investment is cumulative from
1 January of the month's year, as the statistics ask for it.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, NamedTuple

from flows.projects.rules import may_serve
from hetang_flow.lib.verdicts import YES, Verdict
from permissions.actors import Actor

INVESTED, PROGRESS, WORKS = "invested", "progress", "works"
KINDS = (INVESTED, PROGRESS, WORKS)
UNITS = {INVESTED: "万元", PROGRESS: "%", WORKS: ""}
FROM_DAY = 25  # a running month may be reported from this day on
LONGEST_WORKS = 200
LONGEST_WORD = 200
SHORTEST_WORD = 4
LARGEST = Decimal("999999999999.99")
CENT = Decimal("0.01")
HUNDRED = Decimal(100)
OVER_PLAN = Decimal("1.5")
OVER = ("reviewed", "terminated")
AT_WORK = "building"
TOO_EARLY_OR_LATE = frozenset({"months-over", "month-not-open"})


# --- months ---


def month_of(day: date) -> date:
    """The month a day lies in, named by its first day."""
    return day.replace(day=1)


def named(month: date) -> str:
    """How a month is written: 2023-05."""
    return f"{month:%Y-%m}"


def next_month(month: date) -> date:
    """The month after this one."""
    return month_of(month + timedelta(days=31))


def month_before(month: date) -> date:
    """The month before this one."""
    return month_of(month - timedelta(days=1))


def last_day(month: date) -> date:
    """The last day of a month."""
    return next_month(month) - timedelta(days=1)


def months_open(first: date, last: date, today: date) -> list[date]:
    """The months of a plan (its first and last day) that may be reported today, oldest first.

    A finished month stays open: what is found wrong later is corrected where it was wrong.
    """
    month, found = month_of(first), []
    while month <= last and (last_day(month) < today or (month <= today and today.day >= FROM_DAY)):
        found.append(month)
        month = next_month(month)
    return found


def happened_on(month: date, today: date) -> date:
    """The day a month's figures are of: its last, or today while it runs."""
    return min(last_day(month), today)


# --- 序时进度 ---


def year_share(on: date, year: int, begins: date | None = None, ends: date | None = None) -> Decimal:
    """Which part of a year's plan should be done by a day, between 0 and 1, exact to four places.

    Months count alike, days within their month; only the months in which the project builds count, all twelve where
    its construction period is not known or lies outside the year.
    """
    first, last = date(year, 1, 1), date(year, 12, 31)
    if begins is not None and first < begins <= last:
        first = begins
    if ends is not None and first <= ends < last:
        last = ends
    if on < first:
        return Decimal(0)
    whole = _months_until(last) - _months_until(first - timedelta(days=1))
    done = _months_until(min(on, last)) - _months_until(first - timedelta(days=1))
    return (done / whole).quantize(Decimal("0.0001"))


def _months_until(day: date) -> Decimal:
    """Months from the beginning of the calendar to the end of a day."""
    return Decimal(day.year * 12 + day.month - 1) + Decimal(day.day) / Decimal(last_day(month_of(day)).day)


def expected(planned: Decimal, share: Decimal) -> Decimal:
    """What should have been invested of a year's plan, in 万元."""
    return (planned * share).quantize(CENT)


# --- a month as it was reported ---


@dataclass(frozen=True, slots=True)
class Month:
    """The figures of one month of one project: invested since 1 January, progress of the whole, what was built."""

    month: date
    invested: Decimal | None = None
    progress: Decimal | None = None
    works: str = ""
    word: str = ""

    @property
    def is_reported(self) -> bool:
        """Whether both figures are there."""
        return self.invested is not None and self.progress is not None


@dataclass(frozen=True, slots=True)
class Subject:
    """What of a project its months are held against; money in 万元."""

    phase: str
    total: Decimal
    before: Decimal
    planned: Decimal
    obstacles: int = 0


@dataclass(frozen=True, slots=True)
class Doubt:
    """Something about a month that may be right but has to be explained; `code` names the sentence."""

    code: str
    facts: Mapping[str, Any] = field(default_factory=dict)


def may_report(
    actor: Actor, *, served: Collection[int], invented: bool, phase: str, month: date, months: Sequence[date]
) -> Verdict:
    """Whether this person may report a month of a project in this phase; `months` are the open ones."""
    verdict = may_serve(actor, served)
    if not verdict:
        return verdict
    if actor.is_demo and not invented:
        return Verdict("demonstration-only", {})
    if phase in OVER:
        return Verdict("months-over", {"phase": phase})
    if month not in months:
        return Verdict("month-not-open", {"month": named(month), "day": str(FROM_DAY)})
    return YES


def figures_fit(typed: Month) -> Verdict:
    """Whether a month's figures can be right at all; facts name the field."""
    for name, value, most in ((INVESTED, typed.invested, LARGEST), (PROGRESS, typed.progress, HUNDRED)):
        verdict = _fits(name, value, most)
        if not verdict:
            return verdict
    if len(typed.works) > LONGEST_WORKS:
        return Verdict("text-too-long", {"field": WORKS, "most": LONGEST_WORKS, "length": len(typed.works)})
    if len(typed.word) > LONGEST_WORD:
        return Verdict("text-too-long", {"field": "word", "most": LONGEST_WORD, "length": len(typed.word)})
    return YES


def _fits(name: str, value: Decimal | None, most: Decimal) -> Verdict:
    about: dict[str, Any] = {"field": name, "name": name}
    if value is None:
        return Verdict("month-figure-missing", about)
    if not value.is_finite():
        return Verdict("figure-unreadable", about)
    if value < 0:
        return Verdict("figure-negative", about | {"value": value})
    if value > most:
        return Verdict(
            "progress-over-hundred" if name == PROGRESS else "figure-too-large", about | {"most": most}
        )
    if value != value.quantize(CENT):
        return Verdict("figure-too-fine", about | {"value": value})
    return YES


class Known(NamedTuple):
    """The figures of a month that was reported."""

    month: date
    invested: Decimal
    progress: Decimal


def _known(month: Month) -> Known | None:
    if month.invested is None or month.progress is None:
        return None
    return Known(month.month, month.invested, month.progress)


def doubts(typed: Month, others: Sequence[Month], subject: Subject) -> list[Doubt]:
    """What has to be explained about a month, held against the project's other months of any year."""
    mine = _known(typed)
    if mine is None:
        return []
    known = sorted(k for m in others if m.month != typed.month and (k := _known(m)) is not None)
    earlier = [k for k in known if k.month < mine.month]
    later = next((k for k in known if k.month > mine.month), None)
    return [
        *_against_earlier(mine, earlier[-1] if earlier else None),
        *_against_later(mine, later),
        *_stands_still(mine, earlier, subject),
        *_against_project(mine, subject),
    ]


def is_explained(found: Sequence[Doubt], word: str) -> Verdict:
    """Whether what is doubtful has its word of explanation."""
    if found and len(word.strip()) < SHORTEST_WORD:
        return Verdict("month-unexplained", {"field": "word", "least": SHORTEST_WORD, "found": found})
    return YES


def _against_earlier(mine: Known, last: Known | None) -> list[Doubt]:
    if last is None:
        return []
    found, since = [], {"month": named(last.month)}
    if last.month.year == mine.month.year and mine.invested < last.invested:
        found.append(Doubt("invested-falls", since | {"was": last.invested, "value": mine.invested}))
    if mine.progress < last.progress:
        found.append(Doubt("progress-falls", since | {"was": last.progress, "value": mine.progress}))
    return found


def _against_later(mine: Known, later: Known | None) -> list[Doubt]:
    if later is None:
        return []
    found, since = [], {"month": named(later.month)}
    if later.month.year == mine.month.year and mine.invested > later.invested:
        found.append(Doubt("invested-above-later", since | {"was": later.invested, "value": mine.invested}))
    if mine.progress > later.progress:
        found.append(Doubt("progress-above-later", since | {"was": later.progress, "value": mine.progress}))
    return found


def _stands_still(mine: Known, earlier: Sequence[Known], subject: Subject) -> list[Doubt]:
    """Under construction, and neither this month nor the one before brought any investment."""
    if subject.phase != AT_WORK:
        return []
    by_month = {each.month: each.invested for each in (*earlier, mine)}
    two = [increment(by_month, month) for month in (month_before(mine.month), mine.month)]
    return [Doubt("two-months-still", {})] if two == [Decimal(0), Decimal(0)] else []


def increment(invested: Mapping[date, Decimal], month: date) -> Decimal | None:
    """What one month brought, from figures cumulative since 1 January; None where it cannot be told."""
    now = invested.get(month)
    if now is None:
        return None
    if month.month == 1:
        return now
    before = invested.get(month_before(month))
    return None if before is None else now - before


def _against_project(mine: Known, subject: Subject) -> list[Doubt]:
    found = []
    whole = subject.before + mine.invested
    if whole > subject.total:
        found.append(Doubt("more-than-total", {"value": whole, "most": subject.total}))
    if subject.planned and mine.invested > subject.planned * OVER_PLAN:
        found.append(Doubt("well-over-plan", {"value": mine.invested, "planned": subject.planned}))
    if mine.progress == HUNDRED and subject.phase != "completed":
        found.append(Doubt("done-not-completed", {}))
    if subject.obstacles and (mine.progress == HUNDRED or subject.phase == "completed"):
        found.append(Doubt("completed-with-obstacles", {"count": subject.obstacles}))
    return found
