"""The periods an obligation owes, reckoned from its cadence once for a version of the calendar; no rows."""

from datetime import date
from functools import lru_cache
from typing import Any

from flows.campaigns.models import Obligation
from flows.deadlines.rules import WorkCalendar

from . import rules


def owed(obligation: Obligation, days: WorkCalendar) -> tuple[rules.Owed, ...]:
    """Every period of an obligation in its plan, earliest first (no statement)."""
    plan = obligation.plan
    said = tuple(sorted(obligation.cadence.items()))
    return _reckoned(said, obligation.roll, plan.effective_from, plan.effective_until, days)


@lru_cache(maxsize=256)
def _reckoned(
    said: tuple[tuple[str, Any], ...], roll: str, first: date, last: date, days: WorkCalendar
) -> tuple[rules.Owed, ...]:
    return tuple(rules.owed_in(dict(said), roll, first, last, days))
