"""What cannot add up about key projects, computed from the plan file alone."""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext_lazy as _

from flows.projects.plan_schema import IS_NEW, ProjectEntry
from flows.projects.rules import verifying_units
from hetang_flow.lib.plan_file import NOTE, PRESET, WARNING, Finding
from permissions.plan_section import COMMISSION, HIGHER_COMMISSION, people_called, units_of_person


def lint_projects(document: Any) -> Iterator[Finding]:
    """Every rule about projects, row by row."""
    for index, entry in enumerate(document.projects):
        yield from _pace(document, index, entry)
        yield from _money(document, index, entry)
        yield from _verifies_itself(document, index, entry)
        yield from _leaders(document, index, entry)
    presets = [gate for gate in document.gates if gate.clause == PRESET]
    if presets:
        message = _(
            "%(count)s evidence checklists are presets, not the notice's text: %(names)s. Have them approved."
        )
        facts = {"count": len(presets), "names": "、".join(gate.name for gate in presets)}
        yield Finding("preset-gates", message, facts, ("gates",), NOTE, PRESET)


def yi(amount: Decimal) -> str:
    """An amount in 亿元 with at most two places and none that are nought."""
    text = f"{amount:.2f}"
    return text.rstrip("0").rstrip(".")


def months_between(first: date, last: date) -> int:
    """Calendar months touched from one day to another, none when the second comes earlier."""
    return max(0, (last.year - first.year) * 12 + last.month - first.month + 1)


def _facts(entry: ProjectEntry) -> dict[str, Any]:
    return {"row": entry.row or "-", "name": entry.name}


def _pace(document: Any, index: int, entry: ProjectEntry) -> Iterator[Finding]:
    """Hold the yearly pace needed after the plan year against the pace of the plan year itself."""
    campaign = document.campaign
    begins, ends = campaign.effective_from, campaign.effective_until
    rest = entry.total - entry.invested_before - entry.planned
    built_now = months_between(max(begins, entry.builds.first), min(ends, entry.builds.last))
    months_left = months_between(date(ends.year + 1, 1, 1), entry.builds.last)
    if rest <= 0 or not entry.planned or not built_now:
        return
    facts = _facts(entry) | {"rest": yi(rest), "planned": yi(entry.planned), "until": str(entry.builds)}
    path = ("projects", index, "builds")
    if not months_left:
        message = _(
            "Row %(row)s, %(name)s: built %(until)s, yet %(rest)s 亿元 are left after this year's %(planned)s 亿元."
        )
        yield Finding("money-left-at-end", message, facts, path, WARNING, entry.clause)
        return
    needed, pace = rest / months_left * 12, entry.planned / built_now * 12
    if needed > pace:
        message = _(
            "Row %(row)s, %(name)s: built %(until)s; %(rest)s 亿元 are left after this year's %(planned)s 亿元, that is "
            "%(needed)s 亿元 a year for %(years)s years, %(times)s times this year's pace of %(pace)s 亿元."
        )
        facts |= {"needed": yi(needed), "years": yi(Decimal(months_left) / 12)}
        facts |= {"pace": yi(pace), "times": yi(needed / pace)}
        yield Finding("pace-too-slow", message, facts, path, WARNING, entry.clause)


def _money(document: Any, index: int, entry: ProjectEntry) -> Iterator[Finding]:
    """Money before the start, more money than the total, a new project that began long ago."""
    begins = document.campaign.effective_from
    facts = _facts(entry) | {"until": str(entry.builds), "done": yi(entry.invested_before)}
    if entry.invested_before and entry.builds.first >= begins:
        message = _(
            "Row %(row)s, %(name)s: works begin in %(start)s, yet %(done)s 亿元 count as invested already. "
            "Say what the money was for."
        )
        facts |= {"start": f"{entry.builds.first.year}.{entry.builds.first.month}"}
        path = ("projects", index, "invested_before")
        yield Finding("money-before-start", message, facts, path, WARNING, entry.clause)
    if entry.invested_before + entry.planned > entry.total:
        message = _(
            "Row %(row)s, %(name)s: %(done)s 亿元 done and %(planned)s planned exceed the total of %(total)s 亿元."
        )
        facts |= {"planned": yi(entry.planned), "total": yi(entry.total)}
        yield Finding(
            "money-exceeds-total", message, facts, ("projects", index, "total"), WARNING, entry.clause
        )
    if entry.remark == IS_NEW and entry.builds.first < begins and entry.invested_before:
        message = _(
            "Row %(row)s, %(name)s is marked as new, yet it is built %(until)s and %(done)s 亿元 are invested: "
            "new in the list, not a new start."
        )
        yield Finding("new-but-begun", message, facts, ("projects", index, "remark"), NOTE, entry.clause)


def _verifies_itself(document: Any, index: int, entry: ProjectEntry) -> Iterator[Finding]:
    """A service department that also leads the line: say who verifies instead."""
    names = document.names
    line = next((line for line in document.lines if line.code == entry.line), None)
    served, leading = names.expand(entry.service), names.expand(line.lead) if line else []
    both = [code for code in leading if code in served]
    if not both:
        return
    instead = verifying_units(leading, coordination_units(document), served=served)
    facts = _facts(entry) | {
        "units": names.called(both),
        "line": line.name,
        "instead": names.called(instead) or "-",
    }
    message = _(
        "Row %(row)s, %(name)s: %(units)s serves the project and leads the line %(line)s, so it would verify its own "
        "work; %(instead)s verifies instead."
    )
    yield Finding("verifies-itself", message, facts, ("projects", index, "service"), WARNING, entry.clause)


def coordination_units(document: Any) -> list[list[str]]:
    """The circles of the coordination group: lead units, then members."""
    groups = [group for group in document.groups if group.line is None]
    expand = document.names.expand
    return [expand(group.lead) for group in groups] + [expand(group.members) for group in groups]


def _leaders(document: Any, index: int, entry: ProjectEntry) -> Iterator[Finding]:
    """Contact leaders off the roster, and one who heads the commission that would judge the case."""
    posts = {post.code: post for post in document.posts}
    for place, code in enumerate(entry.district_leaders):
        path = ("projects", index, "district_leaders", place)
        facts = _facts(entry) | {"who": people_called(document, [code])}
        if not posts[code].on_roster:
            message = _(
                "Row %(row)s, %(name)s: the contact leader %(who)s is not on the roster. Confirm name and post."
            )
            yield Finding("leader-off-roster", message, facts, path, WARNING, entry.clause)
        if COMMISSION in units_of_person(document, code):
            facts |= {
                "body": document.names.called([COMMISSION]),
                "higher": document.names.called([HIGHER_COMMISSION]),
            }
            message = _(
                "Row %(row)s, %(name)s: its contact leader %(who)s heads %(body)s and would judge an own case; "
                "a case about this project goes to %(higher)s."
            )
            yield Finding("judges-own-project", message, facts, path, WARNING, entry.clause)
