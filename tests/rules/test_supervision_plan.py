"""The ladder in a plan file: the preset of the notice reads, and every fault is told with its place."""

import pytest

from flows.supervision import rules
from tests.support.plans import INVENTED, NOTICE, changed, document, refused


def rung(place, **columns):
    def change(value):
        value["ladder"]["rungs"][place].update(columns)

    return change


def test_the_notices_ladder_ends_with_criticism_and_referral_that_named_persons_confirm():
    entry = document(NOTICE).ladder
    ladder = rules.ladder_of(entry.model_dump(mode="json"), 1)
    assert [each.measure for each in ladder.rungs if each.confirm] == ["criticism", "referral"]
    assert ladder.last_by_time == 6
    assert {"weak", "perfunctory"} <= ladder.rungs[6].enters
    assert entry.clause == "preset"


def test_an_invented_districts_ladder_is_data_only():
    assert [each.code for each in document(INVENTED).ladder.rungs] == ["remind", "slip", "criticism"]


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (rung(6, confirm=None), "confirmer-missing"),
        (rung(6, confirm="nobody-at-all"), "post-unknown"),
        (rung(6, confirm="headquarters.nobody"), "confirmer-unknown"),
        (rung(1, wait=-1), "wait-negative"),
        (rung(1, days=None), "slip-without-days"),
        (rung(1, enters=["lite"]), "mark-unknown"),
        (rung(1, code="remind"), "rung-twice"),
        (rung(7, tell=["desk"]), "referral-told"),
        (lambda value: value["ladder"].update(rungs=[]), "ladder-empty"),
    ],
)
def test_what_cannot_be_is_said(change, code):
    assert code in {finding.code for finding in refused(changed(NOTICE, change))}


def test_a_resolver_may_be_named_as_the_one_who_confirms():
    assert document(NOTICE, rung(6, confirm="headquarters.confirmers")).ladder is not None
