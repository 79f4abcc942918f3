"""An assessment among the cast: Gao and Ding score, Ning answers, Ma confirms; the line's two departments are assessed."""

from datetime import date, timedelta
from decimal import Decimal

from flows.engine import operations as engine
from flows.engine.models import Assignment, Policy
from flows.engine.selectors_policy import policy_by_id
from flows.targets import operations_assessment as assessing
from flows.targets import registry
from flows.targets.models import Assessment, AssessmentScheme
from flows.targets.registry import Finding, Supplied
from permissions.models import Appointment, Post, User
from tests.support import cast

POLICIES = {
    "assessment.score": "assessment.scorers",
    "assessment.objections": "assessment.answerers",
    "assessment.confirm": "headquarters.confirmers",
}
PEOPLE = {"ding": ("campaign-office", "desk"), "ning": ("hq-office", "officer")}
SOURCE = "tests-of-the-cast"
CRITERIA = (
    ("targets", "目标完成", 60, "judged", None),
    ("on-time", "按时报送", 40, "derived", SOURCE),
)
REASON = "目标完成较好，第三季度略有滞后。"
OBJECTION = "两次月报系统故障，不应计为迟报。"


def furnish(district: cast.District) -> cast.District:
    """Give the district a scheme, whoever scores and answers, the policies, and a source of facts."""
    for name, (unit, duty) in PEOPLE.items():
        held = Post.objects.filter(organisation=district.units[unit], duty="desk")
        if duty == "desk" and held.exists():
            continue  # the offices are those of every district
        user = User.objects.create(username=f"{name}-{district.plan.pk}", name=name.title(), is_demo=True)
        post = Post.objects.create(
            code=f"{name}-{district.plan.pk}",
            organisation=district.units[unit],
            name=f"{unit} {name}",
            duty=duty,
        )
        Appointment.objects.create(post=post, user=user, from_day=date(2023, 1, 1))
        district.users[name], district.posts[name] = user, post
    AssessmentScheme.objects.create(
        plan=district.plan,
        code="year-end",
        objection_days=5,
        clause="preset",
        criteria=[
            {"code": code, "name": name, "weight": weight, "kind": kind, "source": source, "clause": "preset"}
            for code, name, weight, kind, source in CRITERIA
        ],
    )
    policies()
    registry.register_gatherer(SOURCE, supplied)
    return district


def supplied(plan_id, units, on):
    """Every unit has handed in nine of ten by the day asked about."""
    finding = Finding(
        "%(punctual)s of %(owed)s reports owed were handed in on time", {"punctual": 9, "owed": 10}
    )
    return {unit: Supplied([finding], Decimal("90.0")) for unit in units}


def policies() -> None:
    """The policies of the assessment."""
    for key, resolver in POLICIES.items():
        values = {
            "name": key, "mode": "any_of", "resolver": resolver, "published": cast.NOW,
            "on_self": "allow" if key == "assessment.score" else "forbid",
            "recuse": ["assessment.assessed_units"],
        }  # fmt: skip
        Policy.objects.get_or_create(key=key, version=1, defaults=values)
    policy_by_id.cache_clear()


def begun(district: cast.District, by: str = "gao") -> Assessment:
    """An assessment whose facts are gathered."""
    return assessing.start_assessment(district.plan.pk, by=district.actor(by), now=district.now)


def scored(district: cast.District, found: Assessment, unit: str, by: str = "gao", **typed):
    """Scores of a unit of the cast: by criterion, with underscores, (score, reason)."""
    said = {criterion.replace("_", "-"): value for criterion, value in typed.items()}
    return assessing.score_unit(
        found.public_id, district.units[unit].code, said, by=district.actor(by), now=district.now
    )


def act(district: cast.District, found: Assessment, name: str, operation=engine.approve, **words):
    """Somebody acts on their open share of the matter, a while later."""
    district.now += timedelta(minutes=7)
    share = Assignment.objects.get(run=found.run, post=district.posts[name], status="open")
    return operation(found.run.public_id, share.pk, by=district.actor(name), now=district.now, **words)


def notified(district: cast.District) -> Assessment:
    """An assessment of which the units are told."""
    found = begun(district)
    for unit in ("leading", "serving"):
        scored(district, found, unit, targets=("85", REASON), on_time=("90", ""))
    act(district, found, "gao", engine.complete)
    found.refresh_from_db()
    return found


def objected(
    district: cast.District, found: Assessment, by: str = "bai", unit: str = "serving", text=OBJECTION
):
    """A unit's objection."""
    return assessing.raise_objection(
        found.public_id, district.units[unit].code, text, by=district.actor(by), now=district.now
    )


def answered(district: cast.District, found: Assessment, by: str = "ning", unit: str = "serving", **words):
    """The answer to it."""
    said = {"answer": "经核实系统日志，申诉不成立。", "upheld": False} | words
    answer = said.pop("answer")
    return assessing.answer_objection(
        found.public_id, district.units[unit].code, answer, by=district.actor(by), now=district.now, **said
    )
