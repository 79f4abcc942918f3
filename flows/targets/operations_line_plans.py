"""Writing line plans: file one, write its parts, share its targets out; deciding about it is the engine's."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from uuid import UUID

from django.db import transaction

from flows.campaigns.models import CampaignLine
from flows.engine.models import Run
from flows.engine.operations import start_run
from flows.engine.operations.asked import asked_at
from flows.engine.operations.move import Move
from flows.engine.rules import reason_is_enough
from hetang_flow.lib.errors import Invalid, NotAllowed, NotFound, WrongState
from permissions.actors import Actor

from .flow import LinePlanFlow
from .models import LinePlan
from .rules import line_plans, shares
from .selectors_line_plans import breakdown_of, goal_of, lead_units


@transaction.atomic
def start_line_plan(line_id: int, *, reason: str = "", by: Actor, now: datetime) -> LinePlan:
    """Begin a line's plan; a later one begins as the version in force reads, and says why it is changed.

    The line's row is locked, so that two who press at once begin one plan. Raises NotAllowed for anybody but a lead
    department's officer or desk, WrongState while one is being filed, Invalid for a change without a reason.
    """
    line = CampaignLine.objects.select_for_update(no_key=True).filter(pk=line_id).first()
    if line is None:
        raise NotFound("no-such-line")
    units = lead_units(line.pk)
    filed = list(LinePlan.objects.filter(line=line).select_related("line").order_by("-number"))
    filing = any(each.state == LinePlan.State.OPEN and each.is_demo == by.is_demo for each in filed)
    verdict = line_plans.may_file(by, lead_units=set(units), filing=filing)
    verdict.or_raise(NotAllowed if verdict.code in line_plans.PERSON_CODES else WrongState)
    holding = next((each for each in filed if each.state == LinePlan.State.ADOPTED), None)
    if holding:
        reason_is_enough(reason).or_raise(Invalid)
    post = line_plans.filing_post(by, set(units))
    number = filed[0].number + 1 if filed else 1

    def with_line_plan(run: Run) -> None:
        LinePlan.objects.create(
            plan_id=line.plan_id,
            line=line,
            unit_id=post.organisation_id,
            number=number,
            breakdown=holding.breakdown if holding else {},
            reason=reason.strip(),
            run=run,
            is_demo=by.is_demo,
            opened=now,
            changed=now,
            **{name: getattr(holding, name, "") for name in line_plans.TEXTS},
        )

    run = start_run(
        LinePlanFlow,
        title=line.name,
        label=LinePlanFlow.label,
        code=f"FA{line.plan.year}-{line.order:02d}-{number:02d}",
        chain_id=line.plan.chain_id,
        by=by.in_post(post.id),
        now=now,
        before_first_step=with_line_plan,
    )
    return run.line_plan


def write_texts(public_id: UUID, texts: Mapping[str, str], *, by: Actor, now: datetime) -> LinePlan:
    """Write the parts of a plan while it lies with whoever files it; the record keeps which were changed."""
    too_long = [name for name in line_plans.TEXTS if len(texts.get(name, "")) > line_plans.LONGEST_TEXT]
    if too_long:
        raise Invalid("text-too-long", {"most": line_plans.LONGEST_TEXT, "field": too_long[0]})
    with _writing(public_id, by=by, now=now) as (move, found):
        wanted = {name: texts.get(name, "").strip() for name in line_plans.TEXTS}
        changed = [name for name in line_plans.TEXTS if getattr(found, name) != wanted[name]]
        if changed:
            for name in changed:
                setattr(found, name, wanted[name])
            found.changed = now
            found.save(update_fields=[*changed, "changed"])
            move.record("line_plan.written", None, parts=changed)
        return found


def share_out(
    public_id: UUID,
    code: str,
    typed: Mapping[str, Sequence[str]],
    *,
    evenly: bool = False,
    by: Actor,
    now: datetime,
) -> LinePlan:
    """Keep what each unit takes of a target, as typed: what does not add up yet is told, and refused on handing in.

    `evenly` fills the cells left empty. Raises NotFound for a target of another line, Invalid for a cell too long.
    """
    if any(len(cell) > shares.LONGEST_CELL for cells in typed.values() for cell in cells):
        raise Invalid("cell-too-long", {"most": shares.LONGEST_CELL})
    with _writing(public_id, by=by, now=now) as (move, found):
        breakdown = breakdown_of(found)
        target = breakdown.part(code).target
        strange = [unit for unit in typed if unit not in breakdown.unit_ids]
        if strange:
            raise Invalid("unit-not-of-the-plan-line", {"row": strange[0], "target": target.name})
        goal = goal_of(target)
        rows = [shares.Row(unit, unit, [cell.strip() for cell in cells]) for unit, cells in typed.items()]
        rows = shares.fill(goal, rows) if evenly else rows
        wanted = {row.unit: list(row.cells)[:4] if goal.splits else [] for row in rows}
        before = found.breakdown.get(code, {})
        if before != wanted:
            found.breakdown = {**found.breakdown, code: wanted}
            found.changed = now
            found.save(update_fields=["breakdown", "changed"])
            move.record("line_plan.shared_out", None, target=code, before=before, after=wanted)
        return found


@contextmanager
def _writing(public_id: UUID, *, by: Actor, now: datetime) -> Iterator[tuple[Move, LinePlan]]:
    """A plan that lies with whoever writes it, for them, under the Run's lock."""
    found = LinePlan.objects.select_related("run").filter(public_id=public_id).first()
    if found is None:
        raise NotFound("no-such-line-plan")
    with asked_at(found.run.public_id, {"write"}, by=by, now=now) as move:
        yield move, LinePlan.objects.select_for_update(no_key=True).get(pk=found.pk)
