"""What time does, always as the system's act; and what stops the clock."""

import logging
from datetime import UTC, date, datetime

import pytest
from django.db import IntegrityError, transaction

from flows.engine import operations as engine
from flows.engine import tasks
from flows.engine.models import Assignment, Policy, Run, Step
from flows.engine.selectors_steps import late_steps, sleeping_steps
from hetang_flow.lib.errors import WrongState
from permissions.models import Appointment
from tests.support.trial.flow import Joint, Parallel, Resting, Small, Straight
from tests.support.trial.stage import REASON, ask, begin

LIMIT = 2  # working days; a matter of Thursday 1 June 2023 is due on Monday the 5th


def late(district, action, names="lin", node="check", **values):
    """A matter whose check is a day late under this policy."""
    ask(f"trial.{node}", names, limit_days=LIMIT, on_timeout=action, **values)
    trial = begin(district, Straight).yes("chen")
    assert trial.step("check").due_on == date(2023, 6, 5)
    district.now = datetime(2023, 6, 6, 1, 0, tzinfo=UTC)
    return trial


def times_out(trial, node="check"):
    trial.passes()
    return engine.time_out(trial.step(node).pk, now=trial.district.now)


def shares(trial, node="check"):
    return list(Assignment.objects.filter(step=trial.step(node)).order_by("order", "pk"))


# --- once, by the system, told to the initiator ---


@pytest.mark.parametrize("action", Policy.OnTimeout.values)
def test_whatever_time_does_is_the_systems_act_once_and_told_to_the_initiator(district, action):
    trial = late(district, action, alternate=district.posts["qian"])
    assert times_out(trial)
    (entry,) = trial.entries("step.timed_out")
    assert (entry.actor_id, entry.facts["action"]) == (None, action)
    assert trial.told("chen").count("step.timed_out") == 1
    decided = [share for share in shares(trial) if share.decided]
    assert all((share.auto, share.decided_by_id) == ("timeout", None) for share in decided)
    assert not times_out(trial)
    assert len(trial.entries("step.timed_out")) == 1


def test_it_is_not_late_on_its_last_day_nor_without_a_limit(district):
    trial = late(district, "approve")
    district.now = datetime(2023, 6, 5, 15, 30, tzinfo=UTC)  # half past eleven at night in the district
    assert not times_out(trial)
    other = begin(district, Small)
    other.passes(days=100)
    assert not times_out(other)


def test_a_reminder_reaches_who_is_late_and_changes_nothing(district):
    trial = late(district, "remind", "lin ke").yes("ke")
    assert times_out(trial)
    assert [trial.told(name).count("step.overdue") for name in ("lin", "ke")] == [1, 0]
    assert [share.status for share in shares(trial)] == ["open", "approved"]
    assert trial.yes("lin").open == ["confirm"]


def test_an_escalation_reaches_the_heads_and_the_campaign_office_too(district):
    head = type(district.posts["lin"]).objects.create(
        code="head-a", organisation=district.units["leading"], name="leading head", duty="head"
    )
    Appointment.objects.create(post=head, user=district.users["wang"], from_day=date(2023, 1, 1))
    trial = late(district, "escalate")
    assert times_out(trial)
    assert trial.told("lin")[-1] == "step.overdue"
    assert trial.told("wang") == trial.told("gao") == ["step.escalated"]


def test_the_alternate_takes_the_place_of_everybody_who_is_late(district):
    trial = late(district, "transfer", "lin ke luo", alternate=district.posts["qian"]).yes("ke")
    assert times_out(trial)
    assert {s.post.code.split("-")[0]: s.status for s in shares(trial)} == {
        "lin": "transferred",
        "ke": "approved",
        "luo": "transferred",
        "qian": "open",
    }
    assert trial.told("qian") == ["step.transferred"]
    with pytest.raises(WrongState):
        share = trial.share("lin", "transferred")
        engine.approve(trial.run.public_id, share.pk, by=district.actor("lin"), now=district.now)
    assert trial.yes("qian").open == ["confirm"]


def test_the_alternate_votes_with_the_weight_of_those_it_stands_for(district):
    weights = {district.posts[name].code: 2 for name in ("lin", "luo")}
    alternate = district.posts["qian"]
    trial = late(
        district, "transfer", "lin luo ke", mode="vote", on_no="count", weights=weights, alternate=alternate
    )
    trial.yes("ke")
    assert times_out(trial)
    assert trial.share("qian").weight == 4
    trial.act("qian", engine.reject, reason=REASON)
    assert trial.became("check") == ["refused"]


def test_a_sequence_goes_on_behind_the_alternate(district):
    trial = late(district, "transfer", "lin luo", mode="sequential", alternate=district.posts["qian"])
    assert times_out(trial)
    assert [s.status for s in shares(trial)] == ["transferred", "open", "waiting"]
    assert trial.yes("qian", "luo").open == ["confirm"]


def test_whoever_was_asked_for_an_opinion_or_added_hangs_on_the_alternate_now(district):
    trial = late(district, "transfer", "lin luo", alternate=district.posts["qian"])
    posts = [district.posts["ke"].pk]
    trial.act("luo", engine.consult, posts, question="请核对用地红线是否一致。")
    assert times_out(trial)
    assert trial.share("ke").root_id == trial.share("qian").pk
    trial.act("ke", engine.advise, opinion="一致。")
    assert trial.yes("qian").open == ["confirm"]


@pytest.mark.parametrize("why", ["asked already", "submitted", "signed elsewhere", "nobody"])
def test_an_alternate_who_must_not_sign_is_no_way_out_and_it_is_escalated(district, why):
    names = {"asked already": "lin ke", "submitted": "lin", "signed elsewhere": "lin", "nobody": "lin"}[why]
    post = district.posts[{"asked already": "ke", "submitted": "chen"}.get(why, "qian")]
    if why == "signed elsewhere":
        ask("trial.confirm", "lin", limit_days=LIMIT, on_timeout="transfer", alternate=post)
        trial = begin(district, Straight, check="qian").yes("chen", "qian")
        node = "confirm"
        district.now = datetime(2023, 6, 6, 1, 0, tzinfo=UTC)
    else:
        if why == "nobody":
            Appointment.objects.filter(post=post).delete()
        trial, node = late(district, "transfer", names, alternate=post, on_self="forbid"), "check"
    assert times_out(trial, node)
    assert trial.told("gao") == ["step.escalated"]
    assert all(share.status == "open" for share in shares(trial, node))


def test_time_approves_for_nobody_and_the_flow_walks_on(district):
    trial = late(district, "approve", "lin ke", mode="sequential")
    assert times_out(trial)
    assert [(s.status, s.auto, s.decided_by_id) for s in shares(trial)] == [("approved", "timeout", None)] * 2
    assert trial.open == ["confirm"]
    assert "run.decided" in trial.told("chen")
    assert trial.yes("zhao", "gao").outcome == "completed"


def test_what_somebody_said_before_stays_theirs_when_time_approves(district):
    trial = late(district, "approve", "lin ke").yes("ke")
    assert times_out(trial)
    lin, ke = shares(trial)
    assert (lin.auto, ke.auto, ke.decided_by_id) == ("timeout", "", district.users["ke"].pk)


def test_the_initiator_hears_of_a_return_when_a_counted_no_outlives_the_approval_by_time(district):
    trial = late(district, "approve", "lin ke", on_no="count")
    trial.act("ke", engine.reject, reason=REASON)
    assert times_out(trial)
    assert trial.became("check") == ["refused"]
    assert trial.open == ["draft"]
    assert "step.returned" in trial.told("chen")
    assert "run.decided" not in trial.told("chen")


def test_time_that_signed_bars_nobody_from_the_next_duty(district):
    ask("trial.confirm", "lin")
    trial = late(district, "approve")
    assert times_out(trial)
    assert trial.open == ["confirm"]


def test_time_sends_it_back_along_the_flows_own_way(district):
    trial = late(district, "reject", "lin ke").yes("ke")
    assert times_out(trial)
    lin, ke = shares(trial)
    assert (lin.status, lin.auto, lin.decided_by_id) == ("returned", "timeout", None)
    assert trial.open == ["draft"]
    assert trial.told("chen")[-1] == "step.returned"
    assert trial.yes("chen", "lin", "ke", "zhao", "gao").outcome == "completed"


def test_work_that_is_late_cannot_be_sent_back_and_is_escalated(district):
    ask("trial.draft", "chen", limit_days=LIMIT, on_timeout="reject")
    trial = begin(district, Straight)
    district.now = datetime(2023, 6, 6, 1, 0, tzinfo=UTC)
    assert times_out(trial, "draft")
    assert trial.told("gao") == ["step.escalated"]
    assert trial.open == ["draft"]


def test_time_in_one_branch_leaves_the_others_alone(district):
    ask("trial.right", "ke", limit_days=LIMIT, on_timeout="approve")
    trial = begin(district, Parallel).yes("chen", "wang")
    district.now = datetime(2023, 6, 6, 1, 0, tzinfo=UTC)
    assert times_out(trial, "right")
    assert trial.open == ["left", "meet"]
    assert trial.yes("lin", "luo").open == ["close"]


@pytest.mark.parametrize(
    "values",
    [{"on_timeout": "approve"}, {"on_timeout": "reject"}, {"on_self": "skip"}, {"on_self": "allow"}],
    ids=str,
)
def test_the_database_refuses_a_gate_that_time_or_its_initiator_passes(district, values):
    with pytest.raises(IntegrityError, match="a_gate_is_never_passed_over"), transaction.atomic():
        ask("trial.check", "lin", gate=True, **{"on_self": "forbid"} | values)
    ask("trial.check", "lin", **values)
    assert ask("trial.check", "lin", gate=True, on_self="to_head", on_timeout="escalate").gate


# --- the sweeps ---


def test_the_sweep_does_what_is_due_once_and_nothing_else(district):
    trial = late(district, "approve")
    fresh = begin(district, Straight).yes("chen")
    over = begin(district, Straight).yes("chen")
    Step.objects.filter(process__in=[over.run, trial.run]).update(due_on=date(2023, 6, 5))
    over.governs(engine.terminate, reason=REASON)
    found = late_steps(district.now)
    assert [step.pk for step in found] == [trial.step("check").pk]
    assert tasks.each(found, engine.time_out, now=district.now) == 1
    assert tasks.each(found, engine.time_out, now=district.now) == 0
    assert (trial.open, fresh.open) == (["confirm"], ["check"])


def test_one_step_that_fails_is_logged_and_stops_no_other(district, caplog):
    broken = late(district, "approve")
    trials = [broken, *(begin(district, Straight).yes("chen") for _ in range(2))]
    Step.objects.filter(process__in=[trial.run for trial in trials]).update(due_on=date(2023, 6, 5))
    Run.objects.filter(pk=broken.run.pk).update(policies={})
    with caplog.at_level(logging.ERROR):
        assert tasks.each(late_steps(district.now), engine.time_out, now=district.now, batch=1) == 2
    assert [trial.open for trial in trials] == [["check"], ["confirm"], ["confirm"]]
    assert broken.step("check").timed_out is None, "it is found again by the next sweep"
    assert f"time_out of step {broken.step('check').pk} failed" in caplog.text


def test_the_jobs_read_the_clock_and_sweep(district):
    timed, rested = late(district, "approve"), begin(district, Resting).yes("lin")
    assert tasks.sweep_late(timestamp=0) == 1
    assert tasks.wake_sleepers(timestamp=0) == 1
    assert (timed.open, rested.open) == (["confirm"], ["confirm"])
    assert tasks.sweep_late(timestamp=0) == tasks.wake_sleepers(timestamp=0) == 0


def test_two_workers_do_not_queue_a_sweep_twice():
    for task in (tasks.sweep_late, tasks.wake_sleepers, tasks.revive_triggers):
        assert task.queueing_lock
        assert task.lock is None, "a worker killed in a sweep would block all that follow"


# --- suspend and resume ---


def test_a_suspended_run_neither_times_out_nor_wakes_and_nobody_acts(district):
    trial = late(district, "approve").governs(engine.suspend, reason=REASON)
    rested = begin(district, Resting).yes("lin").governs(engine.suspend, reason=REASON)
    trial.passes(days=30)
    assert not times_out(trial)
    assert not engine.wake(rested.step("pause").pk, now=district.now)
    assert list(late_steps(district.now)) == list(sleeping_steps(district.now)) == []
    with pytest.raises(WrongState) as refused:
        trial.yes("lin")
    assert refused.value.code == "run-suspended"


def test_after_resuming_days_move_by_the_working_days_it_stood_still(district):
    district.now = datetime(2023, 9, 26, 2, 0, tzinfo=UTC)  # a Tuesday before the National Day
    ask("trial.check", "lin", limit_days=5)
    trial, rested = begin(district, Straight).yes("chen"), begin(district, Resting).yes("lin")
    assert trial.step("check").due_on == date(2023, 10, 9)
    assert rested.step("pause").wakes_on == date(2023, 10, 7)
    district.now = datetime(2023, 9, 27, 2, 0, tzinfo=UTC)
    trial.governs(engine.suspend, reason=REASON)
    rested.governs(engine.suspend, reason=REASON)
    district.now = datetime(2023, 10, 8, 2, 0, tzinfo=UTC)
    trial.governs(engine.resume)
    rested.governs(engine.resume)
    # It stood still on the 28th, and on the 7th and 8th, which make up for days off.
    step = trial.step("check")
    assert (step.first_due_on, step.due_on) == (date(2023, 10, 9), date(2023, 10, 12))
    assert rested.step("pause").wakes_on == date(2023, 10, 10)
    assert trial.entries("run.resumed")[0].facts["stood"] == 3
    district.now = datetime(2023, 10, 13, 2, 0, tzinfo=UTC)
    assert times_out(trial)
    assert engine.wake(rested.step("pause").pk, now=district.now)


def test_what_was_suspended_and_resumed_on_one_day_keeps_its_days(district):
    trial = late(district, "remind")
    was = trial.step("check").due_on
    trial.governs(engine.suspend, reason=REASON).governs(engine.resume)
    assert trial.step("check").due_on == was
    assert trial.told("lin")[-2:] == ["run.suspended", "run.resumed"]


def test_sub_runs_that_are_waited_for_stop_and_go_on_with_the_matter(district):
    ask("trial.small", "ke", limit_days=LIMIT)
    trial = begin(district, Joint).yes("chen").governs(engine.suspend, reason=REASON)
    (below,) = trial.below
    with pytest.raises(WrongState) as refused:
        below.yes("ke")
    assert refused.value.code == "run-suspended"
    district.now = datetime(2023, 6, 8, 1, 0, tzinfo=UTC)
    assert not times_out(below)
    trial.governs(engine.resume)
    assert below.step("check").due_on == date(2023, 6, 12)
    assert below.yes("ke").outcome == "completed"


def test_a_sub_run_that_was_suspended_by_itself_stays_so_when_the_matter_goes_on(district):
    trial = begin(district, Joint).yes("chen")
    (below,) = trial.below
    below.governs(engine.suspend, reason=REASON)
    trial.governs(engine.suspend, reason=REASON).governs(engine.resume)
    with pytest.raises(WrongState):
        below.yes("ke")
    assert below.governs(engine.resume).yes("ke").outcome == "completed"


def test_days_of_a_step_that_opened_meanwhile_move_only_since_then(district):
    ask("trial.right", "ke", limit_days=LIMIT)
    trial = begin(district, Joint, small="ke").yes("chen").governs(engine.suspend, reason=REASON)
    opened = trial.step("right")
    Step.objects.filter(pk=opened.pk).update(created=datetime(2023, 6, 5, 1, 0, tzinfo=UTC))
    district.now = datetime(2023, 6, 6, 1, 0, tzinfo=UTC)
    trial.governs(engine.resume)
    assert trial.step("right").due_on == date(2023, 6, 6)
