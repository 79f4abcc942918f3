"""Reading one run as its approval sheet: what it is, who has it since when, who signed, what happened."""

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from viewflow.workflow.status import PROCESS, STATUS

from flows.deadlines.rules import WorkCalendar, working_days_between
from flows.deadlines.selectors import calendar
from flows.journal.selectors import Line, history
from hetang_flow.lib.clock import district_day
from permissions.actors import Actor, PostRef

from . import registry, rules
from .models import Assignment, Policy, Run, Step
from .selectors_ahead import ahead
from .selectors_fields import NOTE, fields_in
from .selectors_history import Event, Round, first_of, names_in, rounds
from .selectors_policy import policy_by_id
from .selectors_run import Draft, Seen, seen
from .selectors_signers import SignedStep, Signer, signed_step, steps_of_round, title_of

ENDED = {
    "completed": gettext_lazy("Completed"),
    "withdrawn": gettext_lazy("Withdrawn"),
    "refused": gettext_lazy("Not passed"),
    "terminated": gettext_lazy("Terminated"),
    "closed": gettext_lazy("Closed by the system"),
    "void": gettext_lazy("Ended with the matter above it"),
}


@dataclass(slots=True)
class Sheet:
    """Everything one page of a run shows."""

    seen: Seen
    kind: str
    template: str = ""
    step: Step | None = None
    capacity: str = ""
    waiting: tuple[str, ...] = ()
    since: datetime | None = None
    days: int = 0
    days_late: int = 0
    due_today: bool = False
    shown: list[SignedStep] = field(default_factory=list)
    steps: list[SignedStep] = field(default_factory=list)
    by_other: Signer | None = None
    rounds: list[Round] = field(default_factory=list)
    suspended: Event | None = None
    links: tuple[registry.Link, ...] = ()
    context: dict[str, Any] = field(default_factory=dict)

    @property
    def run(self) -> Run:
        """The run."""
        return self.seen.run

    @property
    def task(self) -> Assignment | None:
        """The open share this person acts on."""
        return self.seen.task

    @property
    def waits_for(self) -> str:
        """Who has it now, in words; of many the first few, for the signers' list names them all."""
        return first_of(self.waiting)

    @property
    def capacities(self) -> list[Assignment]:
        """The open shares of this person: one may hold several of the posts asked."""
        return self.seen.mine

    @property
    def mine(self) -> bool:
        """Whether it waits for this person themselves, not for a colleague it was handed to."""
        return any(share.handed_to_id in (None, self.seen.actor.user_id) for share in self.seen.mine)

    @property
    def over(self) -> bool:
        """Whether the run has ended."""
        return self.run.status != PROCESS.NEW

    @property
    def ended(self) -> str:
        """How it ended, in a word; nothing while it is under way."""
        return str(ENDED.get(self.run.outcome, _("Ended"))) if self.over else ""

    @property
    def step_title(self) -> str:
        """What the flow calls the step shown first."""
        return title_of(self.step)

    @property
    def judges(self) -> bool:
        """Whether the step shown first is a decision on others' work."""
        return bool(self.step and self.step.flow_task and getattr(self.step.flow_task, "judges", False))

    @property
    def votes(self) -> bool:
        """Whether a no is a vote among others here, and not the end of it."""
        if self.step is None or not self.step.policy_id:
            return False
        policy = policy_by_id(self.step.policy_id)
        return policy.mode == Policy.Mode.VOTE or policy.on_no == Policy.OnNo.COUNT

    @property
    def version(self) -> str:
        """Changes whenever the picture of the flow does."""
        return f"{self.run.round}-{self.step.pk if self.step else 0}-{self.run.status}"

    @property
    def to_correct(self) -> Event | None:
        """Why the matter came back, while it is being corrected."""
        if self.over or self.judges:
            return None
        return next((r.ended for r in self.rounds if r.number == self.run.round - 1 and r.ended), None)

    @property
    def asks_remark(self) -> bool:
        """Whether the action bar has a field for words; work with a checklist brings its own."""
        return self.judges or not getattr(self.step and self.step.flow_task, "ready", None)

    @property
    def draft(self) -> Draft | None:
        """What this person wrote for the share they act on and has not sent yet."""
        return next((d for d in self._drafts() if not d.prepared), None)

    @property
    def prepared(self) -> list[Draft]:
        """What a secretary has laid before this person."""
        return [draft for draft in self._drafts() if draft.prepared]

    def _drafts(self) -> list[Draft]:
        return self.seen.drafts(self.task) if self.task else []

    @property
    def waits_its_turn(self) -> list[Assignment]:
        """The shares of this person whose turn has not come."""
        return [s for s in self.seen.shares if s.status == rules.WAITING and self.seen.is_mine(s)]

    @property
    def children(self) -> list[Step]:
        """The steps that wait for a day, a job or another run."""
        return self.seen.waits


def sheet(run_id: UUID, actor: Actor, at: datetime, task_id: int | None = None) -> Sheet:
    """Return the sheet of a run this person may see, acting on `task_id` if it is theirs to act on.

    Raises NotFound for a run that does not exist or is none of this person's business.
    Statements: run, shares, history; a recusal if the policy names one; the flow's own part on top.
    """
    return sheet_of(seen(run_id, actor, at, task_id))


def sheet_of(saw: Seen) -> Sheet:
    """The sheet of a run that has been read already."""
    run, actor, at = saw.run, saw.actor, saw.at
    found = Sheet(saw, str(run.flow_class.process_title), run.flow_class.sheet_template)
    lines = history(run.chain_id, run_id=run.pk)
    fields = fields_in(saw.shares, actor)
    found.context = registry.context_of(run.flow_class.code, run, actor, at, fields)
    found.links = tuple(registry.links_of(run, actor))
    found.rounds = rounds(lines, run, names_in(saw.shares, run), blind=fields.hides(NOTE))
    _place(found)
    _wait(found, calendar(run.version), district_day(at))
    found.suspended = _suspension(found, lines)
    events = ahead(saw)
    if events:
        if not found.rounds or found.rounds[0].number != run.round:
            found.rounds.insert(0, Round(run.round, []))
        found.rounds[0].events.extend(events)
    return found


# --- where it stands ---


def _place(found: Sheet) -> None:
    """The open steps, else the last one, with their signers; the one this person acts at comes first."""
    saw = found.seen
    still_open = [step for step in saw.open_steps if step.policy_id]
    if saw.task:
        still_open.sort(key=lambda step: step.pk != saw.task.step_id)
        found.capacity = _capacity(saw.actor, saw.task)
    shown = still_open or (saw.steps[-1:] if saw.over else [])
    found.step = next(iter(still_open or saw.open_steps or saw.steps[-1:]), None)
    own = frozenset(s.pk for s in saw.mine if s.handed_to_id in (None, saw.actor.user_id))
    found.shown = [signed_step(saw, step, own=own) for step in shown]
    found.steps = steps_of_round(saw)
    found.by_other = _other(found)


def _other(found: Sheet) -> Signer | None:
    """Who decided in this round what this person was asked as well; nobody while something is theirs to do."""
    saw = found.seen
    moot = [
        s for s in saw.shares if s.status == rules.MOOT and s.step.round == saw.run.round and saw.is_mine(s)
    ]
    if saw.mine or not moot:
        return None
    signers = signed_step(saw, moot[-1].step, own=frozenset()).signers
    return next((signer for signer in signers if signer.name), None)


def _wait(found: Sheet, days: WorkCalendar, today: date) -> None:
    """Who has it now, since when, for how many working days, and whether that is late."""
    saw, step = found.seen, found.step
    found.waiting = tuple(dict.fromkeys(name for each in saw.open_steps for name in _whom(saw, each)))
    opened = [share.opened for share in saw.shares if share.status == rules.OPEN]
    entered = [each.created for each in saw.open_steps]
    found.since = min(opened or entered, default=None)
    if found.since:
        found.days = working_days_between(district_day(found.since), today, days)
    due = step.due_on if step and step.status == STATUS.NEW else None
    if due and due < today and not found.run.suspended_at:
        found.days_late = max(1, working_days_between(due, today, days))
    found.due_today = due == today


def _whom(saw: Seen, step: Step) -> list[str]:
    """Whom an open step waits for: its posts, those nobody holds marked so, or the step itself."""
    if not step.policy_id:
        return [title_of(step)]
    empty = saw.empty_posts(step)
    asked = [share.post.name for share in saw.of(step) if share.status == rules.OPEN]
    held = [name for name in asked if name not in empty]
    return held + [_("%(post)s (nobody holds it)") % {"post": name} for name in empty]


def _capacity(actor: Actor, task: Assignment) -> str:
    """The post in which this person acts, where that is not plain: the one asked, or their own in that unit."""
    if task.post_id in actor.post_ids:
        return task.post.name if len(actor.posts) > 1 else ""
    if task.stood_in:
        own = actor.for_post(task.post_id).capacity
        return _("%(post)s for %(other)s") % {"post": own, "other": task.post.name}
    unit = task.post.organisation_id
    own_post: PostRef | None = next((post for post in actor.posts if post.organisation_id == unit), None)
    return (own_post.name if own_post else task.post.name) if len(actor.posts) > 1 else ""


def _suspension(found: Sheet, lines: list[Line]) -> Event | None:
    """Who suspended it and why, while it is."""
    if not found.run.suspended_at or found.over:
        return None
    line = next((line for line in reversed(lines) if line.kind == "run.suspended"), None)
    quote = line.personal.get("opinion", "") if line else ""
    return Event(line.actor_post if line else "", "", "pause", found.run.suspended_at, quote)


# --- what a click led to ---


def outcome_of(run: Run) -> dict[str, Any]:
    """Where a run is after an operation: over, or the step and posts it waits for (one statement)."""
    if run.status != PROCESS.NEW:
        return {"over": True, "outcome": run.outcome}
    waits = list(
        Assignment.objects.filter(run=run, status=rules.OPEN)
        .select_related("step", "post")
        .order_by("order", "id")
    )
    empty = any(share.step.waits_for for share in waits)
    return {
        "over": False,
        "posts": [] if empty else [share.post.name for share in waits],
        "step": title_of(waits[0].step) if waits else "",
    }
