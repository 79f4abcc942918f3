"""The whole operation set against a model in plain dicts, on real PostgreSQL."""

import os
import random
from collections import Counter

import pytest
from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule, run_state_machine_as_test

from tests.support import machine
from tests.support.acts import ACTS, Hand, policies_of


class Matters(RuleBasedStateMachine):
    """One matter after another; everybody presses anything."""

    district = None
    tally: Counter

    @initialize(
        flow=st.sampled_from(("Straight", "Straight", "Parallel")),
        policies=st.lists(st.integers(0, 2**24 - 1), min_size=8, max_size=8),
        sealed=st.booleans(),
    )
    def begin(self, flow, policies, sealed):
        self.both = machine.Both(self.district)
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


def play(district, *, examples, steps, number, **more):
    """So many lives of a matter; the seed says which."""
    print(f"HETANG_MODEL_SEED={number}")
    lives = seed(number)(type("Lives", (Matters,), {"district": district, "tally": Counter()}))
    run_state_machine_as_test(
        lives,
        settings=settings(
            max_examples=examples, stateful_step_count=steps, deadline=None, database=None,
            suppress_health_check=list(HealthCheck), print_blob=True, **more,
        ),
    )  # fmt: skip
    return lives.tally


def test_the_engine_does_what_the_model_says(district):
    """Sixty short lives; every operation was done and was refused in them."""
    tally = play(district, examples=60, steps=30, number=int(os.environ.get("HETANG_MODEL_SEED", "1")))
    print({name: (tally[name, "accepted"], tally[name, "refused"]) for name in sorted({n for n, _ in tally})})


@pytest.mark.deep
def test_the_engine_does_what_the_model_says_for_long(district):
    """Two thousand long lives."""
    number = int(os.environ.get("HETANG_MODEL_SEED", random.randrange(2**32)))
    play(district, examples=2000, steps=60, number=number)


_ = Phase
