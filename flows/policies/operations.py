"""Proposing: a new version of a policy, the move of a token; another person of another office confirms it."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from viewflow.workflow.status import PROCESS, STATUS

from flows.engine.models import Policy, Run, Step
from flows.engine.operations import start_run
from flows.engine.operations.move import locked_run
from flows.engine.rules import in_campaign_office, reason_is_enough
from flows.engine.standing import matter
from flows.journal.models import Chain
from flows.journal.operations import open_chain
from hetang_flow.lib.errors import Invalid, NotAllowed, NotFound, WrongState
from permissions.actors import Actor
from permissions.selectors import in_real_use

from . import rules
from .charts import chart_of
from .flow import PolicyFlow, TokenMoveFlow
from .models import PolicyChange, TokenMove
from .rehearsal import of_others
from .sound import sound
from .versions import all_posts, version_to_be


@transaction.atomic
def propose_change(
    key: str,
    values: Mapping[str, Any],
    *,
    base_version: int,
    runs: Sequence[UUID] = (),
    reason: str,
    by: Actor,
    now: datetime,
) -> PolicyChange:
    """Propose a new version of a policy and the running runs that are to go on under it.

    Raises NotAllowed outside the campaign office, Invalid for a short reason or an unsound version with the first
    thing that is wrong, WrongState("policy-moved-meanwhile") when `base_version` is no longer in force.
    """
    reason_is_enough(reason).or_raise(Invalid)
    rules.may_propose(by, real=by.is_demo and in_real_use(now)).or_raise(NotAllowed)
    base = _newest_locked(key)
    if base.version != base_version:
        raise WrongState("policy-moved-meanwhile", {"policy": base.name})
    values, posts = {**values, "key": key}, all_posts()
    findings = sound(values, posts, base=base, at=now)
    if findings:
        raise Invalid("policy-unsound", {"what": [finding.text for finding in findings]})
    to_be = version_to_be(base, values, posts)
    chosen = sorted({str(run) for run in runs})
    rules.may_publish(changes=to_be is not base, chosen=len(chosen)).or_raise(Invalid)
    if of_others(to_be).filter(public_id__in=chosen).count() != len(chosen):
        raise NotFound("no-such-run")
    number = PolicyChange.objects.filter(key=key).count() + 1

    def with_change(run: Run) -> None:
        PolicyChange.objects.create(
            key=key,
            values=values,
            base=base,
            reason=reason.strip(),
            run=run,
            runs=chosen,
            proposed_by_id=by.user_id,
            opened=now,
        )

    run = start_run(
        PolicyFlow,
        title=base.name,
        label=PolicyFlow.label,
        code=f"{key[:34]}-{number:02d}",
        chain_id=_chain_of(key).pk,
        by=in_campaign_office(by),
        now=now,
        before_first_step=with_change,
    )
    return run.policy_change


@transaction.atomic
def propose_move(
    run_id: UUID, step_id: int, target: str, *, reason: str, by: Actor, now: datetime
) -> TokenMove:
    """跳转: propose that a run goes on at another step of its branch than the open one.

    Raises NotAllowed outside the campaign office, Invalid for a short reason, WrongState with the reason why not;
    a gate that nobody has signed is never passed.
    """
    reason_is_enough(reason).or_raise(Invalid)
    _parent, moved = locked_run(run_id)
    real = by.is_demo and not (moved.initiator and moved.initiator.is_demo)
    rules.may_propose(by, real=real).or_raise(NotAllowed)
    steps = list(Step.objects.filter(process=moved).order_by("pk"))
    here = next((step for step in steps if step.pk == step_id and step.status == STATUS.NEW), None)
    if here is None:
        raise WrongState("changed-meanwhile")
    rules.may_move_token(
        chart_of(moved, steps),
        here.flow_task.name,
        target,
        matter=matter(moved),
        proposed=moved.token_moves.filter(run__status=PROCESS.NEW).exists(),
    ).or_raise(WrongState)

    def with_move(run: Run) -> None:
        TokenMove.objects.create(
            run=run,
            moved=moved,
            from_step=here,
            to_node=target,
            reason=reason.strip(),
            proposed_by_id=by.user_id,
            opened=now,
        )

    run = start_run(
        TokenMoveFlow,
        title=moved.title,
        label=TokenMoveFlow.label,
        code=f"{moved.code[:36]}-T{moved.token_moves.count() + 1:02d}",
        chain_id=moved.chain_id,
        by=in_campaign_office(by),
        now=now,
        before_first_step=with_move,
    )
    return run.token_move


# --- shared reading under the lock ---


def _newest_locked(key: str) -> Policy:
    """The version in force. The first version is what proposals for one key wait at: it never goes and never changes."""
    first = Policy.objects.select_for_update(no_key=True).filter(key=key).order_by("version").first()
    if first is None:
        raise NotFound("no-such-policy")
    newest = Policy.objects.filter(key=key).order_by("-version")
    return newest.select_related("stand_in", "alternate")[0]


def _chain_of(key: str) -> Chain:
    """The record of one policy; opened with its first proposal, under the lock on the policy."""
    found = Chain.objects.filter(kind=Chain.Kind.SETTINGS, name=key).order_by("pk").first()
    return found or open_chain("settings", key)
