"""What people type about a month; what is plausible is a rule of this room, not of the form."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal, InvalidOperation

from hetang_flow.lib.errors import Invalid

from . import rules

FULL_WIDTH = str.maketrans("０１２３４５６７８９．－", "0123456789.-")
MOST_DIGITS = 20


def month_typed(posted: Mapping[str, str], month: date) -> rules.Month:
    """The figures of a month as they were typed. Raises Invalid naming the field that cannot be read."""
    return rules.Month(
        month,
        _figure(posted, rules.INVESTED),
        _figure(posted, rules.PROGRESS),
        posted.get(rules.WORKS, "").replace("\x00", "").strip(),
        posted.get("word", "").replace("\x00", "").strip(),
    )


def seen(posted: Mapping[str, str]) -> dict[str, int]:
    """By kind the fact the figures were typed over; what cannot be read is none."""
    typed = {kind: posted.get(f"seen-{kind}", "") for kind in rules.KINDS}
    return {
        kind: int(key) for kind, key in typed.items() if key.isascii() and key.isdigit() and len(key) < 19
    }


def month_named(text: str) -> date | None:
    """The month of an address, 2023-05; None for anything else."""
    try:
        return date.fromisoformat(f"{text}-01") if len(text) == len("2023-05") else None
    except ValueError:
        return None


def _figure(posted: Mapping[str, str], name: str) -> Decimal | None:
    typed = posted.get(name, "").translate(FULL_WIDTH).strip().rstrip("%％")
    typed = typed.replace(",", "").replace("，", "").replace(" ", "")
    if not typed:
        return None
    try:
        value = Decimal(typed)
    except InvalidOperation:
        value = Decimal("NaN")
    if len(typed) > MOST_DIGITS or not value.is_finite():
        raise Invalid("figure-unreadable", {"field": name, "name": name})
    return value
