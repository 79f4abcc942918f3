"""Steps that come back after people have changed: whoever has the post today is asked, and hears of it once."""

from flows.engine import operations as engine
from hetang_flow.lib.errors import NotAllowed
from tests.operations.test_people import appoint, dismiss, stand_in
from tests.support.trial.flow import Straight
from tests.support.trial.stage import REASON, ask, begin


def returned(district):
    """Lin's no sends it back while Ke has not spoken; Ke's post passes to Luo meanwhile."""
    trial = begin(district, Straight, check="lin ke").yes("chen")
    trial.act("lin", engine.reject, reason=REASON)
    return trial


def asks(trial, name):
    return trial.told(name).count("step.todo")


def test_whoever_came_into_a_post_while_the_step_was_closed_hears_of_it_once(district):
    trial = returned(district)
    dismiss(district, "ke")
    appoint(district, "luo", "ke")
    assert asks(trial, "luo") == 0
    trial.take_back("lin", "check")
    assert asks(trial, "luo") == 1
    assert trial.act("ke", engine.approve, by="luo")
    assert trial.yes("lin").open == ["confirm"]


def test_whoever_was_asked_before_does_not_hear_of_it_again(district):
    trial = returned(district).take_back("lin", "check")
    assert (asks(trial, "lin"), asks(trial, "ke")) == (1, 1)
    trial.act("lin", engine.reject, reason=REASON)
    trial.take_back("lin", "check")
    assert (asks(trial, "lin"), asks(trial, "ke")) == (1, 1)


def test_in_a_sequence_nobody_hears_of_a_turn_twice(district):
    ask("trial.check", "lin ke", mode="sequential")
    trial = begin(district, Straight).yes("chen", "lin", "ke").take_back("ke", "check")
    assert (asks(trial, "lin"), asks(trial, "ke")) == (1, 1)


def test_a_run_brought_back_asks_the_people_of_today(district):
    trial = begin(district, Straight).yes("chen")
    trial.governs(engine.terminate, reason=REASON)
    dismiss(district, "lin")
    appoint(district, "luo", "lin")
    trial.governs(engine.reopen, step_id=trial.step("check").pk, reason=REASON)
    assert asks(trial, "luo") == 1
    trial.act("lin", engine.approve, by="luo")
    assert trial.open == ["confirm"]


def test_while_a_run_is_suspended_its_tasks_follow_the_people_and_going_on_tells_nobody_twice(district):
    trial = begin(district, Straight).yes("chen")
    trial.governs(engine.suspend, reason=REASON)
    dismiss(district, "lin")
    appoint(district, "luo", "lin")
    trial.governs(engine.resume)
    assert asks(trial, "luo") == 1
    trial.act("lin", engine.approve, by="luo")
    assert trial.open == ["confirm"]


def test_a_return_that_walks_again_or_comes_straight_back_asks_the_people_of_today(district):
    for resume in (False, True):
        trial = begin(district, Straight).yes("chen", "lin").back_to("zhao", "draft", resume=resume)
        post = "zhao" if resume else "lin"
        dismiss(district, post)
        appoint(district, "wang", post)
        trial.yes("chen")
        assert asks(trial, "wang") == 1
        assert trial.act(post, engine.approve, by="wang")
        dismiss(district, "wang", post)
        appoint(district, post, post)


def test_what_was_handed_to_somebody_is_taken_back_while_they_work_in_the_unit(district):
    trial = begin(district, Straight).yes("chen")
    trial.act("lin", engine.hand_out, to_user_id=district.users["luo"].pk)
    trial.act("lin", engine.approve, by="luo")
    assert back(trial, "luo", "lin").open == ["check"]
    trial.act("lin", engine.approve, by="luo")
    dismiss(district, "luo")
    assert code_of(lambda: back(trial, "luo", "lin")) == "not-your-decision"


def test_what_was_signed_for_another_is_taken_back_while_one_stands_in(district):
    trial = begin(district, Straight).yes("chen")
    made = stand_in(district, "luo", "lin")
    trial.act("lin", engine.approve, by="luo")
    assert back(trial, "luo", "lin").open == ["check"]
    trial.act("lin", engine.approve, by="luo")
    engine.end_substitution(made.pk, by=district.actor("lin"), now=district.now)
    assert code_of(lambda: back(trial, "luo", "lin")) == "not-your-decision"


def back(trial, name, post):
    trial.passes()
    shares = trial.run.assignments.filter(post=trial.district.posts[post]).exclude(decided=None)
    actor = trial.district.actor(name)
    engine.take_back(trial.run.public_id, shares.latest("pk").pk, by=actor, now=trial.district.now)
    return trial


def code_of(act):
    try:
        act()
    except NotAllowed as refusal:
        return refusal.code
    return ""
