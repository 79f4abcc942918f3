"""Every kind of notice in one table: its sentence, how urgent it is, and whether it may be said outside the house.

A new kind is one row here and its translation. A sentence says what the matter is called, never what is in it.
The names in the sentence are the facts a caller of `put` must give; of the others only `KEPT` are stored, because a
notice is no second record of opinions. Facts in `SPOKEN` may be message ids and are translated when the notice is read.
Of a confidential kind, as of a confidential matter (`Draft.confidential`), mail and chat say only that there is a task.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext
from django.utils.translation import gettext_noop as _

LOW, NORMAL, HIGH = "low", "normal", "high"
SPOKEN = ("label", "post")
KEPT = frozenset({"title", "label", "code", "step", "who"})
NAMES = re.compile(r"%\((\w+)\)s")


@dataclass(frozen=True, slots=True)
class Kind:
    """What is said (a message id), how urgently, and to whom alone; `needs` is read off the sentence."""

    sentence: str
    urgency: str = NORMAL
    confidential: bool = False
    needs: frozenset[str] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "needs", frozenset(NAMES.findall(self.sentence)))


KINDS: dict[str, Kind] = {
    "step.todo": Kind(_("New task: %(label)s, %(title)s"), HIGH),
    "step.returned": Kind(_("Returned for correction: %(title)s"), HIGH),
    "step.handed_out": Kind(_("Handed out to you: %(label)s, %(title)s"), HIGH),
    "step.blocked": Kind(_("Nobody holds %(post)s: %(title)s"), HIGH),
    "step.transferred": Kind(_("Passed on to you by %(who)s: %(title)s"), HIGH),
    "step.delegated": Kind(_("Your opinion is awaited: %(label)s, %(title)s"), HIGH),
    "step.consulted": Kind(_("Your comment is asked for: %(label)s, %(title)s")),
    "step.advised": Kind(_("%(who)s has given an opinion: %(title)s"), HIGH),
    "step.taken_back": Kind(_("Taken back by %(who)s: %(title)s")),
    "step.urged": Kind(_("Urged by %(who)s: %(label)s, %(title)s"), HIGH),
    "step.urged_head": Kind(_("Your unit was urged (%(post)s): %(title)s")),
    "step.overdue": Kind(_("Overdue: %(label)s, %(title)s"), HIGH),
    "step.redated": Kind(_("Due day moved to %(day)s by the published calendar: %(title)s"), HIGH),
    "step.escalated": Kind(_("Overdue in your unit: %(label)s, %(title)s"), HIGH),
    "step.timed_out": Kind(_("Time ran out at “%(step)s”: %(title)s")),
    "step.trigger_failed": Kind(_("“%(step)s” fails again and again: %(title)s"), HIGH),
    "signer.removed": Kind(_("Your signature is no longer needed: %(title)s")),
    "account.closed": Kind(_("%(who)s has left (%(post)s): hand over what lies open"), HIGH),
    "phone.guessed": Kind(_("Wrong PINs: the phone “%(name)s” is no longer known"), HIGH),
    "run.suspended": Kind(_("Suspended, no day counts: %(title)s")),
    "run.resumed": Kind(_("Goes on: %(title)s")),
    "run.terminated": Kind(_("Terminated: %(title)s"), HIGH),
    "run.reopened": Kind(_("Brought back: %(title)s"), HIGH),
    "run.decided": Kind(_("One step further: %(label)s, %(title)s")),
    "run.completed": Kind(_("Completed: %(title)s")),
    "run.refused": Kind(_("Not passed: %(title)s"), HIGH),
    "run.void": Kind(_("No longer needed: %(label)s, %(title)s")),
    "run.withdrawn": Kind(_("Withdrawn by the initiator: %(title)s")),
    "run.copied": Kind(_("For your information: %(title)s"), LOW),
    "substitution.made": Kind(_("%(who)s stands in for %(post)s from %(begins)s to %(ends)s")),
    "substitution.began": Kind(_("From today %(who)s stands in for %(post)s, up to %(ends)s")),
    "substitution.tasks": Kind(
        _("From today you stand in for %(post)s, up to %(ends)s; open tasks: %(count)s"), HIGH
    ),
    "substitution.ended": Kind(_("%(who)s no longer stands in for %(post)s")),
    "appointment.made": Kind(_("You are appointed to %(post)s from %(begins)s"), HIGH),
    "appointment.ended": Kind(_("You no longer hold %(post)s from %(ends)s")),
    "post.handed_over": Kind(_("Handed over on leaving: %(post)s; open tasks: %(count)s"), HIGH),
    "policy.migrated": Kind(_("Goes on under a new sign-off policy: %(title)s")),
    "token.moved": Kind(_("Moved to another step (%(step)s): %(title)s"), HIGH),
    "obstacle.raised": Kind(_("Raised to “%(level)s”, now held there: %(title)s"), HIGH),
    "obstacle.struck_off": Kind(_("Struck off: %(title)s")),
    "assessment.notified": Kind(_("Your unit is assessed; objections may be raised: %(title)s"), HIGH),
    "assessment.objected": Kind(_("A unit objects to its assessment: %(title)s"), HIGH),
    "assessment.answered": Kind(_("Your unit's objection is answered: %(title)s"), HIGH),
    "assessment.published": Kind(_("The assessment is published: %(title)s")),
    "lights.proposed": Kind(_("Rules of the lights to be confirmed: %(title)s"), HIGH),
    "lights.published": Kind(_("Rules of the lights confirmed: %(title)s")),
    "lights.declined": Kind(_("Rules of the lights not taken: %(title)s")),
    "supervision.climbed": Kind(_("%(rung)s: %(title)s"), HIGH),
    "inspection.announced": Kind(_("You inspect from %(first)s to %(last)s: %(title)s"), HIGH),
    "inspection.objected": Kind(_("A unit objects to findings: %(title)s"), HIGH),
    "discipline.todo": Kind(_("A task waits for you: %(code)s"), HIGH, confidential=True),
    "discipline.handled": Kind(
        _("What you had confirmed for referral was handled: %(title)s"), confidential=True
    ),
    "slip.struck_off": Kind(_("Struck off: %(slip)s")),
    "project.moved": Kind(_("The project has moved on: %(title)s"), LOW),
    "address.saved": Kind(_("From now on notices reach you here as well (%(label)s)."), HIGH),
}


class _Told(dict[str, Any]):
    """Facts for a sentence; what an old row does not know is shown as a dash."""

    def __missing__(self, name: str) -> str:
        return "—"


def checked(kind: str, facts: Mapping[str, Any]) -> Kind:
    """Return the kind; ValueError when it is not in the table or the sentence would have a hole."""
    if kind not in KINDS:
        raise ValueError(f"notice kind {kind!r} is not in notifications.catalogue")
    missing = KINDS[kind].needs - facts.keys()
    if missing:
        raise ValueError(f"notice kind {kind!r} needs the facts {sorted(missing)}")
    return KINDS[kind]


def stored(kind: str, facts: Mapping[str, Any]) -> dict[str, Any]:
    """The part of the facts that a notice keeps."""
    kept = KINDS[kind].needs | KEPT
    return {name: value for name, value in facts.items() if name in kept}


def title(kind: str, facts: Mapping[str, Any]) -> str:
    """The sentence in the active language; a kind that has left the table is only called a notice."""
    if kind not in KINDS:
        return gettext("Notice")
    told = _Told(facts)
    for name in SPOKEN:
        if told.get(name):
            told[name] = gettext(str(told[name]))
    return gettext(KINDS[kind].sentence) % told


def said_outside(kind: str, facts: Mapping[str, Any], *, confidential: bool) -> str:
    """What mail and chat say: the sentence, or of a confidential matter only that there is a task."""
    return gettext("You have a new task") if confidential else title(kind, facts)


def shape(kind: str) -> str:
    """The sentence without what it is about, for those who look after letters and may see no business."""
    if kind not in KINDS:
        return gettext("Notice")
    return gettext(KINDS[kind].sentence) % dict.fromkeys(KINDS[kind].needs, "…")


def is_confidential(kind: str) -> bool:
    """Whether nothing of a kind may be said outside the house."""
    return kind in KINDS and KINDS[kind].confidential


def urgency(kind: str) -> str:
    """low, normal or high."""
    return KINDS[kind].urgency if kind in KINDS else NORMAL
