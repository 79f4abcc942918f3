"""Who is told outside the house, over which channel and when; when a letter is tried again. Pure.

Inside the house everything is told at once. Outside, a person's wishes hold: from which urgency, not in quiet hours,
one message a day if wanted. A high urgency passes only where the person allows it.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any, NamedTuple

from hetang_flow.lib.clock import DISTRICT, district_day
from hetang_flow.lib.verdicts import YES, Verdict
from permissions.actors import Actor

WAITS: Sequence[timedelta] = tuple(timedelta(minutes=minutes) for minutes in (0.5, 2, 10, 30, 60, 180, 360))
LONGEST_WAIT = timedelta(hours=1)  # what another side may ask for
MOST_SINGLE = 3  # more than that at once for one person on one channel go in one letter
LONGEST_HOLIDAY = 40  # days; a calendar without any working day in it is none

OFF = "off"
ORDER = ("low", "normal", "high")
MAIL, CHAT = "mail", "chat"
LEAST_REASON, LONGEST_REASON = 4, 200


# --- what a person wishes ---


@dataclass(frozen=True, slots=True)
class Wishes:
    """How somebody wants to be told outside the house; the defaults are everybody's until they say otherwise.

    `mail_from` and `chat_from` are an urgency or OFF. Quiet hours go over midnight when they end before they begin.
    """

    mail_from: str = "normal"
    mail_daily: bool = False
    chat_from: str = "high"
    chat_daily: bool = False
    daily_at: time = time(8, 30)
    urgent_apart: bool = True
    quiet_from: time | None = time(22)
    quiet_until: time | None = time(7)
    urgent_passes: bool = False

    def of(self, channel: str) -> tuple[str, bool]:
        """From which urgency on a channel speaks, and whether it does so once a day."""
        return (self.mail_from, self.mail_daily) if channel == MAIL else (self.chat_from, self.chat_daily)


@dataclass(frozen=True, slots=True)
class Reach:
    """How somebody can be reached outside: with an e-mail address or not, by which bot, under which wishes."""

    mail: bool = False
    bot: str = ""
    wishes: Wishes = field(default_factory=Wishes)

    @property
    def channels(self) -> tuple[str, ...]:
        """The channels there is an address for."""
        return ((MAIL,) if self.mail else ()) + ((self.bot,) if self.bot else ())


def reach(told: Mapping[str, Any]) -> Reach:
    """What the database says of somebody, as these rules read it."""
    wishes: dict[str, Any] = {
        name: time.fromisoformat(value)
        if name in ("daily_at", "quiet_from", "quiet_until") and value
        else value
        for name, value in (told.get("wishes") or {}).items()
        if name in Wishes.__dataclass_fields__
    }
    return Reach(told["mail"], told.get("bot") or "", Wishes(**wishes))


# --- when they are told ---


class Going(NamedTuple):
    """A notice on its way over one channel: not before this moment, with the day's others or alone."""

    channel: str
    not_before: datetime
    daily: bool


def goings(urgency: str, someone: Reach, *, now: datetime, is_working: Callable[[date], bool]) -> list[Going]:
    """Over which channels a notice of this urgency goes to somebody, and when."""
    found = []
    for channel in someone.channels:
        least, daily = someone.wishes.of(channel)
        if not passes(urgency, least):
            continue
        together = daily and not (urgency == "high" and someone.wishes.urgent_apart)
        moment = next_daily(now, someone.wishes.daily_at, is_working) if together else now
        found.append(Going(channel, after_quiet(moment, urgency, someone.wishes), together))
    return found


def passes(urgency: str, least: str) -> bool:
    """Whether something this urgent is told on a channel that speaks from `least` on."""
    return least != OFF and ORDER.index(urgency) >= ORDER.index(least)


def after_quiet(moment: datetime, urgency: str, wishes: Wishes) -> datetime:
    """The moment itself, or the end of the quiet hours it falls into."""
    begins, ends = wishes.quiet_from, wishes.quiet_until
    if begins is None or ends is None or begins == ends or (urgency == "high" and wishes.urgent_passes):
        return moment
    here = moment.astimezone(DISTRICT)
    clock = here.time()
    over_midnight = begins > ends
    is_quiet = (clock >= begins or clock < ends) if over_midnight else begins <= clock < ends
    if not is_quiet:
        return moment
    day = here.date() + timedelta(days=1) if over_midnight and clock >= begins else here.date()
    return datetime.combine(day, ends, DISTRICT)


def next_daily(now: datetime, at: time, is_working: Callable[[date], bool]) -> datetime:
    """When the next message of the day goes: at that hour of today or of the next working day."""
    day = district_day(now)
    if now.astimezone(DISTRICT).time() >= at:
        day += timedelta(days=1)
    for _day in range(LONGEST_HOLIDAY):
        if is_working(day):
            break
        day += timedelta(days=1)
    return datetime.combine(day, at, DISTRICT)


# --- what happens to those that are due ---


class Due(NamedTuple):
    """A delivery whose moment has come, as these rules see it; `letter` is the one it went in before."""

    pk: int
    urgency: str
    daily: bool
    was_read: bool
    letter: object | None


@dataclass(slots=True)
class Sorted:
    """What becomes of due deliveries: held until a moment, needed no longer, and the letters, each its keys."""

    held: dict[datetime, list[int]] = field(default_factory=dict)
    spare: list[int] = field(default_factory=list)
    again: dict[object, list[int]] = field(default_factory=dict)
    fresh: list[list[int]] = field(default_factory=list)


def sort(due: Sequence[Due], channel: str, wishes: Wishes, *, now: datetime) -> Sorted:
    """Judge what is due for one person on one channel by what the person wishes now.

    A letter that was tried before stays as it was, so that it can be told for a repeat; what waited for the message
    of the day and was read meanwhile is not told again; many at once go in one letter.
    """
    found, fresh = Sorted(), []
    least, _daily = wishes.of(channel)
    # A letter is held as a whole, until the least urgent notice in it may go.
    until: dict[object, datetime] = {}
    for one in due:
        whole = one.letter or one.pk
        until[whole] = max(until.get(whole, now), after_quiet(now, one.urgency, wishes))
    for one in due:
        hour = until[one.letter or one.pk]
        if hour > now:
            found.held.setdefault(hour, []).append(one.pk)
        elif one.letter is not None:
            found.again.setdefault(one.letter, []).append(one.pk)
        elif not passes(one.urgency, least) or (one.daily and one.was_read):
            found.spare.append(one.pk)
        else:
            fresh.append(one)
    if any(one.daily for one in fresh) or len(fresh) > MOST_SINGLE:
        found.fresh = [[one.pk for one in fresh]]
    else:
        found.fresh = [[one.pk] for one in fresh]
    return found


def next_attempt(
    attempts: int, *, now: datetime, asked: timedelta | None = None, waits: Sequence[timedelta] = WAITS
) -> datetime | None:
    """The hour of the next attempt after `attempts` have failed, or None when it is time to give up.

    `asked` is how long the other side wants to be left alone; it lengthens a wait, within reason.
    """
    if attempts > len(waits):
        return None
    return now + max(waits[max(attempts, 1) - 1], min(asked or timedelta(), LONGEST_WAIT))


# --- who may look after them ---


def may_look_after_letters(by: Actor) -> Verdict:
    """Letters that were set aside are the system administrator's; what they say is nobody's there."""
    return YES if by.administrator == "system" else Verdict("system-administrator-only")


def is_reason(text: str) -> Verdict:
    """Whether something is a reason that the record can keep."""
    length = len(text.strip())
    if length < LEAST_REASON:
        return Verdict("reason-too-short", {"least": LEAST_REASON, "length": length})
    if length > LONGEST_REASON:
        return Verdict("text-too-long", {"most": LONGEST_REASON, "length": length})
    return YES


def are_wishes(wishes: Wishes) -> Verdict:
    """Whether wishes can be kept: quiet hours have both ends and are no whole day."""
    ends = (wishes.quiet_from, wishes.quiet_until)
    if (ends[0] is None) != (ends[1] is None) or (ends[0] is not None and ends[0] == ends[1]):
        return Verdict("quiet-hours-need-both-ends")
    return YES
