"""Pure rules of lights (红黄绿灯): what is known of a project on a day, a scheme as data, the first of its rules that holds.

What is not known condemns nobody: a condition about an unknown figure does not hold. Ratios are per cent, money 万元,
days working days.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import date
from decimal import ROUND_FLOOR, Decimal
from itertools import dropwhile, takewhile
from typing import Any

from flows.engine.rules import HEADQUARTERS_OFFICE, governs
from hetang_flow.lib.verdicts import YES, Verdict
from permissions.actors import Actor

RED, YELLOW, BLUE, GREEN, GREY = "red", "yellow", "blue", "green", "grey"
COLOURS = (RED, YELLOW, BLUE, GREEN)  # from the gravest; grey is no judgement
OBSTACLE, EXTENSION, SUSPENDED = "obstacle", "extension", "suspended"
EXCUSES = (OBSTACLE, EXTENSION, SUSPENDED)
OVER = ("completed", "reviewed", "terminated")
TENTH = Decimal("0.1")
MOST_RULES, MOST_CONDITIONS, LONGEST_NAME = 12, 3, 80


# --- what is known ---


@dataclass(frozen=True, slots=True)
class MonthKnown:
    """A finished month: invested since January against what should have been, and what the month itself brought."""

    month: date
    ratio: Decimal | None = None
    own_ratio: Decimal | None = None
    brought: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Excuse:
    """What speaks for the project: an open obstacle, an approved extension, a suspension; `in_time` if said before."""

    kind: str
    name: str
    since: date
    in_time: bool = True


@dataclass(frozen=True, slots=True)
class Earlier:
    """The light of an earlier month, on its last day that was judged."""

    day: date
    colour: str


@dataclass(frozen=True, slots=True)
class Inputs:
    """One project on one day, as known at one moment; months and earlier lights oldest first."""

    day: date
    phase: str
    planned: Decimal
    invested: Decimal
    expected: Decimal
    expected_share: Decimal
    progress: Decimal | None = None
    months: tuple[MonthKnown, ...] = ()
    unreported: int = 0
    starts_on: date | None = None
    start_late: int = 0
    nodes_late: int = 0
    node_days_late: int = 0
    node_name: str = ""
    nodes_soon: int = 0
    mean: Decimal | None = None
    excuses: tuple[Excuse, ...] = ()
    earlier: tuple[Earlier, ...] = ()
    is_demo: bool = False

    @property
    def is_judged(self) -> bool:
        """Whether there is anything to judge: neither over nor suspended, and with a plan or a timetable."""
        return self.phase not in (*OVER, SUSPENDED) and bool(
            self.planned or self.nodes_late or self.nodes_soon or self.starts_on
        )

    @property
    def ratio(self) -> Decimal | None:
        """Invested as a share of what should have been by now (序时进度), in per cent."""
        return percent(self.invested, self.expected)


def percent(part: Decimal, whole: Decimal) -> Decimal | None:
    """A part in per cent, cut to a tenth so that nothing is rounded up to a limit; None of nothing."""
    return (part * 100 / whole).quantize(TENTH, ROUND_FLOOR) if whole else None


def as_data(inputs: Inputs) -> dict[str, Any]:
    """Inputs as they are kept beside the light: days and exact figures as text."""
    return {name: _plain(value) for name, value in asdict(inputs).items()}


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {name: _plain(each) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(each) for each in value]
    if isinstance(value, Decimal):
        return format(value.normalize(), "f") if value else "0"
    return value.isoformat() if isinstance(value, date) else value


def from_data(kept: Mapping[str, Any]) -> Inputs:
    """Inputs as they were kept."""
    money = ("planned", "invested", "expected", "expected_share", "progress", "mean")
    values = dict(kept)
    values |= {name: _number(kept[name]) for name in money}
    values |= {name: _day(kept[name]) for name in ("day", "starts_on")}
    values["months"] = tuple(
        MonthKnown(
            date.fromisoformat(each["month"]), *(_number(each[n]) for n in ("ratio", "own_ratio", "brought"))
        )
        for each in kept["months"]
    )
    values["excuses"] = tuple(
        Excuse(**{**each, "since": date.fromisoformat(each["since"])}) for each in kept["excuses"]
    )
    values["earlier"] = tuple(
        Earlier(date.fromisoformat(each["day"]), each["colour"]) for each in kept["earlier"]
    )
    return Inputs(**values)


def _number(text: str | None) -> Decimal | None:
    return None if text is None else Decimal(text)


def _day(text: str | None) -> date | None:
    return None if text is None else date.fromisoformat(text)


# --- the facts a condition may read ---


Reading = Callable[[Inputs, int], Decimal | int | None]


def _back(inputs: Inputs) -> Iterable[MonthKnown]:
    """The finished months backwards from the last that was reported: not reporting one ends no row of months."""
    return dropwhile(lambda m: m.ratio is None, reversed(inputs.months))


def _last(inputs: Inputs) -> MonthKnown | None:
    return next(iter(_back(inputs)), None)


def _ratio_to_mean(inputs: Inputs, of: int) -> Decimal | None:
    return percent(inputs.ratio, inputs.mean) if inputs.ratio is not None and inputs.mean else None


def _months_behind(inputs: Inputs, of: int) -> int:
    behind = takewhile(lambda m: m.ratio is not None and m.ratio < of, _back(inputs))
    return sum(1 for _each in behind)


def _months_missed(inputs: Inputs, of: int) -> int:
    missed = takewhile(lambda m: m.own_ratio is not None and m.own_ratio < of, _back(inputs))
    return sum(1 for _each in missed)


def _months_still(inputs: Inputs, of: int) -> int:
    return sum(1 for _each in takewhile(lambda m: m.brought == 0, _back(inputs)))


def _progress_gap(inputs: Inputs, of: int) -> Decimal | None:
    return None if inputs.progress is None else inputs.expected_share * 100 - inputs.progress


def _earlier(colour: str) -> Reading:
    def count(inputs: Inputs, of: int) -> int:
        lately = inputs.earlier[-of:] if of else inputs.earlier
        return sum(each.colour == colour for each in lately)

    return count


def _in_a_row(inputs: Inputs, of: int) -> int:
    dark = takewhile(lambda each: each.colour in (RED, YELLOW), reversed(inputs.earlier))
    return sum(1 for _each in dark)


def _own(inputs: Inputs, of: int) -> Decimal | None:
    last = _last(inputs)
    return last.own_ratio if last else None


READINGS: Mapping[str, Reading] = {
    "ratio": lambda inputs, of: inputs.ratio,
    "month-ratio": _own,
    "ratio-to-mean": _ratio_to_mean,
    "progress-gap": _progress_gap,
    "months-behind": _months_behind,
    "months-missed": _months_missed,
    "months-still": _months_still,
    "months-unreported": lambda inputs, of: inputs.unreported,
    "start-late": lambda inputs, of: inputs.start_late,
    "nodes-late": lambda inputs, of: inputs.nodes_late,
    "node-days-late": lambda inputs, of: inputs.node_days_late,
    "nodes-soon": lambda inputs, of: inputs.nodes_soon,
    "earlier-red": _earlier(RED),
    "earlier-yellow": _earlier(YELLOW),
    "dark-in-a-row": _in_a_row,
}
NEEDS_OF = frozenset({"months-behind", "months-missed"})
"""Facts that are counted against a per cent named in `of`; for earlier lights `of` says how many months back."""

OPERATORS: Mapping[str, Callable[[Any, Any], bool]] = {
    "below": lambda value, limit: value < limit,
    "at_most": lambda value, limit: value <= limit,
    "at_least": lambda value, limit: value >= limit,
    "above": lambda value, limit: value > limit,
}


# --- a scheme ---


@dataclass(frozen=True, slots=True)
class Condition:
    """A figure held against a limit; `of` is the figure's own parameter, 0 where it has none."""

    fact: str
    operator: str
    limit: Decimal
    of: int = 0

    def holds(self, inputs: Inputs) -> bool:
        """Whether it holds; never for what is not known."""
        value = READINGS[self.fact](inputs, self.of)
        return value is not None and OPERATORS[self.operator](value, self.limit)

    def value(self, inputs: Inputs) -> Decimal | int | None:
        """What the figure is."""
        return READINGS[self.fact](inputs, self.of)


@dataclass(frozen=True, slots=True)
class Rule:
    """A colour, its sentence, the conditions that must all hold, and the excuses said in time that lift it."""

    code: str
    colour: str
    name: str
    conditions: tuple[Condition, ...]
    unless: tuple[str, ...] = ()

    def holds(self, inputs: Inputs) -> bool:
        """Whether all its conditions hold and no excuse it reads was there in time."""
        if any(excuse.kind in self.unless and excuse.in_time for excuse in inputs.excuses):
            return False
        return all(condition.holds(inputs) for condition in self.conditions)


@dataclass(frozen=True, slots=True)
class Scheme:
    """Rules in the order in which they are asked."""

    name: str
    rules: tuple[Rule, ...]


@dataclass(frozen=True, slots=True)
class Light:
    """A colour and the rule that gave it; no rule: nothing is wrong (green), or nothing is judged (grey)."""

    colour: str
    rule: Rule | None = None
    readings: Mapping[str, Decimal | int | None] = field(default_factory=dict)


def light(inputs: Inputs, scheme: Scheme) -> Light:
    """The light of a project: the first rule that holds; green where none does, grey where nothing is judged."""
    if not inputs.is_judged:
        return Light(GREY)
    for rule in scheme.rules:
        if rule.holds(inputs):
            return Light(rule.colour, rule, {each.fact: each.value(inputs) for each in rule.conditions})
    return Light(GREEN)


def scheme_of(name: str, body: Iterable[Mapping[str, Any]]) -> Scheme:
    """A scheme as it is kept, read; KeyError or ValueError for one that `faults` would have refused."""
    return Scheme(name, tuple(_rule(each) for each in body))


def _rule(entry: Mapping[str, Any]) -> Rule:
    conditions = tuple(_condition(each) for each in entry["all"])
    return Rule(entry["code"], entry["colour"], entry["name"], conditions, tuple(entry.get("unless") or ()))


def _condition(entry: Mapping[str, Any]) -> Condition:
    operator = next(name for name in OPERATORS if name in entry)
    return Condition(entry["fact"], operator, Decimal(str(entry[operator])), int(entry.get("of") or 0))


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with a scheme, at which rule (counted from 1); `code` names the sentence."""

    code: str
    rule: int
    facts: Mapping[str, Any] = field(default_factory=dict)


def faults(body: Sequence[Mapping[str, Any]]) -> list[Fault]:
    """Everything that is wrong with a scheme: doubles, unknown words, limits missing, what can never be reached."""
    found = [Fault("light-rules-missing", 0)] if not body else []
    if len(body) > MOST_RULES:
        found.append(Fault("light-rules-too-many", len(body), {"most": MOST_RULES}))
    codes: set[str] = set()
    for number, entry in enumerate(body, 1):
        found += _faults_of(number, entry)
        if entry.get("code") in codes:
            found.append(Fault("light-rule-twice", number, {"code": entry.get("code")}))
        codes.add(str(entry.get("code")))
    return found


def _faults_of(number: int, entry: Mapping[str, Any]) -> Iterable[Fault]:
    name = str(entry.get("name") or "").strip()
    if not name or len(name) > LONGEST_NAME:
        yield Fault("light-rule-unnamed", number, {"most": LONGEST_NAME})
    if entry.get("colour") not in COLOURS:
        yield Fault("light-colour-unknown", number, {"said": entry.get("colour")})
    for excuse in entry.get("unless") or ():
        if excuse not in EXCUSES:
            yield Fault("light-excuse-unknown", number, {"said": excuse})
    conditions = entry.get("all") or ()
    if not 1 <= len(conditions) <= MOST_CONDITIONS:
        yield Fault("light-conditions", number, {"most": MOST_CONDITIONS})
    for condition in conditions:
        yield from _faults_in(number, condition)


def _faults_in(number: int, condition: Mapping[str, Any]) -> Iterable[Fault]:
    fact = condition.get("fact")
    if fact not in READINGS:
        yield Fault("light-fact-unknown", number, {"said": fact})
        return
    named = [name for name in OPERATORS if condition.get(name) is not None]
    if len(named) != 1:
        yield Fault("light-limit-missing", number, {"fact": fact})
    if fact in NEEDS_OF and not condition.get("of"):
        yield Fault("light-of-missing", number, {"fact": fact})


# --- looking again ---


def differing(kept: Mapping[str, Any], anew: Mapping[str, Any]) -> list[str]:
    """Which inputs differ between what was kept and what is computed anew, by name."""
    return sorted(name for name in {*kept, *anew} if kept.get(name) != anew.get(name))


# --- who ---


def may_confirm(by: Actor, *, proposer: int | None) -> Verdict:
    """Whether this person confirms rules of lights: the desk of the headquarters office, not who proposed them."""
    if not (by.has_business and by.holds(HEADQUARTERS_OFFICE, "desk")):
        return Verdict("not-scheme-confirmer", {})
    return Verdict("own-proposal", {}) if by.user_id == proposer else YES


def sees_schemes(by: Actor) -> bool:
    """Whether the rules are this person's business before they hold: the two offices'."""
    return governs(by) or (by.has_business and by.holds(HEADQUARTERS_OFFICE))
