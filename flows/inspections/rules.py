"""Pure rules of inspection rounds: who announces, who inspects what, what a visit needs, who opens what of a finding."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from hetang_flow.lib.verdicts import YES, Verdict
from permissions.actors import Actor

HEADQUARTERS_OFFICE, CAMPAIGN_OFFICE = "hq-office", "campaign-office"
SERVING = ("head", "deputy", "desk", "officer")
PERSON_CODES = frozenset(
    {"not-headquarters", "not-inspecting", "inspects-own-work", "own-unit", "demonstration-only"}
)
INSPECTING = SERVING  # the duties in which a post inspects
LONGEST_NAME, LONGEST_TEXT, LEAST_TEXT = 60, 1000, 6
MOST_DAYS, MOST_INSPECTORS, MOST_PROJECTS, MOST_FINDINGS = 92, 30, 200, 40

# Where a visit stands: what it waits for, or that it is over.
OPENING, MATERIALS, VISIT, SEEN, OVER = "opening", "hand_in", "visit", "seen", "over"


# --- announcing a round ---


def may_announce(by: Actor, *, invented: bool) -> Verdict:
    """Whether this person announces a round: the headquarters office; who is invented inspects what is invented."""
    if by.administrator or not by.holds(HEADQUARTERS_OFFICE, *SERVING):
        return Verdict("not-headquarters", {"who": by.name})
    return YES if invented or not by.is_demo else Verdict("demonstration-only", {})


def may_call_off(by: Actor, *, called_off: bool) -> Verdict:
    """Whether this person calls a round off: the office that announced it, once."""
    if by.administrator or not by.holds(HEADQUARTERS_OFFICE, *SERVING):
        return Verdict("not-headquarters", {"who": by.name})
    return Verdict("called-off-already", {}) if called_off else YES


def days_fit(first: date, last: date, materials: date, *, today: date) -> Verdict:
    """Whether the days of a round make sense: materials come before the first visit, and nothing is due in the past."""
    if materials < today:
        return Verdict("materials-day-gone", {"field": "materials_due", "day": materials})
    if materials > first:
        return Verdict("materials-after-visit", {"field": "materials_due", "day": materials, "first": first})
    if last < first:
        return Verdict("round-ends-before", {"field": "last_day", "first": first, "day": last})
    long = (last - materials).days > MOST_DAYS
    return Verdict("round-too-long", {"field": "last_day", "most": MOST_DAYS}) if long else YES


@dataclass(frozen=True, slots=True)
class Inspector:
    """A post that inspects: its unit, and the people who hold it."""

    post: int
    unit: int
    people: frozenset[int]


def free(inspectors: Sequence[Inspector], parties: Collection[int], members: Collection[int]) -> list[int]:
    """The posts that may inspect a project: none of a unit that is a party to it, none held only by its people."""
    aside = set(members)
    return [each.post for each in inspectors if each.unit not in parties and each.people - aside]


# --- materials, findings, the hand-in ---


def text_fits(text: str, *, field: str) -> Verdict:
    """Whether a text says something and is no treatise."""
    length = len(text.strip())
    if length < LEAST_TEXT:
        return Verdict("too-few-words", {"field": field, "least": LEAST_TEXT, "length": length})
    if length > LONGEST_TEXT:
        return Verdict("text-too-long", {"field": field, "most": LONGEST_TEXT, "length": length})
    return YES


def objection_fits(text: str) -> Verdict:
    """An objection is left out, or says something."""
    return text_fits(text, field="objection") if text.strip() else YES


def may_note(count: int, *, handed_in: bool) -> Verdict:
    """Whether a visit takes one more finding."""
    if handed_in:
        return Verdict("visit-reported-already", {})
    return YES if count < MOST_FINDINGS else Verdict("too-many-findings", {"most": MOST_FINDINGS})


def may_report(found: int, *, nothing: bool, day: date | None, first: date, today: date) -> Verdict:
    """Whether a visit may be handed in: it says on which day it was, and either what was found or that nothing was."""
    if day is None:
        return Verdict("visit-day-missing", {"field": "visited_on"})
    if day > today:
        return Verdict("day-in-future", {"field": "visited_on", "name": "", "day": day})
    if day < first:
        return Verdict("visit-before-round", {"field": "visited_on", "day": day, "first": first})
    if found and nothing:
        return Verdict("found-and-nothing", {"field": "nothing_found", "count": found})
    return YES if found or nothing else Verdict("findings-or-nothing", {"field": "nothing_found"})


def stage(*, opened: bool, closed: bool, waits_at: str) -> str:
    """Where a visit stands; `waits_at` is the step of its run."""
    if closed:
        return OVER
    return waits_at if opened and waits_at in (MATERIALS, VISIT, SEEN) else OPENING if not opened else OVER


# --- what a finding opens ---


def inspects(by: Actor, inspectors: Collection[int]) -> bool:
    """Whether one of this person's posts, or one stood in for, inspects."""
    return not by.administrator and bool(by.reach & set(inspectors))


def may_open(by: Actor, *, inspectors: Collection[int], parties: Collection[int], invented: bool) -> Verdict:
    """Whether this person opens something of a finding: an inspector of the round or the headquarters office.

    Nobody of a unit that serves or owns the project; who is invented only on what is invented.
    """
    office = by.holds(HEADQUARTERS_OFFICE, *SERVING)
    if by.administrator or not (office or inspects(by, inspectors)):
        return Verdict("not-inspecting", {})
    if by.organisation_ids & set(parties):
        return Verdict("inspects-own-work", {})
    return YES if invented or not by.is_demo else Verdict("demonstration-only", {})


def may_follow(*, handed_in: bool, taken_back: bool, opened: bool) -> Verdict:
    """Whether a finding opens something now: once it was handed in, each kind at most once."""
    if not handed_in or taken_back:
        return Verdict("finding-not-handed-in", {})
    return Verdict("finding-opened", {}) if opened else YES


def sees_drafts(by: Actor, inspectors: Collection[int]) -> bool:
    """Whether this person reads findings before they are handed in: who inspects, and the headquarters office."""
    return inspects(by, inspectors) or (not by.administrator and by.holds(HEADQUARTERS_OFFICE, *SERVING))


def capacity(by: Actor, inspectors: Collection[int]) -> Actor:
    """The actor in the post that inspects, else in the one of the headquarters office."""
    own = next((post for post in by.posts if post.id in set(inspectors)), None)
    office = next((post for post in by.posts if post.organisation_code == HEADQUARTERS_OFFICE), None)
    chosen = own or office
    return by.in_post(chosen.id) if chosen else by


# --- progress ---


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a round is: projects, those whose materials came, those visited, what was found and what it opened."""

    projects: int = 0
    materials: int = 0
    visited: int = 0
    closed: int = 0
    findings: int = 0
    serious: int = 0
    opened: Mapping[str, int] | None = None

    @property
    def over(self) -> bool:
        """Whether nothing is left to do."""
        return bool(self.projects) and self.closed == self.projects
