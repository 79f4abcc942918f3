"""Two presses at once make one living address; the slower one is told."""

import threading
from types import SimpleNamespace

import pytest

from flows.agenda import operations, rules
from flows.agenda.models import FeedAddress
from flows.journal import operations as journal
from flows.journal.models import Entry
from hetang_flow.lib.errors import NotFound, WrongState
from tests.races.conftest import ROUNDS
from tests.support.at_once import at_once

pytestmark = [pytest.mark.races, pytest.mark.django_db(transaction=True)]


def living(district):
    return FeedAddress.objects.filter(user=district.users["lin"], ended=None)


def press(district, replaces=""):
    by = district.actor("lin")
    return lambda: operations.make_address(replaces=replaces, by=by, now=district.now)


def made_together(district, replaces=""):
    answers = at_once([press(district, replaces), press(district, replaces)])
    lost = [answer for answer in answers if isinstance(answer, Exception)]
    told = len(lost) == 1 and isinstance(lost[0], WrongState) and lost[0].code == "address-made-meanwhile"
    assert told, f"the slower one is not told why: {lost}"
    (won,) = (answer for answer in answers if answer is not lost[0])
    address = living(district).get()
    assert address.digest == rules.digest(won.secret)
    return address


@ROUNDS
def test_two_presses_make_one_living_address(district, rounds):
    replaces = ""
    for number in range(1, rounds + 1):
        replaces = str(made_together(district, replaces).public_id)
        assert Entry.objects.filter(kind__startswith="agenda.").count() == number


@ROUNDS
def test_a_replacement_and_a_revocation_at_once_have_one_winner(district, rounds):
    by = district.actor("lin")
    for _round in range(rounds):
        address = living(district).first() or press(district)().address
        key = str(address.public_id)
        answers = at_once(
            [press(district, key), lambda key=key: operations.revoke_address(key, by=by, now=district.now)]
        )
        lost = [answer for answer in answers if isinstance(answer, Exception)]
        assert len(lost) == 1
        assert isinstance(lost[0], WrongState | NotFound), lost
        assert living(district).count() == (0 if lost[0] is answers[0] else 1)


def test_control_without_the_lock_the_second_breaks_on_the_database(district, monkeypatch):
    barrier, judge = threading.Barrier(2), rules.is_the_living

    def judge_then_meet(wanted, alive):
        verdict = judge(wanted, alive)
        barrier.wait(5)
        return verdict

    unlocked = SimpleNamespace(lock_system_chain=journal.system_chain, record=journal.record)
    journal.system_chain()
    monkeypatch.setattr(operations, "journal", unlocked)
    monkeypatch.setattr(rules, "is_the_living", judge_then_meet)
    with pytest.raises(AssertionError, match="not told why"):
        made_together(district)
