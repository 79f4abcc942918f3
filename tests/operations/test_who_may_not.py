"""Ways round the rules that somebody tried: each is refused, or told, or found again."""

from datetime import timedelta

import pytest

from flows.engine import operations as engine
from flows.engine.models import Assignment, Policy, Step
from flows.engine.selectors_policy import policy_by_id
from flows.engine.visibility import open_tasks, sees_run
from flows.projects import operations as projects
from flows.projects.selectors import visible_to
from hetang_flow.lib.errors import NotAllowed, WrongState
from notifications.models import Notice
from permissions.models import Appointment, User
from tests.support.apart import together

WHY = "材料有误，需要重新准备。"


def appoint(district, name, post, **values):
    return Appointment.objects.create(
        post=district.posts[post], user=district.users[name], from_day=district.now.date(), **values
    )


def leave(district, name):
    Appointment.objects.filter(user=district.users[name]).update(until_day=district.now.date())


def kinds(district, name):
    return list(
        Notice.objects.filter(user=district.users[name]).order_by("number").values_list("kind", flat=True)
    )


def hand(district, run, name, to):
    share = district.share(run, name)
    return engine.hand_out(
        run.public_id, share.pk, to_user_id=district.users[to].pk, by=district.actor(name), now=district.now
    )


def approve(district, run, name, by=None):
    share = district.share(run, name)
    return engine.approve(run.public_id, share.pk, by=district.actor(by or name), now=district.now)


def at_approval(district):
    milestone = district.submitted()
    approve(district, milestone.run, "lin")
    return milestone


def test_a_leader_hands_his_signature_to_nobody(district):
    milestone = at_approval(district)
    with pytest.raises(NotAllowed) as refused:
        hand(district, milestone.run, "zhao", "qian")
    assert refused.value.code == "only-the-desk-hands-out"


def test_a_task_is_not_handed_to_the_initiator(district):
    appoint(district, "chen", "luo")
    milestone = district.submitted()
    with pytest.raises(NotAllowed) as refused:
        hand(district, milestone.run, "lin", "chen")
    assert refused.value.code == "colleague-submitted"


def test_who_handed_in_the_work_does_not_judge_it_though_another_began_it(district):
    appoint(district, "bai", "lin")
    Appointment.objects.create(
        post=district.posts["chen"], user=district.users["bai"], from_day=district.now.date()
    )
    milestone = district.milestone()
    district.submit(milestone, by="bai")
    with pytest.raises(NotAllowed) as refused:
        approve(district, milestone.run, "lin", by="bai")
    assert refused.value.code == "own-submission"


def test_one_person_in_two_leaders_posts_signs_once_and_it_counts_for_both(district):
    appoint(district, "zhao", "qian")
    Appointment.objects.filter(user=district.users["qian"]).update(until_day=district.now.date())
    milestone = at_approval(district)
    asked = Assignment.objects.filter(run=milestone.run, status="open")
    assert asked.count() == 1
    share = asked.get()
    engine.approve(milestone.run.public_id, share.pk, by=district.actor("zhao"), now=district.now)
    milestone.project.refresh_from_db()
    assert milestone.project.phase == "fulfilled"


def test_a_post_whose_only_holder_must_not_sign_counts_as_empty(district):
    leave(district, "lin")
    appoint(district, "chen", "lin")
    milestone = district.submitted()
    step = Step.objects.get(process=milestone.run, status="NEW")
    assert step.waits_for == district.posts["lin"].name
    assert "step.blocked" in kinds(district, "gao")


def test_a_stand_in_sees_what_it_is_asked_about(district):
    leave(district, "lin")
    Policy.objects.filter(key="milestone.verify").update(on_empty="named", stand_in=district.posts["wang"])
    policy_by_id.cache_clear()
    milestone = district.submitted()
    assert district.share(milestone.run, "wang").status == "open"
    wang = district.actor("wang")
    assert visible_to(wang, district.now).filter(pk=milestone.project_id).exists()
    approve(district, milestone.run, "wang")


def test_a_withdrawal_needs_the_post_and_is_told_to_those_who_were_asked(district):
    milestone = district.submitted()
    run = milestone.run
    leave(district, "chen")
    appoint(district, "chen", "wang")
    with pytest.raises(NotAllowed):
        engine.withdraw(run.public_id, by=district.actor("chen"), now=district.now, reason=WHY)
    appoint(district, "bai", "chen")
    engine.withdraw(run.public_id, by=district.actor("bai"), now=district.now, reason=WHY)
    assert kinds(district, "lin") == ["step.todo", "run.withdrawn"]


@pytest.mark.parametrize(("answer", "kind"), [("approve", "run.completed"), ("return", "run.refused")])
def test_who_proposed_a_correction_learns_what_became_of_it(district, answer, kind):
    project = district.project(phase="building")
    correction = projects.propose_correction(
        project.public_id, "started", reason=WHY, by=district.actor("gao"), now=district.now
    )
    share, ma = district.share(correction.run, "ma"), district.actor("ma")
    if answer == "approve":
        engine.approve(correction.run.public_id, share.pk, by=ma, now=district.now)
    else:
        engine.return_to_initiator(correction.run.public_id, share.pk, by=ma, now=district.now, reason=WHY)
    assert kinds(district, "gao") == [kind]


def test_an_administrator_sees_and_decides_no_business_even_with_a_post(district):
    milestone = district.submitted()
    with together():
        User.objects.filter(pk=district.users["lin"].pk).update(administrator="audit")
    district.users["lin"].refresh_from_db()
    lin = district.actor("lin")
    assert not sees_run(milestone.run, lin, district.now)
    assert not open_tasks(lin, district.now).exists()
    with pytest.raises(NotAllowed) as refused:
        approve(district, milestone.run, "lin")
    assert refused.value.code == "administrator"


def test_demonstration_accounts_act_on_invented_projects_only(district):
    real = district.project(is_demo=False)
    with pytest.raises(WrongState) as refused:
        district.milestone(real)
    assert refused.value.code == "demonstration-only"
    User.objects.update(is_demo=False)
    for user in district.users.values():
        user.refresh_from_db()
    assert district.milestone(real)


def test_a_project_without_a_contact_leader_starts_nothing_it_could_not_end(district):
    project = district.project()
    project.leaders.filter(level="district").delete()
    with pytest.raises(WrongState) as refused:
        district.milestone(project)
    assert refused.value.code == "no-contact-leader"


def test_a_later_day_does_not_bring_an_ended_right_back(district):
    milestone = district.submitted()
    leave(district, "lin")
    district.now += timedelta(days=3)
    with pytest.raises(NotAllowed):
        approve(district, milestone.run, "lin")
