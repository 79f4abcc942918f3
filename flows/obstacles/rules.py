"""Pure rules of obstacles: who raises one, which level it is at by time, which stage may follow, what a permit costs."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from flows.deadlines.rules import WorkCalendar, due_day, working_days_between
from hetang_flow.lib.verdicts import YES, Verdict
from permissions.actors import Actor, PostRef

CAMPAIGN_OFFICE = "campaign-office"
SERVING = frozenset({"officer", "desk"})
OWNING = frozenset({"contact", "officer", "desk"})
PERSON_CODES = frozenset({"not-obstacle-raiser", "not-coordinating", "not-reporting", "demonstration-only"})
LONGEST_TITLE, LONGEST_TEXT = 80, 500
LARGEST = Decimal("999999999999.99")
LONGEST_PERMIT, MOST_DOCUMENTS = 2000, 500


# --- who ---


def _post_of(actor: Actor, units: Collection[int], duties: Collection[str]) -> PostRef | None:
    fitting = [post for post in actor.posts if post.organisation_id in units and post.duty in duties]
    return actor.acting if actor.acting in fitting else next(iter(fitting), None)


def raising_capacity(actor: Actor, *, serving: Collection[int], owning: Collection[int]) -> PostRef | None:
    """The post in which this person raises obstacles of a project: of a serving unit, else on the owner's side."""
    if actor.administrator:
        return None
    return _post_of(actor, serving, SERVING) or _post_of(actor, owning, OWNING)


def may_raise(
    actor: Actor,
    *,
    serving: Collection[int],
    owning: Collection[int],
    over: bool,
    invented: bool,
) -> Verdict:
    """Whether this person may raise an obstacle of a project: an officer who serves it, or its owner's contact."""
    if raising_capacity(actor, serving=serving, owning=owning) is None:
        return Verdict("not-obstacle-raiser", {})
    if actor.is_demo and not invented:
        return Verdict("demonstration-only", {})
    return may_be_hindered(over=over)


def may_be_hindered(*, over: bool) -> Verdict:
    """Whether anything can stand in a project's way: not once it is over."""
    return Verdict("project-over", {}) if over else YES


def may_report(
    actor: Actor, *, unit: int | None, serving: Collection[int], over: bool, invented: bool = True
) -> Verdict:
    """Whether this person reports stages and figures: of the unit that deals with it, of one that serves, the office."""
    units = {*serving, *([unit] if unit else [])}
    if actor.administrator or not (_post_of(actor, units, SERVING) or actor.holds(CAMPAIGN_OFFICE, *SERVING)):
        return Verdict("not-reporting", {})
    if actor.is_demo and not invented:
        return Verdict("demonstration-only", {})
    return Verdict("obstacle-over", {}) if over else YES


def reporting_capacity(actor: Actor, *, unit: int | None, serving: Collection[int]) -> Actor:
    """The actor in the post that reports."""
    post = _post_of(actor, {*serving, *([unit] if unit else [])}, SERVING) or next(
        (post for post in actor.posts if post.organisation_code == CAMPAIGN_OFFICE), None
    )
    return actor.in_post(post.id) if post else actor


def sees_figures(actor: Actor) -> bool:
    """Whether the district's figures are this person's business: everybody with a post in it, no owner's contact."""
    return actor.is_of_the_district


# --- levels of coordination ---


@dataclass(frozen=True, slots=True)
class Rung:
    """A level of coordination, as data says it; `days` are the working days before it goes up, None for never."""

    code: str
    days: int | None


def next_rung(ladder: Sequence[Rung], code: str) -> Rung | None:
    """The level above this one; None at the top, or for a level that is not on the ladder."""
    codes = [rung.code for rung in ladder]
    place = codes.index(code) + 1 if code in codes else len(codes)
    return ladder[place] if place < len(ladder) else None


def is_due(until: date | None, today: date) -> bool:
    """Whether the last day of a level has gone by; that day itself still counts."""
    return until is not None and until < today


def may_raise_level(
    actor: Actor,
    *,
    unit: int | None,
    holders: Collection[int],
    is_raiser: bool,
    at_top: bool,
    open_at: str,
) -> Verdict:
    """Whether this person may raise it by hand: the office, who holds it now, the unit that answers, who raised it.

    `holders` are the posts that hold it at its level, `open_at` the step of its flow, nothing once it is over.
    """
    coordinates = bool(actor.post_ids & set(holders)) or actor.holds(CAMPAIGN_OFFICE, *SERVING)
    answers = unit is not None and _post_of(actor, {unit}, SERVING) is not None
    if actor.administrator or not (coordinates or answers or is_raiser):
        return Verdict("not-coordinating", {})
    if not open_at:
        return Verdict("obstacle-over", {})
    if open_at == "sort":
        return Verdict("obstacle-not-sorted", {})
    return Verdict("top-level", {}) if at_top else YES


def goes_on_until(
    until: date, *, since: date, reckoned: date | None, today: date, calendar: WorkCalendar
) -> date:
    """The last day at a level after a standstill from `since` to today; what was over by then stays over.

    `reckoned` is the day from which its days run: it came to the level, or went on after an earlier standstill.
    """
    begun = max(since, reckoned or since)
    stood = working_days_between(begun, today, calendar)
    return until if until < begun or stood <= 0 else due_day(until, stood, calendar).day


# --- how long obstacles stood in the way ---


@dataclass(frozen=True, slots=True)
class Span:
    """From the day an obstacle was raised to the day it was struck off; None while it is open."""

    begin: date
    end: date | None


def standing_days(spans: Iterable[Span], first: date, last: date, calendar: WorkCalendar) -> int:
    """The working days of a period at which at least one obstacle stood open, however many did; no day twice.

    The day it was raised is not counted, the day it was struck off is, as everywhere.
    """
    count, counted = 0, first - timedelta(days=1)
    for span in sorted(spans, key=lambda span: span.begin):
        begin, end = max(span.begin, counted), min(span.end or last, last)
        if begin < end:
            count += working_days_between(begin, end, calendar)
            counted = end
    return count


# --- stages and figures ---


@dataclass(frozen=True, slots=True)
class Stage:
    """A stage of a kind; one that repeats is reported again and again, month by month."""

    code: str
    name: str
    repeats: bool = False


def may_reach(stages: Sequence[Stage], reached: str, wanted: str) -> Verdict:
    """Whether a stage may be reported after the one that was reached last; stages may be left out, never gone back."""
    codes = [stage.code for stage in stages]
    if wanted not in codes:
        return Verdict("no-such-stage", {})
    here, there = codes.index(reached) if reached in codes else -1, codes.index(wanted)
    if there < here:
        return Verdict("stage-goes-back", {"stage": stages[here].name})
    if there == here and not stages[there].repeats:
        return Verdict("stage-reached", {"stage": stages[here].name})
    return YES


def plausible(value: Decimal | None, *, name: str) -> Verdict:
    """Judge a reported figure."""
    about: dict[str, Any] = {"name": name}
    if value is None:
        return YES
    if not value.is_finite():
        return Verdict("figure-unreadable", about)
    if value < 0:
        return Verdict("figure-negative", about)
    if value > LARGEST:
        return Verdict("figure-too-large", about)
    return YES if value == value.quantize(Decimal("0.01")) else Verdict("figure-too-fine", about)


def may_have_happened(day: date, *, today: date, since: date | None = None) -> Verdict:
    """A fact lies neither in the future nor before the fact it follows."""
    if day > today:
        return Verdict("day-in-future", {"name": "", "day": day})
    if since is not None and day < since:
        return Verdict("day-before-last-stage", {"day": day, "least": since})
    return YES


# --- what an obstacle is about ---

FORWARD = frozenset({"fulfil", "start", "build", "complete", "review"})


def in_the_way(blocks: str, move: str) -> bool:
    """Whether an obstacle that names `blocks`, or nothing, is in the way of a move; to stop or to end is never barred."""
    return blocks == move or (not blocks and move in FORWARD)


def may_be_due(day: date, *, today: date) -> Verdict:
    """An obstacle is assigned for today or later, at most a year ahead."""
    if day < today:
        return Verdict("due-day-gone", {"day": day})
    return Verdict("due-day-too-far", {"day": day}) if (day - today).days > 366 else YES


# --- permits: what was promised, and what it came to ---


@dataclass(frozen=True, slots=True)
class Taken:
    """What permits of one kind took, and what they would have taken by the baseline, over all that were granted."""

    count: int
    actual: int
    baseline: int

    @property
    def cut(self) -> Decimal | None:
        """By how many per cent less it took than the baseline; negative when more, None without any."""
        return reduction(self.baseline, self.actual) if self.count else None

    @property
    def more(self) -> Decimal | None:
        """By how many per cent more it took, where it took more."""
        return -self.cut if self.cut is not None and self.cut < 0 else None

    @property
    def average(self) -> Decimal | None:
        """What one of them took, with one decimal."""
        if not self.count:
            return None
        return (Decimal(self.actual) / self.count).quantize(Decimal("0.1"), ROUND_HALF_UP)


def reduction(baseline: int, actual: int) -> Decimal | None:
    """By how many per cent `actual` is below `baseline`, one decimal; None where there is nothing to be below."""
    if baseline <= 0:
        return None
    return (Decimal(baseline - actual) * 100 / Decimal(baseline)).quantize(Decimal("0.1"), ROUND_HALF_UP)


def together(rows: Iterable[tuple[int, int]]) -> Taken:
    """Add up pairs of actual and baseline."""
    pairs = list(rows)
    return Taken(len(pairs), sum(actual for actual, _base in pairs), sum(base for _actual, base in pairs))


def plausible_permit(days: int, documents: int) -> Verdict:
    """Judge what was reported of one permit."""
    if not 0 <= days <= LONGEST_PERMIT:
        return Verdict("permit-days", {"most": LONGEST_PERMIT})
    return YES if 0 <= documents <= MOST_DOCUMENTS else Verdict("permit-documents", {"most": MOST_DOCUMENTS})
