"""What an open step comes to under another version of its policy: told beforehand, and done in the same words.

The rehearsal and the migration both ask here, so that what was shown is what happens.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from flows.deadlines import rules as deadlines
from hetang_flow.lib.clock import district_day

from . import resolvers, rules
from .models import Assignment, Policy, Run, Step
from .standing import people_in, read_kin

GONE = (rules.VOID, rules.TRANSFERRED, rules.REMOVED)


@dataclass(frozen=True, slots=True)
class Place:
    """An open step of a run, with every share of that run."""

    run: Run
    step: Step
    shares: Sequence[Assignment]

    @property
    def here(self) -> list[Assignment]:
        """The shares of this step."""
        return [share for share in self.shares if share.step_id == self.step.pk]


@dataclass(frozen=True, slots=True)
class Due:
    """The day a step is due, first by its limit alone, then with the days it stood still."""

    first: deadlines.DueDay
    day: deadlines.DueDay


@dataclass(frozen=True, slots=True)
class Replan:
    """An open step under another version: its seats in order, each with the share that keeps it; what was signed and
    stays, what leaves, the empty posts it waits for, when it is due, and what the tally then says.
    """

    place: Place
    policy: Policy
    seats: tuple[tuple[resolvers.Seat, Assignment | None], ...]
    stays: tuple[Assignment, ...]
    leaves: tuple[Assignment, ...]
    waits_for: str
    due: Due | None
    result: str

    @property
    def added(self) -> list[resolvers.Seat]:
        """The seats nobody has yet."""
        return [seat for seat, share in self.seats if share is None]

    def weight_of(self, seat: resolvers.Seat) -> int:
        """What a seat weighs in a vote."""
        return int(self.policy.weights.get(seat.signer.post.code, 1))

    @property
    def asked(self) -> frozenset[int]:
        """The posts that are asked afterwards and have not signed."""
        kept = {share.post_id for seat, share in self.seats if share and is_open(share) and not seat.auto}
        return frozenset(kept | {seat.signer.post.id for seat in self.added if not seat.auto})


def is_open(share: Assignment) -> bool:
    """Whether a share still waits for its signature, now or when its turn comes."""
    return share.status in rules.UNDECIDED


def replan(
    policy: Policy, places: Sequence[Place], *, calendar: deadlines.WorkCalendar, now: datetime
) -> list[Replan]:
    """What each of these steps comes to under this version; as many statements for many as for one."""
    runs = [place.run for place in places]
    appended = {p.run.pk: p.run.appended.get(p.step.flow_task.name, ()) for p in places}
    named = resolvers.named_by(policy, runs, appended=appended, now=now)
    recused = resolvers.recused_from(policy, runs, now=now)
    everybody = [signer for signers in named.values() for signer in signers]
    reserve = resolvers.Reserve(policy, everybody, now=now)
    read_kin(runs)
    found = []
    for place in places:
        others = [share for share in place.shares if share.step_id != place.step.pk]
        people = people_in(place.run, others, policy)
        asking = resolvers.asking(
            policy, place.run, people, place.step.flow_task, now=now, recused=recused[place.run.pk]
        )
        asked = resolvers.seated(policy, named[place.run.pk], asking, reserve)
        found.append(_replan(policy, place, asked, _due(policy, place, calendar)))
    return found


def _replan(policy: Policy, place: Place, asked: resolvers.Asked, due: Due | None) -> Replan:
    by_id = {share.pk: share for share in place.here}
    by_post = {seat.signer.post.id: seat for seat in asked.seats}
    wanted = [rules.Wanted(post, frozenset(seat.signer.answers)) for post, seat in by_post.items()]
    reseated = rules.reseat(_taken(place.here), wanted)
    plan = Replan(
        place,
        policy,
        tuple((by_post[post], by_id[share] if share else None) for post, share in reseated.seats),
        tuple(by_id[share] for share in reseated.stays),
        tuple(by_id[share] for share in reseated.leaves),
        asked.waits_for,
        due,
        rules.PENDING,
    )
    # Nobody named is an empty post, whatever has been signed: it is never passed over.
    result = rules.arrange(policy.terms, _afterwards(plan)).result if asked.seats else rules.PENDING
    return replace(plan, result=result)


def passed_on(shares: Iterable[Assignment]) -> dict[int, list[Assignment]]:
    """The shares that each signer's share was passed on from, by its key."""
    tops = [share for share in shares if share.role == rules.SIGN and share.root_id is None]
    # What time took from several at once went to the one alternate.
    timed = {s.order for s in tops if s.status == rules.TRANSFERRED and s.auto == Assignment.Auto.TIMEOUT}
    seats: dict[int, list[Assignment]] = {}
    for share in tops:
        seats.setdefault(min(timed) if share.order in timed else share.order, []).append(share)
    return {
        live.pk: [share for share in together if share.status == rules.TRANSFERRED]
        for together in seats.values()
        for live in together
        if live.status not in GONE
    }


def _taken(shares: Sequence[Assignment]) -> list[rules.Taken]:
    """Every share that counts: those the policy named first, then those that signers added."""
    before = passed_on(shares)
    counted = [share for share in shares if share.role == rules.SIGN and share.status not in GONE]
    return [
        rules.Taken(
            share.pk,
            share.post_id,
            frozenset(other.post_id for other in before.get(share.pk, ())),
            frozenset()
            if is_open(share)
            else frozenset({share.decided_by_id, share.decided_for_id} - {None}),
            added=share.root_id is not None,
        )
        for share in sorted(counted, key=lambda share: share.root_id is not None)
    ]


def _afterwards(plan: Replan) -> list[rules.Share]:
    """The shares as they will be, for the tally; a new one has no key yet."""
    tops = [share.as_share() for share in plan.stays]
    for number, (seat, share) in enumerate(plan.seats, 1):
        status = rules.APPROVED if seat.auto else rules.OPEN
        if share is not None and not (seat.auto and is_open(share)):
            status = share.status
        old = rules.Share(-number, status) if share is None else share.as_share()
        tops.append(replace(old, status=status, root=None, turn=0, group=0, weight=plan.weight_of(seat)))
    moved = {share.id for share in tops} | {share.pk for share in plan.leaves}
    return tops + [share.as_share() for share in plan.place.here if share.pk not in moved]


def _due(policy: Policy, place: Place, calendar: deadlines.WorkCalendar) -> Due | None:
    """The day from the step's opening; the working days it stood still are added again."""
    step = place.step
    first = place.run.flow_class.instance.due_of(place.run, step.flow_task)
    if first is None and policy.limit_days is not None:
        first = deadlines.due_day(district_day(step.created), policy.limit_days, calendar)
    if first is None:
        return None
    stood = 0
    if step.due_on and step.first_due_on and step.due_on > step.first_due_on:
        stood = deadlines.working_days_between(step.first_due_on, step.due_on, calendar)
    return Due(first, deadlines.due_day(first.day, stood, calendar) if stood else first)
