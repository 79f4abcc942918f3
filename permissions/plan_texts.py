"""What is wrong with a value, in words: one row for each error of the schema, and what to do about it.

Here because every room's entries need it, whether they come from a plan file or from a form.
"""

import re
from collections.abc import Collection, Mapping
from typing import Any

from django.utils.translation import gettext_lazy as _

from hetang_flow.lib.plan_file import ERROR, Finding, Path, nearest

SHOWN = 60

SCHEMA_TEXTS = {
    "missing": _("The key “%(key)s” is missing here. Add it."),
    "extra_forbidden": _("There is no key “%(key)s” here. Allowed: %(allowed)s."),
    "string_type": _("Text is expected here, not “%(said)s”. Put it in quotes if it looks like a number."),
    "int_type": _("A whole number is expected here, not “%(said)s”."),
    "bool_type": _("true or false is expected here, not “%(said)s”."),
    "list_type": _("A list is expected here (lines that begin with a dash)."),
    "model_type": _("Keys with values are expected here, not “%(said)s”."),
    "literal_error": _("“%(said)s” is not possible here. Use one of %(expected)s."),
    "string_pattern_mismatch": _(
        "“%(said)s” does not have the form of a code: Latin letters, digits and hyphens."
    ),
    "string_too_long": _("The text has more than the %(max_length)s characters that fit. Shorten it."),
    "too_many": _("The list has more than %(most)s entries. A plan has no such lists; check the file."),
    "too_short": _("At least one entry is needed here. Add it."),
    "greater_than_equal": _("“%(said)s” is too small; at least %(ge)s."),
    "less_than_equal": _("“%(said)s” is too large; at most %(le)s."),
    "day-form": _("“%(said)s” is no day. Write it as 2023-03-15."),
    "day-impossible": _("“%(said)s” is a date that does not exist. Correct it."),
    "period-form": _("“%(said)s” is no construction period. Write it as 2021.2-2027.12."),
    "period-backwards": _("The period “%(said)s” ends before it begins. Correct it."),
    "figure-form": _("“%(said)s” is no figure. Write digits, with a point where needed."),
    "figure-negative": _("“%(said)s” is negative; amounts and figures begin at 0. Correct it."),
    "figure-too-large": _("“%(said)s” is larger than any figure of a plan. Check the unit."),
    "figure-too-fine": _("“%(said)s” has more than %(places)s decimal places. Round it or check the unit."),
    "code-form": _("“%(said)s” is no code. Use lower-case Latin letters, digits and hyphens."),
    "text-form": _("The text is empty, or has blanks or control characters around it. Correct it."),
}
OTHERWISE = _("This value cannot be used (%(reason)s). Correct it.")


def schema_finding(error: Mapping[str, Any], path: Path, allowed: Collection[str] = ()) -> Finding:
    """One error of the schema as a sentence; `allowed` are the keys that may stand where a wrong one does."""
    said = error["input"] if isinstance(error["input"], str | int | float | bool) else ""
    facts = {
        "said": str(said)[:SHOWN],
        "key": path[-1] if path else "",
        "reason": str(error.get("msg", error["type"])),
        **error.get("ctx", {}),
    }
    if "expected" in facts:
        facts["expected"] = "、".join(re.findall(r"'([^']*)'", str(facts["expected"])))
    if error["type"] == "extra_forbidden":
        facts["allowed"] = nearest(str(path[-1]), allowed) or "、".join(allowed)
    return Finding(error["type"], SCHEMA_TEXTS.get(error["type"], OTHERWISE), facts, path, ERROR)
