"""A milestone from draft to the project's next phase: each success beside its refusal."""

from decimal import Decimal

import pytest

from flows.engine import operations as engine
from flows.engine.models import Assignment, Run, Step
from flows.journal.models import Entry
from flows.projects import operations as projects
from flows.projects.models import Fact, Milestone
from hetang_flow.lib.errors import Invalid, NotAllowed, NotFound, WrongState
from notifications.models import Notice
from permissions.models import Appointment

NOT_SEEN = "00000000-0000-0000-0000-000000000000"


def kinds(project):
    return list(
        Entry.objects.filter(chain=project.chain_id).order_by("number").values_list("kind", flat=True)
    )


def told(district, name):
    return list(
        Notice.objects.filter(user=district.users[name]).order_by("number").values_list("kind", flat=True)
    )


def approve(district, run, name, **more):
    share = district.share(run, name)
    return engine.approve(run.public_id, share.pk, by=district.actor(name), now=district.now, **more)


def verified(district):
    milestone = district.submitted()
    approve(district, milestone.run, "lin")
    return milestone


def test_an_officer_a_lead_department_and_two_leaders_take_a_project_one_phase_further(district):
    milestone = verified(district)
    project = milestone.project
    approve(district, milestone.run, "zhao", opinion="同意。")
    project.refresh_from_db()
    assert project.phase == "signed", "one of two contact leaders is not enough"
    run = approve(district, milestone.run, "qian")
    project.refresh_from_db()
    milestone.refresh_from_db()
    assert (project.phase, milestone.state, run.status, run.outcome) == (
        "fulfilled",
        "confirmed",
        "DONE",
        "completed",
    )
    assert kinds(project) == [
        "project.opened",
        "run.started",
        "fact.recorded",
        "fact.recorded",
        "work.done",
        "share.approved",
        "share.approved",
        "share.approved",
        "project.moved",
        "run.completed",
    ]
    assert told(district, "lin") == ["step.todo"]
    assert told(district, "sun") == ["run.copied"]
    assert told(district, "chen")[-1] == "project.moved"
    assert Entry.objects.filter(chain=project.chain_id, kind="share.approved").latest(
        "number"
    ).actor_post == (district.posts["qian"].name)


def test_nobody_outside_the_serving_unit_starts_a_milestone(district):
    project = district.project()
    for name in ("wang", "lin", "zhao", "gao"):
        with pytest.raises(NotAllowed):
            district.milestone(project, by=name)
    assert not Run.objects.exists()


def test_a_project_has_one_open_milestone_and_skips_no_phase(district):
    project = district.project()
    with pytest.raises(WrongState):
        district.milestone(project, move="start")
    district.milestone(project)
    with pytest.raises(WrongState):
        district.milestone(project)


def test_what_is_missing_is_named_and_nothing_is_submitted(district):
    milestone = district.milestone()
    with pytest.raises(WrongState) as refused:
        projects.submit_evidence(milestone.public_id, by=district.actor("chen"), now=district.now)
    assert refused.value.code == "evidence-missing"
    assert refused.value.facts["missing"] == ["到位资金", "完成日期"]
    share = district.share(milestone.run, "chen")
    with pytest.raises(WrongState):
        engine.complete(milestone.run.public_id, share.pk, by=district.actor("chen"), now=district.now)
    assert district.share(milestone.run, "chen").status == "open"


def test_the_serving_unit_never_verifies_though_it_leads_the_line(district):
    milestone = district.submitted()
    asked = Assignment.objects.filter(run=milestone.run, status="open").values_list(
        "post__organisation__code", flat=True
    )
    assert list(asked) == [district.units["leading"].code]


def test_the_coordination_group_verifies_where_every_lead_department_served(district):
    district.line.units.exclude(organisation=district.units["serving"]).delete()
    milestone = district.submitted()
    assert district.share(milestone.run, "ke").status == "open"


def test_a_return_with_a_reason_opens_a_new_round_and_keeps_the_old_one(district):
    milestone = verified(district)
    run, zhao = milestone.run, district.actor("zhao")
    share = district.share(run, "zhao")
    with pytest.raises(Invalid):
        engine.return_to_initiator(run.public_id, share.pk, by=zhao, now=district.now, reason="不行")
    engine.return_to_initiator(
        run.public_id, share.pk, by=zhao, now=district.now, reason="未附签章页，请补正。"
    )
    run.refresh_from_db()
    assert run.round == 2
    assert district.share(run, "qian", "moot").decided_by is None, "done by other is not approved"
    assert district.share(run, "chen").step.round == 2
    assert told(district, "chen")[-1] in ("step.todo", "step.returned")
    assert "step.returned" in told(district, "chen")
    district.submit(milestone)
    for name in ("lin", "zhao", "qian"):
        approve(district, run, name)
    milestone.project.refresh_from_db()
    assert milestone.project.phase == "fulfilled"
    assert Step.objects.filter(process=run, policy__key="milestone.submit").count() == 2


def test_saving_a_draft_twice_writes_facts_once_and_a_correction_replaces(district):
    milestone = district.milestone()
    district_actor = district.actor("chen")
    for amount in ("3000", "3000", "3200"):
        projects.save_draft(
            milestone.public_id,
            values={"money": Decimal(amount)},
            note="",
            by=district_actor,
            now=district.now,
        )
    facts = list(Fact.objects.filter(milestone=milestone).order_by("pk"))
    assert [str(fact.value) for fact in facts] == ["3000.00", "3200.00"]
    assert facts[1].replaces == facts[0]


def test_nobody_approves_their_own_submission_even_in_another_post(district):
    Appointment.objects.create(
        post=district.posts["lin"], user=district.users["chen"], from_day=district.now.date()
    )
    milestone = district.submitted()
    share = district.share(milestone.run, "lin")
    with pytest.raises(NotAllowed) as refused:
        engine.approve(milestone.run.public_id, share.pk, by=district.actor("chen"), now=district.now)
    assert refused.value.code == "own-submission"


def test_nobody_signs_two_levels_of_one_round(district):
    Appointment.objects.create(
        post=district.posts["zhao"], user=district.users["lin"], from_day=district.now.date()
    )
    milestone = verified(district)
    share = district.share(milestone.run, "zhao")
    with pytest.raises(NotAllowed) as refused:
        engine.approve(milestone.run.public_id, share.pk, by=district.actor("lin"), now=district.now)
    assert refused.value.code == "signed-already"


def test_an_appointment_that_ends_takes_its_rights_away_at_once(district):
    milestone = district.submitted()
    lin = district.actor("lin")
    share = district.share(milestone.run, "lin")
    Appointment.objects.filter(user=district.users["lin"]).update(until_day=district.now.date())
    with pytest.raises(NotAllowed) as refused:
        engine.approve(milestone.run.public_id, share.pk, by=lin, now=district.now)
    assert refused.value.code == "not-your-task", (
        "rights are read again under the lock, not taken from the session"
    )


def test_a_stranger_and_a_wrong_run_are_refused(district):
    milestone, other = district.submitted(), district.submitted()
    share = district.share(milestone.run, "lin")
    with pytest.raises(NotAllowed):
        engine.approve(milestone.run.public_id, share.pk, by=district.actor("wang"), now=district.now)
    with pytest.raises(NotFound):
        engine.approve(other.run.public_id, share.pk, by=district.actor("lin"), now=district.now)
    with pytest.raises(NotFound):
        engine.approve(NOT_SEEN, share.pk, by=district.actor("lin"), now=district.now)


def test_a_second_press_is_told_who_was_faster_and_when(district):
    milestone = district.submitted()
    share = district.share(milestone.run, "lin")
    lin = district.actor("lin")
    engine.approve(milestone.run.public_id, share.pk, by=lin, now=district.now)
    with pytest.raises(WrongState) as refused:
        engine.approve(milestone.run.public_id, share.pk, by=lin, now=district.now)
    assert refused.value.code == "already-decided"
    assert "Lin" in refused.value.facts["who"]
    assert refused.value.facts["when"] == district.now


def test_the_desk_hands_out_to_a_colleague_and_to_nobody_else(district):
    milestone = district.submitted()
    share = district.share(milestone.run, "lin")
    lin = district.actor("lin")

    def hand(name):
        return engine.hand_out(
            milestone.run.public_id, share.pk, to_user_id=district.users[name].pk, by=lin, now=district.now
        )

    with pytest.raises(NotAllowed):
        hand("wang")
    hand("luo")
    assert told(district, "luo") == ["step.handed_out"]
    engine.approve(milestone.run.public_id, share.pk, by=district.actor("luo"), now=district.now)
    entry = Entry.objects.filter(run_id=milestone.run.pk, kind="share.approved").latest("number")
    assert entry.actor_post == district.posts["luo"].name, "the capacity kept is the officer's own post"


def test_an_empty_post_blocks_and_says_so_and_heals_by_an_appointment(district):
    appointment = Appointment.objects.get(user=district.users["qian"])
    Appointment.objects.filter(pk=appointment.pk).update(until_day=district.now.date())
    milestone = verified(district)
    step = Step.objects.get(process=milestone.run, status="NEW")
    assert step.waits_for == district.posts["qian"].name
    assert "step.blocked" in told(district, "gao")
    approve(district, milestone.run, "zhao")
    milestone.project.refresh_from_db()
    assert milestone.project.phase == "signed", "an empty post is never silently passed"
    Appointment.objects.create(
        post=district.posts["qian"], user=district.users["wang"], from_day=district.now.date()
    )
    share = district.share(milestone.run, "qian")
    engine.approve(milestone.run.public_id, share.pk, by=district.actor("wang"), now=district.now)
    milestone.project.refresh_from_db()
    assert milestone.project.phase == "fulfilled"


def test_the_initiator_withdraws_until_somebody_has_signed(district):
    milestone = district.submitted()
    chen = district.actor("chen")
    with pytest.raises(NotAllowed):
        engine.withdraw(
            milestone.run.public_id, by=district.actor("lin"), now=district.now, reason="材料有误需要重做"
        )
    engine.withdraw(milestone.run.public_id, by=chen, now=district.now, reason="材料有误需要重做")
    milestone.refresh_from_db()
    assert milestone.state == Milestone.State.CLOSED
    second = district.submitted(milestone.project)
    approve(district, second.run, "lin")
    with pytest.raises(WrongState) as refused:
        engine.withdraw(second.run.public_id, by=chen, now=district.now, reason="材料有误需要重做")
    assert refused.value.code == "somebody-signed"
