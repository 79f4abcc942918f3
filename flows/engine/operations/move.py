"""A Move: one operation on one locked Run, its rows written once, its record and notices flushed at the end.

Lock order: Run (a parent before its child), Project (an Effect), Step, Assignment, Chain (the record), the persons'
notice counters.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from functools import reduce
from operator import or_
from typing import Any
from uuid import UUID

from django.db import OperationalError, transaction
from django.db.models import Case, F, Q, Value, When
from django.db.models.expressions import RawSQL
from psycopg.errors import LockNotAvailable
from viewflow.workflow.status import STATUS

from flows.deadlines.selectors import version_query
from hetang_flow.lib.errors import NotAllowed, NotFound, WrongState
from permissions.actors import SYSTEM, Actor, PostRef
from permissions.selectors import post_ref

from .. import resolvers, rules
from ..models import Assignment, Run, Step
from ..selectors_policy import policy_by_id
from ..standing import shares_with_rights, standing
from .walk import Walk

WRITTEN = (
    "status", "handed_to_id", "root_id", "opened", "seen_at", "decided", "decided_by_id", "decided_for_id",
    "opinion", "auto", "order", "weight", "turn", "group",
)  # fmt: skip
RUN_COLUMNS = ("status", "finished", "round", "outcome", "suspended_at", "appended", "policies")


class Move(Walk):
    """What one operation changes on one run; nodes reach it as `run.move`."""

    def __init__(self, *, by: Actor, now: datetime) -> None:
        super().__init__(by=by, now=now)
        self.subject: Any = None  # the row of another room that the run is about, once one has read it
        self.others: list[Move] = []
        self.steps_read = False

    def adopt(self, run: Run) -> None:
        """Take a run, new or locked, as the one this move is about."""
        self.run, run.move = run, self
        self._before = self._columns()

    def also(self, run: Run) -> "Move":
        """Move another locked run in the same operation; record and notices are written together."""
        other = self.beside()
        other.adopt(run)
        return other

    def beside(self) -> "Move":
        """A move for a run that is yet to be adopted, flushed together with this one."""
        other = Move(by=self.by, now=self.now)
        other.entries, other.notices, other.copies = self.entries, self.notices, self.copies
        other.on_behalf_of, other.others = self.on_behalf_of, self.others
        self.others.append(other)
        return other

    def _columns(self) -> dict[str, Any]:
        return {name: getattr(self.run, name) for name in RUN_COLUMNS}

    # --- reading under the lock ---

    def load(self) -> list[Assignment]:
        """Every share of the run with this person's rights to each, read again under the lock (one statement)."""
        self.shares = list(shares_with_rights(self.run.pk, self.by.user_id, at=self.now))
        for share in self.shares:
            self._know(share)
        return self.shares

    def _know(self, share: Assignment) -> None:
        share.step = self.know(share.step)
        share.kept = {name: getattr(share, name) for name in WRITTEN}

    def task(self, assignment_id: int) -> Assignment:
        """This person's look at one share; NotFound for a task of another run, NotAllowed for administrators."""
        if self.by.administrator:
            raise NotAllowed("administrator")
        if not self.shares:
            self.load()
        mine = next((share for share in self.shares if share.pk == assignment_id), None)
        if mine is None:
            raise NotFound("no-such-task")
        return mine

    def of(self, step: Step) -> list[Assignment]:
        """The shares of a step in their order; one that took another's place stands there."""
        found = [share for share in self.shares if share.step_id == step.pk]
        return sorted(found, key=lambda share: (share.order, share.pk))

    def all_steps(self) -> list[Step]:
        """The human and waiting steps of this run, in order (one statement an operation)."""
        if not self.steps_read:
            for step in Step.objects.filter(process=self.run).exclude(flow_task_type="START").order_by("pk"):
                self.know(step)
            self.steps_read = True
        return sorted(self.steps.values(), key=lambda step: step.pk)

    def open_steps(self) -> list[Step]:
        """The steps of this run that are not over."""
        return [step for step in self.all_steps() if step.status == STATUS.NEW]

    def standing(self, mine: Assignment) -> rules.Standing:
        """The facts by which this person may act on a share, or not."""
        return standing(self.run, self.shares, mine, self.by, recused=self.recusal(mine.step))

    def recusal(self, step: Step) -> resolvers.Recused:
        """Who must stand aside at this step, by its policy; nothing to ask where the policy names none."""
        policy = policy_by_id(step.policy_id) if step.policy_id else None
        return resolvers.recused_by(policy, self.run, now=self.now) if policy else resolvers.NOBODY

    def act_in_post_of(self, mine: Assignment) -> None:
        """Act in the post asked, in one's own post of that unit, or in one's own post for the person away."""
        if mine.held or not mine.stood_in:
            self.by = acting_in(self.by, mine)
            return
        self.by = self.by.for_post(mine.post_id)
        if mine.principal_id:
            post: PostRef = post_ref(mine.post)
            self.on_behalf_of = Actor(mine.principal_id, mine.principal_name or "", (post,), acting=post)

    # --- changing shares and steps ---

    def settle(self, step: Step, *, tell: str = "step.todo") -> str:
        """Tally; seat whoever's turn it is; if decided, close the step and walk on. Returns the tally's word."""
        shares = self.of(step)
        policy = policy_by_id(step.policy_id)
        arranged = rules.arrange(policy.terms, [share.as_share() for share in shares])
        for share in shares:
            status = arranged.statuses.get(share.pk, share.status)
            if status == rules.OPEN and share.status != rules.OPEN:
                share.opened, share.seen_at = self.now, None
            share.status = status
        opened = [s for s in shares if s.status == rules.OPEN and s.kept["status"] != rules.OPEN]
        self.write(shares)
        self.tell_opened(step, opened, kind=tell)
        if arranged.result == rules.PENDING:
            self.stands = True
            return arranged.result
        self.close_step(step, arranged.result)
        self.walk_on(step)
        return arranged.result

    def tell_opened(self, step: Step, opened: Sequence[Assignment], *, kind: str = "step.todo") -> None:
        """Tell those whose turn it is now (one statement if there are any); an opinion is asked for as such."""
        if not opened:
            return
        told = self.told_of(opened)
        for share in opened:
            asks = (
                ("step.delegated" if share.blocks else "step.consulted")
                if share.role == rules.ADVISE
                else kind
            )
            if asks:
                self.tell(asks, step, told[share.pk], key=f"todo:{share.pk}:{share.opened.timestamp()}")

    def told_of(self, shares: Sequence[Assignment]) -> dict[int, set[int]]:
        """Who is told of each of these shares: the colleague it was handed to, else who answers for the post."""
        posts = {share.post_id for share in shares if not share.handed_to_id}
        asked = resolvers.signers_where(Q(pk__in=posts), at=self.now) if posts else []
        told = {signer.post.id: set(signer.told) for signer in asked}
        return {s.pk: {s.handed_to_id} if s.handed_to_id else told.get(s.post_id, set()) for s in shares}

    def people_of(self, shares: Sequence[Assignment]) -> set[int]:
        """Everybody who is told of these shares."""
        return {user for people in self.told_of(shares).values() for user in people} if shares else set()

    def add(self, shares: Sequence[Assignment]) -> None:
        """Write new shares of an open step (one statement)."""
        for share in Assignment.objects.bulk_create(shares):
            self.shares.append(share)
            self._know(share)

    def write(self, shares: Iterable[Assignment]) -> None:
        """Write what has changed on these shares, each only while it still is what was read (one statement)."""
        changed = [share for share in shares if any(self._differs(share, name) for name in WRITTEN)]
        if not changed:
            return
        expected = reduce(or_, (Q(pk=share.pk, status=share.kept["status"]) for share in changed))
        values = {}
        for name in WRITTEN:
            different = [share for share in changed if self._differs(share, name)]
            if not different:
                continue
            field = Assignment._meta.get_field(name.removesuffix("_id"))
            output = field.target_field.__class__() if field.is_relation else field.__class__()
            cases = [When(pk=share.pk, then=Value(getattr(share, name), output)) for share in different]
            if len(different) == len(changed) == 1:
                values[field.name] = getattr(changed[0], name)
            else:
                values[field.name] = Case(*cases, default=F(field.name), output_field=output)
        if Assignment.objects.filter(expected).update(**values) != len(changed):
            raise WrongState("changed-meanwhile")
        for share in changed:
            share.kept = {name: getattr(share, name) for name in WRITTEN}

    @staticmethod
    def _differs(share: Assignment, name: str) -> bool:
        return getattr(share, name) != share.kept[name]

    # --- the end ---

    def flush(self) -> None:
        """Write the runs' own columns, then the record and the notices of all of them."""
        for move in (self, *self.others):
            after = move._columns()
            changed = {name: value for name, value in after.items() if value != move._before[name]}
            if changed:
                Run.objects.filter(pk=move.run.pk).update(**changed)
        super().flush()


@contextmanager
def moving(run_id: UUID, *, by: Actor, now: datetime) -> Iterator[Move]:
    """Lock the Run alone and first; whatever is read next is what the last writer left.

    Raises NotFound for a run that does not exist, WrongState("busy") when the lock is not had in time.
    """
    move = Move(by=by, now=now)
    with transaction.atomic():
        ancestors, run = locked_run(run_id)
        move.adopt(run)
        move.ancestors = ancestors
        if run.confidential and by != SYSTEM and not run.flow_class.instance.admits(run, by, now):
            raise NotFound("no-such-run")
        yield move
        move.flush()


FAMILY = """
WITH RECURSIVE family (id, parent_step_id) AS (
    SELECT id, parent_step_id FROM engine_run WHERE public_id = ANY(%s)
    UNION
    SELECT above.id, above.parent_step_id
      FROM family JOIN engine_step AS step ON step.id = family.parent_step_id
      JOIN engine_run AS above ON above.id = step.process_id
) SELECT id FROM family
"""


def locked_run(run_id: UUID) -> tuple[list[Run], Run]:
    """Lock one Run after those above it, the outermost first (one statement); raises as `moving` does."""
    found = locked_runs([run_id])
    if not found:
        raise NotFound("no-such-run")
    return found[0]


def locked_runs(run_ids: Collection[UUID]) -> list[tuple[list[Run], Run]]:
    """Lock several Runs in the order of their keys, each with those above it; what does not exist is left out.

    The calendar's version comes along. A run above was always made before what is below it.
    """
    wanted = set(run_ids)
    family = RawSQL(FAMILY, [list(wanted)])  # noqa: S611 - no word of it comes from outside
    locked = (
        Run.objects.select_for_update(no_key=True, of=("self",))
        .filter(pk__in=family)
        .annotate(calendar_version=version_query(), parent_id=F("parent_step__process_id"))
        .order_by("pk")
    )
    try:
        rows = {row.pk: row for row in locked}
    except OperationalError as error:
        if isinstance(error.__cause__, LockNotAvailable):
            raise WrongState("busy") from error
        raise
    return [(_above(rows, row), row) for row in rows.values() if row.public_id in wanted]


def _above(rows: Mapping[int, Run], run: Run) -> list[Run]:
    """The runs above this one among those locked, the outermost first."""
    found: list[Run] = []
    while run.parent_id in rows:  # type: ignore[attr-defined]
        run = rows[run.parent_id]  # type: ignore[attr-defined]
        found.insert(0, run)
    return found


def acting_in(by: Actor, assignment: Assignment) -> Actor:
    """The person acting in the post that was asked, or in their own post of that unit when handed out."""
    if assignment.post_id in by.post_ids:
        return by.in_post(assignment.post_id)
    own = (post for post in by.posts if post.organisation_id == assignment.post.organisation_id)
    first = next(own, None)
    return by.in_post(first.id) if first else by
