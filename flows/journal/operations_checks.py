"""Looking at the whole record once a day, and keeping what was found."""

import logging
import time
from datetime import datetime

from flows.journal import checking, verifier
from flows.journal.models import RecordCheck
from hetang_flow.lib.clock import district_day

log = logging.getLogger(__name__)
MOST_LINES = 100


def check_record(*, now: datetime) -> RecordCheck:
    """Check everything and keep the answer; a record that does not hold is told to the log as loudly as can be."""
    began = time.monotonic()
    result = checking.verify()
    found = [line[:500] for line, _place in zip(verifier.told(result), range(MOST_LINES), strict=False)]
    seconds = round(time.monotonic() - began)
    if not result:
        log.critical("the record does not hold: %s", verifier.summary(result))
    return RecordCheck.objects.create(at=now, seconds=seconds, holds=bool(result), found=found)


def check_due(*, now: datetime) -> RecordCheck | None:
    """Check the record if nobody has done so today."""
    last = RecordCheck.objects.order_by("-at").first()
    if last is not None and district_day(last.at) >= district_day(now):
        return None
    return check_record(now=now)
