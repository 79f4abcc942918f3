"""What cannot add up about lines, groups and the cadence, computed from the plan file alone."""

from calendar import monthrange
from collections.abc import Iterator
from datetime import date
from typing import Any

from django.utils.translation import gettext_lazy as _

from hetang_flow.lib.plan_file import NOTE, PRESET, WARNING, Finding
from permissions.plan_section import COMMISSION, HIGHER_COMMISSION, has_head, people_called, units_of_person


def lint_campaign(document: Any) -> Iterator[Finding]:
    """Every rule about the campaign, in the order of the notice."""
    for index, line in enumerate(document.lines):
        yield from _judges_own_line(document, index, line)
    yield from _headless(document)
    for index, group in enumerate(document.groups):
        line = next((line for line in document.lines if line.code == group.line), None)
        yield from _heads(document, index, group)
        yield from _lead_and_member(document, index, group)
        if line is not None:
            yield from _units_differ(document, index, group, line)
            yield from _leaders_differ(document, index, group, line)
    yield from _deputies(document)
    for index, entry in enumerate(document.obligations):
        yield from _roll(document, index, entry)


def _judges_own_line(document: Any, index: int, line: Any) -> Iterator[Finding]:
    """The commission that judges cases leads a line, or its head convenes one."""
    names = document.names
    people = [leader.post for leader in line.leaders if COMMISSION in units_of_person(document, leader.post)]
    if not people and COMMISSION not in names.expand(line.lead):
        return
    conveners = {leader.post for leader in line.leaders if leader.convener}
    facts = {
        "line": line.name,
        "who": people_called(document, people) or names.called([COMMISSION]),
        "role": _("convener")
        if conveners & set(people)
        else _("lead district leader")
        if people
        else _("lead department"),
        "body": names.called([COMMISSION]),
        "higher": names.called([HIGHER_COMMISSION]),
    }
    message = _(
        "%(line)s: %(who)s (%(role)s) belongs to %(body)s, which would judge cases of this line; "
        "they go to %(higher)s."
    )
    yield Finding("judges-own-line", message, facts, ("lines", index, "leaders"), WARNING, line.clause)


def _headless(document: Any) -> Iterator[Finding]:
    """Lead departments, then all other units, for which the roster names no head."""
    names, told = document.names, set()
    for index, line in enumerate(document.lines):
        for place, said in enumerate(line.lead):
            code = names.unit(said)
            if code in told or has_head(document, code):
                continue
            told.add(code)
            message = _("%(line)s: the lead department %(unit)s has no head on the roster. Name its head.")
            facts = {"line": line.name, "unit": names.called([code])}
            path = ("lines", index, "lead", place)
            yield Finding("lead-without-head", message, facts, path, WARNING, line.clause)
    mentioned: dict[str, None] = {}
    for line in document.lines:
        mentioned |= dict.fromkeys(names.expand(line.responsible))
    for group in document.groups:
        mentioned |= dict.fromkeys(names.expand([*group.lead, *group.members]))
    rest = [code for code in mentioned if code not in told and not has_head(document, code)]
    if rest:
        message = _(
            "%(count)s further units that the notice gives work to have no head on the roster: %(units)s."
        )
        facts = {"count": len(rest), "units": names.called(rest)}
        yield Finding("units-without-head", message, facts, ("groups",), NOTE, document.office.roster_clause)


def _heads(document: Any, index: int, group: Any) -> Iterator[Finding]:
    """Heads who are not on the roster, or hold no post in a lead unit of their group."""
    posts = {post.code: post for post in document.posts}
    leading = set(document.names.expand(group.lead))
    for place, head in enumerate(group.heads):
        path = ("groups", index, "heads", place, "post")
        facts = {"group": group.name, "who": people_called(document, [head.post])}
        if not posts[head.post].on_roster:
            message = _("%(group)s: the group head %(who)s is not on the roster. Confirm name and post.")
            yield Finding("head-off-roster", message, facts, path, WARNING, group.clause)
        elif not leading & units_of_person(document, head.post):
            message = _(
                "%(group)s: the group head %(who)s (%(post)s) holds no post in a lead unit (%(units)s)."
            )
            facts |= {"post": posts[head.post].name, "units": document.names.called(sorted(leading))}
            yield Finding("head-from-elsewhere", message, facts, path, WARNING, group.clause)


def _lead_and_member(document: Any, index: int, group: Any) -> Iterator[Finding]:
    names = document.names
    both = [code for code in names.expand(group.lead) if code in names.expand(group.members)]
    if both:
        message = _("%(group)s: %(units)s is lead unit and member unit at once.")
        facts = {"group": group.name, "units": names.called(both)}
        yield Finding("lead-and-member", message, facts, ("groups", index, "members"), NOTE, group.clause)


def _units_differ(document: Any, index: int, group: Any, line: Any) -> Iterator[Finding]:
    """Responsible units of the text against member units of the roster, and lead against lead."""
    names = document.names
    responsible, members = names.expand(line.responsible), names.expand(group.members)
    missing = [code for code in responsible if code not in members]
    added = [code for code in members if code not in responsible]
    path = ("groups", index, "members")
    if missing or added:
        some = _(
            "%(line)s: of %(responsible)s responsible units %(missing_count)s are no member units (%(missing)s); of "
            "%(members)s member units %(added_count)s are no responsible units (%(added)s)."
        )
        none = _(
            "%(line)s: all %(responsible)s responsible units are member units; of %(members)s member units "
            "%(added_count)s are no responsible units (%(added)s)."
        )
        facts = {
            "line": line.name,
            "responsible": len(responsible),
            "missing_count": len(missing),
            "missing": names.called(missing),
            "members": len(members),
            "added_count": len(added),
            "added": names.called(added) or _("none"),
        }
        severity = WARNING if missing else NOTE
        yield Finding(
            "responsible-not-members",
            some if missing else none,
            facts,
            path,
            severity,
            f"{line.clause}；{group.clause}",
        )
    lead, group_lead = names.expand(line.lead), names.expand(group.lead)
    if set(lead) != set(group_lead):
        message = _("%(line)s: lead departments are %(text)s in the text and %(roster)s in the group.")
        facts = {"line": line.name, "text": names.called(lead), "roster": names.called(group_lead)}
        yield Finding("leads-differ", message, facts, ("groups", index, "lead"), WARNING, group.clause)


def _leaders_differ(document: Any, index: int, group: Any, line: Any) -> Iterator[Finding]:
    in_text = {leader.post: leader.convener for leader in line.leaders}
    in_group = {leader.post: leader.convener for leader in group.leaders}
    if in_text == in_group:
        return
    message = _("%(line)s: lead district leaders are %(text)s in the text and %(roster)s in the group.")
    facts = {
        "line": line.name,
        "text": people_called(document, in_text),
        "roster": people_called(document, in_group) or _("none"),
    }
    yield Finding("leaders-differ", message, facts, ("groups", index, "leaders"), WARNING, group.clause)


def _deputies(document: Any) -> Iterator[Finding]:
    """Deputies of the office in the text against those on the roster."""
    office = document.office
    only_roster = [code for code in office.roster_deputies if code not in office.deputies]
    only_text = [code for code in office.deputies if code not in office.roster_deputies]
    if not only_roster and not only_text:
        return
    message = _(
        "The text names %(text_count)s deputy heads of the campaign office, the roster %(roster_count)s; only on the "
        "roster: %(roster)s; only in the text: %(text)s."
    )
    facts = {
        "text_count": len(office.deputies),
        "roster_count": len(office.roster_deputies),
        "roster": people_called(document, only_roster) or _("none"),
        "text": people_called(document, only_text) or _("none"),
    }
    clause = f"{office.deputies_clause}；{office.roster_clause}"
    yield Finding("deputies-differ", message, facts, ("office", "roster_deputies"), WARNING, clause)


def _roll(document: Any, index: int, entry: Any) -> Iterator[Finding]:
    """A named day on which the notice does not say what a rest day does: how often that matters this year."""
    if entry.roll_clause != PRESET or entry.cadence.day is None:
        return
    dates = named_days(entry.cadence, document.campaign.effective_from, document.campaign.effective_until)
    resting = [day for day in dates if day.weekday() >= 5]
    rolls = {"following": _("rolls forward"), "preceding": _("rolls back"), "strict": _("stays")}
    message = _(
        "%(name)s is due on day %(day)s; the notice does not say what happens on a rest day, the plan declares that it "
        "%(roll)s. %(resting)s of %(count)s due days fall on a weekend. Confirm."
    )
    facts = {
        "name": entry.name,
        "day": entry.cadence.day,
        "roll": rolls[entry.roll],
        "resting": len(resting),
        "count": len(dates),
    }
    severity = WARNING if resting else NOTE
    yield Finding("roll-not-said", message, facts, ("obligations", index, "roll"), severity, entry.clause)


def named_days(cadence: Any, first: date, last: date) -> list[date]:
    """The days a cadence names between two days, before any rolling; half months name none."""
    months = {
        "monthly": range(1, 13),
        "quarterly": [start + (cadence.month or 1) - 1 for start in (1, 4, 7, 10)],
        "yearly": [cadence.month or 1],
    }.get(cadence.every, [])
    days = [
        date(year, month, min(cadence.day, monthrange(year, month)[1]))
        for year in range(first.year, last.year + 1)
        for month in months
    ]
    return [day for day in days if first <= day <= last]
