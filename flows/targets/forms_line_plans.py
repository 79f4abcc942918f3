"""What is typed into a target's card: `unit-<code>` says that a unit takes part, `<code>-<quarter>` what it takes on."""

from django.http import QueryDict

from .rules.shares import QUARTERS


def cells_typed(posted: QueryDict) -> dict[str, list[str]]:
    """The units that take part with their four cells; a unit with a figure takes part whether it is ticked or not."""
    codes = {key.removeprefix("unit-"): None for key in posted if key.startswith("unit-")}
    for key in posted:
        code, _dash, quarter = key.rpartition("-q")
        if code and quarter in map(str, QUARTERS) and posted[key].strip():
            codes.setdefault(code)
    return {code: [posted.get(f"{code}-q{quarter}", "") for quarter in QUARTERS] for code in codes}
