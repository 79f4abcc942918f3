"""What the campaign office alone may do: end a matter for good, and bring a finished one back where its way had come."""

import pytest

from flows.engine import operations as engine
from hetang_flow.lib.errors import Invalid, NotAllowed, NotFound, WrongState
from tests.support.trial.flow import Inclusive, Parallel, Straight
from tests.support.trial.stage import REASON, begin


@pytest.mark.parametrize("operation", [engine.suspend, engine.terminate])
def test_only_the_campaign_office_governs_and_says_why(district, operation):
    trial = begin(district, Straight)
    for name in ("chen", "lin", "ma"):
        with pytest.raises(NotAllowed) as refused:
            operation(trial.run.public_id, reason=REASON, by=district.actor(name), now=district.now)
        assert refused.value.code == "not-campaign-office"
    with pytest.raises(Invalid):
        trial.governs(operation, reason="短")
    trial.governs(operation, reason=REASON)
    with pytest.raises(WrongState):
        trial.governs(operation, reason=REASON)


def test_resuming_what_goes_on_is_refused(district):
    with pytest.raises(WrongState) as refused:
        begin(district, Straight).governs(engine.resume)
    assert refused.value.code == "not-suspended"


# --- the end, and back from it ---


def test_terminating_ends_a_run_for_good_and_tells_everybody(district):
    trial = begin(district, Straight).yes("chen").governs(engine.terminate, reason=REASON)
    assert (trial.outcome, trial.open) == ("terminated", [])
    assert trial.told("lin")[-1] == trial.told("chen")[-1] == "run.terminated"
    assert trial.share("lin", "void")


def ended(district):
    """A matter that was terminated while three branches had it: one waits at the join, two are open."""
    return begin(district, Parallel).yes("chen", "ke", "lin").governs(engine.terminate, reason=REASON)


def reopens(trial, node, **words):
    return trial.governs(engine.reopen, step_id=trial.step(node).pk, reason=REASON, **words)


def test_a_run_comes_back_where_it_stood_in_a_new_round(district):
    trial = begin(district, Straight).yes("chen").governs(engine.terminate, reason=REASON)
    reopens(trial, "check")
    assert (trial.outcome, trial.open, trial.step("check").round) == ("", ["check"], 2)
    assert trial.told("lin")[-1] == "step.todo"
    assert trial.told("chen")[-1] == "run.reopened"
    assert trial.yes("lin", "zhao", "gao").outcome == "completed"


def test_or_at_an_executed_step_before_that(district):
    trial = begin(district, Straight).yes("chen", "lin").governs(engine.terminate, reason=REASON)
    reopens(trial, "draft")
    assert trial.yes("chen").open == ["check"]


def test_but_not_at_a_step_the_last_round_never_came_to_again(district):
    trial = begin(district, Straight).yes("chen", "lin").back("zhao").governs(engine.terminate, reason=REASON)
    with pytest.raises(NotFound):
        reopens(trial, "confirm")
    assert reopens(trial, "draft").yes("chen").open == ["check"]


@pytest.mark.parametrize("node", ["left", "left_again"])
def test_coming_back_into_a_branch_brings_the_branches_beside_it_back(district, node):
    trial = reopens(ended(district), node)
    assert trial.open == sorted(["aside", node, "meet"])
    assert trial.yes("wang", *(("lin",) if node == "left" else ()), "luo").open == ["close"]
    assert trial.became("right") == ["granted"]


def test_coming_back_before_the_split_brings_none_of_them_back(district):
    trial = reopens(ended(district), "draft")
    assert trial.open == ["draft"]
    assert trial.yes("chen").open == ["aside", "left", "right"]


def test_a_branch_that_had_ended_the_matter_comes_back_with_the_others(district):
    trial = begin(district, Parallel).yes("chen")
    trial.act("ke", engine.reject, reason=REASON)
    reopens(trial, "left")
    assert trial.open == ["aside", "left", "right"]


def test_a_nested_branch_comes_back_with_the_inner_and_the_outer_ones(district):
    trial = begin(district, Inclusive, "资金与用地").yes("chen", "lin", "luo")
    trial.governs(engine.terminate, reason=REASON)
    reopens(trial, "audit")
    assert trial.open == ["audit", "deep_meet", "land"]
    assert trial.yes("ke", "qian", "wang", "zhao").outcome == "completed"


def test_a_run_under_way_or_with_effects_that_stand_does_not_come_back(district):
    trial = begin(district, Straight)
    with pytest.raises(WrongState) as refused:
        reopens(trial, "draft")
    assert refused.value.code == "not-finished"
    trial.yes("chen", "lin", "zhao", "gao")
    with pytest.raises(WrongState) as refused:
        reopens(trial, "check")
    assert refused.value.code == "effects-stand"
    with pytest.raises(NotAllowed):
        engine.reopen(
            trial.run.public_id, trial.step("check").pk, reason=REASON,
            by=district.actor("lin"), now=district.now,
        )  # fmt: skip
