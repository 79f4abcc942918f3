"""Wrong passwords, old passwords and long sessions, by rule."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from permissions import rules_log_in as rules
from permissions.rules_log_in import LIMITS, Count

NOW = datetime(2023, 6, 1, 1, 30, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


@pytest.mark.parametrize("kind", LIMITS)
def test_a4_13_the_limit_locks_exactly_and_for_its_time(kind):
    limit, count = LIMITS[kind], Count(0, NOW)
    for number in range(1, limit.most + 1):
        assert not rules.is_locked(kind, count, NOW)
        count = rules.after_failure(kind, count, NOW)
        assert rules.just_locked(kind, count) is (number == limit.most)
    assert rules.is_locked(kind, count, NOW + limit.within - MINUTE)
    assert not rules.is_locked(kind, count, NOW + limit.within)
    assert rules.after_failure(kind, count, NOW + limit.within) == Count(1, NOW + limit.within)


@given(st.lists(st.integers(0, 40), max_size=60))
def test_a4_13_no_pace_of_guessing_gets_more_than_the_limit_in_its_time(gaps):
    count, now, tried = Count(0, NOW), NOW, []
    for gap in gaps:
        now += gap * MINUTE
        if not rules.is_locked("pair", count, now):
            tried.append(now)
            count = rules.after_failure("pair", count, now)
    most, within = LIMITS["pair"].most, LIMITS["pair"].within
    for start in tried:
        burst = [moment for moment in tried if start <= moment < start + within]
        assert len(burst) < 2 * most


@pytest.mark.parametrize(
    ("password", "kinds"),
    [("abcdefghij", 1), ("abcdefghi1", 2), ("Abcdefghi1", 3), ("Abcd efg-1", 4), ("荷塘月色12", 2)],
)
def test_a4_12_kinds_of_signs_are_counted(password, kinds):
    assert rules.classes_of(password) == kinds


def test_a4_12_a_word_is_found_in_any_case_and_width():
    assert rules.words_within("ＨeTang#2023", ("hetang", "攻坚")) == ("hetang",)
    assert rules.words_within("li#20230601", ("li",)) == (), "two letters stand in every word"


def test_a4_12_a_password_grows_old_to_the_day():
    set_at = NOW - timedelta(days=90)
    assert rules.is_expired(set_at, NOW, days=90)
    assert not rules.is_expired(set_at + timedelta(seconds=1), NOW, days=90)
    assert not rules.is_expired(set_at, NOW, days=0)
    assert not rules.is_expired(None, NOW, days=90)


def test_a4_16_a_session_ends_idle_or_long():
    assert rules.session_is_over(NOW, NOW, NOW + timedelta(minutes=30)) == ""
    assert rules.session_is_over(NOW, NOW, NOW + timedelta(minutes=31)) == "session-idle"
    seen = NOW + timedelta(hours=8)
    assert rules.session_is_over(NOW, seen, seen + MINUTE) == "session-long"
