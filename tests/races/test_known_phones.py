"""Many guess a phone's PIN at the same instant: they have five guesses between them, not five each."""

from datetime import UTC, datetime

import pytest

from flows.accounts import operations_phones as operations
from flows.accounts.models import KnownPhone
from flows.journal.models import Entry
from tests.support.at_once import at_once

pytestmark = [pytest.mark.races, pytest.mark.django_db(transaction=True)]
NOW = datetime(2023, 6, 1, 1, 30, tzinfo=UTC)
GUESSES = 6


def guessed_by_many(district):
    user, by = district.users["zhao"], district.actor("zhao")
    _phone, cookie = operations.remember(user, name="Own", pin="274916", by_phone=False, by=by, now=NOW)
    before = Entry.objects.filter(kind="phone.guessed").count()
    answers = at_once([lambda: operations.open_with_pin(cookie, "274917", now=NOW)] * GUESSES)
    phone = KnownPhone.objects.order_by("pk").last()
    assert phone.failures == 5, f"guessed {phone.failures} times"
    assert answers == [None] * GUESSES
    assert Entry.objects.filter(kind="phone.guessed").count() == before + 1


def test_five_guesses_are_all_there_are_however_many_press(district):
    for _round in range(5):
        guessed_by_many(district)


def test_without_the_lock_there_would_be_more(district, monkeypatch):
    locked = operations._known
    monkeypatch.setattr(operations, "_known", lambda cookie, now, *, lock: locked(cookie, now, lock=False))
    with pytest.raises(AssertionError, match=r"guessed \d times"):
        for _round in range(20):
            guessed_by_many(district)
