"""Units of figures: which mean the same kind of thing, and by what a figure is multiplied to say it in another."""

import unicodedata
from collections.abc import Mapping
from decimal import Decimal

# Units of one kind, with what one of them is in the first.
KINDS: tuple[Mapping[str, str], ...] = (
    {
        "元": "1",
        "千元": "1000",
        "万元": "10000",
        "百万元": "1000000",
        "千万元": "10000000",
        "亿元": "100000000",
    },
    {"美元": "1", "万美元": "10000", "亿美元": "100000000"},
    {"亩": "1", "公顷": "15", "平方公里": "1500", "平方米": "0.0015"},
    {"%": "1", "‰": "0.1"},
    dict.fromkeys(("个", "家", "人", "项", "次", "户", "名", "场", "件", "条"), "1"),
)
OTHER_NAMES = {
    "万": "万元",
    "亿": "亿元",
    "m2": "平方米",
    "平米": "平方米",
    "百分比": "%",
    "万人民币": "万元",
}
_KIND_OF = {unit: kind for kind in KINDS for unit in kind}
# What a figure of the first unit is in the second.
UNITS: Mapping[tuple[str, str], Decimal] = {
    (said, wanted): Decimal(kind[said]) / Decimal(kind[wanted])
    for kind in KINDS
    for said in kind
    for wanted in kind
    if said != wanted
}


def unit_of(text: str) -> str:
    """The unit a text names, by its usual name; empty where it names none."""
    plain = "".join(unicodedata.normalize("NFKC", text).split()).lower()
    for before in ("计量单位:", "金额单位:", "单位:", "人民币", "rmb"):
        plain = plain.removeprefix(before)
    plain = OTHER_NAMES.get(plain, plain)
    return plain if plain in _KIND_OF else ""


def factor(said: str, wanted: str) -> Decimal | None:
    """By what a figure is multiplied to say it in the wanted unit; None where that cannot be."""
    return Decimal(1) if said == wanted else UNITS.get((said, wanted))
