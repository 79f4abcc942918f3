"""Figures as they are written: true minus sign, thousands apart, no idle zeros; amounts are in 万元."""

from decimal import ROUND_HALF_UP, Decimal

MINUS = "\u2212"
WAN_IN_YI = Decimal(10000)
CENT = Decimal("0.01")


def yi(value: Decimal | int | None) -> str:
    """An amount in 万元 as 亿元 with two decimals, without the unit; a dash when it is not known."""
    if value is None:
        return "—"
    return f"{(Decimal(value) / WAN_IN_YI).quantize(CENT, ROUND_HALF_UP):,}".replace("-", MINUS)


def number(value: Decimal | int | None) -> str:
    """A figure as it was reported, with a true minus sign and no idle zeros."""
    if value is None:
        return "—"
    text = f"{Decimal(value):,f}"
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return text.replace("-", MINUS)
