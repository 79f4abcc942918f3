"""Errors in the campaign's part of a plan file that no schema sees."""

from collections.abc import Iterable, Iterator
from typing import Any

from django.utils.translation import gettext_lazy as _

from flows.campaigns.plan_schema import OWING, LeaderEntry
from hetang_flow.lib.plan_file import Finding, Path, doubles, nearest
from permissions.plan_names import check_post, check_units


def check_office(document: Any) -> Iterator[Finding]:
    """Known posts at the head of the office."""
    office = document.office
    if not office:
        return
    yield from check_post(document.names, office.head, ("office", "head"))
    for key in ("deputies", "roster_deputies"):
        for index, code in enumerate(getattr(office, key)):
            yield from check_post(document.names, code, ("office", key, index))


def check_year(document: Any) -> Iterator[Finding]:
    """The campaign ends after it begins."""
    campaign = document.campaign
    if not campaign:
        return
    if campaign.effective_until < campaign.effective_from:
        message = _(
            "The campaign ends on %(until)s, before it begins on %(first)s. Correct one of the two days."
        )
        facts = {"until": campaign.effective_until, "first": campaign.effective_from}
        yield Finding("campaign-backwards", message, facts, ("campaign", "effective_until"))


def check_lines(document: Any) -> Iterator[Finding]:
    """Each line once, one convener, known posts and units."""
    yield from _doubled("lines", document.lines)
    for index, line in enumerate(document.lines):
        where = ("lines", index)
        yield from _check_leaders(document, line.leaders, (*where, "leaders"), line.name)
        yield from check_units(document.names, line.lead, (*where, "lead"))
        yield from check_units(document.names, line.responsible, (*where, "responsible"), collective=True)


def _check_leaders(document: Any, leaders: list[LeaderEntry], where: Path, name: str) -> Iterator[Finding]:
    for index, leader in enumerate(leaders):
        yield from check_post(document.names, leader.post, (*where, index, "post"))
    yield from _posts_twice(leaders, where)
    conveners = [index for index, leader in enumerate(leaders) if leader.convener]
    for index in conveners[1:]:
        message = _("“%(name)s” has two conveners: %(first)s and %(second)s. Keep convener: true on one.")
        facts = {"name": name, "first": leaders[conveners[0]].post, "second": leaders[index].post}
        yield Finding("two-conveners", message, facts, (*where, index, "convener"))
    if len(leaders) > 1 and not conveners and where[0] == "lines":
        message = _("“%(name)s” has no convener. Put convener: true on one of its leaders.")
        yield Finding("no-convener", message, {"name": name}, where)


def check_groups(document: Any) -> Iterator[Finding]:
    """Each group once, one group a line, known heads and units."""
    yield from _doubled("groups", document.groups)
    lines = document.line_codes
    for index, first in doubles(group.line for group in document.groups):
        message = _("The line “%(line)s” has a group already (groups[%(first)s]). A line has one group.")
        facts = {"line": document.groups[index].line, "first": first}
        yield Finding("two-groups", message, facts, ("groups", index, "line"))
    for index, group in enumerate(document.groups):
        where = ("groups", index)
        if group.line is not None and group.line not in lines:
            yield unknown_line(group.line, lines, (*where, "line"))
        yield from _check_leaders(document, group.leaders, (*where, "leaders"), group.name)
        for place, head in enumerate(group.heads):
            yield from check_post(document.names, head.post, (*where, "heads", place, "post"))
        yield from _posts_twice(group.heads, (*where, "heads"))
        executive = [place for place, head in enumerate(group.heads) if head.executive]
        for place in executive[1:]:
            message = _("“%(name)s” has two executive heads. Keep executive: true on one.")
            yield Finding(
                "two-executives", message, {"name": group.name}, (*where, "heads", place, "executive")
            )
        yield from check_units(document.names, group.lead, (*where, "lead"))
        yield from check_units(document.names, group.members, (*where, "members"), collective=True)


def check_obligations(document: Any) -> Iterator[Finding]:
    """Known roles and quotas, possible cadences."""
    yield from _doubled("obligations", document.obligations)
    known = {*OWING, *document.names.unit_names, *(group.code for group in document.groups)}
    known |= {f"line:{code}" for code in document.line_codes}
    targets = {target.code for target in document.targets}
    for index, entry in enumerate(document.obligations):
        where = ("obligations", index)
        for key in ("owed_by", "owed_to"):
            said = getattr(entry, key)
            if said and said not in known and not document.broken("groups"):
                message = _(
                    "“%(said)s” is no role, organisation code, group or line:code. Nearest: %(near)s."
                )
                facts = {"said": said, "near": nearest(said, known) or "、".join(OWING)}
                yield Finding("role-unknown", message, facts, (*where, key))
        quota = entry.cadence.quota
        if quota and quota not in targets and not document.broken("targets"):
            message = _("There is no target “%(code)s” to be the quota. Nearest: %(near)s.")
            facts = {"code": quota, "near": nearest(quota, targets) or "-"}
            yield Finding("quota-unknown", message, facts, (*where, "cadence", "quota"))
        if entry.cadence.every == "quarterly" and (entry.cadence.month or 1) > 3:
            message = _("A quarter has three months; give month 1, 2 or 3.")
            yield Finding("cadence-impossible", message, {}, (*where, "cadence", "month"))


def _doubled(key: str, entries: list[Any]) -> Iterator[Finding]:
    for index, first in doubles(entry.code for entry in entries):
        message = _("The code “%(code)s” is taken by %(key)s[%(first)s]. Choose another.")
        facts = {"code": entries[index].code, "key": key, "first": first}
        yield Finding("code-twice", message, facts, (key, index, "code"))


def _posts_twice(entries: list[Any], where: Path) -> Iterator[Finding]:
    for index, _first in doubles(entry.post for entry in entries):
        message = _("The post “%(post)s” stands here twice. Remove one.")
        yield Finding("post-listed-twice", message, {"post": entries[index].post}, (*where, index, "post"))


def unknown_line(said: str, lines: Iterable[str], path: Path) -> Finding:
    """The finding for a line that the plan does not have."""
    known = sorted(lines)
    message = _("There is no line “%(said)s”. Use one of %(known)s.")
    return Finding("line-unknown", message, {"said": said, "known": "、".join(known) or "-"}, path)
