"""Resolvers: a policy names one, the room that knows the answer registers it in its AppConfig.ready.

One that is registered with `many=True` answers for several runs at once, so that a rehearsal over many runs costs as
many statements as one over few.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property
from typing import Any

from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from permissions.actors import PostRef
from permissions.models import Organisation, Post
from permissions.selectors import Seat as Held
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


Resolver = Callable[..., Mapping[int, Sequence[Signer]]]
_RESOLVERS: dict[str, Resolver] = {}
_LABELS: dict[str, Any] = {}


def register(name: str, *, many: bool = False, label: Any = "") -> Callable[[Any], Any]:
    """Make a resolver known under the name that policies use, and under the one that people read.

    `function(run, now)` answers with the signers; with `many`, `function(runs, now)` with those of each by its key.
    """

    def keep(function: Any) -> Any:
        _RESOLVERS[name] = function if many else _each_by_itself(function)
        _LABELS[name] = label
        return function

    return keep


def _each_by_itself(function: Callable[..., Any]) -> Callable[..., Mapping[int, Any]]:
    return lambda runs, *, now: {run.pk: function(run, now=now) for run in runs}


def known() -> set[str]:
    """The names a policy may use."""
    return set(_RESOLVERS)


def label_of(name: str) -> str:
    """What people read for a resolver or a recusal; its name where nobody gave words."""
    return str(_LABELS.get(name) or name)


def named(name: str, runs: Sequence[Run], *, now: datetime) -> dict[int, list[Signer]]:
    """Whom a resolver names in each run, by the run's key; for a room whose data name a resolver."""
    found = _RESOLVERS[name](runs, now=now)
    return {run.pk: [*found.get(run.pk, ())] for run in runs}


def named_by(
    policy: Policy, runs: Sequence[Run], *, appended: Mapping[int, Collection[int]], now: datetime
) -> dict[int, list[Signer]]:
    """Whom the policy's resolver names in each run, and the posts appended to this step there."""
    found = _RESOLVERS[policy.resolver](runs, now=now)
    named = {run.pk: [*found.get(run.pk, ())] for run in runs}
    wanted = {post for posts in appended.values() for post in posts}
    further = signers_where(Q(pk__in=wanted), at=now) if wanted else []
    for run in runs:
        named[run.pk] += [signer for signer in further if signer.post.id in appended.get(run.pk, ())]
    return named


def signers_where(condition: Q, *, at: datetime) -> list[Signer]:
    """The posts that meet a condition as signers (one statement)."""
    return [_signer(seat) for seat in posts_with_holders(condition, at=at)]


def signers_by_run(runs: QuerySet, condition: Q = Q(), *, at: datetime) -> dict[int, list[Signer]]:  # noqa: B008
    """The signers of several runs by the run's key (one statement); `runs` are the keys for the outer post."""
    found: dict[int, list[Signer]] = {}
    for seat in posts_with_holders(condition, at=at, about=runs):
        for run in seat.about:
            found.setdefault(run, []).append(_signer(seat))
    return found


def _signer(seat: Held) -> Signer:
    return Signer(seat.post, seat.holders, substitutes=seat.substitutes)


# --- recusal: who must not act on what ---


@dataclass(frozen=True, slots=True)
class Recused:
    """People and units that must stand aside."""

    people: frozenset[int] = frozenset()
    units: frozenset[int] = frozenset()


NOBODY = Recused()
Recusal = Callable[..., Mapping[int, Recused]]
_RECUSALS: dict[str, Recusal] = {}


def register_recusal(name: str, *, many: bool = False, label: Any = "") -> Callable[[Any], Any]:
    """Make a recusal known as `register` does a resolver; its function answers who stands aside."""

    def keep(function: Any) -> Any:
        _RECUSALS[name] = function if many else _each_by_itself(function)
        _LABELS[name] = label
        return function

    return keep


def known_recusals() -> set[str]:
    """The names a policy may use."""
    return set(_RECUSALS)


def recused_by(policy: Policy, run: Run, *, now: datetime) -> Recused:
    """Everybody the policy's recusals name, and whoever belongs to a unit they name, in whichever post they act.

    A statement each and one for the units; none where the policy names none.
    """
    return recused_from(policy, [run], now=now)[run.pk]


def recused_from(policy: Policy, runs: Sequence[Run], *, now: datetime) -> dict[int, Recused]:
    """The same for several runs at once, by the run's key."""
    found = [_RECUSALS[name](runs, now=now) for name in policy.recuse]
    together = {run.pk: _together(each.get(run.pk, NOBODY) for each in found) for run in runs}
    units = {unit for each in together.values() for unit in each.units}
    members = members_of(units, at=now) if units else {}
    return {
        key: replace(each, people=each.people.union(*(members.get(unit, ()) for unit in each.units)))
        for key, each in together.items()
    }


def _together(found: Iterable[Recused]) -> Recused:
    several = [*found]
    return Recused(
        frozenset(person for each in several for person in each.people),
        frozenset(unit for each in several for unit in each.units),
    )


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


def asking(
    policy: Policy, run: Run, people: Any, node: Any, *, now: datetime, recused: Recused | None = None
) -> rules.Asking:
    """The policy on people together with who stands in which relation to this matter; reads the recused if not given."""
    recused = recused or recused_by(policy, run, now=now)
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
    named = named_by(policy, [run], appended={run.pk: appended}, now=now)[run.pk]
    return seated(policy, named, asking, Reserve(policy, named, now=now))


def seated(policy: Policy, named: Sequence[Signer], asking: rules.Asking, reserve: "Reserve") -> Asked:
    """Whom a step asks of those named: nothing is read but the reserve, and that only if it is needed."""
    seats: list[Seat] = []
    empty: list[Signer] = []
    for signer in one_each(named):
        placed = rules.place(asking, candidate(signer))
        if placed == rules.Placed.ASK:
            seats.append(Seat(_fit(signer, asking)))
        elif placed in (rules.Placed.MERGE, rules.Placed.SKIP):
            marked = asking.free(candidate(signer)) or frozenset(signer.answers)
            seats.append(Seat(signer, placed.value, min(marked)))
        else:
            free = _fit_ones(reserve.instead_of(signer, placed), asking)
            seats += map(Seat, free)
            if not free:
                empty.append(_fit(signer, asking))
    seats = _seats_once(seats)
    if seats and (not empty or policy.mode == Policy.Mode.ANY_OF):
        return Asked((*seats, *map(Seat, empty)))
    left: list[Signer] = []
    for lacking in [[signer] for signer in empty] or [[]]:
        stand_ins = _fit_ones(reserve.stand_ins(lacking), asking)
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
    return [_fit(signer, asking) for signer in signers if asking.free(candidate(signer))]


def replacements(policy: Policy, signer: Signer, asking: rules.Asking, *, now: datetime) -> list[Signer]:
    """Who signs instead of a post that has nobody free any more; nobody where the policy names nobody."""
    placed = rules.place(asking, candidate(signer))
    reserve = Reserve(policy, [signer], now=now)
    for others in (reserve.instead_of(signer, placed), reserve.stand_ins([signer])):
        free = _fit_ones(others, asking)
        if free:
            return free
    return []


def candidate(signer: Signer) -> rules.Candidate:
    """A signer as the rules see it."""
    return rules.Candidate(signer.post.id, signer.post.organisation_id, frozenset(signer.answers))


def one_each(signers: Sequence[Signer]) -> list[Signer]:
    """Each post once, and each person once who is the only one to answer for several of them."""
    by_post = {signer.post.id: signer for signer in signers}
    return [by_post[kept.post] for kept in rules.one_each([candidate(s) for s in by_post.values()])]


def _seats_once(seats: Sequence[Seat]) -> tuple[Seat, ...]:
    by_post = {seat.signer.post.id: seat for seat in reversed(seats)}
    kept = rules.one_each([candidate(seat.signer) for seat in seats])
    return tuple(by_post[one.post] for one in kept)


class Reserve:
    """Who may sign instead: read when it is first needed, for all the runs together (one statement, two for parents)."""

    def __init__(self, policy: Policy, named: Iterable[Signer], *, now: datetime) -> None:
        self.policy, self.now = policy, now
        self.units = {signer.post.organisation_id for signer in named}

    @cached_property
    def signers(self) -> list[Signer]:
        """The heads of the units, the alternate, and whoever signs for an empty post."""
        policy = self.policy
        wanted = Q(pk__in=[post for post in (policy.alternate_id, policy.stand_in_id) if post])
        if policy.on_self == Policy.OnSelf.TO_HEAD:
            wanted |= Q(organisation__in=self.units, duty=Post.Duty.HEAD)
        if policy.on_empty == Policy.OnEmpty.ADMIN:
            wanted |= Q(organisation__code=rules.CAMPAIGN_OFFICE, duty=Post.Duty.DESK)
        if policy.on_empty == Policy.OnEmpty.PARENT_UNIT:
            wanted |= Q(organisation__in=set(self.parents.values()), duty=Post.Duty.DESK)
        return signers_where(wanted, at=self.now)

    @cached_property
    def parents(self) -> dict[int, int]:
        """The unit above each unit."""
        units = Organisation.objects.filter(pk__in=self.units, parent__isnull=False)
        return dict(units.values_list("pk", "parent_id"))

    def instead_of(self, signer: Signer, placed: rules.Placed) -> list[Signer]:
        """Who signs instead of somebody who must not: the head of the unit, or the policy's alternate."""
        if placed == rules.Placed.HEAD:
            return self._heads(signer.post.organisation_id)
        if placed == rules.Placed.ALTERNATE and self.policy.alternate_id:
            return [other for other in self.signers if other.post.id == self.policy.alternate_id]
        return []

    def _heads(self, unit: int) -> list[Signer]:
        return [s for s in self.signers if (s.post.organisation_id, s.post.duty) == (unit, Post.Duty.HEAD)]

    def stand_ins(self, empty: Sequence[Signer]) -> list[Signer]:
        """Who signs for these empty posts, by the policy."""
        if self.policy.on_empty == Policy.OnEmpty.BLOCK:
            return []
        return [signer for signer in self.signers if signer.answers and self._stands_in(signer, empty)]

    def _stands_in(self, signer: Signer, empty: Sequence[Signer]) -> bool:
        match self.policy.on_empty:
            case Policy.OnEmpty.NAMED:
                return signer.post.id == self.policy.stand_in_id
            case Policy.OnEmpty.ADMIN:
                return (signer.post.organisation_code, signer.post.duty) == (
                    rules.CAMPAIGN_OFFICE,
                    Post.Duty.DESK,
                )
        above = {self.parents.get(each.post.organisation_id) for each in empty}
        return signer.post.duty == Post.Duty.DESK and signer.post.organisation_id in above


@register("run.initiator", many=True, label=_("whoever started it"))
def initiator(runs: Sequence[Run], *, now: datetime) -> dict[int, list[Signer]]:
    """The person who started the run, in the post it was started from; nobody where the system did."""
    wanted = {run.initiator_post_id for run in runs} - {None}
    posts = signers_where(Q(pk__in=wanted), at=now) if wanted else []
    return {
        run.pk: [
            replace(signer, handed_to=run.initiator_id if run.initiator_id in signer.holders else None)
            for signer in posts
            if signer.post.id == run.initiator_post_id
        ]
        for run in runs
    }


@register("headquarters.confirmers", many=True, label=_("the desk of the headquarters office"))
def headquarters(runs: Sequence[Run], *, now: datetime) -> dict[int, list[Signer]]:
    """The desk of the headquarters office, the second pair of eyes over the campaign office."""
    desk = Q(duty=Post.Duty.DESK, organisation__code=rules.HEADQUARTERS_OFFICE)
    return dict.fromkeys((run.pk for run in runs), signers_where(desk, at=now))
