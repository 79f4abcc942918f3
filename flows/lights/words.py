"""How lights, their rules and what is wrong with them read."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from . import rules
from .models import StatusLight

FACTS: Mapping[str, Any] = {
    "ratio": gettext_lazy("invested of what should be by now, %%"),
    "month-ratio": gettext_lazy("invested last month of that month's part, %%"),
    "ratio-to-mean": gettext_lazy("against the mean of all projects, %%"),
    "progress-gap": gettext_lazy("progress behind the time, percentage points"),
    "months-behind": gettext_lazy("months in a row below the share named"),
    "months-missed": gettext_lazy("months in a row whose own part was missed"),
    "months-still": gettext_lazy("months in a row without investment"),
    "months-unreported": gettext_lazy("months not reported in time"),
    "start-late": gettext_lazy("working days behind the planned start"),
    "nodes-late": gettext_lazy("nodes of the timetable overdue"),
    "node-days-late": gettext_lazy("working days the worst node is overdue"),
    "nodes-soon": gettext_lazy("nodes due within five working days"),
    "earlier-red": gettext_lazy("earlier red months"),
    "earlier-yellow": gettext_lazy("earlier yellow months"),
    "dark-in-a-row": gettext_lazy("yellow or red months in a row before"),
}
OPERATORS: Mapping[str, Any] = {
    "below": gettext_lazy("below"),
    "at_most": gettext_lazy("at most"),
    "at_least": gettext_lazy("at least"),
    "above": gettext_lazy("above"),
}
EXCUSES: Mapping[str, Any] = {
    rules.OBSTACLE: gettext_lazy("obstacle reported in time"),
    rules.EXTENSION: gettext_lazy("approved extension"),
    rules.SUSPENDED: gettext_lazy("suspended"),
}
FAULTS: Mapping[str, Any] = {
    "light-rules-missing": gettext_lazy("A scheme needs at least one rule."),
    "light-rules-too-many": gettext_lazy("At most %(most)s rules."),
    "light-rule-twice": gettext_lazy("Rule %(rule)s: the code “%(code)s” is taken. Choose another."),
    "light-rule-unnamed": gettext_lazy("Rule %(rule)s needs a sentence of at most %(most)s characters."),
    "light-colour-unknown": gettext_lazy(
        "Rule %(rule)s: “%(said)s” is no colour; say red, yellow, blue or green."
    ),
    "light-excuse-unknown": gettext_lazy(
        "Rule %(rule)s: “%(said)s” is no excuse; say obstacle, extension or suspended."
    ),
    "light-conditions": gettext_lazy("Rule %(rule)s needs one to %(most)s conditions."),
    "light-fact-unknown": gettext_lazy("Rule %(rule)s: there is no figure “%(said)s”."),
    "light-limit-missing": gettext_lazy(
        "Rule %(rule)s: “%(fact)s” needs one limit: below, at most, at least or above."
    ),
    "light-of-missing": gettext_lazy("Rule %(rule)s: “%(fact)s” needs the per cent it is counted against."),
}


def _figure(value: Decimal) -> str:
    return format(value.normalize(), "f") if value else "0"


def fault_words(fault: rules.Fault) -> Any:
    """The sentence of a fault, still to be filled with its facts."""
    return FAULTS[fault.code]


def condition_words(condition: rules.Condition) -> str:
    """A condition as people read it."""
    words = {
        "fact": str(FACTS[condition.fact]).replace("%%", "%"),
        "operator": OPERATORS[condition.operator],
        "limit": _figure(condition.limit),
    }
    said = _("%(fact)s %(operator)s %(limit)s") % words
    return said + (_(" (of %(of)s)") % {"of": condition.of} if condition.of else "")


def reading_words(condition: rules.Condition, inputs: rules.Inputs) -> str:
    """A condition beside what the figure was."""
    value = condition.value(inputs)
    read = _figure(Decimal(value)) if value is not None else _("not known")
    return _("%(condition)s: it was %(value)s") % {"condition": condition_words(condition), "value": read}


def explain(light: StatusLight) -> str:
    """One sentence: the day, the rule and its version, what was read, the calendar, what speaks for the project."""
    scheme, inputs = light.scheme.scheme, light.known
    rule = next((each for each in scheme.rules if each.code == light.rule), None)
    about = {
        "day": date_format(light.day),
        "colour": light.get_colour_display(),
        "scheme": light.scheme.name,
        "number": light.scheme.number,
        "calendar": light.calendar_version,
    }
    if rule is None and light.colour == rules.GREY:
        said = _("%(day)s: not judged; suspended, over, or nothing is planned yet.") % about
    elif rule is None:
        said = _("%(day)s: %(colour)s; no rule of “%(scheme)s” (version %(number)s) holds.") % about
    else:
        about |= {"rule": rule.name, "read": "；".join(reading_words(c, inputs) for c in rule.conditions)}
        said = (
            _(
                "%(day)s: %(colour)s by “%(rule)s” of “%(scheme)s” (version %(number)s): %(read)s; calendar version %(calendar)s."
            )
            % about
        )
    return said


def excuse_words(excuse: rules.Excuse) -> str:
    """What speaks for the project, and since when."""
    facts = {"kind": EXCUSES[excuse.kind], "name": excuse.name, "day": date_format(excuse.since)}
    if not excuse.name:
        return _("%(kind)s since %(day)s") % facts
    if excuse.in_time:
        return _("%(kind)s since %(day)s: %(name)s") % facts
    return _("obstacle raised on %(day)s, after the delay: %(name)s") % facts
