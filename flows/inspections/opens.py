"""What this room itself lets a finding open: an obstacle on the project, and a matter of supervision (a slip)."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from flows.obstacles import operations as obstacles
from flows.obstacles.operations import Raised
from flows.obstacles.registry import Origin, origin_source
from flows.obstacles.rules import LONGEST_TEXT, LONGEST_TITLE
from flows.obstacles.selectors_pages import kinds_of
from flows.supervision import operations as supervision
from flows.supervision.operations import Entered
from flows.supervision.rules import may_enter
from flows.supervision.selectors_pages import entry_form
from hetang_flow.lib.verdicts import Verdict
from permissions.actors import Actor

from . import selectors
from .models import Finding
from .registry import Begun, opens

OBSTACLE, SLIP = "obstacle", "slip"
SHOWN = 40  # of a finding, where it is named beside something else


# --- an obstacle ---


def open_obstacle(finding: Finding, typed: Mapping[str, str], *, by: Actor, now: datetime) -> Begun:
    """An obstacle on the project; what was found stands in its particulars."""
    kind, _slash, part = typed.get("kind", "").partition("/")
    said = Raised(
        kind=kind,
        part=part,
        title=typed.get("title", ""),
        details=(f"{said_of(finding)}：{finding.text}")[:LONGEST_TEXT],
        blocks=typed.get("blocks", ""),
    )
    project = finding.visit.project
    obstacle = obstacles.raise_found(project.public_id, said, by=by, now=now)
    return Begun(obstacle.run.public_id, project.chain_id)


def obstacle_choices(finding: Finding, by: Actor, at: datetime) -> dict[str, Any]:
    """The kinds of the plan (one statement)."""
    return {"kinds": kinds_of(finding.visit.project.plan_id), "title": finding.text[:LONGEST_TITLE]}


def said_of(finding: Finding) -> str:
    """A finding by its number and round, as other rooms name it."""
    return _named(finding.visit.round.name, finding.number)


def _named(round_: str, number: int) -> str:
    return _("%(round)s, finding %(number)s") % {"round": round_, "number": number}


def origin(row: Mapping[str, Any]) -> Origin:
    """The finding an obstacle came from, as its sheet names it."""
    text = f"{_named(row['round'], row['number'])}：{row['text'][:SHOWN]}"
    return Origin(text, reverse("sheet", args=[row["run"]]))


# --- a matter of supervision ---


def open_slip(finding: Finding, typed: Mapping[str, str], *, by: Actor, now: datetime) -> Begun:
    """工作不力、敷衍懈怠: entered by the headquarters office about the unit it concerns, with what was found as the reason."""
    visit = finding.visit
    said = Entered(
        ground=typed.get("ground", ""),
        unit=finding.unit.code,
        title=typed.get("title", ""),
        reason=typed.get("reason", ""),
        rung=typed.get("rung", "")[:40],
        project=visit.project.public_id,
    )
    plan = visit.round.plan
    item = supervision.enter_ground(plan.code, said, by=by, now=now)
    return Begun(item.public_id, plan.chain_id)


def may_open_slip(finding: Finding, by: Actor) -> Verdict:
    """As the room of supervision judges it: the headquarters office, never about one's own unit."""
    return may_enter(by, ground="weak", unit=finding.unit_id, invented=finding.visit.project.is_demo)


def slip_choices(finding: Finding, by: Actor, at: datetime) -> dict[str, Any]:
    """The grounds with the rungs they may enter at."""
    form = entry_form(by, at)
    title = f"{finding.visit.project.name}：{finding.text}"[:120]
    return {"grounds": form.grounds, "title": title, "reason": f"{said_of(finding)}：{finding.text}"}


opens(
    OBSTACLE,
    gettext_lazy("obstacle"),
    open_obstacle,
    form="inspections/open_obstacle.html",
    page="sheet",
    choices=obstacle_choices,
)
opens(
    SLIP,
    gettext_lazy("supervised matter"),
    open_slip,
    form="inspections/open_slip.html",
    page="supervision-item",
    choices=slip_choices,
    may=may_open_slip,
)
origin_source("inspections", selectors.finding_row(OBSTACLE), origin)
