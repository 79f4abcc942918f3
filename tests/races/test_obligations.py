"""Two workers open what is owed at the same instant: everything once, and neither of them fails."""

from datetime import UTC, datetime

import pytest
from django.db import connection

from flows.engine.models import Run
from flows.obligations import operations as obligations
from flows.obligations.models import Occurrence
from tests.races.conftest import ROUNDS
from tests.support.at_once import at_once
from tests.support.owing import owe

pytestmark = [pytest.mark.races, pytest.mark.django_db(transaction=True)]


def two_workers(district, number):
    """Both find the same periods missing."""
    owe(district, f"monthly-{number}")
    now = datetime(2023, 3, 1, 1, tzinfo=UTC)
    answers = at_once([lambda: obligations.open_due(now=now), lambda: obligations.open_due(now=now)])
    assert all(isinstance(answer, int) for answer in answers), answers
    found = Occurrence.objects.filter(obligation__code=f"monthly-{number}")
    assert found.count() == len({(each.period, each.ower) for each in found}) == 4, "asked for twice"
    assert Run.objects.filter(occurrence__in=found).count() == 4
    assert Run.objects.count() == Occurrence.objects.count(), "a run was left without what it is about"
    assert sum(answers) == 4


@ROUNDS
def test_two_workers_open_everything_once(district, rounds):
    for number in range(rounds):
        two_workers(district, number)


def test_control_without_the_databases_word_it_is_asked_for_twice(district):
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE obligations_occurrence DROP CONSTRAINT owed_once_a_period")
    try:
        with pytest.raises(AssertionError):
            for number in range(5):
                two_workers(district, number)
    finally:
        Occurrence.objects.all().delete()
        with connection.cursor() as cursor:
            cursor.execute(
                "ALTER TABLE obligations_occurrence ADD CONSTRAINT owed_once_a_period UNIQUE (obligation_id, period, ower)"
            )
