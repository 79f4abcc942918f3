"""What filing a line's plan needs and leaves behind, inside the deciding transaction."""

from flows.engine.operations.move import Move
from hetang_flow.lib.clock import district_day
from hetang_flow.lib.errors import WrongState

from .models import LinePlan, TargetShare
from .rules import line_plans
from .selectors_line_plans import Breakdown, breakdown_of


def is_complete(move: Move) -> str:
    """A plan is handed in when its parts are written and its shares add up; its goals go with it as words."""
    found = LinePlan.objects.get(run_id=move.run.pk)
    missing = line_plans.texts_missing({name: getattr(found, name) for name in line_plans.TEXTS})
    if missing:
        raise WrongState("line-plan-not-written", {"count": len(missing)})
    _adding_up(found)
    return found.goals[:500]


def adopt(move: Move) -> None:
    """Write the shares of this version; they hold from today, the version before until yesterday."""
    found = LinePlan.objects.select_for_update(no_key=True).get(run_id=move.run.pk)
    breakdown = _adding_up(found)
    TargetShare.objects.bulk_create(
        TargetShare(
            line_plan=found,
            target_id=part.target.pk,
            organisation_id=breakdown.unit_ids[share.unit],
            quarter=share.quarter,
            value=share.value,
        )
        for part in breakdown.parts
        for share in part.shares
    )
    found.state, found.holds_from, found.changed = LinePlan.State.ADOPTED, district_day(move.now), move.now
    found.save(update_fields=["state", "holds_from", "changed"])
    after = {"state": found.state, "number": found.number, "holds_from": found.holds_from.isoformat()}
    move.changed("line_plan.adopted", {"state": "open"}, after)
    move.tell("run.completed", None, [move.run.initiator_id], key=f"completed:{move.run.pk}")


def close(move: Move) -> None:
    """Withdrawn or ended: the shares in force stay."""
    LinePlan.objects.filter(run_id=move.run.pk, state=LinePlan.State.OPEN).update(
        state=LinePlan.State.CLOSED, changed=move.now
    )


def _adding_up(found: LinePlan) -> Breakdown:
    breakdown = breakdown_of(found)
    wrong = [fault for part in breakdown.parts for fault in part.wrong]
    if wrong:
        facts = {"count": len(wrong), "target": wrong[0].facts["target"]}
        raise WrongState("shares-do-not-add-up", facts)
    return breakdown
