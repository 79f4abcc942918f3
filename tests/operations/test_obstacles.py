"""An obstacle from the day it is raised to the day it is struck off: each step beside who must not."""

from datetime import date

import pytest

from flows.engine import operations as engine
from flows.engine.models import Assignment
from flows.journal.models import Entry
from flows.obstacles import operations
from flows.obstacles.models import Obstacle
from flows.projects import operations as projects
from hetang_flow.lib.errors import Invalid, NotAllowed, NotFound, WrongState
from notifications.models import Notice
from tests.support import obstructed
from tests.support.obstructed import DUE, MEASURE, REASON, answered, assigned, raised, sorted_


@pytest.fixture
def hindered(district):
    return obstructed.prepare(district)


def waits_at(obstacle):
    """The step at which the flow waits."""
    return [str(step.flow_task.name) for step in obstacle.run.task_set.filter(status="NEW")]


def asked(obstacle):
    """Who is asked now, by first name."""
    open_ = Assignment.objects.filter(run=obstacle.run, status="open").order_by("post__code")
    return [code.partition("-")[0] for code in open_.values_list("post__code", flat=True)]


def told(kind, obstacle):
    """Who was told of something about an obstacle."""
    rows = Notice.objects.filter(kind=kind, about=obstacle.run.public_id)
    return sorted(name.lower() for name in rows.values_list("user__name", flat=True))


def entries(obstacle, kind):
    return list(Entry.objects.filter(chain_id=obstacle.project.chain_id, kind=kind))


def verify(district, obstacle, by="lin"):
    share = district.share(obstacle.run, by)
    return engine.approve(obstacle.run.public_id, share.pk, by=district.actor(by), now=district.now)


def send_back(district, obstacle, by="lin"):
    share = district.share(obstacle.run, by)
    return engine.return_to_initiator(
        obstacle.run.public_id, share.pk, by=district.actor(by), now=district.now, reason=REASON
    )


# --- raising ---


def test_an_officer_of_the_service_unit_raises_and_the_campaign_office_sorts(hindered):
    obstacle = raised(hindered)
    assert waits_at(obstacle) == ["sort"]
    assert asked(obstacle) == ["gao"]
    assert told("step.todo", obstacle) == ["gao"]
    assert obstacle.raised_by_unit == hindered.units["serving"]


def test_the_owners_contact_raises_one_of_the_own_project(hindered):
    obstacle = raised(hindered, by="yu")
    assert obstacle.run.initiator == hindered.users["yu"]
    assert obstacle.raised_by_unit == hindered.units["owner"]


@pytest.mark.parametrize("name", ["wang", "lin", "zhao", "gao", "sun"])
def test_nobody_else_raises(hindered, name):
    with pytest.raises(NotAllowed, match="not-obstacle-raiser"):
        raised(hindered, by=name)
    assert not Obstacle.objects.exists()


def test_a_contact_raises_none_of_a_project_of_another_owner(hindered):
    other = hindered.project()
    other.units.filter(role="owner").update(organisation=hindered.units["stranger"])
    with pytest.raises(NotAllowed, match="not-obstacle-raiser"):
        raised(hindered, other, by="yu")


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ({"title": "  "}, "title-missing"),
        ({"title": "一" * 81}, "text-too-long"),
        ({"details": "一" * 501}, "text-too-long"),
        ({"kind": "weather"}, "no-such-kind"),
        ({"part": "风"}, "no-such-kind"),
        ({"blocks": "fly"}, "no-such-move"),
    ],
)
def test_what_cannot_be_read_is_not_raised(hindered, said, code):
    with pytest.raises(Invalid, match=code):
        raised(hindered, **said)
    assert not Obstacle.objects.exists()


def test_a_long_name_of_a_project_leaves_room_for_the_title(hindered):
    obstacle = raised(hindered, hindered.project(name="演示·" + "长" * 157), title="一" * 80)
    assert obstacle.run.title.endswith("一" * 80)


# --- sorting and assigning ---


def test_sorted_it_has_a_level_and_a_last_day_there(hindered):
    obstacle = sorted_(hindered, blocks="fulfil")
    assert (obstacle.level.code, obstacle.stops, obstacle.blocks) == ("department", True, "fulfil")
    assert obstacle.level_until == date(2023, 6, 8)  # five working days from a Thursday
    assert waits_at(obstacle) == ["assign"]
    (entry,) = entries(obstacle, "obstacle.sorted")
    assert entry.facts["level"] == "department"


@pytest.mark.parametrize("name", ["chen", "lin", "wang", "zhao"])
def test_only_the_campaign_office_sorts(hindered, name):
    obstacle = raised(hindered)
    with pytest.raises(NotAllowed):
        operations.sort_obstacle(
            obstacle.public_id,
            kind="other",
            level="lead",
            stops=False,
            by=hindered.actor(name),
            now=hindered.now,
        )
    obstacle.refresh_from_db()
    assert obstacle.level is None
    assert obstacle.kind.code == "utilities"


def test_pressing_done_without_sorting_says_what_is_missing(hindered):
    obstacle = raised(hindered)
    share = hindered.share(obstacle.run, "gao")
    with pytest.raises(WrongState, match="obstacle-not-sorted"):
        engine.complete(obstacle.run.public_id, share.pk, by=hindered.actor("gao"), now=hindered.now)


def test_where_the_office_is_empty_the_coordination_group_sorts(hindered):
    hindered.posts["gao"].appointments.update(until_day=date(2023, 5, 1))
    assert asked(raised(hindered)) == ["ke"]


def test_assigned_it_lies_with_the_desk_of_the_unit_until_the_day_given(hindered):
    obstacle = assigned(hindered)
    assert asked(obstacle) == ["shi"]
    step = obstacle.run.task_set.get(status="NEW")
    assert (step.due_on, step.first_due_on) == (DUE, DUE)
    assert set(told("step.todo", obstacle)) == {"gao", "shi"}


def test_the_desk_hands_it_out_inside_and_the_colleague_answers(hindered):
    obstacle = assigned(hindered)
    share = hindered.share(obstacle.run, "shi")
    wang = hindered.users["wang"]
    engine.hand_out(
        obstacle.run.public_id, share.pk, to_user_id=wang.pk, by=hindered.actor("shi"), now=hindered.now
    )
    assert waits_at(answered(hindered, obstacle, by="wang")) == ["verify"]


@pytest.mark.parametrize(
    ("unit", "due", "code"),
    [
        ("stranger", date(2023, 5, 31), "due-day-gone"),
        ("stranger", date(2025, 1, 1), "due-day-too-far"),
        ("owner", DUE, "no-such-unit"),  # an outside party has no desk
    ],
)
def test_a_day_that_has_gone_or_a_unit_without_a_desk_is_not_assigned(hindered, unit, due, code):
    obstacle = sorted_(hindered)
    with pytest.raises(Invalid, match=code):
        operations.assign_obstacle(
            obstacle.public_id,
            unit=hindered.units[unit].code,
            due=due,
            by=hindered.actor("gao"),
            now=hindered.now,
        )
    assert waits_at(obstacle) == ["assign"]


def test_what_has_moved_on_is_not_sorted_again(hindered):
    obstacle = assigned(hindered)
    with pytest.raises(WrongState, match="obstacle-not-there"):
        sorted_(hindered, obstacle)


# --- answering, verifying, striking off ---


def test_answered_it_is_verified_by_a_lead_department_without_a_part_in_it(hindered):
    obstacle = answered(hindered)
    assert waits_at(obstacle) == ["verify"]
    assert asked(obstacle) == ["lin"]  # the other lead department serves the project


def test_a_lead_department_that_answered_does_not_verify(hindered):
    obstacle = answered(hindered, assigned(hindered, unit="leading"), by="lin")
    assert asked(obstacle) == ["ke"]  # of the coordination group


def test_another_unit_does_not_answer(hindered):
    obstacle = assigned(hindered)
    with pytest.raises(NotAllowed):
        answered(hindered, obstacle, by="chen")
    obstacle.refresh_from_db()
    assert obstacle.measure == ""


def test_an_answer_without_words_is_none(hindered):
    obstacle = assigned(hindered)
    with pytest.raises(Invalid, match="reason-too-short"):
        operations.answer_obstacle(
            obstacle.public_id, measure="好了", by=hindered.actor("shi"), now=hindered.now
        )
    share = hindered.share(obstacle.run, "shi")
    with pytest.raises(WrongState, match="measure-missing"):
        engine.complete(obstacle.run.public_id, share.pk, by=hindered.actor("shi"), now=hindered.now)


def test_verified_it_is_struck_off_and_both_sides_hear_of_it(hindered):
    obstacle = answered(hindered)
    run = verify(hindered, obstacle)
    obstacle.refresh_from_db()
    assert run.outcome == "completed"
    assert obstacle.struck_off == obstacle.closed == hindered.now
    assert told("obstacle.struck_off", obstacle) == ["chen", "gao", "lin", "shi"]
    assert len(entries(obstacle, "obstacle.struck_off")) == 1


def test_who_raised_or_answered_does_not_strike_off(hindered):
    obstacle = answered(hindered)
    share = hindered.share(obstacle.run, "lin")
    for name in ("chen", "shi", "gao", "yu"):
        with pytest.raises(NotAllowed):
            engine.approve(obstacle.run.public_id, share.pk, by=hindered.actor(name), now=hindered.now)
    obstacle.refresh_from_db()
    assert obstacle.closed is None


def test_a_refused_verification_goes_back_to_the_unit_and_each_round_keeps_its_words(hindered):
    obstacle = answered(hindered)
    send_back(hindered, obstacle)
    assert waits_at(obstacle) == ["answer"]
    assert asked(obstacle) == ["shi"]
    operations.answer_obstacle(
        obstacle.public_id, measure="专线已经接通并送电。", by=hindered.actor("shi"), now=hindered.now
    )
    said = Assignment.objects.filter(run=obstacle.run, post=hindered.posts["shi"], status="done")
    assert list(said.order_by("pk").values_list("opinion", flat=True)) == [MEASURE, "专线已经接通并送电。"]
    assert verify(hindered, obstacle).outcome == "completed"


def test_withdrawn_it_stands_in_nobodys_way(hindered):
    obstacle = raised(hindered)
    engine.withdraw(obstacle.run.public_id, by=hindered.actor("chen"), now=hindered.now, reason=REASON)
    obstacle.refresh_from_db()
    assert obstacle.closed is not None
    assert obstacle.struck_off is None


# --- what it blocks ---


def test_a_milestone_is_not_handed_in_while_an_obstacle_stops_it(hindered):
    project = hindered.project()
    obstacle = sorted_(hindered, raised(hindered, project), stops=True)
    with pytest.raises(WrongState, match="blocked-by-obstacles") as refused:
        hindered.submitted(project)
    assert refused.value.facts["obstacles"] == ["施工用电未接入"]
    verify(hindered, answered(hindered, assigned(hindered, obstacle)))
    milestone = project.milestones.get()
    run = projects.submit_evidence(milestone.public_id, by=hindered.actor("chen"), now=hindered.now)
    assert run.status == "NEW"


def test_one_that_only_excuses_a_delay_or_blocks_another_move_stops_nothing(hindered):
    project = hindered.project()
    sorted_(hindered, raised(hindered, project), stops=False)
    sorted_(hindered, raised(hindered, project), stops=True, blocks="complete")
    assert hindered.submitted(project).run.status == "NEW"


def test_an_obstacle_nobody_knows_is_not_found(hindered):
    unknown = hindered.project().public_id
    with pytest.raises(NotFound, match="no-such-obstacle"):
        operations.answer_obstacle(unknown, measure=MEASURE, by=hindered.actor("shi"), now=hindered.now)
