"""Two operations at the same instant: the matter ends as if one had come after the other. Each with its control."""

import threading
from dataclasses import dataclass, field
from datetime import timedelta

import pytest

from flows.engine import operations as engine
from flows.engine.models import Assignment, Run
from flows.engine.operations import move as engine_move
from flows.engine.operations import taking_back
from flows.engine.selectors_policy import policy_by_id
from hetang_flow.lib.errors import Refusal
from hetang_flow.refusal_texts import TEXTS
from notifications.models import Notice
from permissions.models import Appointment
from tests.races.conftest import ROUNDS
from tests.support.at_once import at_once
from tests.support.trial.flow import Straight
from tests.support.trial.stage import REASON, ask, begin

pytestmark = [pytest.mark.races, pytest.mark.django_db(transaction=True)]
ASKED = ("open", "waiting")
LATE = {"already-decided", "task-closed", "somebody-signed", "not-your-task", "opened-already"}


def matter(district, check, **policy):
    """A matter that lies with these posts for checking."""
    if policy:
        ask("trial.check", check, **policy)
        policy_by_id.cache_clear()
        trial = begin(district, Straight)
    else:
        trial = begin(district, Straight, check=check)
    return trial.yes("chen")


def call(trial, name, operation, *args, **words):
    """A press to be made later: everything but the operation itself is read now."""
    share, by, now = trial.share(name), trial.district.actor(name), trial.district.now
    return lambda: operation(trial.run.public_id, share.pk, *args, by=by, now=now, **words)


def won(answers):
    return [answer for answer in answers if not isinstance(answer, Exception)]


def lost(answers):
    found = [answer for answer in answers if isinstance(answer, Exception)]
    clear = all(isinstance(answer, Refusal) and answer.code in LATE for answer in found)
    assert clear, "the loser is not told who and when"
    assert all(answer.code in TEXTS for answer in found)
    return found


def whole(trial):
    """Nobody is asked in a step that is closed or a run that is over; one step is open at most."""
    asked = Assignment.objects.filter(run=trial.run, status__in=ASKED)
    assert not asked.exclude(step__status="NEW").exists(), "somebody is asked in a step that is closed"
    assert len(trial.open) <= 1, "two steps are open"
    if trial.outcome:
        assert trial.open == [], "a run that is over has an open step"


# --- the scenes ---


def the_last_two_signers(district):
    """Both are needed and press together: the second to come closes the step, once."""
    trial = matter(district, "lin ke")
    answers = at_once([call(trial, "lin", engine.approve), call(trial, "ke", engine.approve)])
    assert len(won(answers)) == 2
    assert trial.became("confirm") == ["NEW"], "both have signed and nothing follows"
    todo = Notice.objects.filter(user=district.users["zhao"], about=trial.run.public_id, kind="step.todo")
    assert todo.count() == 1
    whole(trial)


def the_deciding_vote(district):
    """Two of three decide; the third to press at that instant learns that it is decided, by whom and when."""
    trial = matter(district, "lin ke luo", mode="vote", on_no="count").yes("lin")
    answers = at_once([call(trial, "ke", engine.approve), call(trial, "luo", engine.approve)])
    assert len(won(answers)) == 1, "a vote was counted after the result stood"
    (loser,) = lost(answers)
    assert loser.facts["who"]
    assert loser.facts["when"]
    assert trial.became("confirm") == ["NEW"]
    whole(trial)


def a_signer_added_against_a_decision(district):
    """One adds a signer while another closes the step: the added one is not asked in a closed step."""
    trial = matter(district, "lin ke", mode="any_of")
    posts = [district.posts["luo"].pk]
    add = call(trial, "lin", engine.add_signers, posts, turn="alongside", why=REASON)
    answers = at_once([add, call(trial, "ke", engine.approve)])
    assert won(answers)
    lost(answers)
    assert trial.became("confirm") == ["NEW"]
    whole(trial)


def a_withdrawal_against_a_signature(district):
    """Either it is withdrawn and nobody signs, or it is signed and not withdrawn."""
    trial = matter(district, "lin")
    by, now = district.actor("chen"), district.now
    withdraw = lambda: engine.withdraw(trial.run.public_id, by=by, now=now, reason=REASON)  # noqa: E731
    answers = at_once([withdraw, call(trial, "lin", engine.approve)])
    assert len(won(answers)) == 1, "withdrawn and signed"
    lost(answers)
    assert (trial.outcome, trial.open) in (("withdrawn", []), ("", ["confirm"]))
    whole(trial)


def taking_back_against_opening(district):
    """Either the next has opened it, or it is taken back; never both."""
    trial = matter(district, "lin").yes("lin")
    share = Assignment.objects.get(step=trial.step("check"), post=district.posts["lin"])
    lin, zhao, now = district.actor("lin"), district.actor("zhao"), district.now + timedelta(minutes=1)
    back = lambda: engine.take_back(trial.run.public_id, share.pk, by=lin, now=now)  # noqa: E731
    opening = lambda: engine.mark_opened(trial.run.public_id, by=zhao, now=now)  # noqa: E731
    taken, opened = at_once([back, opening])
    assert isinstance(opened, int)
    assert isinstance(taken, Run) != bool(opened), "opened and taken back"
    lost([taken])
    assert trial.open == (["confirm"] if opened else ["check"])
    whole(trial)


def a_substitution_that_ends_against_its_substitute(district):
    """The post has only its substitute: either they still sign, or the step waits and says for whom."""
    Appointment.objects.filter(post=district.posts["ke"]).update(until_day=None)
    trial = matter(district, "ke")
    day = district.now.date()
    standing = engine.substitute(
        district.posts["ke"].pk, district.posts["wang"].pk, from_day=day, until_day=day + timedelta(days=5),
        reason="出差", by=district.actor("ke"), now=district.now,
    )  # fmt: skip
    held = Appointment.objects.get(post=district.posts["ke"])
    engine.end_appointment(held.pk, on=day, by=district.actor("gao"), now=district.now)
    share, now = trial.share("ke"), district.now + timedelta(minutes=1)
    gao, wang = district.actor("gao"), district.actor("wang", now)
    end = lambda: engine.end_substitution(standing.pk, by=gao, now=now)  # noqa: E731
    sign = lambda: engine.approve(trial.run.public_id, share.pk, by=wang, now=now)  # noqa: E731
    ended, signed = at_once([end, sign])
    Appointment.objects.filter(pk=held.pk).update(until_day=None)
    assert not isinstance(ended, Exception), "ending a substitution failed"
    lost([signed])
    step = trial.step("check")
    if isinstance(signed, Run):
        assert (trial.open, step.waits_for) == (["confirm"], ""), "signed and still waited for"
    else:
        assert (trial.open, step.waits_for) == (["check"], district.posts["ke"].name)
    whole(trial)


def many_at_once_against_one(district):
    """One of several is decided by another at that instant: it says so, and the others are approved."""
    first, second = matter(district, "lin ke", mode="any_of"), matter(district, "lin ke", mode="any_of")
    tasks = [(trial.run.public_id, trial.share("lin").pk) for trial in (first, second)]
    lin, now = district.actor("lin"), district.now
    bulk, single = at_once(
        [lambda: engine.approve_many(tasks, by=lin, now=now), call(first, "ke", engine.approve)]
    )
    contested, other = bulk
    assert other.approved
    assert contested.approved != isinstance(single, Run), "decided twice"
    assert contested.approved or contested.facts.get("who"), "the loser is not told who and when"
    lost([single])
    for trial in (first, second):
        assert trial.became("confirm") == ["NEW"], "opened twice"
        whole(trial)


SCENES = [
    the_last_two_signers,
    the_deciding_vote,
    a_signer_added_against_a_decision,
    a_withdrawal_against_a_signature,
    taking_back_against_opening,
    a_substitution_that_ends_against_its_substitute,
    many_at_once_against_one,
]


@ROUNDS
@pytest.mark.parametrize("scene", SCENES, ids=lambda scene: scene.__name__)
def test_however_two_meet_the_matter_stays_whole(district, scene, rounds):
    for _round in range(rounds):
        scene(district)


# --- the controls: the same scenes with one guard taken away ---


@dataclass
class Meeting:
    """Two threads that both read before either writes."""

    barrier: threading.Barrier = field(default_factory=lambda: threading.Barrier(2))

    def meet(self):
        if threading.current_thread() is not threading.main_thread():
            try:
                self.barrier.wait(5)
            except threading.BrokenBarrierError:
                return  # the other one never came to read: it goes on alone


@pytest.fixture
def without_the_lock(monkeypatch):
    """The same operations on an unlocked Run: the mistake the lock prevents."""
    meeting, load = Meeting(), engine_move.Move.load

    def load_then_meet(self):
        found = load(self)
        meeting.meet()
        return found

    monkeypatch.setattr(engine_move, "locked_run", lambda run_id: ([], Run.objects.get(public_id=run_id)))
    monkeypatch.setattr(engine_move.Move, "load", load_then_meet)


# Where a decision is pressed twice, the compare-and-set of the share is the second net: only the message suffers.
DAMAGE = {
    the_last_two_signers: "both have signed and nothing follows",
    the_deciding_vote: "the loser is not told who and when",
    a_signer_added_against_a_decision: "somebody is asked in a step that is closed",
    a_withdrawal_against_a_signature: "withdrawn and signed",
    a_substitution_that_ends_against_its_substitute: "ending a substitution failed|signed and still waited for",
    many_at_once_against_one: "the loser is not told who and when",
}


@pytest.mark.parametrize("scene", DAMAGE, ids=lambda scene: scene.__name__)
def test_control_without_the_lock_of_the_run_the_scene_goes_wrong(district, without_the_lock, scene):
    # On a busy machine two may miss each other: the damage is sure to be done within a few rounds.
    with pytest.raises(AssertionError, match=DAMAGE[scene]):
        for _round in range(10):
            scene(district)


def test_control_a_taking_back_that_looks_only_once_takes_what_was_opened(district, monkeypatch):
    read, opened = threading.Event(), threading.Event()
    load, mark = engine_move.Move.load, engine.mark_opened

    def load_then_wait(self):
        found = load(self)
        if threading.current_thread() is not threading.main_thread():
            read.set()
            opened.wait(10)
        return found

    def blindly(shares, status):
        Assignment.objects.filter(pk__in=[share.pk for share in shares]).update(status=status)
        for share in shares:
            share.status = share.kept["status"] = status

    def mark_once_read(*args, **words):
        read.wait(10)
        try:
            return mark(*args, **words)
        finally:
            opened.set()

    monkeypatch.setattr(engine_move.Move, "load", load_then_wait)
    monkeypatch.setattr(taking_back, "_put_away", blindly)
    monkeypatch.setattr(engine, "mark_opened", mark_once_read)
    with pytest.raises(AssertionError, match="opened and taken back"):
        taking_back_against_opening(district)
