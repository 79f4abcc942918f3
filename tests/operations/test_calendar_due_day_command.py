"""manage.py due_day: the day on the first line, the reason on the second."""

from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.utils import translation

pytestmark = pytest.mark.django_db


def answer(start, limit):
    out = StringIO()
    with translation.override("en"):
        call_command("due_day", start, limit, stdout=out)
    return out.getvalue().splitlines()


@pytest.mark.parametrize(
    ("start", "limit", "day", "sentence"),
    [
        (
            "2023-09-22",
            "5",
            "2023-10-07",
            "5 working days from Sept. 22, 2023 (Fri), which is not counted, skipping"
            " Mid-Autumn Festival, National Day (September 29 to October 6, 8 days), 2 weekend days,"
            " counting the make-up working day October 7 (Sat): due on Oct. 7, 2023 (Sat).",
        ),
        (
            "2023-09-22",
            "0",
            "2023-09-22",
            "Due on the starting day Sept. 22, 2023 (Fri) itself, a working day.",
        ),
        (
            "2023-04-05",
            "0",
            "2023-04-06",
            "April 5, 2023 (Wed) is not a working day, stepping over Qingming Festival (April 5);"
            " due on the next one, April 6, 2023 (Thu).",
        ),
        (
            "2023-06-12",
            "1",
            "2023-06-13",
            "1 working day from June 12, 2023 (Mon), which is not counted: due on June 13, 2023 (Tue).",
        ),
        (
            "2026-12-31",
            "1",
            "2027-01-04",
            "1 working day from Dec. 31, 2026 (Thu), which is not counted, skipping New Year's Day"
            " (January 1), 2 weekend days: due on Jan. 4, 2027 (Mon); provisional, because the holiday"
            " arrangement of 2027 is not in the calendar and only weekends and statutory holidays"
            " were skipped.",
        ),
    ],
)
def test_the_day_and_then_one_sentence(start, limit, day, sentence):
    assert answer(start, limit) == [day, sentence]


@pytest.mark.parametrize(
    ("start", "limit", "says"),
    [
        ("2023-9-22", "5", "YYYY-MM-DD"),
        ("20230922", "5", "YYYY-MM-DD"),
        ("yesterday", "5", "YYYY-MM-DD"),
        ("2023-02-30", "5", "no such day"),
        ("0000-01-01", "5", "no such day"),
        ("2023-09-22", "-1", "whole number"),
        ("2023-09-22", "five", "whole number"),
        ("2023-09-22", "1.5", "whole number"),
        ("2023-09-22", "10001", "whole number"),
        ("2023-09-22", "9" * 40, "whole number"),
        ("2023-09-22", "５", "whole number"),
        ("9999-12-31", "5", "9999"),
    ],
)
def test_what_cannot_be_read_is_answered_with_what_to_do(start, limit, says):
    with pytest.raises(CommandError, match=says) as refusal:
        answer(start, limit)
    assert refusal.value.returncode == 2


def test_a_database_without_tables_is_answered_from_the_delivered_calendar():
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE deadlines_calendarstate RENAME TO not_there_yet")
    out, aside = StringIO(), StringIO()
    with translation.override("en"):
        call_command("due_day", "2023-09-22", "5", stdout=out, stderr=aside)
    assert out.getvalue().splitlines()[0] == "2023-10-07"
    assert "not set up yet" in aside.getvalue()
