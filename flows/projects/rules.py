"""Pure rules of the projects room: size class, a gate's checklist, who may move a project."""

from collections.abc import Collection, Hashable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, TypeVar

from hetang_flow.lib.verdicts import YES, Verdict
from permissions.actors import Actor, PostRef

# --- size ---

SCALES = (
    (Decimal(100_000), "billion"),
    (Decimal(10_000), "hundred_million"),
    (Decimal(5_000), "fifty_million"),
)


def scale_of(total_investment: Decimal) -> str:
    """Return the size class the targets count by; the investment is in 万元, a class begins at its amount."""
    return next((scale for least, scale in SCALES if total_investment >= least), "smaller")


# --- the checklist of a gate ---

DOCUMENT, FIGURE, DATE = "document", "figure", "date"
FORECASTS = ("planned-", "expected-")
LARGEST = Decimal("999999999999.99")
EARLIEST = date(1990, 1, 1)
LATEST = date(2100, 1, 1)

# A date reported at the gate on the left is never before the first one reported at the gate on the right.
FOLLOWS = {"build": "start", "complete": "start", "review": "complete", "resume": "suspend"}

# A figure of a checklist, and the kind of monthly fact that says it already.
CARRIED = {"invested-so-far": "invested"}

Value = Decimal | date | None


@dataclass(frozen=True, slots=True)
class Needed:
    """One line of a gate's checklist, as data says it."""

    code: str
    name: str
    kind: str
    required: bool = True


def missing(
    requirements: Sequence[Needed], documents: Collection[str], values: Mapping[str, Value]
) -> list[str]:
    """Return the names of what is still missing, in the gate's order; `documents` are codes with a valid file."""
    return [
        need.name
        for need in requirements
        if need.required
        and (need.code not in documents if need.kind == DOCUMENT else values.get(need.code) is None)
    ]


def is_forecast(code: str) -> bool:
    """Whether a date of this code lies ahead by its nature (planned-..., expected-...)."""
    return code.startswith(FORECASTS)


def plausible(
    kind: str,
    name: str,
    value: Value,
    *,
    today: date,
    code: str = "",
    not_before: date | None = None,
    not_before_name: str = "",
) -> Verdict:
    """Judge one reported figure or date; an empty one is plausible, the checklist asks for it elsewhere.

    `not_before` is the first day reported at the gate that FOLLOWS names. Facts carry `field` and `name`.
    """
    about: dict[str, Any] = {"field": code, "name": name}
    if value is None:
        return YES
    if isinstance(value, date) != (kind == DATE):
        return Verdict("value-of-wrong-kind", about)
    if not isinstance(value, date):
        return _plausible_figure(value, about)
    verdict = _plausible_day(value, None if is_forecast(code) else today, about)
    if verdict and not_before is not None and value < not_before:
        return Verdict(
            "day-before-earlier-gate", about | {"day": value, "least": not_before, "of": not_before_name}
        )
    return verdict


def _plausible_day(day: date, latest: date | None, about: dict[str, Any]) -> Verdict:
    if not EARLIEST <= day < LATEST:
        return Verdict("day-implausible", about | {"day": day, "first": EARLIEST, "last": LATEST})
    if latest is not None and day > latest:
        return Verdict("day-in-future", about | {"day": day, "today": latest})
    return YES


def _plausible_figure(value: Decimal, about: dict[str, Any]) -> Verdict:
    if not value.is_finite():
        return Verdict("figure-unreadable", about)
    if value < 0:
        return Verdict("figure-negative", about | {"value": value})
    if value > LARGEST:
        return Verdict("figure-too-large", about | {"most": LARGEST})
    if value != value.quantize(Decimal("0.01")):
        return Verdict("figure-too-fine", about | {"value": value})
    return YES


# --- who may move a project ---

SUBMITTING_DUTIES = frozenset({"officer", "desk"})
CAMPAIGN_OFFICE = "campaign-office"
HEADQUARTERS_OFFICE = "hq-office"
PERSON_CODES = frozenset({"not-service-unit", "not-campaign-office"})


def _serving_post(actor: Actor, service_unit_ids: Collection[int]) -> PostRef | None:
    fitting = [
        post
        for post in actor.posts
        if post.organisation_id in service_unit_ids and post.duty in SUBMITTING_DUTIES
    ]
    if actor.acting in fitting:
        return actor.acting
    return fitting[0] if fitting else None


def serving_capacity(actor: Actor, service_unit_ids: Collection[int]) -> Actor:
    """Return the actor in the post that submits: the acting one if it fits, else the first that does."""
    post = _serving_post(actor, service_unit_ids)
    return actor.in_post(post.id) if post else actor


def capacity_in(actor: Actor, organisation_code: str) -> Actor:
    """Return the actor in a post of this organisation, the acting one if it fits; unchanged without one."""
    fitting = [post for post in actor.posts if post.organisation_code == organisation_code]
    if not fitting or actor.acting in fitting:
        return actor
    return actor.in_post(fitting[0].id)


def may_serve(actor: Actor, service_unit_ids: Collection[int]) -> Verdict:
    """Whether this person submits for a project: an officer or the desk of one of its service departments."""
    if actor.administrator or _serving_post(actor, service_unit_ids) is None:
        return Verdict("not-service-unit", {})
    return YES


def may_start_milestone(
    actor: Actor,
    *,
    service_unit_ids: Collection[int],
    phase: str,
    moves: Collection[str],
    move: str,
    open_milestone: bool,
    open_correction: bool = False,
    invented: bool = False,
    has_leader: bool = True,
) -> Verdict:
    """Whether this person may ask for this move now: the right person, nothing open, a move the phase allows.

    `moves` are those the lifecycle names for `phase`.
    """
    verdict = may_serve(actor, service_unit_ids)
    if not verdict:
        return verdict
    if actor.is_demo and not invented:
        return Verdict("demonstration-only", {})
    if not has_leader:
        return Verdict("no-contact-leader", {})
    if move not in moves:
        return Verdict("move-not-from-phase", {"move": move, "phase": phase})
    if open_milestone:
        return Verdict("milestone-open", {})
    if open_correction:
        return Verdict("correction-open", {})
    return YES


def may_propose_correction(
    actor: Actor,
    *,
    phase: str,
    to_phase: str | None,
    path: Collection[str],
    running: bool,
    invented: bool = False,
) -> Verdict:
    """Whether this person may propose to put the phase right; `to_phase` None asks before one is chosen.

    `path` are the phases a correction may lead to; `running` tells that a milestone or another correction of the project is not over yet.
    """
    if actor.administrator or not actor.holds(CAMPAIGN_OFFICE, *SUBMITTING_DUTIES):
        return Verdict("not-campaign-office", {})
    if actor.is_demo and not invented:
        return Verdict("demonstration-only", {})
    if running:
        return Verdict("something-open", {})
    if to_phase is None:
        return YES
    if to_phase not in path:
        return Verdict("phase-not-on-path", {"phase": to_phase})
    if to_phase == phase:
        return Verdict("phase-unchanged", {"phase": phase})
    return YES


# --- who verifies ---

Unit = TypeVar("Unit", bound=Hashable)


def verifying_units(
    leading: Sequence[Unit], coordination: Sequence[Sequence[Unit]], *, served: Collection[Unit]
) -> list[Unit]:
    """The units that verify: those that lead and did not serve, else the first of the coordination group's circles
    (lead units, then members) in which somebody did not.
    """
    for circle in (leading, *coordination):
        free = [unit for unit in circle if unit not in served]
        if free:
            return free
    return []
