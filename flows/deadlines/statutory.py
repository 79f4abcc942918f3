"""Statutory days off of any year from 1950 to 2100, as the package `holidays` reckons them; pure."""

from collections.abc import Mapping
from datetime import date
from functools import lru_cache
from types import MappingProxyType

from holidays.countries import China

# Days swapped by a yearly arrangement (休息日（由 … 调休）, 春节延长假期) are not statutory: without their
# make-up working days, which the package does not name, they would only push due days back.
ARRANGED = ("休息日", "春节延长假期")
IN_LIEU = "（补假）"
ONE_NAME = {"农历除夕": "春节"}


@lru_cache(maxsize=256)
def statutory_days(year: int) -> Mapping[date, str]:
    """Return day -> Chinese name of the statutory days off, days in lieu of a weekend included.

    Empty outside 1950-2100, where the package knows nothing: weekends alone then count as days off.
    """
    found = {}
    for day, name in China(years=[year], language="zh_CN").items():
        if day.year == year and not name.startswith(ARRANGED):
            found[day] = _plain(name)
    return MappingProxyType(found)


def _plain(name: str) -> str:
    """Return the bare name: no 补假, the eve counted to its festival, two festivals joined by 、."""
    parts = [part.strip().removesuffix(IN_LIEU) for part in name.split(";")]
    return "、".join(dict.fromkeys(ONE_NAME.get(part, part) for part in parts))
