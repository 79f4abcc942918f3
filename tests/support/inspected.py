"""What inspections need on top of the cast: their policies, Shi at a desk with no part, and visits at each of their steps."""

from datetime import date
from io import BytesIO
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

from flows.engine.models import Policy
from flows.engine.selectors_policy import policy_by_id
from flows.files.operations import Kept, keeping
from flows.inspections import following, opening, operations, operations_visit
from flows.inspections.models import Finding, Opened, Round, Visit
from flows.inspections.operations import Announced
from flows.inspections.operations_visit import Noted
from flows.projects.models import Project
from tests.support.cast import District
from tests.support.supervised import hire

POLICIES: dict[str, dict[str, Any]] = {
    "inspection.hand_in": {"resolver": "inspection.desks", "on_timeout": "approve"},
    "inspection.visit": {
        "resolver": "inspection.inspectors",
        "recuse": ["inspection.involved_units"],
        "on_timeout": "escalate",
    },
    "inspection.seen": {"mode": "all_of", "resolver": "inspection.units", "limit_days": 3},
}
DUE, FIRST, LAST = date(2023, 6, 1), date(2023, 6, 1), date(2023, 6, 9)
MATERIALS = "施工许可证、监理日志和形象进度照片已报送。"
FOUND = "现场未设围挡，深基坑边无防护栏杆。"
OBJECTION = "围挡已于当日上午进场，正在安装。"


def prepare(district: District, tag: str = "a") -> District:
    """Write the policies; Ji is an officer of the headquarters office, Hao one of the coordination group's unit."""
    for key, columns in POLICIES.items():
        words = {"name": key, "mode": "any_of", "clause": "preset", "published": district.now} | columns
        Policy.objects.update_or_create(key=key, version=1, defaults=words)
    policy_by_id.cache_clear()
    for name, unit in (("ji", "hq-office"), ("hao", "coordinating")):
        if name not in district.posts:
            hire(district, name, unit, "officer", tag)
    return district


def said(district: District, *projects: Project, inspectors: tuple[str, ...] = ("ma", "hao"), **more: Any):
    """An announcement of a round by these posts at these projects."""
    words: dict[str, Any] = {
        "kind": "inspection",
        "name": "演示·第二季度督查",
        "materials_due": DUE,
        "first_day": FIRST,
        "last_day": LAST,
        "wanted": "施工许可、监理日志、形象进度照片",
        "inspectors": [district.posts[name].pk for name in inspectors],
        "projects": [project.public_id for project in projects],
    }
    return Announced(**words | more)


def announced(district: District, *projects: Project, by: str = "ma", **more: Any) -> Round:
    """A round whose visits are not opened yet."""
    projects = projects or (district.project(),)
    announcement = said(district, *projects, **more)
    return operations.announce_round(
        district.plan.code, announcement, by=district.actor(by), now=district.now
    )


def opened(district: District, *projects: Project, **more: Any) -> Visit:
    """The first visit of a round, waiting for its materials."""
    round_ = announced(district, *projects, **more)
    opening.open_visits(now=district.now, round_id=round_.pk)
    return round_.visits.select_related("run", "project").order_by("pk")[0]


def handed(district: District, visit: Visit | None = None, by: str = "bai") -> Visit:
    """A visit that waits for its inspectors."""
    visit = visit or opened(district)
    operations_visit.hand_in_materials(
        visit.public_id, text=MATERIALS, by=district.actor(by), now=district.now
    )
    return visit


def noted(
    district: District,
    visit: Visit | None = None,
    by: str = "hao",
    kept: tuple[Kept, ...] = (),
    unit: str = "serving",
    **more: Any,
) -> Finding:
    """Something found on site, not handed in yet."""
    visit = visit or handed(district)
    words = Noted(**{"text": FOUND, "unit": district.units[unit].code} | more)
    return operations_visit.note_finding(
        visit.public_id, words, by=district.actor(by), now=district.now, kept=kept
    )


def photographed(district: District, finding: Finding, count: int = 1, by: str = "hao") -> Finding:
    """The same with photographs."""
    with keeping([photo() for _each in range(count)]) as kept:
        return operations_visit.add_photographs(
            finding.public_id, kept, by=district.actor(by), now=district.now
        )


def photo() -> SimpleUploadedFile:
    """A photograph as a phone sends it."""
    kept = BytesIO()
    Image.new("RGB", (320, 240), "#336699").save(kept, "JPEG")
    return SimpleUploadedFile("现场.jpg", kept.getvalue(), content_type="image/jpeg")


def reported(district: District, visit: Visit | None = None, by: str = "hao", **more: Any) -> Visit:
    """A visit that was handed in with one serious finding, unless it says that nothing was found."""
    visit = visit or handed(district)
    words: dict[str, Any] = {"visited_on": district.now.date(), "nothing_found": False} | more
    if not words["nothing_found"] and not visit.findings.filter(taken_back=None).exists():
        noted(district, visit, by, is_serious=True)
    return operations_visit.report_visit(visit.public_id, **words, by=district.actor(by), now=district.now)


def seen(district: District, visit: Visit | None = None, by: str = "bai", objection: str = "") -> Visit:
    """A visit whose findings a unit has seen."""
    visit = visit or reported(district)
    return operations_visit.sign_seen(
        visit.public_id, objection=objection, by=district.actor(by), now=district.now
    )


def followed(district: District, finding: Finding, code: str, by: str = "ma", **typed: str) -> Opened:
    """What a finding opened."""
    words = {
        "obstacle": {"kind": "other", "title": "现场防护不到位"},
        "slip": {"ground": "weak", "rung": "criticism", "title": "演示·现场防护不到位", "reason": FOUND},
    }[code]
    return following.open_from_finding(
        finding.public_id, code, words | typed, by=district.actor(by), now=district.now
    )
