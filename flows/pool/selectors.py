"""Reading the pool: who sees which proposal, the ladder with its rungs, one proposal with what was found of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlencode
from uuid import UUID

from django.db.models import Count, Exists, Q, QuerySet, Sum
from viewflow.workflow.status import PROCESS

from flows.campaigns.models import CampaignLine, GroupUnit, LineUnit
from flows.campaigns.selectors import plans_by_age
from flows.engine.models import Assignment, Run
from flows.engine.selectors_fields import Fields
from flows.engine.selectors_steps import node_asking
from hetang_flow.lib.errors import NotFound
from hetang_flow.lib.verdicts import Verdict
from permissions.actors import Actor
from permissions.models import Post
from permissions.selectors import invented_people

from . import rules
from .models import Check, Finding, Promotion, Proposal, Tier, TierChange

PAGE = 50
OFFICES = ("campaign-office", "hq-office")


# --- who sees what ---


def visible_to(actor: Actor, at: datetime) -> QuerySet[Proposal]:
    """The proposals this person sees: all of them for leaders and the offices and the coordination group's units,
    those of their lines for a line's units, their own unit's, and whatever they were ever asked about."""
    if actor.user_id is None or not actor.has_business:
        return Proposal.objects.none()
    shown = Proposal.objects.filter(Q(is_demo=False) | Exists(invented_people()))
    if any(post.duty == Post.Duty.LEADER or post.organisation_code in OFFICES for post in actor.posts):
        return shown
    units = actor.organisation_ids
    members = GroupUnit.objects.filter(organisation_id__in=units).order_by()
    asked = Assignment.objects.filter(post_id__in=actor.reach).order_by().values("run_id")
    return shown.filter(
        Q(unit_id__in=units)
        | Q(plan_id__in=members.filter(group__line__isnull=True).values("group__plan_id"))
        | Q(line_id__in=LineUnit.objects.filter(organisation_id__in=units).order_by().values("line_id"))
        | Q(run_id__in=asked)
        | Q(pk__in=Promotion.objects.filter(run_id__in=asked).order_by().values("proposal_id"))
    )


def runs_of_room(actor: Actor, at: datetime) -> Q:
    """The runs about proposals this person sees, as a condition on Run."""
    seen = visible_to(actor, at).order_by().values("pk")
    about = Promotion.objects.filter(proposal_id__in=seen).order_by().values("run_id")
    return Q(pk__in=visible_to(actor, at).order_by().values("run_id")) | Q(pk__in=about)


def proposal_for(proposal_id: UUID, actor: Actor, at: datetime) -> Proposal:
    """One proposal for whoever sees it; any other is as one that does not exist."""
    found = (
        visible_to(actor, at)
        .select_related("line", "unit", "run", "project", "plan")
        .filter(public_id=proposal_id)
        .first()
    )
    if found is None:
        raise NotFound("no-such-proposal")
    return found


# --- the ladder ---


@dataclass(frozen=True, slots=True)
class Filters:
    """What the list shows: a rung or a state, a line, words."""

    show: str = ""
    line: str = ""
    q: str = ""

    @classmethod
    def read(cls, asked: Mapping[str, str]) -> "Filters":
        """From an address; what makes no sense counts as not asked."""
        show = asked.get("show", "")
        known = {*Tier.values, *Proposal.State.values}
        return cls(show if show in known else "", asked.get("line", "")[:30], asked.get("q", "").strip()[:60])

    def address(self, **change: str) -> str:
        """The address of this list with something else chosen."""
        values = {"show": self.show, "line": self.line, "q": self.q} | change
        return "?" + urlencode({key: value for key, value in values.items() if value})


@dataclass(frozen=True, slots=True)
class Rung:
    """One part of the ladder: how many proposals stand there, and for how much."""

    key: str
    name: str
    count: int
    total: object
    here: bool
    address: str


@dataclass(frozen=True, slots=True)
class Ladder:
    """The pool as its page shows it."""

    rungs: Sequence[Rung]
    rows: Sequence[Proposal]
    more: int
    lines: Sequence[tuple[str, str]]


def ladder(actor: Actor, at: datetime, filters: Filters) -> Ladder:
    """The rungs with their counts, and the proposals of the chosen one (three statements)."""
    seen = visible_to(actor, at).order_by()
    if filters.line:
        seen = seen.filter(line__code=filters.line)
    if filters.q:
        words = (
            Q(name__icontains=filters.q) | Q(code__icontains=filters.q) | Q(unit__name__icontains=filters.q)
        )
        seen = seen.filter(words)
    counted = {
        (row["state"], row["tier"]): row
        for row in seen.values("state", "tier").annotate(n=Count("pk"), total=Sum("total_investment"))
    }
    rows = _shown(seen, filters.show).select_related("line", "unit").order_by("-changed", "-pk")
    found = list(rows[: PAGE + 1])
    lines = list(CampaignLine.objects.order_by("plan__year", "order").values_list("code", "name").distinct())
    rungs = [_rung(counted, filters, key, name) for key, name in _KEYS]
    return Ladder(rungs, found[:PAGE], max(0, len(found) - PAGE), list(dict(lines).items()))


_KEYS = [
    (Proposal.State.OPEN.value, Proposal.State.OPEN.label),
    *[(tier.value, tier.label) for tier in Tier],
    (Proposal.State.PROMOTED.value, Proposal.State.PROMOTED.label),
    (Proposal.State.CLOSED.value, Proposal.State.CLOSED.label),
]


def _shown(seen: QuerySet[Proposal], show: str) -> QuerySet[Proposal]:
    if show in Tier.values:
        return seen.filter(state=Proposal.State.POOLED, tier=show)
    return seen.filter(state=show) if show else seen


def _rung(counted: Mapping, filters: Filters, key: str, name: str) -> Rung:
    tiered = key in Tier.values
    fitting = [
        row
        for (state, tier), row in counted.items()
        if (state == Proposal.State.POOLED and tier == key if tiered else state == key)
    ]
    here = filters.show == key
    count, total = sum(row["n"] for row in fitting), sum(row["total"] for row in fitting)
    return Rung(key, name, count, total, here, filters.address(show="" if here else key))


# --- one proposal ---


@dataclass(slots=True)
class Question:
    """One question of a stage with what was found in a round."""

    code: str
    name: str
    stage: str
    answer: str = ""
    shown: str = ""
    remark: str = ""
    finding: int | None = None


def questions(proposal: Proposal, stage: str, in_round: int) -> list[Question]:
    """The questions of a stage with the findings of one round (two statements)."""
    return [q for q in all_questions(proposal, in_round) if q.stage == stage]


def all_questions(proposal: Proposal, in_round: int) -> list[Question]:
    """Every question of both stages with the findings of one round (two statements)."""
    found = {
        finding.check_asked_id: finding
        for finding in Finding.objects.filter(proposal=proposal, round=in_round, replaced_by__isnull=True)
    }
    rows = []
    for check in Check.objects.filter(plan_id=proposal.plan_id):
        finding = found.get(check.pk)
        row = Question(check.code, check.name, check.stage)
        if finding:
            row.answer, row.shown = finding.answer, finding.get_answer_display()
            row.remark, row.finding = finding.remark, finding.pk
        rows.append(row)
    return rows


@dataclass(frozen=True, slots=True)
class Rights:
    """What this person may do with a proposal on the ladder, or why not; and its ways into the year's list so far."""

    may_tier: Verdict
    may_promote: Verdict
    promotions: Sequence[Promotion]


def rights_to(proposal: Proposal, actor: Actor) -> Rights:
    """Whether this person moves it on the ladder or into the year's list (two statements)."""
    units = contact_units(proposal)
    promotions = list(proposal.promotions.select_related("run", "service"))
    may_tier = rules.may_change_tier(
        actor, contact_units=units, state=proposal.state, now_in="", to=rules.READY
    )
    may_promote = rules.may_promote(
        actor,
        contact_units=units,
        state=proposal.state,
        tier=proposal.tier,
        promoting=any(each.run.status == PROCESS.NEW for each in promotions),
        invented=proposal.is_demo,
    )
    return Rights(may_tier, may_promote, promotions)


@dataclass(frozen=True, slots=True)
class Page:
    """A proposal's page."""

    compliance: Sequence[Question]
    screening: Sequence[Question]
    tiers: Sequence[TierChange]
    rights: Rights


def page_of(proposal: Proposal, actor: Actor) -> Page:
    """What was found, how it moved on the ladder, what may be done now (five statements)."""
    asked = all_questions(proposal, proposal.run.round)
    return Page(
        [q for q in asked if q.stage == Check.Stage.COMPLIANCE],
        [q for q in asked if q.stage == Check.Stage.SCREENING],
        list(proposal.tiers.select_related("recorded_by")),
        rights_to(proposal, actor),
    )


def contact_units(proposal: Proposal) -> frozenset[int]:
    """The lead departments of the line that did not propose it: whoever moves it along the ladder."""
    units = LineUnit.objects.filter(line_id=proposal.line_id, role=LineUnit.Role.LEAD)
    return frozenset(units.values_list("organisation_id", flat=True)) - {proposal.unit_id}


@dataclass(frozen=True, slots=True)
class Choices:
    """What a promotion may choose from: units of the line and its leaders."""

    units: Sequence[tuple[int, str]]
    leaders: Sequence[tuple[int, str]]


def promotion_choices(proposal: Proposal) -> Choices:
    """The line's units and leaders, in the plan's order (two statements)."""
    units = LineUnit.objects.filter(line_id=proposal.line_id).order_by("role", "order")
    leaders = proposal.line.leaders.order_by("order").values_list("post_id", "post__name")
    return Choices(
        list(dict(units.values_list("organisation_id", "organisation__name")).items()), list(leaders)
    )


def lines_to_propose() -> list[tuple[int, str]]:
    """The lines of the newest plan."""
    newest = plans_by_age().values("pk")[:1]
    return list(CampaignLine.objects.filter(plan_id__in=newest).order_by("order").values_list("pk", "name"))


# --- what the engine's sheet shows ---


def proposal_context(run: Run, actor: Actor, now: datetime, fields: Fields) -> Mapping[str, object]:
    """The body of a proposal's sheet (four statements); the sheet decided who sees the run."""
    proposal = Proposal.objects.select_related("line", "unit").get(run_id=run.pk)
    asked = all_questions(proposal, run.round)
    return {
        "proposal": proposal,
        "compliance": [q for q in asked if q.stage == Check.Stage.COMPLIANCE],
        "screening": [q for q in asked if q.stage == Check.Stage.SCREENING],
        "node": node_asking(run, actor),
    }


def promotion_context(run: Run, actor: Actor, now: datetime, fields: Fields) -> Mapping[str, object]:
    """The body of a promotion's sheet (two statements)."""
    promotion = Promotion.objects.select_related("proposal__line", "proposal__unit", "service").get(
        run_id=run.pk
    )
    return {
        "promotion": promotion,
        "proposal": promotion.proposal,
        "leaders": list(promotion.leaders.order_by("order")),
    }
