"""Changing the rules of lights: one office proposes, a person of another office confirms; in force from the next day."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Q

from flows.campaigns.models import Plan
from flows.engine.resolvers import signers_where
from flows.engine.rules import HEADQUARTERS_OFFICE, in_campaign_office, reason_is_enough
from flows.journal.operations import record
from flows.policies.rules import may_propose
from hetang_flow.lib.clock import district_day
from hetang_flow.lib.errors import Invalid, NotAllowed, NotFound, WrongState
from notifications.notices import put
from permissions.actors import Actor
from permissions.models import Post
from permissions.selectors import in_real_use

from . import rules
from .models import LightScheme
from .operations import locked_plan


@transaction.atomic
def propose_scheme(
    plan_id: int,
    body: Sequence[Mapping[str, Any]],
    *,
    name: str,
    source: str,
    base_number: int,
    reason: str,
    by: Actor,
    now: datetime,
) -> LightScheme:
    """Propose new rules for a plan's lights; nothing changes before another office has confirmed them.

    Raises NotAllowed outside the campaign office, Invalid for a short reason or the first thing wrong with the rules,
    WrongState when `base_number` is no longer the newest, or others are proposed already.
    """
    reason_is_enough(reason).or_raise(Invalid)
    may_propose(by, real=by.is_demo and in_real_use(now)).or_raise(NotAllowed)
    plan = locked_plan(plan_id)
    wrong = rules.faults(body)
    if wrong:
        raise Invalid(wrong[0].code, {"rule": wrong[0].rule, **wrong[0].facts})
    if not name.strip():
        raise Invalid("light-scheme-unnamed", {"field": "name"})
    newest = LightScheme.objects.filter(plan_id=plan_id).order_by("-number").first()
    if newest is not None and newest.state == LightScheme.State.PROPOSED:
        raise WrongState("scheme-proposed-already", {"who": newest.proposed_by.name, "when": newest.opened})
    if (newest.number if newest else 0) != base_number:
        raise WrongState("scheme-moved-meanwhile")
    by = in_campaign_office(by)
    scheme = LightScheme.objects.create(
        plan_id=plan_id,
        number=base_number + 1,
        name=name.strip(),
        source=source.strip(),
        clause="preset",
        body=list(body),
        reason=reason.strip(),
        state=LightScheme.State.PROPOSED,
        opened=now,
        proposed_by_id=by.user_id,
    )
    _on_record("lights.scheme_proposed", plan, scheme, by, now, reason.strip())
    _tell("lights.proposed", scheme, _confirmers(now) - {by.user_id}, now)
    return scheme


@transaction.atomic
def confirm_scheme(scheme_id: UUID, *, by: Actor, now: datetime) -> LightScheme:
    """复核：the rules hold from tomorrow; no light of a day before is touched. Raises NotAllowed, WrongState."""
    plan, scheme = _proposed(scheme_id)
    rules.may_confirm(by, proposer=scheme.proposed_by_id).or_raise(NotAllowed)
    _close(scheme, LightScheme.State.PUBLISHED, by, now, from_day=district_day(now) + timedelta(days=1))
    _on_record("lights.scheme_published", plan, scheme, by, now)
    _tell("lights.published", scheme, {scheme.proposed_by_id}, now)
    return scheme


@transaction.atomic
def decline_scheme(scheme_id: UUID, *, reason: str, by: Actor, now: datetime) -> LightScheme:
    """The rules are not taken, with a reason; or they are taken back by the office that proposed them."""
    reason_is_enough(reason).or_raise(Invalid)
    plan, scheme = _proposed(scheme_id)
    if scheme.proposed_by_id != by.user_id:
        rules.may_confirm(by, proposer=scheme.proposed_by_id).or_raise(NotAllowed)
    _close(scheme, LightScheme.State.DECLINED, by, now)
    _on_record("lights.scheme_declined", plan, scheme, by, now, reason.strip())
    _tell("lights.declined", scheme, {scheme.proposed_by_id} - {by.user_id}, now)
    return scheme


def _proposed(scheme_id: UUID) -> tuple[Plan, LightScheme]:
    """The plan, locked, then its proposed scheme as the last writer left it."""
    plan_id = LightScheme.objects.filter(public_id=scheme_id).values_list("plan_id", flat=True).first()
    if plan_id is None:
        raise NotFound("no-such-scheme")
    plan = locked_plan(plan_id)
    scheme = LightScheme.objects.select_related("confirmed_by", "proposed_by").get(public_id=scheme_id)
    if scheme.state != LightScheme.State.PROPOSED:
        who = scheme.confirmed_by or scheme.proposed_by
        raise WrongState("scheme-decided-already", {"who": who.name if who else "", "when": scheme.closed})
    return plan, scheme


def _close(scheme: LightScheme, state: str, by: Actor, now: datetime, **more: Any) -> None:
    """Decide it, once."""
    who = None if by.user_id == scheme.proposed_by_id else by.user_id
    done = LightScheme.objects.filter(pk=scheme.pk, state=LightScheme.State.PROPOSED).update(
        state=state, confirmed_by_id=who, closed=now, **more
    )
    if not done:
        raise WrongState("changed-meanwhile")
    scheme.state, scheme.closed = state, now
    for name, value in more.items():
        setattr(scheme, name, value)


def _on_record(
    kind: str, plan: Plan, scheme: LightScheme, by: Actor, now: datetime, reason: str = ""
) -> None:
    facts = {"scheme": scheme.number, "name": scheme.name, "rules": scheme.body, "from": scheme.from_day}
    record(
        kind,
        chain_id=plan.chain_id,
        by=by,
        happened=now,
        now=now,
        facts=facts,
        personal={"reason": reason} if reason else None,
    )


def _confirmers(now: datetime) -> set[int]:
    """Whoever may confirm (one statement)."""
    desks = signers_where(Q(organisation__code=HEADQUARTERS_OFFICE, duty=Post.Duty.DESK), at=now)
    return {user for signer in desks for user in signer.told}


def _tell(kind: str, scheme: LightScheme, to: set[int], now: datetime) -> None:
    put(kind, key=f"{kind}:{scheme.pk}", to=to, facts={"title": scheme.name}, url="/lights/rules/", now=now)
