"""What supervision needs on top of the cast: a ladder, its policies, and matters that are late."""

import copy
from datetime import UTC, date, datetime, timedelta
from typing import Any

from flows.campaigns.models import LineLeader
from flows.engine.models import Assignment, Policy, Step
from flows.engine.selectors_policy import policy_by_id
from flows.supervision import opening, operations
from flows.supervision.models import Climb, Item, Ladder, Measure, Slip
from flows.supervision.operations_sweep import Swept, sweep
from permissions.models import Appointment, Post, User
from tests.support.cast import District

BODY: dict[str, Any] = {
    "name": "演示督办阶梯",
    "word": "演督",
    "clause": "preset",
    "rungs": [
        {"code": "remind", "name": "到期提醒", "measure": "remind", "wait": 1, "tell": ["holder", "desk"]},
        {"code": "slip-blue", "name": "蓝色督办单", "measure": "slip", "colour": "blue", "wait": 3, "days": 3,
         "tell": ["desk", "head"], "enters": ["light-red"]},
        {"code": "slip-red", "name": "红色督办单", "measure": "slip", "colour": "red", "wait": 3, "days": 2,
         "tell": ["desk", "lead_departments", "contact_leaders"], "enters": ["perfunctory"]},
        {"code": "agenda", "name": "提交调度会", "measure": "agenda", "wait": 3, "tell": ["line_leader", "campaign_office"]},
        {"code": "interview", "name": "约谈", "measure": "interview", "wait": 3, "tell": ["desk", "hq_office"]},
        {"code": "criticism", "name": "通报批评", "measure": "criticism", "wait": 5, "confirm": "ying-a",
         "tell": ["desk", "hq_office"], "enters": ["weak", "perfunctory"]},
        {"code": "referral", "name": "移交区纪委监委", "measure": "referral", "wait": None, "confirm": "tao-a", "tell": []},
    ],
    "resets": ["done", "settled", "ended", "withdrawn"],
    "spares": ["leadership", "city", "outside"],
    "holds": ["obstacle"],
}  # fmt: skip
POLICIES: dict[str, dict[str, Any]] = {
    "slip.sign_for": {"resolver": "supervision.unit", "limit_days": 1},
    "slip.answer": {"resolver": "supervision.unit"},
    "slip.recheck": {"resolver": "supervision.issuers", "limit_days": 3, "gate": True, "recuse": ["supervision.subject"]},
    "measure.weigh": {"resolver": "supervision.confirmers", "limit_days": 5, "gate": True, "recuse": ["supervision.subject"]},
}  # fmt: skip
MORE = {
    "ying": ("hq-office", "head"),
    "fei": ("hq-office", "officer"),
    "tao": ("campaign-office", "head"),
    "han": ("campaign-office", "desk"),
    "wen": ("stranger", "desk"),
}
WHY = "多次催办仍无实质进展，情况属实。"


def body(**changes: Any) -> dict[str, Any]:
    """The ladder's body, changed."""
    return copy.deepcopy(BODY) | changes


def prepare(district: District, tag: str = "a", **changes: Any) -> District:
    """Write the ladder and its policies; Zhao convenes the line; five more people."""
    for name, (unit, duty) in MORE.items():
        hire(district, name, unit, duty, tag)
    zhao = {"line": district.line, "post": district.posts["zhao"]}
    LineLeader.objects.get_or_create(**zhao, defaults={"is_convener": True, "order": 0})
    for key, columns in POLICIES.items():
        words = {"name": key, "mode": "any_of", "clause": "preset", "published": district.now} | columns
        Policy.objects.update_or_create(key=key, version=1, defaults=words)
    policy_by_id.cache_clear()
    ladder(district, **changes)
    return district


def ladder(district: District, **changes: Any) -> Ladder:
    """A version of the ladder in force from the plan's first day."""
    Ladder.objects.filter(plan=district.plan, state="published").update(state="replaced")
    said = body(**changes)
    return Ladder.objects.create(
        plan=district.plan,
        version=Ladder.objects.filter(plan=district.plan).count() + 1,
        name=said["name"],
        body=said,
        clause="preset",
        state="published",
        from_day=date(2023, 1, 1),
        proposed=district.now,
        published=district.now,
    )


def hire(district: District, name: str, unit: str, duty: str, tag: str = "a") -> None:
    """One more person, in a post of a unit of the cast; a unit has one desk, and whoever sits there stays."""
    there = Post.objects.filter(organisation=district.units[unit], duty="desk").first()
    if duty == "desk" and there is not None:
        district.posts[name], district.users[name] = there, there.appointments.get().user
        return
    district.users[name] = User.objects.create(username=f"{name}-{tag}", name=name.title(), is_demo=True)
    district.posts[name] = Post.objects.create(
        code=f"{name}-{tag}",
        organisation=district.units[unit],
        name=f"{unit} {duty} {name}",
        duty=duty,
        order=60,
    )
    Appointment.objects.create(
        post=district.posts[name], user=district.users[name], from_day=date(2023, 1, 1)
    )


def at(day: date, hour: int = 9, minute: int = 0) -> datetime:
    """A moment of the district's day."""
    return datetime(day.year, day.month, day.day, hour, minute, tzinfo=UTC) - timedelta(hours=8)


def late_task(district: District, due_on: date, name: str = "lin") -> Step:
    """A milestone whose verification by Lin's unit is due on a day."""
    milestone = district.submitted()
    share = Assignment.objects.get(run=milestone.run, post=district.posts[name], status="open")
    Step.objects.filter(pk=share.step_id).update(due_on=due_on, first_due_on=due_on)
    return share.step


def swept(day: date, hour: int = 9, minute: int = 0) -> Swept:
    """A sweep at a moment of a day."""
    return sweep(now=at(day, hour, minute))


def climbs(item: Item) -> list[tuple[int, str]]:
    """The rungs a matter was told of, in order, with how they stand."""
    return list(Climb.objects.filter(item=item).order_by("rung").values_list("rung", "state"))


def days_of(item: Item) -> list[str]:
    """The code of each rung with the day it was told."""
    return [
        f"{climb.code} {(climb.told + timedelta(hours=8)).date().isoformat()}"
        for climb in Climb.objects.filter(item=item).order_by("rung")
    ]


def climbed_to(district: District, code: str, due_on: date = date(2023, 6, 8)) -> Climb:
    """A late task of Lin's unit, swept day by day until it was told of a rung; runs are not opened."""
    late_task(district, due_on)
    day = due_on
    while not Climb.objects.filter(code=code).exists():
        day += timedelta(1)
        swept(day)
    district.now = at(day, 10)
    return Climb.objects.filter(code=code).earliest("pk")


def entered(district: District, by: str = "ma", **said: Any) -> Item:
    """A ground entered by hand about Wang's unit, on an invented project."""
    words: dict[str, Any] = {
        "ground": "weak",
        "unit": district.units["stranger"].code,
        "title": "演示·推进专班会议连续缺席",
        "reason": WHY,
        "rung": "criticism",
    }
    words |= said
    if "project" not in words:
        words["project"] = district.project().public_id
    return operations.enter_ground(
        district.plan.code, operations.Entered(**words), by=district.actor(by), now=district.now
    )


def slip_of(district: District, climb: Climb | None = None) -> Slip:
    """The slip of a rung, its run opened."""
    climb = climb or climbed_to(district, "slip-blue")
    opening.open_runs(now=district.now)
    return Slip.objects.get(climb=climb)


def measure_of(district: District, item: Item | None = None) -> Measure:
    """The weighing of a matter's last rung, its run opened."""
    item = item or entered(district)
    opening.open_runs(now=district.now)
    return Measure.objects.get(climb__item=item, climb__rung=item.rung)


def act(district: District, operation: Any, run: Any, name: str, **words: Any) -> Any:
    """Somebody does something with their open share of a run."""
    share = district.share(run, name)
    return operation(run.public_id, share.pk, by=district.actor(name), now=district.now, **words)


def weighed(district: District, measure: Measure, name: str = "ying", **said: Any) -> Measure:
    """Somebody weighs a measure."""
    words = {"gravity": "ordinary", "confirm": True, "reason": WHY} | said
    return operations.weigh_measure(measure.public_id, by=district.actor(name), now=district.now, **words)


def scene_appoint(district: District, name: str, post: str) -> None:
    """Somebody holds one more post."""
    Appointment.objects.create(
        post=district.posts[post], user=district.users[name], from_day=date(2023, 1, 1)
    )
