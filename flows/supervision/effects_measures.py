"""What a weighing asks for and leaves behind, inside the step's transaction under the Run's lock."""

from flows.deadlines.selectors import calendar
from flows.engine.models import Run
from flows.engine.operations.move import Move
from hetang_flow.lib.clock import district_day
from hetang_flow.lib.errors import WrongState

from . import registry, rules
from .audience import About, Audience
from .models import Climb, Item, Measure


def of_run(move: Move) -> Measure:
    """The measure of the run that is being moved (one statement, once a move)."""
    if move.subject is None:
        about = Measure.objects.select_related("climb__item__ladder", "climb__item__unit")
        move.subject = about.get(run_id=move.run.pk)
    return move.subject


def is_weighed(move: Move) -> str:
    """It goes on once the person asked has said how grave it is, whether it is done, and why."""
    measure = of_run(move)
    if not measure.verdict or not measure.reason.strip():
        raise WrongState("not-weighed")
    return measure.reason[:500]


def is_confirmed(run: Run) -> bool:
    """Which way it goes: what the weighing said."""
    return Measure.objects.filter(run_id=run.pk, verdict=rules.CONFIRMED).exists()


def carry_out(move: Move) -> None:
    """Confirmed: the rung stands, its people are told, rooms above hear of it, and the days run on from here."""
    measure = of_run(move)
    item = _decided(move, measure, confirmed=True)
    ladder = item.ladder.rules
    rung = ladder.rung(measure.climb.rung)
    if rung is None:
        raise WrongState("changed-meanwhile")
    audience = Audience(move.now)
    about = About(item.unit_id, item.post_id, item.person_id, item.project_id, item.line_id)
    audience.learn([about])
    key = f"climb:{item.pk}:{rung.order}"
    move.tell("supervision.climbed", None, audience.told(about, rung.tell), key=key, rung=rung.name)
    registry.confirmed(measure, move)


def set_aside(move: Move) -> None:
    """Declined: nothing happens to anybody, and the matter waits for a person where it is."""
    _decided(move, of_run(move), confirmed=False)


def _decided(move: Move, measure: Measure, *, confirmed: bool) -> Item:
    """Write the person's word beside the rung, and where the matter stands now if it is still open there."""
    climb = measure.climb
    state = Climb.State.CONFIRMED if confirmed else Climb.State.DECLINED
    Move.change_one(
        Climb.objects.filter(pk=climb.pk, state=Climb.State.PROPOSED),
        state=state,
        decided=move.now,
        decided_by_id=measure.weighed_by_id,
        reason=measure.reason,
    )
    Move.change_one(Measure.objects.filter(pk=measure.pk, closed=None), closed=move.now)
    locked = Item.objects.select_for_update(no_key=True, of=("self",)).select_related("ladder")
    item = locked.get(pk=climb.item_id)
    if item.closed is None and item.rung == climb.rung:
        _go_on(item, measure, move, confirmed=confirmed)
    kind = "supervision.confirmed" if confirmed else "supervision.declined"
    facts = {"item": str(item.public_id), "rung": climb.rung, "name": climb.name, "gravity": measure.gravity}
    move.record(kind, None, opinion=measure.reason, **facts)
    return item


def _go_on(item: Item, measure: Measure, move: Move, *, confirmed: bool) -> None:
    grave = measure.gravity == rules.GRAVE
    today = district_day(move.now)
    ahead = rules.decided(item.matter, item.rung, confirmed=confirmed, grave=grave, on=today)
    step = rules.next_step(item.ladder.rules, ahead, calendar()) if ahead else None
    item.counts_from, item.at_once = today, bool(ahead and ahead.at_once and step)
    item.next_on = step.due_on if step else None
    item.save(update_fields=["counts_from", "at_once", "next_on"])


def close(move: Move) -> None:
    """A proposal that is not weighed any more is closed; the rung stays proposed, which is all it ever was."""
    Measure.objects.filter(run_id=move.run.pk, closed=None).update(closed=move.now)
