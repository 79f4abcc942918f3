"""The sweep: late is opened, done is closed, and whatever is due goes one rung further; it can be run twice or late."""

from datetime import date, timedelta

import pytest
from django.db import IntegrityError, transaction

from flows.engine import operations as engine
from flows.engine.models import Step
from flows.journal.models import Entry
from flows.journal.selectors import verify
from flows.lights.models import StatusLight
from flows.obstacles.models import ObstacleKind
from flows.projects.models import Project
from flows.supervision import sources
from flows.supervision.models import Climb, Item, Sweep
from flows.supervision.operations_sweep import help_climb, sweep
from flows.supervision.replay import replay
from notifications.models import Notice
from permissions.models import User
from tests.support import lit, obstructed, planned, supervised
from tests.support.supervised import at, climbs, days_of, late_task, swept

DUE = date(2023, 6, 8)  # a Thursday
NEXT = date(2023, 6, 9)


@pytest.fixture
def watched(district):
    return supervised.prepare(district)


def the_item() -> Item:
    return Item.objects.get()


def told(kind="supervision.climbed"):
    rows = Notice.objects.filter(kind=kind).order_by("pk")
    return sorted(rows.values_list("user__name", flat=True))


# --- opening and climbing ---


def test_more_than_a_batch_calls_other_workers_who_climb_in_the_same_pass(watched):
    for _ in range(3):
        late_task(watched, DUE)
    called = []

    def another_worker(moment):
        called.append(moment)
        assert help_climb(at=moment).climbed == 3

    assert sweep(now=at(NEXT), batch=2, call_help=another_worker).climbed == 0, "all was done beside it"
    assert called == [at(NEXT)]
    assert help_climb(at=at(NEXT)).climbed == 0, "nothing twice in one pass"
    assert Sweep.objects.values_list("climbed", flat=True).get() == 3, "both are added up"
    assert help_climb(at=at(DUE)).climbed == 0, "no pass of that moment, no climbing"


def test_a_small_pass_calls_nobody(watched):
    late_task(watched, DUE)
    assert sweep(now=at(NEXT), call_help=pytest.fail).climbed == 1


def test_on_its_last_day_nothing_is_late_and_on_the_next_it_is(watched):
    late_task(watched, DUE)
    assert swept(DUE, 23, 59).opened == 0
    assert swept(NEXT, 0, 1).opened == 1
    item = the_item()
    assert (item.unit, item.post, item.since) == (watched.units["leading"], watched.posts["lin"], NEXT)
    assert (item.source, item.ground, item.how, item.project.line_id) == (
        "task",
        "overdue",
        "bottom",
        item.line_id,
    )
    assert climbs(item) == [(1, "done")]
    assert told() == ["Lin"]


def test_the_ladder_is_climbed_in_working_days_to_where_a_person_has_the_word(watched):
    late_task(watched, DUE)
    for offset in range(60):
        swept(NEXT + timedelta(offset))
    item = the_item()
    assert days_of(item) == [
        "remind 2023-06-09",
        "slip-blue 2023-06-14",
        "slip-red 2023-06-19",
        "agenda 2023-06-25",  # a Sunday that is worked, after the Dragon Boat holiday
        "interview 2023-06-28",
        "criticism 2023-07-05",
    ]
    assert item.next_on is None
    assert Climb.objects.get(item=item, code="criticism").state == "proposed"
    assert Climb.objects.filter(item=item, state="proposed").count() == 1


def test_nobody_hears_of_a_criticism_before_a_person_has_confirmed_it(watched):
    late_task(watched, DUE)
    for offset in range(60):
        swept(NEXT + timedelta(offset))
    assert Entry.objects.filter(kind="supervision.proposed").count() == 1
    assert not Notice.objects.filter(kind="supervision.climbed", key__endswith=":6").exists()


def test_run_twice_in_one_hour_it_does_nothing_more(watched):
    late_task(watched, DUE)
    assert swept(NEXT).climbed == 1
    again = swept(NEXT)
    assert (again.opened, again.closed, again.climbed) == (0, 0, 0)


def test_a_sweep_that_slept_skips_no_rung_and_gives_each_its_own_wait(watched):
    late_task(watched, DUE)
    swept(date(2023, 7, 3))
    assert days_of(the_item()) == ["remind 2023-07-03"]
    swept(date(2023, 7, 4))
    swept(date(2023, 7, 10))
    assert days_of(the_item()) == ["remind 2023-07-03", "slip-blue 2023-07-10"]


def test_every_rung_is_on_record_and_the_record_holds(watched):
    late_task(watched, DUE)
    for offset in range(8):
        swept(NEXT + timedelta(offset))
    kinds = list(
        Entry.objects.filter(kind__startswith="supervision.")
        .order_by("number")
        .values_list("kind", flat=True)
    )
    assert kinds == ["supervision.opened", "supervision.climbed", "supervision.climbed"]
    entry = Entry.objects.filter(kind="supervision.climbed").latest("number")
    item = the_item()
    assert entry.chain_id == watched.plan.chain_id
    assert entry.run_id == item.run_id
    assert entry.facts["item"] == str(item.public_id)
    assert verify()


def test_who_is_told_is_what_the_ladder_says(watched):
    late_task(watched, DUE)
    for offset in range(12):
        swept(NEXT + timedelta(offset))
    rows = Notice.objects.filter(key__endswith=":3").values_list("user__name", flat=True)
    assert set(rows) == {"Lin", "Bai", "Zhao", "Qian"}  # both lead departments, the contact leaders


# --- closing ---


def test_what_is_done_is_closed_and_late_again_begins_at_the_bottom(watched):
    step = late_task(watched, DUE)
    swept(NEXT)
    Step.objects.filter(pk=step.pk).update(status="DONE")
    assert swept(NEXT + timedelta(1)).closed == 1
    item = the_item()
    assert (item.closed_why, item.next_on) == ("done", None)
    Step.objects.filter(pk=step.pk).update(status="NEW")
    swept(date(2023, 6, 20))
    second = Item.objects.latest("pk")
    assert (second.how, second.rung, second.follows_id) == ("bottom", 1, None)


def test_a_suspended_clock_closes_it_and_late_again_it_goes_on_where_it_was(watched):
    step = late_task(watched, DUE)
    for offset in range(6):
        swept(NEXT + timedelta(offset))
    assert the_item().rung == 2
    run = the_item().run
    by = watched.actor("gao")
    engine.suspend(run.public_id, by=by, now=at(date(2023, 6, 15)), reason="等待上级批复，暂缓办理。")
    swept(date(2023, 6, 15), 10)
    assert the_item().closed_why == "suspended"
    engine.resume(run.public_id, by=by, now=at(date(2023, 6, 16)))
    Step.objects.filter(pk=step.pk).update(due_on=date(2023, 6, 16))
    swept(date(2023, 6, 19))
    second = Item.objects.latest("pk")
    assert (second.how, second.began, second.rung) == ("carried", 2, 2)
    assert second.follows.closed_why == "suspended"
    assert climbs(second) == []
    swept(second.next_on)
    assert climbs(second) == [(3, "done")]


def test_an_extension_closes_it_as_such(watched):
    step = late_task(watched, DUE)
    swept(NEXT)
    Step.objects.filter(pk=step.pk).update(due_on=date(2023, 7, 30))
    swept(date(2023, 6, 12))
    assert the_item().closed_why == "extended"


def test_a_source_that_fails_leaves_its_matters_and_the_others_alone(watched, monkeypatch):
    late_task(watched, DUE)
    swept(NEXT)

    def broken(plan, day, now):
        raise RuntimeError("the other room is shut")

    monkeypatch.setitem(sources._SOURCES, "aaa", sources.Source("aaa", broken))
    assert swept(date(2023, 6, 14)).climbed == 1
    assert the_item().closed is None


# --- who is spared, what holds ---


def test_a_leader_is_reminded_and_no_more(watched):
    milestone = watched.submitted()
    share = watched.share(milestone.run, "lin")
    engine.approve(milestone.run.public_id, share.pk, by=watched.actor("lin"), now=watched.now)
    Step.objects.filter(process=milestone.run, status="NEW").update(due_on=DUE)
    for offset in range(30):
        swept(NEXT + timedelta(offset))
    item = the_item()
    assert item.spared
    assert climbs(item) == [(1, "done")]
    assert item.next_on is None


def test_an_obstacle_reported_in_time_holds_the_ladder_and_stands_beside_the_next_rung(watched):
    step = late_task(watched, DUE)
    obstructed_district(watched)
    obstacle = obstructed.raised(watched, step.process.milestone.project)
    swept(NEXT)
    held = swept(date(2023, 6, 14))
    assert (held.climbed, held.held) == (1, 1)
    item = Item.objects.get(run=step.process)
    assert item.held
    assert item.next_on == date(2023, 6, 15)
    swept(date(2023, 6, 14), 12)
    assert Entry.objects.filter(kind="supervision.held").count() == 1
    assert Climb.objects.filter(
        item__run=obstacle.run, rung=2
    ).exists()  # it speaks for others, not for itself
    type(obstacle).objects.filter(pk=obstacle.pk).update(closed=at(date(2023, 6, 14), 12))
    swept(date(2023, 6, 15))
    climb = Climb.objects.get(item=item, rung=2)
    assert climb.due_on == date(2023, 6, 14)
    assert climb.inputs["was_held"]


def obstructed_district(district):
    """Kinds of obstacles and levels, without the people and leaders who are there already."""
    ObstacleKind.objects.create(plan=district.plan, code="utilities", name="水电", parts=["电"], order=0)


def test_a_late_node_is_a_matter_of_the_unit_that_answers(watched):
    timetable = planned.in_force(watched)
    node = timetable.nodes.order_by("planned").first()
    swept(node.planned + timedelta(1))
    item = Item.objects.get(source="node")
    assert item.project == timetable.project
    assert item.due_on == node.planned
    assert item.unit == watched.units["serving"]
    assert node.name in item.title


# --- the clock ---


def test_a_clock_moved_back_an_hour_changes_nothing(watched):
    late_task(watched, DUE)
    swept(NEXT, 10)
    assert swept(NEXT, 9).climbed == 0
    assert list(Sweep.objects.order_by("pk").values_list("at", flat=True)) == [at(NEXT, 10), at(NEXT, 10)]


def test_a_clock_moved_back_over_midnight_is_waited_for(watched):
    late_task(watched, DUE)
    swept(NEXT, 0, 30)
    back = swept(DUE, 23, 30)
    assert (back.closed, back.opened, back.climbed) == (0, 0, 0)
    assert Item.objects.get().closed is None
    assert swept(NEXT, 0, 40).climbed == 0
    assert Item.objects.count() == 1


# --- what the database refuses ---


def refused(call):
    with pytest.raises(IntegrityError), transaction.atomic():
        call()


def test_the_database_refuses_a_second_climb_a_second_matter_and_a_changed_one(watched):
    late_task(watched, DUE)
    swept(NEXT)
    climb = Climb.objects.get()
    fields = {"item": climb.item, "code": "x", "name": "x", "measure": "remind", "due_on": NEXT, "inputs": {}}
    refused(lambda: Climb.objects.create(rung=1, told=at(NEXT), **fields))
    refused(lambda: Climb.objects.filter(pk=climb.pk).update(name="改"))
    refused(lambda: Climb.objects.filter(pk=climb.pk).update(state="confirmed"))
    item = climb.item
    item.pk, item.public_id, item._state.adding = None, "00000000-0000-4000-8000-000000000000", True
    refused(item.save)
    refused(lambda: Item.objects.update(closed=at(NEXT)))
    refused(lambda: Item.objects.update(ground="weak"))


# --- lights, and the demonstration ---


def light(project, day, colour, scheme):
    StatusLight.objects.create(
        project=project,
        day=day,
        colour=colour,
        rule=colour,
        scheme=scheme,
        calendar_version=1,
        inputs={},
        judged=at(day),
    )


def test_a_red_light_enters_where_the_ladder_says_and_closes_when_it_turns(watched):
    project, scheme = watched.project(), lit.scheme(watched.plan)
    for offset, colour in enumerate(["green", "yellow", "red", "red"]):
        light(project, date(2023, 6, 5) + timedelta(offset), colour, scheme)
    swept(date(2023, 6, 6))
    assert not Item.objects.exists()  # yellow is let in nowhere on this ladder
    swept(date(2023, 6, 8))
    item = the_item()
    assert (item.source, item.how, item.began) == ("light", "entered", 1)
    assert (item.due_on, item.since, item.unit) == (
        date(2023, 6, 6),
        date(2023, 6, 7),
        watched.units["serving"],
    )
    assert climbs(item) == [(2, "done")]
    assert replay(date(2023, 6, 8))
    light(project, date(2023, 6, 9), "green", scheme)
    swept(date(2023, 6, 9))
    assert the_item().closed_why == "done"


def test_while_nobody_real_works_here_only_what_is_invented_is_supervised(watched):
    step = late_task(watched, DUE)
    Project.objects.filter(milestones__run=step.process).update(is_demo=False)
    swept(NEXT)
    assert not Item.objects.exists()
    User.objects.filter(pk=watched.users["lin"].pk).update(is_demo=False)
    swept(NEXT, 10)
    assert Item.objects.count() == 1
