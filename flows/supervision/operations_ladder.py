"""Versions of the ladder: loaded from the plan file, or proposed by one office and published by another."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.db.models import Max

from flows.campaigns.models import Plan
from flows.engine.rules import reason_is_enough
from flows.journal import operations as journal
from hetang_flow.lib.errors import Invalid, NotAllowed, NotFound, WrongState
from permissions.actors import Actor

from . import ladder_faults, rules
from .models import Ladder
from .plan_schema import LadderEntry


def load_ladder(
    plan: Plan, body: Mapping[str, Any], *, effective: date, now: datetime
) -> dict[Any, tuple[dict[str, Any] | None, dict[str, Any]]]:
    """Bring the version in force to what the plan file says; nothing is written where it says so already."""
    before = Ladder.objects.select_for_update(no_key=True).filter(plan=plan, state=Ladder.State.PUBLISHED)
    in_force = before.first()
    if in_force is not None and in_force.body == body:
        return {}
    _replace(plan)
    made = Ladder.objects.create(
        plan=plan,
        version=_next_version(plan),
        name=body["name"],
        body=body,
        clause=body["clause"],
        state=Ladder.State.PUBLISHED,
        from_day=effective,
        proposed=now,
        published=now,
    )
    after = {"version": made.version, "body": dict(body)}
    was = {"version": in_force.version, "body": in_force.body} if in_force else None
    return {"ladder": (was, after)}


@transaction.atomic
def propose_ladder(
    plan_code: str, body: Mapping[str, Any], *, reason: str, by: Actor, now: datetime
) -> Ladder:
    """The campaign office proposes a version, with its reason; one at a time a plan.

    Raises NotAllowed for anybody else, Invalid for a ladder with faults, WrongState while another is proposed.
    """
    rules.may_propose(by).or_raise(NotAllowed)
    reason_is_enough(reason).or_raise(Invalid)
    plan = _locked_plan(plan_code)
    said = checked(body)
    if Ladder.objects.filter(plan=plan, state=Ladder.State.DRAFT).exists():
        raise WrongState("ladder-proposed-already")
    made = Ladder.objects.create(
        plan=plan,
        version=_next_version(plan),
        name=said["name"],
        body=said,
        clause=said["clause"],
        state=Ladder.State.DRAFT,
        reason=reason.strip(),
        proposed=now,
        proposed_by_id=by.user_id,
    )
    _record("ladder.proposed", made, by=by, now=now, reason=reason.strip(), body=said)
    return made


@transaction.atomic
def publish_ladder(ladder_id: int, *, from_day: date, by: Actor, now: datetime) -> Ladder:
    """Another person, of the headquarters office, puts a proposed version in force from a day on.

    Raises NotAllowed for the proposer and for other offices, WrongState once it is decided.
    """
    made = _locked_draft(ladder_id)
    rules.may_publish(by, proposed_by=made.proposed_by_id).or_raise(NotAllowed)
    _replace(made.plan)
    made.state, made.from_day = Ladder.State.PUBLISHED, from_day
    made.published, made.published_by_id = now, by.user_id
    made.save(update_fields=["state", "from_day", "published", "published_by"])
    _record("ladder.published", made, by=by, now=now, from_day=from_day)
    return made


@transaction.atomic
def drop_ladder(ladder_id: int, *, reason: str, by: Actor, now: datetime) -> Ladder:
    """The headquarters office does not take a proposed version up, or its proposer takes it back; with a reason."""
    reason_is_enough(reason).or_raise(Invalid)
    made = _locked_draft(ladder_id)
    if made.proposed_by_id != by.user_id:
        rules.may_publish(by, proposed_by=made.proposed_by_id).or_raise(NotAllowed)
    made.state = Ladder.State.DROPPED
    made.save(update_fields=["state"])
    _record("ladder.dropped", made, by=by, now=now, reason=reason.strip())
    return made


def checked(body: Mapping[str, Any]) -> dict[str, Any]:
    """The body as it is stored; refuses one that does not read as a ladder, or has faults."""
    try:
        said = LadderEntry.model_validate(body, strict=False).model_dump(mode="json")
    except ValueError as error:
        raise Invalid("ladder-unreadable", {"field": "body", "why": str(error)[:200]}) from error
    found = rules.faults(rules.ladder_of(said, 0), marks=ladder_faults.marks())
    if found:
        facts = {**found[0].facts, "known": "、".join(ladder_faults.marks())}
        sentence = str(ladder_faults.MESSAGES[found[0].code]) % facts
        raise Invalid("ladder-faulty", {"field": "body", "fault": found[0].code, "sentence": sentence})
    return said


def _locked_plan(code: str) -> Plan:
    plan = Plan.objects.select_for_update(no_key=True).filter(code=code).first()
    if plan is None:
        raise NotFound("no-such-plan")
    return plan


def _locked_draft(ladder_id: int) -> Ladder:
    locked = Ladder.objects.select_for_update(no_key=True, of=("self",)).select_related("plan")
    made = locked.filter(pk=ladder_id).first()
    if made is None:
        raise NotFound("no-such-ladder")
    if made.state != Ladder.State.DRAFT:
        raise WrongState("ladder-decided")
    return made


def _next_version(plan: Plan) -> int:
    return (Ladder.objects.filter(plan=plan).aggregate(last=Max("version"))["last"] or 0) + 1


def _replace(plan: Plan) -> None:
    Ladder.objects.filter(plan=plan, state=Ladder.State.PUBLISHED).update(state=Ladder.State.REPLACED)


def _record(kind: str, made: Ladder, *, by: Actor, now: datetime, reason: str = "", **facts: Any) -> None:
    journal.record(
        kind,
        chain_id=made.plan.chain_id,
        by=by,
        happened=now,
        now=now,
        facts={"version": made.version, "name": made.name, **facts},
        personal={"opinion": reason} if reason else {},
    )
