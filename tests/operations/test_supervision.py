"""Slips and weighings: signed for, answered, re-checked, struck off; a hard measure only by a named person, with reasons."""

from datetime import date, timedelta

import pytest

from flows.engine import operations as engine
from flows.engine.models import Assignment, Run
from flows.journal.models import Entry
from flows.supervision import opening, operations, registry, selectors
from flows.supervision.assessing import criticisms
from flows.supervision.models import Climb, Item, Measure, Slip
from hetang_flow.lib.errors import Invalid, NotAllowed, NotFound, WrongState
from notifications.models import Notice
from tests.support import supervised
from tests.support.supervised import (
    WHY,
    act,
    at,
    climbed_to,
    climbs,
    entered,
    measure_of,
    slip_of,
    swept,
    weighed,
)

ANSWER = "已召开专题会，明确六月底前完成。"


@pytest.fixture
def watched(district):
    return supervised.prepare(district)


def todo(run):
    """Whose turn it is in a run."""
    open_ones = Assignment.objects.filter(run=run, status="open").order_by("post__order")
    return [name.split()[-1] for name in open_ones.values_list("post__name", flat=True)]


def told(kind):
    return set(Notice.objects.filter(kind=kind).values_list("user__name", flat=True))


# --- slips ---


def test_a_slip_is_numbered_coloured_and_due_and_lies_with_the_units_desk(watched):
    slip = slip_of(watched)
    assert (slip.code, slip.number, slip.colour) == ("演督〔2023〕1号", 1, "blue")
    assert slip.due_on == date(2023, 6, 19)  # three working days from Wednesday the 14th
    assert slip.unit == watched.units["leading"]
    assert todo(slip.run) == ["lin"]
    assert slip.run.chain_id == slip.climb.item.project.chain_id


def test_opened_again_there_is_still_one_slip(watched):
    slip = slip_of(watched)
    assert opening.open_runs(now=watched.now) == 0
    assert not opening.open_one(slip.climb_id, now=watched.now)
    assert Slip.objects.count() == 1


def test_signed_for_answered_rechecked_struck_off(watched):
    slip = slip_of(watched)
    act(watched, engine.complete, slip.run, "lin")
    operations.answer_slip(slip.public_id, answer=ANSWER, by=watched.actor("lin"), now=watched.now)
    assert todo(slip.run) == ["gao", "han"]
    act(watched, engine.approve, slip.run, "gao")
    slip.refresh_from_db()
    assert slip.signed_for
    assert (slip.struck_off, slip.closed) == (watched.now, watched.now)
    assert Run.objects.get(pk=slip.run_id).outcome == "completed"
    kinds = set(Entry.objects.filter(run_id=slip.run_id).values_list("kind", flat=True))
    assert {"slip.signed_for", "slip.struck_off"} <= kinds
    assert told("slip.struck_off") == {"Lin", "Gao"}
    assert slip.climb.item.closed is None  # the facts opened it, only the facts close it


def test_a_refused_answer_comes_back_and_is_due_on_the_slips_own_day(watched):
    slip = slip_of(watched)
    act(watched, engine.complete, slip.run, "lin")
    operations.answer_slip(slip.public_id, answer=ANSWER, by=watched.actor("lin"), now=watched.now)
    act(watched, engine.reject, slip.run, "gao", reason="现场核查未见整改，退回重办。")
    assert todo(slip.run) == ["lin"]
    step = Assignment.objects.get(run=slip.run, status="open").step
    assert step.due_on == slip.due_on


def test_without_an_answer_by_others_or_out_of_turn_it_does_not_go_on(watched):
    slip = slip_of(watched)
    by = watched.actor
    with pytest.raises(WrongState, match="supervision-not-there"):
        operations.answer_slip(slip.public_id, answer=ANSWER, by=by("lin"), now=watched.now)
    act(watched, engine.complete, slip.run, "lin")
    with pytest.raises(Invalid, match="reason-too-short"):
        operations.answer_slip(slip.public_id, answer="好", by=by("lin"), now=watched.now)
    with pytest.raises(NotAllowed):
        operations.answer_slip(slip.public_id, answer=ANSWER, by=by("bai"), now=watched.now)
    with pytest.raises(WrongState, match="answer-missing"):
        act(watched, engine.complete, slip.run, "lin")
    with pytest.raises(NotFound):
        operations.answer_slip(watched.project().public_id, answer=ANSWER, by=by("lin"), now=watched.now)


def test_the_unit_itself_never_rechecks_even_where_its_people_sit_in_the_office(watched):
    supervised.scene_appoint(watched, "gao", "luo")  # Gao also holds a post of the supervised unit
    slip = slip_of(watched)
    act(watched, engine.complete, slip.run, "lin")
    operations.answer_slip(slip.public_id, answer=ANSWER, by=watched.actor("lin"), now=watched.now)
    with pytest.raises(NotAllowed, match="recused"):
        act(watched, engine.approve, slip.run, "gao")
    act(watched, engine.approve, slip.run, "han")


def test_the_next_slip_takes_the_place_of_the_one_before(watched):
    first = slip_of(watched)
    for offset in range(1, 20):
        swept(date(2023, 6, 14) + timedelta(offset))
        if Climb.objects.filter(code="slip-red").exists():
            break
    watched.now = at(date(2023, 6, 19), 11)
    opening.open_runs(now=watched.now)
    second = Slip.objects.exclude(pk=first.pk).get()
    first.refresh_from_db()
    assert (second.number, second.colour) == (2, "red")
    assert first.closed is not None
    assert first.struck_off is None
    assert Run.objects.get(pk=first.run_id).outcome == "closed"


def test_a_slip_whose_ground_is_lost_is_closed_and_its_number_stays_taken(watched):
    slip = slip_of(watched)
    Item.objects.filter(pk=slip.climb.item_id).update(closed=watched.now, closed_why="ended", next_on=None)
    opening.open_runs(now=watched.now)
    slip.refresh_from_db()
    assert slip.closed is not None
    assert Run.objects.get(pk=slip.run_id).outcome == "closed"


def test_a_slip_is_no_late_task_of_its_own(watched):
    slip = slip_of(watched)
    for offset in range(30):
        swept(date(2023, 6, 15) + timedelta(offset))
    assert not Item.objects.filter(run=slip.run).exists()


# --- grounds entered by hand ---


def test_the_headquarters_office_enters_a_ground_with_reasons_and_it_is_only_proposed(watched):
    item = entered(watched)
    assert (item.ground, item.source, item.rung, item.reason) == ("weak", "manual", 6, WHY)
    assert climbs(item) == [(6, "proposed")]
    assert item.next_on is None
    entry = Entry.objects.get(kind="supervision.entered")
    assert "opinion" in entry.commitments
    assert WHY not in str(entry.facts)
    assert told("supervision.climbed") == set()


def test_at_the_bottom_it_is_told_at_once_and_climbs_by_time(watched):
    item = entered(watched, rung="remind")
    assert climbs(item) == [(1, "done")]
    assert item.next_on == date(2023, 6, 6)
    swept(date(2023, 6, 6))
    assert climbs(item) == [(1, "done"), (2, "done")]


def test_a_person_is_named_by_a_person_and_only_in_a_post_they_hold(watched):
    who = watched.users["wang"].pk
    post = watched.posts["wang"].code
    item = entered(watched, post=post, person=who)
    assert (item.person_id, item.post) == (who, watched.posts["wang"])
    for said, code in [
        ({"person": who}, "person-without-post"),
        ({"person": watched.users["wen"].pk, "post": post}, "person-not-in-post"),
        ({"post": watched.posts["lin"].code}, "post-not-of-unit"),
    ]:
        with pytest.raises(Invalid, match=code):
            entered(watched, **said)


@pytest.mark.parametrize("name", ["gao", "lin", "zhao", "wang", "chen"])
def test_nobody_but_the_headquarters_office_enters_a_ground(watched, name):
    with pytest.raises(NotAllowed, match="not-headquarters"):
        entered(watched, by=name)
    assert not Item.objects.exists()


@pytest.mark.parametrize(
    ("said", "error", "code"),
    [
        ({"ground": "overdue"}, Invalid, "ground-by-facts"),
        ({"reason": "差"}, Invalid, "reason-too-short"),
        ({"title": "  "}, Invalid, "title-missing"),
        ({"title": "长" * 221}, Invalid, "text-too-long"),
        ({"unit": "nowhere"}, Invalid, "no-such-subject"),
        ({"rung": "slip-red"}, Invalid, "rung-not-entered"),  # open to the perfunctory alone
        ({"rung": "hanging"}, Invalid, "rung-not-entered"),
        ({"line": "nowhere"}, Invalid, "no-such-line"),
        ({"unit": "hq-office"}, NotAllowed, "own-unit"),
        ({"project": None}, NotAllowed, "demonstration-only"),
        ({"unit": "leadership-a"}, Invalid, "subject-spared"),
    ],
)
def test_what_cannot_be_entered_is_said(watched, said, error, code):
    with pytest.raises(error, match=code):
        entered(watched, **said)
    assert not Item.objects.exists()


def test_without_a_ladder_nothing_is_entered(watched):
    watched.plan.ladders.update(state="replaced")
    with pytest.raises(WrongState, match="no-ladder"):
        entered(watched)


def test_what_a_person_entered_a_person_settles(watched):
    item = entered(watched, rung="remind")
    words = {"withdrawn": False, "reason": WHY, "now": watched.now}
    with pytest.raises(NotAllowed, match="not-headquarters"):
        operations.settle_item(item.public_id, by=watched.actor("gao"), **words)
    closed = operations.settle_item(item.public_id, by=watched.actor("fei"), **words)
    assert (closed.closed_why, closed.next_on) == ("settled", None)
    with pytest.raises(WrongState, match="supervision-over"):
        operations.settle_item(item.public_id, by=watched.actor("fei"), **words)


def test_what_facts_opened_no_person_closes(watched):
    item = climbed_to(watched, "remind").item
    with pytest.raises(WrongState, match="closed-by-facts"):
        operations.settle_item(
            item.public_id, withdrawn=True, reason=WHY, by=watched.actor("ma"), now=watched.now
        )


def test_a_slip_struck_off_settles_what_was_entered_by_hand(watched):
    item = entered(watched, ground="perfunctory", rung="slip-red")
    slip = slip_of(watched, Climb.objects.get(item=item))
    act(watched, engine.complete, slip.run, "wen")
    operations.answer_slip(slip.public_id, answer=ANSWER, by=watched.actor("wen"), now=watched.now)
    act(watched, engine.approve, slip.run, "han")
    item.refresh_from_db()
    assert item.closed_why == "settled"


# --- weighing ---


def test_whom_the_ladder_names_is_asked_and_nobody_else(watched):
    measure = measure_of(watched)
    assert todo(measure.run) == ["ying"]
    for name in ("ma", "gao", "tao"):
        with pytest.raises(NotAllowed):
            weighed(watched, measure, name)
    measure.refresh_from_db()
    assert measure.verdict == ""


def test_confirmed_it_is_told_registered_and_the_days_run_on(watched):
    seen = []
    registry.on_confirmed("criticism", lambda measure, move: seen.append(measure.pk))
    measure = weighed(watched, measure_of(watched))
    item = measure.climb.item
    climb = Climb.objects.get(item=item)
    assert (climb.state, climb.decided_by, climb.reason) == ("confirmed", watched.users["ying"], WHY)
    assert told("supervision.climbed") >= {"Wen", "Ma", "Fei"}
    assert seen == [measure.pk]
    registry._CONFIRMED.clear()
    unit = watched.units["stranger"].pk
    found = criticisms(watched.plan.pk, [unit], date(2023, 6, 1))
    assert len(found[unit].findings) == 1
    assert criticisms(watched.plan.pk, [unit], date(2023, 5, 31)) == {}
    assert Run.objects.get(pk=measure.run_id).outcome == "completed"
    item.refresh_from_db()
    assert item.next_on is None  # the rung above is reached by a grave case alone


def test_a_grave_case_is_laid_before_another_person_and_the_referral_is_kept(watched):
    measure = weighed(watched, measure_of(watched), gravity="grave")
    item = measure.climb.item
    item.refresh_from_db()
    assert (item.at_once, item.next_on) == (True, date(2023, 6, 1))
    watched.now += timedelta(hours=1)
    swept(date(2023, 6, 1), 11)
    item.refresh_from_db()
    assert climbs(item) == [(6, "confirmed"), (7, "proposed")]
    assert not selectors.confirmed_referrals().exists()
    second = measure_of(watched, item)
    assert todo(second.run) == ["tao"]
    weighed(watched, second, "tao", gravity="grave")
    assert [each.pk for each in selectors.confirmed_referrals()] == [second.pk]
    assert not Notice.objects.filter(
        kind="supervision.climbed", user=watched.users["wen"], key__endswith=":7"
    )


def test_declined_nothing_happens_to_anybody_and_it_waits_for_a_person(watched):
    measure = weighed(watched, measure_of(watched), confirm=False)
    item = measure.climb.item
    item.refresh_from_db()
    assert climbs(item) == [(6, "declined")]
    assert (item.next_on, item.closed) == (None, None)
    assert told("supervision.climbed") == set()
    assert Run.objects.get(pk=measure.run_id).outcome == "refused"
    for offset in range(40):
        swept(date(2023, 6, 2) + timedelta(offset))
    assert climbs(item) == [(6, "declined")]


def test_without_gravity_reason_or_twice_it_is_not_weighed(watched):
    measure = measure_of(watched)
    with pytest.raises(Invalid, match="reason-too-short"):
        weighed(watched, measure, reason="是")
    with pytest.raises(Invalid, match="gravity-missing"):
        weighed(watched, measure, gravity="")
    with pytest.raises(WrongState, match="not-weighed"):
        act(watched, engine.complete, measure.run, "ying")
    weighed(watched, measure)
    with pytest.raises(WrongState, match="supervision-not-there"):
        weighed(watched, measure)
    with pytest.raises(NotFound):
        operations.weigh_measure(
            watched.project().public_id, gravity="grave", confirm=True, reason=WHY,
            by=watched.actor("ying"), now=watched.now,
        )  # fmt: skip


def test_who_belongs_to_the_unit_stands_aside(watched):
    supervised.scene_appoint(watched, "ying", "wang")
    measure = measure_of(watched)
    with pytest.raises(NotAllowed):
        weighed(watched, measure)
    step = Assignment.objects.filter(run=measure.run).latest("pk").step
    assert "ying" in step.waits_for  # no alternate in this district: it waits, it is never passed over


def test_a_proposal_whose_ground_is_lost_is_not_weighed_any_more(watched):
    climb = climbed_to(watched, "criticism")
    measure = measure_of(watched, climb.item)
    Item.objects.filter(pk=climb.item_id).update(closed=watched.now, closed_why="suspended")
    opening.open_runs(now=watched.now)
    assert Run.objects.get(pk=measure.run_id).outcome == "closed"
    assert Measure.objects.get(pk=measure.pk).closed is not None
    climb.refresh_from_db()
    assert climb.state == "proposed"


# --- reading ---


def test_the_board_says_what_is_late_why_since_when_and_what_comes_next(watched):
    climbed_to(watched, "slip-blue")
    board = selectors.board(watched.actor("ma"), watched.now)
    row = next(row for row in board.rows if row.item.source == "task" and row.rung == "蓝色督办单")
    assert row.days_late == 4
    assert row.item.since == date(2023, 6, 9)
    assert (row.next_rung, row.next_on) == ("红色督办单", date(2023, 6, 19))
    assert "红色督办单" in row.ahead
    assert "演示督办阶梯" in row.why
    assert board.swept is not None


def test_the_board_costs_the_same_for_many(watched, django_assert_max_num_queries):
    for _ in range(5):
        supervised.late_task(watched, date(2023, 6, 8))
    swept(date(2023, 6, 9))
    with django_assert_max_num_queries(12):
        assert len(selectors.board(watched.actor("ma"), watched.now).rows) >= 5


def test_a_proposal_is_seen_by_the_offices_alone(watched):
    item = entered(watched)
    for name in ("ma", "gao"):
        page = selectors.item_for(item.public_id, watched.actor(name), watched.now)
        assert len(page.climbs) == 1, name
    with pytest.raises(NotFound):
        selectors.item_for(item.public_id, watched.actor("wen"), watched.now)
    with pytest.raises(NotFound):
        selectors.item_for(watched.project().public_id, watched.actor("ma"), watched.now)


def test_what_stands_on_the_agenda_is_listed(watched):
    climbed_to(watched, "agenda")
    assert selectors.agenda(watched.plan.code, "construction").count() >= 1
    assert selectors.agenda(watched.plan.code, "funding").count() == 0
    assert selectors.entries_of(watched.plan.code, "weak") == [
        ("remind", "到期提醒"),
        ("criticism", "通报批评"),
    ]
