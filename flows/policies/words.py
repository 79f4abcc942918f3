"""A policy in words: every column with its name, its help and its value as people read it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import TextChoices
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from flows.engine import resolvers
from flows.engine.models import Policy
from hetang_flow.lib.plan_file import PRESET

Values = Mapping[str, Any]
Posts = Mapping[str, str]
TEXT, NUMBER, CHOICE, CHECK, CHECKS, POST, LINES = (
    "text",
    "number",
    "choice",
    "check",
    "checks",
    "post",
    "lines",
)


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a policy: how it is typed, what it is called, and what a wrong choice would do."""

    name: str
    kind: str
    label: Promise
    help: Promise
    choices: type[TextChoices] | None = None


@dataclass(frozen=True, slots=True)
class Difference:
    """What one column says before and after."""

    label: str
    before: str
    after: str


COLUMNS = (
    Column("name", TEXT, gettext_lazy("name"), gettext_lazy("What the policy is called in lists.")),
    Column(
        "resolver", CHOICE, gettext_lazy("signers"),
        gettext_lazy("Who is asked; their posts are looked up when the step opens."),
    ),
    Column(
        "mode", CHOICE, gettext_lazy("how they sign"),
        gettext_lazy("Whether one is enough, everyone is needed, in turn, or by vote."), Policy.Mode,
    ),
    Column(
        "on_no", CHOICE, gettext_lazy("a no"),
        gettext_lazy("What one no does where several sign."), Policy.OnNo,
    ),
    Column(
        "threshold", NUMBER, gettext_lazy("share of votes needed (%)"),
        gettext_lazy("For a vote only, from 50 to 100; a tie never passes."),
    ),
    Column(
        "weights", LINES, gettext_lazy("weights in a vote"),
        gettext_lazy("One line each: post code, colon, a whole number. Whoever is not named weighs 1."),
    ),
    Column(
        "limit_days", NUMBER, gettext_lazy("limit (working days)"),
        gettext_lazy("Counted from the day after the step opens. Empty: no limit."),
    ),
    Column(
        "on_timeout", CHOICE, gettext_lazy("when the limit has passed"),
        gettext_lazy("Always recorded as the system's act. A gate is never decided by time."), Policy.OnTimeout,
    ),
    Column(
        "on_empty", CHOICE, gettext_lazy("empty post"),
        gettext_lazy("What happens where nobody holds the post; it is never passed over."), Policy.OnEmpty,
    ),
    Column(
        "stand_in", POST, gettext_lazy("stand-in for an empty post"),
        gettext_lazy("Code or name of the post that signs for an empty one; only where a named post does."),
    ),
    Column(
        "on_self", CHOICE, gettext_lazy("the initiator among the signers"),
        gettext_lazy("Nobody should decide what they handed in themselves."), Policy.OnSelf,
    ),
    Column(
        "on_repeat", CHOICE, gettext_lazy("who has signed before"),
        gettext_lazy("Within one duty only; two duties are never signed by one person."), Policy.OnRepeat,
    ),
    Column(
        "alternate", POST, gettext_lazy("alternate"),
        gettext_lazy("Code or name of the post that signs for whoever must stand aside. May stay empty."),
    ),
    Column(
        "recuse", CHECKS, gettext_lazy("who stands aside"),
        gettext_lazy("These people and units never act at this step."),
    ),
    Column(
        "forbids", CHECKS, gettext_lazy("not allowed at this step"),
        gettext_lazy("What the signers may not do here."),
    ),
    Column(
        "gate", CHECK, gettext_lazy("gate"),
        gettext_lazy("Signed by people only: not by the initiator, not by time, never moved past."),
    ),
    Column(
        "duty", TEXT, gettext_lazy("duty"),
        gettext_lazy("The level that signing here means; steps with the same duty count as one. May stay empty."),
    ),
    Column(
        "urge_hours", NUMBER, gettext_lazy("hours between two urgings"),
        gettext_lazy("How long nobody can urge again."),
    ),
    Column(
        "field_access", LINES, gettext_lazy("fields at this step"),
        gettext_lazy("One line each: field, colon, read, write or hidden."),
    ),
    Column(
        "clause", TEXT, gettext_lazy("clause"),
        gettext_lazy("The clause of the notice that says so; “preset” for one of our own."),
    ),
)  # fmt: skip

SUMMARY = ("resolver", "mode", "on_no", "limit_days", "on_timeout", "on_empty", "on_self", "on_repeat")
FORBIDS = {
    "return": gettext_lazy("return for correction"),
    "transfer": gettext_lazy("pass on to another post"),
    "delegate": gettext_lazy("have another decide beforehand"),
    "consult": gettext_lazy("ask for comments"),
    "add_before": gettext_lazy("add a signer before"),
    "add_alongside": gettext_lazy("add a signer alongside"),
    "add_after": gettext_lazy("add a signer after"),
}


def differences(before: Values, after: Values, posts: Posts) -> list[Difference]:
    """What differs between two versions, column by column, in words."""
    return [
        Difference(str(column.label), said(column, before, posts), said(column, after, posts))
        for column in COLUMNS
        if before.get(column.name) != after.get(column.name)
    ]


def described(values: Values, posts: Posts) -> list[tuple[str, str]]:
    """Every column of a version in words."""
    return [(str(column.label), said(column, values, posts)) for column in COLUMNS]


def summary(values: Values) -> list[tuple[str, str]]:
    """The columns that say most, in words; none of them names a post."""
    return [(str(column.label), said(column, values, {})) for column in COLUMNS if column.name in SUMMARY]


def said(column: Column, values: Values, posts: Posts) -> str:
    """One column's value as people read it."""
    value = values.get(column.name)
    if column.choices is not None:
        return str(column.choices(value).label) if value in column.choices.values else str(value)
    if column.kind == POST:
        return posts.get(value, str(value)) if value else _("none")
    if column.kind == CHECK:
        return _("yes") if value else _("no")
    words = _WORDS.get(column.name)
    return str(words(value, posts)) if words else str(value or _("none"))


def _limit(value: int | None, posts: Posts) -> str:
    if value is None:
        return _("no limit")
    return ngettext("%(days)s working day", "%(days)s working days", value) % {"days": value}


def _hours(value: int, posts: Posts) -> str:
    return ngettext("%(hours)s hour", "%(hours)s hours", value) % {"hours": value}


def _weights(value: Mapping[str, int], posts: Posts) -> str:
    return _join(f"{posts.get(code, code)} {weight}" for code, weight in value.items()) or _("all the same")


def _names(value: Sequence[str], posts: Posts) -> str:
    return _join(resolvers.label_of(name) for name in value) or _("nobody")


def _forbidden(value: Sequence[str], posts: Posts) -> str:
    return _join(str(FORBIDS.get(name, name)) for name in value) or _("nothing")


def _fields(value: Mapping[str, str], posts: Posts) -> str:
    return _join(f"{field} {access}" for field, access in value.items()) or _("all can be written")


def _join(parts: Any) -> str:
    return "、".join(parts)


_WORDS = {
    "limit_days": _limit,
    "urge_hours": _hours,
    "threshold": lambda value, posts: f"{value}%",
    "weights": _weights,
    "recuse": _names,
    "forbids": _forbidden,
    "field_access": _fields,
    "resolver": lambda value, posts: resolvers.label_of(value),
    "clause": lambda value, posts: _("preset, not in the notice") if value == PRESET else value,
}
