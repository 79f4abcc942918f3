"""What is wrong with a ladder, as sentences: in a plan file, and wherever else a ladder is written."""

from collections.abc import Iterator
from typing import Any

from django.utils.translation import gettext_lazy as _

from flows.engine import resolvers
from hetang_flow.lib.plan_file import Finding, Path, nearest
from permissions.plan_names import Names, check_post

from . import rules, sources

MESSAGES: dict[str, Any] = {
    "ladder-empty": _("The ladder has no rung. Give it one, or leave it out."),
    "rung-twice": _("The rung “%(code)s” stands on the ladder twice. Choose another code."),
    "measure-goes-down": _("The rung “%(rung)s” is milder than one below it. Put the milder one below."),
    "confirmer-missing": _(
        "The rung “%(rung)s” names nobody who confirms it. From criticism upwards a named person has the word."
    ),
    "wait-negative": _("The rung “%(rung)s” waits %(days)s working days. A wait is 0 or more."),
    "rung-never-reached": _(
        "Nothing ever reaches the rung “%(rung)s”. Give it a wait, or say what enters there."
    ),
    "slip-without-colour": _("The slip “%(rung)s” has no colour. Use blue, yellow or red."),
    "slip-without-days": _("The slip “%(rung)s” has no days of its own. Say in how many it is answered."),
    "no-slip": _("The rung “%(rung)s” is no slip, so it has neither colour nor days. Remove them."),
    "referral-told": _(
        "The rung “%(rung)s” would tell the subject of its referral. Leave out its own unit's posts."
    ),
    "nobody-told": _("Nobody hears of the rung “%(rung)s”. Say who is told."),
    "audience-unknown": _("“%(who)s” is nobody who could be told of the rung “%(rung)s”."),
    "spared-never-reminded": _(
        "Who is spared is only reminded, but the lowest rung “%(rung)s” is no reminder."
    ),
    "mark-unknown": _("Nothing bears the mark “%(mark)s” that may enter at “%(rung)s”. Known: %(known)s."),
    "confirmer-unknown": _("Nothing resolves “%(said)s”. Use one of %(known)s."),
}


def marks() -> list[str]:
    """What may stand under `enters`: the sources, the marks they set, and the grounds entered by hand."""
    return sorted({*rules.BY_HAND, *sources.marks()})


def findings(ladder: rules.Ladder, names: Names, where: Path = ()) -> Iterator[Finding]:
    """Every fault of a ladder as a sentence; a confirmer is a post of the plan or a resolver somebody registered."""
    known = marks()
    for fault in rules.faults(ladder, marks=known):
        facts = {**fault.facts, "known": "、".join(known)}
        path = (*where, "rungs") if fault.index is None else (*where, "rungs", fault.index, fault.column)
        yield Finding(fault.code, MESSAGES[fault.code], facts, path)
    for rung in ladder.rungs:
        path = (*where, "rungs", rung.order - 1, "confirm")
        if rung.confirm and "." in rung.confirm:
            if rung.confirm not in resolvers.known():
                near = nearest(rung.confirm, resolvers.known()) or "-"
                facts = {"said": rung.confirm, "known": near}
                yield Finding("confirmer-unknown", MESSAGES["confirmer-unknown"], facts, path)
        elif rung.confirm:
            yield from check_post(names, rung.confirm, path)
