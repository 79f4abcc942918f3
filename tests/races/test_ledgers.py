"""Two people of a unit at the same row or with the same file at the same instant: one stands, the other learns of it."""

import threading

import pytest

from flows.ledgers import importing, operations
from flows.ledgers.models import LedgerRow
from hetang_flow.lib.errors import WrongState
from tests.races.conftest import ROUNDS
from tests.support.at_once import at_once
from tests.support.keeping import VISIT, kept, laid_down, visited

pytestmark = [pytest.mark.races, pytest.mark.django_db(transaction=True)]


def scene(district, number=0):
    row = visited(district, people=str(number))

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
    for number in range(rounds):
        scene(district, number)


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


def file_taken_by_two(district, number=0):
    """Chen and Bai have laid the same file down, and both take it in."""
    row = (f"省直第{number}厅", "2023-05-09", "是")
    files = {who: laid_down(district, row, by=who).public_id for who in ("chen", "bai")}

    def press(name):
        words = {"only_good": True, "new_parties": (), "by": district.actor(name), "now": district.now}
        return lambda: importing.take(files[name], **words)

    answers = at_once([press("chen"), press("bai")])
    lost = [answer for answer in answers if isinstance(answer, Exception)]
    assert LedgerRow.objects.filter(values__visited=row[0]).count() == 1, "the same row came in twice"
    assert [each.code for each in lost] == ["import-brings-nothing"]


@ROUNDS
def test_the_same_file_taken_by_two_comes_in_once(district, rounds):
    for number in range(rounds):
        file_taken_by_two(district, number)


def test_control_without_the_lock_of_the_ledger_the_file_comes_in_twice(district, monkeypatch):
    barrier, judged = threading.Barrier(2), importing.LedgerImporter._judged

    def meet(self, reading, now, keeper, on_progress=None):
        found = judged(self, reading, now, keeper, on_progress)
        if on_progress is None:
            barrier.wait(5)
        return found

    monkeypatch.setattr(importing, "lock_kind", lambda kind: None)
    monkeypatch.setattr(importing.LedgerImporter, "_judged", meet)
    with pytest.raises(AssertionError, match="came in twice"):
        file_taken_by_two(district)


def pressed_twice(district, number=0):
    """Chen presses “keep” twice, and both requests arrive at the same instant."""
    typed, kind = VISIT | {"people": str(number)}, kept(district)
    words = {"by": district.actor("chen"), "now": district.now}
    answers = at_once([lambda: operations.add_row(kind.code, typed, **words)] * 2)
    lost = [answer for answer in answers if isinstance(answer, Exception)]
    assert LedgerRow.objects.filter(values__people=str(number)).count() == 1, "the row was written twice"
    assert [each.code for each in lost] == [operations.THERE_ALREADY]


@ROUNDS
def test_a_row_pressed_twice_at_once_is_written_once(district, rounds):
    for number in range(rounds):
        pressed_twice(district, number)


def test_control_without_the_lock_of_the_ledger_the_row_is_written_twice(district, monkeypatch):
    barrier, make = threading.Barrier(2), operations._row

    def meet(*args, **words):
        barrier.wait(5)
        return make(*args, **words)

    monkeypatch.setattr(operations, "lock_kind", lambda kind: None)
    monkeypatch.setattr(operations, "_row", meet)
    with pytest.raises(AssertionError, match="written twice"):
        pressed_twice(district)
