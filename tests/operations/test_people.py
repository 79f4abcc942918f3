"""People who act for others, and what happens when people change: each success beside its refusal."""

from datetime import date, timedelta

import pytest
from procrastinate.contrib.django.models import ProcrastinateJob

from flows.engine import operations as engine
from flows.engine import tasks
from flows.engine.models import Assignment, Policy, Step
from flows.engine.selectors import todo
from flows.engine.selectors_policy import policy_by_id
from flows.engine.selectors_sheet import sheet
from flows.engine.visibility import open_tasks, sees_run
from flows.journal.models import Chain, Entry, EntryPersonal
from flows.journal.selectors import verify
from flows.projects.selectors import visible_to
from hetang_flow.lib import clock
from hetang_flow.lib.errors import Invalid, NotAllowed, NotFound, WrongState
from notifications.models import Notice
from permissions.models import Appointment, Post, Substitution, User
from tests.support import cast
from tests.support.apart import together

TODAY = date(2023, 6, 1)
TOMORROW = TODAY + timedelta(days=1)
NEXT_WEEK = TODAY + timedelta(days=7)
AWAY = "赴省厅汇报项目，期间由同事代理。"


def stand_in(district, substitute, post, by=None, begins=TODAY, ends=NEXT_WEEK, reason=AWAY):
    posts = district.posts
    return engine.substitute(
        posts[post].pk,
        posts[substitute].pk,
        from_day=begins,
        until_day=ends,
        reason=reason,
        by=district.actor(by or post),
        now=district.now,
    )


def appoint(district, name, post, by="gao", from_day=TODAY):
    return engine.appoint(
        district.posts[post].pk,
        district.users[name].pk,
        from_day=from_day,
        by=district.actor(by),
        now=district.now,
    )


def dismiss(district, name, post=None, by="gao", on=TODAY):
    held = Appointment.objects.get(user=district.users[name], post=district.posts[post or name])
    return engine.end_appointment(held.pk, on=on, by=district.actor(by), now=district.now)


def leave(district, leaver, successor, by="gao", reason="调离本区，工作移交。"):
    users = district.users
    return engine.hand_over(
        users[leaver].pk, users[successor].pk, by=district.actor(by), now=district.now, reason=reason
    )


def approve(district, run, name):
    share = district.share(run, name)
    return engine.approve(run.public_id, share.pk, by=district.actor(name), now=district.now)


def at_approval(district):
    run = district.submitted().run
    approve(district, run, "lin")
    return run


def told(district, name):
    rows = Notice.objects.filter(user=district.users[name]).order_by("number")
    return list(rows.values_list("kind", flat=True))


def titles(district, name):
    return [notice.title for notice in Notice.objects.filter(user=district.users[name]).order_by("number")]


def system_entries():
    return list(Entry.objects.filter(chain__kind=Chain.Kind.SYSTEM).order_by("number"))


def personal(entry):
    return dict(EntryPersonal.objects.filter(entry=entry).values_list("field", "value"))


def reresolutions(run):
    return list(Entry.objects.filter(run_id=run.pk, kind="step.reresolved").order_by("number"))


def waits_for(run):
    return Step.objects.get(process=run, status="NEW").waits_for


def tasks_of(district, name, at=None):
    at = at or district.now
    return set(open_tasks(district.actor(name, at), at).values_list("run_id", flat=True))


def refused(kind, code, call, *args, **words):
    before = (Substitution.objects.count(), Appointment.objects.count(), Entry.objects.count())
    with pytest.raises(kind) as refusal:
        call(*args, **words)
    assert refusal.value.code == code
    after = (Substitution.objects.count(), Appointment.objects.count(), Entry.objects.count())
    assert before == after, "a refusal wrote something"


# --- substitutes ---


def test_the_substitute_sees_the_tasks_and_the_holder_still_does(district):
    run = district.submitted().run
    assert tasks_of(district, "luo") == set()
    stand_in(district, "luo", "lin")
    assert tasks_of(district, "luo") == tasks_of(district, "lin") == {run.pk}
    assert sees_run(run, district.actor("luo"), district.now)
    (row,) = todo(district.actor("luo"), district.now).rows
    assert (row.for_post, row.capacity) == ("leading desk lin", "")
    (own,) = todo(district.actor("lin"), district.now).rows
    assert own.for_post == ""


def test_a_substitute_of_another_unit_sees_the_matter_for_those_days_only(district):
    run = district.submitted().run
    project = run.milestone.project
    stand_in(district, "wang", "lin")
    wang = district.actor("wang")
    assert tasks_of(district, "wang") == {run.pk}
    assert list(visible_to(wang, district.now)) == [project]
    later = district.now + timedelta(days=7)
    assert tasks_of(district, "wang", later) == set()
    assert not visible_to(district.actor("wang", later), later).exists()


def test_what_was_handed_to_a_colleague_is_not_the_substitutes(district):
    run = district.submitted().run
    share = district.share(run, "lin")
    engine.hand_out(
        run.public_id,
        share.pk,
        to_user_id=district.users["luo"].pk,
        by=district.actor("lin"),
        now=district.now,
    )
    stand_in(district, "wang", "lin")
    assert tasks_of(district, "wang") == set()
    assert tasks_of(district, "luo") == {run.pk}


def test_a_substitution_is_on_record_with_nothing_personal_in_its_facts(district):
    made = stand_in(district, "luo", "lin")
    (entry,) = system_entries()
    assert (entry.kind, entry.actor_id, entry.actor_post) == (
        "substitution.made",
        district.users["lin"].pk,
        "leading desk lin",
    )
    assert entry.facts == {
        "substitution": made.pk,
        "post": "leading desk lin",
        "post_id": district.posts["lin"].pk,
        "substitute": "leading officer luo",
        "substitute_id": district.posts["luo"].pk,
        "from_day": "2023-06-01",
        "until_day": "2023-06-08",
    }
    assert personal(entry) == {
        "actor_name": "Lin",
        "holder": "Lin",
        "substitute_holder": "Luo",
        "reason": AWAY,
    }
    assert verify()


def test_both_sides_are_told_and_the_substitute_how_much_is_open_in_one_notice(district):
    for _each in range(3):
        district.submitted()
    before = told(district, "lin")
    stand_in(district, "luo", "lin")
    assert told(district, "lin") == [*before, "substitution.made"]
    assert told(district, "luo") == ["substitution.made", "substitution.tasks"]
    assert Notice.objects.get(kind="substitution.tasks").facts["count"] == 3
    assert "2023-06-07" in titles(district, "luo")[0], "the last day is the one before it is over"


def test_the_substitute_signs_and_the_record_names_both(district):
    run = district.submitted().run
    stand_in(district, "luo", "lin")
    share, luo = district.share(run, "lin"), district.actor("luo")
    engine.approve(run.public_id, share.pk, by=luo, now=district.now)
    share.refresh_from_db()
    assert (share.decided_by, share.decided_for) == (district.users["luo"], district.users["lin"])
    entry = Entry.objects.get(run_id=run.pk, kind="share.approved")
    assert (entry.actor_post, entry.on_behalf_post) == ("leading officer luo", "leading desk lin")


def test_nobody_signs_for_a_holder_who_handed_it_in(district):
    run = district.submitted().run
    appoint(district, "chen", "lin")
    dismiss(district, "lin")
    stand_in(district, "luo", "lin", by="gao")
    share = district.share(run, "lin")
    refused(
        NotAllowed,
        "own-submission",
        engine.approve,
        run.public_id,
        share.pk,
        by=district.actor("luo"),
        now=cast.NOW,
    )
    assert waits_for(run) == "leading desk lin"


def test_a_new_task_reaches_both(district):
    stand_in(district, "luo", "lin")
    district.submitted()
    assert told(district, "lin")[-1] == told(district, "luo")[-1] == "step.todo"


def test_a_later_one_is_said_now_and_again_on_its_first_day(district):
    run = district.submitted().run
    made = stand_in(district, "luo", "lin", begins=TOMORROW)
    assert told(district, "luo") == ["substitution.made"]
    assert tasks_of(district, "luo") == set()
    tomorrow = district.now + timedelta(days=1)
    for _twice in range(2):
        engine.begin_day(now=tomorrow)
        assert told(district, "luo") == ["substitution.made", "substitution.tasks"]
        assert told(district, "lin")[-1] == "substitution.began"
    assert told(district, "lin").count("substitution.began") == 1
    assert tasks_of(district, "luo", tomorrow) == {run.pk}
    assert reresolutions(run) == [], "nobody is asked anew"
    engine.end_substitution(made.pk, by=district.actor("lin", tomorrow), now=tomorrow)
    assert tasks_of(district, "luo", tomorrow) == set()


def test_the_head_or_desk_and_the_campaign_office_name_one_for_others(district):
    stand_in(district, "bai", "luo", by="lin", ends=TOMORROW)
    stand_in(district, "luo", "zhao", by="gao")
    refused(NotAllowed, "substitute-not-yours", stand_in, district, "luo", "zhao", by="lin")
    refused(NotAllowed, "substitute-not-yours", stand_in, district, "luo", "lin", by="luo")
    refused(NotAllowed, "not-to-yourself", stand_in, district, "lin", "luo", by="lin")
    refused(NotAllowed, "not-to-yourself", stand_in, district, "gao", "qian", by="gao")


def test_an_administrator_names_nobody(district):
    with together():
        User.objects.filter(pk=district.users["lin"].pk).update(administrator="system")
    district.users["lin"].refresh_from_db()
    refused(NotAllowed, "administrator", stand_in, district, "luo", "lin")


@pytest.mark.parametrize(
    ("words", "code"),
    [
        ({"begins": TODAY - timedelta(1)}, "substitute-days"),
        ({"ends": TODAY}, "substitute-days"),
        ({"ends": TODAY + timedelta(93)}, "substitute-too-long"),
        ({"reason": "  "}, "reason-missing"),
        ({"reason": "长" * 201}, "text-too-long"),
        ({"substitute": "lin"}, "substitute-own-post"),
    ],
)
def test_days_reason_and_post_must_make_sense(district, words, code):
    refused(Invalid, code, stand_in, district, **{"substitute": "luo", "post": "lin"} | words)
    stand_in(district, "luo", "lin", ends=TODAY + timedelta(92))


def test_no_two_no_circle_no_third_in_a_row(district):
    stand_in(district, "luo", "lin")
    refused(WrongState, "substitute-overlaps", stand_in, district, "bai", "lin")
    refused(WrongState, "substitute-cycle", stand_in, district, "lin", "luo")
    stand_in(district, "bai", "luo")
    refused(WrongState, "substitute-cycle", stand_in, district, "lin", "bai")
    refused(WrongState, "substitute-chain", stand_in, district, "ke", "bai")
    refused(WrongState, "substitute-chain", stand_in, district, "lin", "wang")
    stand_in(district, "ke", "bai", begins=NEXT_WEEK, ends=NEXT_WEEK + timedelta(1))


def test_a_post_that_does_not_exist_is_not_found(district):
    with pytest.raises(NotFound):
        engine.substitute(
            district.posts["lin"].pk,
            0,
            from_day=TODAY,
            until_day=NEXT_WEEK,
            reason=AWAY,
            by=district.actor("lin"),
            now=district.now,
        )


def test_ended_early_it_is_over_at_once_on_record_and_both_are_told(district):
    district.submitted()
    made = stand_in(district, "luo", "lin")
    ended = engine.end_substitution(made.pk, by=district.actor("gao"), now=district.now)
    assert (ended.ended, ended.ended_by_id) == (district.now, district.users["gao"].pk)
    assert tasks_of(district, "luo") == set()
    assert told(district, "luo")[-1] == told(district, "lin")[-1] == "substitution.ended"
    assert [entry.kind for entry in system_entries()] == ["substitution.made", "substitution.ended"]
    stand_in(district, "bai", "lin")


def test_it_is_ended_only_by_those_who_could_have_made_it_and_only_once(district):
    made = stand_in(district, "luo", "lin")
    words = {"now": district.now}
    for name in ("luo", "wang", "bai"):
        by = district.actor(name)
        refused(NotAllowed, "substitute-not-yours", engine.end_substitution, made.pk, by=by, **words)
    lin = district.actor("lin")
    later = district.now + timedelta(days=7)
    refused(WrongState, "substitute-over", engine.end_substitution, made.pk, by=lin, now=later)
    engine.end_substitution(made.pk, by=lin, **words)
    refused(WrongState, "substitute-over", engine.end_substitution, made.pk, by=lin, **words)
    refused(NotFound, "no-such-substitution", engine.end_substitution, 0, by=lin, **words)


# --- secretaries ---


def secretary_of(district, name):
    post = Post.objects.create(
        code="secretary",
        organisation=district.units["stranger"],
        name="stranger secretary",
        duty="secretary",
        serves=district.posts[name],
    )
    Appointment.objects.create(post=post, user=district.users["wang"], from_day=TODAY)
    district.posts["secretary"] = post


def test_a_secretary_sees_what_waits_for_the_leader_and_has_nothing_to_do_there(district):
    secretary_of(district, "zhao")
    run = district.submitted().run
    wang, now = district.actor("wang"), district.now
    assert not sees_run(run, wang, now), "it lies with the verifying unit"
    approve(district, run, "lin")
    assert sees_run(run, wang, now)
    assert list(visible_to(wang, now)) == [run.milestone.project]
    assert not open_tasks(wang, now).exists()
    assert not sheet(run.public_id, wang, now).mine
    share = district.share(run, "zhao")
    with pytest.raises(NotAllowed) as refusal:
        engine.approve(run.public_id, share.pk, by=wang, now=now)
    assert refusal.value.code == "not-your-task"
    approve(district, run, "zhao")
    assert not sees_run(run, wang, now), "the leader has signed"


def test_a_secretary_never_stands_in(district):
    secretary_of(district, "zhao")
    refused(Invalid, "substitute-duty", stand_in, district, "secretary", "zhao")


# --- appointments ---


def test_a_new_holder_gets_what_is_open_and_is_told_once(district):
    run = district.submitted().run
    lin_was_told = told(district, "lin")
    appoint(district, "wang", "lin")
    assert tasks_of(district, "wang") == {run.pk}
    assert told(district, "wang") == ["appointment.made", "step.todo"]
    assert told(district, "lin") == lin_was_told
    (entry,) = reresolutions(run)
    assert entry.facts["posts"] == [{"post": district.posts["lin"].pk, "name": "leading desk lin"}]
    assert engine.reresolve([district.posts["lin"].pk], by=district.actor("gao"), now=district.now) == 0
    assert reresolutions(run) == [entry], "nothing changed: no entry"
    assert told(district, "wang") == ["appointment.made", "step.todo"]


def test_an_appointment_is_on_record_and_the_names_are_personal(district):
    made = appoint(district, "wang", "lin")
    (entry,) = system_entries()
    assert (entry.kind, entry.actor_post) == ("appointment.made", "campaign-office officer gao")
    assert entry.facts == {
        "appointment": made.pk,
        "post": "leading desk lin",
        "post_id": district.posts["lin"].pk,
        "from_day": "2023-06-01",
    }
    assert personal(entry) == {"actor_name": "Gao", "person": "Wang", "holders": "Lin"}


def test_a_post_is_given_by_its_unit_or_the_campaign_office(district):
    appoint(district, "wang", "luo", by="lin")
    refused(NotAllowed, "post-not-yours", appoint, district, "wang", "lin", by="bai")
    refused(NotAllowed, "post-not-yours", appoint, district, "wang", "lin", by="luo")
    refused(NotAllowed, "not-to-yourself", appoint, district, "lin", "luo", by="lin")
    refused(WrongState, "appointed-already", appoint, district, "wang", "luo")
    refused(Invalid, "day-gone", appoint, district, "ke", "lin", from_day=TODAY - timedelta(1))
    User.objects.filter(pk=district.users["ke"].pk).update(is_active=False)
    refused(Invalid, "receiver-inactive", appoint, district, "ke", "lin")
    with together():
        User.objects.filter(pk=district.users["ke"].pk).update(is_active=True, administrator="audit")
    refused(Invalid, "receiver-administrator", appoint, district, "ke", "lin")


def test_an_emptied_post_makes_the_step_wait_and_the_office_is_told(district):
    run = district.submitted().run
    dismiss(district, "lin")
    assert waits_for(run) == "leading desk lin"
    assert told(district, "gao") == ["step.blocked"]
    assert told(district, "lin")[-1] == "appointment.ended"
    (entry,) = reresolutions(run)
    assert entry.facts["waits_for"] == "leading desk lin"
    assert [entry.kind for entry in system_entries()] == ["appointment.ended"]
    engine.begin_day(now=district.now)
    assert reresolutions(run) == [entry]
    assert told(district, "gao") == ["step.blocked"]


def test_filled_again_the_step_waits_no_longer(district):
    run = district.submitted().run
    dismiss(district, "lin")
    appoint(district, "wang", "lin")
    assert waits_for(run) == ""
    assert told(district, "wang") == ["appointment.made", "step.todo"]
    assert len(reresolutions(run)) == 2
    share = district.share(run, "lin")
    engine.approve(run.public_id, share.pk, by=district.actor("wang"), now=district.now)


def test_a_post_left_to_the_initiator_alone_counts_as_empty(district):
    run = district.submitted().run
    appoint(district, "chen", "lin")
    assert waits_for(run) == ""
    assert "step.todo" not in told(district, "chen")[-1:], "who submitted is not asked to verify"
    dismiss(district, "lin")
    assert waits_for(run) == "leading desk lin"


def test_whoever_stands_in_for_an_emptied_post_keeps_the_step_going(district):
    run = district.submitted().run
    stand_in(district, "luo", "lin")
    dismiss(district, "lin")
    assert waits_for(run) == ""
    dismiss(district, "luo")
    assert waits_for(run) == "leading desk lin", "the substitute's post is empty as well"


def test_one_left_in_two_posts_is_asked_once(district):
    run = at_approval(district)
    appoint(district, "zhao", "qian")
    dismiss(district, "qian")
    assert list(Assignment.objects.filter(run=run, status="open").values_list("post", flat=True)) == [
        district.posts["zhao"].pk
    ]
    run = approve(district, run, "zhao")
    assert run.status == "DONE"


def test_a_leader_who_has_signed_is_asked_in_the_post_that_came_to_them_later(district):
    run = at_approval(district)
    approve(district, run, "zhao")
    appoint(district, "zhao", "qian")
    dismiss(district, "qian")
    assert waits_for(run) == ""
    share = district.share(run, "qian")
    run = engine.approve(run.public_id, share.pk, by=district.actor("zhao"), now=district.now)
    assert run.status == "DONE"


def policy(run, **values):
    """The policy of the open step says something else."""
    Policy.objects.filter(pk=Step.objects.get(process=run, status="NEW").policy_id).update(**values)
    policy_by_id.cache_clear()


def test_whom_the_policy_names_signs_instead_of_an_emptied_post(district):
    run = at_approval(district)
    policy(run, on_empty="named", stand_in=district.posts["sun"])
    dismiss(district, "qian")
    assert waits_for(run) == ""
    shares = Assignment.objects.filter(run=run, step__status="NEW").order_by("pk")
    assert [(share.post, share.status) for share in shares] == [
        (district.posts["zhao"], "open"),
        (district.posts["qian"], "void"),
        (district.posts["sun"], "open"),
    ]
    assert told(district, "sun")[-1] == "step.todo"
    (entry,) = reresolutions(run)
    assert {post["post"] for post in entry.facts["posts"]} == {
        district.posts["qian"].pk,
        district.posts["sun"].pk,
    }
    appoint(district, "wang", "qian")
    assert reresolutions(run) == [entry], "the stand-in keeps it"
    approve(district, run, "zhao")
    assert approve(district, run, "sun").status == "DONE"


def test_the_alternate_signs_instead_of_whoever_must_not(district):
    run = at_approval(district)
    policy(run, alternate=district.posts["sun"])
    appoint(district, "chen", "qian")
    dismiss(district, "qian")
    assert waits_for(run) == ""
    assert told(district, "sun")[-1] == "step.todo"


def test_a_stand_in_who_is_empty_as_well_lets_the_step_wait(district):
    run = at_approval(district)
    policy(run, on_empty="named", stand_in=district.posts["sun"])
    dismiss(district, "sun")
    dismiss(district, "qian")
    assert waits_for(run) == "leadership leader qian"


def test_where_any_one_signs_an_emptied_post_stops_nothing(district):
    run = at_approval(district)
    policy(run, mode="any_of")
    dismiss(district, "qian")
    assert waits_for(run) == ""
    dismiss(district, "zhao")
    assert waits_for(run) == "leadership leader zhao、leadership leader qian"


def test_those_added_and_asked_for_an_opinion_are_followed_too(district):
    run = at_approval(district)
    zhao, posts = district.actor("zhao"), district.posts
    words = {"by": zhao, "now": district.now, "why": "请先核对资金到位情况。"}
    share = district.share(run, "zhao").pk
    engine.add_signers(run.public_id, share, [posts["ke"].pk], turn="before", **words)
    dismiss(district, "ke")
    assert waits_for(run) == "coordinating desk ke"
    dismiss(district, "zhao")
    assert waits_for(run) == "leadership leader zhao、coordinating desk ke", (
        "whose turn is yet to come counts"
    )
    appoint(district, "wang", "ke")
    appoint(district, "luo", "zhao")
    assert waits_for(run) == ""
    assert told(district, "wang") == ["appointment.made", "step.todo"]
    assert told(district, "luo") == ["appointment.made"], "it is not their turn yet"
    engine.approve(run.public_id, district.share(run, "ke").pk, by=district.actor("wang"), now=district.now)
    assert told(district, "luo") == ["appointment.made", "step.todo"]


def test_an_appointment_that_begins_tomorrow_reaches_the_tasks_tomorrow(district):
    run = district.submitted().run
    appoint(district, "wang", "lin", from_day=TOMORROW)
    dismiss(district, "lin", on=TOMORROW)
    assert (tasks_of(district, "wang"), waits_for(run), reresolutions(run)) == (set(), "", [])
    tomorrow = district.now + timedelta(days=1)
    assert engine.begin_day(now=tomorrow) == 1
    assert engine.begin_day(now=tomorrow) == 0
    assert tasks_of(district, "wang", tomorrow) == {run.pk}
    assert told(district, "wang") == ["appointment.made", "step.todo"]
    assert waits_for(run) == ""
    (entry,) = reresolutions(run)
    assert (entry.actor_id, entry.actor_post) == (None, "")


def test_an_appointment_is_ended_only_once_and_by_those_who_may(district):
    refused(NotAllowed, "post-not-yours", dismiss, district, "lin", by="bai")
    refused(Invalid, "day-gone", dismiss, district, "lin", on=TODAY - timedelta(1))
    dismiss(district, "lin")
    refused(WrongState, "appointment-over", dismiss, district, "lin")
    refused(
        NotFound,
        "no-such-appointment",
        engine.end_appointment,
        0,
        on=TODAY,
        by=district.actor("gao"),
        now=cast.NOW,
    )


def test_runs_that_are_over_and_posts_of_others_are_left_alone(district):
    over = at_approval(district)
    approve(district, over, "zhao")
    approve(district, over, "qian")
    other = at_approval(district)
    appoint(district, "wang", "lin")
    assert reresolutions(over) == reresolutions(other) == []
    assert told(district, "wang") == ["appointment.made"]


def test_the_history_says_it_in_a_sentence(district):
    run = district.submitted().run
    dismiss(district, "lin")
    events = sheet(run.public_id, district.actor("gao"), district.now).rounds[0].events
    assert [event.mark for event in events if event.who == "campaign-office officer gao"] == ["wait"]


# --- leaving ---


def hand_out(district, run, to):
    share = district.share(run, "lin")
    engine.hand_out(
        run.public_id,
        share.pk,
        to_user_id=district.users[to].pk,
        by=district.actor("lin"),
        now=district.now,
    )
    return share


def test_a_leavers_posts_and_what_is_in_their_hands_go_to_the_successor(district):
    through_post, in_hand = district.submitted().run, district.submitted().run
    share = hand_out(district, in_hand, "luo")
    appoint(district, "luo", "lin")
    posts = leave(district, "luo", "wang")
    assert {post.id for post in posts} == {district.posts["luo"].pk, district.posts["lin"].pk}
    assert district.actor("luo").posts == ()
    assert district.actor("wang").post_ids >= {post.id for post in posts}
    share.refresh_from_db()
    assert share.handed_to == district.users["wang"]
    assert tasks_of(district, "luo") == set()
    assert tasks_of(district, "wang") == {through_post.pk, in_hand.pk}
    assert [len(reresolutions(run)) for run in (through_post, in_hand)] == [2, 1]
    assert told(district, "wang").count("step.todo") == 2


def test_handing_over_is_on_record_and_each_of_the_two_is_told_once(district):
    district.submitted()
    before = len(system_entries())
    posts = leave(district, "lin", "wang", by="gao")
    (entry,) = system_entries()[before:]
    assert (entry.kind, entry.actor_post) == ("post.handed_over", "campaign-office officer gao")
    assert entry.facts == {"posts": [{"post": posts[0].id, "name": posts[0].name}], "tasks": 1}
    assert personal(entry) == {
        "actor_name": "Gao",
        "leaver": "Lin",
        "successor": "Wang",
        "reason": "调离本区，工作移交。",
    }
    assert told(district, "lin").count("post.handed_over") == 1
    assert told(district, "wang") == ["post.handed_over", "step.todo"]


def test_a_task_the_successor_must_not_judge_goes_back_to_the_post(district):
    run = district.submitted().run
    share = hand_out(district, run, "luo")
    lin_was_told = told(district, "lin")
    leave(district, "luo", "chen")
    share.refresh_from_db()
    assert share.handed_to is None
    assert tasks_of(district, "lin") == {run.pk}
    assert told(district, "lin") == [*lin_was_told, "step.todo"], "it came back"
    (entry,) = reresolutions(run)
    leave(district, "chen", "luo")  # nothing is left in the hands of either
    assert reresolutions(run) == [entry]


def test_substitutions_stay_with_the_post(district):
    run = district.submitted().run
    stand_in(district, "luo", "lin")
    leave(district, "luo", "wang")
    assert tasks_of(district, "wang") == {run.pk}
    assert Substitution.objects.get().ended is None


def test_the_desk_hands_over_its_own_unit_only(district):
    appoint(district, "luo", "wang")
    posts = leave(district, "luo", "ke", by="lin")
    assert [post.id for post in posts] == [district.posts["luo"].pk]
    assert district.actor("luo").post_ids == {district.posts["wang"].pk}


def test_a_closed_account_can_be_handed_over_as_well(district):
    run = district.submitted().run
    User.objects.filter(pk=district.users["lin"].pk).update(is_active=False)
    leave(district, "lin", "wang")
    assert tasks_of(district, "wang") == {run.pk}


def test_a_successor_who_holds_a_post_already_keeps_it(district):
    appoint(district, "wang", "lin")
    leave(district, "lin", "wang")
    held = Appointment.objects.filter(post=district.posts["lin"], user=district.users["wang"])
    assert held.count() == 1


@pytest.mark.parametrize(
    ("words", "kind", "code"),
    [
        ({"by": "luo"}, NotAllowed, "nothing-to-hand-over"),
        ({"by": "bai"}, NotAllowed, "nothing-to-hand-over"),
        ({"successor": "gao"}, NotAllowed, "not-to-yourself"),
        ({"successor": "lin"}, Invalid, "successor-is-leaver"),
        ({"reason": ""}, Invalid, "reason-missing"),
    ],
)
def test_who_may_not_hand_over_or_take_over(district, words, kind, code):
    refused(kind, code, leave, district, **{"leaver": "lin", "successor": "wang"} | words)


@pytest.mark.parametrize(
    ("column", "value", "code"),
    [("is_active", False, "receiver-inactive"), ("administrator", "audit", "receiver-administrator")],
)
def test_a_successor_can_work(district, column, value, code):
    with together():
        User.objects.filter(pk=district.users["wang"].pk).update(**{column: value})
    refused(Invalid, code, leave, district, "lin", "wang")


# --- the jobs ---


def test_the_days_job_and_the_late_one_do_what_the_operations_do(district):
    run = district.submitted().run
    Appointment.objects.filter(post=district.posts["lin"]).update(until_day=clock.district_day(clock.now()))
    assert tasks.people_of_the_day(timestamp=0) == 1
    assert waits_for(run) == "leading desk lin"
    assert tasks.people_of_the_day(timestamp=0) == 0
    Appointment.objects.filter(post=district.posts["lin"]).update(until_day=None)
    assert tasks.reresolve_posts([district.posts["lin"].pk], []) == 1
    assert waits_for(run) == ""
    assert not ProcrastinateJob.objects.filter(queue_name="people").exists()
