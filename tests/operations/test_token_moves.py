"""跳转: one office proposes that a matter goes on at another step, the other confirms, and exactly that happens."""

from datetime import date

import pytest
from django.db import IntegrityError, transaction

from flows.engine import operations as engine
from flows.engine.models import Assignment, Policy, Step
from flows.engine.selectors_policy import policy_by_id
from flows.journal.models import Entry
from flows.journal.selectors import verify
from flows.policies import operations as policies
from flows.policies.models import TokenMove
from flows.projects.selectors_project import project_sheet
from hetang_flow.lib.errors import Invalid, NotAllowed, NotFound, WrongState
from notifications.models import Notice
from permissions.models import Appointment, User
from tests.support.trial import stage
from tests.support.trial.flow import Parallel, Waiting

REASON = "核验单位撤并，须由服务部门重新报送。"
NO = "理由不充分，请补充说明。"


def open_step(run):
    return Step.objects.get(process=run, status="NEW")


def propose(district, run, to, by="gao", step=None, reason=REASON):
    return policies.propose_move(
        run.public_id,
        open_step(run).pk if step is None else step,
        to,
        reason=reason,
        by=district.actor(by),
        now=district.now,
    )


def confirm(district, move, by="ma"):
    share = district.share(move.run, "ma")
    return engine.approve(move.run.public_id, share.pk, by=district.actor(by), now=district.now)


def sign(district, run, name):
    share = district.share(run, name)
    return engine.approve(run.public_id, share.pk, by=district.actor(name), now=district.now)


def asked(run):
    rows = Assignment.objects.filter(run=run, status="open").select_related("post")
    return {share.post.name.split()[-1] for share in rows}


def told(district, name):
    return list(
        Notice.objects.filter(user=district.users[name]).order_by("number").values_list("kind", flat=True)
    )


def gate(key):
    Policy.objects.filter(key=key).update(gate=True)
    policy_by_id.cache_clear()


def test_confirmed_by_the_other_office_the_matter_goes_on_there_in_a_new_round(district):
    run = district.submitted().run
    was = open_step(run)
    move = propose(district, run, "submit")
    assert asked(run) == {"lin"}, "a proposal moves nothing"
    confirm(district, move)
    run.refresh_from_db()
    was.refresh_from_db()
    move.refresh_from_db()
    assert (was.status, run.round, open_step(run).flow_task.name) == ("CANCELED", 2, "submit")
    assert (open_step(run).round, open_step(run).previous_step) == (2, was)
    assert asked(run) == {"chen"}
    assert Assignment.objects.get(run=run, post=district.posts["lin"]).status == "void"
    assert (move.applied, move.confirmed_by) == (district.now, district.users["ma"])
    for name in ("chen", "lin"):
        assert "token.moved" in told(district, name)
    assert told(district, "gao")[-1] == "run.completed"
    district.submit(run.milestone)
    assert asked(run) == {"lin"}


def test_the_record_of_the_moved_matter_names_both_persons_and_the_reason(district):
    run = district.submitted().run
    confirm(district, propose(district, run, "approve"))
    entry = Entry.objects.get(run_id=run.pk, kind="token.moved")
    assert (entry.actor, entry.facts["proposed_by"]) == (district.users["ma"], district.users["gao"].pk)
    assert (entry.facts["node"], entry.facts["to"]) == ("verify", "approve")
    personal = dict(entry.personal_values.values_list("field", "value"))
    assert (personal["opinion"], personal["proposed_by"]) == (REASON, "Gao")
    assert verify(run.chain_id)
    assert asked(run) == {"zhao", "qian"}


def test_a_refused_or_withdrawn_proposal_moves_nothing(district):
    run = district.submitted().run
    move = propose(district, run, "submit")
    share = district.share(move.run, "ma")
    engine.return_to_initiator(
        move.run.public_id, share.pk, by=district.actor("ma"), now=district.now, reason=NO
    )
    again = propose(district, run, "submit")
    engine.withdraw(again.run.public_id, by=district.actor("gao"), now=district.now, reason=NO)
    run.refresh_from_db()
    assert (asked(run), run.round) == ({"lin"}, 1)
    sign(district, run, "lin")


@pytest.mark.parametrize("name", ["chen", "lin", "zhao", "ma", "wang"])
def test_nobody_outside_the_campaign_office_proposes(district, name):
    run = district.submitted().run
    with pytest.raises(NotAllowed) as refused:
        propose(district, run, "submit", by=name)
    assert refused.value.code == "not-campaign-office"


def test_whoever_proposes_never_confirms(district):
    Appointment.objects.create(
        post=district.posts["ma"], user=district.users["gao"], from_day=date(2023, 1, 1)
    )
    move = propose(district, district.submitted().run, "submit")
    with pytest.raises(NotAllowed) as refused:
        confirm(district, move, by="gao")
    assert refused.value.code == "own-submission"
    with pytest.raises(IntegrityError, match="token_move_by_two_persons"), transaction.atomic():
        TokenMove.objects.filter(pk=move.pk).update(confirmed_by=district.users["gao"])


def test_a_demonstration_account_moves_no_real_matter(district):
    run = district.submitted().run
    User.objects.filter(pk=district.users["chen"].pk).update(is_demo=False)
    with pytest.raises(NotAllowed) as refused:
        propose(district, run, "submit")
    assert refused.value.code == "demonstration-only"


def test_a_gate_nobody_has_signed_in_this_round_is_never_passed(district):
    gate("milestone.verify")
    run = district.submitted().run
    with pytest.raises(WrongState) as refused:
        propose(district, run, "approve")
    assert refused.value.code == "gate-not-passed"
    sign(district, run, "lin")
    confirm(district, propose(district, run, "submit"))
    with pytest.raises(WrongState) as refused:
        propose(district, run, "approve")
    assert refused.value.code == "gate-not-passed", "a signature of an earlier round is history"


def test_a_signed_gate_may_lie_behind(district):
    gate("milestone.verify")
    run = district.submitted().run
    sign(district, run, "lin")
    confirm(district, propose(district, run, "verify"))
    assert asked(run) == {"lin"}


def test_a_proposal_needs_a_reason_a_step_and_no_other_proposal(district):
    run = district.submitted().run
    with pytest.raises(Invalid):
        propose(district, run, "submit", reason="跳转。")
    for step in (0, open_step(district.submitted().run).pk):
        with pytest.raises(WrongState) as refused:
            propose(district, run, "submit", step=step)
        assert refused.value.code == "changed-meanwhile"
    with pytest.raises(NotFound):
        policies.propose_move(
            "00000000-0000-0000-0000-000000000000", 1, "submit", reason=REASON,
            by=district.actor("gao"), now=district.now,
        )  # fmt: skip
    propose(district, run, "submit")
    with pytest.raises(WrongState) as refused:
        propose(district, run, "submit")
    assert refused.value.code == "move-proposed"


def test_a_matter_that_no_longer_stands_where_it_stood_is_not_moved(district):
    run = district.submitted().run
    move = propose(district, run, "submit")
    sign(district, run, "lin")
    with pytest.raises(WrongState) as refused:
        confirm(district, move)
    assert refused.value.code == "changed-meanwhile"
    assert asked(run) == {"zhao", "qian"}
    assert asked(move.run) == {"ma"}, "the confirmation did not happen either"


def test_a_matter_that_was_suspended_meanwhile_is_not_moved(district):
    run = district.submitted().run
    move = propose(district, run, "submit")
    engine.suspend(run.public_id, reason=NO, by=district.actor("gao"), now=district.now)
    with pytest.raises(WrongState) as refused:
        confirm(district, move)
    assert refused.value.code == "run-suspended"


def test_a_change_of_the_rules_and_a_move_are_themselves_nowhere_to_be_moved(district):
    move = propose(district, district.submitted().run, "submit")
    for target in ("confirm", "move", "end"):
        with pytest.raises(WrongState):
            propose(district, move.run, target)


def test_a_token_moves_within_its_branch_and_leaves_the_others_alone(district):
    trial = stage.begin(district, Parallel).yes("chen")
    left, right = trial.step("left"), trial.step("right")
    for step, target in ((left, "right"), (left, "close"), (right, "left_again"), (right, "draft")):
        with pytest.raises(WrongState) as refused:
            propose(district, trial.run, target, step=step.pk)
        assert refused.value.code == "other-branch", target
    confirm(district, propose(district, trial.run, "left_again", step=left.pk))
    again = trial.step("left_again")
    assert (again.token, again.round, again.previous_step) == (left.token, 2, left)
    assert trial.became("left") == ["CANCELED"]
    assert trial.open == ["aside", "left_again", "right"]
    trial.yes("luo", "ke", "wang")
    assert trial.open == ["close"], "the join still finds its branches"


def test_a_branch_that_waits_at_a_join_is_moved_nowhere(district):
    trial = stage.begin(district, Parallel).yes("chen", "ke")
    for target in ("right", "close"):
        with pytest.raises(WrongState) as refused:
            propose(district, trial.run, target, step=trial.step("meet").pk)
        assert refused.value.code == "other-branch"


def test_a_sub_run_that_is_waited_for_counts_as_a_gate_and_ends_when_the_token_leaves_it(district):
    trial = stage.begin(district, Waiting).yes("chen")
    (below,) = trial.below
    with pytest.raises(WrongState) as refused:
        propose(district, trial.run, "confirm", step=trial.step("near").pk)
    assert refused.value.code == "gate-not-passed"
    confirm(district, propose(district, trial.run, "draft", step=trial.step("near").pk))
    assert (trial.open, below.outcome) == (["draft"], "void")


def test_the_projects_record_tells_of_the_move(district):
    run = district.submitted().run
    confirm(district, propose(district, run, "submit"))
    page = project_sheet(run.milestone.project.public_id, district.actor("gao"), district.now)
    assert [event.text for event in page.events if event.quote == REASON]
