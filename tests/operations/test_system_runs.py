"""A run the system starts: it has no initiator, and everything that reads one is safe."""

from dataclasses import replace

import pytest
from django.db import IntegrityError, transaction

from flows.engine import operations as engine
from flows.engine import papers
from flows.engine.models import Run
from flows.engine.selectors import todo
from flows.engine.selectors_sheet import sheet
from hetang_flow.lib.errors import NotAllowed
from tests.support.trial.flow import Straight, Waiting
from tests.support.trial.stage import REASON, ask, begin


def test_the_system_starts_a_run_and_people_bring_it_to_its_end(district):
    trial = begin(district, Straight, by="")
    assert (trial.run.initiator, trial.run.initiator_post) == (None, None)
    (entry,) = trial.entries("run.started")
    assert (entry.actor_id, entry.actor_post) == (None, "")
    assert trial.yes("chen", "lin", "zhao", "gao").outcome == "completed"


def test_a_person_without_a_post_starts_nothing(district):
    trial = begin(district, Straight)
    nobody = replace(district.actor("chen"), acting=None)
    with pytest.raises(NotAllowed, match="no-post"):
        engine.start_run(
            Straight,
            title="演示",
            label="演示",
            code="X",
            chain_id=trial.run.chain_id,
            by=nobody,
            now=district.now,
        )
    assert Run.objects.count() == 1


def test_a_run_has_a_person_in_a_post_or_neither(district):
    trial = begin(district, Straight)
    with pytest.raises(IntegrityError), transaction.atomic():
        Run.objects.filter(pk=trial.run.pk).update(initiator=None)


def test_a_return_goes_to_the_first_step_and_tells_whoever_is_asked_there(district):
    trial = begin(district, Straight, by="").yes("chen").back("lin")
    assert trial.open == ["draft"]
    assert trial.told("chen") == ["step.todo", "step.todo"]
    assert trial.yes("chen", "lin", "zhao", "gao").outcome == "completed"


def test_nobody_withdraws_what_the_system_started(district):
    trial = begin(district, Straight, by="")
    for name in ("chen", "gao"):
        with pytest.raises(NotAllowed, match="not-initiator"):
            engine.withdraw(trial.run.public_id, by=district.actor(name), now=district.now, reason=REASON)
    assert trial.outcome == ""
    assert trial.governs(engine.terminate, reason=REASON).outcome == "terminated"


def test_a_step_that_asks_the_initiator_waits_and_says_so(district):
    ask("trial.draft", "chen")
    policy = ask("trial.draft", "chen")
    type(policy).objects.filter(pk=policy.pk).update(resolver="run.initiator")
    trial = begin(district, Straight, by="")
    assert trial.step("draft").waits_for == policy.name
    assert trial.told("gao") == ["step.blocked"]


def test_whoever_hands_in_a_run_of_the_system_does_not_sign_it(district):
    ask("trial.check", "chen", on_self="forbid")
    trial = begin(district, Straight, by="").yes("chen")
    assert trial.step("check").waits_for == district.posts["chen"].name


def test_its_sub_runs_are_the_systems_too(district):
    trial = begin(district, Waiting, by="").yes("chen")
    (below,) = trial.below
    assert below.run.initiator is None
    below.yes("ke")
    assert trial.open == ["pause"]


def test_sheet_paper_and_inbox_say_that_the_system_started_it(district):
    trial = begin(district, Straight, by="")
    chen = district.actor("chen")
    found = sheet(trial.run.public_id, chen, district.now)
    first = found.rounds[0].events[0]
    assert first.who == "系统"
    facts = [str(fact.value) for line in papers._about(found) for fact in line]
    assert "系统" in facts
    assert "系统" in [row.unit for row in todo(chen, district.now).rows]
