"""A timetable is laid, verified and approved; what changes is approved too, and the day first planned stays visible."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import IntegrityError, transaction

from flows.deadlines.published import LAST_YEAR
from flows.deadlines.selectors import calendar
from flows.engine import operations as engine
from flows.engine.selectors_steps import node_asking
from flows.journal.models import Entry
from flows.timetables.drafts import steps_of
from flows.timetables.models import Node, NodeFact, Timetable
from flows.timetables.operations import begin_timetable, report_node, write_nodes
from flows.timetables.rules import Step
from flows.timetables.selectors import compared, nodes_of
from hetang_flow.lib.errors import Invalid, NotAllowed, NotFound, WrongState
from tests.support.planned import REASON, begun, handed_in, in_force, moved, signed

pytestmark = pytest.mark.django_db


def by(district, name="chen", now=None):
    return {"by": district.actor(name, now or district.now), "now": now or district.now}


def write(district, found, steps, name="chen", **more):
    return write_nodes(found.public_id, steps, **more, **by(district, name))


def standing(district, project, until=None, known_at=None):
    until, known_at = until or district.now.date(), known_at or district.now
    found = nodes_of([project.pk], until=until, known_at=known_at, days=calendar())
    return {each.node.code: each for each in found.get(project.pk, [])}


def test_a_first_timetable_is_counted_back_from_the_end_of_construction(district):
    found = begun(district)
    steps = steps_of(found)
    assert [step.code for step in steps] == ["permit", "start", "structure", "completion"]
    assert steps[-1].planned == date(2024, 12, 31)
    assert (found.kind, found.state, found.number) == ("lay", "open", 1)
    assert not Node.objects.exists(), "nothing holds before it is approved"


def test_it_holds_once_the_contact_leaders_have_approved(district):
    found = in_force(district)
    assert found.state == "adopted"
    nodes = list(found.nodes.all())
    assert [node.planned for node in nodes] == [node.first_planned for node in nodes]
    assert Entry.objects.filter(chain=found.project.chain_id, kind="timetable.adopted").exists()


def test_a_returned_one_is_written_again(district):
    found = handed_in(district, begun(district))
    share = district.share(found.run, "lin").pk
    engine.return_to_initiator(
        found.run.public_id, share, reason="请补充用地节点的责任人。", **by(district, "lin")
    )
    steps = [
        *steps_of(found)[:1],
        Step("own-1", "拆迁完成", 20, steps_of(found)[1].planned),
        *steps_of(found)[1:],
    ]
    write(district, found, steps)
    assert signed(district, handed_in(district, found), "lin", "zhao", "qian").nodes.count() == 5


def test_a_colleague_to_whom_the_desk_handed_it_writes_it(district):
    found = begun(district, by="bai")
    chen, share = district.actor("chen"), district.share(found.run, "bai").pk
    assert node_asking(found.run, chen) == ""
    with pytest.raises(NotAllowed):
        write(district, found, steps_of(found)[:2])
    to = {"to_user_id": district.users["chen"].pk}
    engine.hand_out(found.run.public_id, share, **to, **by(district, "bai"))
    assert node_asking(found.run, chen) == "write"
    write(district, found, steps_of(found)[:2])
    assert len(Timetable.objects.get().draft) == 2


def test_who_serves_never_verifies(district):
    found = handed_in(district, begun(district))
    assert {share.post.organisation.code[:7] for share in found.run.assignments.filter(status="open")} == {
        "leading"
    }


def test_counting_back_fills_every_day(district):
    found = begun(district)
    write(
        district, found, [Step(s.code, s.name, s.days) for s in steps_of(found)], ends_on=date(2023, 12, 29)
    )
    found.refresh_from_db()
    assert steps_of(found)[-1].planned == date(2023, 12, 29)
    assert all(step.planned for step in steps_of(found))


def test_what_does_not_fit_is_kept_and_refused_on_handing_in(district):
    found = begun(district)
    write(district, found, moved(steps_of(found), "start", date(2030, 1, 1)))
    found.refresh_from_db()
    with pytest.raises(WrongState) as refused:
        handed_in(district, found)
    assert refused.value.code == "nodes-out-of-order"


def test_a_post_of_somebody_without_a_part_answers_for_nothing(district):
    found = begun(district)
    steps = steps_of(found)
    with pytest.raises(Invalid):
        write(district, found, [Step("permit", "许可", 1, steps[0].planned, district.posts["wang"].pk)])
    write(district, found, [Step("permit", "许可", 1, steps[0].planned, district.posts["bai"].pk)])
    assert Timetable.objects.get().draft[0]["post"] == district.posts["bai"].pk


@pytest.mark.parametrize("who", ["lin", "zhao", "gao", "wang"])
def test_nobody_but_a_service_department_begins_one(district, who):
    with pytest.raises(NotAllowed):
        begun(district, by=who)
    assert not Timetable.objects.exists()


def test_one_at_a_time(district):
    found = begun(district)
    with pytest.raises(WrongState):
        begin_timetable(found.project.public_id, "lay", **by(district))
    found.pk = None
    found.public_id, found.number = "00000000-0000-4000-8000-000000000001", 9
    with pytest.raises(IntegrityError), transaction.atomic():
        found.save(force_insert=True)


def test_only_whoever_writes_it_writes_it(district):
    found = begun(district)
    with pytest.raises(NotAllowed):
        write(district, found, steps_of(found), name="lin")
    handed_in(district, found)
    with pytest.raises(WrongState):
        write(district, found, steps_of(found))


def test_an_extension_in_time_moves_the_day_and_shows_the_first(district):
    first = in_force(district)
    later = begun(district, first.project, "extend", REASON)
    planned = steps_of(later)[-1].planned
    write(district, later, moved(steps_of(later), "completion", planned + timedelta(days=30)))
    later.refresh_from_db()
    assert [row.moved for row in compared(later)] == [False, False, False, True]
    assert standing(district, first.project)["completion"].node.planned == planned, (
        "nothing moves before it is approved"
    )
    signed(district, handed_in(district, later), "lin", "zhao", "qian")
    found = standing(district, first.project)["completion"]
    assert found.was_moved
    assert (found.node.first_planned, found.node.planned) == (planned, planned + timedelta(days=30))
    assert first.nodes.get(code="completion").planned == planned, "the old version is kept"


def test_an_extension_too_late_is_refused_with_the_day(district):
    project = district.project(builds_until=date(2023, 6, 9))
    later = begun(district, in_force(district, project).project, "extend", REASON)
    write(district, later, moved(steps_of(later), "permit", date(2023, 6, 8)))
    later.refresh_from_db()
    with pytest.raises(WrongState) as refused:
        handed_in(district, later)
    assert refused.value.code in ("extension-too-late", "nodes-out-of-order")
    write(district, later, [Step(s.code, s.name, s.days, date(2023, 6, 12), s.post) for s in steps_of(later)])
    later.refresh_from_db()
    with pytest.raises(WrongState) as refused:
        handed_in(district, later)
    assert refused.value.code == "extension-too-late"


def test_a_change_says_why(district):
    first = in_force(district)
    with pytest.raises(Invalid):
        begun(district, first.project, "change", "改")
    assert begun(district, first.project, "change", REASON).base == first


def test_a_withdrawn_one_makes_room_and_changes_nothing(district):
    found = handed_in(district, begun(district))
    engine.withdraw(found.run.public_id, reason="节点日期填写有误，重新编制。", **by(district))
    assert Timetable.objects.get().state == "closed"
    assert begun(district, found.project).number == 2


def test_a_node_is_done_and_how_late_it_was_is_told_in_working_days(district):
    project = district.project(builds_until=date(2023, 6, 30))
    in_force(district, project)
    planned = standing(district, project)["permit"].node.planned
    report_node(project.public_id, "permit", date(2023, 5, 31), seen=0, **by(district))
    found = standing(district, project)["permit"]
    assert (found.state, found.done_on) == ("done", date(2023, 5, 31))
    assert found.days > 0
    assert planned < date(2023, 5, 31)
    before = standing(district, project, known_at=district.now - timedelta(seconds=1))
    assert before == {}, "nothing was known before"


def test_a_report_is_replaced_openly_and_names_who_was_faster(district):
    project = in_force(district).project
    report_node(project.public_id, "permit", date(2023, 5, 31), seen=0, **by(district))
    with pytest.raises(WrongState) as refused:
        report_node(project.public_id, "permit", date(2023, 5, 30), seen=0, **by(district, "bai"))
    assert refused.value.facts["who"] == district.users["chen"].name
    with pytest.raises(Invalid):
        report_node(project.public_id, "permit", None, seen=1, **by(district))
    report_node(project.public_id, "permit", None, words="许可证尚未核发", seen=1, **by(district))
    assert standing(district, project)["permit"].done_on is None
    assert NodeFact.objects.count() == 2


def test_an_unknown_node_and_somebody_elses(district):
    project = in_force(district).project
    with pytest.raises(NotFound):
        report_node(project.public_id, "no-such", date(2023, 5, 31), seen=0, **by(district))
    with pytest.raises(NotAllowed):
        report_node(project.public_id, "permit", date(2023, 5, 31), seen=0, **by(district, "lin"))
    assert not NodeFact.objects.exists()


def test_nodes_cost_one_statement(district, django_assert_num_queries):
    projects = [in_force(district).project for _ in range(2)]
    days = calendar()
    with django_assert_num_queries(1):
        found = nodes_of([p.pk for p in projects], until=date(2023, 6, 1), known_at=district.now, days=days)
    assert len(found) == 2


def test_a_day_beyond_the_published_year_is_provisional_until_the_node_is_done(district):
    last = date(LAST_YEAR + 1, 1, 20)
    project = in_force(district, district.project(builds_until=last)).project
    found = standing(district, project)
    assert found["completion"].provisional
    assert not found["permit"].provisional, "its day lies in a year that is published"
    later = datetime(last.year, 2, 1, 2, tzinfo=UTC)
    chen = district.actor("chen")
    report_node(project.public_id, "completion", last, seen=0, by=chen, now=later)
    rows = nodes_of([project.pk], until=last, known_at=later, days=calendar())[project.pk]
    assert not rows[-1].provisional
