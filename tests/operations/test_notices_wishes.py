"""How people wish to be told holds: when a notice is put, and again when it is about to go."""

from datetime import UTC, datetime, time, timedelta

import pytest
from django.core import mail

from hetang_flow.lib.errors import Invalid
from notifications import carrying, notices, operations, rules
from notifications.models import Delivery, Notice
from permissions.actors import Actor
from permissions.models import User
from tests.support.mail_server import refusing_server  # noqa: F401 - the fixture server

MORNING = datetime(2023, 6, 1, 1, 30, tzinfo=UTC)  # Thursday, half past nine
EVENING = datetime(2023, 6, 1, 14, 30, tzinfo=UTC)  # half past ten in the night
SEVEN = datetime(2023, 6, 1, 23, 0, tzinfo=UTC)
FACTS = {"title": "演示·刀具产业园", "label": "履约核验"}


@pytest.fixture
def qian(db):
    return User.objects.create(username="qian", name="Qian", email="qian@example.test")


def wishes(user, now=MORNING, **changed):
    operations.save_wishes(rules.Wishes(**changed), by=Actor(user_id=user.pk, name=user.name), now=now)


def told(*people, key="a", now=MORNING, kind="step.todo"):
    notices.put(kind, key=key, to=[p.pk for p in people], facts=FACTS, url="/sheet/1/", now=now)
    return list(Delivery.objects.order_by("pk").values_list("pk", flat=True))


def test_by_default_a_copy_stays_in_the_house(qian, server):
    told(qian, kind="run.copied")
    assert not Delivery.objects.exists()
    wishes(qian, mail_from="low")
    told(qian, kind="run.copied", key="b")
    assert Delivery.objects.count() == 1


def test_at_night_letters_are_held_and_sent_when_it_ends(qian, server):
    wanted = told(qian, now=EVENING)
    assert carrying.carry(wanted, now=EVENING) == SEVEN
    assert not mail.outbox
    assert carrying.carry(wanted, now=SEVEN) is None
    assert (len(mail.outbox), Delivery.objects.get().attempts) == (1, 1)


def test_a_letter_that_is_late_into_the_night_waits_as_well(qian, server):
    wanted = told(qian)
    assert carrying.carry(wanted, now=EVENING) == SEVEN
    assert (server.tried, Delivery.objects.get().attempts) == (0, 0)


def test_what_is_urgent_passes_where_it_may(qian, server):
    wishes(qian, urgent_passes=True)
    carrying.carry(told(qian, now=EVENING), now=EVENING)
    assert len(mail.outbox) == 1


def test_a_night_of_many_is_one_letter_in_the_morning(qian, server):
    for number in range(5):
        wanted = told(qian, key=f"k{number}", now=EVENING)
    carrying.carry(wanted, now=SEVEN)
    (letter,) = mail.outbox
    assert letter.subject == "您有 5 条通知"
    assert letter.body.count("演示·刀具产业园") == 5


def test_the_message_of_the_day_gathers_what_was_not_read_and_follows_the_working_calendar(qian, server):
    wishes(qian, mail_daily=True, urgent_apart=False)
    friday = datetime(2023, 6, 21, 2, 0, tzinfo=UTC)  # the 22nd to the 24th is the Dragon Boat holiday
    for key in "abc":
        wanted = told(qian, key=key, now=friday)
    # Sunday the 25th is worked in the place of Friday the 23rd.
    sunday = datetime(2023, 6, 25, 0, 30, tzinfo=UTC)
    assert set(Delivery.objects.values_list("not_before", flat=True)) == {sunday}
    Notice.objects.filter(key="b").update(read_at=friday)
    assert carrying.carry(wanted, now=friday + timedelta(days=2)) == sunday
    assert carrying.carry(wanted, now=sunday) is None
    (letter,) = mail.outbox
    assert letter.subject == "您有 2 条通知"
    assert sorted(Delivery.objects.values_list("state", flat=True)) == ["sent", "sent", "spare"]


def test_whoever_changes_their_mind_gets_nothing_that_has_not_gone_out_yet(qian, server):
    wanted = told(qian, now=EVENING)
    wishes(qian, mail_from="off", now=EVENING)
    assert carrying.carry(wanted, now=SEVEN) is None
    assert (Delivery.objects.get().state, server.tried) == ("spare", 0)


def test_a_person_told_once_a_day_costs_one_statement_more_for_the_calendar(qian, django_assert_num_queries):
    def tell(key):
        notices.put("run.completed", key=key, to=[qian.pk], facts=FACTS, now=MORNING)

    tell("a")
    with django_assert_num_queries(3):
        tell("b")
    wishes(qian, mail_daily=True)
    tell("c")
    with django_assert_num_queries(4):
        tell("d")


def test_wishes_that_cannot_be_are_refused(qian):
    with pytest.raises(Invalid, match="quiet-hours"):
        wishes(qian, quiet_from=time(7), quiet_until=time(7))
    wishes(qian, quiet_from=None, quiet_until=None)
    wishes(qian, quiet_from=time(12), quiet_until=time(14))
    assert qian.notice_preference.wishes == rules.Wishes(quiet_from=time(12), quiet_until=time(14))


def test_a_letter_that_breaks_its_channel_holds_up_nobody_and_is_set_aside_in_the_end(qian, server, caplog):
    ma = User.objects.create(username="ma", name="Ma", email="ma@example.test")
    wanted, now = told(qian, ma), MORNING
    server.refusals.extend([KeyError("bug")])
    again = carrying.carry(wanted, now=now)
    assert again == now + rules.WAITS[0]
    assert [letter.to for letter in mail.outbox] == [["ma@example.test"]]
    assert "broke its channel" in caplog.text
    server.refusals.extend([KeyError("bug")] * 20)
    while again is not None:
        again = carrying.carry(wanted, now=again)
    assert sorted(Delivery.objects.values_list("state", "last_error")) == [
        ("parked", "KeyError"),
        ("sent", ""),
    ]
