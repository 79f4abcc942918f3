"""One cell as its column wants it: a figure in its unit, a day, yes or no, one of the choices.

What cannot be turned is left as it is: the room that asked says what is wrong with it.
"""

import re
import unicodedata
from collections.abc import Iterable
from datetime import date, timedelta
from decimal import Decimal, InvalidOperation

from hetang_flow.lib.units import factor, unit_of

YES, NO = frozenset("√✓✔☑"), frozenset("×✗✘☒")
NOTHING = frozenset({"-", "--", "---", "/", "\\", "无", "暂无"})
SERIAL_FROM = date(1899, 12, 30)  # day 0 as offices' programs count days
SERIALS = range(32874, 73051)  # 1990 to 2099; other figures are no days
PERCENT = "%"
_DASHES = dict.fromkeys(map(ord, "‐‑‒–—―−─﹣－"), "-")
_FIGURE = re.compile(r"([-+]?(?:\d+(?:\.\d*)?|\.\d+)(?:e[-+]?\d{1,3})?)(\D*)", re.IGNORECASE)
_DAY = re.compile(
    r"(\d{4})[-./年。](\d{1,2})[-./月。](\d{1,2})日?\.?(?:[ T]*\d{1,2}:\d{2}(?::\d{2}(?:\.\d+)?)?)?"
)
_DIGITS = re.compile(r"((?:19|20)\d{2})(\d{2})(\d{2})")
_TELEPHONE = re.compile(r"(?<![\w.])(?:1[3-9]\d(?:[- ]?\d{4}){2}|0\d{2,3}[- ]?\d{7,8})(?!\w)", re.ASCII)


def narrow(text: str) -> str:
    """A text with signs of one width and dashes of one kind."""
    return unicodedata.normalize("NFKC", text).translate(_DASHES)


def has_telephone(text: str) -> bool:
    """Whether somebody's telephone number stands in a text."""
    return len(text) > 10 and _TELEPHONE.search(narrow(text)) is not None


def figure(text: str, unit: str, header: Decimal | None, *, percent: bool) -> str:
    """A figure as plain digits in the column's unit; a unit in the cell counts before that of the header.

    A dash or “none” is an empty cell.
    """
    plain = "".join(narrow(text).split()).removeprefix("¥").replace(",", "")
    if plain in NOTHING:
        return ""
    found = _FIGURE.fullmatch(plain)
    if found is None:
        return text
    times: Decimal | None = header or Decimal(1)
    if found.group(2):
        named = unit_of(found.group(2))
        times = factor(named, unit) if named and unit else None
    elif percent and unit == PERCENT:
        times = Decimal(100)
    try:
        value = Decimal(found.group(1)) * times if times is not None else None
    except (InvalidOperation, ArithmeticError):
        value = None
    return text if value is None or abs(value.adjusted()) > 30 else f"{value.normalize():f}"


def day(text: str) -> str:
    """A day as 2023-05-31, however it was typed: with dots, in Chinese, in eight digits, as a serial number, with a time."""
    plain = narrow(text).strip()
    if plain in NOTHING:
        return ""
    if plain.isascii() and plain.isdigit() and len(plain) == 5 and int(plain) in SERIALS:
        return (SERIAL_FROM + timedelta(days=int(plain))).isoformat()
    compact = re.sub(r"\s*([-./年月日。])\s*", r"\1", plain)
    found = _DIGITS.fullmatch(plain) or _DAY.fullmatch(compact)
    if found is None:
        return text
    try:
        return date(*map(int, found.groups())).isoformat()
    except ValueError:
        return text


def yes_or_no(text: str) -> str:
    """A tick is a yes and a cross is a no."""
    if text in YES | NO:
        return "是" if text in YES else "否"
    return text


def choice(text: str, choices: Iterable[str]) -> str:
    """The choice that is meant, whatever blanks or width it was typed with."""
    squeezed = "".join(narrow(text).split())
    return next((each for each in choices if "".join(narrow(each).split()) == squeezed), text)
