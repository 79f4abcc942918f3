"""No sequence of commands leaves the lifecycle, two open steps in a branch, or a broken chain."""

from datetime import timedelta

import pytest
from django.db import transaction
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from flows.engine import operations as engine
from flows.engine.models import Assignment, Step
from flows.journal.models import Entry
from flows.journal.selectors import verify
from flows.projects import operations as projects
from flows.projects.lifecycle import MOVES, PATH, Move, Phase
from flows.projects.models import Milestone, Project
from hetang_flow.lib.errors import Refusal
from notifications.models import Notice, NoticeCounter
from tests.support import cast

NAMES = ("chen", "lin", "luo", "zhao", "qian", "gao", "ma", "wang", "ke")
REASON = "资料与台账不一致，请核实。"


class District(RuleBasedStateMachine):
    """Everybody presses anything; refusals are fine, broken promises are not."""

    @initialize()
    def begin(self):
        self.savepoint = transaction.atomic()
        self.savepoint.__enter__()
        self.district = cast.build()
        self.project = self.district.project()
        self.accepted = Entry.objects.filter(chain=self.project.chain_id).count()
        self.path = [Phase.SIGNED]

    def teardown(self):
        if hasattr(self, "savepoint"):
            transaction.set_rollback(True)
            self.savepoint.__exit__(None, None, None)

    def attempt(self, command, silent=False):
        """An accepted command leaves entries (a `silent` one may have nothing to say); a refused one nothing at all."""
        before = self.counts()
        self.district.now += timedelta(minutes=7)
        try:
            command()
        except Refusal:
            assert self.counts() == before
            return
        assert silent or self.counts()[0] > before[0]

    def counts(self):
        rows = (Entry, Step, Assignment, Notice, Milestone)
        return tuple(model.objects.count() for model in rows)

    def run_now(self):
        milestone = self.project.milestones.first()
        return milestone.run if milestone else None

    @rule(name=st.sampled_from(NAMES), move=st.sampled_from(list(Move)))
    def start(self, name, move):
        by = self.district.actor(name)
        self.attempt(
            lambda: projects.start_milestone(self.project.public_id, move, by=by, now=self.district.now)
        )

    @rule(name=st.sampled_from(("chen", "chen", "wang")))
    def submit(self, name):
        milestone = self.project.milestones.filter(move__in=[m for m in Move if m != Move.START]).first()
        if milestone:
            by, now = self.district.actor(name), self.district.now
            values = self.district.answers(milestone)
            self.attempt(
                lambda: projects.save_draft(milestone.public_id, values=values, note="", by=by, now=now),
                silent=True,
            )
            self.attempt(lambda: projects.submit_evidence(milestone.public_id, by=by, now=now))

    @rule(
        name=st.sampled_from(NAMES), back=st.sampled_from((False, False, False, True)), pick=st.integers(0, 5)
    )
    def decide(self, name, back, pick):
        run = self.run_now() if pick < 5 else self.last_correction()
        shares = list(Assignment.objects.filter(run=run).order_by("-pk")[:4]) if run else []
        if not shares:
            return
        share, by, now = shares[pick % len(shares)], self.district.actor(name), self.district.now
        if back:
            self.attempt(
                lambda: engine.return_to_initiator(run.public_id, share.pk, by=by, now=now, reason=REASON)
            )
        else:
            self.attempt(lambda: engine.approve(run.public_id, share.pk, by=by, now=now))

    @rule()
    def everybody_agrees(self):
        run = self.run_now()
        for name in ("lin", "zhao", "qian") if run else ():
            share = Assignment.objects.filter(run=run, post=self.district.posts[name], status="open").first()
            if share:
                by, now = self.district.actor(name), self.district.now
                self.attempt(lambda: engine.approve(run.public_id, share.pk, by=by, now=now))  # noqa: B023

    @rule(name=st.sampled_from(("chen", "lin")))
    def withdraw(self, name):
        run = self.run_now()
        if run:
            by, now = self.district.actor(name), self.district.now
            self.attempt(lambda: engine.withdraw(run.public_id, by=by, now=now, reason=REASON))

    @rule(name=st.sampled_from(("gao", "wang")), phase=st.sampled_from(list(Phase)))
    def correct(self, name, phase):
        by, now = self.district.actor(name), self.district.now
        self.attempt(
            lambda: projects.propose_correction(self.project.public_id, phase, reason=REASON, by=by, now=now)
        )
        run = self.last_correction()
        share = Assignment.objects.filter(run=run, status="open").first() if run else None
        if share:
            confirm = self.district.actor("ma")
            self.attempt(lambda: engine.approve(run.public_id, share.pk, by=confirm, now=now))

    def last_correction(self):
        correction = self.project.corrections.order_by("-pk").first()
        return correction.run if correction else None

    @invariant()
    def the_lifecycle_names_every_phase_and_every_change(self):
        if not hasattr(self, "project"):
            return
        phase = Phase(Project.objects.values_list("phase", flat=True).get(pk=self.project.pk))
        moved = Entry.objects.filter(chain=self.project.chain_id, kind="project.moved").order_by("number")
        for entry in moved:
            pair = (Phase(entry.before["phase"]), Phase(entry.after["phase"]))
            legs = [leg for leg in MOVES if leg.move == entry.after["move"]]
            assert any(pair[0] in leg.sources and leg.target in (pair[1], None) for leg in legs), pair
        assert phase in Phase
        assert phase in PATH or phase in (Phase.SUSPENDED, Phase.TERMINATED)

    @invariant()
    def a_branch_has_one_open_step_and_somebody_to_act(self):
        if not hasattr(self, "project"):
            return
        runs = {m.run_id for m in self.project.milestones.filter(run__status="NEW")}
        runs |= {c.run_id for c in self.project.corrections.filter(run__status="NEW")}
        steps = list(
            Step.objects.filter(process__chain_id=self.project.chain_id, status="NEW", policy__isnull=False)
        )
        assert sorted(step.process_id for step in steps) == sorted(runs)
        for step in steps:
            assert Assignment.objects.filter(step=step, status="open").exists() or step.waits_for

    @invariant()
    def the_chain_holds_and_notices_have_no_gap(self):
        if not hasattr(self, "project"):
            return
        assert verify(self.project.chain_id)
        for counter in NoticeCounter.objects.all():
            numbers = list(Notice.objects.filter(user=counter.user_id).values_list("number", flat=True))
            assert sorted(numbers) == list(range(1, counter.last + 1))


@pytest.mark.django_db
def test_no_sequence_breaks_a_promise():
    """Sixty short lives of a project."""
    run_state_machine_as_test(
        District, settings=settings(max_examples=25, stateful_step_count=25, deadline=None)
    )


@pytest.mark.deep
@pytest.mark.django_db
def test_no_long_sequence_breaks_a_promise():
    """The same, longer and more often."""
    run_state_machine_as_test(
        District, settings=settings(max_examples=400, stateful_step_count=60, deadline=None)
    )
