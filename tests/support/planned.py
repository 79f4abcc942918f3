"""A project with a timetable, among the cast."""

from datetime import date

from flows.engine import operations as engine
from flows.engine.models import Policy
from flows.engine.selectors_policy import policy_by_id
from flows.timetables import operations
from flows.timetables.models import NodeKind, Timetable
from flows.timetables.rules import Step

POLICIES = {
    "timetable.write": ("any_of", "run.initiator"),
    "timetable.verify": ("any_of", "project.verifiers"),
    "timetable.approve": ("all_of", "project.contact_leaders"),
}
NODES = (
    ("permit", "取得施工许可证", 15),
    ("start", "开工", 10),
    ("structure", "主体封顶", 60),
    ("completion", "竣工验收", 30),
)
REASON = "雨季影响基坑施工，需顺延工期。"


def furnish(district) -> None:
    """The policies and the plan's nodes."""
    for key, (mode, resolver) in POLICIES.items():
        words = {"name": key, "mode": mode, "resolver": resolver, "limit_days": 3, "clause": "preset"}
        Policy.objects.get_or_create(key=key, version=1, defaults=words | {"published": district.now})
    policy_by_id.cache_clear()
    for order, (code, name, days) in enumerate(NODES):
        NodeKind.objects.get_or_create(
            plan=district.plan,
            code=code,
            defaults={"name": name, "days": days, "order": order, "clause": "preset"},
        )


def begun(district, project=None, kind="lay", reason="", by="chen") -> Timetable:
    """A timetable that Chen writes."""
    furnish(district)
    project = project or district.project()
    words = {"reason": reason, "by": district.actor(by), "now": district.now}
    return operations.begin_timetable(project.public_id, kind, **words)


def handed_in(district, found: Timetable, by="chen") -> Timetable:
    """It lies with the verifying unit."""
    share = district.share(found.run, by)
    engine.complete(found.run.public_id, share.pk, by=district.actor(by), now=district.now)
    return found


def signed(district, found: Timetable, *names: str) -> Timetable:
    """These people agree, one after the other."""
    for name in names:
        share = district.share(found.run, name).pk
        engine.approve(found.run.public_id, share, by=district.actor(name), now=district.now)
    return Timetable.objects.get(pk=found.pk)


def in_force(district, project=None) -> Timetable:
    """A first timetable that was approved."""
    return signed(district, handed_in(district, begun(district, project)), "lin", "zhao", "qian")


def moved(steps: list[Step], code: str, day: date) -> list[Step]:
    """The same nodes, one on another day."""
    return [Step(s.code, s.name, s.days, day if s.code == code else s.planned, s.post) for s in steps]
