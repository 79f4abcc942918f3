"""The gate plays tokens as the engine moves them: wherever a run can come to stand, the gate has been."""

from random import Random

import pytest
from viewflow.workflow.status import STATUS

from flows.engine import operations as engine
from flows.engine.models import Assignment
from flows.engine.pictures import picture_of
from flows.engine.rules.soundness.tokens import Game
from tests.support.trial.flow import Inclusive, Parallel, Straight
from tests.support.trial.stage import REASON, begin

ACTS = 14
MATTERS = [
    (Straight, "演示事项"),
    (Parallel, "演示事项"),
    (Inclusive, "涉及资金、用地"),
    (Inclusive, "涉及资金（免汇总）"),
    (Inclusive, "演示事项"),
]


@pytest.mark.parametrize("seed", [1, 2, 3])
@pytest.mark.parametrize(("flow_class", "title"), MATTERS)
def test_the_engine_never_stands_where_the_gate_has_not_been(district, flow_class, title, seed):
    game = Game(picture_of(flow_class))
    assert game.play()
    known = {tuple(sorted(name for name, _token in state.open)) for state in game.trails}
    trial, chance = begin(district, flow_class, title), Random(seed)
    for _act in range(ACTS):
        shares = Assignment.objects.filter(run=trial.run, status="open", step__status=STATUS.NEW)
        if not shares:
            break
        share = chance.choice(sorted(shares.select_related("step", "post"), key=lambda each: each.pk))
        (name,) = [name for name, post in district.posts.items() if post == share.post]
        judges = share.step.flow_task.judges
        if judges and chance.random() < 0.3:
            trial.act(name, engine.return_to_initiator, reason=REASON)
        else:
            trial.act(name, engine.approve if judges else engine.complete)
        assert tuple(trial.open) in known
