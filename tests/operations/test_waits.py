"""What a matter waits for besides people: another run, some working days, a job outside."""

from datetime import UTC, date, datetime

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from procrastinate.contrib.django.models import ProcrastinateJob

from flows.deadlines.selectors import calendar
from flows.engine import operations as engine
from flows.engine import tasks
from flows.engine.models import Run
from flows.engine.operations.waiting import TRIGGER_JOB
from flows.engine.replanning import Place, replan
from flows.engine.standing import kin
from flows.journal.selectors import verify
from hetang_flow.lib.errors import NotAllowed, WrongState
from tests.support.trial import outside
from tests.support.trial.flow import Joint, Middle, Resting, Small, Waiting
from tests.support.trial.stage import REASON, ask, begin


@pytest.fixture(autouse=True)
def nobody_called():
    """Each test begins with a world that has heard nothing."""
    outside.forget()


def wakes(trial, node="pause"):
    trial.passes()
    return engine.wake(trial.step(node).pk, now=trial.district.now)


def checked(district, title="演示事项"):
    """A matter whose sub-run has just passed: it rests for three working days."""
    trial = begin(district, Waiting, title).yes("chen")
    trial.below[0].yes("ke")
    return trial


def sent(district):
    """A matter that waits for its trigger."""
    trial = checked(district)
    trial.passes(days=7)
    assert wakes(trial)
    return trial


# --- sub-runs ---


def test_a_sub_run_is_a_run_of_its_own_on_the_same_matter(district):
    trial = begin(district, Waiting).yes("chen")
    (below,) = trial.below
    assert trial.open == ["near"]
    assert below.run.flow_class is Small
    assert (below.run.title, below.run.label) == (trial.run.title, "专项核查")
    assert below.run.code == f"{trial.run.code}.{trial.step('near').pk}"
    assert below.run.chain_id == trial.run.chain_id
    assert below.run.initiator_id == trial.run.initiator_id
    assert below.open == ["check"]
    assert below.told("ke") == ["step.todo"]
    assert len(below.entries("run.started")) == len(trial.entries("subrun.started")) == 1


def test_when_it_passes_the_parent_goes_on_in_the_same_transaction(district):
    trial = checked(district)
    first, aside = trial.below
    assert (first.outcome, trial.became("near")) == ("completed", ["granted"])
    assert trial.open == ["pause"], "nobody waits for the second one"
    assert (aside.outcome, aside.open, trial.became("beside")) == ("", ["check"], ["granted"])
    ended = trial.entries("subrun.ended")[0]
    assert ended.facts["outcome"] == "completed"
    assert verify(trial.run.chain_id)


def test_a_sub_run_beside_the_flow_may_end_as_it_likes(district):
    trial = checked(district)
    aside = trial.below[1]
    aside.act("ke", engine.reject, reason=REASON)
    assert aside.outcome == "refused"
    assert trial.open == ["pause"]
    assert trial.entries("subrun.ended")[1:] == []


@pytest.mark.parametrize(("answer", "open_now"), [("yes", ["pause"]), ("no", ["draft"])])
def test_a_sub_run_within_a_sub_run_reaches_the_outermost(district, answer, open_now):
    trial = begin(district, Waiting, "委托").yes("chen")
    (middle,) = trial.below
    (inner,) = middle.below
    assert (trial.open, middle.open, inner.open) == (["far"], ["check"], ["check"])
    if answer == "yes":
        inner.yes("ke")
    else:
        inner.act("ke", engine.reject, reason=REASON)
    outcome = "completed" if answer == "yes" else "refused"
    assert (inner.outcome, middle.outcome) == (outcome, outcome)
    assert trial.open == open_now


def test_a_sub_run_that_needs_nobody_lets_the_parent_pass_at_once(district):
    ask("trial.small", "chen", on_self="skip")
    trial = begin(district, Waiting).yes("chen")
    assert trial.became("near") == ["granted"]
    assert trial.open == ["pause"]
    assert [below.outcome for below in trial.below] == ["completed", "completed"]


def test_a_long_code_is_shortened_so_that_the_sub_runs_fits(district):
    trial = begin(district, Waiting)
    Run.objects.filter(pk=trial.run.pk).update(code="X" * 40)
    trial.yes("chen")
    code = trial.below[0].run.code
    assert len(code) == 40
    assert code.endswith(f".{trial.step('near').pk}")


ENDINGS = {
    "withdrawn": lambda t: engine.withdraw(
        t.run.public_id, by=t.district.actor("chen"), now=t.district.now, reason=REASON
    ),
    "terminated": lambda t: engine.terminate(
        t.run.public_id, by=t.district.actor("gao"), now=t.district.now, reason=REASON
    ),
    "closed": lambda t: engine.close_by_system(t.run.public_id, now=t.district.now, why="demo"),
}


@pytest.mark.parametrize("outcome", ENDINGS)
def test_the_parents_end_ends_its_sub_runs_and_theirs_and_tells_who_had_them(district, outcome):
    trial = begin(district, Waiting, "委托").yes("chen")
    (middle,), trial = trial.below, trial.passes()
    (inner,) = middle.below
    ENDINGS[outcome](trial)
    assert (trial.outcome, middle.outcome, inner.outcome) == (outcome, "void", "void")
    assert trial.open == middle.open == inner.open == []
    assert inner.share("ke", "void")
    assert inner.told("ke") == ["step.todo", "run.void"]
    with pytest.raises(WrongState):
        share = inner.share("ke", "void")
        engine.approve(inner.run.public_id, share.pk, by=district.actor("ke"), now=district.now)


def test_a_sub_run_in_a_branch_comes_to_the_join_like_any_other_branch(district):
    trial = begin(district, Joint, right="lin").yes("chen")
    assert trial.open == ["inquiry", "right"]
    trial.below[0].yes("ke")
    assert trial.open == ["meet", "right"]
    assert trial.yes("lin").open == ["close"]
    other = begin(district, Joint).yes("chen", "lin")
    other.below[0].yes("ke")
    assert other.open == ["close"]


def test_a_return_past_a_sub_run_ends_it_and_walking_there_again_starts_another(district):
    trial = begin(district, Joint, right="lin").yes("chen").back("lin")
    assert trial.open == ["draft"]
    assert trial.below[0].outcome == "void"
    trial.yes("chen")
    assert [below.outcome for below in trial.below] == ["void", ""]


def test_resume_at_the_returner_starts_the_swept_sub_run_anew(district):
    trial = begin(district, Joint, right="lin").yes("chen").back_to("lin", "draft", resume=True)
    trial.yes("chen")
    assert trial.open == ["inquiry", "right"]
    assert [below.outcome for below in trial.below] == ["void", ""]
    trial.below[1].yes("ke")
    assert trial.yes("lin").open == ["close"]


def test_a_sub_runs_refusal_sweeps_the_branches_beside_it(district):
    trial = begin(district, Joint, right="lin").yes("chen")
    trial.below[0].act("ke", engine.reject, reason=REASON)
    assert trial.open == ["draft"]
    assert trial.became("right") == ["CANCELED"]


def test_a_sub_run_is_not_brought_back_by_itself(district):
    trial = begin(district, Waiting).yes("chen")
    (below,) = trial.below
    below.act("ke", engine.reject, reason=REASON)
    with pytest.raises(WrongState) as refused:
        below.governs(engine.reopen, step_id=below.step("check").pk, reason=REASON)
    assert refused.value.code == "part-of-another"


def test_ending_a_sub_run_by_hand_counts_as_a_no_for_the_parent(district):
    trial = begin(district, Waiting).yes("chen")
    trial.below[0].governs(engine.terminate, reason=REASON)
    assert (trial.below[0].outcome, trial.open) == ("terminated", ["draft"])


def test_a_flow_that_starts_with_a_sub_run_waits_from_the_beginning(district):
    trial = begin(district, Middle)
    assert trial.open == ["check"]
    assert trial.below[0].yes("ke").outcome == "completed"
    assert trial.outcome == "completed"


# --- days ---


def test_a_delay_counts_working_days_over_the_national_day_and_its_make_up_days(district):
    district.now = datetime(2023, 9, 28, 2, 0, tzinfo=UTC)  # Thursday; off from the 29th to the 6th
    trial = begin(district, Resting).yes("lin")
    step = trial.step("pause")
    # Saturday the 7th and Sunday the 8th are worked, Monday the 9th is the third day.
    assert (step.wakes_on, step.due_provisional, step.policy_id) == (date(2023, 10, 9), False, None)
    district.now = datetime(2023, 10, 8, 15, 59, tzinfo=UTC)  # one minute before midnight in the district
    assert not engine.wake(step.pk, now=district.now)
    assert wakes(trial)
    assert trial.open == ["confirm"]
    assert trial.told("zhao") == ["step.todo"]


def test_a_delay_wakes_once_and_as_the_systems_act(district):
    trial = begin(district, Resting).yes("lin")
    trial.passes(days=7)
    assert wakes(trial)
    assert not wakes(trial)
    (entry,) = trial.entries("step.woke")
    assert entry.actor_id is None
    assert trial.became("confirm") == ["NEW"]


def test_a_delay_of_a_run_that_is_over_stays_asleep(district):
    trial = begin(district, Resting).yes("lin").governs(engine.terminate, reason=REASON)
    trial.passes(days=7)
    assert not wakes(trial)
    assert trial.outcome == "terminated"


# --- a job outside ---


def job_of(trial):
    return ProcrastinateJob.objects.filter(task_name=TRIGGER_JOB, args={"step_id": trial.step("send").pk})


def test_a_trigger_enqueues_its_job_with_the_step(district):
    trial = sent(district)
    assert trial.open == ["send"]
    (job,) = job_of(trial)
    assert (job.status, job.lock) == ("todo", f"trigger:{trial.step('send').pk}")


def test_its_job_calls_the_world_with_a_key_and_lets_the_run_go_on(district):
    trial = sent(district)
    assert tasks.pull(trial.step("send").pk)
    key = f"trigger:{trial.step('send').pk}"
    assert outside.calls == [(trial.run.public_id, key)]
    assert trial.open == ["confirm"]
    assert trial.entries("step.trigger_done")[0].actor_id is None


def test_a_second_run_of_the_job_and_a_second_report_change_nothing(district):
    trial = sent(district)
    step = trial.step("send")
    assert tasks.pull(step.pk)
    assert not tasks.pull(step.pk)
    assert not engine.trigger_done(step.pk, now=district.now)
    assert len(outside.calls) == 1
    assert trial.became("confirm") == ["NEW"]
    assert len(trial.entries("step.trigger_done")) == 1


def test_a_world_that_is_away_is_asked_again_with_the_same_key(district):
    trial = sent(district)
    outside.away.append(ConnectionError("away"))
    with pytest.raises(ConnectionError):
        tasks.pull(trial.step("send").pk)
    assert trial.open == ["send"]
    assert tasks.pull(trial.step("send").pk, times=2)
    assert len({key for _run, key in outside.calls}) == 1
    assert len(outside.done) == 1


def test_a_world_that_stays_away_is_told_to_the_campaign_office_once(district):
    trial = sent(district)
    outside.away.extend(ConnectionError("away") for _ in range(7))
    for times in range(1, 8):
        with pytest.raises(ConnectionError):
            tasks.pull(trial.step("send").pk, times=times)
        assert trial.told("gao").count("step.trigger_failed") == (times >= tasks.TELL_AT)
    assert len(trial.entries("step.trigger_failed")) == 1
    assert tasks.pull(trial.step("send").pk, times=8)


def test_a_job_that_comes_too_late_calls_nobody(district):
    trial = sent(district).governs(engine.terminate, reason=REASON)
    assert not tasks.pull(trial.step("send").pk)
    assert outside.calls == []


def test_while_suspended_nothing_happens_outside_and_resuming_enqueues_again(district):
    trial = sent(district).governs(engine.suspend, reason=REASON)
    assert not tasks.pull(trial.step("send").pk)
    assert not engine.trigger_done(trial.step("send").pk, now=district.now)
    assert (outside.calls, trial.open) == ([], ["send"])
    trial.governs(engine.resume)
    assert job_of(trial).count() == 2
    assert tasks.pull(trial.step("send").pk)
    assert not tasks.pull(trial.step("send").pk)
    assert len(outside.calls) == 1


def test_what_was_set_in_motion_outside_is_walked_to_the_end(district):
    trial = sent(district)
    tasks.pull(trial.step("send").pk)
    assert trial.yes("zhao").outcome == "completed"


# --- nobody acts on a wait ---


def test_nobody_appoints_a_signer_to_a_wait(district):
    trial = begin(district, Resting).yes("lin")
    posts = [district.posts["ke"].pk]
    with pytest.raises(NotAllowed):
        engine.append_assignees(
            trial.run.public_id, "confirm", posts, why=REASON, by=district.actor("ke"), now=district.now
        )
    chen = district.actor("chen")
    engine.append_assignees(trial.run.public_id, "confirm", posts, why=REASON, by=chen, now=district.now)
    trial.passes(days=7)
    wakes(trial)
    assert trial.yes("zhao", "ke").outcome == "completed"


# --- one matter, whichever run it is in: nobody signs two duties of it ---


def test_whoever_signed_in_the_sub_run_does_not_sign_the_next_duty_above_it(district):
    trial = begin(district, Waiting, confirm="ke zhao").yes("chen")
    trial.below[0].yes("ke")
    trial.passes(days=7)
    wakes(trial)
    engine.trigger_done(trial.step("send").pk, now=district.now)
    assert trial.open == ["confirm"]
    assert trial.step("confirm").waits_for == district.posts["ke"].name
    with pytest.raises(NotAllowed):
        trial.act("ke", engine.approve)
    other = begin(district, Waiting, confirm="zhao").yes("chen")
    other.below[0].yes("ke")
    other.passes(days=7)
    wakes(other)
    engine.trigger_done(other.step("send").pk, now=district.now)
    assert other.yes("zhao").outcome == "completed"


def test_whoever_signed_above_does_not_sign_in_the_sub_run(district):
    trial = begin(district, Joint, right="ke").yes("chen")
    (below,) = trial.below
    trial.yes("ke")
    with pytest.raises(NotAllowed) as answer:
        below.act("ke", engine.approve)
    assert answer.value.code == "signed-already"
    other = begin(district, Joint, right="lin").yes("chen")
    other.yes("lin")
    assert other.below[0].yes("ke").outcome == "completed"


def test_whoever_signed_in_one_sub_run_does_not_sign_another_duty_in_the_one_beside_it(district):
    trial = begin(district, Waiting).yes("chen")
    ask("trial.small", "ke", duty="another", on_self="forbid")  # what the second sub-run begins with
    trial.below[0].yes("ke")
    beside = trial.below[1]
    assert beside.step("check").waits_for == district.posts["ke"].name
    with pytest.raises(NotAllowed) as answer:
        beside.act("ke", engine.approve)
    assert answer.value.code == "signed-already"
    other = begin(district, Waiting).yes("chen")
    ask("trial.small", "wang", duty="a third")
    other.below[0].yes("ke")
    assert other.below[1].yes("wang").outcome == "completed"


def test_many_runs_with_sub_runs_are_replanned_in_as_many_statements_as_one(district):
    def place():
        trial = begin(district, Joint).yes("chen")
        trial.below[0].yes("ke")
        return trial.run.pk

    keys = [place() for _each in range(3)]
    costs, known, days = [], [], calendar(None)
    for some in (keys, keys[:1], keys):  # the first time reads policies that are kept from then on
        steps = [Run.objects.get(pk=key).task_set.get(flow_task__endswith=".right") for key in some]
        places = [
            Place(step.process, step, list(step.process.assignments.select_related("step"))) for step in steps
        ]
        policy = steps[0].policy
        with CaptureQueriesContext(connection) as seen:
            replan(policy, places, calendar=days, now=district.now)
        # The trial's resolver reads the posts of each run by itself.
        costs.append(sum("permissions_post" not in query["sql"] for query in seen))
        known.append([[share.run_id for share in kin(at.run)] for at in places])
    assert costs[1:] == [2, 2]
    below = [Run.objects.get(parent_step__process_id=key).pk for key in keys]
    assert known[1:] == [[below[:1]], [[key] for key in below]]
