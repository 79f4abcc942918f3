"""Returns: where they lead, what they sweep away, and how the matter comes forward again."""

import pytest

from flows.engine import operations as engine
from flows.engine.models import Assignment
from flows.engine.operations.decisions import returnable
from hetang_flow.lib.errors import Invalid, WrongState
from tests.support.trial.flow import Inclusive, Parallel, Straight, Waiting
from tests.support.trial.stage import REASON, ask, begin


def rounds(trial, node):
    return [step.round for step in trial.steps(node)]


def at_the_end(district, **asked):
    """Every branch is done; the leader has it."""
    return begin(district, Parallel, **asked).yes("chen", "lin", "luo", "ke", "wang")


# --- in one line ---


def test_the_way_back_leads_to_executed_steps_upstream_alone(district):
    trial = begin(district, Straight).yes("chen", "lin")
    assert [step.flow_task.name for step in returnable(trial.run, trial.step("confirm"))] == [
        "draft",
        "check",
    ]
    trial.back_to("zhao", "draft")
    assert (trial.open, trial.became("confirm")) == (["draft"], ["refused"])
    trial.yes("chen")
    back = returnable(trial.run, trial.step("check"))
    assert [step.flow_task.name for step in back] == ["draft"], "confirm was executed, yet it lies ahead"


def test_a_return_downstream_or_to_a_stranger_is_refused(district):
    trial = begin(district, Straight).yes("chen", "lin").back_to("zhao", "check")
    ahead = trial.step("confirm")
    for target in (ahead.pk, 0):
        with pytest.raises(WrongState) as refused:
            trial.act("lin", engine.return_to, target, resume=False, reason=REASON)
        assert refused.value.code == "not-a-way-back"
    with pytest.raises(Invalid):
        trial.act("lin", engine.return_to, trial.step("draft").pk, resume=False, reason="短")


def test_replay_walks_everything_in_between_again_and_asks_anew(district):
    trial = begin(district, Straight).yes("chen", "lin").back_to("zhao", "draft")
    assert trial.run.__class__.objects.get(pk=trial.run.pk).round == 2
    trial.yes("chen")
    assert trial.open == ["check"]
    assert [share.status for share in Assignment.objects.filter(step__in=trial.steps("check"))] == [
        "approved",
        "open",
    ]
    assert trial.yes("lin", "zhao", "gao").outcome == "completed"
    assert rounds(trial, "check") == [1, 2]


def test_resume_asks_the_returned_step_again_and_then_goes_straight_back(district):
    trial = begin(district, Straight).yes("chen", "lin").back_to("zhao", "draft", resume=True)
    assert trial.open == ["draft"]
    trial.yes("chen")
    assert trial.open == ["confirm"]
    assert trial.became("check") == ["granted"]
    assert trial.told("zhao").count("step.todo") == 2
    assert trial.yes("zhao", "gao").outcome == "completed"


def test_a_step_that_was_returned_to_may_return_further_and_still_goes_straight_back(district):
    trial = begin(district, Straight).yes("chen", "lin")
    trial.back_to("zhao", "check", resume=True)
    trial.back_to("lin", "draft", resume=True)
    assert trial.yes("chen").open == ["check"]
    assert trial.yes("lin").open == ["confirm"]
    assert trial.yes("zhao", "gao").outcome == "completed"
    assert len(trial.entries("trial.noted")) == 1, "the effect in between was not walked again"


def test_a_return_without_resume_from_there_replays_the_rest(district):
    trial = begin(district, Straight).yes("chen", "lin")
    trial.back_to("zhao", "check", resume=True).back_to("lin", "draft")
    assert trial.yes("chen").open == ["check"]
    assert trial.yes("lin").open == ["confirm"]
    assert len(trial.entries("trial.noted")) == 2


# --- out of a branch ---


def test_a_return_out_of_a_branch_voids_the_others_and_begins_a_new_round(district):
    trial = begin(district, Parallel).yes("chen", "ke").back("lin")
    assert trial.open == ["draft"]
    assert (trial.became("left"), trial.became("right")) == (["refused"], ["granted"])
    assert trial.became("aside") == trial.became("meet") == ["CANCELED"]
    assert trial.share("wang", "void")
    assert rounds(trial, "draft") == [1, 2]
    trial.yes("chen")
    assert trial.open == ["aside", "left", "right"]
    old, new = trial.steps("left")
    assert old.token != new.token
    assert trial.yes("ke", "lin", "wang", "luo", "zhao").outcome == "completed"
    assert trial.became("close") == ["granted"]


def test_a_return_out_of_a_nested_branch_to_before_its_split_leaves_the_outer_branch_alone(district):
    trial = begin(district, Inclusive, "资金与用地").yes("chen", "lin", "luo").back("ke")
    assert trial.open == ["land", "money"]
    assert trial.became("deep_meet") == ["CANCELED"]
    assert trial.yes("lin").open == ["audit", "budget", "land"]
    trial.yes("wang", "ke", "luo", "qian", "zhao")
    assert trial.outcome == "completed"
    assert trial.became("budget") == ["granted", "granted"]


def test_a_return_out_of_a_nested_branch_to_the_beginning_voids_all(district):
    trial = begin(district, Inclusive, "资金与用地").yes("chen", "lin", "wang").back_to("ke", "draft")
    assert trial.open == ["draft"]
    assert trial.became("budget") == trial.became("meet") == ["CANCELED"]
    assert trial.yes("chen", "wang", "lin", "luo", "ke", "qian", "zhao").outcome == "completed"


def test_a_return_within_a_branch_leaves_the_others_alone(district):
    trial = begin(district, Parallel).yes("chen", "lin", "ke").back("luo")
    assert trial.open == ["aside", "left", "meet"]
    assert trial.yes("lin", "luo", "wang").open == ["close"]
    assert trial.became("right") == ["granted"]


def test_a_return_from_one_branch_into_another_is_no_way_back(district):
    trial = begin(district, Parallel).yes("chen", "lin")
    with pytest.raises(WrongState) as refused:
        trial.back_to("ke", "left")
    assert refused.value.code == "not-a-way-back"


# --- straight back to a branch ---


def test_resume_brings_the_branches_back_that_the_return_had_swept(district):
    trial = begin(district, Parallel).yes("chen", "ke").back_to("lin", "draft", resume=True)
    assert trial.open == ["draft"]
    trial.yes("chen")
    assert trial.open == ["aside", "left", "meet"], "whoever had been done waits at the join again"
    assert [step.token.token for step in trial.steps("left")] == [trial.step("left").token.token] * 2
    assert trial.yes("wang", "lin", "luo").open == ["close"]
    assert trial.became("right") == ["granted"], "and is not asked again"
    assert trial.yes("zhao").outcome == "completed"


def test_resume_asks_a_swept_branch_anew_even_where_some_had_signed(district):
    trial = begin(district, Parallel, right="ke qian").yes("chen", "ke").back_to("lin", "draft", resume=True)
    trial.yes("chen")
    first, second = trial.steps("right")
    said = [s.status for s in Assignment.objects.filter(step=first)]
    assert sorted(said) == ["approved", "void"]
    assert {s.status for s in Assignment.objects.filter(step=second)} == {"open"}


# --- from behind a join ---


def test_a_return_from_behind_a_join_into_one_branch_replays_that_branch_only(district):
    trial = at_the_end(district).back_to("zhao", "left")
    assert trial.open == ["left"]
    assert trial.yes("lin").open == ["left_again"]
    assert trial.yes("luo").open == ["close"]
    assert trial.became("right") == trial.became("aside") == ["granted"]
    assert trial.yes("zhao").outcome == "completed"


def test_the_same_with_resume_comes_straight_back_behind_the_join(district):
    trial = at_the_end(district).back_to("zhao", "left", resume=True)
    assert trial.yes("lin").open == ["close"]
    assert trial.became("left_again") == ["granted"]
    assert trial.yes("zhao").outcome == "completed"


def test_a_return_from_behind_a_join_to_before_the_split_replays_everything(district):
    trial = at_the_end(district).back("zhao")
    assert trial.open == ["draft"]
    trial.yes("chen", "wang", "ke", "lin", "luo")
    assert trial.became("close") == ["refused", "NEW"]
    assert trial.yes("zhao").outcome == "completed"


def test_a_second_return_into_another_branch_while_one_is_replayed_is_not_offered(district):
    trial = at_the_end(district).back_to("zhao", "left")
    back = [step.flow_task.name for step in returnable(trial.run, trial.step("left"))]
    assert back == ["draft"]


# --- with what waits ---


def test_a_sub_runs_refusal_goes_the_parents_refused_way_as_a_return(district):
    trial = begin(district, Waiting).yes("chen")
    (below,) = trial.below
    below.act("ke", engine.reject, reason=REASON)
    assert below.outcome == "refused"
    assert (trial.open, trial.became("near")) == (["draft"], ["refused"])
    assert rounds(trial, "draft") == [1, 2]
    assert trial.yes("chen").open == ["near"]
    assert len(trial.below) == 2


def test_everybody_who_signed_in_an_earlier_round_is_asked_again_in_the_new_one(district):
    ask("trial.check", "lin", on_repeat="all", duty="review")
    ask("trial.confirm", "zhao", on_repeat="all", duty="review")
    trial = begin(district, Straight).yes("chen", "lin").back("zhao").yes("chen")
    assert trial.open == ["check"]
    assert Assignment.objects.get(step=trial.step("check")).status == "open"
