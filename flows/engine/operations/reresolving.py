"""Re-resolution: when people change, the open tasks of their posts follow, and whoever is new is told once."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from uuid import UUID

from django.db.models import Q
from procrastinate.contrib.django import app
from viewflow.workflow.status import PROCESS, STATUS

from hetang_flow.lib.errors import WrongState
from notifications.selectors import told_already
from permissions.actors import SYSTEM, Actor
from permissions.selectors import Seat, organisations_of, posts_stood_in_from, posts_with_holders

from .. import resolvers, rules
from ..models import Assignment, Policy, Step
from ..selectors_policy import policy_by_id
from ..standing import people_in
from .move import Move, moving

JOB = "flows.engine.tasks.reresolve_posts"
LATER = {"seconds": 30}
ASKED = (rules.OPEN, rules.WAITING)
TODO = "todo:"


def reresolve(
    post_ids: Iterable[int], *, by: Actor, now: datetime, successors: Mapping[int, int] | None = None
) -> int:
    """Bring every open task asked of these posts to the people of now; returns how many steps changed.

    Each run is its own transaction, in the order of their keys; one that is busy is left to a job. `successors`
    says to whom the tasks handed to a leaver go. Doing it again changes nothing.
    """
    posts = set(post_ids)
    posts |= posts_stood_in_from(posts, at=now)
    heirs = dict(successors or {})
    changed, busy = 0, set[int]()
    for (run_id, closed), asked in _open_runs(posts).items():
        # Whoever changes the people of a post does not learn which confidential matters lie with it.
        whose = SYSTEM if closed else by
        try:
            done = _reresolve_run(run_id, asked, heirs, by=whose, now=now)
            changed += 0 if closed else done
        except WrongState as refusal:
            if refusal.code != "busy":
                raise
            busy |= asked
    if busy:
        later = app.configure_task(JOB, queue="people", schedule_in=LATER)
        later.defer(post_ids=sorted(busy), successors=[list(pair) for pair in heirs.items()])
    return changed


def _open_runs(posts: Collection[int]) -> dict[tuple[UUID, bool], set[int]]:
    """The runs in which something is asked of these posts, by key and whether it is confidential; which of the posts."""
    found: dict[tuple[UUID, bool], set[int]] = {}
    rows = Assignment.objects.filter(post_id__in=posts, status__in=ASKED, run__status=PROCESS.NEW)
    columns = ("run__public_id", "run__confidential", "post_id")
    for run_id, closed, post_id in rows.order_by("run_id").values_list(*columns):
        found.setdefault((run_id, closed), set()).add(post_id)
    return found


def _reresolve_run(
    run_id: UUID, posts: Collection[int], heirs: Mapping[int, int], *, by: Actor, now: datetime
) -> int:
    with moving(run_id, by=by, now=now) as move:
        if move.run.status != PROCESS.NEW or move.run.flow_class.instance.on_people(move):
            return 0
        asked = [s for s in move.load() if s.status in ASKED and s.step.status == STATUS.NEW]
        steps = {share.step_id for share in asked if share.post_id in posts}
        return follow(move, [share for share in asked if share.step_id in steps], heirs=heirs)


def follow(move: Move, shares: Sequence[Assignment], *, heirs: Mapping[int, int] | None = None) -> int:
    """Bring these asked shares of open steps to the people of now; returns how many steps changed.

    Whoever was told of a share before, at whichever opening of it, is not told again (three statements and one for
    each step).
    """
    heirs = heirs or {}
    steps = {share.step_id: share.step for share in shares}
    found = posts_with_holders(Q(pk__in={share.post_id for share in shares}), at=move.now)
    seats = {seat.post.id: seat for seat in found}
    units = organisations_of({s.handed_to_id for s in shares} | {*heirs.values()} - {None}, at=move.now)
    told = _told(move, shares, found)
    changed = 0
    for step in steps.values():
        turn = Turn(move, step, [share for share in shares if share.step_id == step.pk])
        turn.hand_back(heirs, units)
        turn.tell(turn.resolve(seats), told)
        changed += turn.close()
    return changed


def _told(move: Move, shares: Sequence[Assignment], seats: Iterable[Seat]) -> set[tuple[int, int]]:
    """Who has heard of which share, when it was made or when its turn came; as pairs of share and person."""
    people = {person for seat in seats for person in (*seat.holders, *seat.substitutes)}
    people |= {share.handed_to_id for share in shares} - {None}
    told = told_already(people, about=move.run.public_id, prefix=TODO)
    return {(int(key.split(":")[1]), person) for key, person in told}


def _key(share: Assignment) -> str:
    return f"{TODO}{share.pk}:{share.opened.timestamp()}"


class Turn:
    """One open step whose people may have changed: what becomes of it, then its one entry."""

    def __init__(self, move: Move, step: Step, shares: Sequence[Assignment]) -> None:
        self.move, self.step, self.shares = move, step, list(shares)
        self.policy = policy_by_id(step.policy_id)
        people = people_in(move.run, move.shares, self.policy)
        self.asking = resolvers.asking(self.policy, move.run, people, step.flow_task, now=move.now)
        self.posts: dict[int, str] = {}  # the posts on which anything changes
        self.fresh: list[Assignment] = []
        self.waits_for = step.waits_for

    def concerns(self, share: Assignment) -> None:
        """This share's post is one of those on which something changes."""
        self.posts[share.post_id] = share.post.name

    def hand_back(self, heirs: Mapping[int, int], units: Mapping[int, set[int]]) -> None:
        """A task handed to somebody who has left the unit goes to the successor there, else back to the post."""
        for share in self.shares:
            unit, person = share.post.organisation_id, share.handed_to_id
            if person is None or unit in units.get(person, ()):
                continue
            heir = heirs.get(person)
            fits = heir is not None and heir not in self.asking.barred and unit in units.get(heir, ())
            share.handed_to_id = heir if fits else None
            share.opened, share.seen_at = self.move.now, None
            self.concerns(share)

    def resolve(self, seats: Mapping[int, Seat]) -> list[tuple[Assignment, resolvers.Signer]]:
        """Ask each person once, put others in the place of nobody where the policy says so; returns who is asked now."""
        signers = {}
        for share in self.shares:
            seat = seats[share.post_id]
            signers[share.pk] = resolvers.Signer(
                seat.post, seat.holders, share.handed_to_id, seat.substitutes
            )
        self._merge(signers)
        asked = [share for share in self.shares if share.status in ASKED]
        empty = [share for share in asked if self._counts(share) and not self._free(share, signers[share.pk])]
        if self._one_is_enough(asked, empty):
            empty = []
        empty = [share for share in empty if not self._replace(share, signers[share.pk])]
        if self._one_is_enough(self.fresh, empty):
            empty = []
        self._wait_for(empty)
        return [(share, signers[share.pk]) for share in asked if share.status == rules.OPEN]

    def _counts(self, share: Assignment) -> bool:
        """Whether the step cannot go on without this share: a signature, or an opinion that one waits for."""
        return share.role == rules.SIGN or share.blocks

    def _free(self, share: Assignment, signer: resolvers.Signer) -> frozenset[int]:
        """Who may do what is asked here."""
        candidate = resolvers.candidate(signer)
        return self.asking.free(candidate) if share.role == rules.SIGN else candidate.people

    def _one_is_enough(self, asked: Sequence[Assignment], empty: Sequence[Assignment]) -> bool:
        """Whether any one signs and somebody still can."""
        signing = [s for s in asked if s.role == rules.SIGN and s.root_id is None and s not in empty]
        return self.policy.mode == Policy.Mode.ANY_OF and bool(signing)

    def _merge(self, signers: Mapping[int, resolvers.Signer]) -> None:
        """One person left in several of the posts signs once; in a vote each post keeps its weight."""
        if self.policy.mode == Policy.Mode.VOTE:
            return
        roots = {share.root_id for share in self.move.shares}
        single = [s for s in self.shares if s.role == rules.SIGN and s.root_id is None and s.pk not in roots]
        kept = {signer.post.id for signer in resolvers.one_each([signers[share.pk] for share in single])}
        for share in single:
            if share.post_id not in kept:
                share.status = rules.VOID
                self.concerns(share)

    def _replace(self, share: Assignment, signer: resolvers.Signer) -> bool:
        """Put whoever the policy names in the place of a post that has nobody left; whether it names anybody new."""
        known = {other.post_id for other in self.move.of(self.step) if other.status not in rules.GONE}
        others = (
            resolvers.replacements(self.policy, signer, self.asking, now=self.move.now)
            if share.role == rules.SIGN
            else []
        )
        other = next((other for other in others if other.post.id not in known), None)
        if other is None:
            return False
        same = ("run_id", "role", "root_id", "turn", "group", "group_mode", "weight", "order", "status")
        values = {name: getattr(share, name) for name in same}
        fresh = Assignment(step=self.step, post_id=other.post.id, opened=self.move.now, **values)
        share.status = rules.VOID
        self.move.write([share])
        self.move.add([fresh])
        self.fresh.append(fresh)
        for child in self.move.of(self.step):
            if child.root_id == share.pk:
                child.root_id = fresh.pk
        self.concerns(share)
        self.posts[other.post.id] = other.post.name
        if fresh.status == rules.OPEN:
            self.move.tell("step.todo", self.step, other.told, key=f"todo:{fresh.pk}")
        return True

    def _wait_for(self, empty: Sequence[Assignment]) -> None:
        """Note what the step waits for now."""
        names = {share.post_id: share.post.name for share in empty}
        self.waits_for = "、".join(names.values())
        for share in self.shares if self.waits_for != self.step.waits_for else ():
            if (share.post_id in names) != (share.post.name in self.step.waits_for):
                self.concerns(share)

    def tell(
        self, asked: Sequence[tuple[Assignment, resolvers.Signer]], told: Collection[tuple[int, int]]
    ) -> None:
        """Tell whoever is new."""
        for share, signer in asked:
            self._tell(share, signer, told)

    def _tell(self, share: Assignment, signer: resolvers.Signer, told: Collection[tuple[int, int]]) -> None:
        """Each person once; a task that came back is told to all who have it now."""
        came_back = share.handed_to_id != share.kept["handed_to_id"]
        people = set(signer.told if came_back else signer.answers)
        if share.role == rules.SIGN:
            people -= self.asking.barred
        if not came_back:
            people = {person for person in people if (share.pk, person) not in told}
            people = set() if share.handed_to_id else people
        if people:
            kind = "step.todo"
            if share.role == rules.ADVISE:
                kind = "step.delegated" if share.blocks else "step.consulted"
            self.concerns(share)
            self.move.tell(kind, self.step, people, key=_key(share))

    def close(self) -> bool:
        """Write what changed with one entry for all of it; whether anything did."""
        if self.waits_for != self.step.waits_for:
            self._wait()
        self.move.write(self.move.of(self.step))
        if not self.posts:
            return False
        posts = [{"post": key, "name": name} for key, name in sorted(self.posts.items())]
        self.move.record("step.reresolved", self.step, posts=posts, waits_for=self.waits_for)
        return True

    def _wait(self) -> None:
        step = self.step
        rows = Step.objects.filter(pk=step.pk, status=STATUS.NEW, waits_for=step.waits_for)
        self.move.change_one(rows, waits_for=self.waits_for)
        step.waits_for = self.waits_for
        if self.waits_for:
            key = f"blocked:{step.pk}:{self.move.now.timestamp()}"
            self.move.tell_campaign_office("step.blocked", step, key=key, post=self.waits_for)
