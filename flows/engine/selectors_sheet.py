"""Reading one run as its approval sheet: what it is, who has it since when, who signed, what I may do."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from viewflow.workflow.status import PROCESS, STATUS

from flows.deadlines.rules import WorkCalendar, working_days_between
from flows.deadlines.selectors import calendar, version_query
from flows.journal.selectors import Line, history
from hetang_flow.lib.clock import district_day
from hetang_flow.lib.errors import NotFound
from hetang_flow.lib.verdicts import YES, Verdict
from permissions.actors import Actor, PostRef
from permissions.models import Post
from permissions.selectors import colleagues

from . import registry, rules
from .models import Assignment, Policy, Run, Step
from .nodes import Effect, End, SignOff
from .registry import Said
from .selectors import NOT_COUNTED, runs_visible_to
from .standing import standing

# What a share is called on the sheet; "done by other" is never shown as a consent.
MARKS = {
    rules.OPEN: "wait",
    rules.WAITING: "later",
    rules.APPROVED: "yes",
    rules.DONE: "yes",
    rules.ADVISED: "yes",
    rules.REJECTED: "no",
    rules.RETURNED: "no",
    rules.MOOT: "moot",
    rules.TRANSFERRED: "moot",
    rules.REMOVED: "void",
    rules.VOID: "void",
}

# How a share or a whole run reads in words, where the label of its status would say too little.
SIGNED = {
    rules.OPEN: gettext_lazy("not signed yet"),
    rules.DONE: gettext_lazy("submitted"),
    rules.MOOT: gettext_lazy("done by somebody else"),
    rules.VOID: gettext_lazy("no longer needed"),
}
ENDED = {
    "completed": gettext_lazy("Completed"),
    "withdrawn": gettext_lazy("Withdrawn"),
    "refused": gettext_lazy("Not passed"),
}

ACTIONS = ("approve", "complete", "return", "hand_out", "withdraw")


@dataclass(frozen=True, slots=True)
class Signer:
    """One post's share as people read it; `mark` is yes, no, me, wait, moot or void."""

    post: str
    mark: str
    status: str
    when: datetime | None
    handed_to: str = ""
    opinion: str = ""
    name: str = ""

    @property
    def word(self) -> str:
        """What became of the share, in a word."""
        return str(SIGNED.get(self.status) or dict(Assignment.Status.choices).get(self.status, self.status))


@dataclass(frozen=True, slots=True)
class SignedStep:
    """One step of the present round, with everybody it was put before."""

    title: str
    signers: list[Signer]


@dataclass(frozen=True, slots=True)
class Event:
    """A line of the history; `mark` chooses its sign: sub, yes, back, add, done, now, next."""

    who: str
    text: str
    mark: str
    when: datetime | None = None
    quote: str = ""
    name: str = ""
    due: date | None = None


@dataclass(frozen=True, slots=True)
class Round:
    """One round of the history, in the order of the record."""

    number: int
    events: list[Event]
    ended: Event | None = None


@dataclass(frozen=True, slots=True)
class Action:
    """What might be done here, whether it may, and if not why not."""

    name: str
    verdict: Verdict = YES

    @property
    def possible(self) -> bool:
        """Whether it may be done now."""
        return bool(self.verdict)


@dataclass(slots=True)
class Sheet:
    """Everything one page of a run shows."""

    run: Run
    kind: str
    step: Step | None = None
    step_title: str = ""
    task: Assignment | None = None
    capacity: str = ""
    capacities: list[Assignment] = field(default_factory=list)
    waiting: tuple[str, ...] = ()
    since: datetime | None = None
    days: int = 0
    days_late: int = 0
    due_today: bool = False
    signers: list[Signer] = field(default_factory=list)
    steps: list[SignedStep] = field(default_factory=list)
    everyone: bool = False
    signed: int = 0
    asked: int = 0
    by_other: Signer | None = None
    mine: bool = False
    rounds: list[Round] = field(default_factory=list)
    actions: list[Action] = field(default_factory=list)
    colleagues: Sequence[Any] = ()
    links: Sequence[registry.Link] = ()
    template: str = ""
    context: dict[str, Any] = field(default_factory=dict)

    @property
    def over(self) -> bool:
        """Whether the run has ended."""
        return self.run.status != PROCESS.NEW

    @property
    def ended(self) -> str:
        """How it ended, in a word; nothing while it is under way."""
        return str(ENDED.get(self.run.outcome, _("Ended"))) if self.over else ""

    @property
    def judges(self) -> bool:
        """Whether the open step is a decision on others' work."""
        return bool(self.step and self.step.flow_task and self.step.flow_task.judges)

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
    def missing(self) -> int:
        """How many have still to sign."""
        return self.asked - self.signed

    @property
    def may(self) -> dict[str, Action | None]:
        """The actions by name; one that is not offered here at all is None."""
        return dict.fromkeys(ACTIONS) | {action.name: action for action in self.actions}

    @property
    def sign(self) -> Action | None:
        """The main action: approve what others did, or hand in one's own work."""
        return self.may["approve"] or self.may["complete"]


def sheet(run_id: UUID, actor: Actor, at: datetime, task_id: int | None = None) -> Sheet:
    """Return the sheet of a run this person may see, acting on `task_id` if it is theirs to act on.

    Raises NotFound for a run that does not exist or is none of this person's business.
    Statements: run, shares, history, and colleagues for a desk; the flow's own part comes on top.
    """
    run = (
        runs_visible_to(actor, at)
        .select_related("initiator", "initiator_post__organisation")
        .annotate(version=version_query())
        .filter(public_id=run_id)
        .first()
    )
    if run is None or run.flow_class is None:
        raise NotFound("no-such-run")
    shares = list(
        Assignment.objects.filter(run=run)
        .select_related("step__policy", "post__organisation", "handed_to", "decided_by")
        .order_by("step_id", "order", "id")
    )
    found = Sheet(run=run, kind=str(run.flow_class.process_title), template=run.flow_class.sheet_template)
    own = [share for share in shares if share.status == rules.OPEN and _is_mine(share, actor)]
    _place(found, shares, own, task_id)
    _act(found, shares, actor, at)
    _wait(found, shares, calendar(run.version), district_day(at))
    _sign(found, shares, own, actor)
    found.steps = _steps(shares, run.round)
    names = _names(shares, run)
    found.rounds = _rounds(history(run.chain_id, run_id=run.pk), names)
    _ahead(found)
    found.context = registry.context_of(run.flow_class.code, run, actor, at)
    found.links = registry.links_of(run, actor)
    return found


# --- where it stands ---


def _is_mine(share: Assignment, actor: Actor) -> bool:
    handed = share.handed_to_id == actor.user_id and share.post.organisation_id in actor.organisation_ids
    return share.post_id in actor.post_ids or handed


def _place(found: Sheet, shares: Sequence[Assignment], own: list[Assignment], task_id: int | None) -> None:
    """The open step, else the last one, and the share this person acts on."""
    found.capacities = own
    found.task = next((share for share in own if share.pk == task_id), own[0] if own else None)
    steps = {share.step_id: share.step for share in shares}
    still_open = [step for step in steps.values() if step.status == STATUS.NEW]
    found.step = found.task.step if found.task else (still_open or list(steps.values()) or [None])[-1]
    found.step_title = _title(found.step)


def _title(step: Step | None) -> str:
    return str(step.flow_task.task_title) if step and step.flow_task else ""


def _wait(found: Sheet, shares: Sequence[Assignment], days: WorkCalendar, today: date) -> None:
    """Who has it now, since when, for how many working days, and whether that is late."""
    waits = [share for share in shares if share.status == rules.OPEN]
    if not found.over and found.step and (found.step.waits_for or not waits):
        empty = _("%(post)s (nobody holds it)") % {"post": found.step.waits_for}
        found.waiting, found.since = (empty,), found.step.created
    elif not waits:
        pass
    else:
        found.waiting = tuple(share.post.name for share in waits)
        found.since = min(share.opened for share in waits)
    if found.since:
        found.days = working_days_between(district_day(found.since), today, days)
    due = found.step.due_on if found.step and found.step.status == STATUS.NEW else None
    if due and due < today:
        found.days_late = max(1, working_days_between(due, today, days))
    found.due_today = due == today


def _sign(found: Sheet, shares: Sequence[Assignment], own: list[Assignment], actor: Actor) -> None:
    """The shares of the step shown, in the words of the sheet."""
    here = [share for share in shares if found.step and share.step_id == found.step.pk]
    mine = {share.pk for share in own if share.handed_to_id in (None, actor.user_id)}
    found.mine = bool(mine)
    found.signers = [_signer(share, share.pk in mine) for share in here]
    counted = [s for s in here if s.role == rules.SIGN and s.status not in NOT_COUNTED]
    found.asked = len(counted)
    found.signed = sum(share.status in rules.SAID_YES for share in counted)
    found.everyone = bool(here and here[0].step.policy and here[0].step.policy.mode == Policy.Mode.ALL_OF)
    if not own and any(_is_mine(share, actor) and share.status == rules.MOOT for share in here):
        decider = next((share for share in here if share.decided_by_id), None)
        found.by_other = _signer(decider, False) if decider else None


def _steps(shares: Sequence[Assignment], number: int) -> list[SignedStep]:
    """The steps of one round in the order they were entered, nobody's share marked as one's own."""
    found: dict[int, SignedStep] = {}
    for share in shares:
        if share.step.round == number:
            step = found.setdefault(share.step_id, SignedStep(_title(share.step), []))
            step.signers.append(_signer(share, False))
    return list(found.values())


def _signer(share: Assignment, mine: bool) -> Signer:
    mark = "me" if mine else MARKS[share.status]
    # A step may be opened for one person from the start; only the desk's own act is a handing out.
    out = share.handed_to is not None and share.post.duty == Post.Duty.DESK
    handed = share.handed_to.name if out and share.handed_to else ""
    name = share.decided_by.name if share.decided_by else ""
    return Signer(share.post.name, mark, share.status, share.decided, handed, share.opinion, name)


# --- what I may do ---


def _act(found: Sheet, shares: Sequence[Assignment], actor: Actor, at: datetime) -> None:
    """The actions of the open step for this person, each with its verdict."""
    task = found.task
    if task is not None:
        found.capacity = _capacity(actor, task) if len(actor.posts) > 1 else ""
        verdict = rules.may_act(standing(found.run, shares, task, actor))
        names = ("approve", "return") if found.judges else ("complete",)
        found.actions = [Action(name, verdict) for name in names]
        if task.post.duty == Post.Duty.DESK and task.post_id in actor.post_ids:
            people = colleagues(task.post.organisation_id, at=at)
            found.colleagues = [
                person for person in people if person.pk != (task.handed_to_id or actor.user_id)
            ]
            if found.colleagues:
                found.actions.append(Action("hand_out"))
    if found.run.initiator_post_id in actor.post_ids and not found.over:
        signed = any(
            share.step.round == found.run.round and share.status in (rules.APPROVED, rules.RETURNED)
            for share in shares
        )
        verdict = rules.may_withdraw(is_initiator=True, run_over=False, others_signed=signed)
        found.actions.append(Action("withdraw", verdict))


def _capacity(actor: Actor, task: Assignment) -> str:
    """The post in which this person acts: the one asked, or their own in that unit."""
    if task.post_id in actor.post_ids:
        return task.post.name
    unit = task.post.organisation_id
    own: PostRef | None = next((post for post in actor.posts if post.organisation_id == unit), None)
    return own.name if own else task.post.name


# --- the history ---


def _names(shares: Sequence[Assignment], run: Run) -> dict[int, str]:
    people = [run.initiator, *(share.handed_to for share in shares), *(share.decided_by for share in shares)]
    return {person.pk: person.name for person in people if person}


def _rounds(lines: Sequence[Line], names: dict[int, str]) -> list[Round]:
    """The record's entries as sentences, by round, the newest round first."""
    found: dict[int, list[Event]] = {}
    number = 1
    for line in lines:
        number = (
            line.facts.get("step_round")
            or (line.facts.get("round") if line.facts.get("run") else None)
            or number
        )
        said = _said(line, names) or registry.words_for(line)
        if said:
            who = line.actor_post or line.actor_name or _("System")
            name = line.actor_name if line.actor_name != who else ""
            event = Event(who, said.text, said.mark, line.happened, said.quote, name)
            found.setdefault(number, []).append(event)
    return [
        Round(number, events, next((event for event in reversed(events) if event.mark == "back"), None))
        for number, events in sorted(found.items(), reverse=True)
    ]


def _said(line: Line, names: dict[int, str]) -> Said | None:
    """The engine's own kinds of entries in the words of the office."""
    opinion, again = line.personal.get("opinion", ""), (line.facts.get("step_round") or 1) > 1
    match line.kind:
        case "run.started":
            return Said(_("started it"), "sub")
        case "work.done":
            return Said(_("submitted again") if again else _("submitted"), "sub", opinion)
        case "share.approved":
            return Said(_("approved"), "yes", opinion)
        case "step.returned":
            return Said(_("returned for correction"), "back", opinion)
        case "step.handed_out":
            to = names.get(line.facts.get("to", 0), "")
            return Said(_("handed out to %(name)s") % {"name": to} if to else _("handed out"), "add")
        case "step.waits":
            return Said(
                _("nobody holds %(post)s; it waits") % {"post": line.facts.get("waits_for", "")}, "wait"
            )
        case "run.withdrawn_by":
            return Said(_("withdrew it"), "back", opinion)
        case "run.completed":
            return Said(_("matter completed"), "yes")
        case "run.refused":
            return Said(_("not passed"), "back")
    return None


def _ahead(found: Sheet) -> None:
    """Add to the newest round who has it now and what would follow."""
    if found.over or not found.step:
        return
    if not found.rounds or found.rounds[0].number != found.run.round:
        found.rounds.insert(0, Round(found.run.round, []))
    events = found.rounds[0].events
    waits = [signer for signer in found.signers if signer.status == rules.OPEN]
    for signer in waits:
        text = _("waits for me") if signer.mark == "me" else found.step_title
        events.append(Event(signer.post, text, "now", due=found.step.due_on))
    if not waits and found.step.waits_for:
        events.append(Event(found.step.waits_for, _("the post is empty"), "now"))
    node, seen = found.step.flow_task, set()
    while node is not None and node not in seen:
        seen.add(node)
        node = getattr(node, "_granted", None) if isinstance(node, SignOff) else getattr(node, "_next", None)
        if node is None or isinstance(node, End):
            break
        who = _("System") if isinstance(node, Effect) else ""
        events.append(Event(who, str(node.task_title), "next"))


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
    title = str(waits[0].step.flow_task.task_title) if waits else ""
    empty = any(share.step.waits_for for share in waits)
    return {"over": False, "posts": [] if empty else [share.post.name for share in waits], "step": title}
