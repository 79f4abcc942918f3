"""A project's card as a paper (PDF): one sheet of A4 to be laid into a folder; reads no database.

What it says is made here; how it looks, and how small it is set so that one sheet holds it, is
`templates/papers/card.typ`.
"""

from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from flows.engine.papers import moment
from flows.engine.typesetting import fact_lines, kept_as, pdf, printable
from flows.projects.papers import money
from flows.projects.selectors_project import Stop
from flows.taskforces.selectors import Shown
from flows.timetables.rules import DONE, LATE
from flows.timetables.selectors import NodeStanding
from hetang_flow.lib import figures as figure
from hetang_flow.lib.clock import district_day
from permissions.actors import Actor

from .selectors import Card

HUNDRED = Decimal(100)


@dataclass(frozen=True, slots=True)
class Table:
    """A table under a title; `shape` names its columns in the template, `empty` is said where it has no row."""

    title: str
    shape: str
    heads: list[str]
    rows: list[list[str]]
    empty: str = ""


def card_pdf(card: Card, *, by: Actor, at: datetime) -> bytes:
    """The card as a PDF in the language in use, printed by this person at this moment."""
    return pdf("card.typ", _paper(card, by, at), at=at)


def file_name(card: Card) -> str:
    """A name under which the paper can be kept on any system."""
    return kept_as(card.project.code, card.project.name, _("Project file card"))


def _paper(card: Card, by: Actor, at: datetime) -> dict[str, Any]:
    tables = (_nodes(card), _months(card), _obstacles(card), _passed(card), _forces(card.forces))
    return {
        "language": (get_language() or "zh")[:2],
        "title": _("Project file card"),
        "name": printable(card.project.name),
        "code": printable(card.project.code),
        "facts": [[asdict(fact) for fact in line] for line in fact_lines(_about(card))],
        "strip": _strip(card),
        "tables": [asdict(table) for table in tables],
        "pages": _("Page %(page)s of %(pages)s") % {"page": "{page}", "pages": "{pages}"},
        "printed": printable(_("Printed %(when)s by %(name)s") % {"when": moment(at), "name": by.name}),
    }


def _about(card: Card) -> Iterator[tuple[str, str]]:
    """What it is, how its money stands, who answers for it."""
    project, found = card.project, card.figures
    yield _("Campaign line"), project.line.name
    yield _("Location"), project.location
    yield _("Construction period"), _period(project.builds_from, project.builds_until)
    yield _("Phase"), str(project.get_phase_display())
    yield _("Total investment"), money(project.total_investment)
    yield _("Invested before this year"), money(project.invested_before)
    yield _("Planned investment this year"), money(project.planned_investment)
    if found.last:
        done = money(found.invested)
        if found.done_share is not None:
            done += f"\n{_share(found.done_share)}"
        yield _("Invested this year"), done
        yield _("Should be by the time that went by"), f"{money(found.expected)}\n{_share(found.share)}"
    if found.progress is not None:
        yield _("Progress of the whole"), f"{figure.number(found.progress)} %"
    yield _("Investor"), project.investor_kind
    yield _("Industrial chain"), project.chain_name
    yield _("Remark"), project.remark
    for role in card.chain:
        yield role.role, "、".join(role.names) + (f"（{role.why}）" if role.why else "")


def _period(first: date | None, last: date | None) -> str:
    return f"{first:%Y.%m}–{last:%Y.%m}" if first and last else ""


def _share(share: Decimal) -> str:
    return f"{figure.number((share * HUNDRED).quantize(Decimal('0.1')))} %"


def _short(value: date | datetime | None) -> str:
    """A day in figures, as narrow columns need it."""
    if isinstance(value, datetime):
        value = district_day(value)
    return f"{value:%Y.%m.%d}" if value else ""


def _strip(card: Card) -> list[dict[str, str]]:
    """The phases, each with its day: when it began, or when it is planned to."""

    def when(stop: Stop) -> str:
        if stop.since:
            said = _("since %(day)s") if stop.state == "now" else "%(day)s"
            return said % {"day": _short(stop.since)}
        return _("planned %(day)s") % {"day": _short(stop.planned)} if stop.planned else ""

    return [{"name": stop.name, "state": stop.state, "day": when(stop)} for stop in card.strip]


# --- tables ---


def _nodes(card: Card) -> Table:
    heads = [_("Node"), _("Who answers"), _("Planned at first"), _("Planned"), _("Actual day"), _("Standing")]
    rows = [
        [
            node.node.name,
            node.node.post.name if node.node.post else "",
            _short(node.node.first_planned),
            _short(node.node.planned) + (f"\n{_('provisional')}" if node.provisional else ""),
            _short(node.done_on),
            standing_words(node),
        ]
        for node in card.nodes
    ]
    return _table(_("Timetable"), "nodes", heads, rows, _("No timetable in force"))


def standing_words(node: NodeStanding) -> str:
    """How a node stands, in words."""
    days = abs(node.days)
    if node.state == DONE and not days:
        return _("done on its day")
    if node.state == DONE and node.early:
        said = ngettext("done, %(days)s working day early", "done, %(days)s working days early", days)
    elif node.state == DONE:
        said = ngettext("done, %(days)s working day late", "done, %(days)s working days late", days)
    elif node.state == LATE:
        said = ngettext("%(days)s working day late", "%(days)s working days late", days)
    else:
        said = ngettext("%(days)s working day left", "%(days)s working days left", days)
    return said % {"days": days}


def _months(card: Card) -> Table:
    """What was reported in the plan's year, month by month."""
    heads = [
        _("Month"),
        _("Invested since 1 January"),
        _("This month"),
        _("Progress"),
        _("State of the works"),
    ]
    rows = [
        [
            f"{month.month:%Y.%m}",
            figure.number(month.invested),
            figure.number(brought),
            f"{figure.number(month.progress)} %",
            month.works,
        ]
        for month, brought in card.months
    ]
    title = _("Investment month by month (10,000 yuan)")
    return _table(title, "months", heads, rows, _("No month yet"))


def _obstacles(card: Card) -> Table:
    heads = [_("Open since"), _("Obstacle or need"), _("What it does")]
    does = {True: _("stops the work"), False: _("excuses the delay")}
    rows = [[_short(each.since), each.title, does[each.stops]] for each in card.obstacles]
    nothing = _("Nothing stands in the way of this project.")
    return _table(_("Open obstacles and needs"), "obstacles", heads, rows, nothing)


def _passed(card: Card) -> Table:
    heads = [_("Milestone"), _("Begun"), _("Passed on"), _("Taken (working days)")]
    rows = [
        [each.name, _short(each.taken.opened), _short(each.taken.closed), str(each.taken.days)]
        for each in card.passed
    ]
    return _table(_("Milestones passed"), "passed", heads, rows, _("No milestone has been confirmed yet."))


def _forces(forces: Iterable[Shown]) -> Table:
    heads = [_("Task force"), _("Head"), _("Units and people"), _("Tasks")]
    rows = []
    for shown in forces:
        head = shown.force.head.name if shown.force.head else _("not named yet")
        people = "、".join((*shown.leading, *shown.members, *shown.posts))
        days = f"{_short(shown.force.from_day)}–{_short(shown.force.until_day)}"
        rows.append([f"{shown.force.name}\n{days}", head, people, shown.force.tasks])
    return _table(_("Task forces"), "forces", heads, rows, _("No task force works on this project."))


def _table(title: str, shape: str, heads: list[str], rows: list[list[str]], empty: str) -> Table:
    return Table(title, shape, heads, [[printable(cell) for cell in row] for row in rows], empty)
