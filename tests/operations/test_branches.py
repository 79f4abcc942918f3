"""Branches: they part, each goes its own way, and they meet again exactly once."""

import itertools

import pytest

from flows.engine import operations as engine
from flows.engine.models import Assignment, Run, Step
from hetang_flow.lib.errors import WrongState
from tests.support.trial import flow
from tests.support.trial.flow import Inclusive, Parallel, Straight
from tests.support.trial.stage import REASON, ask, begin


def parted(district, **asked):
    """A matter that lies with three branches."""
    return begin(district, Parallel, **asked).yes("chen")


# --- choice ---


@pytest.mark.parametrize(("title", "sealed"), [("演示事项", 0), ("演示事项（用印）", 1)])
def test_a_choice_takes_the_first_way_that_holds_and_else_the_default(district, title, sealed):
    trial = begin(district, Straight, title).yes("chen", "lin", "zhao")
    assert trial.open == ["file"]
    assert len(trial.entries("trial.sealed")) == sealed
    assert trial.yes("gao").outcome == "completed"


# --- parallel ---


def test_every_branch_opens_at_once_and_each_has_a_token_of_its_own(district):
    trial = parted(district)
    assert trial.open == ["aside", "left", "right"]
    split = trial.step("draft").pk
    tokens = [trial.step(node).token.token for node in ("left", "right", "aside")]
    assert tokens == [f"start/{split}_{number}" for number in (1, 2, 3)]
    assert all(trial.told(name)[-1] == "step.todo" for name in ("lin", "ke", "wang"))


ORDERS = [*itertools.permutations(("left", "ke", "wang"))]


@pytest.mark.parametrize("order", ORDERS, ids="-".join)
def test_in_whatever_order_the_branches_are_done_the_join_passes_once(district, order):
    trial = parted(district)
    for number, branch in enumerate(order, start=1):
        trial.yes(*(("lin", "luo") if branch == "left" else (branch,)))
        assert ("close" in trial.open) == (number == 3)
    assert trial.open == ["close"]
    assert trial.became("close") == ["NEW"]
    assert trial.step("close").token.token == "start"
    assert trial.yes("zhao").outcome == "completed"
    assert trial.open == []
    assert len(trial.entries("trial.published")) == 1


def test_a_branch_that_waits_at_the_join_is_a_step_like_any_other_wait(district):
    trial = parted(district).yes("ke")
    (waits,) = trial.steps("meet")
    assert (waits.status, waits.flow_task_type, waits.policy_id) == ("NEW", "JOIN", None)
    assert waits.token == trial.step("right").token
    assert waits.previous_step_id == trial.step("right").pk
    trial.yes("wang", "lin", "luo")
    assert trial.became("meet") == ["granted"]


def test_an_end_in_a_branch_ends_the_run_only_with_the_last_branch(district):
    trial = parted(district).yes("wang")
    assert trial.outcome == ""
    assert trial.open == ["left", "right"]
    other = parted(district).yes("lin", "luo", "ke")
    assert other.open == ["aside", "meet", "meet"]
    assert other.yes("wang").open == ["close"], "the end lets the join pass that waited for it"


def test_a_stop_in_a_branch_ends_the_run_with_whatever_is_open(district):
    trial = parted(district).yes("lin", "wang")
    trial.act("ke", engine.reject, reason=REASON)
    assert trial.outcome == "refused"
    assert trial.open == []
    assert trial.became("left_again") == ["CANCELED"]
    assert trial.share("luo", "void")
    assert trial.told("chen")[-1] == trial.told("luo")[-1] == "run.refused"
    assert trial.told("ke") == ["step.todo"], "who said so knows"


def test_two_branches_that_pass_by_themselves_in_one_operation_pass_the_join_once(district):
    own = {"on_self": "skip", "duty": "review"}
    for key in ("trial.left", "trial.left_again", "trial.right"):
        ask(key, "chen", **own)
    trial = begin(district, Parallel).yes("chen")
    assert trial.open == ["aside", "meet", "meet"]
    trial.yes("wang")
    assert trial.open == ["close"]
    assert trial.became("close") == ["NEW"]
    assert trial.became("left") == trial.became("right") == ["granted"]


def test_all_branches_that_pass_by_themselves_bring_the_matter_to_the_step_behind(district):
    for key in ("trial.budget", "trial.audit"):
        ask(key, "chen", on_self="skip", duty="review")
    trial = begin(district, Inclusive, "资金").yes("chen", "lin")
    assert trial.open == ["money_done"]
    assert trial.became("money_done") == ["NEW"]
    assert trial.step("money_done").token == trial.step("money").token


def test_the_signer_of_one_branch_who_comes_up_in_another_is_merged_and_the_join_passes_once(district):
    same = {"duty": "review", "on_repeat": "all"}
    ask("trial.left", "lin", **same)
    ask("trial.left_again", "lin", **same)
    trial = begin(district, Parallel).yes("chen", "ke", "wang", "lin")
    assert trial.became("left_again") == ["granted"]
    assert Assignment.objects.get(step=trial.step("left_again")).auto == "same_person"
    assert trial.open == ["close"]


# --- inclusive and nested ---


@pytest.mark.parametrize(
    ("title", "opened"),
    [("一般", ["close"]), ("用地", ["land"]), ("资金", ["money"]), ("资金与用地", ["land", "money"])],
)
def test_an_inclusive_split_opens_what_applies_and_else_goes_its_default_way(district, title, opened):
    assert begin(district, Inclusive, title).yes("chen").open == opened


def test_a_single_branch_passes_the_join_alone(district):
    assert begin(district, Inclusive, "用地").yes("chen", "wang").open == ["close"]


def test_a_split_within_a_branch_meets_within_it(district):
    trial = begin(district, Inclusive, "资金与用地").yes("chen", "lin")
    assert trial.open == ["audit", "budget", "land"]
    trial.yes("wang", "luo")
    assert trial.open == ["audit", "deep_meet", "meet"]
    trial.yes("ke")
    assert trial.open == ["meet", "money_done"]
    assert trial.step("money_done").token == trial.step("money").token
    assert trial.yes("qian").open == ["close"]
    assert trial.yes("zhao").outcome == "completed"


def test_an_end_within_a_nested_branch_lets_only_the_inner_join_pass(district):
    trial = begin(district, Inclusive, "资金与用地，免汇总").yes("chen", "lin", "wang", "luo")
    assert trial.open == ["audit", "deep_meet", "meet"]
    assert trial.yes("ke").open == ["meet", "money_done"]


def test_when_the_end_comes_first_the_inner_join_waits_for_nobody(district):
    trial = begin(district, Inclusive, "资金与用地，免汇总").yes("chen", "lin", "wang", "ke")
    assert trial.open == ["budget", "meet"]
    assert trial.yes("luo").open == ["meet", "money_done"]


def test_the_database_keeps_one_open_step_of_people_a_branch(district):
    trial = begin(district, Inclusive, "资金与用地").yes("chen", "lin")
    open_steps = Step.objects.filter(process=trial.run, status="NEW")
    tokens = [step.token.token for step in open_steps]
    assert len(set(tokens)) == len(tokens) == 3


# --- the whole run ---


def test_a_withdrawal_closes_every_branch_and_whoever_waits_at_a_join(district):
    trial = parted(district)
    trial.passes()
    by = district.actor("chen")
    engine.withdraw(trial.run.public_id, by=by, now=district.now, reason=REASON)
    assert (trial.outcome, trial.open) == ("withdrawn", [])
    assert [trial.told(name)[-1] for name in ("lin", "ke", "wang")] == ["run.withdrawn"] * 3


def test_terminating_closes_the_branch_that_waits(district):
    trial = parted(district).yes("ke").governs(engine.terminate, reason=REASON)
    assert (trial.outcome, trial.open) == ("terminated", [])
    assert trial.became("meet") == ["CANCELED"]


def test_branches_that_can_never_meet_fail_loudly_and_nothing_is_written(district, monkeypatch):
    trial = parted(district).yes("wang", "lin", "luo")
    right, other = flow.Parallel.instance.node("right"), flow.Inclusive.instance.node("deep_meet")
    monkeypatch.setattr(right, "_granted", other)
    with pytest.raises(RuntimeError, match="nobody has anything to do"):
        trial.yes("ke")
    assert trial.open == ["meet", "right"]
    assert Run.objects.get(pk=trial.run.pk).status == "NEW"


def test_what_another_branch_signed_before_a_return_inside_this_one_still_bars_a_withdrawal(district):
    trial = parted(district).yes("ke", "lin").back_to("luo", "left")
    assert trial.open == ["aside", "left", "meet"]
    with pytest.raises(WrongState) as answer:
        engine.withdraw(trial.run.public_id, by=district.actor("chen"), now=district.now, reason=REASON)
    assert answer.value.code == "somebody-signed"
    free = parted(district).yes("lin").back_to("luo", "left")
    engine.withdraw(free.run.public_id, by=district.actor("chen"), now=district.now, reason=REASON)
    assert free.outcome == "withdrawn"
