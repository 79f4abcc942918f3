"""A run's history as people read it: each entry of the record in one sentence, by round."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop, ngettext

from flows.journal.selectors import Line

from . import registry
from .models import Assignment, Policy, Run
from .registry import Said

MOST_NAMED = 3


@dataclass(frozen=True, slots=True)
class Event:
    """A line of the history; `mark` chooses its sign: sub, yes, back, add, done, wait, now, next."""

    who: str
    text: str
    mark: str
    when: datetime | None = None
    quote: str = ""
    name: str = ""
    due: date | None = None
    step: str = ""


@dataclass(frozen=True, slots=True)
class Round:
    """One round of the history, in the order of the record."""

    number: int
    events: list[Event]
    ended: Event | None = None


@dataclass(frozen=True, slots=True)
class Told:
    """An entry with what its sentence needs besides: people by their keys, and the flow's names of its steps."""

    line: Line
    people: Mapping[int, str]
    run: Run

    @property
    def facts(self) -> Mapping[str, Any]:
        """The entry's facts."""
        return self.line.facts

    @property
    def quote(self) -> str:
        """The opinion or the reason, as written."""
        return self.line.personal.get("opinion", "")

    @property
    def posts(self) -> str:
        """The posts it is about; of many the first few, for the signers' list names them all."""
        return first_of(self.facts.get("posts") or [self.facts.get("post", "")])

    def title(self, name: str) -> str:
        """What the flow calls a step."""
        node = self.run.flow_class.instance.node(name, no_obsolete=True) if name else None
        return str(node.task_title) if node is not None else name

    def day(self, name: str) -> str:
        """A day among the facts."""
        value = self.facts.get(name)
        return date_format(date.fromisoformat(str(value)[:10]), "DATE_FORMAT") if value else "—"


def first_of(names: Sequence[str]) -> str:
    """Names as one reads them; of many the first few and their number."""
    if len(names) <= MOST_NAMED + 1:
        return "、".join(names)
    some = {"posts": "、".join(names[:MOST_NAMED]), "number": len(names)}
    text = ngettext(
        "%(posts)s and others, %(number)s post", "%(posts)s and others, %(number)s posts", len(names)
    )
    return text % some


def rounds(lines: Sequence[Line], run: Run, people: Mapping[int, str], *, blind: bool = False) -> list[Round]:
    """The entries as sentences, by round, the newest round first; `blind` leaves out the words of who hands in."""
    found: dict[int, list[Event]] = {}
    number = 1
    for line in lines:
        number = (
            line.facts.get("step_round")
            or (line.facts.get("round") if line.facts.get("run") else None)
            or number
        )
        event = _event(Told(line, people, run), blind=blind)
        if event:
            found.setdefault(number, []).append(event)
    return [
        Round(number, events, next((event for event in reversed(events) if event.mark == "back"), None))
        for number, events in sorted(found.items(), reverse=True)
    ]


def _event(told: Told, *, blind: bool) -> Event | None:
    line = told.line
    said = WORDS[line.kind](told) if line.kind in WORDS else registry.words_for(line)
    if said is None:
        return None
    who = line.actor_post or line.actor_name or _("System")
    name = line.actor_name if line.actor_name != who else ""
    if line.on_behalf_post:
        who = _("%(post)s for %(other)s") % {"post": who, "other": line.on_behalf_post}
        name = "、".join(filter(None, (name, line.on_behalf_name)))
    quote = "" if blind and line.kind == "work.done" else said.quote
    step = told.title(line.facts.get("node", "")) if line.facts.get("node") else ""
    return Event(who, said.text, said.mark, line.happened, quote, name, step=step)


def names_in(shares: Sequence[Assignment], run: Run) -> dict[int, str]:
    """The people of a run by their keys."""
    people = [run.initiator, *(share.handed_to for share in shares), *(share.decided_by for share in shares)]
    return {person.pk: person.name for person in people if person}


# --- the engine's own entries, in the words of the office ---


def _plain(text: str, mark: str) -> Callable[[Told], Said]:
    return lambda told: Said(_(text), mark, told.quote)


def _work_done(told: Told) -> Said:
    again = (told.facts.get("step_round") or 1) > 1
    return Said(_("submitted again") if again else _("submitted"), "sub", told.quote)


def _returned(told: Told) -> Said:
    if not told.facts.get("to"):
        return Said(_("returned for correction"), "back", told.quote)
    text = _("returned to “%(step)s”") % {"step": told.title(told.facts["to"])}
    if told.facts.get("resume"):
        text = _("%(done)s; comes straight back here afterwards") % {"done": text}
    return Said(text, "back", told.quote)


def _handed_out(told: Told) -> Said:
    to = told.people.get(told.facts.get("to", 0), "")
    return Said(_("handed out to %(name)s") % {"name": to} if to else _("handed out"), "add")


def _added(told: Told) -> Said:
    before, beside = _("added %(posts)s to sign before"), _("added %(posts)s to sign alongside")
    ways = {"before": before, "alongside": beside, "after": _("added %(posts)s to sign after")}
    text = ways.get(told.facts.get("turn", ""), beside) % {"posts": told.posts}
    if len(told.facts.get("posts", ())) > 1:
        text = _("%(done)s (%(mode)s)") % {"done": text, "mode": mode_name(told.facts.get("mode", ""))}
    return Said(text, "add", told.quote)


def mode_name(mode: str) -> str:
    """How several signers pass together."""
    return str(dict(Policy.Mode.choices).get(mode, mode))


def _about_posts(text: str, mark: str = "add") -> Callable[[Told], Said]:
    return lambda told: Said(_(text) % {"posts": told.posts}, mark, told.quote)


def _transferred(told: Told) -> Said:
    return Said(_("passed it on to %(post)s") % {"post": told.facts.get("to", "")}, "add", told.quote)


def _urged(told: Told) -> Said:
    text = _("urged %(posts)s (time %(number)s)")
    return Said(text % {"posts": told.posts, "number": told.facts.get("times", 1)}, "done")


def _timed_out(told: Told) -> Said:
    ways = {
        "remind": _("limit passed (%(day)s): the signers were reminded"),
        "escalate": _("limit passed (%(day)s): the signers, their heads and the campaign office were told"),
        "transfer": _("limit passed (%(day)s): passed to the alternate by the rule"),
        "approve": _("limit passed (%(day)s): passed by the rule, not by a person"),
        "reject": _("limit passed (%(day)s): returned by the rule, not by a person"),
    }
    text = ways.get(told.facts.get("action", ""), ways["remind"])
    return Said(text % {"day": told.day("due")}, "wait")


def _redated(told: Told) -> Said:
    if told.facts.get("was") == told.facts.get("day"):
        return Said(_("the calendar was published; the day stays %(day)s") % {"day": told.day("day")}, "wait")
    text = _("the calendar was published; the day moved from %(was)s to %(day)s")
    return Said(text % {"was": told.day("was"), "day": told.day("day")}, "wait")


def _auto(told: Told) -> Said:
    why = told.facts.get("why", "")
    text = _("marked %(post)s by the rule: %(why)s")
    return Said(text % {"post": told.facts.get("post", ""), "why": auto_name(why)}, "done")


def auto_name(why: str) -> str:
    """Why the system, not the person, marked a share."""
    return str(dict(Assignment.Auto.choices).get(why, why))


def _waits(told: Told) -> Said:
    return Said(_("nobody holds %(post)s; it waits") % {"post": told.facts.get("waits_for", "")}, "wait")


def _resumed(told: Told) -> Said:
    days = told.facts.get("stood", 0)
    if not days:
        return Said(_("let it go on"), "done")
    text = ngettext(
        "let it go on; due days move by %(days)s working day",
        "let it go on; due days move by %(days)s working days",
        days,
    )
    return Said(text % {"days": days}, "done")


def _reopened(told: Told) -> Said:
    step = told.title(told.facts.get("at", ""))
    return Said(_("brought it back at “%(step)s”") % {"step": step}, "back", told.quote)


def _appended(told: Told) -> Said:
    step = told.title(told.facts.get("at", ""))
    text = _("named %(posts)s for “%(step)s” as well")
    return Said(text % {"posts": told.posts, "step": step}, "add", told.quote)


def _sleeps(told: Told) -> Said:
    return Said(_("waits until %(day)s") % {"day": told.day("until")}, "wait")


def _sub_run(told: Told) -> Said:
    return Said(_("started the sub-matter %(code)s") % {"code": told.facts.get("code", "")}, "add")


def _sub_run_ended(told: Told) -> Said:
    passed = told.facts.get("outcome") == "completed"
    text = _("sub-matter %(code)s completed") if passed else _("sub-matter %(code)s ended without result")
    return Said(text % {"code": told.facts.get("code", "")}, "yes" if passed else "back")


WORDS: dict[str, Callable[[Told], Said]] = {
    "run.started": _plain(gettext_noop("started it"), "sub"),
    "work.done": _work_done,
    "share.approved": _plain(gettext_noop("approved"), "yes"),
    "share.rejected": _plain(gettext_noop("did not approve"), "no"),
    "step.returned": _returned,
    "share.delegated": _about_posts(gettext_noop("asked %(posts)s to look into it first")),
    "share.consulted": _about_posts(gettext_noop("asked %(posts)s for comments")),
    "share.advised": _plain(gettext_noop("gave the opinion asked for"), "ask"),
    "share.transferred": _transferred,
    "share.taken_back": _plain(gettext_noop("took the decision back"), "back"),
    "share.claimed": _plain(gettext_noop("took the task from the unit's pool"), "add"),
    "share.put_back": _plain(gettext_noop("laid the task back into the unit's pool"), "add"),
    "share.auto": _auto,
    "signers.added": _added,
    "signer.removed": _about_posts(gettext_noop("took %(posts)s off the signers"), "done"),
    "assignees.appended": _appended,
    "step.handed_out": _handed_out,
    "step.waits": _waits,
    "step.timed_out": _timed_out,
    "step.redated": _redated,
    "step.sleeps": _sleeps,
    "step.woke": _plain(gettext_noop("the day has come; it goes on"), "done"),
    "step.triggered": _plain(gettext_noop("set a job in motion and waits for it"), "wait"),
    "step.trigger_done": _plain(gettext_noop("the job is done; it goes on"), "done"),
    "step.trigger_failed": _plain(gettext_noop("the job fails again and again; it goes on trying"), "wait"),
    "subrun.started": _sub_run,
    "subrun.ended": _sub_run_ended,
    "run.copied_to": _about_posts(gettext_noop("sent it to %(posts)s for information"), "done"),
    "copy.acknowledged": _plain(gettext_noop("has read it"), "done"),
    "run.urged": _urged,
    "run.suspended": _plain(gettext_noop("suspended it; no day counts"), "pause"),
    "run.resumed": _resumed,
    "run.terminated_by": _plain(gettext_noop("terminated it"), "back"),
    "run.reopened": _reopened,
    "run.withdrawn_by": _plain(gettext_noop("withdrew it"), "back"),
    "run.closed_by_system": _plain(gettext_noop("closed: it has lost its ground"), "back"),
    "run.completed": _plain(gettext_noop("matter completed"), "yes"),
    "run.refused": _plain(gettext_noop("not passed"), "back"),
    "run.void": _plain(gettext_noop("ended together with the matter above it"), "back"),
}
# Another entry of the same act tells it already.
SAID_BY_ANOTHER = frozenset({"run.withdrawn", "run.terminated", "run.closed"})
