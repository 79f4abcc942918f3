"""Line plans among the cast: heads of the lead departments, a responsible unit, targets of the line, the policies."""

from datetime import date, timedelta
from decimal import Decimal

from flows.campaigns.models import LineUnit
from flows.engine import operations as engine
from flows.engine.models import Assignment, Policy
from flows.engine.selectors_policy import policy_by_id
from flows.targets import operations_line_plans as filing
from flows.targets.models import LinePlan, Target
from permissions.models import Appointment, Post, User
from tests.support import cast

POLICIES = {
    "line_plan.write": "run.initiator",
    "line_plan.countersign": "line_plan.co_leads",
    "line_plan.head": "line_plan.head",
    "line_plan.review": "line_plan.coordinators",
    "line_plan.approve": "line_plan.convener",
}
HEADS = {"hu": "leading", "hao": "serving"}
TARGETS = (
    ("started", "新开工项目", "count", "at_least", Decimal(37), "个"),
    ("land", "集体土地征拆", "amount", "exactly", Decimal(1368), "亩"),
    ("growth", "工业投资增长", "growth", "at_least", Decimal(13), "%"),
)
REASON = "上级调整了征拆任务，须重新分解。"
TEXTS = {
    "goals": "全年新开工项目37个以上，征拆1368亩。",
    "measures": "逐月调度，问题当月清零。",
    "duties": "牵头部门统筹，责任单位按季完成。",
    "safeguards": "专班推进，资金优先保障。",
}


def furnish(district: cast.District) -> cast.District:
    """Give the district heads, a responsible unit, targets of its line, a convener and the policies."""
    for name, unit in HEADS.items():
        user = User.objects.create(username=f"{name}-{district.plan.pk}", name=name.title(), is_demo=True)
        post = Post.objects.create(
            code=f"{name}-{district.plan.pk}",
            organisation=district.units[unit],
            name=f"{unit} head",
            duty="head",
        )
        Appointment.objects.create(post=post, user=user, from_day=date(2023, 1, 1))
        district.users[name], district.posts[name] = user, post
    LineUnit.objects.create(
        line=district.line, organisation=district.units["stranger"], role="responsible", order=2
    )
    for order, (code, name, kind, comparison, value, unit) in enumerate(TARGETS):
        Target.objects.create(
            plan=district.plan, line=district.line, code=code, indicator=code, name=name, kind=kind,
            comparison=comparison, value=value, unit=unit, order=order, clause="三（四）1",
        )  # fmt: skip
    district.line.leaders.create(post=district.posts["zhao"], is_convener=True, order=0)
    policies()
    return district


def policies() -> None:
    """The policies of filing."""
    for key, resolver in POLICIES.items():
        recuse = ["line_plan.lead_departments"] if key == "line_plan.review" else []
        values = {
            "name": key, "mode": "all_of" if key == "line_plan.countersign" else "any_of",
            "resolver": resolver, "limit_days": 5, "published": cast.NOW, "recuse": recuse,
        }  # fmt: skip
        Policy.objects.get_or_create(key=key, version=1, defaults=values)
    policy_by_id.cache_clear()


def code(district: cast.District, unit: str) -> str:
    """The code of a unit of the cast."""
    return district.units[unit].code


def begun(district: cast.District, by: str = "luo", **words) -> LinePlan:
    """A plan that its officer has begun."""
    return filing.start_line_plan(district.line.pk, by=district.actor(by), now=district.now, **words)


def shared(district: cast.District, plan: LinePlan, target: str, by: str = "luo", *, evenly=False, **rows):
    """What units of the cast take on of a target, typed for the four quarters."""
    typed = {code(district, unit): list(cells) for unit, cells in rows.items()}
    return filing.share_out(
        plan.public_id, target, typed, evenly=evenly, by=district.actor(by), now=district.now
    )


def written(district: cast.District, plan: LinePlan, by: str = "luo") -> LinePlan:
    """A plan whose parts are written and whose shares add up."""
    filing.write_texts(plan.public_id, TEXTS, by=district.actor(by), now=district.now)
    shared(district, plan, "started", by, leading=("5", "5", "5", "5"), stranger=("5", "4", "4", "4"))
    shared(district, plan, "land", by, serving=("300", "400", "368", "300"))
    shared(district, plan, "growth", by, stranger=())
    plan.refresh_from_db()
    return plan


def act(district: cast.District, plan: LinePlan, name: str, operation=engine.approve, **words):
    """Somebody acts on their open share of the matter, a while later."""
    district.now += timedelta(minutes=7)
    share = Assignment.objects.get(run=plan.run, post=district.posts[name], status="open")
    return operation(plan.run.public_id, share.pk, by=district.actor(name), now=district.now, **words)


def adopted(district: cast.District, **words) -> LinePlan:
    """A plan that has come through: Luo files, Bai countersigns, Hu signs, Ke reviews, Zhao approves."""
    plan = written(district, begun(district, **words))
    act(district, plan, "luo", engine.complete)
    for name in ("bai", "hu", "ke", "zhao"):
        act(district, plan, name)
    plan.refresh_from_db()
    return plan
