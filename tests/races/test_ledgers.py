"""Two people of a unit correct the same row at the same instant: one correction stands, the other learns of it."""

import threading

import pytest

from flows.ledgers import operations
from flows.ledgers.models import LedgerRow
from hetang_flow.lib.errors import WrongState
from tests.races.conftest import ROUNDS
from tests.support.at_once import at_once
from tests.support.keeping import VISIT, visited

pytestmark = [pytest.mark.races, pytest.mark.django_db(transaction=True)]


def scene(district):
    row = visited(district)

    def press(name, money):
        words = {"version": 1, "reason": "金额经核对有误", "by": district.actor(name), "now": district.now}
        return lambda: operations.correct_row(row.row, VISIT | {"money": money}, **words)

    answers = at_once([press("chen", "900"), press("bai", "901")])
    lost = [answer for answer in answers if isinstance(answer, Exception)]
    told = [
        isinstance(each, WrongState) and each.code == "ledger-row-changed" and each.facts["who"]
        for each in lost
    ]
    assert len(lost) == 1, "two corrections of the same version"
    assert all(told), "the slower one is not told who was faster"
    assert LedgerRow.objects.filter(row=row.row).count() == 2


@ROUNDS
def test_two_corrections_at_once_leave_one(district, rounds):
    for _round in range(rounds):
        scene(district)


def test_control_without_the_lock_of_the_row_the_slower_one_is_told_nothing(district, monkeypatch):
    barrier, standing = threading.Barrier(2), operations._standing

    def meet(*args):
        found = standing(*args)
        barrier.wait(5)
        return found

    monkeypatch.setattr(operations, "_first", lambda row_id: LedgerRow.objects.get(row=row_id, version=1))
    monkeypatch.setattr(operations, "_standing", meet)
    with pytest.raises(AssertionError, match="two corrections|not told who was faster"):
        scene(district)
