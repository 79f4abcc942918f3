"""A Move: one operation on one locked Run, its rows written once, its record and notices flushed at the end.

Lock order: Run, Project (an Effect), Step, Assignment, Chain (the record), the persons' notice counters.
"""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import OperationalError, transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.urls import reverse
from django.utils.functional import cached_property
from psycopg.errors import LockNotAvailable
from viewflow.workflow.status import PROCESS, STATUS

from flows.deadlines import rules as deadlines
from flows.deadlines.selectors import calendar, version_query
from flows.journal.operations import Draft, append
from hetang_flow.lib.clock import district_day
from hetang_flow.lib.errors import NotAllowed, NotFound, WrongState
from notifications import notices
from permissions.actors import Actor
from permissions.models import Appointment
from permissions.selectors import current, holds_post

from .. import resolvers, rules
from ..models import Assignment, Run, Step
from ..selectors_policy import policy_by_id

CAMPAIGN_OFFICE = "campaign-office"


class Move:
    """What one operation changes on one run; nodes reach it as `run.move`."""

    def __init__(self, *, by: Actor, now: datetime) -> None:
        self.by, self.now = by, now
        self.run: Run = None  # type: ignore[assignment]
        self.drafts: list[Draft] = []
        self.notices: list[notices.Draft] = []
        self.stands = False
        self.signed: set[int | None] = set()

    def adopt(self, run: Run) -> None:
        """Take a run, new or locked, as the one this move is about."""
        self.run, run.move = run, self
        self._before = self._columns()

    def _columns(self) -> dict[str, Any]:
        names = ("status", "finished", "round", "outcome", "suspended_at")
        return {name: getattr(self.run, name) for name in names}

    # reading under the lock

    def load(self, assignment_id: int) -> tuple[Step, list[Assignment], Assignment]:
        """All shares of the step this assignment belongs to, with this person's standing (one statement).

        Raises NotFound for a task of another run, NotAllowed for an administrator: none has business here.
        """
        if self.by.administrator:
            raise NotAllowed("administrator")
        user = self.by.user_id
        in_unit = Appointment.objects.filter(
            current(self.now), user_id=user, post__organisation_id=OuterRef("post__organisation_id")
        )
        own = Assignment.objects.filter(run_id=OuterRef("run_id"), decided_by_id=user)
        signed = own.filter(status=rules.APPROVED, step__round=OuterRef("step__round"))
        shares = list(
            Assignment.objects.filter(run_id=self.run.pk, step__assignments=assignment_id)
            .select_related("step", "post__organisation", "decided_by")
            .annotate(
                held=holds_post(user, "post_id", at=self.now),
                in_unit=Exists(in_unit),
                signed=Exists(signed.exclude(pk=OuterRef("pk"))),
                submitted=Exists(own.filter(status=rules.DONE)),
            )
        )
        mine = next((share for share in shares if share.pk == assignment_id), None)
        if mine is None:
            raise NotFound("no-such-task")
        step = mine.step
        step.process = self.run
        for share in shares:
            share.step = step
        return step, shares, mine

    def standing(self, step: Step, shares: Sequence[Assignment], mine: Assignment) -> rules.Standing:
        """The facts by which this person may act or not."""
        decider = mine if mine.decided else next((s for s in shares if s.decided_by_id), None)
        return rules.Standing(
            status=mine.status,
            run_over=self.run.status != PROCESS.NEW,
            suspended=self.run.suspended_at is not None,
            holds_post=mine.held,
            handed_to_me=mine.handed_to_id == self.by.user_id,
            in_unit=mine.in_unit,
            own_submission=mine.submitted or self.run.initiator_id == self.by.user_id,
            signed_already=mine.signed,
            judges=step.flow_task.judges,
            post_name=mine.post.name,
            decided_who=f"{decider.post.name} {decider.decided_by}" if decider else "",
            decided_when=decider.decided if decider else None,
        )

    @cached_property
    def calendar(self) -> deadlines.WorkCalendar:
        """The working calendar whose version came with the lock."""
        return calendar(getattr(self.run, "calendar_version", None))

    # changing

    def open_step(self, node: Any, token: Any, previous: Step) -> Step:
        """Enter a node: resolve who signs, open the step and its shares, tell them."""
        policy = policy_by_id(self.run.policies[node.policy_key])
        barred = {self.run.initiator_id, *self.signed} if node.judges else set()
        asked = resolvers.resolve(policy, self.run, barred=barred, now=self.now)
        step = Step(
            process=self.run,
            flow_task=node,
            flow_task_type=node.task_type,
            token=token,
            policy=policy,
            previous_step=previous if previous.policy_id else None,
            round=self.run.round,
            created=self.now,
            waits_for=asked.waits_for,
        )
        if policy.limit_days is not None:
            due = deadlines.due_day(district_day(self.now), policy.limit_days, self.calendar)
            step.due_on, step.due_provisional = due.day, due.provisional
        step.save(force_insert=True)
        self._ask(step, asked)
        return step

    def _ask(self, step: Step, asked: resolvers.Asked) -> None:
        Assignment.objects.bulk_create(
            Assignment(
                run=self.run,
                step=step,
                post_id=signer.post.id,
                handed_to_id=signer.handed_to,
                order=order,
                opened=self.now,
            )
            for order, signer in enumerate(asked.signers)
        )
        for signer in asked.signers:
            self.tell("step.todo", step, signer.told, key=f"todo:{step.pk}:{signer.post.id}")
        if asked.waits_for:
            self.record("step.waits", step, waits_for=asked.waits_for)
            office = resolvers.signers_where(resolvers.Q(organisation__code=CAMPAIGN_OFFICE), at=self.now)
            told = {user for signer in office for user in signer.told}
            self.tell("step.blocked", step, told, key=f"blocked:{step.pk}", post=asked.waits_for)
        self.stands = True

    def settle(self, step: Step, shares: Sequence[Assignment]) -> str:
        """Tally; if decided, close what is left of the step and walk on. Returns the tally's word."""
        policy = policy_by_id(step.policy_id)
        result = rules.tally(policy.mode, [rules.Share(share.pk, share.status) for share in shares])
        if result == rules.PENDING:
            self.stands = True
            return result
        self.close_step(step, result)
        self.signed = {share.decided_by_id for share in shares if share.status in rules.SAID_YES}
        self.signed |= {self.by.user_id} if result == rules.GRANTED else set()
        step.flow_task.activation_class(step).activate_next()
        if not self.stands:
            raise RuntimeError(f"{self.run}: nobody has anything to do after {step.flow_task}")
        return result

    def close_step(self, step: Step, outcome: str) -> None:
        """Mark a step done, only while it is still open."""
        self._change_one(
            Step.objects.filter(pk=step.pk, status=STATUS.NEW),
            status=STATUS.DONE,
            outcome=outcome,
            finished=self.now,
        )
        step.status, step.outcome, step.finished = STATUS.DONE, outcome, self.now

    @staticmethod
    def _change_one(rows: QuerySet, **values: Any) -> None:
        if rows.update(**values) != 1:
            raise WrongState("changed-meanwhile")

    def refuse_to(self, activation: Any, node: Any) -> Any:
        """Follow a refused edge: one to a node already walked is a return and opens a new round."""
        walked = Step.objects.filter(process=self.run, flow_task=node).order_by("-pk").first()
        token = activation.task.token
        if walked and rules.in_scope(token.token, walked.token.token):
            token = walked.token
            self.sweep(token.token)
        return node._create(activation, token)

    def sweep(self, token: str) -> None:
        """Void whatever is open at or under a token and begin a new round; nothing is overwritten."""
        active = [
            step
            for step in self.run.task_set.filter(status__in=[STATUS.NEW, STATUS.STARTED])
            if rules.in_scope(step.token.token, token)
        ]
        self.void(active)
        self.run.round += 1

    def void(self, steps: Sequence[Step]) -> None:
        """Close steps that lost their meaning, with every share nobody has used."""
        if not steps:
            return
        Step.objects.filter(pk__in=[step.pk for step in steps], status=STATUS.NEW).update(
            status=STATUS.CANCELED, finished=self.now
        )
        Assignment.objects.filter(step__in=steps, status=rules.OPEN).update(status=rules.VOID)

    def end_run(self, status: str, outcome: str) -> None:
        """The run is over; an end node or a withdrawal says so. The initiator hears of a refusal."""
        self.run.status, self.run.outcome, self.run.finished = status, outcome, self.now
        if outcome == "refused":
            self.tell("run.refused", None, [self.run.initiator_id], key=f"refused:{self.run.pk}")
        self.record(f"run.{outcome}", None)
        self.stands = True

    # the record and the notices

    def record(self, kind: str, step: Step | None, *, opinion: str = "", **facts: Any) -> None:
        """Keep an accepted fact for the record; written once, when the move flushes."""
        self.drafts.append(self.draft(kind, step, opinion=opinion, **facts))

    def changed(self, kind: str, before: dict[str, Any], after: dict[str, Any], *, opinion: str = "") -> None:
        """Keep a change of the run's subject for the record: what it was, and what it is now."""
        draft = self.draft(kind, None, opinion=opinion)
        self.drafts.append(replace(draft, before=before, after=after))

    def draft(self, kind: str, step: Step | None, *, opinion: str = "", **facts: Any) -> Draft:
        """An entry about this run, by this person, in the capacity of this move."""
        about = {"run": self.run.code, "label": self.run.label, "round": self.run.round}
        if step is not None:
            about |= {"node": step.flow_task.name, "step": step.pk, "step_round": step.round}
        return Draft(
            kind=kind,
            by=self.by,
            happened=self.now,
            now=self.now,
            facts=about | facts,
            personal={"opinion": opinion} if opinion else {},
            run_id=self.run.pk,
        )

    def tell(self, kind: str, step: Step | None, to: Iterable[int], *, key: str, **facts: str) -> None:
        """Announce to people; the rows are written in this transaction, delivered after it."""
        people = sorted(set(to) - {None})
        if not people:
            return
        about = {"title": self.run.title, "label": self.run.label, "code": self.run.code}
        if step is not None:
            about["step"] = step.flow_task.name
        self.notices.append(
            notices.Draft(
                kind=kind,
                key=key,
                to=people,
                facts=about | facts,
                url=reverse("sheet", args=[self.run.public_id]),
                about=self.run.public_id,
                copied=kind == "run.copied",
            )
        )

    def flush(self) -> None:
        """Write the run's own changes, the record, then the notices: the last locks, held shortest."""
        after = self._columns()
        changed = {name: value for name, value in after.items() if value != self._before[name]}
        if changed:
            Run.objects.filter(pk=self.run.pk).update(**changed)
        if self.drafts:
            append(self.run.chain_id, self.drafts)
        if self.notices:
            notices.put_many(self.notices, now=self.now)


@contextmanager
def moving(run_id: UUID, *, by: Actor, now: datetime) -> Iterator[Move]:
    """Lock the Run alone and first; whatever is read next is what the last writer left.

    Raises NotFound for a run that does not exist, WrongState("busy") when the lock is not had in time.
    """
    move = Move(by=by, now=now)
    with transaction.atomic():
        move.adopt(locked_run(run_id))
        yield move
        move.flush()


def locked_run(run_id: UUID) -> Run:
    """Lock one Run, bringing the calendar's version along; raises as `moving` does."""
    locked = Run.objects.select_for_update(no_key=True, of=("self",))
    try:
        return locked.annotate(calendar_version=version_query()).get(public_id=run_id)
    except Run.DoesNotExist:
        raise NotFound("no-such-run") from None
    except OperationalError as error:
        if isinstance(error.__cause__, LockNotAvailable):
            raise WrongState("busy") from error
        raise


def acting_in(by: Actor, assignment: Assignment) -> Actor:
    """The person acting in the post that was asked, or in their own post of that unit when handed out."""
    if assignment.post_id in by.post_ids:
        return by.in_post(assignment.post_id)
    own = (post for post in by.posts if post.organisation_id == assignment.post.organisation_id)
    first = next(own, None)
    return by.in_post(first.id) if first else by
