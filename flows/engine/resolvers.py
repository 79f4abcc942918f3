"""Resolvers: a policy names one, the room that knows the answer registers it in its AppConfig.ready."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django.db.models import Q

from permissions.actors import PostRef
from permissions.models import Organisation, Post
from permissions.selectors import members_of, posts_with_holders

from . import rules
from .models import Policy, Run


@dataclass(frozen=True, slots=True)
class Signer:
    """A post asked to act, who holds it now and who stands in, and the person it is handed to if one is named."""

    post: PostRef
    holders: tuple[int, ...]
    handed_to: int | None = None
    substitutes: tuple[int, ...] = ()

    @property
    def answers(self) -> tuple[int, ...]:
        """The people whose task it is: whoever it is handed to, else the holders, else those who stand in."""
        return (self.handed_to,) if self.handed_to else self.holders or self.substitutes

    @property
    def told(self) -> tuple[int, ...]:
        """The people a notice goes to; a person it is handed to is told alone."""
        return (self.handed_to,) if self.handed_to else self.holders + self.substitutes


Resolver = Callable[..., Sequence[Signer]]
_RESOLVERS: dict[str, Resolver] = {}


def register(name: str) -> Callable[[Resolver], Resolver]:
    """Make a resolver known under the name that policies use."""

    def keep(function: Resolver) -> Resolver:
        _RESOLVERS[name] = function
        return function

    return keep


def known() -> set[str]:
    """The names a policy may use."""
    return set(_RESOLVERS)


def signers_where(condition: Q, *, at: datetime) -> list[Signer]:
    """The posts that meet a condition as signers (one statement)."""
    return [
        Signer(seat.post, seat.holders, substitutes=seat.substitutes)
        for seat in posts_with_holders(condition, at=at)
    ]


# --- recusal: who must not act on what ---


@dataclass(frozen=True, slots=True)
class Recused:
    """People and units that must stand aside."""

    people: frozenset[int] = frozenset()
    units: frozenset[int] = frozenset()


NOBODY = Recused()
Recusal = Callable[..., Recused]
_RECUSALS: dict[str, Recusal] = {}


def register_recusal(name: str) -> Callable[[Recusal], Recusal]:
    """Make a recusal known under the name that policies use; `function(run, now)` answers who stands aside."""

    def keep(function: Recusal) -> Recusal:
        _RECUSALS[name] = function
        return function

    return keep


def known_recusals() -> set[str]:
    """The names a policy may use."""
    return set(_RECUSALS)


def recused_by(policy: Policy, run: Run, *, now: datetime) -> Recused:
    """Everybody the policy's recusals name, and whoever belongs to a unit they name, in whichever post they act.

    A statement each and one for the units; none where the policy names none.
    """
    if not policy.recuse:
        return NOBODY
    found = [_RECUSALS[name](run, now=now) for name in policy.recuse]
    units = frozenset(unit for each in found for unit in each.units)
    people = {person for each in found for person in each.people}
    return Recused(frozenset(people | (members_of(units, at=now) if units else set())), units)


# --- whom a step asks ---


@dataclass(frozen=True, slots=True)
class Seat:
    """A signer of a step; `auto` says that the system marks the share at once, `by` for which person."""

    signer: Signer
    auto: str = ""
    by: int | None = None


@dataclass(frozen=True, slots=True)
class Asked:
    """Whom a step asks, and the empty posts it waits for (shown and told, never passed over)."""

    seats: tuple[Seat, ...]
    waits_for: str = ""


def asking(policy: Policy, run: Run, people: Any, node: Any, *, now: datetime) -> rules.Asking:
    """The policy on people together with who stands in which relation to this matter."""
    recused = recused_by(policy, run, now=now)
    return rules.Asking(
        judges=node.judges,
        on_self=policy.on_self,
        on_repeat=policy.on_repeat,
        submitters=people.submitters,
        signed_elsewhere=people.elsewhere,
        signed_here=people.here,
        recused=recused.people,
        recused_units=recused.units,
    )


def resolve(
    policy: Policy, run: Run, asking: rules.Asking, *, appended: Collection[int] = (), now: datetime
) -> Asked:
    """Resolve a policy's signers: who is free is asked, who must not sign is replaced, an empty post follows the policy.

    `appended` are posts named for this step in this run. One person holding several of the posts signs once; of
    several people in one post only those free to sign are told.
    """
    named = [*_RESOLVERS[policy.resolver](run, now=now)]
    if appended:
        named += signers_where(Q(pk__in=list(appended)), at=now)
    seats: list[Seat] = []
    empty: list[Signer] = []
    for signer in _one_each(named):
        placed = rules.place(asking, _candidate(signer))
        if placed == rules.Placed.ASK:
            seats.append(Seat(_fit(signer, asking)))
        elif placed in (rules.Placed.MERGE, rules.Placed.SKIP):
            marked = asking.free(_candidate(signer)) or frozenset(signer.answers)
            seats.append(Seat(signer, placed.value, min(marked)))
        else:
            free = _fit_ones(_instead(policy, signer, placed, now), asking)
            seats += map(Seat, free)
            if not free:
                empty.append(_fit(signer, asking))
    seats = _seats_once(seats)
    if seats and (not empty or policy.mode == Policy.Mode.ANY_OF):
        return Asked((*seats, *map(Seat, empty)))
    left: list[Signer] = []
    for lacking in [[signer] for signer in empty] or [[]]:
        stand_ins = _fit_ones(_stand_ins(policy, lacking, now), asking)
        seats = _seats_once([*seats, *map(Seat, stand_ins)])
        left += [] if stand_ins else lacking
    waits_for = "、".join(signer.post.name for signer in left) or ("" if seats else policy.name)
    return Asked((*seats, *map(Seat, left)), waits_for)


def _fit(signer: Signer, asking: rules.Asking) -> Signer:
    """The post with only those of its people who may sign; whoever must not is not even told."""
    if signer.post.organisation_id in asking.recused_units:
        return replace(signer, holders=(), substitutes=())
    holders = tuple(person for person in signer.holders if person not in asking.barred)
    substitutes = tuple(person for person in signer.substitutes if person not in asking.barred)
    return replace(signer, holders=holders, substitutes=substitutes)


def _fit_ones(signers: Sequence[Signer], asking: rules.Asking) -> list[Signer]:
    """Those posts that have somebody who may sign."""
    return [_fit(signer, asking) for signer in signers if asking.free(_candidate(signer))]


def _candidate(signer: Signer) -> rules.Candidate:
    return rules.Candidate(signer.post.id, signer.post.organisation_id, frozenset(signer.answers))


def _one_each(signers: Sequence[Signer]) -> list[Signer]:
    by_post = {signer.post.id: signer for signer in signers}
    return [by_post[kept.post] for kept in rules.one_each([_candidate(s) for s in by_post.values()])]


def _seats_once(seats: Sequence[Seat]) -> tuple[Seat, ...]:
    by_post = {seat.signer.post.id: seat for seat in reversed(seats)}
    kept = rules.one_each([_candidate(seat.signer) for seat in seats])
    return tuple(by_post[candidate.post] for candidate in kept)


def _instead(policy: Policy, signer: Signer, placed: rules.Placed, now: datetime) -> list[Signer]:
    """Who signs instead of somebody who must not: the head of the unit, or the policy's alternate."""
    if placed == rules.Placed.HEAD:
        head = Q(organisation=signer.post.organisation_id, duty=Post.Duty.HEAD)
        return signers_where(head, at=now)
    if placed == rules.Placed.ALTERNATE and policy.alternate_id:
        return signers_where(Q(pk=policy.alternate_id), at=now)
    return []


def _stand_ins(policy: Policy, empty: Sequence[Signer], now: datetime) -> list[Signer]:
    """Who signs for an empty post, by the policy."""
    if policy.on_empty == Policy.OnEmpty.NAMED:
        found = signers_where(Q(pk=policy.stand_in_id), at=now)
    elif policy.on_empty == Policy.OnEmpty.ADMIN:
        found = signers_where(Q(organisation__code=rules.CAMPAIGN_OFFICE, duty=Post.Duty.DESK), at=now)
    elif policy.on_empty == Policy.OnEmpty.PARENT_UNIT and empty:
        units = [signer.post.organisation_id for signer in empty]
        parents = Organisation.objects.filter(children__in=units).values("pk")
        found = signers_where(Q(organisation__in=parents, duty=Post.Duty.DESK), at=now)
    else:
        return []
    return [signer for signer in found if signer.answers]


@register("run.initiator")
def initiator(run: Run, *, now: datetime) -> list[Signer]:
    """The person who started the run, in the post it was started from."""
    signers = signers_where(Q(pk=run.initiator_post_id), at=now)
    return [
        replace(signer, handed_to=run.initiator_id if run.initiator_id in signer.holders else None)
        for signer in signers
    ]
