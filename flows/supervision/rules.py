"""Pure rules of supervision: a ladder as data, what is wrong with one, the next rung and the day it is due."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Any

from flows.deadlines.rules import WorkCalendar, due_day
from hetang_flow.lib.verdicts import YES, Verdict
from permissions.actors import Actor

CAMPAIGN_OFFICE, HEADQUARTERS_OFFICE = "campaign-office", "hq-office"
SERVING = ("head", "deputy", "desk", "officer")
WEAK, PERFUNCTORY, OVERDUE = "weak", "perfunctory", "overdue"
BY_HAND = (WEAK, PERFUNCTORY)
BOTTOM, ENTERED, CARRIED = "bottom", "entered", "carried"
# Why a matter is no longer supervised. `settled` and `withdrawn` are said by a person, the others by the facts.
DONE, EXTENDED, SUSPENDED, ENDED, SETTLED, WITHDRAWN = (
    "done", "extended", "suspended", "ended", "settled", "withdrawn",
)  # fmt: skip
CLOSINGS = (DONE, EXTENDED, SUSPENDED, ENDED, SETTLED, WITHDRAWN)
LOST_GROUND = (EXTENDED, SUSPENDED, ENDED, WITHDRAWN)
ORDINARY, GRAVE = "ordinary", "grave"
CONFIRMED, DECLINED = "confirmed", "declined"
OBSTACLE = "obstacle"
HOLDER, OWN_UNIT = "holder", ("holder", "desk", "officer", "head")
AUDIENCE = (
    *OWN_UNIT, "lead_departments", "contact_leaders", "line_leader", "campaign_office", "hq_office",
)  # fmt: skip
COLOURS = ("blue", "yellow", "red")
LONGEST_TITLE = 220


class Measure(StrEnum):
    """What a rung does, the mildest first."""

    REMIND = "remind"
    SLIP = "slip"
    AGENDA = "agenda"
    INTERVIEW = "interview"
    CRITICISM = "criticism"
    REFERRAL = "referral"


SEVERITY = {measure: place for place, measure in enumerate(Measure)}
PUNISHES = (Measure.CRITICISM, Measure.REFERRAL)


@dataclass(frozen=True, slots=True)
class Rung:
    """A rung; `wait` are working days from the day counted from, none where only a person takes it here.

    `confirm` names the post, or the resolver, without whose word the rung is only proposed; `enters` are the sources
    and grounds that may begin here.
    """

    order: int
    code: str
    name: str
    measure: Measure
    wait: int | None
    tell: tuple[str, ...] = ()
    colour: str = ""
    confirm: str = ""
    days: int | None = None
    enters: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Ladder:
    """A version of a ladder. `word` heads the numbers of its slips, `resets` are the closings after which the same
    matter begins at the bottom again, `spares` the kinds of units that are reminded only, `holds` the excuses that
    let it wait.
    """

    name: str
    version: int
    word: str
    rungs: tuple[Rung, ...]
    resets: frozenset[str] = frozenset()
    spares: frozenset[str] = frozenset()
    holds: frozenset[str] = frozenset()

    def rung(self, order: int) -> Rung | None:
        """The rung at this height; none at 0 and above the top."""
        return self.rungs[order - 1] if 1 <= order <= len(self.rungs) else None

    @property
    def last_by_time(self) -> int:
        """How high a matter comes without the word of a person."""
        return next((rung.order - 1 for rung in self.rungs if rung.confirm), len(self.rungs))


def ladder_of(body: Mapping[str, Any], version: int) -> Ladder:
    """A ladder as it is stored."""
    rungs = tuple(
        Rung(
            order,
            said["code"],
            said["name"],
            Measure(said["measure"]),
            said.get("wait"),
            tuple(said.get("tell", ())),
            said.get("colour") or "",
            said.get("confirm") or "",
            said.get("days"),
            frozenset(said.get("enters", ())),
        )
        for order, said in enumerate(body["rungs"], 1)
    )
    kinds = {name: frozenset(body.get(name, ())) for name in ("resets", "spares", "holds")}
    return Ladder(body["name"], version, body["word"], rungs, **kinds)


# --- what is wrong with a ladder ---


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with a ladder: at which of its rungs (counted from 0) and in which column."""

    code: str
    index: int | None = None
    column: str = ""
    facts: Mapping[str, Any] = field(default_factory=dict)


def faults(ladder: Ladder, *, marks: Collection[str] | None = None) -> list[Fault]:
    """Everything that keeps a ladder from being used; `marks` are the sources and grounds there are, if known."""
    if not ladder.rungs:
        return [Fault("ladder-empty")]
    found = [
        fault
        for judged in (_order_faults, _reach_faults, _slip_faults, _telling_faults)
        for fault in judged(ladder)
    ]
    if marks is not None:
        found += [
            _fault("mark-unknown", rung, "enters", mark=mark)
            for rung in ladder.rungs
            for mark in sorted(rung.enters - {*marks})
        ]
    return sorted(found, key=lambda fault: (fault.index or 0, fault.code))


def _fault(fault: str, rung: Rung, column: str, **facts: Any) -> Fault:
    return Fault(fault, rung.order - 1, column, {"rung": rung.name, **facts})


def _order_faults(ladder: Ladder) -> Iterator[Fault]:
    """Codes are used once, the measures grow harder, and from criticism upwards a person is named who confirms."""
    seen: set[str] = set()
    punishing = False
    hardest = 0
    for rung in ladder.rungs:
        if rung.code in seen:
            yield _fault("rung-twice", rung, "code", code=rung.code)
        seen.add(rung.code)
        if SEVERITY[rung.measure] < hardest:
            yield _fault("measure-goes-down", rung, "measure")
        hardest = max(hardest, SEVERITY[rung.measure])
        punishing = punishing or rung.measure in PUNISHES
        if punishing and not rung.confirm.strip():
            yield _fault("confirmer-missing", rung, "confirm")


def _reach_faults(ladder: Ladder) -> Iterator[Fault]:
    """No wait runs backwards, and each rung is reached by time, by entry, or by whoever confirmed the one below."""
    below: Rung | None = None
    for rung in ladder.rungs:
        if rung.wait is not None and rung.wait < 0:
            yield _fault("wait-negative", rung, "wait", days=rung.wait)
        by_person = bool(rung.enters or (below and below.confirm and rung.measure in PUNISHES))
        if rung.wait is None and not by_person:
            yield _fault("rung-never-reached", rung, "wait")
        below = rung


def _slip_faults(ladder: Ladder) -> Iterator[Fault]:
    """A slip has a colour and days of its own; nothing else has them."""
    for rung in ladder.rungs:
        is_slip = rung.measure is Measure.SLIP
        if is_slip and rung.colour not in COLOURS:
            yield _fault("slip-without-colour", rung, "colour")
        if is_slip and (rung.days is None or rung.days < 1):
            yield _fault("slip-without-days", rung, "days")
        if not is_slip and (rung.colour or rung.days is not None):
            yield _fault("no-slip", rung, "measure")


def _telling_faults(ladder: Ladder) -> Iterator[Fault]:
    """Somebody hears of every rung, but the subject never of a referral; who is spared is at least reminded."""
    for rung in ladder.rungs:
        if rung.measure is Measure.REFERRAL and set(rung.tell) & {*OWN_UNIT}:
            yield _fault("referral-told", rung, "tell")
        if rung.measure is not Measure.REFERRAL and not rung.tell:
            yield _fault("nobody-told", rung, "tell")
        for who in sorted({*rung.tell} - {*AUDIENCE}):
            yield _fault("audience-unknown", rung, "tell", who=who)
    if ladder.spares and ladder.rungs[0].measure is not Measure.REMIND:
        yield Fault("spared-never-reminded", 0, "measure", {"rung": ladder.rungs[0].name})


# --- climbing ---


@dataclass(frozen=True, slots=True)
class Matter:
    """Where a supervised matter stands: on which rung, and from which day the wait for the next one counts.

    `at_once`: it enters at the next rung, whatever the wait; `spared`: it is reminded and no more.
    """

    rung: int
    counts_from: date
    at_once: bool = False
    spared: bool = False


@dataclass(frozen=True, slots=True)
class Step:
    """The next rung of a matter, and the day its wait is over."""

    rung: Rung
    due_on: date


def next_rung(ladder: Ladder, reached: int, *, spared: bool) -> Rung | None:
    """The rung above; none at the top, and none but reminders for who is spared."""
    above = ladder.rung(reached + 1)
    if above is None or (spared and above.measure is not Measure.REMIND):
        return None
    return above


def next_step(ladder: Ladder, matter: Matter, calendar: WorkCalendar) -> Step | None:
    """What comes next and when; nothing at the top, and nothing by time where only a person takes it further."""
    above = next_rung(ladder, matter.rung, spared=matter.spared)
    if above is None or (above.wait is None and not matter.at_once):
        return None
    wait = 0 if matter.at_once else above.wait or 0
    day = matter.counts_from if matter.at_once else due_day(matter.counts_from, wait, calendar).day
    return Step(above, day)


def climbed(ladder: Ladder, matter: Matter, told_on: date) -> Matter | None:
    """Where it stands once it was told of the next rung; none if the rung waits for a person's word first."""
    above = ladder.rung(matter.rung + 1)
    if above is None or above.confirm:
        return None
    return Matter(above.order, told_on, spared=matter.spared)


def decided(matter: Matter, order: int, *, confirmed: bool, grave: bool, on: date) -> Matter | None:
    """Where it stands once a person has decided about a rung: a no leaves it there, for a person; a yes lets the
    days run on, and a grave case goes to the next rung at once, where another person decides.
    """
    return Matter(order, on, at_once=grave, spared=matter.spared) if confirmed else None


def entry(ladder: Ladder, marks: Collection[str]) -> Rung | None:
    """The lowest rung at which what bears one of these marks may begin; none where it begins at the bottom."""
    return next((rung for rung in ladder.rungs if rung.enters & {*marks}), None)


def entries(ladder: Ladder, ground: str) -> list[Rung]:
    """The rungs at which somebody may begin a matter by hand: the bottom, and those that let this ground in."""
    return [rung for rung in ladder.rungs if rung.order == 1 or ground in rung.enters]


def opens_at(ladder: Ladder, mark: str, source: str, *, carried: int | None) -> tuple[int, str]:
    """On which rung a matter found by facts stands when it is opened, and how it came there.

    `carried` is the rung it had when it was closed for a reason that does not wipe it out; what a person has to
    confirm is asked anew, so it is carried no higher than time alone would have taken it.
    """
    if carried is not None:
        return min(carried, ladder.last_by_time), CARRIED
    rung = entry(ladder, (mark, source))
    return (rung.order - 1, ENTERED) if rung and rung.order > 1 else (0, BOTTOM)


def begins(how: str, rung: int, *, due_on: date, today: date, spared: bool) -> Matter:
    """A matter on the day it is opened: the first wait counts from the day it was due, a carried one from today."""
    counts_from = due_on if how == BOTTOM else today
    return Matter(rung, counts_from, at_once=how == ENTERED, spared=spared)


def is_held(ladder: Ladder, rung: Rung, excuses: Collection[str]) -> bool:
    """Whether an excuse lets a matter wait below this rung; a reminder is never held back."""
    return rung.measure is not Measure.REMIND and bool(ladder.holds & {*excuses})


def reported_in_time(reported: date, due_on: date) -> bool:
    """An obstacle excuses only if it was reported before the day was over."""
    return reported <= due_on


# --- replay: the whole way of a matter, from its facts alone ---


@dataclass(frozen=True, slots=True)
class Told:
    """A rung as it was told, or would have been, on which day."""

    order: int
    code: str
    due_on: date
    told_on: date


def would_climb(ladder: Ladder, matter: Matter, until: date, calendar: WorkCalendar) -> list[Told]:
    """The rungs a matter that stays late climbs up to a day when nothing sleeps: each on the day its wait is over."""
    found: list[Told] = []
    here: Matter | None = matter
    while here is not None:
        step = next_step(ladder, here, calendar)
        if step is None:
            break
        day = max(step.due_on, here.counts_from)
        if day > until:
            break
        found.append(Told(step.rung.order, step.rung.code, step.due_on, day))
        here = climbed(ladder, here, day)
    return found


# --- who may ---


def may_enter(by: Actor, *, ground: str, unit: int, invented: bool) -> Verdict:
    """A ground that no fact tells is entered by the headquarters office, and never about itself.

    An invented person enters it about an invented project only.
    """
    if not by.holds(HEADQUARTERS_OFFICE, *SERVING):
        return Verdict("not-headquarters", {"who": by.name})
    if unit in by.organisation_ids:
        return Verdict("own-unit", {})
    if by.is_demo and not invented:
        return Verdict("demonstration-only", {})
    return YES if ground in BY_HAND else Verdict("ground-by-facts", {"ground": ground})


def may_enter_at(ladder: Ladder, code: str, ground: str) -> Verdict:
    """A matter begins at the bottom, or at a rung that lets its ground in."""
    if code in {rung.code for rung in entries(ladder, ground)}:
        return YES
    return Verdict("rung-not-entered", {"rung": code})


def may_settle(by: Actor, *, ground: str, is_open: bool, unit: int) -> Verdict:
    """What a person entered a person settles; what facts opened only facts close."""
    if not by.holds(HEADQUARTERS_OFFICE, *SERVING):
        return Verdict("not-headquarters", {"who": by.name})
    if unit in by.organisation_ids:
        return Verdict("own-unit", {})
    if ground not in BY_HAND:
        return Verdict("closed-by-facts", {})
    return YES if is_open else Verdict("supervision-over", {})


def reads_reason(by: Actor, unit: int) -> bool:
    """Why a person entered a matter is for its unit and for the two offices."""
    return unit in by.organisation_ids or by.holds(CAMPAIGN_OFFICE) or by.holds(HEADQUARTERS_OFFICE)


def may_propose(by: Actor) -> Verdict:
    """A version of the ladder is proposed by the campaign office."""
    return YES if by.holds(CAMPAIGN_OFFICE, *SERVING) else Verdict("not-campaign-office", {"who": by.name})


def may_publish(by: Actor, *, proposed_by: int | None) -> Verdict:
    """It is published by another person, of the headquarters office."""
    if not by.holds(HEADQUARTERS_OFFICE, *SERVING):
        return Verdict("not-headquarters", {"who": by.name})
    return Verdict("own-submission", {}) if by.user_id == proposed_by else YES


def slip_code(word: str, year: int, number: int) -> str:
    """The number of a slip as it is written: 荷督〔2023〕12号."""
    return f"{word}〔{year}〕{number}号"


PERSON_CODES = frozenset(
    {"not-headquarters", "not-campaign-office", "own-unit", "own-submission", "demonstration-only"}
)
