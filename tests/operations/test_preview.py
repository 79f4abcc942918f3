"""The preview says what then happens: steps, posts, people and days, as it stands and after an act; it writes nothing."""

from datetime import UTC, date, datetime, time

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import translation

from flows.engine import operations as engine
from flows.engine.models import Assignment, Policy, Run, Step
from flows.engine.preview import LOOK, preview
from flows.projects import operations as projects
from permissions.models import Appointment, Post, User
from tests.support import cast

REASON = "未附签章页，请补正后重报。"


def look(run, at=cast.NOW, act=LOOK, **more):
    return preview(Run.objects.get(pk=run.pk), at=at, act=act, **more)


def steps(ahead):
    """What the preview says of people: step, posts with their people, day."""
    return [
        (item.node, sorted((post.post, post.people) for post in item.posts), item.due)
        for item in ahead
        if item.kind == "people"
    ]


def opened(run):
    """The same of the step that is open."""
    step = Step.objects.get(process=run, status="NEW", policy__isnull=False)
    shares = Assignment.objects.filter(step=step, status__in=["open", "waiting"]).select_related("post")
    posts = [
        (share.post.name, tuple(share.handed_to.name for _ in [0] if share.handed_to)
         or tuple(sorted(a.user.name for a in share.post.appointments.filter(until_day=None))))
        for share in shares
    ]  # fmt: skip
    return step, (step.flow_task.name, sorted(posts), step.due_on)


def on_the_last_day(step):
    return datetime.combine(step.due_on, time(2, 0), UTC)


def walk(run):
    """Let everybody agree on the last day of each step; what was asked of whom until when."""
    happened = []
    while Run.objects.get(pk=run.pk).status == "NEW":
        step, told = opened(run)
        happened.append(told)
        at = on_the_last_day(step)
        while share := Assignment.objects.filter(step=step, status="open", step__status="NEW").first():
            holder = share.handed_to or share.post.appointments.get(until_day=None).user
            by = cast.actor_for(holder, at=at)
            act = engine.approve if step.flow_task.judges else engine.complete
            act(run.public_id, share.pk, by=by, now=at)
    return happened


def policy(key, **values):
    """A newer version of a policy of the cast."""
    old = Policy.objects.filter(key=key).latest("version")
    columns = {f.name: getattr(old, f.name) for f in Policy._meta.fields if f.name not in ("id", "version")}
    return Policy.objects.create(**columns | {"version": old.version + 1} | values)


def drafted(district):
    """A milestone whose checklist is complete and that is not handed in yet."""
    milestone = district.milestone()
    chen = district.actor("chen")
    values = district.answers(milestone)
    projects.save_draft(milestone.public_id, values=values, note="", by=chen, now=district.now)
    return milestone.run


def desk_of_the_office(district):
    post = Post.objects.create(
        code="office-desk", organisation=district.units["campaign-office"], name="office desk", duty="desk"
    )
    user = User.objects.create(username="office-desk", name="Desk")
    Appointment.objects.create(post=post, user=user, from_day=date(2023, 1, 1))
    return post


# --- what then happens ---


def test_it_says_what_then_happens(district):
    run = drafted(district)
    foreseen = steps(look(run))
    assert [name for name, _posts, _due in foreseen] == ["submit", "verify", "approve"]
    assert [due for _name, _posts, due in foreseen] == [
        date(2023, 6, 8),
        date(2023, 6, 13),
        date(2023, 6, 20),
    ]
    assert walk(run) == foreseen


def test_acts_of_the_system_and_the_end_stand_between(district):
    items = look(drafted(district))
    assert [(item.node, item.kind) for item in items] == [
        ("submit", "people"),
        ("verify", "people"),
        ("copy", "system"),
        ("approve", "people"),
        ("advance", "system"),
        ("end", "end"),
    ]
    assert [item.now for item in items] == [True, False, False, False, False, False]


def test_one_after_another_is_said_and_who_waits_is_marked(district):
    policy("milestone.approve", mode="sequential")
    run = district.submitted().run
    foreseen = steps(look(run))
    engine.approve(run.public_id, district.share(run, "lin").pk, by=district.actor("lin"), now=district.now)
    with translation.override("en"):
        (item, *_rest) = look(run)
    assert item.how == "one after another"
    assert [(post.people, post.note) for post in item.posts] == [
        (("Zhao",), ""),
        (("Qian",), "when it is their turn"),
    ]
    assert steps(look(run))[0][1] == foreseen[1][1]


def test_people_named_for_a_step_to_come_are_asked_there(district):
    run = drafted(district)
    ke = district.posts["ke"]
    engine.append_assignees(
        run.public_id, "approve", [ke.pk], why="涉及协调小组事项", by=district.actor("chen"), now=district.now
    )
    foreseen = look(run)
    approve = next(item for item in foreseen if item.node == "approve")
    assert [post.note != "" for post in approve.posts if post.post == ke.name] == [True]
    assert walk(run) == steps(foreseen)


def test_who_will_have_signed_is_replaced_by_the_alternate(district):
    policy("milestone.approve", alternate=district.posts["ma"])
    Appointment.objects.filter(post=district.posts["zhao"]).update(user=district.users["lin"])
    run = drafted(district)
    foreseen = steps(look(run))
    assert [people for _post, people in foreseen[2][1]] == [("Ma",), ("Qian",)]
    assert walk(run) == foreseen


def test_without_an_alternate_the_step_is_foreseen_to_wait(district):
    Appointment.objects.filter(post=district.posts["zhao"]).update(user=district.users["lin"])
    run = drafted(district)
    approve = next(item for item in look(run) if item.node == "approve")
    assert approve.blocked == district.posts["zhao"].name


def test_where_only_perhaps_the_same_person_signs_before_it_is_said(district):
    extra = User.objects.create(username="extra", name="Extra")
    Appointment.objects.create(post=district.posts["lin"], user=extra, from_day=date(2023, 1, 1))
    Appointment.objects.filter(post=district.posts["zhao"]).update(user=extra)
    with translation.override("en"):
        approve = next(item for item in look(drafted(district)) if item.node == "approve")
    assert "unless the same person signs “Verify” first: somebody else is then asked here" in approve.unless
    assert not approve.blocked


def test_an_empty_post_is_named_and_a_policy_says_who_signs_instead(district):
    Appointment.objects.filter(post=district.posts["lin"]).update(until_day=date(2023, 5, 1))
    run = drafted(district)
    verify = next(item for item in look(run) if item.node == "verify")
    assert verify.blocked == district.posts["lin"].name
    policy("milestone.verify", on_empty="admin")
    desk_of_the_office(district)
    run = drafted(district)
    foreseen = look(run)
    verify = next(item for item in foreseen if item.node == "verify")
    assert (verify.blocked, verify.posts[0].people) == ("", ("Desk",))
    assert walk(run) == steps(foreseen)


def test_what_is_late_already_begins_to_count_anew_today(district):
    run = district.submitted().run
    later = datetime(2023, 6, 26, 2, 0, tzinfo=UTC)
    verify, approve = steps(look(run, at=later))
    assert verify[2] == date(2023, 6, 6)
    assert approve[2] == date(2023, 7, 3)


def test_a_day_beyond_the_published_years_is_provisional(district):
    run = drafted(district)
    Step.objects.filter(process=run).update(due_on=date(2027, 3, 1), due_provisional=True)
    people = [item for item in look(run) if item.kind == "people"]
    assert [item.provisional for item in people] == [True, True, True]


def test_a_step_without_limit_has_no_day_and_takes_none(district):
    policy("milestone.verify", limit_days=None)
    submit, verify, approve = steps(look(drafted(district)))
    assert (verify[2], approve[2]) == (None, date(2023, 6, 15))


def test_while_the_clock_stands_nothing_to_come_has_a_day(district):
    run = district.submitted().run
    engine.suspend(run.public_id, by=district.actor("gao"), now=district.now, reason="等待上级批复意见")
    verify, approve = steps(look(run))
    assert (verify[2], approve[2]) == (date(2023, 6, 6), None)


def test_nothing_follows_what_is_over(district):
    run = district.submitted().run
    engine.withdraw(run.public_id, by=district.actor("chen"), now=district.now, reason=REASON)
    assert look(run) == []


# --- after an act ---


def verified(district):
    run = district.submitted().run
    engine.approve(run.public_id, district.share(run, "lin").pk, by=district.actor("lin"), now=district.now)
    return run


def test_after_my_approval_the_others_are_still_asked_and_who_signed_is_not(district):
    run = verified(district)
    assert [people for _post, people in steps(look(run))[0][1]] == [("Qian",), ("Zhao",)]
    zhao = district.share(run, "zhao")
    foreseen = steps(look(run, act="approve", share=zhao.pk))
    assert [people for _post, people in foreseen[0][1]] == [("Qian",)]
    engine.approve(run.public_id, zhao.pk, by=district.actor("zhao"), now=district.now)
    assert steps(look(run)) == foreseen


def test_after_the_last_approval_only_what_the_system_does_is_left(district):
    run = verified(district)
    engine.approve(run.public_id, district.share(run, "zhao").pk, by=district.actor("zhao"), now=district.now)
    assert [item.node for item in look(run, act="approve")] == ["advance", "end"]


@pytest.mark.parametrize("act", ["return", "reject"])
def test_after_a_no_the_matter_is_submitted_again_in_a_new_round(district, act):
    run = verified(district)
    zhao = district.share(run, "zhao")
    foreseen = steps(look(run, act=act, share=zhao.pk))
    assert [name for name, _posts, _due in foreseen] == ["submit", "verify", "approve"]
    operation = {"return": engine.return_to_initiator, "reject": engine.reject}[act]
    operation(run.public_id, zhao.pk, by=district.actor("zhao"), now=district.now, reason=REASON)
    assert steps(look(run)) == foreseen
    assert walk(run) == foreseen


def test_where_opinions_are_collected_a_no_is_not_the_end_yet(district):
    policy("milestone.approve", on_no="count")
    run = verified(district)
    zhao = district.share(run, "zhao")
    first, second, *_rest = steps(look(run, act="reject", share=zhao.pk))
    assert (first[0], [people for _post, people in first[1]]) == ("approve", [("Qian",)])
    assert second[0] == "submit"
    engine.reject(run.public_id, zhao.pk, by=district.actor("zhao"), now=district.now, reason=REASON)
    assert [name for name, *_more in steps(look(run))][:2] == ["approve", "submit"]


def test_after_a_return_with_resume_it_comes_straight_back(district):
    run = verified(district)
    submitted = Step.objects.filter(process=run, policy__key="milestone.submit").get()
    engine.return_to(
        run.public_id, district.share(run, "zhao").pk, submitted.pk, resume=True,
        by=district.actor("zhao"), now=district.now, reason=REASON,
    )  # fmt: skip
    assert [name for name, _posts, _due in steps(look(run))] == ["submit", "approve"]


def test_handing_in_is_an_approval_of_ones_own_and_work_is_never_refused(district):
    run = drafted(district)
    assert next(item.node for item in look(run, act="approve")) == "verify"
    assert look(run, act="return") == look(run)


# --- the words ---


def test_the_unless_sentences_say_where_a_no_leads(district):
    with translation.override("en"):
        items = {item.node: item for item in look(verified(district))}
        project = district.project(phase="fulfilled")
        correction = projects.propose_correction(
            project.public_id,
            "started",
            reason="误报开工，据实更正",
            by=district.actor("gao"),
            now=district.now,
        )
        (confirm, *_rest) = look(correction.run)
    assert items["approve"].unless == (
        "unless it is returned: back to “Submit evidence”, and a new round begins",
    )
    assert items["approve"].how == "everyone signs"
    assert confirm.unless == ("unless it is refused: the matter ends (Not confirmed)",)


def test_what_time_decides_is_said(district):
    policy("milestone.verify", on_timeout="approve")
    with translation.override("en"):
        verify = next(item for item in look(drafted(district)) if item.node == "verify")
    assert verify.unless[-1] == "unless time runs out: the system passes it"


# --- what it costs ---


def test_it_only_reads_and_the_cost_does_not_grow_with_rounds(district):
    run = verified(district)

    def spent(act):
        fresh = Run.objects.get(pk=run.pk)
        preview(fresh, at=cast.NOW, act=LOOK)
        with CaptureQueriesContext(connection) as seen:
            preview(fresh, at=cast.NOW, act=act)
        assert all(query["sql"].startswith("SELECT") for query in seen.captured_queries)
        return len(seen)

    before = {act: spent(act) for act in (LOOK, "approve", "return")}
    for _round in range(3):
        share = district.share(run, "zhao")
        engine.return_to_initiator(
            run.public_id, share.pk, by=district.actor("zhao"), now=cast.NOW, reason=REASON
        )
        engine.complete(
            run.public_id, district.share(run, "chen").pk, by=district.actor("chen"), now=cast.NOW
        )
        engine.approve(run.public_id, district.share(run, "lin").pk, by=district.actor("lin"), now=cast.NOW)
    assert {act: spent(act) for act in before} == before
    # shares, steps, holders, names; after a return also the calendar, the initiator, verifiers, leaders
    assert before == {LOOK: 4, "approve": 4, "return": 8}
