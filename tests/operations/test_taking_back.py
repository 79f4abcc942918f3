"""Taking back: one's own decision, while nobody has opened what it opened and nothing else rests on it."""

import pytest

from flows.engine import operations as engine
from flows.engine.models import Assignment, Run
from hetang_flow.lib.errors import NotAllowed, WrongState
from permissions.models import Appointment
from tests.support.trial.flow import Inclusive, Joint, Parallel, Resting, Straight, Waiting
from tests.support.trial.stage import REASON, ask, begin


def refused(trial, name, node):
    """Why somebody cannot take their decision back; nothing has changed."""
    before = [trial.open, Run.objects.values().get(pk=trial.run.pk), shares(trial)]
    with pytest.raises((WrongState, NotAllowed)) as answer:
        trial.take_back(name, node)
    assert before == [trial.open, Run.objects.values().get(pk=trial.run.pk), shares(trial)]
    return answer.value.code


def shares(trial):
    return list(Assignment.objects.filter(run=trial.run).order_by("pk").values_list("pk", "status"))


def said(trial, node):
    return [s.status for s in Assignment.objects.filter(step=trial.step(node)).order_by("order", "pk")]


# --- a step that is still pending ---


def test_a_signature_that_did_not_close_the_step_is_simply_open_again(district):
    trial = begin(district, Straight, check="lin ke").yes("chen", "lin").take_back("lin", "check")
    assert said(trial, "check") == ["open", "open"]
    share = trial.share("lin")
    assert (share.decided, share.decided_by_id, share.opinion) == (None, None, "")
    (entry,) = trial.entries("share.taken_back")
    assert entry.facts["post"] == district.posts["lin"].name
    assert trial.yes("lin", "ke", "zhao", "gao").outcome == "completed"


def test_whoevers_turn_it_was_in_a_sequence_waits_again_and_is_told(district):
    ask("trial.check", "lin ke luo", mode="sequential")
    trial = begin(district, Straight).yes("chen", "lin")
    assert said(trial, "check") == ["approved", "open", "waiting"]
    trial.take_back("lin", "check")
    assert said(trial, "check") == ["open", "waiting", "waiting"]
    assert trial.told("ke") == ["step.todo", "step.taken_back"]
    trial.yes("lin").opens("ke")
    assert refused(trial, "lin", "check") == "opened-already"
    assert trial.yes("ke", "luo", "zhao", "gao").outcome == "completed"


def test_behind_somebody_who_took_anothers_place_the_sequence_is_the_same(district):
    ask("trial.check", "lin ke", mode="sequential")
    trial = begin(district, Straight).yes("chen")
    trial.act("lin", engine.transfer, district.posts["qian"].pk, why=REASON)
    trial.yes("qian").opens("ke")
    assert refused(trial, "qian", "check") == "opened-already"
    other = begin(district, Straight).yes("chen")
    other.act("lin", engine.transfer, district.posts["qian"].pk, why=REASON)
    other.yes("qian").take_back("qian", "check")
    assert said(other, "check") == ["transferred", "open", "waiting"]


def test_a_no_that_was_only_counted_is_taken_back_too(district):
    ask("trial.check", "lin ke luo", mode="vote", on_no="count")
    trial = begin(district, Straight).yes("chen")
    trial.act("lin", engine.reject, reason=REASON)
    trial.take_back("lin", "check").yes("lin", "ke")
    assert trial.open == ["confirm"]


# --- a step that was closed ---


def test_the_closing_signature_voids_what_it_opened_and_the_step_is_open_again(district):
    trial = begin(district, Straight).yes("chen", "lin").take_back("lin", "check")
    assert trial.open == ["check"]
    assert (trial.became("confirm"), said(trial, "confirm")) == (["taken_back"], ["void"])
    assert trial.told("zhao") == ["step.todo", "step.taken_back"]
    assert trial.yes("lin", "zhao", "gao").outcome == "completed"
    assert trial.became("confirm") == ["taken_back", "granted"]


def test_it_can_be_taken_back_again_and_again(district):
    trial = begin(district, Straight).yes("chen", "lin")
    for _ in range(3):
        trial.take_back("lin", "check").yes("lin")
    assert trial.became("confirm") == ["taken_back"] * 3 + ["NEW"]
    assert trial.yes("zhao", "gao").outcome == "completed"


def test_work_is_taken_back_like_a_signature(district):
    trial = begin(district, Straight).yes("chen").take_back("chen", "draft")
    assert trial.open == ["draft"]
    assert trial.yes("chen", "lin", "zhao", "gao").outcome == "completed"


def test_those_closed_as_done_by_other_are_asked_again(district):
    ask("trial.check", "lin ke", mode="any_of")
    trial = begin(district, Straight).yes("chen", "lin")
    assert said(trial, "check") == ["approved", "moot"]
    trial.take_back("lin", "check")
    assert said(trial, "check") == ["open", "open"]
    assert trial.yes("ke").open == ["confirm"]


def test_it_is_refused_once_the_next_has_opened_or_used_it(district):
    trial = begin(district, Straight).yes("chen", "lin").opens("zhao")
    assert refused(trial, "lin", "check") == "opened-already"
    other = begin(district, Straight, confirm="zhao qian").yes("chen", "lin", "qian")
    assert refused(other, "lin", "check") == "opened-already"
    other.yes("zhao")
    assert refused(other, "lin", "check") == "moved-on"


def test_it_is_refused_when_the_step_would_stand_without_it(district):
    ask("trial.check", "lin ke", mode="any_of", on_no="count")
    trial = begin(district, Straight).yes("chen")
    trial.act("lin", engine.reject, reason=REASON)
    trial.yes("ke")
    assert refused(trial, "lin", "check") == "stands-without-you"
    assert trial.take_back("ke", "check").open == ["check"]


def test_the_deciding_vote_is_taken_back_and_so_is_one_that_was_needed(district):
    ask("trial.check", "lin ke luo", mode="vote")
    for name in ("ke", "lin"):
        trial = begin(district, Straight).yes("chen", "lin", "ke")
        assert said(trial, "check") == ["approved", "approved", "moot"]
        assert trial.take_back(name, "check").open == ["check"]
        assert trial.yes("luo").open == ["confirm"]


def test_nobody_takes_back_what_another_or_the_system_decided(district):
    trial = begin(district, Straight).yes("chen", "lin")
    trial.passes()
    share = trial.share("lin", "approved")
    for name in ("zhao", "chen", "gao"):
        with pytest.raises(NotAllowed) as answer:
            engine.take_back(trial.run.public_id, share.pk, by=district.actor(name), now=district.now)
        assert answer.value.code == "not-your-decision"
    ask("trial.check", "chen", on_self="skip")
    other = begin(district, Straight).yes("chen")
    assert other.open == ["confirm"]
    assert refused(other, "chen", "check") == "not-your-decision"


def test_nothing_is_taken_back_from_a_run_that_is_over_or_suspended(district):
    trial = begin(district, Straight).yes("chen", "lin").governs(engine.suspend, reason=REASON)
    assert refused(trial, "lin", "check") == "run-suspended"
    trial.governs(engine.resume).yes("zhao", "gao")
    assert refused(trial, "gao", "file") == "task-closed"


# --- what happened on the way ---


def test_an_effect_that_can_be_undone_stands_in_nobodys_way_one_that_cannot_does(district):
    trial = begin(district, Straight, "用印").yes("chen", "lin")
    assert trial.entries("trial.noted")
    trial.take_back("lin", "check").yes("lin", "zhao")
    assert trial.step("confirm").binding
    assert refused(trial, "zhao", "confirm") == "effect-happened"


def test_only_the_way_that_was_taken_counts_where_there_was_a_choice(district):
    trial = begin(district, Straight, "不必盖章").yes("chen", "lin", "zhao")
    assert not trial.step("confirm").binding
    assert trial.take_back("zhao", "confirm").open == ["confirm"]
    assert trial.yes("zhao", "gao").outcome == "completed"


def test_a_started_sub_run_or_trigger_was_set_in_motion(district):
    trial = begin(district, Waiting).yes("chen")
    assert refused(trial, "chen", "draft") == "effect-happened"
    trial = begin(district, Joint).yes("chen")
    assert refused(trial, "chen", "draft") == "effect-happened"


def test_a_delay_that_still_sleeps_is_put_away(district):
    trial = begin(district, Resting).yes("lin").take_back("lin", "check")
    assert (trial.open, trial.became("pause")) == (["check"], ["taken_back"])
    trial.passes(days=30)
    assert not engine.wake(trial.step("pause").pk, now=district.now)
    trial.yes("lin").passes(days=7)
    assert engine.wake(trial.step("pause").pk, now=district.now)
    assert refused(trial, "lin", "check") == "moved-on"
    assert trial.yes("zhao").outcome == "completed"


def test_a_step_that_passed_by_itself_on_the_way_goes_back_with_it(district):
    ask("trial.confirm", "lin", on_repeat="all", duty="review")
    ask("trial.check", "lin", duty="review")
    trial = begin(district, Straight).yes("chen", "lin")
    assert (trial.open, trial.became("confirm")) == (["file"], ["granted"])
    trial.take_back("lin", "check")
    assert trial.open == ["check"]
    assert trial.became("confirm") == trial.became("file") == ["taken_back"]
    assert said(trial, "confirm") == ["void"]
    assert trial.yes("lin", "gao").outcome == "completed"


def test_but_not_once_somebody_has_opened_the_step_behind_it(district):
    ask("trial.confirm", "lin", on_repeat="all", duty="review")
    ask("trial.check", "lin", duty="review")
    trial = begin(district, Straight).yes("chen", "lin").opens("gao")
    assert refused(trial, "lin", "check") == "opened-already"


def test_a_share_the_system_marked_in_the_next_step_is_no_sign_that_it_was_opened(district):
    ask("trial.confirm", "zhao lin", on_repeat="all", duty="review")
    ask("trial.check", "lin", duty="review")
    trial = begin(district, Straight).yes("chen", "lin")
    assert said(trial, "confirm") == ["open", "approved"]
    assert trial.take_back("lin", "check").open == ["check"]
    assert trial.yes("lin", "zhao", "gao").outcome == "completed"


# --- returns ---


def test_a_return_is_taken_back_and_the_round_with_it(district):
    trial = begin(district, Straight).yes("chen", "lin").back("zhao").take_back("zhao", "confirm")
    assert trial.open == ["confirm"]
    assert trial.became("draft") == ["granted", "taken_back"]
    assert Run.objects.get(pk=trial.run.pk).round == 1
    assert trial.yes("zhao", "gao").outcome == "completed"


def test_the_others_who_had_not_signed_when_it_was_returned_are_asked_again(district):
    trial = begin(district, Straight, check="lin ke").yes("chen").back("lin")
    assert said(trial, "check") == ["returned", "moot"]
    trial.take_back("lin", "check")
    assert said(trial, "check") == ["open", "open"]
    assert trial.yes("lin", "ke").open == ["confirm"]


def test_a_return_that_closed_others_or_was_opened_stands(district):
    trial = begin(district, Parallel).yes("chen").back("lin")
    assert refused(trial, "lin", "left") == "others-were-closed"
    other = begin(district, Straight).yes("chen", "lin").back("zhao").opens("chen")
    assert refused(other, "zhao", "confirm") == "opened-already"


def test_a_decision_that_a_return_has_superseded_stays(district):
    trial = begin(district, Straight).yes("chen", "lin").back("zhao")
    assert refused(trial, "lin", "check") == "moved-on"
    first = trial.steps("draft")[0]
    share = Assignment.objects.get(step=first)
    with pytest.raises(WrongState) as answer:
        trial.passes()
        engine.take_back(trial.run.public_id, share.pk, by=district.actor("chen"), now=district.now)
    assert answer.value.code == "moved-on"


def test_a_signature_in_a_step_that_was_swept_stays(district):
    trial = begin(district, Parallel, right="ke qian").yes("chen", "ke").back("lin")
    assert refused(trial, "ke", "right") == "moved-on"


def test_a_return_that_goes_on_at_the_returner_is_taken_back_on_both_ways(district):
    trial = begin(district, Straight).yes("chen", "lin").back_to("zhao", "draft", resume=True)
    trial.take_back("zhao", "confirm").back_to("zhao", "draft", resume=True).yes("chen")
    assert trial.open == ["confirm"]
    trial.take_back("chen", "draft")
    assert trial.open == ["draft"]
    assert trial.yes("chen").open == ["confirm"]
    assert trial.yes("zhao", "gao").outcome == "completed"


def test_a_return_within_a_branch_gives_its_round_back_though_another_branch_began_one(district):
    trial = begin(district, Parallel).yes("chen", "lin").back("luo")
    assert Run.objects.get(pk=trial.run.pk).round == 2
    trial.yes("lin").take_back("lin", "left")
    assert Run.objects.get(pk=trial.run.pk).round == 2
    assert trial.open == ["aside", "left", "right"]


# --- branches ---


def test_what_parted_into_branches_comes_back_together(district):
    trial = begin(district, Parallel).yes("chen").take_back("chen", "draft")
    assert trial.open == ["draft"]
    assert [trial.became(node) for node in ("left", "right", "aside")] == [["taken_back"]] * 3
    trial.yes("chen")
    assert trial.open == ["aside", "left", "right"]
    assert trial.yes("ke", "wang", "lin", "luo", "zhao").outcome == "completed"


def test_once_one_branch_has_opened_it_it_stays(district):
    assert refused(begin(district, Parallel).yes("chen").opens("ke"), "chen", "draft") == "opened-already"


def test_a_branch_that_waits_at_the_join_is_open_again(district):
    trial = begin(district, Parallel).yes("chen", "ke").take_back("ke", "right")
    assert trial.open == ["aside", "left", "right"]
    assert trial.became("meet") == ["taken_back"]
    assert trial.yes("lin", "luo", "wang").open == ["meet", "right"]
    assert trial.yes("ke").open == ["close"]


def test_who_came_last_to_the_join_takes_it_back_and_the_others_wait_again(district):
    trial = begin(district, Parallel).yes("chen", "ke", "wang", "lin", "luo")
    assert trial.open == ["close"]
    trial.take_back("luo", "left_again")
    assert trial.open == ["left_again", "meet"]
    trial.take_back("ke", "right")
    assert trial.open == ["left_again", "right"]
    assert trial.yes("luo", "ke").open == ["close"]
    assert trial.became("close") == ["taken_back", "NEW"]
    assert trial.yes("zhao").outcome == "completed"


def test_who_came_earlier_does_not_for_the_join_has_passed(district):
    trial = begin(district, Parallel).yes("chen", "ke", "wang", "lin", "luo")
    assert refused(trial, "ke", "right") == "moved-on"
    assert refused(trial, "lin", "left") == "moved-on"


def test_a_signature_at_a_step_that_is_void_stays_when_the_matter_comes_back(district):
    trial = (
        begin(district, Straight, check="lin ke").yes("chen", "lin").governs(engine.terminate, reason=REASON)
    )
    trial.governs(lambda run, **who: engine.reopen(run, trial.step("check").pk, **who), reason=REASON)
    assert trial.became("check") == ["CANCELED", "NEW"]
    voided = Assignment.objects.get(step=trial.steps("check")[0], post=district.posts["lin"])
    with pytest.raises(WrongState) as answer:
        engine.take_back(
            trial.run.public_id, voided.pk, by=district.actor("lin"), now=trial.passes().district.now
        )
    assert answer.value.code == "moved-on"
    assert not Assignment.objects.filter(step=trial.steps("check")[0], status="open").exists()
    assert trial.yes("lin").take_back("lin", "check").open == ["check"]


def test_an_end_that_let_the_join_pass_is_taken_back(district):
    trial = begin(district, Parallel).yes("chen", "ke", "lin", "luo", "wang").take_back("wang", "aside")
    assert trial.open == ["aside", "meet", "meet"]
    assert trial.yes("wang", "zhao").outcome == "completed"


def test_a_branch_that_ended_before_the_others_comes_back_while_they_are_open(district):
    trial = begin(district, Parallel).yes("chen", "wang").take_back("wang", "aside")
    assert trial.open == ["aside", "left", "right"]
    trial.yes("wang", "ke", "lin", "luo")
    assert trial.open == ["close"]
    assert refused(trial, "ke", "right") == "moved-on"


def test_a_branch_that_had_ended_or_waited_when_a_return_swept_the_others_stays(district):
    trial = begin(district, Parallel).yes("chen", "wang", "ke").back("lin")
    assert refused(trial, "wang", "aside") == "moved-on"
    assert refused(trial, "ke", "right") == "moved-on"


def test_a_nested_join_that_passed_is_taken_back(district):
    trial = begin(district, Inclusive, "资金与用地").yes("chen", "lin", "luo", "ke")
    assert trial.open == ["land", "money_done"]
    assert trial.take_back("ke", "audit").open == ["audit", "deep_meet", "land"]
    trial.yes("ke", "qian", "wang").take_back("wang", "land")
    assert trial.open == ["land", "meet"]
    assert trial.yes("wang", "zhao").outcome == "completed"


def test_branches_that_passed_by_themselves_come_back_with_the_step_that_parted(district):
    for key in ("trial.budget", "trial.audit"):
        ask(key, "chen", on_self="skip", duty="review")
    trial = begin(district, Inclusive, "资金").yes("chen", "lin").take_back("lin", "money")
    assert trial.open == ["money"]
    assert trial.became("budget") == trial.became("audit") == trial.became("money_done") == ["taken_back"]
    assert trial.yes("lin").open == ["money_done"]
    assert trial.yes("qian", "zhao").outcome == "completed"


# --- people have changed since ---


def dismiss(district, name):
    held = Appointment.objects.get(user=district.users[name], post=district.posts[name])
    engine.end_appointment(held.pk, on=district.now.date(), by=district.actor("gao"), now=district.now)


def test_whoever_has_lost_the_post_since_takes_nothing_back(district):
    trial = begin(district, Straight, check="lin ke").yes("chen", "lin")
    dismiss(district, "lin")
    assert refused(trial, "lin", "check") == "not-your-decision"
    kept = begin(district, Straight, check="lin ke").yes("chen", "ke").take_back("ke", "check")
    assert said(kept, "check")[1] == "open"


def test_a_post_emptied_while_the_step_was_closed_is_waited_for_once_it_is_open_again(district):
    trial = begin(district, Straight, check="lin ke").yes("chen")
    trial.act("lin", engine.reject, reason=REASON)
    assert (trial.open, said(trial, "check")) == (["draft"], ["rejected", "moot"])
    dismiss(district, "ke")
    trial.take_back("lin", "check")
    assert (trial.open, said(trial, "check")) == (["check"], ["open", "open"])
    assert trial.step("check").waits_for == district.posts["ke"].name
    assert len(trial.entries("step.reresolved")) == 1


def test_whoever_came_to_hold_a_second_post_meanwhile_is_asked_once(district):
    trial = begin(district, Straight, check="lin ke").yes("chen")
    trial.act("lin", engine.reject, reason=REASON)
    dismiss(district, "ke")
    engine.appoint(
        district.posts["ke"].pk, district.users["lin"].pk,
        from_day=district.now.date(), by=district.actor("gao"), now=district.now,
    )  # fmt: skip
    trial.take_back("lin", "check")
    assert (trial.open, sorted(said(trial, "check"))) == (["check"], ["open", "void"])
    assert trial.yes("lin").open == ["confirm"]
