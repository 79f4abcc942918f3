"""What is due of whom, from every room; and the private address: made once, replaced, revoked, always on record."""

from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import ProgrammingError, connection, transaction
from django.urls import reverse

from flows.agenda import operations, rules, selectors
from flows.agenda.models import FeedAddress
from flows.engine import operations as engine
from flows.engine.models import Run, Step
from flows.journal.models import Entry
from flows.obligations import operations as obligations
from hetang_flow.lib.errors import NotAllowed, NotFound, WrongState
from hetang_flow.management.commands.restore import SILENCE
from tests.support import inspected, supervised
from tests.support.owing import owe
from tests.support.scene import WHY, stands_in


def due_of(district, name, most=rules.MOST_SHOWN):
    return selectors.deadlines(district.actor(name), district.now, most)[0]


def page_of(district, name, kind=""):
    return selectors.page(district.actor(name), district.now, kind)


# --- what is due ---


def test_a_task_is_due_of_whom_it_was_asked_with_its_project(district):
    run = district.submitted().run
    (each,) = due_of(district, "lin")
    share = district.share(run, "lin")
    assert (each.kind, each.title, each.due) == ("task", run.title, share.step.due_on)
    assert each.url == f"{reverse('sheet', args=[run.public_id])}?as={share.pk}"
    assert each.about == district.line.name, "the title names the project already"
    assert all(due_of(district, name) == [] for name in ("chen", "wang", "sun", "ma"))


def test_the_working_days_left_and_late_are_those_of_the_calendar(district):
    share = district.share(district.submitted().run, "lin")
    # The cast's day is Thursday 1 June 2023; the Dragon Boat Festival is off from the 22nd, worked on Sunday the 25th.
    for due, group, left, late in (
        (date(2023, 6, 26), "later", 16, 0),
        (date(2023, 6, 4), "week", 1, 0),
        (date(2023, 6, 1), "today", 0, 0),
        (date(2023, 5, 31), "overdue", 0, 1),
        (date(2023, 5, 26), "overdue", 0, 4),
    ):
        Step.objects.filter(pk=share.step_id).update(due_on=due)
        (found,) = page_of(district, "lin").groups
        (row,) = found.rows
        assert (found.code, row.left, row.late) == (group, left, late), due


def test_the_earliest_comes_first_and_what_has_no_day_last(district):
    days = [None, date(2023, 6, 9), date(2023, 6, 5)]
    for due in days:
        share = district.share(district.submitted().run, "lin")
        Step.objects.filter(pk=share.step_id).update(due_on=due)
    assert [each.due for each in due_of(district, "lin")] == [days[2], days[1], None]
    found, more = selectors.deadlines(district.actor("lin"), district.now, 2)
    assert (len(found), more) == (2, True)


def test_a_suspended_matter_has_no_day_that_counts(district):
    run = district.submitted().run
    engine.suspend(run.public_id, reason=WHY, by=district.actor("gao"), now=district.now)
    (each,) = due_of(district, "lin")
    assert (each.due, each.suspended) == (None, True)


def test_who_stands_in_has_the_deadlines_of_the_post_and_is_told_for_whom(district):
    district.submitted()
    stands_in(district, "luo", "lin")
    (each,) = due_of(district, "luo")
    assert each.for_post == district.posts["lin"].name
    (own,) = due_of(district, "lin")
    assert own.for_post == ""


def report(district):
    owe(district)
    obligations.open_due(now=datetime(2023, 2, 1, 1, tzinfo=UTC), since=date(2023, 1, 1))
    return Run.objects.get(occurrence__post=district.posts["lin"])


def test_a_report_is_due_of_the_post_that_owes_it_once(district):
    run = report(district)
    (each,) = due_of(district, "lin")
    assert (each.kind, each.due) == ("report", run.occurrence.due_on)
    assert page_of(district, "lin", "task").groups == []
    assert dict(page_of(district, "lin", "task").counts)["report"] == 1


def test_a_report_handed_out_is_due_of_the_colleague_and_still_of_the_post(district):
    run = report(district)
    share = district.share(run, "lin")
    luo = district.users["luo"].pk
    engine.hand_out(run.public_id, share.pk, to_user_id=luo, by=district.actor("lin"), now=district.now)
    (of_desk,), (of_colleague,) = due_of(district, "lin"), due_of(district, "luo")
    assert of_desk.handed_out
    assert not of_colleague.handed_out
    assert of_desk.due == of_colleague.due


def test_a_late_task_says_on_which_rung_it_stands_and_when_the_next_comes(district):
    supervised.prepare(district)
    climb = supervised.climbed_to(district, "remind")
    (each,) = due_of(district, "lin")
    assert (each.rung, each.next_on) == ("到期提醒", climb.item.next_on)


def test_a_slip_is_signed_for_first_and_answered_by_its_own_day(district):
    supervised.prepare(district)
    slip = supervised.slip_of(district)
    found = {each.run: each for each in due_of(district, "lin")}
    each = found[slip.run_id]
    assert (each.kind, each.answer_by) == ("supervision", slip.due_on)
    assert each.due < slip.due_on


def test_a_matter_without_a_task_of_ones_own_is_due_too(district):
    supervised.prepare(district)
    item = supervised.entered(
        district, rung="slip-red", ground="perfunctory", post=district.posts["wang"].code
    )
    named = [
        each for each in due_of(district, "wen") + due_of(district, "wang") if each.key == f"matter:{item.pk}"
    ]
    assert named
    assert {each.kind for each in named} == {"supervision"}
    assert all(each.url.endswith(f"/supervision/{item.public_id}/") for each in named)
    assert all(each.key != f"matter:{item.pk}" for each in due_of(district, "chen"))


def test_materials_are_due_of_the_unit_and_the_visits_of_who_inspects(district):
    inspected.prepare(district)
    visit = inspected.opened(district)
    (materials,) = due_of(district, "bai")
    assert (materials.kind, materials.due, materials.run) == ("inspection", inspected.DUE, visit.run_id)
    (visits,) = due_of(district, "hao")
    assert (visits.due, visits.outstanding, visits.title) == (inspected.LAST, 1, visit.round.name)
    inspected.handed(district, visit)
    (now_a_task,) = due_of(district, "hao")
    assert now_a_task.run == visit.run_id
    assert due_of(district, "bai") == []


def test_what_is_confidential_says_so(district, monkeypatch):
    run = district.submitted().run
    monkeypatch.setattr(run.flow_class, "confidential", True)
    assert [each.confidential for each in due_of(district, "lin")] == [True]


def test_among_many_it_costs_what_it_costs_among_one(district, django_assert_num_queries):
    actor = district.actor("lin")
    selectors.page(actor, district.now)
    for number in (1, 12):
        for _each in range(number):
            district.submitted()
        with django_assert_num_queries(5):
            selectors.page(actor, district.now)


# --- the private address ---


def make(district, name="lin", replaces=""):
    return operations.make_address(replaces=replaces, by=district.actor(name), now=district.now)


def test_an_address_is_256_random_bits_of_which_only_the_hash_is_kept(district):
    made, other = make(district), make(district, "chen")
    assert len(made.secret) >= 43  # 32 bytes in base 64
    assert made.secret != other.secret
    assert FeedAddress.objects.get(user=district.users["lin"]).digest == rules.digest(made.secret)


def test_a_second_one_is_made_only_in_the_place_of_the_first(district):
    first = make(district)
    with pytest.raises(WrongState, match="address-made-meanwhile"):
        make(district)
    second = make(district, replaces=str(first.address.public_id))
    with pytest.raises(WrongState, match="address-made-meanwhile"):
        make(district, replaces=str(first.address.public_id))
    living = FeedAddress.objects.filter(user=district.users["lin"], ended=None)
    assert list(living) == [second.address]


def test_what_is_revoked_is_gone(district):
    made = make(district)
    by, which = district.actor("lin"), str(made.address.public_id)
    with pytest.raises(WrongState, match="address-made-meanwhile"):
        operations.revoke_address("another", by=by, now=district.now)
    operations.revoke_address(which, by=by, now=district.now)
    with pytest.raises(NotFound):
        operations.revoke_address(which, by=by, now=district.now)
    with pytest.raises(WrongState, match="address-gone"):
        make(district, replaces=which)
    assert make(district).address.public_id != made.address.public_id


def test_nobody_revokes_anothers(district):
    made = make(district)
    with pytest.raises(NotFound):
        operations.revoke_address(str(made.address.public_id), by=district.actor("chen"), now=district.now)
    assert FeedAddress.objects.get().ended is None


def test_who_has_no_business_has_no_address_and_leaves_nothing(crowd):
    for name in ("xi", "an", "shen", "wu"):
        with pytest.raises(NotAllowed, match="address-needs-post"):
            make(crowd, name)
    assert not FeedAddress.objects.exists()
    assert not Entry.objects.filter(kind__startswith="agenda.").exists()


def test_each_act_is_on_record_with_who_and_which_and_never_the_secret(district):
    first = make(district)
    second = make(district, replaces=str(first.address.public_id))
    operations.revoke_address(
        str(second.address.public_id), by=district.actor("lin"), now=district.now + timedelta(minutes=1)
    )
    rows = Entry.objects.filter(kind__startswith="agenda.").order_by("number")
    assert [row.kind.partition(".")[2] for row in rows] == [
        "address_made",
        "address_replaced",
        "address_revoked",
    ]
    assert {row.actor_id for row in rows} == {district.users["lin"].pk}
    assert {row.chain.kind for row in rows} == {"system"}
    assert rows[1].facts == {
        "address": str(second.address.public_id),
        "replaces": str(first.address.public_id),
    }
    for secret in (first.secret, second.secret):
        assert all(secret not in f"{row.facts}{row.commitments}" for row in rows)
        assert all(rules.digest(secret) not in f"{row.facts}{row.commitments}" for row in rows)


@pytest.mark.parametrize(
    "statement", ["UPDATE agenda_feedaddress SET ended = NULL", "DELETE FROM agenda_feedaddress"]
)
def test_the_database_lets_nothing_that_ended_live_again(district, statement):
    made = make(district)
    operations.revoke_address(str(made.address.public_id), by=district.actor("lin"), now=district.now)
    with pytest.raises(ProgrammingError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)


def test_a_restored_backup_brings_no_address_back(district):
    make(district)
    with connection.cursor() as cursor:
        cursor.execute(dict(SILENCE)["agenda_feedaddress"])
    assert FeedAddress.objects.get().ended is not None
