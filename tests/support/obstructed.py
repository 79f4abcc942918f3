"""What obstacles need on top of the cast: levels, kinds, baselines, the rest of their policies, and Yu, the owner's contact."""

from datetime import date

from flows.campaigns.models import LineLeader
from flows.engine.models import Policy
from flows.engine.selectors_policy import policy_by_id
from flows.obstacles import operations
from flows.obstacles.models import Obstacle, ObstacleKind, ObstacleLevel, PermitBaseline
from flows.obstacles.operations import Raised
from flows.projects.models import Project
from permissions.models import Appointment, Post, User
from tests.support.cast import District

LEVELS = (
    ("department", "unit", 5),
    ("lead", "lead_departments", 5),
    ("leader", "contact_leaders", 3),
    ("convener", "convener", None),
)
KINDS = {
    "land": {
        "stages": [
            {"code": code, "name": name, "repeats": False}
            for code, name in (("report", "报"), ("acquire", "征"), ("reserve", "储"), ("supply", "供"))
        ],
        "figures": [
            {"code": "collective-land", "name": "集体土地征拆", "unit": "亩", "indicator": "collective-land"},
            {"code": "state-land", "name": "国有土地征收", "unit": "平方米", "indicator": "state-land"},
        ],
    },
    "money": {
        "stages": [
            {"code": "published", "name": "信贷需求发布", "repeats": False},
            {"code": "checked", "name": "放贷条件核查", "repeats": False},
            {"code": "unmet", "name": "未满足融资条件", "repeats": True},
            {"code": "met", "name": "信贷需求落实", "repeats": False},
        ],
        "figures": [
            {"code": "demanded", "name": "融资需求", "unit": "万元", "indicator": None},
            {"code": "arranged", "name": "已落实资金", "unit": "万元", "indicator": None},
        ],
    },
    "utilities": {"parts": ["水", "电", "路", "气"]},
    "other": {},
}
ALSO = {
    "obstacle.sort": {"on_self": "allow"},
    "obstacle.assign": {"on_self": "allow"},
    "obstacle.answer": {"on_self": "allow"},
    "obstacle.verify": {"recuse": ["obstacle.involved_units"], "gate": True},
}
DUE = date(2023, 6, 9)
MEASURE = "已与供电公司会商，专线六月底前接通。"
REASON = "涉及两个部门，责任单位协调不下来。"


def prepare(district: District, tag: str = "a") -> District:
    """Write them; Zhao is the convener of the line, as he is a contact leader of its projects."""
    for key, columns in ALSO.items():
        Policy.objects.filter(key=key, version=1).update(**columns)
    plan = district.plan
    for order, (code, holder, days) in enumerate(LEVELS):
        ObstacleLevel.objects.create(plan=plan, code=code, name=code, holder=holder, days=days, order=order)
    for order, (code, columns) in enumerate(KINDS.items()):
        ObstacleKind.objects.create(plan=plan, code=code, name=code, order=order, **columns)
    for order, (code, days, documents) in enumerate((("planning", 15, 12), ("construction", 7, 10))):
        PermitBaseline.objects.create(
            plan=plan, code=code, name=code, days=days, documents=documents, order=order
        )
    LineLeader.objects.create(line=district.line, post=district.posts["zhao"], is_convener=True, order=0)
    _hire(district, "yu", "owner", "contact", tag)
    _hire(district, "shi", "stranger", "desk", tag)
    return district


def _hire(district: District, name: str, unit: str, duty: str, tag: str) -> None:
    """One more person, in a post of a unit of the cast."""
    district.users[name] = User.objects.create(username=f"{name}-{tag}", name=name.title(), is_demo=True)
    district.posts[name] = Post.objects.create(
        code=f"{name}-{tag}",
        organisation=district.units[unit],
        name=f"{unit} {duty} {name}",
        duty=duty,
        order=50,
    )
    Appointment.objects.create(
        post=district.posts[name], user=district.users[name], from_day=date(2023, 1, 1)
    )


def raised(district: District, project: Project | None = None, by: str = "chen", **said) -> Obstacle:
    """An obstacle that waits to be sorted."""
    project = project or district.project()
    words = {"kind": "utilities", "title": "施工用电未接入", "part": "电"} | said
    return operations.raise_obstacle(
        project.public_id, Raised(**words), by=district.actor(by), now=district.now
    )


def sorted_(district: District, obstacle: Obstacle | None = None, **settled) -> Obstacle:
    """An obstacle that waits to be assigned."""
    obstacle = obstacle or raised(district)
    words = {"kind": obstacle.kind.code, "level": "department", "stops": True} | settled
    return operations.sort_obstacle(obstacle.public_id, **words, by=district.actor("gao"), now=district.now)


def assigned(district: District, obstacle: Obstacle | None = None, unit: str = "stranger") -> Obstacle:
    """An obstacle that a unit has; the stranger's, whose desk is Shi's."""
    obstacle = obstacle or sorted_(district)
    return operations.assign_obstacle(
        obstacle.public_id,
        unit=district.units[unit].code,
        due=DUE,
        by=district.actor("gao"),
        now=district.now,
    )


def answered(district: District, obstacle: Obstacle | None = None, by: str = "shi") -> Obstacle:
    """An obstacle that waits to be verified."""
    obstacle = obstacle or assigned(district)
    return operations.answer_obstacle(
        obstacle.public_id, measure=MEASURE, by=district.actor(by), now=district.now
    )


def forget_policies() -> None:
    """Read the policies anew: a test has changed one behind the back of the process."""
    policy_by_id.cache_clear()
