"""What is wrong with a value, in words: one row for each error of the schema, and what to do about it."""

from django.utils.translation import gettext_lazy as _

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

REFUSALS = {
    "plan-file-refused": _("The plan file %(file)s has %(count)s errors."),
    "plan-effective-in-future": _(
        "%(day)s is in the future (today is %(today)s), and what holds tomorrow cannot be recorded as done today. "
        "Load the file on that day."
    ),
    "plan-effective-too-early": _(
        "%(day)s lies before %(floor)s, from which the version in force holds. Name that day or a later one."
    ),
    "plan-entry-missing": _(
        "%(section)s: %(codes)s is in the plan in force but not in this file. Work depends on it, so a file cannot drop "
        "it; put it back, and end it by its own flow."
    ),
    "plan-conflict": _("Something stored by hand is in the way (%(reason)s). Remove or rename it first."),
    "plan-changed-meanwhile": _(
        "The stored plan changed while you were reading the difference. Start again."
    ),
}
