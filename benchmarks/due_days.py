"""A million due days on one core: python -m benchmarks.due_days. Promised: at most 3 seconds.

Needs no database: the calendar is the published one, the starts are spread over every day of 2023-2030 in a
random order, the limits over 0-60, so that about half of the answers lie in unpublished years.
"""

import random
import sys
import time
from datetime import date, timedelta

from flows.deadlines.published import delivered_calendar
from flows.deadlines.rules import due_days

MILLION = 1_000_000
PROMISED_SECONDS = 3.0
LIMITS = (0, 1, 2, 3, 5, 7, 10, 15, 20, 60)


def main() -> int:
    """Print the seconds a million due days take; exit 1 when they exceed the promise."""
    dice = random.Random(2023)
    first, span = date(2023, 1, 1), (date(2030, 12, 31) - date(2023, 1, 1)).days
    starts = [first + timedelta(days=dice.randrange(span)) for _ in range(MILLION // len(LIMITS))]

    began = time.process_time()
    calendar = delivered_calendar()
    counted = provisional = 0
    for limit in LIMITS:
        answers = due_days(starts, limit, calendar)
        counted += len(answers)
        provisional += sum(due.provisional for due in answers)
    seconds = time.process_time() - began

    print(f"due days: {counted:,} in {seconds:.2f} s on one core ({provisional:,} provisional)")
    return 0 if seconds <= PROMISED_SECONDS else 1


if __name__ == "__main__":
    sys.exit(main())
