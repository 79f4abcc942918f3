"""One run as one person sees it: read once, so that every verdict of a page is told from the same facts."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Exists, OuterRef, Subquery
from django.db.models.functions import JSONObject
from viewflow.workflow.status import PROCESS, STATUS

from flows.deadlines.selectors import version_query
from hetang_flow.lib.errors import NotFound
from notifications.models import Notice
from permissions.actors import Actor

from . import resolvers, rules
from .models import Assignment, Copy, Opinion, Run, Step
from .selectors_policy import policy_by_id
from .standing import shares_with_rights, standing
from .visibility import visible_run


@dataclass(frozen=True, slots=True)
class Draft:
    """An opinion as it was being written: by whom, and whether a secretary prepared it for the post asked."""

    author_id: int
    author: str
    text: str
    prepared: bool
    saved: datetime


@dataclass(slots=True)
class Seen:
    """A run, its shares with this person's rights to each, and the share they act on, if there is one."""

    run: Run
    actor: Actor
    at: datetime
    shares: list[Assignment]
    task: Assignment | None = None
    _recused: dict[int, resolvers.Recused] = field(default_factory=dict)
    _standings: dict[int, rules.Standing] = field(default_factory=dict)

    @property
    def over(self) -> bool:
        """Whether the run has ended."""
        return self.run.status != PROCESS.NEW

    @property
    def steps(self) -> list[Step]:
        """The steps people were asked at, in the order they were entered."""
        return list({share.step_id: share.step for share in self.shares}.values())

    @property
    def open_steps(self) -> list[Step]:
        """The steps that are not over: those people are asked at, and those that wait for a day or a job."""
        asked = [step for step in self.steps if step.status == STATUS.NEW]
        return sorted([*asked, *self.waits], key=lambda step: step.pk)

    @property
    def waits(self) -> list[Step]:
        """The open steps at which nobody is asked."""
        return [_wait(self.run, row) for row in self.run.open_waits]

    def of(self, step: Step) -> list[Assignment]:
        """The shares of a step."""
        return [share for share in self.shares if share.step_id == step.pk]

    def empty_posts(self, step: Step) -> list[str]:
        """The posts a step waits for that nobody holds, an appointment made since then left out."""
        healed = {share.post.name for share in self.of(step) if share.principal_id}
        return [name for name in step.waits_for.split("、") if name and name not in healed]

    def share(self, number: int | None) -> Assignment | None:
        """One share of this run by its number."""
        return next((share for share in self.shares if share.pk == number), None)

    def is_mine(self, share: Assignment) -> bool:
        """Whether this person may act on a share: by post, as a substitute, or because it was handed to them."""
        handed = share.handed_to_id == self.actor.user_id and share.in_unit
        return self.actor.has_business and (share.held or share.stood_in or handed)

    @property
    def mine(self) -> list[Assignment]:
        """The open shares of this person; those handed to a colleague come last."""
        own = [share for share in self.shares if share.status == rules.OPEN and self.is_mine(share)]
        return sorted(own, key=lambda share: share.handed_to_id not in (None, self.actor.user_id))

    def standing(self, share: Assignment) -> rules.Standing:
        """How this person stands to a share (a statement for each recusal its policy names)."""
        if share.pk not in self._standings:
            recused = self.recused(share.step)
            self._standings[share.pk] = standing(self.run, self.shares, share, self.actor, recused=recused)
        return self._standings[share.pk]

    def recused(self, step: Step) -> resolvers.Recused:
        """Who must stand aside at a step, by its policy."""
        if step.policy_id not in self._recused:
            policy = policy_by_id(step.policy_id)
            self._recused[step.policy_id] = resolvers.recused_by(policy, self.run, now=self.at)
        return self._recused[step.policy_id]

    def drafts(self, share: Assignment) -> list[Draft]:
        """The opinions kept for a share that may be shown to this person, the newest first."""
        found = [_draft(row) for row in share.drafts if row["text"].strip()]
        mine = (d for d in found if d.author_id == self.actor.user_id or d.prepared)
        return sorted(mine, key=lambda draft: draft.saved, reverse=True)


def seen(run_id: UUID, actor: Actor, at: datetime, task_id: int | None = None) -> Seen:
    """Return a run this person may see, acting on `task_id` if that is theirs and open (two statements, three where only its room can tell).

    Raises NotFound for a run that does not exist or is none of this person's business.
    """
    waits = Step.objects.filter(process=OuterRef("pk"), status=STATUS.NEW, policy=None)
    mine = Copy.objects.filter(run=OuterRef("pk"), user_id=actor.user_id)
    unread = Notice.objects.filter(user_id=actor.user_id, about=OuterRef("public_id"), read_at=None)
    rows = Run.objects.select_related("initiator", "initiator_post__organisation").annotate(
        version=version_query(),
        open_waits=ArraySubquery(
            waits.exclude(flow_task_type="START").values(
                row=JSONObject(id="pk", node="flow_task", created="created", until="wakes_on")
            )
        ),
        copied_to_me=Exists(mine),
        acknowledged=Subquery(mine.values("acknowledged")),
        unread=Exists(unread),
    )
    run = visible_run(run_id, actor, at, rows)
    if run.flow_class is None:
        raise NotFound("no-such-run")
    kept = Opinion.objects.filter(assignment=OuterRef("pk"))
    shares = list(
        shares_with_rights(run.pk, actor.user_id, at=at)
        .select_related("handed_to", "decided_for", "asked_by")
        .annotate(
            drafts=ArraySubquery(
                kept.values(
                    row=JSONObject(
                        author_id="author_id",
                        author="author__name",
                        text="text",
                        prepared="prepared",
                        saved="saved",
                    )
                )
            )
        )
    )
    steps: dict[int, Step] = {}
    for share in shares:
        share.step = steps.setdefault(share.step_id, share.step)
        share.step.process = run
    found = Seen(run, actor, at, shares)
    own = found.mine
    found.task = next((share for share in own if share.pk == task_id), own[0] if own else None)
    return found


def _wait(run: Run, row: dict[str, Any]) -> Step:
    """A step that waits, as far as a page needs it."""
    field_of = Step._meta.get_field
    step = Step(
        pk=row["id"],
        process=run,
        status=STATUS.NEW,
        created=datetime.fromisoformat(row["created"]),
        wakes_on=field_of("wakes_on").to_python(row["until"]),
    )
    step.flow_task = field_of("flow_task").to_python(row["node"])
    return step


def _draft(row: dict[str, Any]) -> Draft:
    return Draft(**row | {"saved": datetime.fromisoformat(row["saved"])})
