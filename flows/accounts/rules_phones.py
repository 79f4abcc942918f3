"""Pure rules of a known phone: how long it is known, which PIN is one, who may have one, and how often is guessed."""

import itertools
from datetime import datetime, timedelta

from hetang_flow.lib.verdicts import YES, Verdict
from permissions.actors import Actor
from permissions.rules import needs_second_factor

PIN_LENGTH = 6
MOST_GUESSES = 5
MOST_PHONES = 3
LONGEST_NAME = 30
# Why a phone is known no longer.
GIVEN_UP, GUESSED, REPLACED = "given-up", "guessed", "replaced"


def pin_is_good(pin: str) -> Verdict:
    """Whether six digits may be a PIN: not one digit, no two of them in turn, no run up or down, no year twice over."""
    if len(pin) != PIN_LENGTH or not (pin.isascii() and pin.isdigit()):
        return Verdict("pin-six-digits", {"most": PIN_LENGTH})
    steps = {(int(later) - int(sooner)) % 10 for sooner, later in itertools.pairwise(pin)}
    halves = pin[:3] == pin[3:] or pin[:2] == pin[2:4] == pin[4:]
    if halves or (len(steps) == 1 and steps <= {0, 1, 9}) or pin[:3] == pin[:2:-1]:
        return Verdict("pin-too-plain", {})
    return YES


def may_remember(by: Actor, *, by_phone: bool) -> Verdict:
    """Whether this person's phone may be known: signed in with the password, and not somebody who needs two factors."""
    if needs_second_factor(by):
        return Verdict("phone-second-factor", {})
    if by_phone:
        return Verdict("phone-needs-password", {})
    return YES


def opens(*, forgotten: bool, ends: datetime, now: datetime, same_account: bool, active: bool) -> bool:
    """Whether a phone is still known: not given up, in its days, and nothing of the account has changed since."""
    return not forgotten and now < ends and same_account and active


def days(count: int) -> timedelta:
    """How long a phone is known."""
    return timedelta(days=count)
