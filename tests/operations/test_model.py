"""The whole operation set against a model in plain dicts (tests/support/model), on real PostgreSQL.

HETANG_MODEL_SEED plays one seed again; without it the short half is always the same and the long half always another.
"""

import os
import random
import time
from collections import Counter

import pytest
from hypothesis import HealthCheck, seed, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule, run_state_machine_as_test

from tests.support import machine
from tests.support.acts import ACTS, Hand
from tests.support.drawn import policies_of

QUICK = 60, 30  # lives, and acts in each
MORE, MOST_MORE = (10, 30), 6
BATCH, BATCHES, MINUTES = (100, 60), 20, 45
NEVER_REFUSED = {"agree", "days"}


class Matters(RuleBasedStateMachine):
    """One matter after another; everybody presses anything."""

    district = None
    actors: dict
    tally: Counter

    @initialize(
        flow=st.sampled_from(("Straight", "Straight", "Parallel")),
        policies=st.lists(st.integers(0, 2**24 - 1), min_size=8, max_size=8),
        sealed=st.booleans(),
    )
    def begin(self, flow, policies, sealed):
        self.both = machine.Both(self.district, self.actors)
        self.both.begin(flow, policies_of(flow, policies), "演示用印事项" if sealed else "演示事项")

    @rule(
        what=st.sampled_from(ACTS),
        who=st.integers(0, 255),
        which=st.integers(0, 255),
        how=st.integers(0, 255),
    )
    def act(self, what, who, which, how):
        self.both.passes(minutes=1)
        for name, said in Hand(self.both, who, which, how).do(what):
            self.tally[name, "refused" if said else "accepted"] += 1

    def teardown(self):
        if hasattr(self, "both"):
            self.both.close()


@pytest.fixture
def district(db):
    """The district, built once a test; each example plays in a savepoint of its own."""
    return machine.district()


def play(district, size, number):
    """So many lives of a matter, so many acts each; what was done and what was refused."""
    examples, acts = size
    print(f"HETANG_MODEL_SEED={number}")
    lives = seed(number)(type("Lives", (Matters,), {"district": district, "actors": {}, "tally": Counter()}))
    run_state_machine_as_test(
        lives,
        settings=settings(
            max_examples=examples, stateful_step_count=acts, deadline=None, database=None,
            suppress_health_check=list(HealthCheck), print_blob=False,
        ),
    )  # fmt: skip
    return lives.tally


def seed_given(otherwise):
    """The seed to play: the one asked for, else another."""
    return int(os.environ.get("HETANG_MODEL_SEED", otherwise))


def test_the_engine_does_what_the_model_says(district):
    """Sixty short lives; every operation is done and is refused in them, or in a few more."""
    number = seed_given(1)
    tally = play(district, QUICK, number)
    for more in range(1, MOST_MORE + 1):
        if missing(tally):
            tally += play(district, MORE, number + more)
    assert not missing(tally)


def missing(tally):
    """The operations that were never done, or never refused."""
    wanted = [(name, word) for name in {*ACTS} - NEVER_REFUSED for word in ("accepted", "refused")]
    return [each for each in wanted if not tally[each]]


@pytest.mark.deep
def test_the_engine_does_what_the_model_says_for_long(district):
    """Two thousand long lives, as many as three quarters of an hour allow."""
    first, end = seed_given(random.randrange(2**32)), time.monotonic() + MINUTES * 60
    for number in range(first, first + BATCHES):
        if time.monotonic() < end:
            play(district, BATCH, number)


def test_a_rule_that_differs_is_noticed(district):
    """The control: where the model alone lets one of two signers pass the step, the two sides part."""
    both = machine.Both(district, {}).begin("Straight", policies_of("Straight", [0, 1, 0, 0]), "演示事项")
    try:
        assert both.m["policies"]["check"]["asks"] == ["lin", "luo"]
        both.m["policies"]["check"]["mode"] = "any_of"
        done = [*Hand(both, 0, 0, 0).do("agree")]
        assert done == [("complete", "")]
        with pytest.raises(AssertionError, match="outcome"):
            [*Hand(both, 0, 0, 0).do("agree")]
    finally:
        both.close()
