"""What people do: enter a ground with reasons, settle it, answer a slip, weigh a measure; the engine does the rest."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from django.db import transaction
from viewflow.workflow.status import STATUS

from flows.campaigns.models import CampaignLine
from flows.engine.models import Assignment
from flows.engine.operations import complete
from flows.engine.operations.move import Move
from flows.engine.rules import OPEN, reason_is_enough
from flows.journal import operations as journal
from flows.projects.models import Project
from hetang_flow.lib.clock import district_day
from hetang_flow.lib.errors import Invalid, NotAllowed, NotFound, WrongState
from hetang_flow.lib.verdicts import Verdict
from permissions.actors import Actor
from permissions.models import Organisation, Post
from permissions.selectors import holders_of

from . import effects_measures, effects_slips, rules, sources
from .climbing import Pass, climb_batch
from .flow import MeasureFlow, SupervisionFlow
from .models import Item, Ladder, Measure, Slip


@dataclass(frozen=True, slots=True)
class Entered:
    """A ground that no fact tells: whom it is about, what happened, why, and at which rung it enters.

    The subject is the unit; `person` names somebody of it, in the post `post`.
    """

    ground: str
    unit: str
    title: str
    reason: str
    rung: str
    post: str = ""
    person: int | None = None
    project: UUID | None = None
    line: str = ""


def or_refuse(verdict: Verdict, *, otherwise: type[WrongState | Invalid] = WrongState) -> None:
    """Who may not is not allowed; what cannot be is a wrong state, or was typed wrong."""
    verdict.or_raise(NotAllowed if verdict.code in rules.PERSON_CODES else otherwise)


@transaction.atomic
def enter_ground(plan_code: str, said: Entered, *, by: Actor, now: datetime) -> Item:
    """工作不力、敷衍懈怠: the headquarters office enters it with reasons, where the ladder lets its ground in.

    Raises NotAllowed for other offices and about one's own unit, Invalid for what cannot be read or entered there,
    WrongState for a plan without a ladder. The rung is told at once; from criticism upwards it is only proposed.
    """
    unit = Organisation.objects.filter(code=said.unit).first()
    if unit is None:
        raise Invalid("no-such-subject", {"field": "unit"})
    invented = Project.objects.filter(public_id=said.project, is_demo=True).exists()
    or_refuse(rules.may_enter(by, ground=said.ground, unit=unit.pk, invented=invented), otherwise=Invalid)
    reason_is_enough(said.reason).or_raise(Invalid)
    title = said.title.strip()
    if not title:
        raise Invalid("title-missing", {"field": "title"})
    if len(title) > rules.LONGEST_TITLE:
        about = {"field": "title", "most": rules.LONGEST_TITLE, "length": len(title)}
        raise Invalid("text-too-long", about)
    in_force = {"state": Ladder.State.PUBLISHED, "from_day__lte": district_day(now)}
    row = Ladder.objects.filter(plan__code=plan_code, **in_force).select_related("plan").first()
    if row is None:
        raise WrongState("no-ladder")
    ladder = row.rules
    or_refuse(rules.may_enter_at(ladder, said.rung, said.ground), otherwise=Invalid)
    if unit.kind in ladder.spares:
        raise Invalid("subject-spared", {"field": "unit", "unit": unit.name})
    post = _post(said, unit, now)
    project, line = _about(said, row.plan_id)
    order = next(rung.order for rung in ladder.rungs if rung.code == said.rung)
    subject = {"unit": unit, "post": post, "person_id": said.person, "project": project, "line": line}
    item = _enter(row, order - 1, said, subject, by=by, now=now)
    climb_batch(Item.objects.filter(pk=item.pk), Pass(now), batch=1)
    item.refresh_from_db()
    return item


def _post(said: Entered, unit: Organisation, now: datetime) -> Post | None:
    """The post the subject is named in: one of the unit, held by the person who is named."""
    if not said.post:
        if said.person is not None:
            raise Invalid("person-without-post", {"field": "post"})
        return None
    post = Post.objects.filter(code=said.post, organisation=unit).first()
    if post is None:
        raise Invalid("post-not-of-unit", {"field": "post", "unit": unit.name})
    if said.person is not None and said.person not in holders_of([post.pk], at=now).get(post.pk, []):
        raise Invalid("person-not-in-post", {"field": "person", "post": post.name})
    return post


def _about(said: Entered, plan_id: int) -> tuple[Project | None, CampaignLine | None]:
    project = line = None
    if said.project is not None:
        project = (
            Project.objects.filter(public_id=said.project, plan_id=plan_id).select_related("line").first()
        )
        if project is None:
            raise Invalid("no-such-project", {"field": "project"})
        line = project.line
    if said.line:
        line = CampaignLine.objects.filter(code=said.line, plan_id=plan_id).first()
        if line is None:
            raise Invalid("no-such-line", {"field": "line"})
    return project, line


def _enter(
    row: Ladder, began: int, said: Entered, subject: Mapping[str, Any], *, by: Actor, now: datetime
) -> Item:
    """The matter, due at its rung today, and its entry on record; what is personal stands apart."""
    today = district_day(now)
    item = Item.objects.create(
        plan_id=row.plan_id,
        ladder=row,
        ground=said.ground,
        source=sources.MANUAL,
        source_key=uuid4().hex,
        title=said.title.strip(),
        reason=said.reason.strip(),
        due_on=today - timedelta(days=1),
        since=today,
        how=rules.ENTERED,
        began=began,
        rung=began,
        counts_from=today,
        next_on=today,
        at_once=True,
        opened=now,
        opened_by_id=by.user_id,
        **subject,
    )
    facts = {"item": item.public_id, "source": item.source, "ground": item.ground, "rung": said.rung}
    personal = {"opinion": item.reason} | ({"person": str(item.person)} if item.person else {})
    journal.record(
        "supervision.entered",
        chain_id=row.plan.chain_id,
        by=by,
        happened=now,
        now=now,
        facts=facts,
        personal=personal,
    )
    return item


@transaction.atomic
def settle_item(item_id: UUID, *, withdrawn: bool, reason: str, by: Actor, now: datetime) -> Item:
    """The headquarters office closes what was entered by hand: settled, or withdrawn because it did not stand.

    Raises NotAllowed for other offices, WrongState for what facts opened and for what is closed already.
    """
    reason_is_enough(reason).or_raise(Invalid)
    locked = Item.objects.select_for_update(no_key=True, of=("self",)).select_related("plan")
    item = locked.filter(public_id=item_id).first()
    if item is None:
        raise NotFound("no-such-supervision")
    is_open = item.closed is None
    or_refuse(rules.may_settle(by, ground=item.ground, is_open=is_open, unit=item.unit_id))
    item.closed, item.next_on = now, None
    item.closed_why = rules.WITHDRAWN if withdrawn else rules.SETTLED
    item.save(update_fields=["closed", "closed_why", "next_on"])
    journal.record(
        "supervision.closed",
        chain_id=item.plan.chain_id,
        by=by,
        happened=now,
        now=now,
        facts={"item": item.public_id, "rung": item.rung, "why": item.closed_why},
        personal={"opinion": reason.strip()},
    )
    return item


def answer_slip(slip_id: UUID, *, answer: str, by: Actor, now: datetime) -> Slip:
    """反馈: the unit says what it did; the office that issued the slip re-checks it. Each round keeps its own words."""
    reason_is_enough(answer).or_raise(Invalid)

    def say(move: Move) -> None:
        slip = effects_slips.of_run(move)
        slip.answer = answer.strip()
        slip.save(update_fields=["answer"])

    found = Slip.objects.filter(public_id=slip_id).values_list("run_id", flat=True).first()
    return _done(found, SupervisionFlow.answer, say, by=by, now=now)


def weigh_measure(
    measure_id: UUID, *, gravity: str, confirm: bool, reason: str, by: Actor, now: datetime
) -> Measure:
    """研判: the person whom the ladder names judges how grave it is and whether it is done, with reasons.

    Raises NotAllowed for anybody else and for who has to stand aside, Invalid without a gravity or a reason,
    WrongState once it is decided.
    """
    reason_is_enough(reason).or_raise(Invalid)
    if gravity not in Measure.Gravity.values:
        raise Invalid("gravity-missing", {"field": "gravity"})

    def say(move: Move) -> None:
        measure = effects_measures.of_run(move)
        measure.gravity, measure.reason = gravity, reason.strip()
        measure.verdict = rules.CONFIRMED if confirm else rules.DECLINED
        measure.weighed, measure.weighed_by_id = now, by.user_id
        measure.save(update_fields=["gravity", "verdict", "reason", "weighed", "weighed_by"])

    found = Measure.objects.filter(public_id=measure_id).values_list("run_id", flat=True).first()
    return _done(found, MeasureFlow.weigh, say, by=by, now=now)


def _done(run_id: int | None, node: Any, change: Callable[[Move], None], *, by: Actor, now: datetime) -> Any:
    """Complete a step with what `change` writes; the engine judges this person first, under the Run's lock."""
    if run_id is None:
        raise NotFound("no-such-supervision")
    shares = Assignment.objects.filter(
        run_id=run_id, step__flow_task=node, step__status=STATUS.NEW, status=OPEN
    ).order_by("order", "pk")
    rows = list(shares.values_list("pk", "run__public_id", "post_id", "handed_to_id"))
    if not rows:
        raise WrongState("supervision-not-there")
    mine = [row for row in rows if row[3] == by.user_id or row[2] in by.reach]
    share, run, _post_id, _person = (mine or rows)[0]
    return complete(run, share, by=by, now=now, first=change).move.subject
