"""The pool among the cast: the screening institute, its questions, and a proposal on its way."""

from datetime import date, timedelta
from decimal import Decimal

from flows.engine import operations as engine
from flows.engine.models import Assignment, Policy
from flows.engine.selectors_policy import policy_by_id
from flows.pool import operations as pool
from flows.pool.models import Check, Proposal
from permissions.models import Appointment, Organisation, Post, User
from tests.support import cast

POLICIES = {
    "proposal.propose": "run.initiator",
    "proposal.compliance": "pool.compliance_checker",
    "proposal.screening": "pool.screener",
    "proposal.admit": "pool.line_contacts",
    "promotion.review": "pool.reviewers",
    "promotion.approve": "pool.convener",
}
REASON = "前期工作已经完成，具备开工条件。"
INSTITUTE = {"cui": "officer", "shi": "desk"}


def furnish(district: cast.District) -> cast.District:
    """Give the district an institute with two people, the questions and the policies of the pool."""
    unit = Organisation.objects.create(code="screening-institute", name="演示·策划咨询分院", kind="company")
    district.units["institute"] = unit
    for name, duty in INSTITUTE.items():
        user = User.objects.create(username=f"{name}-{district.plan.pk}", name=name.title(), is_demo=True)
        post = Post.objects.create(
            code=f"screening-institute-{duty}", organisation=unit, name=f"institute {duty}", duty=duty
        )
        Appointment.objects.create(post=post, user=user, from_day=date(2023, 1, 1))
        district.users[name], district.posts[name] = user, post
    for order, (code, stage) in enumerate((("planning", "compliance"), ("money", "screening"))):
        Check.objects.create(
            plan=district.plan, code=code, name=code, stage=stage, order=order, clause="preset"
        )
    policies(district)
    district.line.leaders.create(post=district.posts["zhao"], is_convener=True, order=0)
    return district


def policies(district: cast.District) -> None:
    """The policies of the pool's two flows."""
    for key, resolver in POLICIES.items():
        recuse = [] if key == "proposal.propose" else ["pool.proposing_unit"]
        values = {"name": key, "mode": "any_of", "resolver": resolver, "limit_days": 5, "published": cast.NOW}
        Policy.objects.get_or_create(key=key, version=1, defaults=values | {"recuse": recuse})
    policy_by_id.cache_clear()


def values(**changed) -> dict:
    """What a proposal says."""
    return {
        "name": "演示·硬质材料中试线",
        "location": "金山片区",
        "owner": "演示业主乙公司",
        "content": "新建中试线两条。",
        "total_investment": Decimal("32000"),
        "builds_from": date(2023, 9, 1),
        "builds_until": date(2024, 12, 31),
    } | changed


def proposed(district: cast.District, by: str = "chen", **changed) -> Proposal:
    """A proposal that is being written."""
    return pool.propose(district.line.pk, values(**changed), by=district.actor(by), now=district.now)


def act(district: cast.District, proposal, name: str, operation=engine.approve, **words):
    """Somebody acts on their open share of the matter, a while later."""
    district.now += timedelta(minutes=7)
    run = proposal.run
    share = Assignment.objects.get(run=run, post=district.posts[name], status="open")
    return operation(run.public_id, share.pk, by=district.actor(name), now=district.now, **words)


def found(district: cast.District, proposal: Proposal, name: str, **answers):
    """Somebody of the institute answers questions: by code, "pass" or (answer, remark)."""
    said = {code: (a, "") if isinstance(a, str) else a for code, a in answers.items()}
    return pool.record_findings(proposal.public_id, said, by=district.actor(name), now=district.now)


def pooled(district: cast.District, tier: str = "ready") -> Proposal:
    """A proposal that has come through to the pool."""
    proposal = proposed(district)
    act(district, proposal, "chen", engine.complete)
    found(district, proposal, "cui", planning="pass")
    act(district, proposal, "cui")
    found(district, proposal, "shi", money="pass")
    act(district, proposal, "shi")
    pool.choose_tier(proposal.public_id, tier, by=district.actor("lin"), now=district.now)
    act(district, proposal, "lin")
    proposal.refresh_from_db()
    return proposal
