"""A known phone: which six digits are a PIN, who may have one, and when it opens no more."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flows.accounts import rules_phones as rules
from permissions.actors import Actor, PostRef

NOW = datetime(2023, 6, 1, 1, 30, tzinfo=UTC)
LEADER = Actor(1, "陈", (PostRef(1, "vice-mayor-1", "副区长", "leader", 1, "leadership", "区委区政府"),))


@pytest.mark.parametrize("pin", ["", "12345", "1234567", "12345a", "１２３４５６", "12 456"])
def test_a_pin_has_six_digits(pin):
    assert rules.pin_is_good(pin).code == "pin-six-digits"


@pytest.mark.parametrize(
    "pin", ["000000", "123456", "654321", "890123", "121212", "258258", "123321", "210987"]
)
def test_a_pin_that_is_guessed_at_once_is_none(pin):
    assert rules.pin_is_good(pin).code == "pin-too-plain"


@pytest.mark.parametrize("pin", ["274916", "100001"[:5] + "7", "135790"])
def test_six_digits_of_ones_own_are_one(pin):
    assert rules.pin_is_good(pin)


@given(st.integers(0, 999_999))
def test_few_pins_are_too_plain(number):
    verdict = rules.pin_is_good(f"{number:06d}")
    assert verdict or verdict.code == "pin-too-plain"


def test_at_most_one_pin_in_a_hundred_is_refused():
    plain = sum(not rules.pin_is_good(f"{number:06d}") for number in range(0, 1_000_000, 7))
    assert plain / (1_000_000 / 7) < 1 / 100


def test_who_needs_a_second_factor_has_no_known_phone():
    assert rules.may_remember(LEADER, by_phone=False)
    assert rules.may_remember(LEADER, by_phone=True).code == "phone-needs-password"
    keeper = Actor(2, "管", administrator="system")
    assert rules.may_remember(keeper, by_phone=False).code == "phone-second-factor"
    inspector = replace(LEADER, posts=(replace(LEADER.posts[0], duty="inspector"),))
    assert rules.may_remember(inspector, by_phone=False).code == "phone-second-factor"


@pytest.mark.parametrize(
    ("change", "opens"),
    [
        ({}, True),
        ({"forgotten": True}, False),
        ({"now": NOW + timedelta(days=7)}, False),
        ({"now": NOW + timedelta(days=7, seconds=-1)}, True),
        ({"same_account": False}, False),
        ({"active": False}, False),
    ],
)
def test_a_phone_opens_in_its_days_while_nothing_has_changed(change, opens):
    at = {
        "forgotten": False,
        "ends": NOW + rules.days(7),
        "now": NOW,
        "same_account": True,
        "active": True,
    }
    assert rules.opens(**at | change) is opens
