"""When somebody is told outside the house: from which urgency, not in quiet hours, once a day on working days."""

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from notifications import rules
from notifications.rules import Due, Reach, Wishes

HERE = ZoneInfo("Asia/Shanghai")
THURSDAY = date(2023, 6, 1)
NIGHT = Wishes(quiet_from=time(22), quiet_until=time(7))
NEVER_QUIET = Wishes(quiet_from=None, quiet_until=None)
URGENCIES = st.sampled_from(rules.ORDER)
MOMENTS = st.datetimes(datetime(2023, 1, 1), datetime(2024, 12, 31)).map(lambda at: at.replace(tzinfo=HERE))
TIMES = st.times().map(lambda at: at.replace(second=0, microsecond=0))


def at(hour, minute=0, day=THURSDAY):
    return datetime.combine(day, time(hour, minute), HERE)


def is_weekday(day):
    return day.weekday() < 5


def goes(urgency, someone, now=at(10)):  # noqa: B008 - a moment is a value
    found = rules.goings(urgency, someone, now=now, is_working=is_weekday)
    return [(way.channel, way.not_before, way.daily) for way in found]


@pytest.mark.parametrize(
    ("urgency", "channels"), [("low", []), ("normal", ["mail"]), ("high", ["mail", "dingtalk"])]
)
def test_by_default_mail_says_all_but_copies_and_chat_what_is_urgent(urgency, channels):
    someone = Reach(mail=True, bot="dingtalk")
    assert [way[0] for way in goes(urgency, someone)] == channels


def test_who_has_no_address_or_wants_nothing_is_told_nothing_outside():
    assert goes("high", Reach()) == []
    assert goes("high", Reach(mail=True, wishes=Wishes(mail_from="off"))) == []
    assert goes("low", Reach(mail=True, wishes=Wishes(mail_from="low"))) == [("mail", at(10), False)]


@pytest.mark.parametrize(
    ("now", "until"),
    [
        (at(21, 59), at(21, 59)),
        (at(22), at(7, day=date(2023, 6, 2))),
        (at(23, 59), at(7, day=date(2023, 6, 2))),
        (at(0), at(7)),
        (at(6, 59), at(7)),
        (at(7), at(7)),
    ],
)
def test_quiet_hours_over_midnight(now, until):
    assert rules.after_quiet(now, "normal", NIGHT) == until


@pytest.mark.parametrize(
    ("now", "until"), [(at(12), at(14)), (at(13, 59), at(14)), (at(14), at(14)), (at(11), at(11))]
)
def test_quiet_hours_at_noon(now, until):
    assert rules.after_quiet(now, "normal", Wishes(quiet_from=time(12), quiet_until=time(14))) == until


def test_what_is_urgent_passes_only_where_it_may():
    assert rules.after_quiet(at(23), "high", NIGHT) > at(23)
    allowed = Wishes(urgent_passes=True)
    assert rules.after_quiet(at(23), "high", allowed) == at(23)
    assert rules.after_quiet(at(23), "normal", allowed) > at(23)


@given(MOMENTS, TIMES, TIMES, URGENCIES, st.booleans())
def test_quiet_hours_end_within_a_day_and_outside_them(now, begins, ends, urgency, passes):
    wishes = Wishes(quiet_from=begins, quiet_until=ends, urgent_passes=passes)
    until = rules.after_quiet(now, urgency, wishes)
    assert now <= until <= now + timedelta(days=1)
    assert rules.after_quiet(until, urgency, wishes) == until, "whoever waited is not made to wait again"


@pytest.mark.parametrize(
    ("now", "moment"),
    [
        (at(8), at(8, 30)),
        (at(8, 30), at(8, 30, day=date(2023, 6, 2))),
        (at(10, day=date(2023, 6, 2)), at(8, 30, day=date(2023, 6, 5))),
        (at(10, day=date(2023, 6, 3)), at(8, 30, day=date(2023, 6, 5))),
    ],
)
def test_the_message_of_the_day_goes_on_working_days(now, moment):
    assert rules.next_daily(now, time(8, 30), is_weekday) == moment


def test_a_calendar_without_a_working_day_delays_no_message_for_ever():
    moment = rules.next_daily(at(10), time(8, 30), lambda day: False)
    assert moment - at(10) < timedelta(days=rules.LONGEST_HOLIDAY + 2)


def test_once_a_day_everything_waits_but_what_is_urgent():
    someone = Reach(mail=True, wishes=Wishes(mail_daily=True))
    tomorrow = at(8, 30, day=date(2023, 6, 2))
    assert goes("normal", someone) == [("mail", tomorrow, True)]
    assert goes("high", someone) == [("mail", at(10), False)]
    together = Reach(mail=True, wishes=Wishes(mail_daily=True, urgent_apart=False))
    assert goes("high", together) == [("mail", tomorrow, True)]


def test_a_message_of_the_day_inside_quiet_hours_waits_for_their_end():
    someone = Reach(mail=True, wishes=Wishes(mail_daily=True, daily_at=time(6)))
    assert goes("normal", someone) == [("mail", at(7, day=date(2023, 6, 2)), True)]


def test_what_the_database_says_of_somebody_is_read_as_it_was_kept():
    told = {
        "mail": True,
        "bot": None,
        "wishes": {"mail_from": "low", "daily_at": "09:15:00", "quiet_from": None, "quiet_until": None},
    }
    someone = rules.reach(told)
    assert someone.channels == ("mail",)
    assert someone.wishes == Wishes("low", daily_at=time(9, 15), quiet_from=None, quiet_until=None)
    assert rules.reach({"mail": False, "bot": "wecom", "wishes": None}).wishes == Wishes()


# --- what is due ---


def due(pk, urgency="normal", daily=False, was_read=False, letter=None):
    return Due(pk, urgency, daily, was_read, letter)


def sort(*rows, wishes=NEVER_QUIET, now=at(10), channel="mail"):  # noqa: B008
    return rules.sort(rows, channel, wishes, now=now)


def test_a_few_go_singly_and_many_together():
    assert sort(due(1), due(2), due(3)).fresh == [[1], [2], [3]]
    assert sort(due(1), due(2), due(3), due(4)).fresh == [[1, 2, 3, 4]]
    assert sort(due(1, daily=True), due(2)).fresh == [[1, 2]]
    assert sort().fresh == []


def test_what_was_read_meanwhile_is_not_told_again_in_the_message_of_the_day():
    found = sort(due(1, daily=True, was_read=True), due(2, daily=True), due(3, was_read=True))
    assert (found.spare, found.fresh) == ([1], [[2, 3]])


def test_what_is_not_wanted_any_more_is_spared():
    found = sort(due(1), due(2, "high"), wishes=Wishes(mail_from="high", quiet_from=None, quiet_until=None))
    assert (found.spare, found.fresh) == ([1], [[2]])


def test_a_letter_that_was_tried_is_repeated_whole_whatever_is_wished_now():
    off = Wishes(mail_from="off", quiet_from=None, quiet_until=None)
    found = sort(due(1, letter="a"), due(2, letter="a", was_read=True, daily=True), due(3), wishes=off)
    assert (found.again, found.spare) == ({"a": [1, 2]}, [3])


def test_a_letter_is_held_whole_when_one_notice_in_it_may_not_pass():
    found = sort(
        due(1, "high", letter="a"),
        due(2, letter="a"),
        due(3, "high"),
        wishes=Wishes(urgent_passes=True),
        now=at(23),
    )
    assert found.held == {at(7, day=date(2023, 6, 2)): [1, 2]}
    assert (found.again, found.fresh) == ({}, [[3]])


ROWS = st.lists(
    st.builds(
        Due, st.integers(1, 99), URGENCIES, st.booleans(), st.booleans(), st.sampled_from([None, "a", "b"])
    ),
    unique_by=lambda row: row.pk,
)
WISHES = st.builds(
    Wishes,
    mail_from=st.sampled_from([*rules.ORDER, "off"]),
    quiet_from=TIMES,
    quiet_until=TIMES,
    urgent_passes=st.booleans(),
)


@given(ROWS, WISHES, MOMENTS)
def test_each_that_is_due_is_held_spared_or_sent_once(rows, wishes, now):
    found = rules.sort(rows, "mail", wishes, now=now)
    everywhere = [
        *found.spare,
        *(pk for keys in found.held.values() for pk in keys),
        *(pk for keys in found.again.values() for pk in keys),
        *(pk for keys in found.fresh for pk in keys),
    ]
    assert sorted(everywhere) == sorted(row.pk for row in rows)
    assert all(until > now for until in found.held)


# --- attempts ---


def test_the_other_side_may_ask_for_more_time_within_reason():
    now = at(10)
    assert rules.next_attempt(1, now=now, asked=timedelta(minutes=5)) == now + timedelta(minutes=5)
    assert rules.next_attempt(1, now=now, asked=timedelta(days=5)) == now + rules.LONGEST_WAIT
    assert rules.next_attempt(7, now=now, asked=timedelta(minutes=5)) == now + rules.WAITS[-1]


@pytest.mark.parametrize(
    ("wishes", "is_kept"),
    [
        (Wishes(), True),
        (NEVER_QUIET, True),
        (Wishes(quiet_from=None), False),
        (Wishes(quiet_from=time(7), quiet_until=time(7)), False),
    ],
)
def test_quiet_hours_need_both_ends(wishes, is_kept):
    assert bool(rules.are_wishes(wishes)) is is_kept
