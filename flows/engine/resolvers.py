"""Resolvers: a policy names one, the room that knows the answer registers it in its AppConfig.ready."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django.db.models import Q

from permissions.actors import PostRef
from permissions.models import Organisation, Post
from permissions.selectors import posts_with_holders

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

    def is_empty(self, barred: Collection[int | None] = ()) -> bool:
        """Whether nobody answers but those barred; nobody signs for a barred holder either."""
        return not set(self.answers) - set(barred)


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


@dataclass(frozen=True, slots=True)
class Asked:
    """Whom a step asks, and the empty posts it waits for (shown and told, never passed over)."""

    signers: tuple[Signer, ...]
    waits_for: str = ""


def resolve(policy: Policy, run: Run, *, barred: Collection[int | None] = (), now: datetime) -> Asked:
    """Resolve a policy's signers; an empty post follows the policy: wait and say so, or a stand-in.

    `barred` are the people who must not sign: a post held by nobody else counts as empty. One person holding
    several of the posts signs once.
    """
    signers = _one_each(_RESOLVERS[policy.resolver](run, now=now))
    empty = [signer for signer in signers if signer.is_empty(barred)]
    if signers and (not empty or (policy.mode == Policy.Mode.ANY_OF and len(empty) < len(signers))):
        return Asked(signers)
    stand_ins = _stand_ins(policy, empty, now)
    if not all(signer.is_empty(barred) for signer in stand_ins):
        kept = [signer for signer in signers if signer not in empty]
        return Asked(_one_each([*kept, *stand_ins]))
    return Asked(signers, "、".join(signer.post.name for signer in empty) or policy.name)


def _one_each(signers: Sequence[Signer]) -> tuple[Signer, ...]:
    """Each post once, and each person once who is the only one to answer for several of them."""
    found: dict[object, Signer] = {}
    for signer in {signer.post.id: signer for signer in signers}.values():
        found.setdefault(signer.answers if len(signer.answers) == 1 else signer.post.id, signer)
    return tuple(found.values())


def _stand_ins(policy: Policy, empty: Sequence[Signer], now: datetime) -> tuple[Signer, ...]:
    if policy.on_empty == Policy.OnEmpty.NAMED:
        found = signers_where(Q(pk=policy.stand_in_id), at=now)
    elif policy.on_empty == Policy.OnEmpty.PARENT_UNIT and empty:
        units = [signer.post.organisation_id for signer in empty]
        parents = Organisation.objects.filter(children__in=units).values("pk")
        found = signers_where(Q(organisation__in=parents, duty=Post.Duty.DESK), at=now)
    else:
        return ()
    return tuple(signer for signer in found if signer.answers)


@register("run.initiator")
def initiator(run: Run, *, now: datetime) -> list[Signer]:
    """The person who started the run, in the post it was started from."""
    signers = signers_where(Q(pk=run.initiator_post_id), at=now)
    return [
        replace(signer, handed_to=run.initiator_id if run.initiator_id in signer.holders else None)
        for signer in signers
    ]


def describe(signers: Sequence[Signer]) -> list[dict[str, Any]]:
    """What the record keeps of those asked."""
    return [{"post": signer.post.id, "name": signer.post.name} for signer in signers]
